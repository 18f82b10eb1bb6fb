"""nbgrader's own steps on one course folder, student by student, and what came of them.

`nbgrader autograde` takes a whole class and says little until it ends. The same steps called for
one student at a time let a class be followed, and keep one broken submission from the others.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import re
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import ASSIGNMENT, Course, CourseError
from autograder.release import settings

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.api import Grade, Gradebook
    from nbgrader.converters.base import BaseConverter


@dataclass(frozen=True)
class Score:
    """What one student earned for one graded cell, and why not more."""

    cell: str
    earned: float
    points: float
    why: str
    """The first sentence of the feedback; empty for full marks."""
    needs_person: bool = False
    """Whether the kit failed, so that the score means nothing until a person has looked."""


class Ungradable(CourseError):
    """What nbgrader could not grade; a person has to look at it."""


class Classroom:
    """The steps of nbgrader, with the settings of one course."""

    def __init__(
        self,
        course: Course,
        timeout: int | None = None,
        assignment: str = ASSIGNMENT,
        allow_weaker: bool = False,
    ) -> None:
        """Take the course's settings; `timeout` replaces their seconds for one cell.

        With `allow_weaker` submissions are run even where the sandbox lacks a required layer.
        `assignment` names one of the course's, where it has one for each section.

        What nbgrader has to say goes to `nbgrader.log` in the course's folder.
        """
        self.course, self.assignment = course, assignment
        self.config = settings(course.config)
        if timeout is not None:
            self.config.SandboxedExecute.timeout = timeout
        if allow_weaker:
            self.config.SandboxedExecute.allow_weaker = True
        self.logfile = course.root / "nbgrader.log"

    def release(self) -> None:
        """Make the students' version of the assignment and note its cells in the gradebook."""
        from nbgrader.converters import GenerateAssignment

        self._run(GenerateAssignment)

    def autograde(self, student: str) -> None:
        """Grade what one student handed in.

        Raises:
            Ungradable: when it cannot be graded; nothing of it is lost or changed.

        """
        from nbgrader.converters import Autograde

        from autograder.arrivals import FOLDER, reasons_for_a_person

        self._run(Autograde, student)
        for why in reasons_for_a_person(self.course.root / FOLDER / student / self.assignment):
            raise Ungradable(why)

    def give_feedback(self, student: str) -> None:
        """Write the feedback pages of one graded student."""
        from nbgrader.converters import GenerateFeedback

        self._run(GenerateFeedback, student)

    def exchange(self, step: str) -> None:
        """Do one step of nbgrader's exchange, such as "Collect"."""
        from autograder.exchange_steps import exchange_step

        with self._log() as log:
            exchange_step(step, self.config, self.assignment, log)

    def submit(self, student: str, folder: Path) -> None:
        """Submit what lies in `folder`, as that student does, who knows the exchange alone."""
        from autograder.exchange_steps import exchange_step, learner_settings

        mine = learner_settings(self.config, student, folder)
        with self._log() as log:
            exchange_step("Submit", mine, self.assignment, log)

    def scores(self, student: str) -> list[Score]:
        """Read the scores of one graded student from the gradebook, cell by cell."""
        return self.all_scores([student])[student]

    def all_scores(self, students: Iterable[str]) -> dict[str, list[Score]]:
        """Read the scores of graded students from the gradebook, cell by cell."""
        from nbgrader.api import Gradebook

        with Gradebook(self.config.CourseDirectory.db_url) as gradebook:
            return {student: self._scores(gradebook, student) for student in students}

    def _scores(self, gradebook: Gradebook, student: str) -> list[Score]:
        notebooks = gradebook.find_submission(self.assignment, student).notebooks
        grades = {grade.name: grade for notebook in notebooks for grade in notebook.grades}
        return [_score(grades[name], why) for name, why in self._reasons(student)]

    def _run(self, step: type[BaseConverter], student: str = ".") -> None:
        from nbgrader.converters.base import NbGraderException
        from nbgrader.coursedir import CourseDirectory

        said = self.logfile.stat().st_size if self.logfile.exists() else 0
        with self._log() as log, warnings.catch_warnings():
            # nbgrader's gradebook uses SQLAlchemy in ways that newer releases of it warn about.
            warnings.filterwarnings("ignore", module=r"nbgrader\.")
            folder = CourseDirectory(config=self.config, log=log)
            folder.assignment_id, folder.student_id = self.assignment, student
            converter = step(coursedir=folder, config=self.config, log=log)
            converter.force = True
            try:
                converter.start()
            except NbGraderException as error:
                raise Ungradable(self._trouble(said) or str(error)) from error

    @contextlib.contextmanager
    def _log(self) -> Iterator[logging.Logger]:
        log = logging.Logger("nbgrader", logging.INFO)
        handler = logging.FileHandler(self.logfile, encoding="utf-8")
        log.addHandler(handler)
        try:
            yield log
        finally:
            handler.close()

    def _trouble(self, said: int) -> str:
        """Find the exception that nbgrader logged after the first `said` bytes of its log."""
        text = self.logfile.read_bytes()[said:].decode(errors="replace")
        _, found, traceback = text.rpartition("Traceback (most recent call last):")
        raised = re.search(r"^(?:\w+\.)*(\w+(?:: .*)?)$", traceback, re.MULTILINE)
        return textwrap.shorten(raised[1], 80, placeholder=" …") if found and raised else ""

    def _reasons(self, student: str) -> Iterator[tuple[str, str]]:
        import nbformat

        graded = self.course.root / "autograded" / student / self.assignment
        for path in sorted(graded.glob("*.ipynb")):
            for cell in nbformat.read(path, as_version=nbformat.NO_CONVERT).cells:
                metadata = cell.metadata.get("nbgrader", {})
                if metadata.get("grade") and cell.cell_type == "code":
                    yield metadata["grade_id"], reason(cell)


def _score(grade: Grade, why: str) -> Score:
    full = grade.score >= grade.max_score
    needs_person = bool(grade.needs_manual_grade)
    return Score(grade.name, grade.score, grade.max_score, "" if full else why, needs_person)


def words_of(output: NotebookNode) -> str:
    """What an output says: what was printed, or a report; a score is no words."""
    if output.output_type == "display_data":
        return str(output.data.get("text/plain", ""))
    return str(output.get("text", ""))


def reason(cell: NotebookNode) -> str:
    """Give the sentence of a graded cell's output that says best what went wrong."""
    for output in cell.outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}" if output.evalue else str(output.ename)
    text = "\n".join(words_of(output) for output in cell.outputs)
    # A report is a headline, its indented rows, then a sentence on each row that is not right;
    # whatever the learner's code printed comes before it.
    sentences = [line for line in text.split("\n") if line and not line.startswith(" ")]
    for headline, sentence in itertools.pairwise(sentences):
        if re.search(r"; score [\d.]+$", headline):
            return sentence
    return sentences[-1] if sentences else ""
