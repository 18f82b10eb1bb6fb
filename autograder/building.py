"""`backprop build`: the notebooks of the course, made from its sections."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder.course import Course, CourseError, find_course
from autograder.links import together
from autograder.options import course_option
from autograder.pins import Pins


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `backprop build` understands."""
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; name the notebooks that are out of step and fail if there are any",
    )
    parser.add_argument(
        "--corrected",
        metavar="REASON",
        help="grade by these notebooks though others were released, since those were wrong",
    )
    course_option(parser)


def build(arguments: argparse.Namespace) -> int:
    """Write the notebooks that differ from their sections, or only name them with `--check`."""
    course = find_course(arguments.course)
    behind = out_of_step(course)
    old, strays = left_over(course, behind)
    for path, text in behind.items():
        if arguments.check:
            print(f"{path.name} is out of step with its section; run: backprop build")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {path.name}")
    for path in old:
        if not arguments.check:
            remove(path)
    if strays:
        # Students would get them, yet nothing here says what they are: a person decides.
        names = ", ".join(str(path.relative_to(course.root)) for path in strays)
        print(
            f"No section stands behind {names}: remove what learners are not to get, or give it one."
        )
    if not behind and not strays:
        print("All notebooks are in step with their sections.")
    if (why := getattr(arguments, "corrected", None)) is not None and not arguments.check:
        correct(course, why)
    return 1 if strays or (behind and arguments.check) else 0


def correct(course: Course, why: str) -> None:
    """Let grading go by the notebooks as they are now, and note why.

    Raises:
        CourseError: when no reason is given.

    """
    if not why.strip():
        raise CourseError('Say what was wrong, as in: backprop build --corrected "a lost minus"')
    pins, found = Pins(course.root), False
    for path in course.notebooks():
        if changed := pins.corrected(path, why):
            found = True
            print(
                f"{path.name} was released otherwise; graded by from now on: {', '.join(changed)}"
            )
    if not found:
        print("Nothing that was released has changed.")


def out_of_step(course: Course) -> dict[Path, str]:
    """Give what differs from the sections, each file with the text that it should have.

    That is the notebooks, and the table of contents in the course's README, where it has one.

    Raises:
        CourseError: when the course has no section, or one that cannot become a notebook.

    """
    from autograder.contents import with_contents
    from autograder.notebooks import notebook_text
    from autograder.sections import read_course

    sections = read_course(course.sections)
    if not sections:
        raise CourseError(
            f"{course.sections} has no section in it; add one, such as 01_introduction.py."
        )
    own_folder = course.one_assignment_per == "section"
    texts = {course.notebook(s.name): notebook_text(s, own_folder) for s in sections}
    if (readme := _text(course.readme)) is not None:
        texts[course.readme] = with_contents(readme, sections)
    return {path: text for path, text in texts.items() if _text(path) != text}


def left_over(course: Course, behind: dict[Path, str]) -> tuple[list[Path], list[Path]]:
    """Give the notebooks that lie where none belongs: copies from before a change of the setting
    `one_assignment_per`, which can go, and those that no section stands behind.
    """
    there = sorted(course.source.glob("*/*.ipynb"))
    names = {path.stem for path in course.sections.glob("*.py")}
    astray = [
        path for path in there if path.stem not in names or path != course.notebook(path.stem)
    ]
    old = [path for path in astray if path.stem in names and _is_copy(path, course, behind)]
    return old, [path for path in astray if path not in old]


def _is_copy(path: Path, course: Course, behind: dict[Path, str]) -> bool:
    place = course.notebook(path.stem)
    there = behind[place] if place in behind else _text(place)
    return there is not None and together(_text(path) or "") == together(there)


def remove(path: Path) -> None:
    """Remove a notebook that lies elsewhere now, and its folder if nothing else is in it."""
    path.unlink()
    print(f"removed {path.parent.name}/{path.name}, which belongs to another assignment now")
    if not any(path.parent.iterdir()):
        path.parent.rmdir()


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
