"""`backprop replay STUDENT EXERCISE`: the same verdict again, from the record of the first."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError, find_course
from autograder.options import course_option
from autograder.records import Record, sha256, sha256_of, versions
from autograder.running import RECORD

COMPARED = ("points", "label", "first_wrong", "ok", "rows", "text", "fault")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `backprop replay` understands."""
    parser.add_argument("student", help="as nbgrader calls the student")
    parser.add_argument("exercise", help="the id of the exercise, such as sum-times-z")
    course_option(parser)
    parser.add_argument(
        "--allow-weaker",
        action="store_true",
        help="run handed-in code even where the sandbox lacks a required layer",
    )


def replay(arguments: argparse.Namespace) -> int:
    """Judge one answer again as it was judged; 0 if the verdict is the same."""
    course = find_course(arguments.course)
    past = find(course, arguments.student, arguments.exercise)
    for sentence in past.changed(course):
        print(f"Note: {sentence}")
    again = past.judged_again(course, arguments.allow_weaker)
    print(again["text"].rstrip())
    differences = list(compared(past.verdict, again))
    if not differences:
        print(f"The same verdict again: {again['points']:g} of {again['most']:g} points.")
        return 0
    print("The verdict is another one than the record has:")
    print("\n".join(differences))
    return 1


@dataclass(frozen=True)
class Past:
    """A verdict that was given, with all that it came from."""

    folder: Path
    record: Record
    verdict: dict[str, Any]

    @property
    def notebook(self) -> Path:
        return self.folder / f"{self.record.notebook}.ipynb"

    def source(self, course: Course) -> Path:
        return course.source / self.record.assignment / f"{self.record.notebook}.ipynb"

    def changed(self, course: Course) -> Iterator[str]:
        """Say what is not as it was, so that another verdict would be no surprise."""
        if sha256_of(self.source(course)) != self.record.source:
            yield "the source notebook has changed since, and with it the reference or the inputs."
        if sha256(_notebook(self.notebook)) != self.record.submission:
            yield "the graded notebook has been edited since."
        for name, now in versions().items():
            if (then := self.record.versions.get(name)) != now:
                yield f"{name} is {now} now and was {then} then."

    def judged_again(self, course: Course, allow_weaker: bool) -> dict[str, Any]:
        """Run the notebook once more, with the same seed, and give the verdict."""
        import json

        from autograder.execute import reference_in
        from autograder.forkserver import ForkServer, Settings
        from autograder.running import files_beside, run_and_judge

        cells = _notebook(self.notebook).cells
        source = self.source(course)
        with ForkServer(Settings(allow_weaker=allow_weaker)) as server:
            missing = set(self.record.layers) - set(server.protection.active)
            if missing:
                print(f"Note: layers that were active then are not now: {', '.join(missing)}.")
            verdicts = run_and_judge(
                cells,
                lambda: reference_in(source),
                server,
                self.record.timeout,
                self.record.seed,
                files_beside(self.folder),
            )
        found = next(v for v in verdicts if v.grade_id == self.verdict["grade_id"])
        again: dict[str, Any] = json.loads(json.dumps(found.as_data()))
        return again


def find(course: Course, student: str, exercise: str) -> Past:
    """Find the record of a verdict.

    Raises:
        CourseError: when there is none, in a sentence that says what there is.

    """
    folder = course.root / "autograded" / student
    if Path(student).name != student or not folder.is_dir():
        graded = sorted(path.name for path in (course.root / "autograded").glob("*"))
        raise CourseError(
            f"{student!r} has not been graded in {course.root}; graded are: "
            f"{', '.join(graded) or 'none'}."
        )
    grade_ids = (exercise, f"{exercise}-grade")
    known = []
    for path in sorted(folder.glob(f"*/*{RECORD}")):
        record = Record.read(path)
        known += [str(each["grade_id"]).removesuffix("-grade") for each in record.verdicts]
        for grade_id in grade_ids:
            if (verdict := record.verdict(grade_id)) is not None:
                return Past(path.parent, record, verdict)
    raise CourseError(
        f"{student!r} has no verdict on {exercise!r}; there are verdicts on: "
        f"{', '.join(known) or 'nothing'}."
    )


def compared(then: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Say where two verdicts differ, line by line."""
    for name in COMPARED:
        if then[name] != now[name]:
            before, after = str(then[name]).splitlines(), str(now[name]).splitlines()
            yield from difflib.unified_diff(
                before, after, f"{name}, as recorded", f"{name}, again", lineterm=""
            )


def _notebook(path: Path) -> Any:
    import nbformat

    try:
        return nbformat.read(path, as_version=nbformat.NO_CONVERT)
    except Exception as error:  # nbformat raises whatever it likes
        raise CourseError(f"{path} cannot be read any more: {error}.") from error
