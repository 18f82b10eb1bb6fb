"""Folders put in the place of others, so that what was there is lost at no moment.

What is new has been written in full before it is moved; what it replaces is moved aside first, and
brought back by the next run where this one was ended in between.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path


def put_in_its_place(new: Path, place: Path, aside: Path) -> None:
    """Move a finished folder to where it belongs; what was there goes aside, and then away."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        aside.parent.mkdir(parents=True, exist_ok=True)
        remove(aside)
        moved(place, aside)
    try:
        moved(new, place)
    except OSError:
        bring_back(aside, place)
        raise
    remove(aside)


def bring_back(aside: Path, place: Path) -> None:
    """Undo what was begun: what was moved aside is there again, unless there is something new."""
    if aside.is_dir() and not place.exists():
        moved(aside, place)
    remove(aside)


def moved(old: Path, new: Path) -> None:
    """Move a folder in one step, or copy it where the two lie on different disks."""
    try:
        os.rename(old, new)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copytree(old, new)
        remove(old)


def remove(folder: Path) -> None:
    """Remove a folder, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)
