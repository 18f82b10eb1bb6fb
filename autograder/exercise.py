"""What an exercise is: plain data, read from the adjacent cells of a section that share its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course import CourseError

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


class SectionError(CourseError):
    """A section that cannot become a notebook: the file, the line, and how to put it right."""

    def __init__(self, path: Path, line: int, sentence: str) -> None:
        super().__init__(f"{path}:{line}: {sentence}")
        self.path, self.line, self.sentence = path, line, sentence


@dataclass(frozen=True)
class Cell:
    """One cell of a section: its text, what its header says, and where it stands."""

    type: str
    """`markdown` or `code`."""
    source: str
    path: Path
    line: int
    """The line of the cell's `# %%` header, counted from 1."""
    header: Mapping[str, object] = field(default_factory=dict)

    @property
    def exercise(self) -> str | None:
        """The id of the exercise that the cell is a part of."""
        return _text(self.header.get("exercise"))

    @property
    def role(self) -> str | None:
        """The part that the cell plays: prompt, solution, check, grade, mistakes, or setup."""
        return _text(self.header.get("role"))

    def refuse(self, sentence: str, offset: int = 0) -> SectionError:
        """Make the error that points at this cell, or `offset` lines below its header."""
        return SectionError(self.path, self.line + offset, sentence)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True)
class Mistake:
    """A slip that learners make, as a patch of the reference, and the feedback it must earn."""

    old: str
    new: str
    label: str
    """The label that the reason of the first wrong row must carry."""
    line: int
    first_wrong: str | None = None
    """The d-variable that the report must name first; None leaves it open."""
    score: float | None = None
    """The share of the points that it earns, 0 to 1; None leaves it open."""


@dataclass(frozen=True)
class Exercise:
    """A task for the learner with its answer, its grading and the mistakes it is known to meet."""

    id: str
    kind: str
    stars: int
    """How hard it is: 1, 2 or 3."""
    minutes: int
    """How long a learner should expect to take."""
    points: float
    function: str
    """The name of what the learner defines and the grade cell judges; empty where it is numbers or
    words."""
    prompt: Cell
    solution: Cell
    checks: tuple[Cell, ...]
    grade: Cell
    """The cell that carries the points: of what is graded by hand, the solution cell itself."""
    mistakes: tuple[Mistake, ...]

    @property
    def by_hand(self) -> bool:
        """Whether a person reads and grades the answer."""
        return self.grade is self.solution

    @property
    def grade_id(self) -> str:
        """The name under which nbgrader files the score."""
        return f"{self.id}-{self.grade.role}"

    def with_mistake(self, mistake: Mistake) -> str:
        """Give the text of the solution cell with one slip made in the reference."""
        return self.solution.source.replace(mistake.old, mistake.new)


def without(source: str, begin: str, end: str, stub: str = "") -> str:
    """Take the marked regions out of a cell, as nbgrader does, a stub line in the place of each.

    Markers must be balanced, each on a line of its own.
    """
    kept: list[str] = []
    inside = False
    for line in source.split("\n"):
        if begin in line:
            inside = True
            if stub:
                kept.append(line[: len(line) - len(line.lstrip())] + stub)
        elif end in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)
