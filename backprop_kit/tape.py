"""The tape: every wire of a circuit, in the order in which the code computed them.

That order is already a topological order, so the forward pass reads the tape from front to back and
the backward pass from back to front: no sorting, no recursion, and no limit to the depth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from backprop_kit.declaring import as_tuple
from backprop_kit.wire import PLAIN, TraceError, Wire, finished, plain

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


class Tape:
    """What one run of a forward pass did: wires in order, and the decisions taken on them."""

    def __init__(self) -> None:
        self.wires: list[Wire] = []
        self.beyond: list[Wire] = []  # after the output, for guards alone
        self.guards: list[Guard] = []
        self.call: Call | None = None
        self.open = True

    def source(self, value: Any) -> Wire:
        """A wire that no gate computes: an input or a constant."""
        wire = Wire(self, value)
        self.wires.append(wire)
        return wire

    def apply(self, gate: Gate, *operands: Any) -> Wire:
        """The output of a gate, as a new wire."""
        values = [o.value if type(o) is Wire else plain(o) for o in operands]
        value, backward = gate.rule(*values)
        if type(value) is not float and type(value) not in PLAIN:
            value = plain(value)
        wire = Wire(self, value, gate, operands, backward)
        self.wires.append(wire)
        return wire

    def refuse(self, *_: Any) -> Wire:
        """Stand in for `apply` once the circuit is complete."""
        raise TraceError(
            "this circuit is complete, so nothing can be computed from its wires; "
            "use `.value` and `.d`, or write the stage into the code that is traced"
        )

    def guard(self, wire: Wire, seen: Callable[[Any], Any]) -> Any:
        """Let the code decide by a wire's value, and remember what it saw."""
        found = seen(wire.value)
        if not self.open:
            raise TraceError(finished(wire.title))
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
        self.apply = self.refuse  # type: ignore[method-assign, assignment]  # cheaper than asking each time

    # -- forward and backward -----------------------------------------------------------------

    def replay(self) -> bool:
        """Compute every gate again, from the values now on the inputs; False if a guard flipped."""
        for wire in chain(self.wires, self.beyond):
            if wire.gate is not None:
                values = [o.value if type(o) is Wire else o for o in wire.operands]
                value, wire.backward = wire.gate.rule(*values)
                wire.value = value if type(value) in PLAIN else plain(value)
        return all(guard.holds() for guard in self.guards)

    def state(self) -> list[tuple[Any, float, Any]]:
        """All that replaying changes, to be put back if it fails."""
        return [(w.value, w.d, w.backward) for w in chain(self.wires, self.beyond)]

    def restore(self, state: list[tuple[Any, float, Any]]) -> None:
        """Put back what `state` gave."""
        for wire, kept in zip(chain(self.wires, self.beyond), state, strict=True):
            wire.value, wire.d, wire.backward = kept

    def backprop(self, output: Wire, upstream: float) -> None:
        """Walk back: every wire's `d` becomes the gradient of the output on it, times `upstream`."""
        for wire in self.wires:
            wire.d = 0.0
        output.d = upstream
        for wire in reversed(self.wires):
            df = wire.d
            # A gate that no gradient reaches has nothing to hand on, whatever its local gradient:
            # sqrt at 0 is harmless where a max has chosen the other side.
            if wire.gate is None or df == 0.0:
                continue
            try:
                shares = wire.backward(df)
            except (ArithmeticError, ValueError) as error:
                raise TraceError(no_slope(wire)) from error
            if type(shares) is not tuple:
                shares = as_tuple(shares)
            # one share for each input: a gate is held to that when it is declared
            for operand, d in zip(wire.operands, shares):  # noqa: B905
                if type(operand) is Wire:
                    operand.d += d  # gradients add up at forks
        for wire in self.wires:
            if type(wire.d) is not float:
                wire.d = float(wire.d)


def no_slope(wire: Wire) -> str:
    """Say which gate has no gradient where it stands."""
    values = ", ".join(repr(getattr(o, "value", o)) for o in wire.operands)
    line = f" on line {wire.line}" if wire.line else ""
    place = f" that computes {wire.title}{line}" if wire.name else ""
    assert wire.gate is not None
    return (
        f"the gate `{wire.gate.name}`{place} has no finite slope at {values}, so there is no gradient "
        "to hand back; try other input values"
    )
