"""What NumPy's ways of turning, reshaping and copying arrays mean on wires."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_kit import array_gates
from backprop_kit.parts import TraceError, resolved
from backprop_kit.routes import (
    ATTRIBUTES,
    axes_of,
    shape_of,
    spelled,
    value_of,
)
from backprop_kit.wire import Wire

# ----- other shapes ---------------------------------------------------------------------------------


def turned(tape: Any, x: Any, axes: Any = None) -> Any:
    """The axes in another order: by default, turned round."""
    x = tape.as_operand(x)
    if axes is not None:
        axes = tuple(operator.index(a) % max(axes_of(x), 1) for a in axes)
    return tape.shown(tape.apply_with(array_gates.transpose, (x,), {"axes": axes}), x)


def order(function: Callable[..., Any], ndim: int, *args: Any) -> tuple[int, ...]:
    """Where each axis comes from: seen on an array whose axes all have lengths of their own."""
    lengths = np.broadcast_to(0.0, tuple(range(1, ndim + 1)))
    return tuple(n - 1 for n in function(lengths, *args).shape)


@spelled(np.transpose)
def transpose(tape: Any, x: Any, axes: Any = None) -> Any:
    """`np.transpose(x, axes)`."""
    return turned(tape, x, axes)


@spelled(method="transpose")
def transpose_method(tape: Any, x: Any, *axes: Any) -> Any:
    """`x.transpose()`, `x.transpose(1, 0)` and `x.transpose((1, 0))`."""
    return turned(tape, x, axes[0] if len(axes) == 1 and np.ndim(axes[0]) else axes or None)


@spelled(np.swapaxes, method="swapaxes")
def swapaxes(tape: Any, x: Any, axis1: Any, axis2: Any) -> Any:
    """Two axes change places."""
    return turned(tape, x, order(np.swapaxes, axes_of(x), axis1, axis2))


@spelled(np.moveaxis)
def moveaxis(tape: Any, x: Any, source: Any, destination: Any) -> Any:
    """Axes move to other places."""
    return turned(tape, x, order(np.moveaxis, axes_of(x), source, destination))


def reshaped(tape: Any, x: Any, shape: tuple[Any, ...]) -> Any:
    """The same numbers in rows of another length."""
    x = tape.as_operand(x)
    settings = {"shape": tuple(map(operator.index, shape))}
    return tape.shown(tape.apply_with(array_gates.reshape, (x,), settings), x)


@spelled(np.reshape)
def reshape(tape: Any, x: Any, shape: Any) -> Any:
    """`np.reshape(x, (2, 3))`."""
    return reshaped(tape, x, tuple(shape) if isinstance(shape, tuple | list) else (shape,))


@spelled(method="reshape")
def reshape_method(tape: Any, x: Any, *shape: Any) -> Any:
    """`x.reshape(2, 3)` and `x.reshape((2, 3))`."""
    return reshape(tape, x, shape[0] if len(shape) == 1 else shape)


@spelled(np.ravel, method="ravel")
def flat(tape: Any, x: Any) -> Any:
    """All elements in one row; a view only where they lie one behind the other."""
    x = tape.as_operand(x)
    made = tape.apply_with(array_gates.reshape, (x,), {"shape": (-1,)})
    made.value = np.ravel(value_of(x))
    return tape.shown(made, x, np.ravel)


def as_row(tape: Any, x: Any) -> Any:
    """All elements in one row, to be read."""
    x = tape.as_operand(x)
    return x if axes_of(x) == 1 else flat(tape, x)


@spelled(method="flatten")
def flatten(tape: Any, x: Any) -> Any:
    """All elements in one row, in an array of its own."""
    return reshaped(tape, tape.copied(x), (-1,))


@spelled(np.squeeze, method="squeeze")
def squeeze(tape: Any, x: Any, axis: Any = None) -> Any:
    """Without the axes of length 1."""
    x = tape.as_operand(x)
    return reshaped(tape, x, np.squeeze(np.broadcast_to(0.0, shape_of(x)), axis).shape)


@spelled(np.expand_dims)
def expand_dims(tape: Any, x: Any, axis: Any) -> Any:
    """With one more axis of length 1."""
    x = tape.as_operand(x)
    return reshaped(tape, x, np.expand_dims(np.broadcast_to(0.0, shape_of(x)), axis).shape)


@spelled(np.atleast_1d)
def atleast_1d(tape: Any, x: Any) -> Any:
    """At least one axis."""
    return at_least(1, tape, x)


@spelled(np.atleast_2d)
def atleast_2d(tape: Any, x: Any) -> Any:
    """At least two axes."""
    return at_least(2, tape, x)


def at_least(ndim: int, tape: Any, part: Any, column: bool = False) -> Any:
    """A part with at least so many axes, as `vstack` and its kin read it."""
    part, shape = tape.as_operand(part), shape_of(part)
    if len(shape) >= ndim:
        return part
    ones = (1,) * (ndim - len(shape))
    return reshaped(tape, part, (*shape, *ones) if column and shape else (*ones, *shape))


@spelled(method="item")
def item(tape: Any, x: Any) -> Any:
    """The one number of an array with one element."""
    return reshaped(tape, x, ())


ATTRIBUTES["T"] = lambda wire: turned(wire.tape, wire)


# ----- repeated, copied, of another type --------------------------------------------------------------


@spelled(np.broadcast_to)
def broadcast_to(tape: Any, x: Any, shape: Any) -> Any:
    """Repeated to fill a shape; NumPy makes it a view that cannot be stored into."""
    x, shape = tape.as_operand(x), resolved(shape)
    settings = {"shape": shape if isinstance(shape, tuple) else (operator.index(shape),)}
    made = tape.apply_with(array_gates.broadcast_to, (x,), settings)
    return tape.shown(made, x)


@spelled(np.full)
def full(tape: Any, shape: Any, fill_value: Any) -> Any:
    """An array with one value everywhere, which may be on a wire."""
    shape = resolved(shape)
    if type(fill_value) is not Wire:
        return tape.constant(np.full(shape, fill_value))
    made = broadcast_to(tape, fill_value, shape)
    return tape.copied(made) if axes_of(fill_value) else owned(made)


@spelled(np.full_like)
def full_like(tape: Any, x: Any, fill_value: Any) -> Any:
    """As `np.full`, with the shape of another array."""
    x = value_of(tape.as_operand(x))
    if type(fill_value) is not Wire:
        return tape.constant(np.full_like(x, fill_value))
    if np.asarray(x).dtype.kind != "f":
        raise TraceError(
            "`np.full_like` of an array of whole numbers cuts decimals off; use `np.full`"
        )
    return full(tape, np.shape(x), fill_value)


def owned(wire: Any) -> Any:
    """The wire, its array its own."""
    wire.value = np.array(wire.value)
    return wire


@spelled(np.copy)
def copy(tape: Any, x: Any) -> Any:
    """An array of its own with the same numbers."""
    return tape.copied(tape.as_operand(x))


@spelled(method="copy")
def copy_method(tape: Any, x: Any) -> Any:
    """The same, laid out row by row."""
    made = tape.copied(x)
    if axes_of(made):
        made.value = np.ascontiguousarray(made.value)
    return made


@spelled(method="astype")
def astype(tape: Any, x: Any, dtype: Any, copy: bool = True) -> Any:
    """The same numbers as floats; whole numbers and masks, which carry no gradient, as anything."""
    wanted, value = np.dtype(dtype), np.asarray(value_of(x))
    if not copy and value.dtype == wanted:
        return x
    if wanted.kind == "f":
        return tape.apply_with(array_gates.astype, (x,), {"dtype": wanted.name})
    if wanted.kind == "c":
        raise TraceError("complex numbers are made here, and circuits carry real ones")
    if value.dtype.kind == "f":
        raise TraceError(
            f"`.astype({wanted})` makes whole numbers or truth values, and no gradient flows through "
            "those; compute with the floats, or compare as in `x > 0`"
        )
    return np.asarray(resolved(x)).astype(wanted)
