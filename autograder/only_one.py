"""One grader at a time: whoever holds the lock of a course may write its grades.

The lock is the operating system's: it ends with the process that holds it, however that ended.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from autograder.course import CourseError

FOLDER = ".grading"
"""Where the lock lies, and what is not yet in its place."""


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[Path]:
    """Hold the lock of a course, and give the folder for what is not yet in its place.

    Raises:
        CourseError: where another process grades the course, in a sentence that names it.

    """
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("a+", encoding="utf-8") as file:
        if not locked(file.fileno()):
            file.seek(0)
            other = file.read().strip() or "another process"
            raise CourseError(
                f"{root} is being graded by {other}; wait until it has ended, or end it, and run "
                "this again: what it has graded stays graded."
            )
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        yield folder


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
