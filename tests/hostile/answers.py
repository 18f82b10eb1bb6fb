"""Answers that the attacks by code are made of: all wrong or all right, with something else in them.

A deed that would succeed in a plain kernel prints `it-worked`, put together so that the word does
not stand in the cell itself: wherever it is seen in what the learner gets back, it did.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.hostile import FULL, Deed, Handed, attack

NOTHING: Mapping[str, float] = dict.fromkeys(FULL, 0.0)
WRONG = {
    "slope": "def slope(x):\n    return 17.0\n",
    "typed": "dx = 17.0\ndy = 17.0\n",
    "fork": (
        "def fork(x, y, z):\n    q = x + y\n    f = q * z\n    dz = 17.0\n    dq = 17.0\n"
        "    dx = 17.0\n    dy = 17.0\n    return f, dx, dy, dz\n"
    ),
}
WORKED = 'print("it-" + "worked")\n'
TRY = "try:\n{lines}\nexcept BaseException as error:\n    print(type(error).__name__)\n"
FORWARD = "def fork(x, y, z):\n    q = x + y\n    f = q * z\n"


def judged(
    stopped_by: str = "verdict", scores: Mapping[str, float] = NOTHING, **facts: Any
) -> Callable[[Deed], Deed]:
    """Enter an attack after which nothing is right: a point would be a point for the attack."""
    return attack(scores, stopped_by=stopped_by, **facts)


def wrong_with(handed: Handed, code: str) -> None:
    """Answer everything wrong, behind this code."""
    handed.answer(**{**WRONG, "slope": f"{code}\n{WRONG['slope']}"})
    handed.save()


def right_with(handed: Handed, code: str) -> None:
    """Try something in a cell before the first answer, and answer everything right."""
    lines = "\n".join(f"    {line}" for line in [*code.strip().split("\n"), WORKED.strip()])
    handed.answer()
    handed.cell("slope-solution").source = (
        TRY.format(lines=lines) + "\n" + handed.cell("slope-solution").source
    )
    handed.save()


def last(handed: Handed, lines: str, above: str = "") -> None:
    """Answer the last exercise by a function with these lines in it, the others right."""
    body = "".join(f"    {line}\n" for line in lines.strip().split("\n"))
    handed.answer(fork=f"{above}\n{FORWARD}{body}")
    handed.save()
