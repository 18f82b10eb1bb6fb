"""What NumPy's choices, comparisons and questions about an array mean on wires."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from backprop_kit import array_gates, gates
from backprop_kit.masks import kind_of
from backprop_kit.parts import TraceError, exactly, resolved
from backprop_kit.refusals import NO_GATE
from backprop_kit.routes import ATTRIBUTES, METHODS, NUMPY, axes_of, shape_of, spelled, value_of
from backprop_kit.wire import Wire

# ----- chosen, element by element --------------------------------------------------------------------


@spelled(np.where)
def where(tape: Any, condition: Any, *choices: Any) -> Any:
    """One of two values, by a mask."""
    if len(choices) != 2:
        raise TraceError(
            "`np.where` with a condition alone gives places; use the mask itself, as in `x[x > 0]`"
        )
    return tape.apply(array_gates.where, *map(tape.as_operand, (condition, *choices)))


@spelled(np.clip, method="clip")
def clip(
    tape: Any, x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Any:
    """A max with the lower bound, then a min with the upper."""
    x = tape.as_operand(x)
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    if low is None and high is None:
        raise TraceError("`np.clip` without a bound leaves everything as it is; give it one")
    x = x if low is None else tape.apply(gates.maximum, x, tape.as_operand(low))
    return x if high is None else tape.apply(gates.minimum, x, tape.as_operand(high))


@spelled(np.square)
def square(tape: Any, x: Any) -> Any:
    """x**2."""
    return tape.apply(gates.power, tape.as_operand(x), 2)


@spelled(np.reciprocal)
def reciprocal(tape: Any, x: Any) -> Any:
    """1/x."""
    x = tape.as_operand(x)
    if kind_of(x) != "f":
        raise TraceError("`np.reciprocal` of whole numbers cuts decimals off; write `1 / x`")
    return tape.apply(gates.div, 1.0, x)


def mask_function(function: Any, sign: Any) -> None:
    """`np.logical_and(a, b)` is `a & b`, for masks."""

    def route(tape: Any, *masks: Any) -> Any:
        masks = tuple(tape.as_operand(m) for m in masks)
        if any(kind_of(m) != "b" for m in masks):
            raise TraceError(
                f"`np.{function.__name__}` takes masks here; compare first, as in `x != 0`"
            )
        return sign(*masks)

    NUMPY[function] = route


mask_function(np.logical_and, operator.and_)
mask_function(np.logical_or, operator.or_)
mask_function(np.logical_xor, operator.xor)
mask_function(np.logical_not, operator.invert)


@spelled(method="fill")
def fill(tape: Any, x: Any, value: Any) -> None:
    """One number is stored everywhere."""
    x[...] = value


@spelled(np.copyto)
def copyto(tape: Any, dst: Any, src: Any) -> None:
    """Everything is stored anew."""
    if type(dst) is not Wire:
        raise TraceError(f"`np.copyto` into a plain array {NO_GATE}")
    dst[...] = src


# ----- facts about an array, which no small nudge changes ----------------------------------------------

ATTRIBUTES |= {
    "shape": lambda wire: np.asarray(wire.value).shape,
    "ndim": lambda wire: np.asarray(wire.value).ndim,
    "size": lambda wire: np.asarray(wire.value).size,
    "dtype": lambda wire: np.asarray(wire.value).dtype,
}


@spelled(np.shape)
def shape(tape: Any, x: Any) -> Any:
    """The length of every axis."""
    return shape_of(tape.as_operand(x))


@spelled(np.ndim)
def ndim(tape: Any, x: Any) -> int:
    """How many axes there are."""
    return axes_of(tape.as_operand(x))


@spelled(np.size)
def size(tape: Any, x: Any, axis: Any = None) -> int:
    """How many elements there are."""
    lengths = shape_of(tape.as_operand(x))
    return math.prod(lengths) if axis is None else lengths[axis]


@spelled(np.isscalar)
def isscalar(tape: Any, x: Any) -> bool:
    """Whether this is a number and no array."""
    return axes_of(x) == 0


# ----- decisions: the circuit is true to them for as long as they stay -----------------------------------


def decision(function: Any, method: str | None = None) -> None:
    """A function that only chooses, or answers a question, by the elements of an array."""

    def route(tape: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        def answer(value: Any) -> Any:
            return function(value, *args, **kwargs)

        x = tape.as_operand(x)
        args, kwargs = resolved(args), {k: resolved(v) for k, v in kwargs.items()}
        if type(x) is Wire:
            tape.guard(x, lambda value: exactly(answer(value)))
        found = answer(value_of(x))
        return found.item() if isinstance(found, np.generic) else found

    spelled(function, method=method)(route)


for _function, _method in (
    (np.argmax, "argmax"), (np.argmin, "argmin"), (np.argsort, "argsort"), (np.any, "any"),
    (np.all, "all"), (np.count_nonzero, None), (np.flatnonzero, None), (np.isnan, None),
    (np.isfinite, None), (np.isinf, None),
):  # fmt: skip
    decision(_function, _method)


@spelled(np.array_equal)
def array_equal(tape: Any, a: Any, b: Any) -> bool:
    """Whether two arrays are one to the last digit."""
    a, b = tape.as_operand(a), tape.as_operand(b)
    return shape_of(a) == shape_of(b) and bool(NUMPY[np.all](tape, a == b))


@spelled(np.isclose)
def isclose(tape: Any, a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8) -> Any:
    """Which elements of two arrays are alike, up to rounding."""
    a, b = tape.as_operand(a), tape.as_operand(b)
    return tape.apply(gates.absolute, a - b) <= atol + rtol * tape.apply(gates.absolute, b)


@spelled(np.allclose)
def allclose(tape: Any, a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
    """Whether two arrays are alike, up to rounding."""
    return bool(NUMPY[np.all](tape, isclose(tape, a, b, rtol, atol)))


# ----- arrays that the code makes, told their shape by a wire -------------------------------------------


def likeness(function: Any) -> None:
    """`np.zeros_like(x)` asks for the shape of x alone."""

    def route(tape: Any, x: Any, dtype: Any = None) -> Any:
        return tape.constant(function(value_of(tape.as_operand(x)), dtype))

    NUMPY[function] = route


for _function in (np.zeros_like, np.ones_like):
    likeness(_function)
NUMPY[np.empty_like] = NUMPY[np.zeros_like]  # nothing is left to chance


@spelled(np.linspace)
def linspace(tape: Any, start: Any, stop: Any, num: Any = 50) -> Any:
    """Numbers at equal distances; how many may be told by a wire, the ends may not."""
    if type(start) is Wire or type(stop) is Wire:
        raise TraceError(f"`np.linspace` with an end that depends on an input {NO_GATE}")
    return tape.constant(np.linspace(start, stop, resolved(num)))


METHODS["nonzero"] = lambda tape, x: np.nonzero(resolved(x))
