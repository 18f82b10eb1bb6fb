"""Functions of NumPy that take elements by their places: each is an index, or a store, in disguise."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_kit import array_gates, gates
from backprop_kit.wire import TraceError, Wire


def places(tape: Any, x: Any) -> np.ndarray:
    """The number of each element, in the shape of the array; what is done to it is an index into x."""
    shape = np.shape(x.value)
    return np.arange(np.size(x.value)).reshape(shape)


def taken(function: Any) -> Any:
    """A function that only picks elements, some perhaps several times."""

    def route(tape: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        x = tape.as_operand(x)
        chosen = function(places(tape, x), *args, **kwargs)
        if isinstance(chosen, list):
            return [tape.apply_with(array_gates.getitem, (x,), {"index": at(x, c)}) for c in chosen]
        return tape.apply_with(array_gates.getitem, (x,), {"index": at(x, chosen)})

    return route


def at(x: Any, chosen: Any) -> Any:
    """Elements by their numbers, as an index of the array."""
    return np.unravel_index(np.asarray(chosen), np.shape(x.value))


def take(tape: Any, x: Any, indices: Any, axis: Any = None) -> Any:
    """Elements by their places along an axis."""
    if axis is None:
        return taken(np.take)(tape, x, np.asarray(indices))
    where = (slice(None),) * (axis % len(x.shape))
    return x[(*where, indices)]


def diff(tape: Any, x: Any, n: int = 1, axis: int = -1) -> Any:
    """The step from each element to the next."""
    x = tape.as_operand(x)
    for _ in range(n):
        ahead = (slice(None),) * (axis % len(x.shape))
        x = x[(*ahead, slice(1, None))] - x[(*ahead, slice(None, -1))]
    return x


def trace_of(tape: Any, x: Any) -> Any:
    """The sum of the diagonal."""
    return taken(np.diagonal)(tape, x).sum()


def pad(tape: Any, x: Any, pad_width: Any, mode: str = "constant", **others: Any) -> Any:
    """The array in the middle of a larger one."""
    if mode != "constant":
        return taken(lambda numbers: np.pad(numbers, pad_width, mode=mode, **others))(tape, x)
    if isinstance(x.value, np.ndarray) and not any(type(v) is Wire for v in others.values()):
        numbers = np.pad(places(tape, x), pad_width, constant_values=-1)
        around = np.pad(np.zeros(x.shape), pad_width, **others)
        index = tuple(part.reshape(x.shape) for part in np.nonzero(numbers >= 0))
        return tape.apply_with(array_gates.setitem, (around, x), {"index": index})
    raise TraceError("`np.pad` with this `constant_values=` has no gate; pad with plain numbers")


PARTS = {
    np.flip: taken(np.flip), np.fliplr: taken(np.fliplr), np.flipud: taken(np.flipud),
    np.roll: taken(np.roll), np.repeat: taken(np.repeat), np.tile: taken(np.tile),
    np.rot90: taken(np.rot90), np.diagonal: taken(np.diagonal),
    np.split: taken(np.split), np.array_split: taken(np.array_split),
    np.take: take, np.diff: diff, np.trace: trace_of, np.pad: pad,
}  # fmt: skip


def kept(function: Any) -> Any:
    """`np.tril` and `np.triu`: the other half becomes zero."""

    def route(tape: Any, x: Any, k: int = 0) -> Any:
        x = tape.as_operand(x)
        return tape.apply(gates.mul, x, function(np.ones(np.shape(x.value)), k))

    return route


PARTS[np.tril], PARTS[np.triu] = kept(np.tril), kept(np.triu)
