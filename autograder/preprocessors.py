"""The steps that the course adds to nbgrader's autograding.

Stock nbgrader gives full marks to a grade cell that has no output, and no marks to one that
printed a warning, and lets a learner pay for a fault of the kit. These steps close each of these
gaps and change nothing else; what may be wrong with the file is the matter of `intake`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades

from autograder.arrivals import FOR_PERSON
from autograder.pins import Pins

NO_SCORE = "The cell ended without a score, so it earns nothing; run it again, or ask."


def grade_id(cell: NotebookNode) -> Any:
    """Give the name under which nbgrader files a cell, None where it has none."""
    metadata = cell.metadata.get("nbgrader")
    return metadata.get("grade_id") if isinstance(metadata, dict) else None


class PinSource(NbGraderPreprocessor):
    """Notes what the source of a notebook says when it is released, so that grading can hold it to that."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Pin one source notebook; the one that is given out stays as it is."""
        where = resources["nbgrader"]
        folders: CourseDirectory = self.parent.parent.coursedir  # of the exporter's converter
        folder = folders.format_path(folders.source_directory, ".", where["assignment"])
        source = Path(folder) / f"{where['notebook']}.ipynb"
        Pins(source.parent.parent.parent).released(where["assignment"], source)
        return nb, resources


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
    """Files the scores as nbgrader does, but leaves to a person what only a person can judge.

    That is a fault of the kit, and a notebook that could not be read.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """File the scores of one notebook."""
        self.unread = FOR_PERSON in nb.metadata
        return super().preprocess(nb, resources)

    def _add_score(self, cell: NotebookNode, resources: dict) -> None:
        super()._add_score(cell, resources)
        if self.unread or is_kit_fault(cell):
            grade = self.gradebook.find_grade(
                grade_id(cell), self.notebook_id, self.assignment_id, self.student_id
            )
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()


def is_kit_fault(cell: NotebookNode) -> bool:
    """Tell whether there is no verdict, for a reason that is not the learner's."""
    return any(output.get("ename") == "NeedsPerson" for output in cell.get("outputs", []))
