"""The list of learners that Canvas or Moodle exports, so that it knows them again when importing."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.course import CourseError
from autograder.grades import Learner

POINTS_POSSIBLE = "    Points Possible"  # as Canvas writes it


@dataclass(frozen=True)
class Kind:
    """What a system calls the columns that say who a row is of."""

    system: str
    columns: tuple[str, ...]
    """All of them, in the order in which they are written where there is no roster."""
    ids: tuple[str, ...]
    """Those that nbgrader's name for a learner may stand in, the surest first."""
    title: str
    """How a column is called that holds an assignment; what it stands for is `{name}`."""

    def row(self, learner: Learner) -> list[str]:
        """Give the cells that say who a learner is, as far as the gradebook knows."""
        cells = {
            "Student": learner.name,
            "SIS Login ID": learner.id,
            "Username": learner.id,
            "First name": learner.first_name,
            "Last name": learner.last_name,
            "Email address": learner.email,
        }
        return [cells.get(column, "") for column in self.columns]


CANVAS = Kind(
    "Canvas",
    ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
    ("SIS Login ID", "SIS User ID", "ID"),
    r"{name} \(\d+\)",
)
MOODLE = Kind(
    "Moodle",
    ("First name", "Last name", "Username", "Email address"),
    ("Username", "ID number", "Email address"),
    r"(?:[\w ]+: *)?{name}(?: \(\w+\))?",
)
KINDS = {"canvas": CANVAS, "moodle": MOODLE}
# Further columns of Moodle's export that say who and not what.
ABOUT = {"ID number", "Institution", "Department", "Surname"}


@dataclass(frozen=True)
class Roster:
    """The learners that the other system knows, and the columns that it has."""

    path: Path
    kind: Kind
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def columns(self) -> list[str]:
        """The columns that say who a row is of."""
        if self.kind is CANVAS:  # which wants them all, in its order
            return list(CANVAS.columns)
        about = {*self.kind.columns, *self.kind.ids, *ABOUT}
        return [name for name in self.header if name in about]

    def column(self, assignment: str) -> str:
        """Give what the other system calls an assignment: its own column if it has it already."""
        pattern = self.kind.title.format(name=re.escape(assignment))
        return next((name for name in self.header if re.fullmatch(pattern, name)), assignment)

    def row(self, learner: Learner) -> list[str] | None:
        """Give the cells that say who a learner is; None for somebody who is not on the list."""
        for name in self.kind.ids:
            if name not in self.header:
                continue
            at = self.header.index(name)
            wanted = {learner.id, learner.email} - {""}
            found = [row for row in self.rows if row[at] in wanted]
            if len(found) == 1:
                return [found[0][self.header.index(column)] for column in self.columns]
        return None


def read_roster(path: Path, kind: Kind) -> Roster:
    """Read what the other system exports of its gradebook.

    Raises:
        CourseError: when it cannot be read, or lacks the columns that say who a row is of.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [tuple(line) for line in csv.reader(file) if any(line)]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        why = (isinstance(problem, OSError) and problem.strerror) or problem
        raise CourseError(f"{path} cannot be read as a table, because of this: {why}.") from problem
    header = lines[0] if lines else ()
    if kind is CANVAS:
        fits, needed = set(kind.columns) <= set(header), " and ".join(kind.columns)
    else:
        fits, needed = bool(set(kind.ids) & set(header)), " or ".join(kind.ids)
    if not fits:
        raise CourseError(
            f"{path} is not what {kind.system} exports of its gradebook: its first line has to name "
            f"{needed}."
        )
    rows = [row for row in lines[1:] if len(row) == len(header) and "Points Possible" not in row[0]]
    return Roster(path, kind, header, tuple(rows))
