"""A folder that somebody else filled, listed and read without following anything out of it.

Every name is opened relative to a folder that is held open, never through a link, and never in a
way that could wait: what is looked at is what is read, whatever is exchanged meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Windows has neither flag, and no links that an ordinary account could make.
_NEVER_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FLAGS = os.O_RDONLY | _NEVER_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = _FLAGS | getattr(os, "O_DIRECTORY", 0)
BY_HANDLE = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
DEEPEST = 8


class Refused(Exception):
    """A file that is not read; `kind` says why, as in `findings.WORDS`."""

    def __init__(self, kind: str, **facts: Any) -> None:
        super().__init__(kind)
        self.kind, self.facts = kind, facts


@dataclass(frozen=True)
class Entry:
    """One name in a folder, as it was listed."""

    path: str
    """Relative to the submission, with `/` between its parts."""
    is_folder: bool

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def depth(self) -> int:
        """How many folders it lies in."""
        return self.path.count("/")


class Folder:
    """An open folder; what is opened in it by name stays in it."""

    def __init__(self, path: Path, handle: int | None) -> None:
        """Take a folder that was opened with `opened`."""
        self.path, self.handle = path, handle

    @classmethod
    def opened(cls, base: Path, parts: Sequence[str]) -> Folder:
        """Open `base` (which is trusted), then part by part what lies in it.

        Raises:
            Refused: when a part is a link, or no folder.

        """
        folder = cls(base, os.open(base, _FOLDER & ~_NEVER_FOLLOW) if BY_HANDLE else None)
        for part in parts:
            inner = folder.folder(part)
            folder.close()
            folder = inner
        return folder

    def folder(self, name: str) -> Folder:
        """Open a folder in this one."""
        status = self._status(name)
        if not stat.S_ISDIR(status.st_mode):
            raise Refused("linked_folder")
        if not BY_HANDLE:
            return Folder(self.path / name, None)
        try:
            return Folder(self.path / name, os.open(name, _FOLDER, dir_fd=self.handle))
        except OSError as error:
            raise Refused("linked_folder") from error

    def close(self) -> None:
        """Let go of the folder."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None

    def names(self) -> list[str]:
        """List the names in the folder, in order."""
        with os.scandir(self.path if self.handle is None else self.handle) as listing:
            return sorted(entry.name for entry in listing)

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """List the folder and all folders in it; links are listed as files, which they are."""
        for name in self.names():
            is_folder = stat.S_ISDIR(self._status(name).st_mode)
            entry = Entry(prefix + name, is_folder)
            yield entry
            if is_folder and entry.depth < DEEPEST:
                inner = self.folder(name)
                try:
                    yield from inner.entries(f"{prefix}{name}/")
                finally:
                    inner.close()

    def read(self, path: str, most: int) -> bytes:
        """Read an ordinary file of at most so many bytes.

        Raises:
            Refused: when it is a link, no ordinary file, too big, or cannot be read.

        """
        *parents, name = path.split("/")
        with contextlib.ExitStack() as held:
            inner = self
            for parent in parents:
                inner = inner.folder(parent)
                held.callback(inner.close)
            status = inner._status(name)
            if stat.S_ISLNK(status.st_mode):
                raise Refused("link", name=path)
            # Opening a device can do something, so it is looked at before it is opened, and again
            # once it is open.
            _check(status, path, most)
            with os.fdopen(inner._open(name, path), "rb", buffering=0) as file:
                _check(os.fstat(file.fileno()), path, most)
                return _whole(file.read, most)

    def _open(self, name: str, path: str) -> int:
        try:
            if self.handle is None:
                return os.open(self.path / name, _FLAGS | getattr(os, "O_BINARY", 0))
            return os.open(name, _FLAGS, dir_fd=self.handle)
        except OSError as error:
            raise Refused("unreadable", name=path, why=error.strerror or "unknown") from error

    def _status(self, name: str) -> os.stat_result:
        try:
            if self.handle is None:
                return os.lstat(self.path / name)
            return os.stat(name, dir_fd=self.handle, follow_symlinks=False)
        except OSError as error:
            raise Refused("unreadable", name=name, why=error.strerror or "unknown") from error


def _check(status: os.stat_result, path: str, most: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise Refused("folder", name=path)
    if not stat.S_ISREG(status.st_mode):
        raise Refused("special", name=path)
    if status.st_nlink > 1:
        raise Refused("hard_link", name=path)
    if status.st_size > most:
        raise Refused("too_big", size=status.st_size / 1e6, most=most / 1e6)


def _whole(read: Callable[[int], bytes | None], most: int) -> bytes:
    """Read to the end, which may lie further than the size said when it was looked up."""
    parts, have = [], 0
    while chunk := read(most + 1 - have):
        parts.append(chunk)
        have += len(chunk)
        if have > most:
            raise Refused("too_big", size=have / 1e6, most=most / 1e6)
    return b"".join(parts)
