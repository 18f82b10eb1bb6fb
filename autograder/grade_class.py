"""`backprop grade`: everything that was handed in of an assignment, graded on all cores and filed."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course, CourseError, find_course
from autograder.forkserver import ForkServer
from autograder.interrupts import interrupted_once, stops_on_interrupt
from autograder.lean_imports import import_nbgrader
from autograder.log_file import log_of
from autograder.only_one import only_one
from autograder.options import course_option, number_from_one, whole_number

if TYPE_CHECKING:
    from autograder.assigned import Assigned
    from autograder.feedback import PagesJob
    from autograder.forkserver import Settings
    from autograder.worker import Job

ALL_GRADED, FOR_PERSON, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
STOPPED = "Stopped as you asked, and what was graded is filed"
DEADLINE = 600.0  # seconds for one submission

EXIT_CODES = """\
It exits with 0 where all is graded (answers in words wait for a person all the same), with 1 where
some submissions need a person or could not be graded, with 2 where nothing could be begun.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `backprop grade` understands."""
    parser.epilog = EXIT_CODES
    parser.add_argument(
        "assignment", nargs="?", help="which one (default: the only one that was released)"
    )
    course_option(parser)
    parser.add_argument(
        "--students",
        nargs="+",
        metavar="NAME",
        help="grade only these; name the assignment before them",
    )
    parser.add_argument(
        "--force", action="store_true", help="grade again what has not changed, too"
    )
    parser.add_argument(
        "--feedback", action="store_true",
        help="make the pages that learners get back, too, wherever they do not show the grades of now",
    )  # fmt: skip
    parser.add_argument(
        "--workers",
        type=number_from_one,
        metavar="N",
        help="how many to grade at once (default: one for each core)",
    )
    parser.add_argument(
        "--deadline", type=number_from_one, default=DEADLINE, metavar="SECONDS",
        help="the longest that one submission may take before it is left to a person (default: 600)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=whole_number, metavar="N",
        help="draw the same fresh inputs as every run with this seed (default: drawn at random)",
    )  # fmt: skip
    parser.add_argument(
        "--allow-weaker", action="store_true",
        help="grade even where the sandbox lacks a required layer",
    )  # fmt: skip


def grade(arguments: argparse.Namespace) -> int:
    """Grade, show what happened, and give the exit code."""
    try:
        course = find_course(arguments.course)
        with interrupted_once(), only_one(course.root) as folder, ForkServer() as server:
            if arguments.force or something_new(course):
                server.begin()
            with quiet_imports(), log_of(course) as log:
                return Grading(course, folder, log, server, arguments).carry_out()
    except KeyboardInterrupt:
        print(f"backprop: {STOPPED}; run the command again for the rest.", file=sys.stderr)
        return INTERRUPTED
    except CourseError as error:
        error.code = WRONG_USE  # whatever it is, nothing was begun
        raise


class Grading:
    """One run of the command."""

    def __init__(
        self, course: Course, folder: Path, log: logging.Logger, server: ForkServer,
        arguments: argparse.Namespace,
    ) -> None:  # fmt: skip
        """Take the course, the folder for what is not yet in its place, and what was asked for."""
        self.course, self.folder, self.log = course, folder, log
        self.server, self.arguments = server, arguments
        self.began = time.monotonic()

    def carry_out(self) -> int:
        """Grade, show what happened, and give the exit code."""
        from traitlets.config import Config

        from autograder.assigned import assigned

        more = Config()
        if self.arguments.allow_weaker:
            more.SandboxedExecute.allow_weaker = True
        there = assigned(self.course, self.arguments.assignment, self.log, more)
        submissions = there.submissions(self.arguments.students)
        self.server.tell(sandbox_of(there))
        return self.graded(there, submissions)

    def graded(self, there: Assigned, submissions: dict[str, str]) -> int:
        from nbgrader.converters import Autograde

        from autograder.gradebook import Ledger
        from autograder.progress import meter
        from autograder.results import show
        from autograder.steps import penalty_step
        from autograder.whole_class import WholeClass

        converter = Autograde(coursedir=there.folders, config=there.config, log=self.log)
        folders = there.folders
        book = Ledger(folders.db_url, folders.course_id, there.name, penalty_step(converter))
        with book as ledger:
            asked = self.arguments
            run = WholeClass(there, self.folder, ledger, self.log, asked.seed, asked.feedback)
            run.tidy()
            to_grade = run.jobs(submissions, asked.force)
            pages = run.pages(run.tally.unchanged) if asked.feedback else []
            jobs: list[Job | PagesJob] = [*to_grade, *pages]
            if jobs:
                run.made_ready()
                print(self.server.protection)
                doing = "graded" if to_grade else "given pages"
                workers = min(asked.workers or cores(), len(jobs))
                ledger.rest()
                with stops_on_interrupt(run.interrupt), meter(len(jobs), doing) as shown:
                    run.grade(jobs, self.server, workers, asked.deadline, shown)
            standings = ledger.standings(there.by_machine)
            needed = show(run.tally, standings, submissions, there, time.monotonic() - self.began)
        if run.interrupted:
            return INTERRUPTED
        return FOR_PERSON if needed else ALL_GRADED


def cores() -> int:
    """Say how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def something_new(course: Course) -> bool:
    """Guess whether there is something to run, from the folders where nbgrader has them.

    A wrong guess costs nothing but time: the fork server is started in vain, or a little later.
    """
    submitted, graded = (
        {path.relative_to(course.root / folder) for path in (course.root / folder).glob("*/*")}
        for folder in ("submitted", "autograded")
    )
    return bool(submitted - graded)


def sandbox_of(there: Assigned) -> Settings:
    """Give the sandbox as the course's settings want it."""
    from autograder.execute import SandboxedExecute

    return SandboxedExecute(config=there.config).settings()


@contextlib.contextmanager
def quiet_imports() -> Iterator[None]:
    """Import nbgrader without what takes long and is not used, and keep out what it is warned of."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"nbgrader\.")
        import_nbgrader()
        yield
