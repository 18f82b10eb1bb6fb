"""nbgrader's gradebook, written by one process: all that a submission gets, or nothing of it.

nbgrader opens the gradebook anew for each step and commits each score by itself. Here it stays
open, and what its own functions commit is held back until the whole submission is filed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import nbgrader
from nbgrader import api
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from autograder.course import CourseError
from autograder.filed import filed_of, of_assignment
from autograder.noted import Filed
from autograder.worker import Graded

PATIENCE = 30.0  # seconds that the gradebook may be locked by somebody else
BETWEEN = 0.2
HOME = Path(nbgrader.__file__).parent
VERSION = re.compile(r"""(?m)^revision = ['"](\w+)['"]\ndown_revision = (?:None|['"](\w+)['"])""")
T = TypeVar("T")


class Locked(CourseError):
    """Somebody else kept the gradebook locked for longer than there was patience."""


class Full(CourseError):
    """There is no room for what the gradebook is to hold."""


class Withheld(Session):
    """A session whose commits are held back: what is not kept has not happened."""

    def commit(self) -> None:
        """Hand the changes to the database, where nobody else sees them yet."""
        self.flush()

    def keep(self) -> None:
        """Commit all changes at once."""
        super().commit()


@dataclass
class Standing:
    """How one submission stands in the gradebook."""

    score: float = 0.0
    unscored: tuple[str, ...] = ()
    """The cells that the machine should have scored, and nobody has."""
    by_hand: int = 0
    """The answers that wait for a person by their nature: those in words."""


class Ledger:
    """The open gradebook of one assignment."""

    def __init__(
        self,
        db_url: str,
        course_id: str,
        assignment: str = "",
        penalty: AssignLatePenalties | None = None,
    ) -> None:
        """Open the gradebook; `penalty` is the step that knows what being late costs.

        Raises:
            CourseError: where it is of another version of nbgrader, or no gradebook.
            Locked: where somebody else keeps it locked.

        """
        self.assignment, self.penalty = assignment, penalty
        self.gradebook = patiently(lambda: opened(db_url, course_id))
        self.gradebook.db = scoped_session(
            sessionmaker(class_=Withheld, autoflush=True, bind=self.gradebook.engine, future=True)
        )

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self.gradebook.close()

    def rest(self) -> None:
        """Let go of the open file, as before a fork; it is opened again when it is needed."""
        self.gradebook.db.remove()
        self.gradebook.engine.dispose()

    # ----- filing --------------------------------------------------------------------------------

    def file(self, graded: Graded) -> None:
        """File what one submission got, in one transaction.

        What a person has given stays: manual scores, comments and extra credit are not touched.

        Raises:
            Locked: where somebody else keeps the gradebook locked.
            Full: where there is no room.

        """
        patiently(lambda: self._file(graded))

    def _file(self, graded: Graded) -> None:
        session: Any = self.gradebook.db()
        try:
            if self.gradebook.engine.dialect.name == "sqlite":
                # The right to write comes first: nobody changes what is about to be read.
                session.execute(text("BEGIN IMMEDIATE"))
            with session.no_autoflush:  # all at once, where nbgrader's functions do not ask for it
                self._fill_in(graded)
            session.keep()
        except api.InvalidEntry as error:
            # nbgrader says so of whatever goes wrong with the database.
            if isinstance(error.__context__, DatabaseError):
                raise error.__context__ from None
            raise
        finally:
            session.rollback()
            self.gradebook.db.remove()

    def _fill_in(self, graded: Graded) -> None:
        book = self.gradebook
        book.update_or_create_student(graded.student)
        when = {"timestamp": graded.timestamp} if graded.timestamp else {}
        submission = book.update_or_create_submission(self.assignment, graded.student, **when)
        for notebook in submission.notebooks:
            if notebook.name in graded.missing:
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0, False
                continue
            fill_in(notebook, graded)
        book.db.flush()
        if self.penalty is not None:
            for notebook in submission.notebooks:
                if notebook.name not in graded.missing:
                    self._penalize(notebook, submission)

    def _penalize(self, notebook: api.SubmittedNotebook, submission: Any) -> None:
        """Give the penalty for being late, as the step that the settings name has it."""
        step = self.penalty
        assert step is not None
        notebook.late_submission_penalty = None
        late = submission.total_seconds_late
        if late > 0:
            step.init_plugin()
            score = notebook.score
            penalty = step.plugin_inst.late_submission_penalty(submission.student.id, score, late)
            if penalty is not None:
                notebook.late_submission_penalty = step._check_late_penalty(notebook, penalty)

    def filed(self, student: str) -> Filed:
        """Give what a submission has got by now, from the machine and from people."""
        filed = patiently(lambda: filed_of(self.gradebook.db(), self.assignment, student))
        self.gradebook.db.remove()
        return filed

    # ----- looking up ----------------------------------------------------------------------------

    def assignments(self) -> list[str]:
        """Give the names of all assignments that were released."""
        return [name for (name,) in self._rows(select(api.Assignment.name))]

    def notebooks(self, assignment: str) -> list[api.Notebook]:
        """Give the notebooks of an assignment; they are known as long as the gradebook is open."""
        return list(patiently(lambda: self.gradebook.find_assignment(assignment).notebooks))

    def due(self, assignment: str) -> datetime | None:
        """Say when an assignment was due."""
        found = select(api.Assignment.duedate).where(api.Assignment.name == assignment)
        return next((due for (due,) in self._rows(found)), None)

    def extensions(self, assignment: str) -> dict[str, str]:
        """Give everybody who has a submission in the gradebook, with the extension that was granted."""
        columns = (api.SubmittedAssignment.student_id, api.SubmittedAssignment.extension)
        found = of_assignment(select(*columns).select_from(api.SubmittedAssignment), assignment)
        return {student: str(extension or "") for student, extension in self._rows(found)}

    def standings(self, by_machine: Container[tuple[str, str]]) -> dict[str, Standing]:
        """Say how everybody stands, by student; `by_machine` are the cells that need no person."""
        standings: dict[str, Standing] = {}
        found = of_assignment(_grades(), self.assignment)
        for student, notebook, cell, score, auto, manual, pending in self._rows(found):
            standing = standings.setdefault(student, Standing())
            standing.score += score
            ours = (notebook, cell) in by_machine
            if ours and auto is None and manual is None:
                standing.unscored += (f"{notebook}: {cell}",)
            elif pending and not ours:
                standing.by_hand += 1
        return standings

    def _rows(self, statement: Any) -> list[Any]:
        rows = patiently(lambda: self.gradebook.db().execute(statement).all())
        self.gradebook.db.remove()
        return list(rows)


def _grades() -> Any:
    """Make the question for all grades."""
    columns = (
        *(api.SubmittedAssignment.student_id, api.Notebook.name, api.BaseCell.name),
        *(api.Grade.score, api.Grade.auto_score, api.Grade.manual_score),
        api.Grade.needs_manual_grade,
    )
    found = select(*columns).select_from(api.SubmittedAssignment).join(api.SubmittedNotebook)
    found = found.join(api.Notebook).join(api.Grade)
    return found.join(api.BaseCell, api.BaseCell.id == api.Grade.cell_id)


def fill_in(notebook: api.SubmittedNotebook, graded: Graded) -> None:
    """Set what the machine says of one notebook, and nothing that a person has said."""
    grades = graded.grades.get(notebook.name, {})
    for grade in notebook.grades:
        if grade.name in grades:
            score, unsure = grades[grade.name]
            grade.auto_score = score
            grade.needs_manual_grade = unsure or grade.manual_score is not None
    comments = graded.comments.get(notebook.name, {})
    for comment in notebook.comments:
        if comment.name in comments:
            comment.auto_comment = comments[comment.name]


def opened(db_url: str, course_id: str) -> api.Gradebook:
    """Open a gradebook of this version of nbgrader."""
    refuse_other_versions(db_url)
    return api.Gradebook(db_url, course_id)


def refuse_other_versions(db_url: str) -> None:
    """See to it that nbgrader does not add its tables to a gradebook that is not of its version."""
    engine = create_engine(db_url)
    try:
        with engine.connect() as connection:
            there = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    finally:
        engine.dispose()
    if there != newest_version():
        raise CourseError(
            f"The gradebook {engine.url} is of another version of nbgrader ({there}); make a copy "
            "of it, then bring it up to date with: nbgrader db upgrade"
        )


def newest_version() -> str | None:
    """Say which version of the gradebook is nbgrader's own: the one that no other builds upon.

    alembic would say the same, but importing it takes longer than all that is asked of it here.
    """
    steps = [path.read_text("utf-8") for path in (HOME / "alembic" / "versions").glob("*.py")]
    versions = {found[1]: found[2] for text in steps if (found := VERSION.search(text))}
    last = set(versions) - set(versions.values())
    return last.pop() if len(last) == 1 else None


def patiently(deed: Callable[[], T]) -> T:
    """Do something with the gradebook, again and again while somebody else has it locked."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return deed()
        except OperationalError as error:
            said = str(error.orig)
            if "full" in said or "I/O" in said:
                raise Full(f"There is no room for the gradebook ({said})") from error
            if "locked" not in said:
                raise CourseError(f"The gradebook cannot be used: {said}.") from error
            if time.monotonic() > end:
                raise Locked(
                    f"The gradebook has been locked by another program for {PATIENCE:.0f} seconds"
                ) from error
            time.sleep(BETWEEN)
        except DatabaseError as error:
            raise CourseError(f"The gradebook cannot be read: {error.orig}.") from error
