"""What nbgrader and the intake have to say of a class, in a file: no run is broken off for want of it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from autograder.course import Course


class LogFile(logging.FileHandler):
    """A file that is written where it can be; on a full disk the grading has more to say than the log."""

    def __init__(self, path: Path) -> None:
        """Take the path; the file is opened when there is something to say."""
        super().__init__(path, encoding="utf-8", delay=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, if that can be."""
        with contextlib.suppress(OSError):  # it cannot even be opened
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Leave out a line that could not be written; else a traceback would be printed."""

    def close(self) -> None:
        """Close the file; what has no room any more is left out."""
        with contextlib.suppress(OSError):
            super().close()


@contextlib.contextmanager
def log_of(course: Course) -> Iterator[logging.Logger]:
    """Let what nbgrader and the intake have to say go to `nbgrader.log` in the course's folder."""
    log = logging.Logger("nbgrader", logging.WARNING)
    handler = LogFile(course.root / "nbgrader.log")
    # nbgrader's gradebook writes what goes wrong there, with its traceback, to a log of tornado's.
    other = logging.getLogger("tornado.application")
    before, other.propagate = other.propagate, False
    for each in (log, other):
        each.addHandler(handler)
    try:
        yield log
    finally:
        other.propagate = before
        other.removeHandler(handler)
        handler.close()
