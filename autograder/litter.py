"""Folders in the temporary directory, of which each belongs to a process that holds a lock on it.

A grader that is killed leaves its folder behind; the next one to start removes what nobody holds.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

PREFIX = "backprop-grader-"


class OwnFolder:
    """An empty folder that is there as long as this process, or until it is closed."""

    def __init__(self) -> None:
        """Make it, and remove those that other processes of this user left behind."""
        clear()
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
            self._handle = _held(self.path)
            if self._handle is not None:
                return

    def close(self) -> None:
        """Remove it; what lies in it stays, though nothing should."""
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self.path.rmdir()
            os.close(self._handle)
            self._handle = None


def clear() -> None:
    """Remove the empty folders of this user that nobody holds."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            if status.st_uid != os.getuid() or not path.is_dir() or path.is_symlink():
                continue
            handle = _held(path)
            if handle is not None:
                path.rmdir()  # which is refused where anything is in it
                os.close(handle)


def _held(path: Path) -> int | None:
    """Open and lock a folder; None where another process holds it, or has just removed it."""
    import fcntl

    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_nlink:  # not removed between opening and locking
            return handle
    except OSError:
        pass
    os.close(handle)
    return None
