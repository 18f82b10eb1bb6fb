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

SMALL_STEP, LONGER, SMALLER_STEPS = 1e-6, 30, (3e-8, 1e-9, 3e-11)  # of a large one
CLOSE = 1e-4  # slopes that differ by no more of their size agree
STRICTER = 50  # is the look at how a slope turns at the point
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

    `values` are moved by a step of 1 as far as `steps` say; `tinies` are the lengths
    of an imaginary step, the best first. `shaky(t, seed)` is the column in arithmetic that shakes.
    """

    look: Callable[[complex], np.ndarray]
    values: Collection[np.ndarray]
    steps: Collection[np.ndarray]
    tinies: tuple[float, ...]
    shaky: Callable[[complex, int], np.ndarray]
    eps: float = EPS

    @cached_property
    def largest(self) -> float:
        """The size of the values that are moved."""
        return largest(self.values)

    @cached_property
    def reach(self) -> float:
        """How many steps make a large one for the values that are moved."""
        return (self.largest or 1.0) / (largest(self.steps) or 1.0)

    def probed(self) -> tuple[float, bool]:
        """How long an imaginary step can be trusted here, 0 if none, and whether there is a kink."""
        trusted, kinked = self.glanced_at()
        if trusted:
            return trusted, kinked
        measured = self.real()
        with contextlib.suppress(Unfinished):
            ours = self.imaginary(self.tinies[0])
            if confirmed(ours, measured):
                return self.tinies[0], bool(np.any(ours.apart))
        return 0.0, bool(np.any(measured.kinked))

    def glanced_at(self) -> tuple[float, bool]:
        """As `probed`, without the long way to be sure where a quick look is not."""
        for tiny in self.tinies:
            try:
                ours = self.imaginary(tiny)
            except Unfinished:
                break
            if self.agrees(ours):
                return tiny, bool(np.any(ours.apart))
        return 0.0, False

    def slopes(self, trusted: float, kinked: bool) -> Slopes:
        """Slopes to both sides; where nothing is sure, the widest bounds that any step gave."""
        if not trusted:
            return self.widest()
        if kinked:
            ours = self.imaginary(trusted)
            right, left = ours.right, np.where(ours.apart, ours.left, ours.right)
        else:
            right = left = self.look(1j * trusted).imag / trusted
        error = EXACT * np.abs(right) + max(
            trusted**1.5, SMALLEST / trusted
        )  # of its powers, of zero
        return Slopes(left, right, error)

    def imaginary(self, tiny: float) -> Sides:
        """Slopes by imaginary steps to both sides."""
        ahead, behind = (self.look(side * 1j * tiny) for side in (1, -1))
        return Sides(ahead.real, ahead.imag / tiny, -behind.imag / tiny)

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
    def rounding(self) -> np.ndarray:
        """How far rounding moves the column, terms that cancel inside a line included."""
        least = self.eps * np.abs(self.seen(0.0))
        try:
            tiny = 1j * self.tinies[0]
            moves = [self.shaky(tiny, seed) - self.look(tiny) for seed in range(SHAKES)]
        except Unfinished:
            return least
        return np.fmax(np.max(np.abs(np.real(moves)), axis=0) / SHAKEN, least)

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
            ours = self.imaginary(self.tinies[-1])
            bounds += [ours.left, ours.right]
        low, high = (
            np.where(found.kinked, f.reduce(bounds), found.left) for f in (np.fmin, np.fmax)
        )
        return Slopes(low, high, found.error)

    # -- do imaginary steps tell the truth? -----------------------------------------------------

    def agrees(self, ours: Sides) -> bool:
        """A quick look by small real steps: do they find the slopes that imaginary steps found?

        Where they do not, a longer step tells a bend, which grows with it, from a kink, which does
        not. Then the steps become smaller, and the difference must go on shrinking or be gone: a
        kink nearby. What stays is a kink at the point that imaginary steps miss.
        """
        close = CLOSE * ours.size
        try:
            off, noise = self.off(SMALL_STEP, ours)
            doubt = ~(off <= close + noise)
            if np.any(doubt):
                single = STRICTER if self.eps > EPS else 1  # a turn is lost in so few digits
                doubt &= ~(off <= close + single * self.noise(SMALL_STEP))
            if np.any(doubt):
                doubt &= ~self.bends(off, ours)
            for step in SMALLER_STEPS if np.any(doubt) else ():
                before, (off, noise) = off, self.off(step, ours)
                gone = np.fmax(off, np.fmax(noise, self.noise(step))) <= SHRINKS * before
                if np.any(doubt & ~gone):
                    return False
                doubt &= ~(off <= close + noise)
        except Unfinished:
            return False
        return True

    def noise(self, step: float) -> np.ndarray:
        """How far rounding leads a step astray, terms that cancel inside a line included."""
        return self.rounding / (step * self.reach)

    def bends(self, off: np.ndarray, ours: Sides) -> np.ndarray:
        """Where slopes change slowly along the line, on the scale of the whole column."""
        slowly = CLOSE * (np.max(ours.size) + np.max(np.abs(ours.base)) / self.reach)
        return np.asarray(
            (off <= slowly) & (off <= SHRINKS * self.off(LONGER * SMALL_STEP, ours)[0])
        )

    def off(self, step: float, ours: Sides) -> tuple[np.ndarray, np.ndarray]:
        """How far a small step finds other slopes than ours, and how far rounding leads it astray."""
        h = step * self.reach
        ahead, behind = self.seen(h), self.seen(-h)
        with np.errstate(all="ignore"):
            middle = (ahead - behind) / (2 * h) - (ours.right + ours.left) / 2
            gap = ((ahead - ours.base) - (ours.base - behind)) / (2 * h)
            turn = np.abs(gap - (ours.right - ours.left) / 2)
            curve = BEND * step * np.abs(ours.base) / self.reach
            noise = 8 * self.eps * np.fmax(np.abs(ahead), np.abs(behind)) / h
            off = np.maximum(np.abs(middle), STRICTER * (turn - curve - noise))  # nan if one is
        return np.where(np.isnan(off), np.inf, off), np.nan_to_num(noise)


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
