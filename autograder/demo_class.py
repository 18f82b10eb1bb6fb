"""The invented students of `backprop demo`, and what each of them must earn.

They hand in one notebook with two exercises. An answer is the reference with some lines written
differently; the rest of what a student may do to a notebook is a function on it. Twelve have a story
each; however many more are asked for are made up from the mistakes that the exercises know.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from autograder.course import CourseError
from autograder.exercise import BEGIN_SOLUTION, END_SOLUTION, Exercise
from autograder.release import released
from autograder.sections import Section

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK = "03_compound_expressions"
SUM, CHAIN = "sum-times-z", "three-links"

Patches = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Student:
    """One student: how the work differs from the reference, and what it must earn."""

    name: str
    story: str
    expected: Mapping[str, float] | None
    """The points for each exercise; None where a person has to look."""
    answers: Mapping[str, Patches] = field(default_factory=dict)
    """The exercises that were answered, as patches of the reference; others are left blank."""
    handling: tuple[Callable[[NotebookNode], None], ...] = ()
    """What else was done to the notebook, in this order."""


def remove(*ids: str) -> Callable[[NotebookNode], None]:
    """Delete cells from a notebook."""

    def handle(notebook: NotebookNode) -> None:
        notebook.cells = [cell for cell in notebook.cells if cell.id not in ids]

    return handle


def empty(*ids: str) -> Callable[[NotebookNode], None]:
    """Leave cells in a notebook without anything in them."""

    def handle(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            if cell.id in ids:
                cell.source = ""

    return handle


WARNS = """\
    import sys, warnings
    warnings.warn("mind the gap")
    print("so far, so good", file=sys.stderr)
"""

CLASS = (
    Student("ada", "all right", {SUM: 4, CHAIN: 6}, {SUM: (), CHAIN: ()}),
    Student(
        "ben",
        "right in another way: long names, stages skipped",
        {SUM: 4, CHAIN: 6},
        {
            SUM: (
                ("dz = q\n    dq = z", "dfdz = x + y\n    dfdq = z"),
                ("dx = 1.0 * dq", "dfdx = dfdq"),
                ("dy = 1.0 * dq", "dfdy = dfdq"),
                ("return f, dx, dy, dz", "return f, dfdx, dfdy, dfdz"),
            ),
            CHAIN: (
                ("dr = w\n    dq = 1.0 * dr\n    dz = -1.0 * dr", "dz = -w"),
                ("dx = y * dq\n    dy = x * dq", "dx = y * w\n    dy = x * w"),
            ),
        },
    ),
    Student(
        "cleo",
        "right, with warnings and stderr",
        {SUM: 4, CHAIN: 6},
        {SUM: (("    dz = q\n", WARNS + "    dz = q\n"),), CHAIN: ()},
    ),
    Student("dan", "the second exercise left blank", {SUM: 4, CHAIN: 0}, {SUM: ()}),
    Student(
        "eve",
        "local gradients without the gradient from above",
        {SUM: 3, CHAIN: 4},
        {
            SUM: (("dx = 1.0 * dq", "dx = 1.0"),),
            CHAIN: (("dx = y * dq\n    dy = x * dq", "dx = y\n    dy = x"),),
        },
    ),
    Student(
        "finn",
        "multiply gates not swapped",
        {SUM: 2, CHAIN: 4},
        {
            SUM: (("dz = q\n    dq = z", "dz = z\n    dq = q"),),
            CHAIN: (("dx = y * dq\n    dy = x * dq", "dx = x * dq\n    dy = y * dq"),),
        },
    ),
    Student(
        "gia", "a minus lost", {SUM: 4, CHAIN: 5}, {SUM: (), CHAIN: (("-1.0 * dr", "1.0 * dr"),)}
    ),
    Student("hal", "handed in as it was given out", {SUM: 0, CHAIN: 0}),
    Student(
        "iris",
        "one that crashes, and one that Python cannot read",
        {SUM: 2, CHAIN: 0},
        {SUM: (("dx = 1.0 * dq", "dx = 1.0 * dQ"),), CHAIN: (("dr = w", "dr = = w"),)},
    ),
    Student(
        "jon",
        "one that loops for ever",
        {SUM: 0, CHAIN: 6},
        {SUM: (("    dz = q\n", "    while True:\n        dz = q\n"),), CHAIN: ()},
        # Nobody hands in the cell that hung when it was run.
        (remove(f"{SUM}-check"),),
    ),
    Student(
        "kim",
        "one cell deleted, one emptied",
        {SUM: 0, CHAIN: 0},
        {SUM: (), CHAIN: ()},
        (remove(f"{SUM}-solution"), empty(f"{CHAIN}-solution")),
    ),
    Student("lee", "a file that is no notebook", None, {SUM: (), CHAIN: ()}),
)


def invented(section: Section, count: int) -> list[Student]:
    """Give a class of this size: the twelve, and then as many as it takes, always the same."""
    more = (made_up(at, section) for at in range(len(CLASS) + 1, count + 1))
    return [*CLASS[:count], *more]


def made_up(at: int, section: Section) -> Student:
    """Make a student up, whose answers hang on the number and on each exercise alone."""
    answers: dict[str, Patches] = {}
    expected: dict[str, float] = {}
    story = []
    # Some know it all, some hardly anything.
    knows = float(np.random.default_rng(at).random())
    for exercise in section.exercises:
        if exercise.by_hand:
            continue
        patches, share, label = attempt(at, exercise, 0.6 + 0.4 * knows, knows)
        if patches is not None:
            answers[exercise.id] = patches
        expected[exercise.id] = share * exercise.points
        story.append(f"{exercise.id}: {label.replace('_', ' ')}")
    return Student(f"student-{at:03}", "; ".join(story), expected, answers)


def attempt(
    at: int, exercise: Exercise, there: float, right: float
) -> tuple[Patches | None, float, str]:
    """Make up an answer, as patches of the reference; the share that it earns, and what it is.

    `there` is the chance that there is an answer at all, `right` that it is right.
    """
    rng = np.random.default_rng([at, zlib.crc32(exercise.id.encode())])
    drawn_there, drawn_right, which = rng.random(3)
    if drawn_there >= there:
        return None, 0.0, "left blank"
    # Only of a slip that states its score is it known what it must earn.
    slips = [mistake for mistake in exercise.mistakes if mistake.score is not None]
    if drawn_right < right or not slips:
        return (), 1.0, "right"
    slip = slips[int(which * len(slips))]
    return ((slip.old, slip.new),), float(slip.score or 0.0), slip.label


def hand_in(student: Student, section: Section, source: Path, folder: Path) -> None:
    """Write what a student hands in for the notebook `source` into `folder`."""
    import nbformat

    notebook = released(source)
    exercises = {exercise.id: exercise for exercise in section.exercises}
    for cell in notebook.cells:
        for name, patches in student.answers.items():
            if cell.id == f"{name}-solution":
                cell.source = answer(exercises[name], patches)
    for handle in student.handling:
        handle(notebook)
    text: str = nbformat.writes(notebook)
    if student.expected is None:
        text = text[: len(text) // 2]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / source.name).write_text(text, encoding="utf-8")


def answer(exercise: Exercise, patches: Patches) -> str:
    """Give a solution cell as a student would write it: the reference, patched, without markers."""
    lines = exercise.solution.source.split("\n")
    text = "\n".join(
        line for line in lines if BEGIN_SOLUTION not in line and END_SOLUTION not in line
    )
    for old, new in patches:
        if text.count(old) != 1:
            raise CourseError(
                f"The invented class no longer fits exercise {exercise.id!r}: {old!r} is not in "
                "its reference once; bring autograder/demo_class.py in step."
            )
        text = text.replace(old, new)
    return text
