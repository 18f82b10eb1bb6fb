"""`backprop validate NOTEBOOK`: what a notebook would earn as it is, in the words of grading.

It takes the same way as a submission: through the intake, then run from top to bottom, then read.
Only the inputs differ: the visible ones are all that a learner has.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course, CourseError, find_course
from autograder.handed_in import Released
from autograder.intake import Taken, take_in
from autograder.options import course_option, number_from_one

if TYPE_CHECKING:
    from nbformat import NotebookNode

Run = Callable[["NotebookNode", Path, int], None]
"""Runs a notebook in a folder, with so many seconds for a cell, and fills in its outputs."""
SUFFIX = ".ipynb"


class WrongUse(CourseError):
    """What was asked for makes no sense; the command exits with 2."""

    code = 2


@dataclass(frozen=True)
class Exercise:
    """One exercise of a notebook that was run."""

    name: str
    points: float
    earned: float | None
    """None where a person reads the answer."""
    checks: str
    """What its check cells say: right, wrong, or `-` for nothing."""
    line: str = ""
    """The first line that is not right, as the report shows it."""
    sentence: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it, as far as can be told."""
        return self.earned in (None, self.points) and self.checks != "wrong"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `backprop validate` understands."""
    parser.add_argument("notebook", type=Path, help="the notebook, such as 03_chain.ipynb")
    parser.add_argument(
        "--timeout",
        type=number_from_one,
        default=30,
        metavar="SECONDS",
        help="for one cell (default: 30)",
    )
    course_option(parser)


def validate(arguments: argparse.Namespace) -> int:
    """Say what a notebook would earn; 0 if everything is right, 1 if something is not.

    Raises:
        WrongUse: when there is nothing in the file that could be graded; the command exits with 2.

    """
    from autograder.at_home import run

    return validated(arguments.notebook, arguments.course, arguments.timeout, run)


def validated(path: Path, course: Path | None, seconds: int, run: Run) -> int:
    """Take a notebook in, have it run, and print what it earned; the exit code of the command."""
    name, taken = taken_in(path, course)
    for finding in taken.findings:
        print(f"Note: {finding.learner}")
    notebook = _notebook(taken.notebooks[name])
    if not any(_is_scored(cell) for cell in notebook.cells):
        raise WrongUse(f"There are no exercises in {path}; name a notebook of the course.")
    run(notebook, path.resolve().parent, seconds)
    exercises = list(exercises_of(notebook))
    for line in table(exercises):
        print(line)
    return 0 if all(exercise.ok for exercise in exercises) else 1


# --- from the file to a notebook that can be run ---------------------------------------------------


def taken_in(path: Path, folder: Path | None) -> tuple[str, Taken]:
    """Give the name of the notebook and what the intake makes of it, as in grading."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise WrongUse(f"{path} {what}; name a notebook, such as 03_compound_expressions.ipynb.")
    if path.suffix != SUFFIX:
        raise WrongUse(f"{path} is not a notebook; the name of a notebook ends in {SUFFIX}.")
    released = _released(path, folder)
    with tempfile.TemporaryDirectory(prefix="backprop-validate-") as place:
        # Alone: what lies beside it is the learner's own business here.
        shutil.copyfile(path, Path(place) / path.name)
        taken = take_in(Path(place), (), released)
    for why in taken.for_person.values():
        raise WrongUse(f"{path}: {why.learner}")
    return next(iter(taken.notebooks)), taken


def _released(path: Path, folder: Path | None) -> dict[str, list[Released]]:
    """Give the cells of the notebook as they were given out, where the course is at hand.

    A learner who has the notebook alone gets it judged as it is.
    """
    from autograder.reference import from_source, visible

    try:
        course = find_course(folder)
    except CourseError:
        if folder:
            raise
        return {path.stem: _as_it_is(path)}
    source = _source(course, path.stem)
    return {source.stem: visible(from_source(source))} if source else {path.stem: _as_it_is(path)}


def _source(course: Course, name: str) -> Path | None:
    """Find the source of a notebook: by its name, or by one that its name begins with.

    So that a copy, such as `03_chain.new` or `03_chain (1)`, is known as well.
    """
    sources = {path.stem: path for path in course.notebooks()}
    fitting = [each for each in sources if name.startswith(each)]
    return sources[max(fitting, key=len)] if fitting else None


def _as_it_is(path: Path) -> list[Released]:
    """Take the cells of a notebook for what was given out."""
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception:  # nbformat raises whatever it likes; the intake says what is wrong
        return []
    return [
        Released(marks["grade_id"], cell.cell_type, cell.source, cell.source, dict(marks))
        for cell in notebook.cells
        if isinstance(marks := cell.metadata.get("nbgrader"), dict) and "grade_id" in marks
    ]


def _notebook(text: str) -> NotebookNode:
    import nbformat

    return nbformat.reads(text, as_version=nbformat.NO_CONVERT)


# --- from a notebook that was run to what it earned ------------------------------------------------


def exercises_of(notebook: NotebookNode) -> Iterator[Exercise]:
    """Read what every graded cell of a notebook that was run says."""
    from autograder.classroom import reason
    from autograder.preprocessors import scored

    for cell in filter(_is_scored, notebook.cells):
        marks = cell.metadata["nbgrader"]
        name, points = _exercise(marks["grade_id"]), float(marks["points"])
        checks = [each for each in notebook.cells if each.id.startswith(f"{name}-check")]
        said = verdict_of(checks)
        if cell.cell_type != "code" or marks.get("solution"):
            yield Exercise(name, points, None, said)
            continue
        cell.outputs = scored(cell.outputs, points)
        earned = earned_in(cell)
        right = earned == points
        line = "" if right else first_wrong(text_of(cell))
        yield Exercise(name, points, earned, said, line, "" if right else reason(cell))


def _is_scored(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def _exercise(grade_id: str) -> str:
    return grade_id.removesuffix("-grade").removesuffix("-solution")


def earned_in(cell: NotebookNode) -> float:
    """Give the points that a grade cell ended on; none where it failed."""
    values = [each for each in cell.outputs if each.output_type == "execute_result"]
    return float(values[0].data["text/plain"]) if values else 0.0


def text_of(cell: NotebookNode) -> str:
    """Give what a cell printed and what it showed, as text."""
    parts = [
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for output in cell.outputs
    ]
    return "\n".join(parts)


def verdict_of(checks: Sequence[NotebookNode]) -> str:
    """Say what the check cells of an exercise found: right, wrong, or `-` for nothing."""
    if any(output.output_type == "error" for cell in checks for output in cell.outputs):
        return "wrong"
    text = "\n".join(text_of(cell) for cell in checks)
    if re.search(r"; score [\d.]+$", text, re.MULTILINE):
        return "wrong"
    return "right" if re.search(r"^\S.*: .*\bright\b", text, re.MULTILINE) else "-"


def first_wrong(text: str) -> str:
    """Give the first line of code that a report marks, with its number; empty where none is."""
    row = re.search(r"^ +\w+ *> +(\d+) +(\S.*?)(?: {2,}.*)?$", text, re.MULTILINE)
    return f"line {row[1]}: {row[2]}" if row else ""


# --- what is printed -------------------------------------------------------------------------------


def table(exercises: Sequence[Exercise]) -> Iterator[str]:
    """Write one row for each exercise, below it what is wrong, and at the end what it comes to."""
    width = max(len("exercise"), *(len(exercise.name) for exercise in exercises))
    yield f"{'exercise':<{width}}  {'points':<10}  check"
    for exercise in exercises:
        yield f"{exercise.name:<{width}}  {_points(exercise):<10}  {exercise.checks}"
        for detail in filter(None, (exercise.line, exercise.sentence)):
            yield f"    {detail}"
    yield ""
    yield _sum(exercises)


def _points(exercise: Exercise) -> str:
    if exercise.earned is None:
        return f"{exercise.points:g}, by hand"
    return f"{exercise.earned:g} of {exercise.points:g}"


def _sum(exercises: Sequence[Exercise]) -> str:
    judged = [each for each in exercises if each.earned is not None]
    by_hand = sum(each.points for each in exercises if each.earned is None)
    earned = sum(each.earned or 0.0 for each in judged)
    of = sum(each.points for each in judged)
    hand = f" A person gives up to {by_hand:g} more." if by_hand else ""
    return (
        f"{earned:g} of {of:g} points with the inputs that you can see; "
        f"when your work is graded, more of them are tried.{hand}"
    )
