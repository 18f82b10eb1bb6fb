"""Kinks in which several inputs meet, such as a tie of a max: there they are moved together.

Each input alone may have any slope between those to its left and right, but not all of them at
once: at a tie of `max(x, y)` gradients of 1 and 1 are allowed one by one and wrong together.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from backprop_kit.moving import Unfinished
from backprop_kit.slopes import slopes
from backprop_kit.truth import Nudged

if TYPE_CHECKING:
    from backprop_kit.nudge import Measuring

MOST_PAIRS = 60
Kink = tuple[str, int]  # a name and the flat index of one of its elements


def joints_of(measuring: Measuring) -> list[Nudged]:
    """Directions in which inputs that meet in one kink are moved together."""
    found: list[Nudged] = []
    if not any(np.any(nudged.kinked) for nudged in measuring.names.values()):
        return found
    for stage in (*measuring.hold, measuring.point.output):
        ends = kinked_ends(measuring.names, stage)
        pairs = [(a, b) for a, b in itertools.combinations(ends, 2) if np.any(ends[a] * ends[b])]
        met = [(a, b) for a, b in pairs[:MOST_PAIRS] if meet(measuring, a, b, stage)]
        for a, b in met:
            found.append(together(measuring, {a: 1.0, b: 1.0}, ends))
            found.append(together(measuring, {a: 1.0, b: -1.0}, ends))
        if len(met) > 1:
            found.append(together(measuring, {end: 1.0 for pair in met for end in pair}, ends))
    return found


def together(
    measuring: Measuring, signs: Mapping[Kink, float], ends: Mapping[Kink, np.ndarray]
) -> Nudged:
    """Move several elements at once, each by the inverse of the width of its own kink."""
    directions = {name: np.zeros((1, *measuring.array(name).shape)) for name, _ in signs}
    for (name, at), sign in signs.items():
        directions[name].reshape(-1)[at] = sign / float(np.max(ends[name, at]))
    trusted, _ = measuring.probed({n: d[0] for n, d in directions.items()})
    return measuring.nudged(directions, trusted, kinked=True, each=False)


def meet(measuring: Measuring, a: Kink, b: Kink, stage: str) -> bool:
    """Whether a step of `a`, to one side or the other, undoes the kink that `b` meets."""
    size = 1e-3 * max(1.0, float(np.max(np.abs(measuring.array(a[0])))))
    return any(
        undoes(measuring, side * size * element(measuring, a), a, b, stage) for side in (1, -1)
    )


def undoes(measuring: Measuring, aside: np.ndarray, a: Kink, b: Kink, stage: str) -> bool:
    """Whether `b` meets no kink in the stage once `a` has been moved aside."""

    def move(t: float) -> np.ndarray:
        step = {a[0]: aside}
        step[b[0]] = step.get(b[0], 0.0) + t * element(measuring, b)
        hold = {n: v for n, v in measuring.hold.items() if n not in step}
        return np.real(measuring.point.run(step, hold)[stage])

    try:
        return not np.any(slopes(move, float(np.max(np.abs(aside))) / 100).kinked)
    except Unfinished:
        return False


def element(measuring: Measuring, end: Kink) -> np.ndarray:
    value = np.zeros(measuring.array(end[0]).shape)
    value.reshape(-1)[end[1]] = 1.0
    return value


def kinked_ends(names: Mapping[str, Nudged], stage: str) -> dict[Kink, np.ndarray]:
    """Elements whose effect on a stage has a kink, each with the width of it at the stage's elements."""
    found = {}
    for name, nudged in names.items():
        effect = nudged.effects.get(stage)
        if effect is not None and nudged.each:
            widths = (effect.high - effect.low).reshape(len(effect.high), -1)
            found.update({(name, int(at)): widths[at] for at in np.flatnonzero(widths.any(axis=1))})
    return found
