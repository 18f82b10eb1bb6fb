"""The tape: every wire of a circuit, in the order in which the code computed them.

That order is already a topological order, so the forward pass reads the tape from front to back and
the backward pass from back to front: no sorting, no recursion, and no limit to the depth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_kit import gates
from backprop_kit.operands import PLAIN, kept, plain
from backprop_kit.parts import TraceError
from backprop_kit.refusals import COMPLETE, finished, misfit
from backprop_kit.routes import NUMPY
from backprop_kit.sharing import Sharing
from backprop_kit.walking import walk_back
from backprop_kit.wire import NONE, Wire

if TYPE_CHECKING:
    from backprop_kit.declaring import Gate


@dataclass(frozen=True)
class Guard:
    """A decision the code took on a wire: replaying the tape is right while it stays the same."""

    wire: Wire
    seen: Callable[[Any], Any]
    found: Any

    def holds(self) -> bool:
        """Whether the code would decide the same way now."""
        return bool(self.seen(self.wire.value) == self.found)


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a helper function; the gates inside it belong together."""

    name: str
    outer: Call | None


class Tape(Sharing):
    """What one run of a forward pass did: wires in order, and the decisions taken on them."""

    def __init__(self) -> None:
        super().__init__()
        self.wires: list[Wire] = []
        self.beyond: list[Wire] = []  # after the output, for guards alone
        self.guards: list[Guard] = []
        self.call: Call | None = None
        self.open = True
        self.arrays = False  # whether there are any
        # What a gate on wires does to the tape: it is added, until the circuit is complete.
        self.apply, self.apply_with = self.add, self.add_with
        # A function of NumPy that meets a wire: the tracer, which knows them, puts itself here.
        self.called: Callable[..., Any] = self.refuse

    def source(self, value: Any) -> Wire:
        """A wire that no gate computes: an input or a constant."""
        wire = Wire(self, value)
        self.wires.append(wire)
        self.arrays = self.arrays or type(value) is np.ndarray
        return wire

    def add(self, gate: Gate, *operands: Any) -> Wire:
        """The output of a gate, as a new wire."""
        try:
            values = [o.value if type(o) is Wire else kept(o) for o in operands]
            value, backward = gate.rule(*values)
        except (TraceError, ValueError, TypeError) as error:
            return self.with_lists(gate, operands, error)
        if type(value) is not float and type(value) not in PLAIN:
            value = plain(value)
            operands = self.constants_kept(operands, values)
        wire = Wire(self, value, gate, operands, backward)
        self.wires.append(wire)
        return wire

    def add_with(self, gate: Gate, operands: tuple[Any, ...], settings: Mapping[str, Any]) -> Wire:
        """The output of a gate that is told more than its inputs, such as the axis of a sum."""
        values = [o.value if type(o) is Wire else kept(o) for o in operands]
        try:
            value, backward = gate.rule(*values, **settings)
        except (ValueError, IndexError, TypeError) as error:
            raise TraceError(misfit(gate, operands, settings, error)) from error
        operands = self.constants_kept(operands, values)
        wire = Wire(self, plain(value), gate, operands, backward)
        wire.settings = dict(settings) if settings else NONE
        self.wires.append(wire)
        return wire

    def constants_kept(self, operands: tuple[Any, ...], values: list[Any]) -> tuple[Any, ...]:
        """The operands, every constant as it is now."""
        self.arrays = True
        return tuple(o if type(o) is Wire else v for o, v in zip(operands, values, strict=True))

    def with_lists(self, gate: Gate, operands: tuple[Any, ...], error: Exception) -> Wire:
        """Try once more with lists as arrays, which is what NumPy takes them for beside an array."""
        values = [o.value if type(o) is Wire else o for o in operands]
        if not any(isinstance(v, np.ndarray) for v in values):
            raise error
        if not isinstance(error, TraceError):
            raise TraceError(misfit(gate, operands, NONE, error)) from error
        if not any(isinstance(v, list | tuple) for v in values):
            raise error
        return self.apply(gate, *map(self.as_operand, operands))

    def as_operand(self, value: Any) -> Any:
        """A wire or a constant: lists become arrays, with the wires in them joined."""
        if not isinstance(value, list | tuple):
            return value
        return NUMPY[np.asarray](self, value)

    def copied(self, wire: Wire) -> Wire:
        """A number as it is; an array in one of its own, which may change by itself."""
        if type(wire.value) is not np.ndarray:
            return wire
        made = self.apply(gates.copy, wire)
        made.value = np.array(made.value)
        return made

    def constant(self, value: Any) -> Any:
        """An array that the code makes, on a wire of its own, so that wires can be stored into it."""
        floats = isinstance(value, np.ndarray) and value.ndim and value.dtype.kind == "f"
        return self.source(value) if floats and self.open else value

    def refuse(self, *_: Any) -> Any:
        """Stand in for what makes gates once the circuit is complete."""
        raise TraceError(COMPLETE)

    def guard(self, wire: Wire, seen: Callable[[Any], Any]) -> Any:
        """Let the code decide by a wire's value, and remember what it saw."""
        if not self.open:
            raise TraceError(finished(wire.title))
        self.read_anew((wire,))
        found = seen(wire.value)
        self.guards.append(Guard(wire, seen, found))
        return found

    def cut(self, length: int) -> None:
        """End the circuit after the first `length` wires, and take no more.

        What a later decision was taken on is kept apart: had the code decided otherwise (to leave
        a loop, say), the output might have been written again.
        """
        needed = {id(guard.wire) for guard in self.guards}
        for wire in reversed(self.wires[length:] if needed else ()):
            if id(wire) in needed:
                self.beyond.append(wire)
                needed.update(map(id, wire.operands))
        self.beyond.reverse()
        del self.wires[length:]
        self.open = False
        self.apply = self.apply_with = self.called = self.refuse  # cheaper than asking each time

    # -- forward and backward -----------------------------------------------------------------

    def replay(self) -> bool:
        """Compute every gate again, from the values now on the inputs; False if a guard flipped."""
        for wire in chain(self.wires, self.beyond):
            if wire.gate is not None:
                values = [o.value if type(o) is Wire else o for o in wire.operands]
                value, wire.backward = wire.gate.rule(*values, **wire.settings)
                wire.value = value if type(value) in PLAIN else plain(value)
        return all(guard.holds() for guard in self.guards)

    def state(self) -> list[tuple[Any, float, Any]]:
        """All that replaying changes, to be put back if it fails."""
        return [(w.value, w.d, w.backward) for w in chain(self.wires, self.beyond)]

    def restore(self, state: list[tuple[Any, float, Any]]) -> None:
        """Put back what `state` gave."""
        for wire, before in zip(chain(self.wires, self.beyond), state, strict=True):
            wire.value, wire.d, wire.backward = before

    def backprop(self, output: Wire, upstream: Any) -> None:
        """Walk back: every wire's `d` becomes the gradient of the output on it, times `upstream`."""
        with np.errstate(all="ignore"):
            walk_back(self.wires, output, upstream)
