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

from backprop_kit.declaring import as_tuple
from backprop_kit.sharing import Sharing
from backprop_kit.wire import NONE, PLAIN, TraceError, Wire, finished, plain

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

    def source(self, value: Any) -> Wire:
        """A wire that no gate computes: an input or a constant."""
        wire = Wire(self, value)
        self.wires.append(wire)
        return wire

    def apply(self, gate: Gate, *operands: Any) -> Wire:
        """The output of a gate, as a new wire."""
        try:
            values = [o.value if type(o) is Wire else plain(o) for o in operands]
            value, backward = gate.rule(*values)
        except (TraceError, ValueError) as error:
            return self.with_lists(gate, operands, error)
        if type(value) is not float and type(value) not in PLAIN:
            value = plain(value)
        wire = Wire(self, value, gate, operands, backward)
        self.wires.append(wire)
        return wire

    def apply_with(self, gate: Gate, operands: tuple[Any, ...], settings: Mapping[str, Any]) -> Wire:
        """The output of a gate that is told more than its inputs, such as the axis of a sum."""
        values = [o.value if type(o) is Wire else plain(o) for o in operands]
        try:
            value, backward = gate.rule(*values, **settings)
        except (ValueError, IndexError, TypeError) as error:
            raise TraceError(misfit(gate, operands, values, settings, error)) from error
        wire = Wire(self, plain(value), gate, operands, backward)
        wire.settings = dict(settings) if settings else NONE
        self.wires.append(wire)
        return wire

    def with_lists(self, gate: Gate, operands: tuple[Any, ...], error: Exception) -> Wire:
        """Try once more with lists as arrays, which is what NumPy takes them for beside an array."""
        values = [o.value if type(o) is Wire else o for o in operands]
        if not any(isinstance(v, np.ndarray) for v in values):
            raise error
        if isinstance(error, ValueError) and not isinstance(error, TraceError):
            raise TraceError(misfit(gate, operands, values, NONE, error)) from error
        if not any(isinstance(v, list | tuple) for v in values):
            raise error
        return self.apply(gate, *map(self.as_operand, operands))

    def as_operand(self, value: Any) -> Any:
        """A wire or a constant: lists become arrays, with the wires in them joined."""
        if not isinstance(value, list | tuple):
            return value
        return self.called(np.array, (value,), {})

    def called(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A function of NumPy that meets a wire; the tracer, which knows them, puts itself here."""
        raise TraceError(finished("this"))

    def constant(self, value: Any) -> Any:
        """An array that the code makes, on a wire of its own, so that wires can be stored into it."""
        floats = isinstance(value, np.ndarray) and value.ndim and value.dtype.kind == "f"
        return self.source(value) if floats and self.open else value

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
        vars(self).pop("called", None)
        # cheaper than asking each time
        self.apply = self.apply_with = self.refuse  # type: ignore[method-assign, assignment]

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
        for wire, kept in zip(chain(self.wires, self.beyond), state, strict=True):
            wire.value, wire.d, wire.backward = kept

    def backprop(self, output: Wire, upstream: Any) -> None:
        """Walk back: every wire's `d` becomes the gradient of the output on it, times `upstream`."""
        with np.errstate(all="ignore"):
            self._walk_back(output, upstream)

    def _walk_back(self, output: Wire, upstream: Any) -> None:
        for wire in self.wires:
            wire.d = 0.0
        output.d = fitted(upstream, output.value)
        for wire in reversed(self.wires):
            df = wire.d
            # A gate that no gradient reaches has nothing to hand on, whatever its local gradient:
            # sqrt at 0 is harmless where a max has chosen the other side.
            if wire.gate is None or (type(df) is float and df == 0.0):
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
                    if type(d) is np.ndarray or type(operand.value) is np.ndarray:
                        d = fitted(harmless(d, df, wire), operand.value)
                    operand.d = operand.d + d  # gradients add up at forks
        for wire in self.wires:
            if type(wire.d) is not float:
                wire.d = gradient_like(wire)
            elif type(wire.value) is np.ndarray:
                wire.d = np.full(wire.value.shape, wire.d)


def fitted(share: Any, value: Any) -> Any:
    """A gradient in the shape of the value it belongs to: summed over every axis along which that was repeated."""
    shape = value.shape if type(value) is np.ndarray else ()
    share = np.asarray(share, dtype=float)
    ahead = share.ndim - len(shape)
    if ahead > 0:
        share = share.sum(axis=tuple(range(ahead)))
    lead = len(shape) - share.ndim
    repeated = tuple(i for i, n in enumerate(share.shape) if n != 1 and shape[lead + i] == 1)
    if repeated:
        share = share.sum(axis=repeated, keepdims=True)
    return np.broadcast_to(share, shape) if shape else share.item()


def gradient_like(wire: Wire) -> Any:
    """A gradient as a float, or as an array of its own."""
    return np.array(wire.d, dtype=float) if type(wire.value) is np.ndarray else float(wire.d)


def harmless(share: Any, df: np.ndarray, wire: Wire) -> Any:
    """What a gate hands back, without the nan of `0 * inf` where no gradient had reached an element."""
    if np.isfinite(share).all():
        return share
    assert wire.gate is not None
    if wire.gate.elementwise:
        share = np.where(df == 0.0, 0.0, share)
    if np.isfinite(df).all() and not np.isfinite(share).all():
        raise TraceError(no_slope(wire))
    return share


def misfit(
    gate: Gate, operands: Any, values: Any, settings: Mapping[str, Any], error: Exception
) -> str:
    """Say which shapes do not fit into a gate."""
    shapes = [f"{spoken(o)} has shape {np.shape(v)}" for o, v in zip(operands, values, strict=True)]
    told = ", ".join(f"{name}={value!r}" for name, value in settings.items() if value is not None)
    with_it = f" with {told}" if told and len(told) < 60 else ""
    reason = " ".join(str(error).split()).rstrip(".")
    return (
        f"the gate `{gate.name}`{with_it} cannot take these: {' and '.join(shapes)} ({reason}); "
        "look at the shapes of both, and at what the axes stand for"
        if len(shapes) > 1
        else f"the gate `{gate.name}`{with_it} cannot take this: {shapes[0]} ({reason}); look at its "
        "shape, and at what the axes stand for"
    )


def spoken(operand: Any) -> str:
    """How to speak of an operand: by its name, or by what it is."""
    return operand.title if type(operand) is Wire else "a constant"


def no_slope(wire: Wire) -> str:
    """Say which gate has no gradient where it stands."""
    values = ", ".join(shown_value(getattr(o, "value", o)) for o in wire.operands)
    line = f" on line {wire.line}" if wire.line else ""
    place = f" that computes {wire.title}{line}" if wire.name else ""
    assert wire.gate is not None
    return (
        f"the gate `{wire.gate.name}`{place} has no finite slope at {values}, so there is no gradient "
        "to hand back; try other input values"
    )


def shown_value(value: Any) -> str:
    """A number as it is, an array by its shape."""
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)
