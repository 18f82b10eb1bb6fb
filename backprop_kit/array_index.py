"""Functions of NumPy that take elements by their places: each is an index, or a store, in disguise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_kit import array_gates, gates
from backprop_kit.parts import TraceError, resolved
from backprop_kit.routes import NUMPY, Route, axes_of, shape_of, spelled, value_of
from backprop_kit.wire import Wire


def places(x: Any) -> np.ndarray:
    """The number of each element, in the shape of the array; what is done to it is an index into x."""
    shape = shape_of(x)
    return np.arange(np.size(value_of(x))).reshape(shape)


def taken(function: Callable[..., Any]) -> Route:
    """A function that only picks elements, some perhaps several times."""

    def route(tape: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        x = tape.as_operand(x)
        args, kwargs = resolved(args), {name: resolved(v) for name, v in kwargs.items()}
        tape.read_anew((x,))

        def look(value: Any) -> Any:
            return function(np.asarray(value), *args, **kwargs)

        numbers = look(places(x))
        if isinstance(numbers, list):
            ways = [lambda value, k=k: look(value)[k] for k in range(len(numbers))]
            return [picked(tape, x, n, way) for n, way in zip(numbers, ways, strict=True)]
        return picked(tape, x, numbers, look)

    return route


def picked(tape: Any, x: Any, numbers: Any, look: Callable[[Any], Any]) -> Any:
    """The elements with these numbers; `look` is how NumPy takes them, in a view of the array perhaps."""
    index = np.unravel_index(np.asarray(numbers), shape_of(x))
    wire = tape.apply_with(array_gates.getitem, (x,), {"index": index})
    found = look(value_of(x))
    if isinstance(found, np.ndarray) and found.ndim:
        wire.value = found
        tape.shown(wire, x, look)
    return wire


for _function in (
    np.flip, np.fliplr, np.flipud, np.roll, np.repeat, np.tile, np.rot90, np.diagonal, np.split,
    np.array_split, np.take, np.take_along_axis, np.delete,
):  # fmt: skip
    spelled(_function)(taken(_function))
for _name in ("repeat", "diagonal", "take"):
    spelled(method=_name)(taken(getattr(np, _name)))


@spelled(np.diff)
def diff(tape: Any, x: Any, n: int = 1, axis: int = -1) -> Any:
    """The step from each element to the next."""
    x = tape.as_operand(x)
    for _ in range(n):
        ahead = (slice(None),) * (axis % axes_of(x))
        x = x[(*ahead, slice(1, None))] - x[(*ahead, slice(None, -1))]
    return x


@spelled(np.trace, method="trace")
def trace_of(tape: Any, x: Any, offset: int = 0) -> Any:
    """The sum of the diagonal."""
    return NUMPY[np.diagonal](tape, x, offset).sum()


@spelled(np.pad)
def pad(tape: Any, x: Any, pad_width: Any, mode: Any = "constant", **others: Any) -> Any:
    """The array in the middle of a larger one."""
    x, pad_width = tape.as_operand(x), resolved(pad_width)
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        return taken(np.pad)(tape, x, pad_width, mode=mode, **others)
    if mode != "constant" or axes_of(x) == 0 or any(type(v) is Wire for v in others.values()):
        raise TraceError(
            "`np.pad` in this way has no gate; pad with plain numbers, or with `mode='edge'`, "
            "`'reflect'`, `'symmetric'` or `'wrap'`"
        )
    numbers = np.pad(places(x), pad_width, constant_values=-1)
    around: np.ndarray = np.pad(np.zeros(shape_of(x)), pad_width, **others)
    if not numbers.size or np.max(numbers) < 0:
        return tape.apply(gates.add, around, 0.0)
    index = tuple(map(stretch, np.nonzero(numbers >= 0), around.shape))
    return tape.apply_with(array_gates.setitem, (around, x), {"index": index})


def stretch(numbers: np.ndarray, length: int) -> slice:
    """The slice from the first to the last of these numbers: all of an axis is `:`."""
    first, last = int(numbers.min()), int(numbers.max()) + 1
    return slice(None) if (first, last) == (0, length) else slice(first, last)


def kept_half(function: Any) -> None:
    """`np.tril` and `np.triu`: the other half becomes zero."""

    def route(tape: Any, x: Any, k: int = 0) -> Any:
        x = tape.as_operand(x)
        half = function(np.ones(shape_of(x), dtype=bool), k)
        return tape.apply(array_gates.where, half, x, 0)

    NUMPY[function] = route


kept_half(np.tril)
kept_half(np.triu)
