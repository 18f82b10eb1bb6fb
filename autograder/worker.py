"""A worker of `backprop grade`: one submission after the other, from what was handed in to what is filed.

It has no gradebook. What it makes lies in a folder of its own until the one process that writes
puts it in its place, so it can be ended at any moment, and nothing is half done.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader import utils
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from autograder import arrivals
from autograder.content import hash_of, submission_hash
from autograder.execute import SandboxedExecute
from autograder.feedback import Feedback, Pages, PagesJob, resources, set_permissions
from autograder.findings import found
from autograder.forkserver import ForkServer
from autograder.handed_in import Released
from autograder.intake import Taken, blank
from autograder.noted import Filed, InPlace, NotedNotebook, put_in_place
from autograder.steps import Steps
from autograder.warm_intake import keep_warm

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
MOST_TRIES = 3
SEEDS = 2**62


@dataclass(frozen=True)
class Job:
    """One submission to be graded."""

    student: str
    submitted: str
    why: str = ""
    """Why it is not to be run again, but left to a person; empty for one that is to be graded."""
    tries: int = 0


@dataclass
class Graded:
    """What came of one submission, ready to be filed."""

    student: str
    staged: Path
    """The folder that is to become the graded one."""
    timestamp: datetime | None
    grades: dict[str, dict[str, tuple[float | None, bool]]]
    """By notebook and cell: the score, and whether a person has to look."""
    comments: dict[str, dict[str, str | None]]
    missing: tuple[str, ...]
    """The notebooks that were not handed in."""
    reasons: tuple[str, ...] = ()
    """Why a person has to look at it; none for one that was graded."""
    findings: tuple[str, ...] = ()
    """What was put right before it was graded."""


class Changing(Exception):
    """A submission was written to each time that it was read."""


class NoRoom(Exception):
    """A disk is full."""


@dataclass(frozen=True)
class Task:
    """What is the same for all submissions of a run."""

    folders: CourseDirectory
    config: Any
    released: Mapping[str, Sequence[Released]]
    noted: Mapping[str, NotedNotebook]
    course_hash: str
    staging: Path
    seed: int | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)

    def key(self, job: Job) -> str:
        """Give the hash of all that the grades of a submission hang on."""
        first, *rest = Path(os.path.relpath(job.submitted, self.folders.root)).parts
        content = submission_hash(Path(self.folders.root, first).resolve(), rest)
        return hash_of(self.course_hash, content, self.extensions.get(job.student, ""))


class PooledExecute(SandboxedExecute):
    """The step that runs a notebook, where no converter is there to ask."""

    worker: Worker

    def folders(self) -> CourseDirectory:
        return self.worker.task.folders

    def server(self) -> ForkServer:
        return self.worker.server

    def seed_for(self, where: dict[str, str]) -> int:
        """Draw at random, or from the run's own seed, so that it can be had again."""
        seed = self.worker.task.seed
        if seed is None:
            return super().seed_for(where)
        words = f"{seed}/{where['assignment']}/{where['student']}/{where['notebook']}"
        return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8]) % SEEDS


class Worker:
    """Grades submissions in a process of its own."""

    server: ForkServer

    def __init__(self, task: Task, log: logging.Logger, feedback: bool = False) -> None:
        """Make the steps of nbgrader, with no gradebook to open.

        This is done before the worker's process is forked, once for all of them; `feedback` says
        whether pages are to be made, too.
        """
        self.task, self.log = task, log
        self.gradebook = InPlace(task.noted)
        self.converter = Autograde(coursedir=task.folders, config=task.config, log=log)
        self.steps = Steps(self.converter, {SandboxedExecute: PooledExecute})
        for step in self.steps.of_kind(PooledExecute):
            step.worker = self

        self.feedback = self._feedback() if feedback else None

    def _feedback(self) -> Feedback:
        task = self.task
        return Feedback(
            task.folders, task.config, self.gradebook, task.staging, self.log, task.released
        )

    def begin(self, server: ForkServer) -> Callable[[Job | PagesJob], Graded | Pages]:
        """Be in a process of its own, with its own way to the fork server; give what does a job."""
        self.server = server
        keep_warm()
        put_in_place(self.gradebook)
        return self.do

    def do(self, job: Job | PagesJob) -> Graded | Pages:
        """Grade one submission, or make its pages, in a folder of its own.

        Raises:
            NoRoom: where a disk is full.
            Changing: where the submission changes while it is read.

        """
        try:
            if isinstance(job, PagesJob):
                self.feedback = self.feedback or self._feedback()
                return self.feedback.make(job)
            place, taken, key = self.taken_in(job)
            return self.graded(job.student, place, taken, key)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise NoRoom(str(error)) from error
            raise

    # ----- taking in -----------------------------------------------------------------------------

    def taken_in(self, job: Job) -> tuple[Path, Taken, str]:
        """Take a submission in, and give the hash of what it was while that was done."""
        folders = self.task.folders
        place = Path(folders.format_path(arrivals.FOLDER, job.student, folders.assignment_id))
        for _ in range(MOST_TRIES):
            before = self.task.key(job)
            taken = self.left_to_a_person(job, place) if job.why else self.taken(job, place)
            if self.task.key(job) == before:
                arrivals.report(taken, place, job.student, self.log)
                return place, taken, before
        raise Changing

    def taken(self, job: Job, place: Path) -> Taken:
        return arrivals.take_one_in(
            self.task.folders.root, self.task.released, job.submitted, place
        )

    def left_to_a_person(self, job: Job, place: Path) -> Taken:
        """Put blank notebooks in the place of what could not be graded."""
        why = found("not_graded", why=job.why)
        blanks = {name: blank(cells, why) for name, cells in self.task.released.items()}
        taken = Taken(blanks, for_person=dict.fromkeys(self.task.released, why))
        arrivals.write(taken, place)
        return taken

    # ----- grading -------------------------------------------------------------------------------

    def graded(self, student: str, place: Path, taken: Taken, key: str) -> Graded:
        staged = self.task.staging / "graded" / student
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        self.copy_files(place, staged)
        filed = self.gradebook.begin()
        why = [finding.instructor for finding in taken.for_person.values()]
        for step in self.steps.of_kind(SandboxedExecute):
            step.key = key
        present = [name for name in sorted(self.task.noted) if (place / f"{name}.ipynb").is_file()]
        for name in present:
            text = (place / f"{name}.ipynb").read_text(encoding="utf-8")
            where = resources(self.task.folders, student, name)
            where["metadata"] = {"name": name, "path": str(staged)}
            text = self.steps.applied(text, where)
            (staged / f"{name}.ipynb").write_text(text, encoding="utf-8")
            why += self.faults()
        set_permissions(staged, self.converter.permissions)
        return Graded(
            student=student,
            staged=staged,
            timestamp=self.task.folders.get_existing_timestamp(str(place)),
            grades=_grades(filed),
            comments=_comments(filed),
            missing=tuple(set(self.task.noted) - set(present)),
            reasons=tuple(dict.fromkeys(why)),
            findings=tuple(finding.instructor for finding in taken.findings),
        )

    def faults(self) -> list[str]:
        """Say where there is no verdict on the notebook that was run last, and why."""
        verdicts = [v for step in self.steps.of_kind(SandboxedExecute) for v in step.verdicts]
        return [f"{v.grade_id}: {v.why}" for v in verdicts if v.needs_person]

    def copy_files(self, place: Path, staged: Path) -> None:
        """Put the files beside the notebooks into the graded folder; the course's own come last."""
        folders = self.task.folders
        assignment = folders.assignment_id
        source = Path(folders.format_path(folders.source_directory, ".", assignment))
        kept = {
            str(source / name) for name in self.converter.exclude_overwriting.get(assignment, [])
        }
        for folder in (place, source):
            for path in utils.find_all_files(str(folder), [*folders.ignore, "*.ipynb"]):
                target = staged / Path(path).relative_to(folder)
                if path in kept:
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                shutil.copy(path, target)


def _grades(filed: Filed) -> dict[str, dict[str, tuple[float | None, bool]]]:
    grades: dict[str, dict[str, tuple[float | None, bool]]] = {}
    for (notebook, cell), grade in filed.grades.items():
        grades.setdefault(notebook, {})[cell] = (grade.auto_score, bool(grade.needs_manual_grade))
    return grades


def _comments(filed: Filed) -> dict[str, dict[str, str | None]]:
    comments: dict[str, dict[str, str | None]] = {}
    for (notebook, cell), comment in filed.comments.items():
        comments.setdefault(notebook, {})[cell] = comment.auto_comment
    return comments
