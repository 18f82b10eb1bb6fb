"""Where the parts of a course lie on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ASSIGNMENT = "backprop"
"""The one nbgrader assignment that all sections belong to."""


class CourseError(Exception):
    """Something a person has to put right; its text is one sentence that says what and how."""


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
        """The notebooks built from the sections, solutions included."""
        return self.root / "source" / ASSIGNMENT

    @property
    def config(self) -> Path:
        """The settings that every nbgrader command reads."""
        return self.root / "nbgrader_config.py"


def find_course(folder: Path | None = None) -> Course:
    """Give the course in `folder`, else the one under the current folder, else this checkout's.

    Raises:
        CourseError: when none of these holds a folder `sections` and `nbgrader_config.py`.

    """
    checkout = Path(__file__).resolve().parent.parent / "course"
    candidates = [folder] if folder else [Path.cwd(), Path.cwd() / "course", checkout]
    for candidate in candidates:
        course = Course(candidate.resolve())
        if course.sections.is_dir() and course.config.is_file():
            return course
    looked = " or ".join(str(candidate) for candidate in candidates)
    raise CourseError(
        f"No course found in {looked}: a course is a folder with sections/ and "
        "nbgrader_config.py in it; name yours with --course FOLDER."
    )
