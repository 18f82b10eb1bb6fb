"""Gates that belong together: the call of a helper, and the four gates that make up a sigmoid.

The notes group gates "whenever it is convenient": the circuit stays what it is, its gradients too;
a group only says which gates may be drawn in one box, or as one gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backprop_kit.tape import Call
from backprop_kit.wire import Wire

SIGMOID = "sigmoid σ(x)"


@dataclass(frozen=True, eq=False)
class Group:
    """Some gates of a circuit under one name; `wires` are their outputs, in the order of the tape."""

    name: str
    wires: tuple[Wire, ...]

    @property
    def symbol(self) -> str:
        """What one gate in the place of them all is called."""
        return "σ" if self.name == SIGMOID else self.name

    def holds(self, other: Group) -> bool:
        """Whether every gate of another group is in this one."""
        mine = set(map(id, self.wires))
        return all(id(wire) in mine for wire in other.wires)

    def meets(self, other: Group) -> bool:
        """Whether some gate is in both."""
        mine = set(map(id, self.wires))
        return any(id(wire) in mine for wire in other.wires)


def groups_in(wires: Sequence[Wire], output: Wire) -> list[Group]:
    """Helper calls and sigmoids, the larger first; one that only partly overlaps another is left out."""
    kept: list[Group] = []
    found = [*sigmoids(wires, output), *calls(wires)]
    for group in sorted(found, key=lambda g: -len(g.wires)):
        if any(len(g.wires) == len(group.wires) and g.holds(group) for g in kept):
            continue
        if all(g.holds(group) or not g.meets(group) for g in kept):
            kept.append(group)
    return kept


def named_groups(own: Mapping[str, Iterable[str]], names: Mapping[str, Any]) -> list[Group]:
    """Groups given by name: `{"dot product": ["p", "q", "dot"]}` puts the gates of these stages together."""
    return [
        Group(title, tuple(wire for stage in stages for wire in _gates_of(names[stage])))
        for title, stages in own.items()
    ]


def _gates_of(found: Any) -> list[Wire]:
    wires = found if isinstance(found, list) else [found]
    return [wire for wire in wires if wire.gate is not None]


def calls(wires: Sequence[Wire]) -> list[Group]:
    """One group for each call of a helper that has two gates or more."""
    members: dict[Call, list[Wire]] = {}
    for wire in wires:
        call = wire.call if wire.gate is not None and wire.gate.name != "copy" else None
        while call is not None:
            members.setdefault(call, []).append(wire)
            call = call.outer
    return [Group(call.name, tuple(inside)) for call, inside in members.items() if len(inside) > 1]


def sigmoids(wires: Sequence[Wire], output: Wire) -> list[Group]:
    """Every 1 / (1 + exp(-x)) whose inner values nobody else reads."""
    readers: dict[Wire, int] = {}
    for wire in wires:
        for operand in wire.operands:
            if type(operand) is Wire:
                readers[operand] = readers.get(operand, 0) + 1
    chains = (sigmoid_ending_in(wire) for wire in wires)
    return [
        Group(SIGMOID, chain)
        for chain in chains
        if chain and all(readers[w] == 1 and w is not output for w in chain[:-1])
    ]


def sigmoid_ending_in(wire: Wire) -> tuple[Wire, ...] | None:
    """The gates `*-1`, `exp`, `+1`, `1/x` that end in this wire, or None."""
    chain = [wire]
    for label in reversed(("*-1", "exp", "+1", "1/x")):
        if chain[0].label != label:
            return None
        before = [operand for operand in chain[0].operands if type(operand) is Wire]
        chain.insert(0, before[0])
    return tuple(chain[1:])
