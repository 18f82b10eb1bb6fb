"""Parts of arrays on wires: `h[i]`, `h[:, 1:]`, `h[mask]`, stores into them, and changes in place.

A circuit never changes a value: a store makes a new wire. But names that share an array must all see
the change, as they do when the code runs. So the wire that the code holds becomes the new value, and
what was computed from it before reads an `older` wire that takes its place on the tape. Where two
names are views of one array, that cannot be followed, and it is refused.
"""

from __future__ import annotations

import operator
from typing import Any, NoReturn

import numpy as np

from backprop_kit import array_gates, gates
from backprop_kit.source import StagedError


class TraceError(StagedError):
    """A forward pass that cannot be followed as a circuit; the message says what to change."""


class Parts:
    """What a wire that carries an array adds to one that carries a number."""

    __slots__ = ()

    tape: Any
    value: Any
    name: str | None
    title: str

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(self.value, np.ndarray):
            self.refuse(f"{self.title} is a single number, so it has no part [{index!r}]")
        index = resolved(index)
        part = self.tape.apply_with(array_gates.getitem, (self,), {"index": index})
        if is_basic(index) and isinstance(part.value, np.ndarray):
            self.tape.note_view(part, self)
        return part

    def __setitem__(self, index: Any, value: Any) -> None:
        if not isinstance(self.value, np.ndarray):
            self.refuse(f"{self.title} is a single number, so nothing can be stored into a part of it")
        self.tape.settle(self, index)
        if is_mask_of(index, self) and is_single(value):
            chosen = (index, value, self)
            self.tape.overwrite(self, array_gates.where, chosen, {})
            return
        stored = (self, self.tape.as_operand(value))
        self.tape.overwrite(self, array_gates.setitem, stored, {"index": resolved(index)})

    def __iter__(self) -> Any:
        if not isinstance(self.value, np.ndarray):
            self.refuse(f"{self.title} is a single number, so it has no parts to go through")
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        if not isinstance(self.value, np.ndarray):
            self.refuse(f"{self.title} is a single number, so it has no length")
        return len(self.value)

    # -- `h += b` on an array changes it for every name that it has ------------------------------

    def __iadd__(self, other: Any) -> Any:
        return self.changed(operator.add, gates.add, other)

    def __isub__(self, other: Any) -> Any:
        return self.changed(operator.sub, gates.sub, other)

    def __imul__(self, other: Any) -> Any:
        return self.changed(operator.mul, gates.mul, other)

    def __itruediv__(self, other: Any) -> Any:
        return self.changed(operator.truediv, gates.div, other)

    def __ipow__(self, other: Any) -> Any:
        return self.changed(operator.pow, gates.power, other)

    def changed(self, on_number: Any, gate: Any, other: Any) -> Any:
        """What `self op= other` leaves behind: a number has no parts that others could share."""
        if not isinstance(self.value, np.ndarray):
            return on_number(self, other)
        if self.name is None and self.tape.is_view(self):
            return self.tape.unsettled(self, gate, other)
        self.tape.overwrite(self, gate, (self, self.tape.as_operand(other)), {})
        return self

    def refuse(self, sentence: str) -> NoReturn:
        raise TraceError(sentence)


# ----- what stands between the brackets -----------------------------------------------------------


def resolved(index: Any) -> Any:
    """An index without wires: whole numbers and masks, which the circuit is true to while they stay."""
    if isinstance(index, tuple):
        return tuple(map(resolved, index))
    if isinstance(index, slice):
        return slice(resolved(index.start), resolved(index.stop), resolved(index.step))
    if isinstance(index, Parts):
        return resolved_wire(index)
    return np.array([resolved(part) for part in index]) if isinstance(index, list) else index


def resolved_wire(wire: Any) -> Any:
    """The number, whole numbers or mask on a wire that is used as an index."""
    if not isinstance(wire.value, np.ndarray):
        return wire.value if isinstance(wire.value, bool) else operator.index(wire)
    if wire.value.dtype.kind == "f":
        wire.refuse(
            f"{wire.title} is used as an index, and it holds numbers with decimals; an index takes "
            "whole numbers, as in `np.array([0, 2])`, or a mask such as `h > 0`"
        )
    wire.tape.guard(wire, exactly)
    return wire.value


def exactly(value: Any) -> Any:
    """A value so that two of them compare equal only if every element is the same."""
    array = np.asarray(value)
    return array.shape, array.dtype.str, array.tobytes()


def is_basic(index: Any) -> bool:
    """Whether an index gives a view of an array and not a copy."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is ... or isinstance(part, int | np.integer | slice)
        for part in parts
        if not isinstance(part, bool)
    ) and not any(isinstance(part, bool | np.bool_) for part in parts)


def is_mask_of(index: Any, wire: Any) -> bool:
    """Whether an index is a mask on a wire, one answer for each element."""
    found = getattr(index, "value", None)
    return (
        isinstance(index, Parts)
        and isinstance(found, np.ndarray)
        and found.dtype == bool
        and found.shape == wire.value.shape
    )


def is_single(value: Any) -> bool:
    """Whether one number is stored everywhere."""
    return np.ndim(value.value if isinstance(value, Parts) else value) == 0
