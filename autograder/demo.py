"""`backprop demo`: an invented class, all the way from the release to the table of grades."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course, CourseError, brought_along, find_course
from autograder.options import course_option, number_from_one

if TYPE_CHECKING:
    from autograder.classroom import Classroom, Score
    from autograder.demo_class import Student
    from autograder.sections import Section

LEARNERS = 12
INTERRUPTED, WRONG_USE = 130, 2  # what `backprop grade` ends with
# Of a class that is larger than this, the table shows those with a story of their own.
MOST_ROWS = 12
# A real class gets more seconds for a cell; here one student's loop is to cost little.
HURRY = "\n# One of the invented students hands in a loop without end.\nc.SandboxedExecute.timeout = 10\n"
# Scores are rounded to a hundredth, and so is a share that is written down as 0.6667.
ROUNDING = 0.006


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
        earned = {score.cell: score.earned for score in self.scores}
        return earned.keys() == expected.keys() and all(
            abs(points - expected[cell]) < ROUNDING for cell, points in earned.items()
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `backprop demo` understands."""
    parser.add_argument(
        "--learners",
        type=number_from_one,
        default=LEARNERS,
        metavar="N",
        help=f"how many hand in; {LEARNERS} have a story, more are made up (default: {LEARNERS})",
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="leave the graded class in this new folder"
    )
    course_option(parser)
    parser.add_argument(
        "--allow-weaker",
        action="store_true",
        help="grade even where the sandbox lacks a required layer",
    )


def demo(arguments: argparse.Namespace) -> int:
    """Make the class, grade it, show who got what and why; 0 if all scores are the expected ones."""
    course = _course(arguments.course)
    with _folder(arguments.keep) as folder:
        fate = "" if arguments.keep else ", which is deleted at the end; --keep FOLDER keeps it"
        print(f"The class is made in {folder}{fate}.", flush=True)
        results = grade_class(course, folder, arguments.learners, arguments.allow_weaker)
        if not results:
            return 1
        show(results, folder, kept=arguments.keep is not None)
    return 0 if all(result.as_expected for result in results) else 1


def _course(folder: Path | None) -> Course:
    """Give the course in hand; where there is none, what the kit brings along serves as well."""
    try:
        return find_course(folder)
    except CourseError:
        if folder is not None:
            raise
        return brought_along()


def grade_class(
    course: Course, folder: Path, learners: int = LEARNERS, allow_weaker: bool = False
) -> list[Result]:
    """Take the invented class through an assignment in `folder`, step by step, saying what is done.

    Gives nothing where it could not be graded, which has been said then.
    """
    from autograder.__main__ import main
    from autograder.classroom import Classroom
    from autograder.demo_class import NOTEBOOK, invented

    copy, section = make_class(course, folder)
    classroom = Classroom(copy, assignment=copy.assignment(NOTEBOOK))
    classroom.release()
    classroom.exchange("ReleaseAssignment")
    print(f"Released {NOTEBOOK} into the exchange.", flush=True)
    students = invented(section, learners)
    submit_all(classroom, section, students)
    classroom.exchange("Collect")
    print(f"Collected what {len(students)} students submitted.", flush=True)
    words = ["grade", classroom.assignment, "--feedback", "--course", str(folder)]
    code = main([*words, *(["--allow-weaker"] if allow_weaker else [])])
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    if code == WRONG_USE:
        return []
    classroom.exchange("ReleaseFeedback")
    print("Released the feedback into the exchange.", flush=True)
    main(
        [
            "export",
            "--format",
            "canvas",
            "--course",
            str(folder),
            "--to",
            str(folder / "canvas.csv"),
        ]
    )
    return results_of(classroom, students)


def make_class(course: Course, folder: Path) -> tuple[Course, Section]:
    """Make a course of the one notebook that the class hands in."""
    from autograder.building import out_of_step
    from autograder.demo_class import NOTEBOOK
    from autograder.sections import read_section

    copy = Course(folder)
    path = course.sections / f"{NOTEBOOK}.py"
    if not path.is_file():  # in a course of somebody's own
        path = brought_along().sections / path.name
    copy.sections.mkdir()
    shutil.copyfile(path, copy.sections / path.name)
    setting = course.root / "course.toml"
    if setting.exists():
        shutil.copyfile(setting, folder / setting.name)
    copy.config.write_text(course.config.read_text(encoding="utf-8") + HURRY, encoding="utf-8")
    for place, text in out_of_step(copy).items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
    return copy, read_section(copy.sections / path.name)


def submit_all(classroom: Classroom, section: Section, students: list[Student]) -> None:
    """Let every student submit a notebook through the exchange; each in a folder of their own."""
    from autograder.demo_class import hand_in

    source = classroom.course.notebook(section.name)
    with tempfile.TemporaryDirectory(prefix="backprop-students-") as place:
        for student in students:
            mine = Path(place, student.name)
            hand_in(student, section, source, mine / classroom.assignment)
            classroom.submit(student.name, mine)


def results_of(classroom: Classroom, students: list[Student]) -> list[Result]:
    """Read what came of everybody's work."""
    from autograder.arrivals import FOLDER, reasons_for_a_person

    taken = classroom.course.root / FOLDER
    troubles = {
        student.name: "; ".join(reasons_for_a_person(taken / student.name / classroom.assignment))
        for student in students
    }
    scores = classroom.all_scores(name for name, trouble in troubles.items() if not trouble)
    return [
        Result(student, tuple(scores.get(student.name, ())), troubles[student.name])
        for student in students
    ]


def show(results: list[Result], folder: Path, kept: bool) -> None:
    """Print who got what and why, of a large class those with a story, and where the feedback is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(show_lines=True, expand=True)
    table.add_column("student")
    table.add_column("points", no_wrap=True)
    table.add_column("what was handed in", ratio=2)
    table.add_column("why not more", ratio=4)
    surprising = [result for result in results[MOST_ROWS:] if not result.as_expected]
    for result in results[:MOST_ROWS] + surprising:
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
    """Say what is to be done, and where the feedback pages are, if they are anywhere."""
    if kept:
        for result in results:
            if result.needs_person:
                yield f"{result.student.name} needs a person: look at submitted/{result.student.name}, which is as it was handed in."
        yield f"Grades for Canvas: {folder / 'canvas.csv'}"
        yield f"Feedback pages: {folder / 'feedback' / '*' / '*' / '*.html'}"
    else:
        yield (
            "The class is deleted now, with its pages of feedback and its grades for Canvas; to look "
            "at them, use: backprop demo --keep FOLDER"
        )
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
