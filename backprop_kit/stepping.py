"""A function of many parameters as a function of one step: how fast its output moves along a direction.

All parameters lie end to end in one flat array, and a direction is a flat array of the same length.
An imaginary step along it gives the slope to all digits in one evaluation. It is held against small
real steps once, and where the two disagree, or it cannot be taken, real steps do the measuring.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backprop_kit.carrying import Shaking, carrying, without
from backprop_kit.given import as_float
from backprop_kit.moving import Unfinished, copied, moved_by
from backprop_kit.plain import numbers
from backprop_kit.slopes import EPS, slopes

TINY = 1e-30  # an imaginary step, in units of the size of a parameter
STEPS = (1e-6, 3e-8, 1e-9)  # real steps against which it is held
GUARD = 1e-8  # so well they must agree, next to rounding
VANISHING, BENT = 0.01, 1e-5  # a difference that is curvature shrinks so much, and is then so small
CLOSELY = 1e-5  # a real step, where real steps do the measuring
SHAKES, SHAKEN = 2, 1e-12  # evaluations in shaking arithmetic, and by how much it shakes


@dataclass(frozen=True)
class Slope:
    """How fast the output moves along a direction, and how far off that may be."""

    value: float
    error: float = 0.0


@dataclass
class Landscape:
    """`function(params)` near the point that `params` are, as one number: the sum of upstream x output.

    `names` are the parameters that are moved, in the order in which they lie in a flat array.
    `watch(evaluations)` is told of every evaluation.
    """

    function: Callable[[dict[str, Any]], Any]
    params: Mapping[str, Any]
    names: Sequence[str]
    upstream: np.ndarray | float
    watch: Callable[[int], None] = lambda count: None
    evaluations: int = 0
    imaginary: bool = True  # whether imaginary steps are trusted
    single: bool = False  # whether float32 has a hand in it
    base: float = 0.0
    size: float = 0.0  # of the terms that make up the number
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    cuts: dict[str, slice] = field(default_factory=dict)

    def __post_init__(self) -> None:
        at = 0
        self.arrays = {name: as_floats(self.params[name]) for name in self.names}
        for name, array in self.arrays.items():
            self.shapes[name] = array.shape
            self.cuts[name] = slice(at, at + array.size)
            at += array.size
        self.count = at
        self.sizes = np.empty(at)
        for name, cut in self.cuts.items():
            self.sizes[cut] = size_of(self.arrays[name])

    def own_sizes(self) -> np.ndarray:
        """The size of each element; where it is zero or steps would be as long, that of its parameter."""
        values = np.concatenate([np.ravel(self.arrays[name]) for name in self.names])
        least = 0.0 if self.imaginary else 1e-2
        own = np.maximum(np.abs(values), least * self.sizes)
        return np.where(own == 0.0, self.sizes, own)

    # -- evaluating -----------------------------------------------------------------------------

    def moved(self, step: np.ndarray, shake: Shaking | None = None) -> dict[str, Any]:
        """The parameters after a step; those that are not moved are copied."""
        params = {name: copied(v) for name, v in self.params.items() if name not in self.cuts}
        for name, cut in self.cuts.items():
            value, part = self.params[name], step[cut].reshape(self.shapes[name])
            if not isinstance(value, np.ndarray | np.generic):
                params[name] = moved_by(as_float(value), part)
                continue
            array = self.arrays[name] + part
            imaginary = array.dtype.kind == "c"
            params[name] = carrying(array, shake) if imaginary else array
        return {name: params[name] for name in self.params}

    def output(self, params: dict[str, Any]) -> Any:
        """What the function gives, evaluated once more."""
        self.evaluations += 1
        self.watch(self.evaluations)
        return self.function(params)

    def number(self, step: np.ndarray, shake: Shaking | None = None) -> Any:
        """The output after a step, as one number; raises `Unfinished` where there is none."""
        try:
            output = without(self.output(self.moved(step, shake)))
            if isinstance(output, list | tuple):
                output = np.array(output)
            total = np.sum(self.upstream * output)
        except Exception as error:  # a step may lead anywhere
            raise Unfinished(str(error)) from error
        return total

    def height(self, step: np.ndarray) -> float:
        """The output after a real step, nan where there is none."""
        with contextlib.suppress(Unfinished, TypeError, ValueError):
            return float(self.number(step))
        return math.nan

    # -- slopes by imaginary steps --------------------------------------------------------------

    def tip(
        self, z: np.ndarray, shift: np.ndarray | None = None, shake: Shaking | None = None
    ) -> complex:
        """The output after an imaginary step, its imaginary part made a slope."""
        step = 1j * TINY * z
        found = self.number(step if shift is None else shift + step, shake)
        if not np.iscomplexobj(found) or not np.isfinite(found):
            raise Unfinished("the imaginary part was lost on the way")
        return complex(found.real, found.imag / TINY)

    def terms(self, z: np.ndarray) -> float:
        """The size of the terms that a slope is made of: how far it moves in arithmetic that shakes."""
        plain, found = self.tip(z).imag, 0.0
        for seed in range(SHAKES):
            with contextlib.suppress(Unfinished):
                found = max(found, abs(self.tip(z, shake=Shaking(seed, SHAKEN)).imag - plain))
        return found / SHAKEN

    def confirms(self, z: np.ndarray, slope: float, scale: float) -> bool:
        """Whether small real steps find the slope that an imaginary step found.

        Near a kink, or where the slope changes fast, they find it once they are small enough; where
        the imaginary part was lost on the way they come no nearer.
        """
        reach, before = self.reach(z), 0.0
        for step in STEPS:
            h = step * reach
            ahead, behind = self.height(h * z), self.height(-h * z)
            if ahead == behind == self.base and abs(slope) * h <= self.eps * np.sum(
                np.abs(self.upstream)
            ):
                return True  # too little to be seen beside numbers of the size of 1
            noise = self.eps * max(self.size, abs(ahead), abs(behind)) / h
            off = abs((ahead - behind) / (2 * h) - slope)
            sides = abs(ahead - 2 * self.base + behind) / (2 * h)  # at a kink they are apart
            if off <= GUARD * scale + 16 * noise or off <= (1 + GUARD) * self.turned(
                z, slope, sides, scale
            ):
                return True
            if off <= VANISHING * before and off <= BENT * scale:
                return True
            before = off
        return False

    def turned(self, z: np.ndarray, slope: float, sides: float, scale: float) -> float:
        """How far the mean of both sides is from the side that was measured, if the point is a kink."""
        if sides <= 1e-4 * scale:
            return 0.0
        with contextlib.suppress(Unfinished):
            half = abs(slope + self.tip(-z).imag) / 2
            return half if abs(half - sides) <= 1e-3 * (half + sides) else 0.0
        return 0.0

    @property
    def eps(self) -> float:
        return float(np.finfo(np.float32).eps) if self.single else EPS

    def reach(self, z: np.ndarray) -> float:
        """How many times the direction makes a step of the size of a parameter."""
        return 1.0 / (float(np.max(np.abs(z) / self.sizes, initial=0.0)) or 1.0)

    # -- slopes, by what can be trusted -----------------------------------------------------------

    def along(self, z: np.ndarray) -> Slope:
        """The slope along a direction, to the right of the point."""
        if self.imaginary:
            return Slope(self.tip(z).imag)
        if self.coarse:
            left, right, error = self.both(z)
            return Slope((left + right) / 2, error)
        return self.closely(z)

    def closely(
        self, z: np.ndarray, shift: np.ndarray | float = 0.0, step: float = CLOSELY
    ) -> Slope:
        """The slope by real steps to both sides, of two lengths."""
        h = step * self.reach(z)
        far, near = (
            (self.height(shift + s * z) - self.height(shift - s * z)) / (2 * s) for s in (h, h / 4)
        )
        found = (16 * near - far) / 15
        return Slope(found, abs(near - far) + 16 * self.eps * self.size / h)

    def nearby(self, z: np.ndarray, shift: np.ndarray) -> Slope:
        """The slope at a point a little aside."""
        if self.imaginary:
            return Slope(self.tip(z, shift).imag)
        return self.closely(z, shift, CLOSELY / 10)

    def both(self, z: np.ndarray) -> tuple[float, float, float]:
        """The slopes to the left and to the right, and how far off they may be."""
        if self.imaginary:
            return -self.tip(-z).imag, self.tip(z).imag, 0.0
        found = slopes(lambda t: self.height(t * z), self.reach(z), self.eps * self.size)
        return float(found.left), float(found.right), float(found.error)

    @property
    def coarse(self) -> bool:
        """Whether slopes can only be seen over long steps, so that sides of a kink are not told apart."""
        return self.single and not self.imaginary

    @property
    def aside(self) -> float:
        """How far aside is a little, in units of the size of a parameter."""
        return 1e-9 if self.imaginary else 1e-3

    @property
    def far(self) -> float:
        """How far aside is enough to undo a kink that others stand near."""
        return 1e-6 if self.imaginary else 1e-2

    @property
    def blur(self) -> float:
        """How much slopes a little aside may differ from those at the point, if there is no kink."""
        return 1e-6 if self.imaginary else 3e-2


def size_of(array: np.ndarray) -> float:
    return float(np.max(np.abs(array), initial=0.0)) or 1.0


def as_floats(value: Any) -> np.ndarray:
    """A parameter as an array of float64, in which steps of any size can be taken."""
    array = numbers(value)
    assert array is not None  # looked at before
    return np.asarray(array, dtype=float)
