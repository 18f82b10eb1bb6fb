"""One assignment that is about to be graded: what was released of it, and who handed in what."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url

from autograder import arrivals
from autograder.content import files_hash, hash_of, kit_hash
from autograder.course import Course, CourseError
from autograder.gradebook import Ledger
from autograder.handed_in import Released
from autograder.noted import NotedNotebook, noted
from autograder.pins import insist
from autograder.reference import merged
from autograder.release import settings

MOST_NAMED = 5


@dataclass(frozen=True)
class Assigned:
    """An assignment as it was released, with the settings of its course."""

    name: str
    config: Any
    folders: CourseDirectory
    released: dict[str, list[Released]]
    noted: dict[str, NotedNotebook]
    course_hash: str
    extensions: dict[str, str]
    """Everybody who is in the gradebook with a submission, and what extension they have."""

    @property
    def by_machine(self) -> set[tuple[str, str]]:
        """Give the cells that need no person to be scored, by notebook."""
        return {
            (notebook.name, cell.name)
            for notebook in self.noted.values()
            for cell in notebook.grade_cells
            if cell.cell_type == "code"
            and cell.name not in {c.name for c in notebook.solution_cells}
        }

    def submissions(self, wanted: Sequence[str] | None = None) -> dict[str, str]:
        """Give the folders that were handed in, by student; of those that are wanted, or of all.

        `wanted` are words as they stand behind `--students`: a name, or several with commas.

        Raises:
            CourseError: where nobody handed in, or one of the wanted did not.

        """
        there = {}
        for folder in arrivals.submissions(self.folders):
            there[arrivals.student_of(self.folders, folder)] = folder
        pattern = self.folders.format_path(self.folders.submitted_directory, "*", self.name)
        if not there:
            raise CourseError(
                f"Nobody has handed in {self.name!r}: there is no {pattern}; collect the work with: "
                f"nbgrader collect {self.name}"
            )
        if wanted is None:
            return there
        named = [name for word in wanted for name in names_in(word, there)]
        if not named:
            raise CourseError(
                "Nobody is named after --students; name somebody, or leave it out to grade everybody."
            )
        for student in named:
            if student not in there:
                raise CourseError(f"{student!r} is not in {pattern}{self.way_out(student, there)}")
        return {student: there[student] for student in named}

    def way_out(self, student: str, there: Collection[str]) -> str:
        """Say what may have been meant by a student who has not handed in."""
        if student == self.name:
            return f"; an assignment is named first: backprop grade {student} --students NAME"
        if near := difflib.get_close_matches(student, there, 1):
            return f"; did you mean {near[0]!r}?"
        first = ", ".join(sorted(there)[:MOST_NAMED])
        more = f" and {len(there) - MOST_NAMED} more" if len(there) > MOST_NAMED else ""
        return f"; those who handed in are: {first}{more}."


def names_in(word: str, there: Collection[str]) -> list[str]:
    """Give the names in `ada,ben`; a name with a comma in it is a name where there is such a one."""
    if word in there:
        return [word]
    return [name.strip() for name in word.split(",") if name.strip()]


def assigned(course: Course, name: str | None, log: logging.Logger, settings_more: Any) -> Assigned:
    """Read what there is to know of an assignment before any of it is graded.

    Raises:
        CourseError: where the course has no such assignment, or it cannot be graded as it is.

    """
    config = settings(course.config)
    config.merge(settings_more)
    folders = CourseDirectory(config=config, log=log)
    refuse_missing(folders)
    with Ledger(folders.db_url, folders.course_id) as ledger:
        there = ledger.assignments()
        name = chosen(name, there, course)
        folders.assignment_id, folders.student_id = name, "*"
        source = Path(folders.format_path(folders.source_directory, ".", name))
        refuse_unbuilt(source, course)
        notebooks = ledger.notebooks(name)
        released = {each.name: merged(source / f"{each.name}.ipynb", each) for each in notebooks}
        insist(source, released)
        known = {each.name: noted(each) for each in notebooks}
        due = ledger.due(name)
        extensions = ledger.extensions(name)
    files = sorted(path for path in source.rglob("*") if path.is_file())
    course_hash = hash_of(
        kit_hash(), files_hash(source, files), course.config.read_text(encoding="utf-8"),
        str(settings_more), str(due), {n: [vars(cell) for cell in r] for n, r in released.items()},
    )  # fmt: skip
    return Assigned(name, config, folders, released, known, course_hash, extensions)


def refuse_missing(folders: CourseDirectory) -> None:
    """Refuse a course without a gradebook, which is made when something is released."""
    path = make_url(folders.db_url).database
    if folders.db_url.startswith("sqlite") and path and not Path(path).is_file():
        raise CourseError(
            f"There is no gradebook {path}, so nothing was released from this course yet; run: "
            "nbgrader generate_assignment"
        )


def chosen(name: str | None, there: Sequence[str], course: Course) -> str:
    """Say which assignment is meant: the one that is named, else the only one."""
    if name in there:
        return str(name)
    all_there = ", ".join(there) or "none"
    if name is not None:
        near = difflib.get_close_matches(name, there, 1)
        meant = f", did you mean {near[0]!r}?" if near else "."
        built = (course.source / name).is_dir()
        how = f" Release it with: nbgrader generate_assignment {name}" if built else ""
        raise CourseError(
            f"No assignment {name!r} was released from {course.root}; there is: {all_there}{meant}{how}"
        )
    if len(there) == 1:
        return there[0]
    if not there:
        raise CourseError(
            f"Nothing was released from {course.root}; run: nbgrader generate_assignment"
        )
    raise CourseError(f"Say which assignment is to be graded, one of: {all_there}.")


def refuse_unbuilt(source: Path, course: Course) -> None:
    """Refuse to grade without the notebooks that hold the reference."""
    if not any(source.glob("*.ipynb")):
        raise CourseError(
            f"There is no notebook in {source}, and without it nothing can be judged; run: "
            f"backprop build --course {course.root}"
        )
