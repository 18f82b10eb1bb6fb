"""What was released: the cells of each notebook of an assignment, in order, for the intake.

The gradebook says what each cell was and what it is worth; the source notebook, in which order
they stand, and what learners got to see of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.course import CourseError
from autograder.handed_in import Released
from autograder.release import graded_and_given

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.api import Notebook, SourceCell


def from_source(path: Path) -> list[Released]:
    """Give the cells of a source notebook as they are released.

    Raises:
        CourseError: when the file is not a notebook that nbgrader can release.

    """
    graded, given = graded_and_given(path)
    pairs = zip(graded.cells, given.cells, strict=True)
    return [cell for cell in (_cell(*pair) for pair in pairs) if cell.name]


def visible(cells: Iterable[Released]) -> list[Released]:
    """Give the cells as a learner may see them: what is graded is what was given out."""
    return [replace(cell, graded=cell.given) for cell in cells]


def _cell(graded: NotebookNode, given: NotebookNode) -> Released:
    metadata = dict(graded.metadata.get("nbgrader", {}))
    name = str(metadata.get("grade_id", graded.get("id", "")))
    return Released(name, graded.cell_type, given.source, graded.source, metadata)


def of_assignment(db_url: str, assignment: str, source: Path) -> dict[str, list[Released]]:
    """Give the cells of all notebooks of an assignment that was released from the folder `source`.

    Raises:
        CourseError: when the gradebook knows of no such assignment.

    """
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook(db_url) as gradebook:
        try:
            notebooks = gradebook.find_assignment(assignment).notebooks
        except MissingEntry:
            raise CourseError(
                f"Assignment {assignment!r} was never released from this course, so nothing can "
                f"be graded; run: nbgrader generate_assignment {assignment}"
            ) from None
        return {
            notebook.name: merged(source / f"{notebook.name}.ipynb", notebook)
            for notebook in notebooks
        }


def merged(path: Path, notebook: Notebook) -> list[Released]:
    """Give the cells of one notebook: what the gradebook noted, in the order of the source."""
    noted = from_gradebook(notebook)
    try:
        ordered = from_source(path)
    except CourseError:
        ordered = []
    in_source = {cell.name for cell in ordered}
    if not set(noted) <= in_source:
        # The source has changed since; what was released then is what counts, in any order
        # that lets it be graded: what is locked, then answers, then what gives points.
        rest = [cell for name, cell in noted.items() if name not in in_source]
        ordered += sorted(rest, key=lambda cell: (cell.scored, cell.answer))
    return [_as_noted(cell, noted) for cell in ordered if not cell.nbgrader or cell.name in noted]


def _as_noted(cell: Released, noted: dict[str, Released]) -> Released:
    if cell.name not in noted:
        return cell
    then = noted[cell.name]
    given = cell.given if cell.graded == then.graded else then.given
    return replace(then, given=given)


def from_gradebook(notebook: Notebook) -> dict[str, Released]:
    """Give the cells of a notebook that nbgrader knows, by name, as they were released."""
    return {
        cell.name: Released(
            cell.name, cell.cell_type, cell.source, cell.source, _metadata(cell, notebook)
        )
        for cell in notebook.source_cells
    }


def _metadata(cell: SourceCell, notebook: Notebook) -> dict[str, Any]:
    graded = {each.name: each.max_score for each in notebook.grade_cells}
    tasks = {each.name: each.max_score for each in notebook.task_cells}
    metadata = {
        "grade_id": cell.name,
        "schema_version": 3,
        "cell_type": cell.cell_type,
        "checksum": cell.checksum,
        "grade": cell.name in graded,
        "locked": bool(cell.locked),
        "solution": cell.name in {each.name for each in notebook.solution_cells},
        "task": cell.name in tasks,
    }
    points = graded | tasks
    if cell.name in points:
        metadata["points"] = points[cell.name]
    return metadata
