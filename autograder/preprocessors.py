"""The steps that the course adds to nbgrader's autograding.

Stock nbgrader gives full marks to a grade cell that has no output, and no marks to one that
printed a warning; it stops the whole class at one copied cell, scores a deleted cell by whatever
an earlier attempt earned, and lets a learner pay for a fault of the kit. These steps close each of
these gaps and change nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook, Notebook, SourceCell
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades

PUT_BACK = "The next cell was missing from what was handed in; it was put back to be graded."
NO_END = "The code did not end in time and was stopped; look for a loop that never ends."
NO_SCORE = "The cell ended without a score, so it earns nothing; run it again, or ask."


class RestoreCells(NbGraderPreprocessor):
    """Gives every cell its released nbgrader metadata, and puts missing graded cells back."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Restore the cells of one submitted notebook from the gradebook."""
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            released = gradebook.find_notebook(where["notebook"], where["assignment"])
            metadata = {cell.name: cell_metadata(cell, released) for cell in released.source_cells}
            present = {grade_id(cell) for cell in nb.cells}
            missing = [cell for cell in released.source_cells if cell.name not in present]
            before, after = put_back(missing, metadata, nb.nbformat_minor)
        for cell in nb.cells:
            # A tag can keep a cell from being run, and a cell that is not run has no score.
            cell.metadata.pop("tags", None)
            if "nbgrader" in cell.metadata:
                restore_metadata(cell, metadata)
        nb.cells = [*before, *nb.cells, *after]
        return nb, resources


def grade_id(cell: NotebookNode) -> Any:
    """Give the name under which nbgrader files a cell, None where it has none."""
    metadata = cell.metadata.get("nbgrader")
    return metadata.get("grade_id") if isinstance(metadata, dict) else None


def cell_metadata(cell: SourceCell, released: Notebook) -> dict[str, Any]:
    """Give the nbgrader metadata that a cell was released with."""
    graded = {each.name: each.max_score for each in released.grade_cells}
    tasks = {each.name: each.max_score for each in released.task_cells}
    metadata = {
        "grade_id": cell.name,
        "schema_version": 3,
        "cell_type": cell.cell_type,
        "checksum": cell.checksum,
        "grade": cell.name in graded,
        "locked": bool(cell.locked),
        "solution": cell.name in {each.name for each in released.solution_cells},
        "task": cell.name in tasks,
    }
    points = graded | tasks
    if cell.name in points:
        metadata["points"] = points[cell.name]
    return metadata


def restore_metadata(cell: NotebookNode, metadata: dict[str, dict[str, Any]]) -> None:
    """Give a cell its released metadata; one that was never released is no cell of nbgrader's."""
    name = grade_id(cell)
    if isinstance(name, str) and name in metadata:
        cell.metadata["nbgrader"] = NotebookNode(metadata[name])
    else:
        del cell.metadata["nbgrader"]


def put_back(
    missing: list[SourceCell], metadata: dict[str, dict[str, Any]], minor: int
) -> tuple[list[NotebookNode], list[NotebookNode]]:
    """Make the missing cells again that matter: those to put first, and those to put last.

    The gradebook keeps no order. A graded cell does its work after everything else has run, a
    read-only code cell (imports) before it; without the rest a notebook can be graded as it is.
    """
    first: list[NotebookNode] = []
    last: list[NotebookNode] = []
    for cell in missing:
        if metadata[cell.name]["grade"] or metadata[cell.name]["task"]:
            last += _again(cell, metadata[cell.name], minor)
        elif cell.cell_type == "code" and cell.locked:
            first += _again(cell, metadata[cell.name], minor)
    return first, last


def _again(cell: SourceCell, metadata: dict[str, Any], minor: int) -> list[NotebookNode]:
    new_cell = new_code_cell if cell.cell_type == "code" else new_markdown_cell
    made = [new_markdown_cell(PUT_BACK), new_cell(cell.source, metadata={"nbgrader": metadata})]
    for each in made:
        if minor < 5:
            del each["id"]  # notebooks before format 4.5 must not have any
    return made


class ReadScores(NbGraderPreprocessor):
    """Lets a grade cell count only when it ended on a plain number from 0 to its points."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        """Turn warnings of a grade cell into plain text, and a missing score into an error."""
        metadata = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and metadata.get("grade") and not metadata.get("solution"):
            cell.outputs = scored(cell.outputs, float(metadata["points"]))
        return cell, resources


def scored(outputs: list[NotebookNode], points: float) -> list[NotebookNode]:
    """Give the outputs of a grade cell so that nbgrader scores them as they deserve."""
    for output in outputs:
        # nbgrader takes any text on stderr for a failure; a warning is none.
        if output.output_type == "stream":
            output.name = "stdout"
    errors = {output.ename for output in outputs if output.output_type == "error"}
    if "CellTimeoutError" in errors:
        # Where in the kit the interrupt struck says nothing to a learner.
        return [failure("NoEnd", NO_END)]
    if not errors and has_score(outputs, points):
        return outputs
    # nbgrader stops at the first value that it meets, even where an error follows.
    rest = [output for output in outputs if output.output_type != "execute_result"]
    return rest if errors else [*rest, failure("NoScore", NO_SCORE)]


def has_score(outputs: list[NotebookNode], points: float) -> bool:
    """Tell whether the value among the outputs is one plain number from 0 to the points."""
    scores = list(_values(outputs))
    return len(scores) == 1 and 0.0 <= scores[0] <= points


def _values(outputs: list[NotebookNode]) -> Iterator[float]:
    for output in outputs:
        if output.output_type == "execute_result":
            try:
                yield float(output.data.get("text/plain", ""))
            except (TypeError, ValueError):
                yield math.nan


def failure(name: str, sentence: str) -> NotebookNode:
    """Make the output of a grade cell that failed, which nbgrader scores 0."""
    return new_output("error", ename=name, evalue=sentence, traceback=[f"{name}: {sentence}"])


class SaveScores(SaveAutoGrades):
    """Files the scores as nbgrader does, but leaves a fault of the kit to a person."""

    def _add_score(self, cell: NotebookNode, resources: dict) -> None:
        super()._add_score(cell, resources)
        if is_kit_fault(cell):
            grade = self.gradebook.find_grade(
                grade_id(cell), self.notebook_id, self.assignment_id, self.student_id
            )
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()


def is_kit_fault(cell: NotebookNode) -> bool:
    """Tell whether an exception got out of the kit, which answers a learner's with a sentence."""
    return any(
        output.output_type == "error" and "backprop_kit" in "".join(output.traceback)
        for output in cell.get("outputs", [])
    )
