"""Slopes along one direction: by steps too small to see, held against steps that can be seen.

An imaginary step is exact to rounding where it can be trusted. But it goes nowhere, so where two
branches touch it may see only one of them, and code that is not made of complex functions loses
it on the way. So small real steps are taken to both sides, and what they find is what counts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from backprop_kit.moving import Unfinished
from backprop_kit.slopes import EPS, Slopes, slopes

SMALL_STEPS = (1e-6, 3e-8, 1e-9, 3e-11)  # of a large one
CLOSE = 1e-4  # slopes that differ by no more of their size agree
BEND = 10  # times a small step: so much may a slope on the scale of the values change along it
SHRINKS = 0.2  # a bend shrinks at least so much from one small step to the next; a kink does not
SHAKES, SHAKEN = 3, 4  # runs in shaking arithmetic; by so much more than rounding do they move
EXACT, SMALLEST = 1e-12, float(np.finfo(float).tiny)


@dataclass(frozen=True)
class Sides:
    """What imaginary steps to both sides found: the values there, and the slopes."""

    base: np.ndarray
    right: np.ndarray
    left: np.ndarray

    @property
    def size(self) -> np.ndarray:
        return np.asarray(np.abs(self.right) + np.abs(self.left))

    @property
    def apart(self) -> np.ndarray:
        """Where the two slopes differ by more than rounding."""
        return np.asarray(np.abs(self.right - self.left) > 1e-9 * self.size)


@dataclass(frozen=True)
class Line:
    """A column of numbers along one direction: `look(t)` after a step of t, real or imaginary.

    `values` are moved by a step of 1 as far as `steps` say; `tiny` is the length of an imaginary step.
    `shaky(t, seed)` is the column in arithmetic that shakes.
    """

    look: Callable[[complex], np.ndarray]
    values: Collection[np.ndarray]
    steps: Collection[np.ndarray]
    tiny: float
    shaky: Callable[[complex, int], np.ndarray]

    @cached_property
    def largest(self) -> float:
        """The size of the values that are moved."""
        return largest(self.values)

    @cached_property
    def reach(self) -> float:
        """How many steps make a large one for the values that are moved."""
        return (self.largest or 1.0) / (largest(self.steps) or 1.0)

    def probed(self) -> tuple[bool, bool]:
        """Whether the imaginary step is to be trusted here, and whether there is a kink."""
        try:
            ours = self.imaginary()
        except Unfinished:
            return False, bool(np.any(self.real().kinked))
        if not self.agrees(ours):
            measured = self.real()
            if not confirmed(ours, measured):
                return False, bool(np.any(measured.kinked))
        return True, bool(np.any(ours.apart))

    def glanced_at(self) -> tuple[bool, bool]:
        """As `probed`, without the long way to be sure where a quick look is not."""
        try:
            ours = self.imaginary()
        except Unfinished:
            return False, False
        return self.agrees(ours), bool(np.any(ours.apart))

    def slopes(self, trusted: bool, kinked: bool) -> Slopes:
        """Slopes to both sides; where nothing is sure, the widest bounds that any step gave."""
        if not trusted:
            return self.widest()
        if kinked:
            ours = self.imaginary()
            right, left = ours.right, np.where(ours.apart, ours.left, ours.right)
        else:
            right = left = self.look(1j * self.tiny).imag / self.tiny
        error = EXACT * np.abs(right) + SMALLEST / self.tiny  # what is smaller vanishes
        return Slopes(left, right, error)

    def imaginary(self) -> Sides:
        """Slopes by imaginary steps to both sides."""
        ahead, behind = (self.look(side * 1j * self.tiny) for side in (1, -1))
        return Sides(ahead.real, ahead.imag / self.tiny, -behind.imag / self.tiny)

    def real(self) -> Slopes:
        """Slopes by Richardson, on the scale of the values that are moved and on that of 1."""
        found = slopes(self.seen, self.reach, self.rounding)
        if self.largest and not 0.1 < self.largest < 10:
            other = slopes(self.seen, self.reach / self.largest, self.rounding)
            found = better(found, other)
        return found

    def seen(self, t: float) -> np.ndarray:
        return self.look(t).real

    @cached_property
    def rounding(self) -> np.ndarray | float:
        """How far rounding moves the column, terms that cancel inside a line included."""
        try:
            shaken = [np.real(self.shaky(1j * self.tiny, seed)) for seed in range(SHAKES)]
        except Unfinished:
            return 0.0
        return np.max(np.abs(shaken - self.seen(0.0)), axis=0) / SHAKEN

    def widest(self) -> Slopes:
        """Slopes by real steps; at a kink, bounds that hold those of imaginary steps as well.

        A kink that is nearer than any real step is not where they think it is, and an imaginary
        step is then on the side of the point.
        """
        found = self.real()
        if not np.any(found.kinked):
            return found
        bounds = [found.left, found.right]
        with contextlib.suppress(Unfinished):
            ours = self.imaginary()
            bounds += [ours.left, ours.right]
        low, high = (
            np.where(found.kinked, f.reduce(bounds), found.left) for f in (np.fmin, np.fmax)
        )
        return Slopes(low, high, found.error)

    # -- do imaginary steps tell the truth? -----------------------------------------------------

    def agrees(self, ours: Sides) -> bool:
        """A quick look by small real steps: do they find the slopes that imaginary steps found?

        Where they do not, the next step is smaller, and must find most of the difference gone, be
        it a bend or a kink nearby. What stays is a kink at the point that imaginary steps miss.
        """
        limit, blur = CLOSE * ours.size, np.full(ours.size.shape, np.inf)
        agreed = np.zeros(ours.size.shape, dtype=bool)
        for step in SMALL_STEPS:
            try:
                off, noise = self.off(step, ours)
            except Unfinished:
                return False
            near = (off <= noise + limit) & (noise <= blur)
            if not np.all(agreed | near):
                noise = np.fmax(noise, self.rounding / (step * self.reach))
                near = (off <= noise + limit) & (noise <= blur)
            agreed |= near  # a smaller step is for those that have not
            if np.all(agreed):
                return True
            blur = np.where(near, np.inf, SHRINKS * off)
            limit = np.fmax(CLOSE * ours.size, blur)
        return False

    def off(self, step: float, ours: Sides) -> tuple[np.ndarray, np.ndarray]:
        """How far a small step finds other slopes than ours, and how far rounding leads it astray."""
        h = step * self.reach
        ahead, behind = self.seen(h), self.seen(-h)
        with np.errstate(all="ignore"):
            middle = (ahead - behind) / (2 * h) - (ours.right + ours.left) / 2
            gap = ((ahead - ours.base) - (ours.base - behind)) / (2 * h)
            turn = np.abs(gap - (ours.right - ours.left) / 2)
            curve = BEND * step * np.abs(ours.base) / self.reach
            off = np.maximum(np.abs(middle), turn - curve)  # nan if one of them is
            noise = 8 * EPS * np.fmax(np.abs(ahead), np.abs(behind)) / h
        return np.where(np.isnan(off), np.inf, off), np.nan_to_num(noise) + SMALLEST / self.tiny


def largest(arrays: Collection[np.ndarray]) -> float:
    return max(float(np.abs(array).max(initial=0.0)) for array in arrays)


def confirmed(ours: Sides, measured: Slopes) -> bool:
    """Whether Richardson finds the slopes that imaginary steps did; a jump has none to be found."""
    with np.errstate(invalid="ignore"):
        for slope, other in ((ours.right, measured.right), (ours.left, measured.left)):
            allowed = 20 * measured.error + CLOSE * (np.abs(slope) + np.abs(other))
            if np.any(np.abs(slope - other) > allowed):
                return False
    return True


def better(a: Slopes, b: Slopes) -> Slopes:
    """Element by element, the slopes with the smaller error."""
    take = a.error <= b.error
    return Slopes(
        np.where(take, a.left, b.left), np.where(take, a.right, b.right), np.fmin(a.error, b.error)
    )
