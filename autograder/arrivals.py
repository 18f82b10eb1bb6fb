"""nbgrader, handed what the intake made of each submission in the place of the submission.

nbgrader has no step between finding the submissions and opening them, but it makes its exporter
there. So `Autograde.exporter_class` in the course's settings is `Arrivals`: an exporter like its
own, which takes in what was found before anything of it is opened. Every way to autograde passes
through it, the button of formgrader too.
"""

from __future__ import annotations

import contextlib
import copy
import glob
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from autograder.course import CourseError
from autograder.findings import found
from autograder.handed_in import Released
from autograder.intake import Taken, blank, take_in
from autograder.only_one import held
from autograder.pins import insist
from autograder.reference import of_assignment

MOST_AT_ONCE = 4  # submissions, each of which may take the memory that intake.Limits allows
FOLDER = "intake"
"""The step of nbgrader's folder structure in which the safe copies lie."""
FOR_PERSON = "for_person"
"""The key in a notebook's metadata that says that a person has to grade it."""


class Arrivals(NotebookExporter):
    """nbgrader's exporter, which takes submissions in before they are opened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take in what the converter that makes this exporter has found."""
        super().__init__(*args, **kwargs)
        if isinstance(self.parent, Autograde):
            begin(self.parent)


def begin(converter: Autograde) -> None:
    """Take in what a converter is about to grade, and hold the lock of the course until it has.

    Raises:
        NbGraderException: where the course is being graded, or is not to be graded as it is.

    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(Path(converter.coursedir.root)))
            take_in_all(converter)
        except (CourseError, NbGraderException) as error:
            converter.log.error("%s", error)  # nbgrader's command ends without a word
            raise NbGraderException(str(error)) from error
        # The converter goes on as soon as it has its exporter, with this alone.
        lock, convert = stack.pop_all(), converter.convert_notebooks

        def convert_notebooks() -> None:
            with lock:
                del converter.convert_notebooks
                convert()

        converter.convert_notebooks = convert_notebooks


def take_in_all(converter: Autograde) -> None:
    """Take in all submissions that a converter is about to grade, and point it to the copies."""
    folders: CourseDirectory = converter.coursedir
    # A copy of its own: formgrader goes on using the folders that it lent to the converter.
    converter.coursedir = copy.copy(folders)
    converter.coursedir.submitted_directory = FOLDER
    converter.assignments = {}
    for student, taken in taken_in(folders):
        place = _place(folders, student)
        report(taken, place, student, converter.log)
        if notebooks := glob.glob(f"{glob.escape(str(place))}/{folders.notebook_id}.ipynb"):
            converter.assignments[str(place)] = notebooks


def taken_in(folders: CourseDirectory) -> Iterator[tuple[str, Taken]]:
    """Take in what was handed in, several at once, and give the findings on each, in order."""
    released = _released(folders)
    there = submissions(folders)
    students = [student_of(folders, submitted) for submitted in there]
    places = [_place(folders, student) for student in students]
    one = partial(take_one_in, folders.root, released)
    with ThreadPoolExecutor(max_workers=min(MOST_AT_ONCE, os.cpu_count() or 1)) as pool:
        # Waiting for processes is all that these threads do.
        yield from zip(students, pool.map(one, there, places), strict=True)


def _released(folders: CourseDirectory) -> dict[str, list[Released]]:
    source = folders.format_path(folders.source_directory, ".", folders.assignment_id)
    released = of_assignment(folders.db_url, folders.assignment_id, Path(source))
    insist(Path(source), released)
    return released


def _place(folders: CourseDirectory, student: str) -> Path:
    return Path(folders.format_path(FOLDER, student, folders.assignment_id))


def submissions(folders: CourseDirectory) -> list[str]:
    """Find the folders that were handed in, those without a notebook too."""
    pattern = folders.format_path(
        folders.submitted_directory, folders.student_id, folders.assignment_id
    )
    return sorted(glob.glob(pattern, include_hidden=True))


def student_of(folders: CourseDirectory, submitted: str) -> str:
    """Say whose submission a folder is."""
    pattern = folders.format_path(
        folders.submitted_directory, "(?P<student>.*)", folders.assignment_id, escape=True
    )
    match = re.fullmatch(pattern, submitted, re.DOTALL)
    if match is None:
        raise NbGraderException(f"{submitted} is not where submissions are expected: {pattern}")
    return match["student"]


def take_one_in(
    root: str, released: Mapping[str, Sequence[Released]], submitted: str, place: Path
) -> Taken:
    """Take one submission in; whatever goes wrong with it is a matter of this one alone.

    What was made of it lies in `place`; what is given back are the findings alone.
    """
    first, *rest = Path(os.path.relpath(submitted, root)).parts
    try:
        taken = take_in(Path(root, first).resolve(), rest, released)
        write(taken, place)
    except Exception as error:
        why = found("not_read", why=f"could not be used ({type(error).__name__}: {error})")
        blanks = {name: blank(cells, why) for name, cells in released.items()}
        taken = Taken(blanks, for_person=dict.fromkeys(released, why))
        write(taken, place)
    return replace(taken, notebooks={}, files={})


def write(taken: Taken, place: Path) -> None:
    """Write what was taken in, in the place of what was taken in before."""
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    for name, text in taken.notebooks.items():
        notebook = json.loads(text)
        if name in taken.for_person:
            notebook["metadata"][FOR_PERSON] = taken.for_person[name].learner
        (place / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    for path, content in taken.files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(content)
    report_of(place).write_text(json.dumps(taken.as_data(), indent=1), encoding="utf-8")


def report_of(place: Path) -> Path:
    """Say where the findings on a submission lie: beside its folder, which is graded."""
    return place.with_name(f"{place.name}.findings.json")


def reasons_for_a_person(place: Path) -> list[str]:
    """Give the reasons why a person has to look at what was taken in; none if none has to."""
    for_person = json.loads(report_of(place).read_text(encoding="utf-8"))[FOR_PERSON]
    return [str(why["instructor"]) for why in for_person.values()]


def report(taken: Taken, place: Path, student: str, log: Any) -> None:
    """Tell the instructor what was found."""
    for finding in taken.findings:
        where = f", {finding.notebook}" if finding.notebook else ""
        log.warning("%s%s: %s", student, where, finding.instructor)
    for name, why in taken.for_person.items():
        log.error("%s, %s needs a person: %s", student, name, why.instructor)
    if taken.findings or taken.for_person:
        log.info("What was handed in is as it was; the findings are in %s", report_of(place))
