"""Where the parts of a course lie on disk."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ASSIGNMENT = "backprop"
"""The name of the nbgrader assignment where all sections belong to one."""
SETTING, PER = "one_assignment_per", ("course", "section")


CHECKOUT = Path(__file__).resolve().parent.parent / "course"


class CourseError(Exception):
    """Something a person has to put right; its text is one sentence that says what and how."""

    code = 1
    """What a command that ends with it exits with."""


@dataclass(frozen=True)
class Course:
    """The folder of one course, in the layout that nbgrader expects."""

    root: Path

    @property
    def sections(self) -> Path:
        """The section files, which are the only source of everything else."""
        return self.root / "sections"

    @property
    def source(self) -> Path:
        """The notebooks built from the sections, solutions included: a folder for each assignment."""
        return self.root / "source"

    @cached_property
    def one_assignment_per(self) -> str:
        """What makes one nbgrader assignment, as `course.toml` says: "course" or "section".

        Raises:
            CourseError: when the setting is neither.

        """
        path = self.root / "course.toml"
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except tomllib.TOMLDecodeError as error:
            raise CourseError(f"{path} cannot be read, because of this: {error}.") from None
        found = settings.get(SETTING, "course")
        if found not in PER:
            raise CourseError(
                f'{path} says {SETTING} = {found!r}; it must be "course", for one assignment that '
                'holds all notebooks, or "section", for one assignment each.'
            )
        return str(found)

    def assignment(self, section: str) -> str:
        """Give the nbgrader assignment that the notebook of a section belongs to."""
        return section if self.one_assignment_per == "section" else ASSIGNMENT

    def notebook(self, section: str) -> Path:
        """Give the path of a section's notebook."""
        return self.source / self.assignment(section) / f"{section}.ipynb"

    def notebooks(self) -> list[Path]:
        """Give all notebooks that lie where they belong, in the order of their names."""
        found = sorted(self.source.glob("*/*.ipynb"), key=lambda path: path.name)
        return [path for path in found if path == self.notebook(path.stem)]

    @property
    def readme(self) -> Path:
        """What the course is, with a table of its sections."""
        return self.root / "README.md"

    @property
    def config(self) -> Path:
        """The settings that every nbgrader command reads."""
        return self.root / "nbgrader_config.py"


def find_course(folder: Path | None = None) -> Course:
    """Give the course in `folder`, else the one that the current folder is in or holds, else this
    checkout's.

    Raises:
        CourseError: when none of these holds a folder `sections` and `nbgrader_config.py`.

    """
    here = Path.cwd()
    around = [here, *here.parents, here / "course", CHECKOUT]
    for candidate in [folder] if folder else around:
        course = Course(candidate.resolve())
        if course.sections.is_dir() and course.config.is_file():
            return course
    looked = folder or f"{here}, above it or in {here / 'course'}"
    raise CourseError(
        f"No course found in {looked}: a course is a folder with sections/ and "
        "nbgrader_config.py in it; name yours with --course FOLDER, or make one: backprop new FOLDER"
    )


def brought_along() -> Course:
    """Give the course that the kit comes with: the checkout's, or what a wheel ships of it."""
    shipped = Path(__file__).resolve().with_name("shipped")
    return Course(shipped if shipped.is_dir() else CHECKOUT)


def number_of_learners(count: int) -> str:
    """Say how many learners: `1 learner`, `12 learners`."""
    return f"{count} learner{'' if count == 1 else 's'}"
