"""`backprop open`: the learner's copies of the notebooks, and JupyterLab on them.

A learner's work is never overwritten. What was handed out is kept as a hash, so a notebook that is
still as it was handed out can follow a new version of the course, and one that has been worked in
gets the new version beside it.
"""

import argparse
import hashlib
import importlib.util
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError, find_course

RECORD = ".given.json"
# nbgrader is here to hand notebooks out; its pages for instructors would complain about a
# folder that holds no course.
NOT_FOR_LEARNERS = {
    f"nbgrader.server_extensions.{name}": False
    for name in ("assignment_list", "course_list", "formgrader")
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `backprop open`."""
    parser.add_argument(
        "--no-lab", action="store_true", help="place the notebooks and do not start JupyterLab"
    )
    parser.add_argument("--course", type=Path, metavar="FOLDER", help="the folder of the course")


def open_course(arguments: argparse.Namespace) -> int:
    """Places the learner's notebooks, says what was done, starts JupyterLab; gives the exit code.

    Raises:
        CourseError: when a notebook cannot be placed or JupyterLab is not there.

    """
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


# --- JupyterLab ------------------------------------------------------------------------------


def start_lab(folder: Path) -> int:
    """Runs JupyterLab on a folder until it is stopped; gives its exit code."""
    if not importlib.util.find_spec("jupyterlab"):
        raise CourseError(
            "JupyterLab is not installed in this environment: run `python3 course`, "
            "or install the project with its extra named course."
        )
    print(f"Starting JupyterLab on {folder}; stop it with Ctrl-C.", flush=True)
    with subprocess.Popen(lab_command(folder)) as lab:
        while True:
            try:
                return lab.wait()
            except KeyboardInterrupt:
                continue  # Ctrl-C reached JupyterLab as well: it asks, then ends


def lab_command(folder: Path) -> list[str]:
    """JupyterLab quiet enough that the address it prints can be seen."""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    command.append(f"--ServerApp.jpserver_extensions={NOT_FOR_LEARNERS}")
    command += ["--ServerApp.log_level=ERROR", "--LabApp.log_level=ERROR"]
    if not has_display():
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers; the server still asks for its token
    return command


def has_display() -> bool:
    """Whether a browser could show itself here."""
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
