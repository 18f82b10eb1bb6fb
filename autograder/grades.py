"""Who has which grade, read from nbgrader's gradebook, and what stands in the way of one."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.course import Course, CourseError
from autograder.release import settings

if TYPE_CHECKING:
    from nbgrader.api import Assignment, Gradebook, Student

GRADED, MISSING = "graded", "missing"
NEEDS_PERSON, NOT_GRADED = "needs a person", "not graded yet"
SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Learner:
    """Somebody in the gradebook."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""

    @property
    def name(self) -> str:
        """The name as lists of a class have it: `Lovelace, Ada`; the id where no name is known."""
        return ", ".join(filter(None, [self.last_name, self.first_name])) or self.id


@dataclass(frozen=True)
class Standing:
    """Where one learner stands with one assignment."""

    learner: Learner
    assignment: str
    most: float
    due: datetime | None
    status: str
    handed_in: datetime | None = None
    raw: float = 0.0
    penalty: float = 0.0

    @property
    def score(self) -> float:
        """The points so far, less what being late costs."""
        return max(0.0, self.raw - self.penalty)


@dataclass(frozen=True)
class Grades:
    """The standings of a class, learner by learner and assignment by assignment."""

    assignments: dict[str, float]
    """The points of each assignment, by its name."""
    standings: tuple[Standing, ...]

    @property
    def learners(self) -> list[Learner]:
        """Everybody, once, in the order of their ids."""
        return sorted(self._by_learner, key=lambda learner: learner.id)

    def of(self, learner: Learner) -> dict[str, Standing]:
        """Give the standings of one learner, by assignment."""
        return self._by_learner[learner]

    @cached_property
    def _by_learner(self) -> dict[Learner, dict[str, Standing]]:
        found: dict[Learner, dict[str, Standing]] = {}
        for each in self.standings:
            found.setdefault(each.learner, {})[each.assignment] = each
        return found


def read_grades(course: Course, wanted: Sequence[str] = ()) -> Grades:
    """Read the gradebook of a course: all assignments, or those that are wanted.

    Raises:
        CourseError: when there is no gradebook, it cannot be read, or has no such assignment.

    """
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import SQLAlchemyError

    url = str(settings(course.config).CourseDirectory.db_url)
    path = Path(url.removeprefix(SQLITE))
    if url.startswith(SQLITE) and not path.is_file():
        raise CourseError(
            f"There is no gradebook in {path.parent} yet: hand out an assignment and grade it first."
        )
    try:
        with warnings.catch_warnings():
            # nbgrader's gradebook uses SQLAlchemy in ways that newer releases of it warn about.
            warnings.filterwarnings("ignore", module=r"nbgrader\.")
            with Gradebook(url) as gradebook:
                return _grades(course, gradebook, wanted)
    except SQLAlchemyError as error:
        why = str(error).split("\n")[0]
        raise CourseError(f"The gradebook {url} cannot be read, because of this: {why}.") from error


def _grades(course: Course, gradebook: Gradebook, wanted: Sequence[str]) -> Grades:
    there = {assignment.name: assignment for assignment in gradebook.assignments}
    for name in wanted:
        if name not in there:
            known = ", ".join(there) or "none yet"
            raise CourseError(f"The gradebook has no assignment {name!r}; it has: {known}.")
    chosen = [there[name] for name in (wanted or there)]
    standings = []
    for assignment in chosen:
        handed_in = {
            path.parent.name for path in course.root.glob(f"submitted/*/{assignment.name}")
        }
        graded = {each.student_id: each for each in assignment.submissions}
        for student in gradebook.students:
            there_is = student.id in handed_in
            standings.append(_standing(student, assignment, graded.get(student.id), there_is))
        for name in sorted(handed_in - {student.id for student in gradebook.students}):
            standings.append(
                Standing(
                    Learner(name),
                    assignment.name,
                    assignment.max_score,
                    assignment.duedate,
                    NOT_GRADED,
                )
            )
    return Grades({each.name: each.max_score for each in chosen}, tuple(standings))


def _standing(student: Student, assignment: Assignment, graded: Any, handed_in: bool) -> Standing:
    names = (student.first_name, student.last_name, student.email)
    learner = Learner(student.id, *(name or "" for name in names))
    where = (learner, assignment.name, assignment.max_score, assignment.duedate)
    if graded is None:
        return Standing(*where, NOT_GRADED if handed_in else MISSING)
    return Standing(
        *where,
        NEEDS_PERSON if graded.needs_manual_grade else GRADED,
        graded.timestamp,
        graded.score,
        graded.late_submission_penalty or 0.0,
    )
