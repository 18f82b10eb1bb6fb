"""A whole class graded: jobs handed to workers, and what comes back filed, one after the other.

Whatever happens to a worker, a submission is in one of three states: graded and filed, left to a
person and filed, or as it was before, to be graded by the next run.
"""

from __future__ import annotations

import gc
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.assigned import Assigned
from autograder.feedback import Pages, PagesJob, mark_of
from autograder.forkserver import ForkServer
from autograder.gradebook import Full, Ledger, Locked
from autograder.placing import bring_back, put_in_its_place, remove
from autograder.pool import Outcome, Pool
from autograder.progress import Meter
from autograder.running import RECORD
from autograder.worker import Graded, Job, Task, Worker

TICK = 0.2  # seconds after which the bar is drawn anew
MOST_TRIES = 3


@dataclass
class Tally:
    """What happened to everybody."""

    graded: dict[str, Graded] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    """Who was not graded, and why; the next run will."""
    pages: int = 0
    """How many got new pages."""
    without_pages: dict[str, str] = field(default_factory=dict)
    """Whose feedback could not be made, and why."""
    stopped: str = ""
    """Why the run ended before its time."""


class WholeClass:
    """One run of grading over the submissions of an assignment."""

    def __init__(
        self,
        assigned: Assigned,
        folder: Path,
        ledger: Ledger,
        log: logging.Logger,
        seed: int | None = None,
        feedback: bool = False,
    ) -> None:
        """Take what is to be graded; `folder` is for what is not yet in its place."""
        self.feedback, self.marks = feedback, folder / "feedback" / assigned.name
        self.assigned, self.ledger, self.log = assigned, ledger, log
        self.staging, self.aside = folder / "staged", folder / "replaced" / assigned.name
        self.tally = Tally()
        self.worker: Worker | None = None
        self.interrupted = False
        self.task = Task(
            assigned.folders, assigned.config, assigned.released, assigned.noted,
            assigned.course_hash, self.staging, seed, assigned.extensions,
        )  # fmt: skip

    def interrupt(self) -> None:
        """End the run as soon as what is being filed is filed."""
        self.interrupted = True

    def tidy(self) -> None:
        """Put right what a run that was ended has left behind."""
        remove(self.staging)
        for aside in self.aside.glob("*") if self.aside.is_dir() else ():
            bring_back(aside, self.place(aside.name))

    def place(self, student: str) -> Path:
        """Say where the graded folder of a student lies."""
        folders = self.assigned.folders
        return Path(folders.format_path(folders.autograded_directory, student, self.assigned.name))

    # ----- what need not be done -----------------------------------------------------------------

    def jobs(self, submissions: Mapping[str, str], force: bool) -> list[Job]:
        """Give the submissions that are to be graded, and note those that have not changed."""
        jobs = [Job(student, folder) for student, folder in submissions.items()]
        if force:
            return jobs
        changed = [job for job in jobs if not self.is_graded(job)]
        self.tally.unchanged = sorted({job.student for job in jobs} - {j.student for j in changed})
        return changed

    def is_graded(self, job: Job) -> bool:
        """Whether all that the grades of a submission hang on is as it was when it was graded."""
        keys = keys_in(self.place(job.student))
        there = job.student in self.assigned.extensions
        return there and bool(keys) and keys == {self.task.key(job)}

    # ----- grading -------------------------------------------------------------------------------

    def pages(self, students: Iterable[str]) -> list[PagesJob]:
        """Give the graded submissions whose pages do not show what is filed now."""
        return [job for student in students if (job := self.page(student))]

    def page(self, student: str) -> PagesJob | None:
        filed = self.ledger.filed(student)
        mark = mark_of(self.place(student), filed)
        made = self.marks / student
        there = self.page_place(student).is_dir() and made.is_file()
        if there and made.read_text(encoding="utf-8") == mark:
            return None
        return PagesJob(student, filed, mark)

    def page_place(self, student: str) -> Path:
        """Say where the pages of a student lie."""
        folders = self.assigned.folders
        return Path(folders.format_path(folders.feedback_directory, student, self.assigned.name))

    def made_ready(self) -> Worker:
        """Make what grades; it is inherited by all workers."""
        self.worker = Worker(self.task, self.log, self.feedback)
        gc.freeze()  # what all workers inherit is there to stay, and not looked through by each
        return self.worker

    def grade(
        self,
        jobs: Sequence[Job | PagesJob],
        server: ForkServer,
        workers: int,
        deadline: float,
        meter: Meter,
    ) -> None:
        """Grade all jobs; stop early where the disk is full, the gradebook locked, or on Ctrl-C."""
        worker = self.worker or self.made_ready()
        with Pool(server, worker.begin, workers, deadline) as pool:
            pool.before_fork = self.ledger.rest
            for job in jobs:
                pool.add(job)
            while pool.busy and not self.tally.stopped:
                for outcome in pool.outcomes(TICK):
                    self.settle(outcome, pool)
                    if self.interrupted or self.tally.stopped:
                        break
                if self.interrupted:
                    self.tally.stopped = "Stopped as you asked"
                meter.show(len(jobs) - pool.pending, in_words(self.tally))
        remove(self.staging)

    def settle(self, outcome: Outcome, pool: Pool) -> None:
        """File what was graded, and decide what becomes of what was not."""
        job: Job | PagesJob = outcome.job
        if outcome.trouble and outcome.trouble.kind in ("TooWeak", "NoRoom"):
            self.tally.stopped = outcome.trouble.text
        elif isinstance(outcome.result, Pages):
            self.hand_back(outcome.result)
        elif isinstance(outcome.result, Graded):
            self.file(outcome.result)
            if self.feedback and (page := self.page(job.student)) and not self.tally.stopped:
                pool.add(page, first=True)
        elif isinstance(job, PagesJob):
            self.tally.without_pages[job.student] = reason(outcome)
        elif outcome.trouble and outcome.trouble.kind == "Changing":
            self.tally.waiting[job.student] = "was written to while it was read"
        elif job.why:
            self.tally.waiting[job.student] = (
                f"could not even be left to a person ({reason(outcome)})"
            )
        elif job.tries + 1 < MOST_TRIES and not outcome.overdue:
            pool.add(replace(job, tries=job.tries + 1))  # the others first
        else:
            pool.add(replace(job, why=reason(outcome)), first=True)

    def file(self, graded: Graded) -> None:
        """File one submission in the gradebook, then put what was graded in its place.

        In this order: what lies in its place with the hash of all it hangs on is filed for sure.
        """
        try:
            self.ledger.file(graded)
            aside = self.aside / graded.student
            put_in_its_place(graded.staged, self.place(graded.student), aside)
        except (Locked, Full) as error:
            self.tally.stopped = str(error)
        except OSError as error:
            self.tally.stopped = (
                f"The graded notebook of {graded.student} could not be put in its place ({error})"
            )
        else:
            self.tally.graded[graded.student] = graded

    def hand_back(self, pages: Pages) -> None:
        """Put the pages of one submission in their place, and note what they show."""
        try:
            aside = self.aside.with_name(f"{self.aside.name}-pages") / pages.student
            put_in_its_place(pages.staged, self.page_place(pages.student), aside)
            self.marks.mkdir(parents=True, exist_ok=True)
            (self.marks / pages.student).write_text(pages.mark, encoding="utf-8")
            self.tally.pages += 1
        except OSError as error:
            self.tally.stopped = (
                f"The feedback of {pages.student} could not be put in its place ({error})"
            )


def reason(outcome: Outcome) -> str:
    """Say in words why a submission could not be graded."""
    if outcome.overdue:
        return "took longer than a submission may"
    if outcome.ended:
        return f"ended the process that graded it, {MOST_TRIES} times"
    return f"could not be graded ({outcome.trouble})"


def in_words(tally: Tally) -> str:
    """Say how many need a person so far."""
    people = sum(bool(graded.reasons) for graded in tally.graded.values())
    return f"{people} for a person" if people else ""


def keys_in(folder: Path) -> set[str]:
    """Give the hashes that the records in a graded folder carry."""
    keys = set()
    for path in folder.glob(f"*{RECORD}"):
        try:
            keys.add(str(json.loads(path.read_text(encoding="utf-8"))["key"]))
        except (OSError, ValueError, KeyError, TypeError):
            keys.add("")
    return keys
