"""What a wrong array is, if the right one follows from it: turned, negated, unsummed, off by a factor.

Each guess is held against a slope along a random direction, which no wrong guess survives.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from backprop_kit.bisecting import CLOSE, CLOSE_SINGLE
from backprop_kit.stepping import Slope

NICE = 1000  # a factor is a whole number up to here, or one by such a number


@dataclass(frozen=True)
class Guess:
    """A label, the array as it should have been if that is known, and the factor it is off by."""

    label: str
    right: np.ndarray | None = None
    factor: float | None = None


@dataclass(frozen=True)
class Wanted:
    """What is known of the right array: its shape, and its slope along directions of that shape."""

    shape: tuple[int, ...]
    slope: Callable[[np.ndarray], Slope]
    directions: Sequence[np.ndarray]  # random ones, each measured at most once
    measured: list[Slope]
    single: bool = False
    lengths: frozenset[int] = frozenset()  # numbers of examples, as far as they are to be seen

    def is_it(self, array: np.ndarray) -> bool:
        """Whether an array gives the measured slopes."""
        return all(self.agrees(array, k) for k in range(len(self.directions)))

    def agrees(self, array: np.ndarray, k: int) -> bool:
        if k == len(self.measured):
            self.measured.append(self.slope(self.directions[k]))
        slope, z = self.measured[k], self.directions[k]
        scale = max(float(np.linalg.norm(array * z)), abs(slope.value))
        close = CLOSE_SINGLE if self.single else CLOSE
        off = abs(float(np.sum(array * z)) - slope.value)
        return scale > 0 and off <= close * scale + 10 * slope.error and slope.error < 1e-3 * scale


def guess(yours: np.ndarray, wanted: Wanted) -> Guess:
    """The first guess that fits, or the label "unknown"; "wrong_shape" where that is all there is to say."""
    if yours.shape != wanted.shape:
        found = next(
            (g for g in reshaped(yours, wanted) if wanted.is_it(as_shape(g, wanted))), None
        )
        if found is not None:
            return found
        return Guess("wrong_sum_axis" if same_total(yours, wanted) else "wrong_shape")
    for other in candidates(yours, wanted):
        if other.right is not None and wanted.is_it(other.right):
            return other
    along = yours.ndim == 1 and len(yours) in wanted.lengths and same_total(yours, wanted)
    return Guess("wrong_sum_axis" if along else "unknown")


def as_shape(found: Guess, wanted: Wanted) -> np.ndarray:
    assert found.right is not None
    return found.right.reshape(wanted.shape)


# ----- the right shape -------------------------------------------------------------------------


def candidates(yours: np.ndarray, wanted: Wanted) -> Iterator[Guess]:
    """Right arrays that a slip would turn into this one."""
    yield Guess("wrong_sign", -yours, -1.0)
    for axes in itertools.permutations(range(yours.ndim)) if 2 <= yours.ndim <= 4 else ():
        if axes != tuple(range(yours.ndim)) and yours.transpose(axes).shape == yours.shape:
            yield Guess("missing_transpose", yours.transpose(axes))
    ratio = factor(yours, wanted)
    if ratio is not None:
        yield Guess(label_of(ratio, wanted.lengths), yours / ratio, ratio)


def factor(yours: np.ndarray, wanted: Wanted) -> float | None:
    """By what whole number, or what part of one, the array is too large."""
    claimed = float(np.sum(yours * wanted.directions[0]))
    slope = wanted.measured[0].value
    if not claimed or not slope or not math.isfinite(claimed / slope):
        return None
    ratio = claimed / slope
    for number in (ratio, 1 / ratio):
        whole = round(number)
        if 2 <= abs(whole) <= NICE and abs(number - whole) <= 1e-6 * abs(number):
            return float(whole) if number is ratio else 1.0 / whole
    return None


def label_of(ratio: float, lengths: frozenset[int]) -> str:
    """A factor that is the number of examples is theirs; a half is most often an exponent's."""
    number = round(max(abs(ratio), abs(1 / ratio)))
    if ratio > 0 and number in lengths:
        return "double_batch_scale"
    return "missing_power_factor" if ratio == 0.5 else "unknown"


# ----- another shape ---------------------------------------------------------------------------


def reshaped(yours: np.ndarray, wanted: Wanted) -> Iterator[Guess]:
    """The same numbers in the shape of the variable, or summed to it."""
    long = tuple(n for n in yours.shape if n != 1)
    if long == tuple(n for n in wanted.shape if n != 1):
        fewer = yours.ndim < len(wanted.shape)
        yield Guess("dropped_keepdims" if fewer else "extra_keepdims_shape", yours)
    elif yours.ndim > 1 and yours.T.shape == wanted.shape:
        yield Guess("missing_transpose", yours.T)
    else:
        for count in range(1, yours.ndim + 1):
            for axes in itertools.combinations(range(yours.ndim), count):
                summed = yours.sum(axis=axes)
                if summed.size == math.prod(wanted.shape):
                    yield Guess("missing_unbroadcast_sum", summed)


def same_total(yours: np.ndarray, wanted: Wanted) -> bool:
    """Whether all that comes back is there, in other places: it was summed over another axis."""
    slope = wanted.slope(np.ones(wanted.shape))
    total, sizes = float(np.sum(yours)), float(np.sum(np.abs(yours)))
    close = CLOSE_SINGLE if wanted.single else CLOSE
    return abs(total) > 1e-3 * sizes and abs(total - slope.value) <= close * sizes
