"""`backprop new`: a course folder of an instructor's own, made from the course that the kit brings."""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import tempfile
from pathlib import Path

from autograder.building import out_of_step
from autograder.course import PER, SETTING, Course, CourseError, brought_along

README = Path(__file__).with_name("new_course.md")
COURSE_ID = re.compile(r'(?<=^c\.CourseDirectory\.course_id = )".*"$', re.MULTILINE)
COMMENTED = re.compile(r"(backprop|nbgrader) .*  # ")
NOT_FOR_GIT = """\
# A class: what students get, hand in and get back, the gradebook, the exchange, what is said
/release/
/submitted/
/replaced/
/intake/
/.grading/
/autograded/
/feedback/
/exchange/
/learn/
/gradebook.db*
/*.csv
*.log
.ipynb_checkpoints/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `backprop new` understands."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder to make")
    parser.add_argument(
        "--one-assignment-per",
        choices=PER,
        default="course",
        help="hand out all notebooks together, or each section by itself (default: course)",
    )


def new(arguments: argparse.Namespace) -> int:
    """Make the folder, and say what to do next.

    Raises:
        CourseError: when something is there already, or the folder cannot be made.

    """
    folder: Path = arguments.folder.absolute()
    try:
        refuse_taken(folder)
        refuse_unusable(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as place:
            made = fill(Course(Path(place)), folder.name, arguments.one_assignment_per)
            for path in sorted(made.root.iterdir()):
                path.rename(folder / path.name)
    except OSError as problem:
        raise CourseError(
            f"{folder} could not be made, because of {problem.filename} ({problem.strerror})."
        ) from problem
    for sentence in next_steps(Course(folder), arguments.folder):
        print(sentence)
    return 0


def refuse_taken(folder: Path) -> None:
    """Insist that nothing is where the course is to be."""
    if folder.is_dir() and any(folder.iterdir()):
        raise CourseError(
            f"{folder} is not empty, and nothing in it is to be lost; name a new one."
        )
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file; name a folder that is not there yet.")


def refuse_unusable(folder: Path) -> None:
    """Insist on a place where nbgrader finds what it looks for: it takes some signs for patterns."""
    if found := sorted(set("*?[%") & set(str(folder))):
        raise CourseError(
            f"nbgrader cannot work in {folder}, because of the {found[0]!r} in it; name another folder."
        )


def fill(course: Course, name: str, per: str) -> Course:
    """Write all files of a course into an empty folder."""
    template = brought_along()
    course.sections.mkdir()
    for path in sorted(template.sections.glob("*.py")):
        shutil.copyfile(path, course.sections / path.name)
    settings = template.config.read_text(encoding="utf-8")
    write(course.config, COURSE_ID.sub(f'"{course_id(name)}"', settings))
    setting = (template.root / "course.toml").read_text(encoding="utf-8")
    write(
        course.root / "course.toml",
        re.sub(rf'(?<=^{SETTING} = )".*"$', f'"{per}"', setting, flags=re.MULTILINE),
    )
    write(course.readme, readme(name, course))
    write(course.root / ".gitignore", NOT_FOR_GIT)
    for path, text in out_of_step(course).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, text)
    return course


def course_id(name: str) -> str:
    """Give the name by which nbgrader tells courses apart: no more than letters and digits."""
    return re.sub(r"[^\w-]+", "_", name, flags=re.ASCII).strip("_") or "backprop"


def readme(name: str, course: Course) -> str:
    """Give the README, with the names that the folder and its first assignment have."""
    first = min(path.stem for path in course.sections.glob("*.py"))
    text = README.read_text(encoding="utf-8")
    return aligned(text.replace("COURSE", name).replace("ASSIGNMENT", course.assignment(first)))


def aligned(text: str) -> str:
    """Put what stands behind commands into one column again, whatever the names in them are."""
    lines = text.split("\n")
    commands = {at: line.split("  # ", 1) for at, line in enumerate(lines) if COMMENTED.match(line)}
    width = max(len(command.rstrip()) for command, _ in commands.values())
    for at, (command, comment) in commands.items():
        lines[at] = f"{command.rstrip():<{width}}  # {comment.lstrip()}"
    return "\n".join(lines)


def write(path: Path, text: str) -> None:
    """Write a text file, with the line ends that the build compares with."""
    path.write_text(text, encoding="utf-8", newline="\n")


def next_steps(course: Course, named: Path) -> list[str]:
    """Say what was made, and how it goes on."""
    notebooks = course.notebooks()
    first = course.assignment(notebooks[0].stem)
    steps = {
        f"cd {shlex.quote(str(named))}": "where all commands are run",
        "backprop build": "the notebooks follow the sections",
        f"nbgrader generate_assignment {first}": f"release/{first}/ is what learners get",
    }
    width = max(map(len, steps)) + 3
    return [
        f"{course.root} is a course of {len(notebooks)} notebooks. Go there, and edit sections/:",
        *(f"  {command:<{width}}{meaning}" for command, meaning in steps.items()),
        "Its README.md says how to collect, grade and give back.",
    ]
