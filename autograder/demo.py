"""`backprop demo`: an invented class of twelve, graded by nbgrader from start to feedback."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course, CourseError, find_course

if TYPE_CHECKING:
    from autograder.classroom import Classroom, Score
    from autograder.demo_class import Student

# Seconds for one cell. A real class gets more; here one student's loop is to cost little.
TIMEOUT = 10


@dataclass(frozen=True)
class Result:
    """What came of one student's work."""

    student: Student
    scores: tuple[Score, ...]
    trouble: str = ""
    """Why a person has to look at it; empty for a notebook that was graded."""

    @property
    def needs_person(self) -> bool:
        """Tell whether a person has to look at the work before it has a score."""
        return bool(self.trouble) or any(score.needs_person for score in self.scores)

    @property
    def as_expected(self) -> bool:
        """Tell whether the student got exactly the points that were deserved."""
        if self.needs_person or self.student.expected is None:
            return self.needs_person and self.student.expected is None
        expected = {f"{name}-grade": points for name, points in self.student.expected.items()}
        return {score.cell: score.earned for score in self.scores} == expected


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `backprop demo` understands."""
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="leave the graded class in this new folder"
    )
    parser.add_argument("--course", type=Path, metavar="FOLDER", help="the course to take it from")
    parser.add_argument(
        "--allow-weaker",
        action="store_true",
        help="grade even where the sandbox lacks a required layer",
    )


def demo(arguments: argparse.Namespace) -> int:
    """Make the class, grade it, show who got what and why; 0 if all scores are the expected ones."""
    course = find_course(arguments.course)
    with _folder(arguments.keep) as folder:
        results = grade_class(course, folder, arguments.allow_weaker)
        show(results, folder, kept=arguments.keep is not None)
    return 0 if all(result.as_expected for result in results) else 1


def grade_class(course: Course, folder: Path, allow_weaker: bool = False) -> list[Result]:
    """Grade the invented class in `folder`, showing how far it is."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from autograder.classroom import Classroom
    from autograder.demo_class import CLASS, NOTEBOOK

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns) as progress:
        task = progress.add_task("handing out and collecting", total=len(CLASS) + 1)
        copy = make_class(course, folder)
        classroom = Classroom(copy, TIMEOUT, copy.assignment(NOTEBOOK), allow_weaker)
        classroom.release()
        results = []
        for student in CLASS:
            progress.update(task, advance=1, description=f"grading {student.name}: {student.story}")
            results.append(grade_one(classroom, student))
        progress.update(task, advance=1, description="graded")
    return results


def make_class(course: Course, folder: Path) -> Course:
    """Copy what grading needs of a course, and let every student hand in a notebook."""
    from autograder.demo_class import CLASS, NOTEBOOK, hand_in
    from autograder.sections import read_section

    source = course.notebook(NOTEBOOK)
    if not source.is_file():
        raise CourseError(f"The demo needs {source}, which is not there; run: backprop build")
    section = read_section(course.sections / f"{NOTEBOOK}.py")
    copy = Course(folder)
    for path in (course.config, source, course.root / "course.toml"):
        if path.exists():
            place = folder / path.relative_to(course.root)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    for student in CLASS:
        submitted = folder / "submitted" / student.name / copy.assignment(NOTEBOOK)
        hand_in(student, section, source, submitted)
    return copy


def grade_one(classroom: Classroom, student: Student) -> Result:
    """Grade one student, and keep whatever goes wrong with this one from the others."""
    from autograder.classroom import Ungradable

    try:
        classroom.autograde(student.name)
        scores = tuple(classroom.scores(student.name))
        classroom.give_feedback(student.name)
    except Ungradable as error:
        return Result(student, (), trouble=str(error))
    return Result(student, scores)


def show(results: list[Result], folder: Path, kept: bool) -> None:
    """Print who got what and why, and where the feedback is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(show_lines=True, expand=True)
    table.add_column("student")
    table.add_column("points", no_wrap=True)
    table.add_column("what was handed in", ratio=2)
    table.add_column("why not more", ratio=4)
    for result in results:
        style = "" if result.as_expected else "bold red"
        table.add_row(
            result.student.name,
            Text(points(result), style),
            result.student.story,
            Text(why(result)),
        )
    console.print(table)
    for sentence in closing(results, folder, kept):
        console.print(sentence, soft_wrap=True, highlight=False, markup=False)


def points(result: Result) -> str:
    """Say what a student got, as in `7 of 10`, and what it should have been if that differs."""
    earned = sum(score.earned for score in result.scores)
    got = f"{earned:g} of {sum(score.points for score in result.scores):g}"
    if result.needs_person:
        got = "needs a person"
    if result.as_expected:
        return got
    expected = result.student.expected
    return f"{got}\nexpected {sum(expected.values()):g}" if expected else f"{got}\nunexpected"


def why(result: Result) -> str:
    """Give the reasons for the points that were not earned, one line for each exercise."""
    if result.trouble:
        return result.trouble
    return "\n".join(
        f"{score.cell.removesuffix('-grade')}: {score.why}" for score in result.scores if score.why
    )


def closing(results: list[Result], folder: Path, kept: bool) -> Iterator[str]:
    """Say what is to be done, and where the feedback pages are."""
    for result in results:
        if result.needs_person:
            yield f"{result.student.name} needs a person: look at submitted/{result.student.name}, which is as it was handed in."
    yield f"Feedback pages: {folder / 'feedback' / '*' / '*' / '*.html'}"
    if not kept:
        yield "The class is deleted now; to read them, use: backprop demo --keep FOLDER"
    good = sum(result.as_expected for result in results)
    yield f"{good} of {len(results)} students got exactly what they should."


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="backprop-demo-") as folder:
            yield Path(folder).resolve()
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise CourseError(
            f"{keep} is not empty, and nothing in it is to be lost; name a new folder."
        )
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.resolve()
