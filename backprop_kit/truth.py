"""What was measured, as plain data: how the output and each later stage move with each name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np

from backprop_kit.plain import from_json, to_json


@dataclass(frozen=True)
class Interval:
    """Bounds of slopes; `low` equals `high` where the function is smooth."""

    low: np.ndarray
    high: np.ndarray
    error: np.ndarray | float = 0.0  # how far off the measurement may be

    @property
    def middle(self) -> np.ndarray:
        return np.asarray((self.low + self.high) / 2)

    @property
    def size(self) -> np.ndarray:
        low = np.abs(self.low)
        return np.asarray(low if self.smooth else np.maximum(low, np.abs(self.high)))

    def part(self, columns: slice, shape: tuple[int, ...]) -> Interval:
        """Some columns of rows, each row in a shape of its own."""
        low = high = self.low[:, columns].reshape(-1, *shape)
        if not self.smooth:
            high = self.high[:, columns].reshape(-1, *shape)
        return Interval(low, high, np.asarray(self.error)[:, columns].reshape(-1, *shape))

    @property
    def smooth(self) -> bool:
        """Whether both bounds are one array, as they are where no kink was looked for."""
        return self.low is self.high


@dataclass(frozen=True)
class Nudged:
    """What moves when one name, or several together, are moved along each of K directions.

    `directions[name]` has shape (K, *shape of name); `total` bounds the slopes of the output, and
    `effects[stage]` those of a held stage, of shape (K, *shape of stage). With `each`, there is one
    name and the directions are its elements, one by one.
    """

    directions: Mapping[str, np.ndarray]
    total: Interval
    effects: Mapping[str, Interval]
    each: bool

    @cached_property
    def kinked(self) -> np.ndarray:
        """Which directions meet a kink, in the output or in a stage."""
        found = self.total.low != self.total.high
        for effect in self.effects.values():
            found = found | (effect.low != effect.high).reshape(len(found), -1).any(axis=1)
        return np.asarray(found)


@dataclass(frozen=True)
class Expected:
    """What the gradient must give along each direction, and the size of the terms it is made of."""

    slope: Interval
    scale: np.ndarray
    rounding: np.ndarray  # the same sizes added up all the way from the output, signs forgotten


@dataclass(frozen=True)
class Truth:
    """How the output moves with each name, at one point: plain data, as a recording is."""

    output: str
    upstream: Any
    values: Mapping[str, Any]
    names: Mapping[str, Nudged] = field(default_factory=dict)
    joints: tuple[Nudged, ...] = ()
    expected: Mapping[str, Expected] = field(default_factory=dict)
    joint_expected: tuple[Expected, ...] = ()
    precision: str = "float64"

    def gradient(self, name: str) -> Interval | None:
        """The gradient on `name` with its own shape; None if its elements were not nudged."""
        if name == self.output:
            upstream = np.asarray(self.upstream, dtype=float)
            return Interval(upstream, upstream)
        nudged = self.names.get(name)
        if nudged is None or not nudged.each:
            return None
        shape = nudged.directions[name].shape[1:]
        slope = self.expected[name].slope
        return Interval(slope.low.reshape(shape), slope.high.reshape(shape))

    def to_json(self) -> Any:
        """The truth as a structure for `json.dumps`."""
        return to_json(flat(self))

    @staticmethod
    def from_json(data: Any) -> Truth:
        """Read back what `to_json` gave."""
        parts = from_json(data)
        parts["names"] = {k: nudged_from(v) for k, v in parts["names"].items()}
        parts["joints"] = tuple(nudged_from(v) for v in parts["joints"])
        parts["expected"] = {k: expected_from(v) for k, v in parts["expected"].items()}
        parts["joint_expected"] = tuple(expected_from(v) for v in parts["joint_expected"])
        return Truth(**parts)


def flat(value: Any) -> Any:
    """Dataclasses as dicts, all the way down."""
    if isinstance(value, Truth | Nudged | Interval | Expected):
        return {f.name: flat(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {k: flat(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(flat(v) for v in value)
    return value


def nudged_from(parts: dict[str, Any]) -> Nudged:
    effects = {k: Interval(**v) for k, v in parts["effects"].items()}
    return Nudged(**{**parts, "total": Interval(**parts["total"]), "effects": effects})


def expected_from(parts: dict[str, Any]) -> Expected:
    return Expected(Interval(**parts["slope"]), parts["scale"], parts["rounding"])


@dataclass(frozen=True)
class Known:
    """The gradient on a stage, as far as it is known: in full or, with no slope, not at all."""

    slope: Interval | None
    size: np.ndarray | float
    rounding: np.ndarray | float

    @staticmethod
    def exactly(gradient: np.ndarray) -> Known:
        return Known(Interval(gradient, gradient), np.abs(gradient), np.abs(gradient))


def gather(nudged: Nudged, gradients: Mapping[str, Known]) -> Expected:
    """Sum over the stages of (how the stage moves) x (the gradient on it), for each direction.

    The scale is the sum of the sizes of the terms; along random directions, their root sum of
    squares. Where a gradient is not known in full, the slope is that of the output as a whole.
    """
    scale, rounding = scales(nudged, gradients)
    known = {stage: gradients[stage] for stage in nudged.effects if stage in gradients}
    if any(gradient.slope is None for gradient in known.values()):
        return Expected(nudged.total, scale, rounding)
    low, high, error = (np.zeros(len(nudged.total.low)) for _ in range(3))
    for stage, gradient in known.items():
        effect = nudged.effects[stage]
        assert gradient.slope is not None  # looked at above
        least, most = products(effect, gradient.slope)
        low += total(least)
        high += total(most)
        error += total(np.asarray(effect.error * gradient.size))
    return Expected(Interval(low, high, error), scale, rounding)


def products(a: Interval, b: Interval) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest product of numbers within the bounds, element by element."""
    if a.smooth and b.smooth:
        product = np.asarray(a.low * b.low)
        return product, product
    corners = [e * g for e in (a.low, a.high) for g in (b.low, b.high)]
    return np.min(corners, axis=0), np.max(corners, axis=0)


def scales(nudged: Nudged, gradients: Mapping[str, Known]) -> tuple[np.ndarray, np.ndarray]:
    """The sizes of the terms that `gather` adds, and what rounding they have gathered on the way."""
    scale, rounding = (np.zeros(len(nudged.total.low)) for _ in range(2))
    for stage, effect in nudged.effects.items():
        if stage in gradients:
            size, gradient = effect.size, gradients[stage]
            scale += terms(size * gradient.size, nudged.each)
            rounding += terms(size * gradient.rounding, nudged.each)
    return scale, rounding


def terms(sizes: np.ndarray, each: bool) -> np.ndarray:
    """The sizes of the terms of each direction, added up."""
    return total(sizes) if each else np.sqrt(total(sizes**2))


def total(values: np.ndarray) -> np.ndarray:
    """Sum everything but the first axis."""
    return np.asarray(values.reshape(len(values), -1).sum(axis=1))
