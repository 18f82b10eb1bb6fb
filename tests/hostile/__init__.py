"""Submissions that attack the grading, and careless ones that look like it, as data.

`files`, `cells` and `notebooks` are what the intake has to stop; what code can do, in `deceiving`,
`knowing`, `ending` and `outside`, only a grader that runs it apart and judges it elsewhere. Each
attack says what the work must score: what an honest reading of it earns, no point more, and for
careless ones none less.
"""

from __future__ import annotations

import copy
import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

NOTEBOOK = "01_section"
ASSIGNMENT = "backprop"
FULL: Mapping[str, float] = {"slope": 2.0, "typed": 2.0, "fork": 4.0}
MODULES = (
    *("files", "notebooks", "cells", "careless", "deceiving", "forging", "guessing", "knowing"),
    *("ending", "outside"),
)
# What a learner must never get to see stands in the reference.
SECRET = "a-word-of-the-reference"
SECRET_OF_THE_ENVIRONMENT = "a-word-of-the-environment"
WORKED = "it-worked"
"""What an attack shows where it came through."""

SECTION = f"""\
# %% [markdown]
# # A section

# %% role="setup"
from backprop_kit import check, check_numbers, check_values, draw, grade, grade_numbers, grade_values

# %% [markdown] exercise="slope" role="prompt" kind="function" stars=1 minutes=5
# ### Exercise 1: a slope
#
# Give the slope of the square of x.

# %% exercise="slope" role="solution"
def slope(x):
    ### BEGIN SOLUTION
    return 2 * x  # {SECRET}
    ### END SOLUTION


slope(3.0)

# %% exercise="slope" role="check"
check_values(slope, at=[({{"x": 3.0}}, 6.0)])

# %% exercise="slope" role="grade"
points = [({{"x": 3.0}}, 6.0)]
### BEGIN HIDDEN TESTS
points += [({{"x": -1.5}}, -3.0), ({{"x": 0.25}}, 0.5)]
### END HIDDEN TESTS
grade_values(slope, 2, at=points)

# %% exercise="slope" role="mistakes"
mistakes = [{{"old": "2 * x", "new": "-2 * x", "label": "wrong_sign", "score": 0}}]

# %% [markdown]
# And now by hand.

# %% [markdown] exercise="typed" role="prompt" kind="numbers" stars=1 minutes=5
# ### Exercise 2: two numbers
#
# Type the gradients of f = x y at x = 4, y = -3.

# %% exercise="typed" role="solution"
dx = dy = None  # not answered yet
### BEGIN SOLUTION
dx = -3
dy = 4
### END SOLUTION
dx, dy

# %% exercise="typed" role="check"
check_numbers({{"dx": dx, "dy": dy}}, "f = x * y", x=4, y=-3)

# %% exercise="typed" role="grade"
code = "f = x * y"
grade_numbers({{"dx": dx, "dy": dy}}, 2, code=code, at={{"x": 4, "y": -3}})

# %% exercise="typed" role="mistakes"
mistakes = [{{"old": "dx = -3", "new": "dx = 3", "label": "wrong_sign", "score": 0.5}}]

# %% [markdown]
# And now a backward pass.

# %% [markdown] exercise="fork" role="prompt" kind="backward" stars=1 minutes=5
# ### Exercise 3: a fork
#
# Write the backward pass of (x + y) z.

# %% exercise="fork" role="solution"
def fork(x, y, z):
    # forward pass
    q = x + y
    f = q * z
    # backward pass
    ### BEGIN SOLUTION
    dz = q  # {SECRET}
    dq = z
    dx = 1.0 * dq
    dy = 1.0 * dq
    return f, dx, dy, dz
    ### END SOLUTION


draw(fork, x=-2, y=5, z=-4, show=("value",))

# %% exercise="fork" role="check"
check(fork, x=-2, y=5, z=-4)

# %% exercise="fork" role="grade"
inputs = [{{"x": -2, "y": 5, "z": -4}}]
### BEGIN HIDDEN TESTS
inputs += [{{"x": 0.5, "y": 1.25, "z": 3.0}}]
### END HIDDEN TESTS
grade(fork, 4, at=inputs)

# %% exercise="fork" role="mistakes"
mistakes = [{{"old": "dz = q", "new": "dz = z", "label": "multiply_not_swapped"}}]

# %% [markdown]
# That is all.
"""

RIGHT = {
    "slope": "def slope(x):\n    return 2 * x\n",
    "typed": "dx = -3\ndy = 4\n",
    "fork": (
        "def fork(x, y, z):\n    q = x + y\n    f = q * z\n    dz = q\n    dq = z\n"
        "    dx = dq\n    dy = dq\n    return f, dx, dy, dz\n"
    ),
}


@dataclass
class Handed:
    """What one student has in hand, to be put into the folder of the submission."""

    root: Path
    """The course, of which the student should see nothing."""
    folder: Path
    notebook: NotebookNode
    port: int = 0
    """Where somebody listens on this machine."""

    @property
    def path(self) -> Path:
        """Where the notebook of the submission lies."""
        return self.folder / f"{NOTEBOOK}.ipynb"

    @property
    def cells(self) -> list[NotebookNode]:
        cells: list[NotebookNode] = self.notebook.cells
        return cells

    def cell(self, name: str) -> NotebookNode:
        return next(cell for cell in self.cells if cell.id == name)

    def at(self, name: str) -> int:
        return self.cells.index(self.cell(name))

    def answer(self, **texts: str) -> None:
        """Write answers; an exercise that is not named is answered right."""
        for exercise in FULL:
            self.cell(f"{exercise}-solution").source = texts.get(exercise, RIGHT[exercise])

    def blank(self, *exercises: str) -> None:
        """Put the stub back into solution cells, as they were given out."""
        stubs = {"slope": "def slope(x):\n    pass\n", "fork": "def fork(x, y, z):\n    pass\n"}
        for exercise in exercises:
            self.cell(f"{exercise}-solution").source = stubs.get(exercise, "dx = dy = None\n")

    def save(self) -> None:
        """Write the notebook as it is."""
        self.path.write_text(
            json.dumps(self.notebook, indent=1, ensure_ascii=False), encoding="utf-8"
        )

    def beside(self, name: str, text: str | bytes = "") -> Path:
        """Write a file beside the notebook."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path


Deed = Callable[[Handed], Any]


@dataclass(frozen=True)
class Attack:
    """One way to hand in work: what is done, what it must score, and what must not come of it."""

    name: str
    deed: Deed
    scores: Mapping[str, float] | None
    """The points for each exercise; None where a person has to look, and there are none yet."""
    found: tuple[str, ...] = ()
    """The kinds of the findings that must be among those of the intake."""
    stopped_by: str = "intake"
    """The layer that has to stop it: intake, verdict, or sandbox."""
    leaves: tuple[str, ...] = ()
    """Files of the course that must not be there afterwards."""
    marker: str = ""
    """What stands in the command line of a process that must not be left running."""
    careless: bool = False
    """Whether it is more likely an accident; then no point may be lost by it."""
    page: bool = False
    """Whether it is aimed at whoever reads the feedback, which is written for it then."""
    dangerous: bool = False
    """Whether it must never be run outside of a sandbox."""


@dataclass
class Outcome:
    """What a grader made of one submission."""

    scores: Mapping[str, float]
    for_person: bool = False
    findings: tuple[str, ...] = field(default_factory=tuple)
    """The kinds of the findings of the intake."""
    shown: str = ""
    """All that the learner gets to see of it."""


ATTACKS: list[Attack] = []


def attack(scores: Mapping[str, float] | None = FULL, **facts: Any) -> Callable[[Deed], Deed]:
    """Enter a function as an attack, named after it."""

    def enter(deed: Deed) -> Deed:
        ATTACKS.append(Attack(deed.__name__.replace("_", "-"), deed, scores, **facts))
        return deed

    return enter


def but(**scores: float) -> dict[str, float]:
    """Full marks, but for these exercises."""
    return {**FULL, **scores}


def attacks() -> Iterator[Attack]:
    """Give all attacks of all modules."""
    for module in MODULES:
        importlib.import_module(f"{__name__}.{module}")
    yield from ATTACKS


def hand_in(attack: Attack, root: Path, blank: NotebookNode, port: int = 0) -> Path:
    """Do an attack as the student of that name, and give the folder that was handed in."""
    folder = root / "submitted" / attack.name / ASSIGNMENT
    folder.mkdir(parents=True)
    handed = Handed(root, folder, copy.deepcopy(blank), port)
    handed.answer()
    handed.save()
    attack.deed(handed)
    return folder
