"""Parts of arrays on wires: `h[i]`, `h[:, 1:]`, `h[mask]`, stores into them, and changes in place.

A circuit never changes a value: a store is a gate, whose output the wire carries from there on.
What that means for everything that was computed before, and for other names of the same array, is
in `sharing.py`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from backprop_kit import array_gates, gates, math_gates
from backprop_kit.source import StagedError


class TraceError(StagedError):
    """A forward pass that cannot be followed as a circuit; the message says what to change."""


class Parts:
    """What a wire that carries an array adds to one that carries a number."""

    __slots__ = ()

    tape: Any
    value: Any
    name: str | None

    @property
    def title(self) -> str:
        """How to speak of the wire in a sentence."""
        return f"`{self.name}`" if self.name else "a value without a name"

    def refuse(self, sentence: str) -> NoReturn:
        raise TraceError(sentence)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(self.value, np.ndarray) and not self.tape.arrays:
            self.refuse(f"{self.title} is a single number, so it has no part [{index!r}]")
        part = self.tape.apply_with(array_gates.getitem, (self,), {"index": resolved(index)})
        return self.tape.shown(part, self)

    def __setitem__(self, index: Any, value: Any) -> None:
        if not isinstance(self.value, np.ndarray):
            self.refuse(
                f"{self.title} is a single number, so nothing can be stored into a part of it"
            )
        value = self.tape.as_operand(value)
        if is_mask_of(index, self) and is_single(value):
            self.tape.change(self, array_gates.where, (index, value, self))
            return
        index = resolved(index)
        if not self.tape.is_part(value, self, index):  # `h[0] += b` has changed h already
            self.tape.change(self, array_gates.setitem, (self, value), {"index": index})

    def __iter__(self) -> Iterator[Any]:
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

    def __iand__(self, other: Any) -> Any:
        return self.changed(operator.and_, gates.mul, other)

    def __ior__(self, other: Any) -> Any:
        return self.changed(operator.or_, gates.maximum, other)

    def __ixor__(self, other: Any) -> Any:
        return self.changed(operator.xor, math_gates.not_equal, other)

    def __imatmul__(self, other: Any) -> Any:
        self.refuse(
            f"`@=` changes {self.title} in place while it reads it; write it out, as in `h = h @ W`"
        )

    def changed(self, on_number: Any, gate: Any, other: Any) -> Any:
        """What `self op= other` leaves behind: a number has no parts that others could share."""
        if not isinstance(self.value, np.ndarray):
            return on_number(self, other)
        if on_number in (operator.and_, operator.or_, operator.xor):
            on_number(self, other)  # refuses what is no mask
        self.tape.change(self, gate, (self, self.tape.as_operand(other)))
        return self


# ----- what stands between the brackets -----------------------------------------------------------


def resolved(index: Any) -> Any:
    """An index without wires: whole numbers and masks, which the circuit is true to while they stay."""
    if isinstance(index, tuple):
        return tuple(map(resolved, index))
    if isinstance(index, slice):
        return slice(resolved(index.start), resolved(index.stop), resolved(index.step))
    if isinstance(index, Parts):
        return resolved_wire(index)
    if isinstance(index, list | range):
        return np.array(list(map(resolved, index)), None if len(index) else int)
    # a copy, since the code may change an array of its own later on
    return index.copy() if isinstance(index, np.ndarray) else index


def resolved_wire(wire: Any) -> Any:
    """The number, whole numbers or mask on a wire that is used as an index."""
    if type(wire.value) is bool:
        return wire.tape.guard(wire, bool)
    if not isinstance(wire.value, np.ndarray):
        return operator.index(wire)
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
