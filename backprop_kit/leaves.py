"""Inputs and names made of parts: the numbers and arrays in lists and dicts, each a wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from backprop_kit.operands import plain
from backprop_kit.parts import TraceError
from backprop_kit.tape import Tape
from backprop_kit.wire import Wire


class Wires(list):
    """The wires of a list, such as `w[0]`, `w[1]`: `.value` and `.d` are lists of numbers."""

    @property
    def value(self) -> list[Any]:
        """The values, one for each element."""
        return [wire.value for wire in self]

    @property
    def d(self) -> list[Any]:
        """The gradients of the output on the elements."""
        return [wire.d for wire in self]


# ----- inputs --------------------------------------------------------------------------------------


def leaves(label: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every number in an input with its name: `w[0]`, `w[1]` for a list; flags and text have none."""
    if isinstance(value, np.ndarray) and value.ndim:
        yield label, given_array(label, value)
    elif isinstance(value, list | tuple):
        for i, part in enumerate(value):
            yield from leaves(f"{label}[{i}]", part)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(f"{label}[{key!r}]", part)
    elif isinstance(value, int | float | np.number | np.ndarray) and not isinstance(value, bool):
        yield label, plain(value)
    elif isinstance(value, complex):
        raise TraceError(f"`{label}` is the complex number {value}; circuits carry real numbers")


def given_array(label: str, value: np.ndarray) -> np.ndarray:
    """A copy of an array of real numbers; any other array is refused by a sentence."""
    if value.dtype.kind not in "biuf":
        kinds = {"c": "complex numbers", "O": "objects", "U": "texts"}
        raise TraceError(
            f"`{label}` is an array of {kinds.get(value.dtype.kind, 'other things than numbers')}; "
            "circuits carry real numbers, so make it one of floats, with every row equally long"
        )
    if not value.size:
        raise TraceError(
            f"`{label}` is an empty array (shape {value.shape}), so there is nothing to compute with; "
            "give it at least one element along every axis"
        )
    return np.array(value)


def kind_of(value: Any) -> Any:
    """What must stay for replaying to be enough: the shape of an array, and the type of its elements."""
    return (value.shape, value.dtype) if isinstance(value, np.ndarray) else None


def as_numbers(value: Any) -> Any:
    """A list of numbers as an array of floats; anything else as it is."""
    if not isinstance(value, list | tuple):
        return value
    try:
        return np.array(value, dtype=float)
    except (ValueError, TypeError):
        raise TraceError(
            "a list with rows of different lengths, or of other things than numbers, cannot become "
            "an array; make all rows equally long"
        ) from None


def only_numbers(value: Any) -> bool:
    """Whether an input is wires all through, so that a new value for it changes nothing but numbers."""
    if isinstance(value, list | tuple):
        return all(map(only_numbers, value))
    if isinstance(value, dict):
        return all(map(only_numbers, value.values()))
    return not isinstance(value, bool) and isinstance(value, int | float | np.number | np.ndarray)


def rebuilt(label: str, value: Any, found: Mapping[str, Any]) -> Any:
    """The same lists and dicts with wires for the numbers, so that the caller's own stay as they are."""
    if label in found:
        return found[label]
    if isinstance(value, list | tuple):
        return type(value)(rebuilt(f"{label}[{i}]", v, found) for i, v in enumerate(value))
    if isinstance(value, dict):
        return {k: rebuilt(f"{label}[{k!r}]", v, found) for k, v in value.items()}
    return value


def plain_inputs(bound: Mapping[str, Any]) -> dict[str, Any]:
    """The same inputs without wires, as the code would get them: numbers plain, arrays copied."""
    return {name: rebuilt(name, value, dict(leaves(name, value))) for name, value in bound.items()}


# ----- names ---------------------------------------------------------------------------------------


def names_of(written: Mapping[str, Any], wired: Mapping[str, Any]) -> dict[str, Any]:
    """Every name with its wire: inputs as they came in, the others as last written."""
    found: dict[str, Any] = {}
    for name, value in {**written, **wired}.items():
        _collect(found, name, value)
    return found


def _collect(found: dict[str, Any], label: str, value: Any) -> None:
    if isinstance(value, Wire):
        value.name = value.name or label
        found[label] = value
    elif isinstance(value, list | tuple) and value:
        if (wires := nested(value)) is not None:
            found[label] = wires
        for i, part in enumerate(value):
            _collect(found, f"{label}[{i}]", part)
    elif isinstance(value, dict):
        for key, part in value.items():
            _collect(found, f"{label}[{key!r}]", part)


def nested(value: Any) -> Any:
    """A list of wires, or of lists of wires, as `Wires`; None where there is something else in it."""
    if isinstance(value, Wire):
        return value
    if not isinstance(value, list | tuple) or not value:
        return None
    parts = [nested(part) for part in value]
    return None if any(part is None for part in parts) else Wires(parts)


def constant_output(tape: Tape, name: str, value: Any) -> Wire:
    """An output that no input reached, as in the flat branch of a relu: its gradients are 0."""
    if isinstance(value, np.ndarray):
        value = np.asarray(value, dtype=float)
    elif isinstance(value, list | tuple | dict | set):
        raise TraceError(
            f"`{name}` is a {type(value).__name__}, and a gradient is of one number; "
            f"add its parts up, as in `{name} = sum(...)`"
        )
    if callable(value):
        raise TraceError(f"`{name}` is a function here; call it, as in `x.sum()`")
    if not isinstance(value, int | float | np.number | np.ndarray):
        raise TraceError(
            f"`{name}` comes out as {value!r}, which is no number; give numbers for "
            "the inputs, and compute with them alone"
        )
    wire = tape.source(plain(value))
    wire.name = name
    return wire
