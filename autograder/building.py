"""`backprop build`: the notebooks of the course, made from its sections."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder.course import Course, CourseError, find_course


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `backprop build` understands."""
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; name the notebooks that are out of step and fail if there are any",
    )
    parser.add_argument("--course", type=Path, metavar="FOLDER", help="the course to build")


def build(arguments: argparse.Namespace) -> int:
    """Write the notebooks that differ from their sections, or only name them with `--check`."""
    course = find_course(arguments.course)
    behind = out_of_step(course)
    for path, text in behind.items():
        if arguments.check:
            print(f"{path.name} is out of step with its section; run: backprop build")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {path.name}")
    strays = without_section(course)
    for path in strays:
        # Students would get it, yet nothing here says what it is: a person decides.
        print(f"{path.name} has no section; give it one, or move it out of {course.source}")
    if not behind and not strays:
        print("All notebooks are in step with their sections.")
    return 1 if strays or (behind and arguments.check) else 0


def out_of_step(course: Course) -> dict[Path, str]:
    """Give the notebooks that differ from their sections, each with the text it should have.

    Raises:
        CourseError: when the course has no section, or one that cannot become a notebook.

    """
    from autograder.notebooks import notebook_text
    from autograder.sections import read_course

    sections = read_course(course.sections)
    if not sections:
        raise CourseError(
            f"{course.sections} has no section in it; add one, such as 01_introduction.py."
        )
    wanted = {course.source / f"{section.name}.ipynb": section for section in sections}
    texts = {path: notebook_text(section) for path, section in wanted.items()}
    return {path: text for path, text in texts.items() if _text(path) != text}


def without_section(course: Course) -> list[Path]:
    """Give the notebooks in the source folder that no section stands behind."""
    names = {path.stem for path in course.sections.glob("*.py")}
    return [path for path in sorted(course.source.glob("*.ipynb")) if path.stem not in names]


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
