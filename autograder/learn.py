"""`backprop open`: the learner's copies of the notebooks, and JupyterLab on them.

A learner's work is never overwritten. What was handed out is kept as a hash, so a notebook that is
still as it was handed out can follow a new version of the course, and one that has been worked in
gets the new version beside it.
"""

import argparse
import hashlib
import itertools
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError, find_course
from autograder.lab import start_lab
from autograder.options import course_option

RECORD = ".given.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `backprop open`."""
    parser.add_argument(
        "--no-lab", action="store_true", help="place the notebooks and do not start JupyterLab"
    )
    course_option(parser)
    parser.add_argument(
        "--exchange",
        type=Path,
        metavar="FOLDER",
        help="fetch assignments from this exchange and submit them there, in nbgrader's list of "
        "assignments; places no notebooks",
    )


def open_course(arguments: argparse.Namespace) -> int:
    """Places the learner's notebooks, says what was done, starts JupyterLab; gives the exit code.

    Raises:
        CourseError: when a notebook cannot be placed or JupyterLab is not there.

    """
    if arguments.exchange:
        return open_exchange(arguments)
    course = find_course(arguments.course)
    try:
        for sentence in place_notebooks(course):
            print(sentence, flush=True)
    except OSError as problem:
        raise CourseError(
            f"The notebooks could not be placed, because of {problem.filename} "
            f"({problem.strerror}): put that right and run this again."
        ) from problem
    return 0 if arguments.no_lab else start_lab(learner_folder(course))


def open_exchange(arguments: argparse.Namespace) -> int:
    """Starts JupyterLab where a learner works on what an instructor hands out; gives the exit code.

    Raises:
        CourseError: when there is no such exchange, or JupyterLab is not there.

    """
    exchange: Path = arguments.exchange.resolve()
    if not any(exchange.glob("*/outbound")):
        raise CourseError(
            f"{exchange} is no exchange in which anything was released: ask your instructor for the "
            "folder that nbgrader calls Exchange.root."
        )
    try:
        folder = learner_folder(find_course(arguments.course))
        folder.mkdir(exist_ok=True)
    except CourseError:
        folder = Path.cwd()
    if arguments.no_lab:
        print(f"{exchange} can be used, from {folder}.")
        return 0
    print("Your assignments are in the menu: Nbgrader, Assignment List.", flush=True)
    return start_lab(folder, exchange)


# --- the notebooks ---------------------------------------------------------------------------


@dataclass
class Given:
    """What was handed out under each name: the hash of its cells, as kept in the record file."""

    folder: Path
    hashes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "Given":
        """Reads the record; one that cannot be read counts as empty, which protects every file."""
        try:
            hashes = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            return cls(folder, {str(name): str(value) for name, value in hashes.items()})
        except (OSError, ValueError, AttributeError):
            return cls(folder)

    def out(self, path: Path, content: bytes) -> None:
        """Writes a file and remembers that this is what was handed out."""
        write_whole(path, content)
        self.remember(path.name, content)

    def remember(self, name: str, content: bytes) -> None:
        """Keeps what was handed out under this name."""
        if self.hashes.get(name) != fingerprint(content):
            self.hashes[name] = fingerprint(content)
            record = json.dumps(self.hashes, indent=1, sort_keys=True)
            write_whole(self.folder / RECORD, record.encode())


def learner_folder(course: Course) -> Path:
    """Where a learner's own copies lie; git ignores it."""
    return course.root / "learn"


def place_notebooks(course: Course) -> Iterator[str]:
    """Brings the learner's folder up to date with the course, saying what it did."""
    from autograder.links import in_prose, together
    from autograder.release import released

    sources = course.notebooks()
    if not sources:
        raise CourseError(
            f"There are no notebooks in {course.source}: run `backprop build` to make them."
        )
    learn = learner_folder(course)
    learn.mkdir(exist_ok=True)
    given = Given.read(learn)
    for source in sources:
        yield from place(learn / source.name, as_bytes(in_prose(released(source), together)), given)


def place(path: Path, new: bytes, given: Given) -> Iterator[str]:
    """Places one notebook: written where nothing is lost by it, else beside the learner's own."""
    if not path.exists():
        given.out(path, new)
        yield f"{path.name} is placed in {path.parent}."
        return
    mine, last = fingerprint(path.read_bytes()), given.hashes.get(path.name)
    if mine == fingerprint(new):
        given.remember(path.name, new)
    elif mine == last:
        given.out(path, new)
        yield f"{path.name} is replaced by its new version; you had not changed it."
    elif fingerprint(new) != last:
        yield from place_beside(path, new, given)


def place_beside(path: Path, new: bytes, given: Given) -> Iterator[str]:
    """Puts a new version next to a notebook that the learner has worked in."""
    for beside in names_beside(path):
        if not beside.exists():
            given.out(beside, new)
            given.remember(path.name, new)
            yield (
                f"{path.name} holds your own work and was left alone; "
                f"its new version lies beside it as {beside.name}."
            )
            return
        if fingerprint(beside.read_bytes()) == fingerprint(new):
            given.remember(path.name, new)
            return


def names_beside(path: Path) -> Iterator[Path]:
    """03_chain.new.ipynb, then 03_chain.new2.ipynb, and so on."""
    for number in itertools.count(1):
        yield path.with_suffix(f".new{number if number > 1 else ''}{path.suffix}")


def as_bytes(notebook: object) -> bytes:
    """A notebook as it is written to a file."""
    import nbformat

    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode()


def fingerprint(content: bytes) -> str:
    """The hash of what a learner may have written in a notebook, by which it is known again.

    That is its cells. Outputs and settings stay out of it: JupyterLab writes those whenever a
    notebook is opened and run, and they come back when it is run again.
    """
    try:
        # A browser has one kind of number: it reads 4.0 points and writes 4.
        notebook = json.loads(content, parse_int=float)
        cells = [as_handed_out(cell) for cell in notebook["cells"]]
        content = json.dumps(cells, sort_keys=True).encode()
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # not a notebook any more: its bytes are all there is to compare
    return hashlib.sha256(content).hexdigest()


def as_handed_out(cell: dict[str, Any]) -> list[Any]:
    """What a course puts into a cell: its kind, text and pictures, and how it is graded."""
    text = "".join(cell["source"])  # files hold it as one string or as a list of lines
    return [cell["cell_type"], text, cell.get("attachments"), cell["metadata"].get("nbgrader")]


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that it is there whole or as it was, whatever happens meanwhile."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)  # mkstemp makes private files; a notebook is an ordinary one
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
