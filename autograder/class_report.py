"""`backprop report`: what a class got wrong, as a table and as a page."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.class_answers import ClassReport, average, class_report, graded, share
from autograder.class_page import page
from autograder.course import CourseError, find_course, number_of_learners
from autograder.options import course_option

MOST_CAUSES, MOST_NAMES = 3, 6
WIDTH = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `backprop report` understands."""
    parser.add_argument("assignment", nargs="*", help="the assignments (default: all)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page, everybody named")
    parser.add_argument("--force", action="store_true", help="write over the page if it is there")
    course_option(parser)


def report(arguments: argparse.Namespace) -> int:
    """Print what the class got wrong, and write it as a page where that is asked for.

    Raises:
        CourseError: when nothing was graded yet, or the page is there already.

    """
    course = find_course(arguments.course)
    reports = [class_report(course, name) for name in graded(course, arguments.assignment)]
    for each in reports:
        print("\n".join(as_lines(each)), end="\n\n")
    if arguments.html:
        write_page(arguments.html, reports, arguments.force)
        print(f"Everybody is named in {arguments.html}.")
    return 0


def write_page(path: Path, reports: Sequence[ClassReport], force: bool) -> None:
    """Write the reports as one page of HTML."""
    if path.exists() and not force:
        raise CourseError(
            f"{path} is there already: name another file with --html, or add --force."
        )
    try:
        path.write_text(page(reports), encoding="utf-8")
    except OSError as problem:
        raise CourseError(
            f"{path} cannot be written, because of this: {problem.strerror}."
        ) from problem


def as_lines(report: ClassReport) -> Iterator[str]:
    """Give one line for each exercise, and below it what went wrong most often."""
    yield f"{report.assignment}: {number_of_learners(report.learners)}"
    if not report.exercises:
        yield "No exercise of it is graded by the machine."
        return
    width = max(len(name) for name in ("exercise", *(each.name for each in report.exercises)))
    yield f"{'exercise':<{width}}  {'right':>14}  {'points':>12}"
    for exercise in report.exercises:
        yield f"{exercise.name:<{width}}  {share(exercise):>14}  {average(exercise):>12}"
        for cause in exercise.most_frequent[:MOST_CAUSES]:
            yield f"  {len(cause.learners):>4}  {cause.words}: {names(cause.learners)}"
            yield from textwrap.wrap(
                f"{cause.whose} {cause.sentence}",
                WIDTH,
                initial_indent=" " * 8,
                subsequent_indent=" " * 8,
            )
        more = sum(len(cause.learners) for cause in exercise.most_frequent[MOST_CAUSES:])
        if more:
            yield f"  {more:>4}  something else"


def names(learners: Sequence[str]) -> str:
    """Name the first few."""
    more = len(learners) - MOST_NAMES
    return ", ".join(learners[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
