"""What was released, pinned: nobody is graded against a source that learners were never given.

When an assignment is released, what its source notebooks say is noted cell by cell beside the
gradebook. Grading holds the source against that, and refuses where it differs: a corrected
reference is welcome, but somebody has to say that it is one, and why.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.course import CourseError

FILE = "released.json"
SUFFIX = ".ipynb"
FACTS = ("grade_id", "grade", "solution", "locked", "task", "points")
MOST_NAMED = 5
KEEP_NAMES = (
    "Grades are filed by the names of exercises, so what was released keeps its exercises and their "
    "names: put them back. Where nobody has handed in yet, it can be released anew with: nbgrader "
    "generate_assignment --force"
)


@dataclass(frozen=True)
class Pin:
    """One source notebook as it was released, or as it was corrected since."""

    cells: dict[str, str]
    """The hash of each cell that is graded, answered or locked, by its name, and of all the rest."""
    at: str
    corrections: tuple[dict[str, str], ...] = ()
    """What was corrected since the release, each with its time and its reason."""

    def changed(self, path: Path) -> list[str]:
        """Name the cells of a source notebook that are not as they were pinned."""
        now = cells_of(path)
        return [name for name in {**self.cells, **now} if self.cells.get(name) != now.get(name)]

    def other_exercises(self, path: Path) -> list[str]:
        """Say which cells that hold grades or answers are gone from a source notebook, or are new."""
        now = cells_of(path)
        gone = [f"{name} is gone" for name in self.cells if name not in now and is_filed(name)]
        return gone + [
            f"{name} is new" for name in now if name not in self.cells and is_filed(name)
        ]


def is_filed(name: str) -> bool:
    """Tell whether the gradebook has rows by the name of this cell."""
    return name.endswith(("-grade", "-solution"))


def cells_of(path: Path) -> dict[str, str]:
    """Give the hash of what each cell of a source notebook says; outputs and looks are no part of it.

    Raises:
        CourseError: where it cannot be read.

    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return {name: digest for name, digest in map(_cell, cells) if name}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"{path} cannot be read ({type(error).__name__}: {error}); build it again with: "
            "backprop build"
        ) from error


def _cell(cell: dict[str, Any]) -> tuple[str, str]:
    """Give the name of a cell and the hash of what grading goes by; prose and drawings have no name."""
    marks = cell.get("metadata", {}).get("nbgrader", {})
    checks = cell["cell_type"] == "code" and "-check" in str(cell.get("id", ""))
    name = str(marks.get("grade_id") or (cell["id"] if checks else ""))
    facts = [cell["cell_type"], "".join(cell["source"]), [marks.get(word) for word in FACTS]]
    return name, hashlib.sha256(json.dumps(facts).encode()).hexdigest()


# ----- the file ------------------------------------------------------------------------------------


class Pins:
    """The pins of one course, by assignment and notebook."""

    def __init__(self, root: Path) -> None:
        """Read what was pinned in the course at `root`.

        Raises:
            CourseError: where the file cannot be read.

        """
        self.path = root / FILE
        try:
            found = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
            self.pins = {
                assignment: {name: _pin(each) for name, each in notebooks.items()}
                for assignment, notebooks in found.items()
            }
        except (OSError, ValueError, TypeError, AttributeError, LookupError) as error:
            raise CourseError(
                f"{self.path}, which says what was released, cannot be read ({error}); put it back "
                "from a copy, or release the assignments again with: nbgrader generate_assignment"
            ) from error

    def of(self, assignment: str) -> dict[str, Pin]:
        """Give the pins of one assignment, by notebook; none where it was never released."""
        return self.pins.get(assignment, {})

    def released(self, assignment: str, source: Path) -> None:
        """Pin a source notebook as it is given out."""
        self._put(assignment, source, Pin(cells_of(source), _now()))

    def corrected(self, source: Path, why: str) -> list[str]:
        """Pin a source notebook anew, if it was released and has changed; the cells that did."""
        assignment, name = source.parent.name, source.stem
        pin = self.of(assignment).get(name)
        changed = pin.changed(source) if pin else []
        if pin and (others := pin.other_exercises(source)):
            raise CourseError(f"{source.name} is no correction: {', '.join(others)}. {KEEP_NAMES}")
        if pin and changed:
            note = {"at": _now(), "why": why, "cells": ", ".join(changed)}
            corrections = (*pin.corrections, note)
            self._put(
                assignment, source, replace(pin, cells=cells_of(source), corrections=corrections)
            )
        return changed

    def _put(self, assignment: str, source: Path, pin: Pin) -> None:
        self.pins.setdefault(assignment, {})[source.stem] = pin
        data = {
            name: {notebook: asdict(each) for notebook, each in notebooks.items()}
            for name, notebooks in self.pins.items()
        }
        fresh = self.path.with_name(f".{FILE}.{os.getpid()}")
        fresh.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        fresh.replace(self.path)  # whole or not at all


def _pin(data: dict[str, Any]) -> Pin:
    return Pin(dict(data["cells"]), str(data["at"]), tuple(data["corrections"]))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# ----- what grading asks ---------------------------------------------------------------------------


def insist(folder: Path, notebooks: Collection[str]) -> None:
    """Refuse to grade where the source notebooks in a folder are not what was released.

    `notebooks` are those that are to be graded; others may have been taken out since.

    Raises:
        CourseError: in one sentence that names what differs, and the ways on.

    """
    assignment = folder.name
    pins = Pins(folder.parent.parent).of(assignment)
    pins = {name: pin for name, pin in pins.items() if name in notebooks}
    differing = list(_differing(pins, folder))
    if differing:
        raise CourseError(
            f"Nothing was graded, because the source of {assignment!r} is not what was released: "
            f"{'; '.join(differing)}. {_ways_on(pins, folder)}"
        )


def _ways_on(pins: dict[str, Pin], folder: Path) -> str:
    paths = {name: folder / f"{name}{SUFFIX}" for name in pins}
    if any(path.is_file() and pins[name].other_exercises(path) for name, path in paths.items()):
        return KEEP_NAMES
    return (
        "Put the released source back; or, if you corrected it, say so with: backprop build "
        '--corrected "what was wrong"; or release it anew with: nbgrader generate_assignment '
        f"{folder.name} --force"
    )


def _differing(pins: dict[str, Pin], folder: Path) -> Iterator[str]:
    for name, pin in pins.items():
        path = folder / f"{name}{SUFFIX}"
        if not path.is_file():
            yield f"{path.name} is gone"
        elif changed := pin.changed(path):
            more = f" and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
            yield f"{path.name} differs in {', '.join(changed[:MOST_NAMED])}{more}"
