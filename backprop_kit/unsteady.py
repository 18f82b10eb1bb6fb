"""Arithmetic in which every number read is some units in the last place off.

Where terms cancel, as in the sum of a softmax, what is left of a slope is rounding, and how much
that can be is not to be seen from the result. So the imaginary step is taken again with numbers
that shake: each complex number that enters an operation is first moved, at random, by far more
than rounding would. What the slope moves by then is well above what rounding does to it.

Choices (`max`, comparisons, `sort`) look at the numbers as they are.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from backprop_kit.moving import TINY, Forward, Move, Moved, unseen
from backprop_kit.recorder import record
from backprop_kit.recording import Recording
from backprop_kit.staged import staged
from backprop_kit.truth import Truth, total

ULPS = 32  # far more than a few roundings, far less than any slip
CHOICES = frozenset({np.maximum, np.minimum, np.fmax, np.fmin, np.conjugate, np.positive})
PRODUCTS = frozenset({np.dot, np.vdot, np.inner, np.outer, np.tensordot, np.einsum, np.kron})


class Shake:
    """Random errors, of a size relative to the number, drawn from a seed."""

    def __init__(self, seed: int, size: float) -> None:
        self.rng = np.random.default_rng(seed)
        self.size = size

    def of(self, value: Any) -> Any:
        """A complex number or array, moved; anything else as it is. Both without their disguise."""
        if isinstance(value, np.ndarray):
            plain = as_it_is(value)
            return self.array(plain) if value.dtype.kind == "c" else plain
        if isinstance(value, complex):
            real, imag = 1 + self.size * self.rng.standard_normal(2)
            return complex(value.real * real, value.imag * imag)
        if type(value) in (list, tuple):
            return type(value)(map(self.of, value))
        return value

    def array(self, value: np.ndarray) -> np.ndarray:
        moved = np.empty(value.shape, complex)
        moved.real = value.real * (1 + self.size * self.rng.standard_normal(value.shape))
        moved.imag = value.imag * (1 + self.size * self.rng.standard_normal(value.shape))
        return moved

    def on(self, value: Any) -> Any:
        """Complex numbers and arrays in the disguise of such as shake; anything else as it is."""
        if isinstance(value, np.ndarray) and value.dtype.kind == "c":
            shaking = value.view(ShakingArray)
            shaking.shake = self
            return shaking
        if isinstance(value, complex):
            return Shaking.made(complex(value), self)
        return type(value)(map(self.on, value)) if type(value) in (list, tuple) else value


def as_it_is(value: Any) -> Any:
    """A value without its disguise."""
    if isinstance(value, ShakingArray):
        return value.view(np.ndarray)
    return complex(value) if isinstance(value, Shaking) else value


class Shakes:
    """What shaking numbers and arrays have in common: NumPy's functions, shaken."""

    shake: Shake

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        shaken = as_it_is if ufunc in CHOICES else self.shake.of
        first, *rest = inputs
        first = as_it_is(first) if method == "at" else shaken(first)
        out = kwargs.pop("out", None)
        if out is not None:
            kwargs["out"] = tuple(map(as_it_is, out))
        with np.errstate(all="ignore"):
            result = getattr(ufunc, method)(first, *map(shaken, rest), **kwargs)
        return self.shake.on(result) if out is None else out[0]


class ShakingArray(Shakes, np.ndarray):
    """A complex array that is off by some ulps in every operation."""

    def __array_finalize__(self, other: Any) -> None:
        self.shake = getattr(other, "shake", None)  # type: ignore[assignment]

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func in PRODUCTS:
            args = self.shake.of(args)
        return self.shake.on(super().__array_function__(func, types, args, kwargs))

    def dot(self, other: Any, out: Any = None) -> Any:
        return self.shake.on(np.dot(self.shake.of(self), self.shake.of(other), out))


class Shaking(Shakes, Moved):
    """A complex number that is off by some ulps in every operation."""

    @staticmethod
    def made(value: complex, shake: Shake) -> Shaking:
        number = Shaking(value)
        number.shake = shake
        return number

    def __neg__(self) -> Shaking:
        return Shaking.made(-complex(self), self.shake)


def shakily(operation: str) -> Callable[..., Any]:
    plain = getattr(complex, operation)

    def operate(self: Shaking, *others: Any) -> Any:
        return self.shake.on(plain(self.shake.of(self), *map(self.shake.of, others)))

    return operate


for _operation in ("add", "sub", "mul", "truediv", "pow"):
    setattr(Shaking, f"__{_operation}__", shakily(f"__{_operation}__"))
    setattr(Shaking, f"__r{_operation}__", shakily(f"__r{_operation}__"))


class UnsteadyMove(Move):
    """A run with moved names in which all arithmetic shakes; the same each time for one seed."""

    def __init__(self, seed: int, size: float, *rest: Any) -> None:
        super().__init__(*rest)
        self.shake = Shake(seed, size)

    def reached(self, name: str, value: Any) -> Any:
        return self.shake.on(super().reached(name, value))

    def call(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if getattr(fn, "__module__", "") == "math":
            args = self.shake.of(args)
        return self.shake.on(super().call(fn, *args, **kwargs))


def unsteady(point: Forward, seed: int) -> Forward:
    """The same forward pass in arithmetic that shakes."""
    shaking = copy.copy(point)
    shaking.mover = partial(UnsteadyMove, seed, ULPS * point.eps)
    return shaking


def shaken(
    forward: Any,
    inputs: Mapping[str, Any],
    truth: Truth,
    directions: Mapping[str, np.ndarray],
    *,
    seed: int,
    recording: Recording | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The slopes along each direction by plain arithmetic and by such as shakes, and how far the output moves.

    `truth` is what was measured at `inputs`. Raises `Unfinished` where no imaginary step can be
    taken: rounding is then part of the error that was measured.
    """
    function = staged(forward, inputs)
    recording = recording or record(function, inputs, output=truth.output, quiet=True)
    given = {n: v for n, v in inputs.items() if function.receives(n)}
    point = Forward(function, recording, given)
    with unseen():
        plain, moved = (
            np.array([on_output(p, truth, step) for step in each_of(directions)])
            for p in (point, unsteady(point, seed))
        )
    with np.errstate(all="ignore"):
        outputs = total(np.abs(np.real(moved - plain)))
        return total(np.imag(plain)) / TINY, total(np.imag(moved)) / TINY, outputs


def on_output(point: Forward, truth: Truth, step: Mapping[str, np.ndarray]) -> np.ndarray:
    """The output after an imaginary step, times the gradient on it."""
    return np.asarray(truth.upstream * point.run(point.unseen(step), {})[truth.output])


def each_of(directions: Mapping[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    for k in range(len(next(iter(directions.values())))):
        yield {name: steps[k] for name, steps in directions.items()}
