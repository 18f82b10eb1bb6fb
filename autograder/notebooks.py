"""A section as an nbgrader notebook: solutions and hidden tests still in it, outputs never.

The same section always gives the same bytes, so that a notebook in version control changes only
where its section did.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.exercise import Cell, Exercise
from autograder.links import apart, in_prose
from autograder.sections import Section

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What nbgrader does with a cell: fill it with the learner's work, score it, or restore its text.
FLAGS: dict[str, dict[str, bool]] = {
    "setup": {"locked": True},
    "prompt": {"locked": True},
    "solution": {"solution": True},
    "grade": {"grade": True, "locked": True},
}


def notebook_text(section: Section, own_folder: bool = False) -> str:
    """Write the notebook of a section as the text of its `.ipynb` file.

    `own_folder` says that each notebook of the course lies in a folder of its own.
    """
    made = notebook(section)
    return nbformat.writes(in_prose(made, apart) if own_folder else made) + "\n"


def notebook(section: Section) -> NotebookNode:
    """Make the notebook of a section, all cells but the mistakes."""
    exercises = {exercise.id: exercise for exercise in section.exercises}
    taken: Counter[str] = Counter()
    cells = []
    for cell in section.cells:
        if cell.role == "mistakes":
            continue
        exercise = exercises.get(cell.exercise or "")
        cells.append(_notebook_cell(cell, _cell_id(cell, taken), exercise))
    made: NotebookNode = nbformat.v4.new_notebook(
        cells=cells,
        metadata={"kernelspec": dict(KERNEL), "language_info": {"name": "python"}},
        # 4.5 is the first format that keeps the ids of cells.
        nbformat_minor=5,
    )
    nbformat.validate(made)
    return made


def _cell_id(cell: Cell, taken: Counter[str]) -> str:
    """Name a cell after its exercise and role, or after its text where it has none.

    Text, not position: a cell that is put in between leaves the names of the others alone.
    """
    if cell.role:
        name = f"{cell.exercise}-{cell.role}" if cell.exercise else cell.role
    else:
        name = "cell-" + hashlib.sha256(cell.source.encode()).hexdigest()[:10]
    taken[name] += 1
    return name if taken[name] == 1 else f"{name}-{taken[name]}"


def _notebook_cell(cell: Cell, name: str, exercise: Exercise | None) -> NotebookNode:
    source, metadata = cell.source, {}
    if exercise and cell.role == "prompt":
        source = _with_effort(source, exercise)
    if cell.role in FLAGS:
        metadata["nbgrader"] = _nbgrader(name, cell.role, exercise)
    new_cell = nbformat.v4.new_code_cell if cell.type == "code" else nbformat.v4.new_markdown_cell
    made: NotebookNode = new_cell(source=source, metadata=metadata, id=name)
    return made


def _nbgrader(name: str, role: str, exercise: Exercise | None) -> dict[str, Any]:
    flags = {"grade": False, "locked": False, "solution": False, "task": False} | FLAGS[role]
    if exercise and role == exercise.grade.role:
        flags["grade"] = True  # a solution that is graded by hand carries its points itself
    metadata: dict[str, Any] = {"grade_id": name, "schema_version": 3, **flags}
    if flags["grade"] and exercise:
        metadata["points"] = exercise.points
    return metadata


def _with_effort(prompt: str, exercise: Exercise) -> str:
    """Put stars, minutes and points under the heading of a prompt."""
    heading, _, rest = prompt.partition("\n")
    stars = "★" * exercise.stars + "☆" * (3 - exercise.stars)
    plural = "" if exercise.points == 1 else "s"
    effort = f"{stars} · about {exercise.minutes} minutes · {exercise.points:g} point{plural}"
    return f"{heading}\n\n{effort}\n\n{rest.strip()}"
