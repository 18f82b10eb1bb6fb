"""Which way a run goes: its conditions, its comparisons, and what a maximum chooses.

A slip can hide in a branch that no point has taken. To see that there is one, it is enough to know
of each decision in the code whether it has been seen to go both ways.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

Way = tuple[str, bool]  # a decision, by its place in the code, and how it came out

FEW = 4  # decisions told apart in one statement; the rest of a long comprehension is as one
REDUCING = (np.max, np.min)  # these take a list; what else they are handed is an axis
CHOOSING = (*REDUCING, max, min, np.maximum, np.minimum, np.fmax, np.fmin)
FOLDING = (abs, np.abs, np.fabs, math.fabs, np.sign)


class Branches:
    """What one run has decided so far."""

    def __init__(self) -> None:
        self.ways: dict[Way, None] = {}
        self.last: tuple[str, int] = "", 0
        self.count = 0

    def decided(self, place: str, step: int, value: Any) -> None:
        """Note a decision: a truth value, or an array of them; anything else is none."""
        self.count = self.count + 1 if self.last == (place, step) else 0
        self.last = place, step
        if is_mask(value):
            for way in outcomes(value):
                self.ways[f"{place}, {min(self.count, FEW)}", way] = None

    def called(self, fn: Callable[..., Any], args: tuple[Any, ...], step: int) -> None:
        """Note what a function chooses that has one slope here and another there."""
        if args and id(fn) in WATCHED:
            for a, b in compared_by(fn, args):
                self.decided(f"step {step}", step, greater(a, b))


WATCHED = frozenset(map(id, (*CHOOSING, *FOLDING, np.clip)))


def compared_by(fn: Callable[..., Any], args: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """What is held against what: the first of several against the others, a size against zero."""
    if fn is np.clip:
        yield from ((args[0], bound) for bound in args[1:3])
    elif any(fn is one for one in FOLDING):
        yield args[0], 0
    elif isinstance(args[0], list | tuple):
        yield from ((args[0][0], other) for other in args[0][1:FEW])
    elif not any(fn is one for one in REDUCING):
        several = args[:2] if isinstance(fn, np.ufunc) else args[:FEW]
        yield from ((several[0], other) for other in several[1:])


def greater(a: Any, b: Any) -> Any:
    """Where one is greater than the other; None where they cannot be compared."""
    try:
        return np.greater(a, b)
    except (TypeError, ValueError):
        return None


def is_mask(value: Any) -> bool:
    """Whether a value is true or false, or an array of such."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "b"
    return isinstance(value, bool | np.bool_)


def outcomes(mask: Any) -> set[bool]:
    """True if any of it is, False if not all of it is."""
    array = np.asarray(mask)
    return {way for way, found in ((True, array.any()), (False, not array.all())) if found}


def has_one_way(taken: Collection[Way]) -> bool:
    """Whether a decision has only been seen to go one way."""
    return any((place, not way) not in taken for place, way in taken)
