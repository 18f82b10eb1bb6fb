"""`backprop export`: the grades of a class as a table for nbgrader's users, Canvas or Moodle."""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.course import CourseError, find_course, number_of_learners
from autograder.grades import (
    GRADED,
    MISSING,
    NEEDS_PERSON,
    NOT_GRADED,
    Grades,
    Learner,
    Standing,
    read_grades,
)
from autograder.options import course_option
from autograder.roster import CANVAS, KINDS, POINTS_POSSIBLE, Kind, Roster, read_roster

Row = list[object]
MOST_NAMES = 5
# What a spreadsheet takes for the beginning of a formula, in the width of any script.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
NBGRADER = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `backprop export` understands."""
    parser.add_argument("assignment", nargs="*", help="the assignments (default: all)")
    parser.add_argument(
        "--format",
        choices=("csv", *KINDS),
        default="csv",
        help="csv: nbgrader's columns and one for the status; canvas, moodle: what their gradebooks "
        "import (default: csv)",
    )
    parser.add_argument("--to", metavar="FILE", help="where to write it; - for the terminal")
    parser.add_argument("--force", action="store_true", help="write over the file if it is there")
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help="what Canvas or Moodle exports of its gradebook: its learners and columns are used",
    )
    parser.add_argument(
        "--provisional",
        action="store_true",
        help="canvas, moodle: give the points so far where a person has not graded all of it yet",
    )
    course_option(parser)


def export(arguments: argparse.Namespace) -> int:
    """Write the table and say what it lacks.

    Raises:
        CourseError: when there is nothing to export, or the file is there already.

    """
    to = arguments.to or f"{'grades' if arguments.format == 'csv' else arguments.format}.csv"
    if to != "-" and Path(to).exists() and not arguments.force:
        raise CourseError(f"{to} is there already: name another file with --to, or add --force.")
    grades = read_grades(find_course(arguments.course), arguments.assignment)
    if not grades.standings:
        raise CourseError("The gradebook has nobody in it yet: grade what was handed in first.")
    roster = _roster(arguments)
    if arguments.format == "csv":
        text = as_text(nbgrader_rows(grades))
    else:
        kind = KINDS[arguments.format]
        text = as_text(rows_for(kind, grades, roster, arguments.provisional))
    if to == "-":
        sys.stdout.write(text)
    else:
        _write(Path(to), text)
    for sentence in said(grades, roster, to, arguments):
        print(sentence, file=sys.stderr if to == "-" else sys.stdout)
    return 0


def _roster(arguments: argparse.Namespace) -> Roster | None:
    if arguments.roster is None:
        return None
    if arguments.format == "csv":
        raise CourseError("--roster goes with --format canvas or --format moodle.")
    return read_roster(arguments.roster, KINDS[arguments.format])


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as problem:
        raise CourseError(
            f"{path} cannot be written, because of this: {problem.strerror}."
        ) from problem


# --- the tables ------------------------------------------------------------------------------------


def nbgrader_rows(grades: Grades) -> Iterator[Row]:
    """Give the columns of `nbgrader export`, and the status, one row for each standing."""
    yield [*NBGRADER, "status"]
    for each in grades.standings:
        learner = each.learner
        yield [
            each.assignment, each.due or "", each.handed_in or "",
            learner.id, learner.last_name, learner.first_name, learner.email,
            each.raw, each.penalty, each.score, each.most, each.status,
        ]  # fmt: skip


def rows_for(kind: Kind, grades: Grades, roster: Roster | None, provisional: bool) -> Iterator[Row]:
    """Give what the gradebook of Canvas or Moodle imports: a row for each learner, a column for
    each assignment.

    Canvas knows a learner by the first that is filled in of ID, SIS User ID and SIS Login ID, and
    makes a new assignment from its row of points. In Moodle it is chosen when the file is imported
    which column says who is who, and which grade a column holds.
    """
    about = roster.columns if roster else kind.columns
    titles = [roster.column(name) if roster else name for name in grades.assignments]
    yield [*about, *titles]
    if kind is CANVAS:
        empty = [""] * (len(about) - 1)
        yield [POINTS_POSSIBLE, *empty, *map(number, grades.assignments.values())]
    for learner in grades.learners:
        row = roster.row(learner) if roster else kind.row(learner)
        if row is not None:
            yield [*row, *cells(grades, learner, provisional)]


def cells(grades: Grades, learner: Learner, provisional: bool) -> list[object]:
    """Give the scores of one learner; an empty cell where there is none that could be final."""
    final = (GRADED, NEEDS_PERSON) if provisional else (GRADED,)
    standings = grades.of(learner)
    return [
        number(each.score) if (each := standings.get(name)) and each.status in final else ""
        for name in grades.assignments
    ]


def number(score: float) -> float:
    """Round to what graders write: hundredths, as scores are; 7 rather than 6.999999999999999."""
    return round(score, 4)


def as_text(rows: Iterable[Row]) -> str:
    """Write the rows as CSV that no spreadsheet takes for formulas."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [guarded(cell) for cell in row] for row in rows
    )
    return out.getvalue()


def guarded(cell: object) -> object:
    """Give a cell that is text and nothing else, on one line; numbers are numbers.

    A name is what somebody else typed. `=HYPERLINK(...)` in it would be run by whoever opens the
    file; an apostrophe in front of it is how spreadsheets mark text.
    """
    if not isinstance(cell, str):
        return f"{cell:g}" if isinstance(cell, float) else cell
    text = re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", cell)
    return f"'{text}" if FORMULA.match(cell) else text


# --- what is said ----------------------------------------------------------------------------------


def said(
    grades: Grades, roster: Roster | None, to: str, arguments: argparse.Namespace
) -> Iterator[str]:
    """Say what was written, and whose grades are not there yet, and why."""
    many = f"{number_of_learners(len(grades.learners))}, {', '.join(grades.assignments)}"
    yield f"Wrote {many} to {'the terminal' if to == '-' else to}."
    blank = arguments.format != "csv"
    so_far = "the points so far" if arguments.provisional or not blank else "an empty cell"
    there = {
        MISSING: f"with nothing handed in: {'an empty cell' if blank else '0 points'}",
        NOT_GRADED: "handed in and not graded yet, see `backprop grade`: "
        + ("an empty cell" if blank else "0 points"),
        NEEDS_PERSON: f"to be graded by a person, under Manual Grading in formgrader: {so_far}",
    }
    for name in grades.assignments:
        for status, words in there.items():
            those = [
                each
                for each in grades.standings
                if (each.assignment, each.status) == (name, status)
            ]
            if those:
                yield f"{name}: {counted(those)} {words}."
    if blank and roster is None:
        yield (
            f"If {KINDS[arguments.format].system} does not know somebody or an assignment again, add "
            "--roster FILE, with what it exports of its own gradebook."
        )
    if roster is not None:
        lost = [each.id for each in grades.learners if roster.row(each) is None]
        if lost:
            yield f"Not in {roster.path}, so not in the table: {listed(lost)}."
    odd = [each.id for each in grades.learners if FORMULA.match(each.id)]
    if odd:
        yield (
            f"With an apostrophe in front, so that no spreadsheet takes it for a formula: {listed(odd)}."
        )


def counted(standings: list[Standing]) -> str:
    """Say how many those are, and who."""
    return f"{len(standings)} ({listed([each.learner.id for each in standings])})"


def listed(names: list[str]) -> str:
    """Name the first few."""
    first = ", ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return f"{first} and {more} more" if more > 0 else first
