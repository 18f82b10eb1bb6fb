"""One grader at a time: whoever holds the lock of a course may write its grades.

`backprop grade` and `nbgrader autograde` put folders in the same places and write the same rows, so
they take the same lock. It is the operating system's: it ends with the process that holds it,
however that ended.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from autograder.course import CourseError

FOLDER = ".grading"
"""Where the lock lies, and what is not yet in its place."""


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[Path]:
    """Hold the lock of a course, and give the folder for what is not yet in its place.

    Raises:
        CourseError: where another process grades the course, in a sentence that names it.

    """
    with held(root):
        yield root / FOLDER


def held(root: Path) -> TextIO:
    """Take the lock of a course, which is held until the file that is given is closed.

    Raises:
        CourseError: where another process has it, in a sentence that names it.

    """
    folder = root / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        file = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise CourseError(
            f"Nothing can be graded in {root}, because {error.filename} cannot be written "
            f"({error.strerror}); grade with the account that the course belongs to."
        ) from error
    if not locked(file.fileno()):
        with file:
            file.seek(0)
            other = file.read().strip() or "another process"
        raise CourseError(
            f"{root} is being graded by {other}; wait until it has ended, or end it, and run "
            "this again: what it has graded stays graded."
        )
    with contextlib.suppress(OSError):  # where the disk is full the lock is held all the same
        os.truncate(file.fileno(), 0)
        os.write(file.fileno(), f"process {os.getpid()}".encode())
    return file


def locked(handle: int) -> bool:
    """Take the lock of an open file, where nobody else has it."""
    try:
        import fcntl
    except ImportError:  # Windows, where nothing is graded but with --allow-weaker
        return True
    try:
        # Not flock: that would be held by the workers, too, which end a moment after the grader.
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
