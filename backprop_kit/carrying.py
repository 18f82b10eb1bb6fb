"""Arrays that carry an imaginary step through NumPy, whatever code they are handed to.

The code under test is a black box, so nothing can be exchanged in it. Its parameters are: each is an
array that lets NumPy work on it as always, except where NumPy would drop the imaginary part (`abs`,
`var`, `norm`). There the same value is worked out another way; where none is known, the step is
given up, which is never wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_kit.moving import Unfinished, deviation, log1p, norm, size, variance

UFUNCS: dict[Any, Callable[..., Any]] = {
    np.absolute: size,
    np.fabs: size,
    np.sign: lambda x: np.sign(x.real),
    np.floor: lambda x: np.floor(x.real),
    np.ceil: lambda x: np.ceil(x.real),
    np.rint: lambda x: np.rint(x.real),
    np.conjugate: lambda x: x,
    np.log1p: log1p,
    np.hypot: lambda x, y: np.sqrt(x * x + y * y),
    np.logaddexp: lambda x, y: np.maximum(x, y) + log1p(np.exp(-size(x - y))),
    np.cbrt: lambda x: np.sign(x.real) * size(x) ** (1 / 3),
}
CHOICES = frozenset({np.maximum, np.minimum, np.fmax, np.fmin, np.conjugate, np.positive})


def plain_norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord not in (None, 2, "fro") or (ord == 2 and axis is None and np.ndim(x) != 1):
        raise Unfinished("this norm is no root of a sum of squares")
    return norm(x, None, axis, keepdims)


def given_up(*_: Any, **__: Any) -> Any:
    raise Unfinished("NumPy drops the imaginary part there")


FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.var: variance,
    np.std: deviation,
    np.linalg.norm: plain_norm,
    np.vdot: lambda a, b: np.dot(np.ravel(a), np.ravel(b)),
    np.real: lambda x: x,
}
DROPPING = (
    np.linalg.svd, np.linalg.eigh, np.linalg.eigvalsh, np.linalg.qr, np.linalg.cholesky,
    np.linalg.lstsq, np.linalg.pinv, np.linalg.cond, np.correlate, np.imag, np.angle, np.interp,
)  # fmt: skip
FUNCTIONS |= dict.fromkeys(DROPPING, given_up)


class Shaking:
    """Random errors of a relative size, for complex numbers on their way into an operation."""

    def __init__(self, seed: int, size: float) -> None:
        self.rng, self.size = np.random.default_rng(seed), size

    def __call__(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray) or value.dtype.kind != "c":
            return value
        moved = np.empty(value.shape, complex)
        moved.real = value.real * (1 + self.size * self.rng.standard_normal(value.shape))
        moved.imag = value.imag * (1 + self.size * self.rng.standard_normal(value.shape))
        return moved


class Carrying(np.ndarray):
    """A complex array with an imaginary step in it; with `shake`, one whose arithmetic shakes."""

    shake: Shaking | None
    __array_priority__ = 10.0  # what `X.dot(W)` makes is one too

    def __array_finalize__(self, other: Any) -> None:
        self.shake = getattr(other, "shake", None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        bare = tuple(map(without, inputs))
        if ufunc not in CHOICES and method != "at":
            bare = tuple(map(self.shaken, bare))
        out = kwargs.get("out")
        if out is not None:
            kwargs["out"] = tuple(map(without, out))
        other = UFUNCS.get(ufunc)
        if other is not None:
            if method != "__call__" or out is not None:
                raise Unfinished("NumPy drops the imaginary part there")
            result = other(*bare)
        else:
            result = getattr(ufunc, method)(*bare, **kwargs)
        return self.carried(result) if out is None else out[0]

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        other = FUNCTIONS.get(func)
        if other is None:
            return super().__array_function__(func, types, args, kwargs)
        return self.carried(other(*map(without, args), **kwargs))

    def carried(self, result: Any) -> Any:
        if isinstance(result, tuple):
            return tuple(map(self.carried, result))
        if isinstance(result, np.ndarray) and result.dtype.kind == "c":
            return carrying(result, self.shake)
        if isinstance(result, np.complexfloating):  # a number carries its step as an array does
            return carrying(np.asarray(result), self.shake)
        return result

    def __getitem__(self, key: Any) -> Any:
        return self.carried(super().__getitem__(key))

    def dot(self, other: Any, out: Any = None) -> Any:
        a, b = self.shaken(without(self)), self.shaken(without(other))
        return self.carried(np.dot(a, b, out))

    def shaken(self, value: Any) -> Any:
        return value if self.shake is None else self.shake(value)

    def var(self, axis: Any = None, **rest: Any) -> Any:  # type: ignore[override]
        return self.carried(variance(without(self), axis, **rest))

    def std(self, axis: Any = None, **rest: Any) -> Any:  # type: ignore[override]
        return self.carried(deviation(without(self), axis, **rest))


def carrying(array: np.ndarray, shake: Shaking | None = None) -> Carrying:
    disguised = array.view(Carrying)
    disguised.shake = shake
    return disguised


def without(value: Any) -> Any:
    """The array without its disguise."""
    return value.view(np.ndarray) if isinstance(value, Carrying) else value
