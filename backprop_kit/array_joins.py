"""What NumPy's ways of joining numbers and arrays mean on wires."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_kit import array_gates
from backprop_kit.array_shapes import as_row, astype, at_least
from backprop_kit.parts import TraceError
from backprop_kit.routes import axes_of, shape_of, spelled
from backprop_kit.wire import Wire


@spelled(np.array)
def array(tape: Any, values: Any, dtype: Any = None) -> Any:
    """A list of wires, or of lists of wires, as one array; an array on a wire, copied."""
    made = tape.copied(values) if type(values) is Wire else joined(tape, values)
    return made if dtype is None else astype(tape, made, dtype, copy=False)


@spelled(np.asarray)
def asarray(tape: Any, values: Any, dtype: Any = None) -> Any:
    """As `np.array`, but what is an array already is handed on as it is."""
    made = joined(tape, values)
    return made if dtype is None else astype(tape, made, dtype, copy=False)


def joined(tape: Any, values: Any) -> Any:
    """Lists from the inside out, each as the layers of an array."""
    if not isinstance(values, list | tuple):
        return values
    layers = [joined(tape, value) for value in values]
    shapes = [shape_of(layer) for layer in layers]
    if len(set(shapes)) > 1:
        raise TraceError(
            f"a list with rows of different lengths ({', '.join(map(str, shapes[:4]))}) cannot become "
            "an array; make all rows equally long"
        )
    if not any(type(layer) is Wire for layer in layers):
        return np.array(layers)
    return tape.apply_with(array_gates.stack, tuple(layers), {"axis": 0})


@spelled(np.concatenate)
def concatenate(tape: Any, parts: Any, axis: Any = 0) -> Any:
    """Arrays one behind the other along an axis."""
    parts = [tape.as_operand(part) for part in parts]
    if axis is None:
        parts, axis = [as_row(tape, part) for part in parts], 0
    return tape.apply_with(array_gates.concatenate, tuple(parts), {"axis": axis})


@spelled(np.stack)
def stack(tape: Any, parts: Any, axis: int = 0) -> Any:
    """Arrays of one shape as the layers of another."""
    return tape.apply_with(array_gates.stack, tuple(map(tape.as_operand, parts)), {"axis": axis})


@spelled(np.vstack)
def vstack(tape: Any, parts: Sequence[Any]) -> Any:
    """Rows on top of each other."""
    return concatenate(tape, [at_least(2, tape, part) for part in parts])


@spelled(np.hstack)
def hstack(tape: Any, parts: Sequence[Any]) -> Any:
    """Side by side: along the second axis, or the only one."""
    parts = [at_least(1, tape, part) for part in parts]
    return concatenate(tape, parts, 0 if axes_of(parts[0]) == 1 else 1)


@spelled(np.column_stack)
def column_stack(tape: Any, parts: Sequence[Any]) -> Any:
    """Vectors as the columns of a matrix."""
    return concatenate(tape, [at_least(2, tape, part, column=True) for part in parts], 1)


@spelled(np.append)
def append(tape: Any, first: Any, more: Any, axis: Any = None) -> Any:
    """One array behind another; without an axis, both in one row."""
    return concatenate(tape, (first, more), axis)
