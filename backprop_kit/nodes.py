"""A circuit as somebody who writes it down sees it: without second names, and a sigmoid as one thing.

The tape has a wire for everything that happened. Written down, the parameter of a helper is the
value that was handed to it, the four gates of `1 / (1 + exp(-x))` are a sigmoid, and `np.exp(s)`
written twice on one line is computed once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backprop_kit import array_gates, gates
from backprop_kit.circuit import Circuit
from backprop_kit.declaring import Gate
from backprop_kit.groups import SIGMOID
from backprop_kit.wire import Wire

# Gates that are quickly read again: said twice in different lines, they stay so.
PLAIN = ("add", "sub", "mul", "div", "neg", "power", "getitem", "transpose", "reshape")


@dataclass(eq=False)
class Node:
    """One operation to be written: a gate, what goes into it, and the wire that comes out."""

    wire: Wire
    gate: Gate | None
    operands: tuple[Any, ...]
    """Nodes, and bare numbers or arrays."""
    settings: Mapping[str, Any]
    live: bool
    """Whether an input has a part in it, so that there is a gradient to hand back."""
    again: list[Wire] = field(default_factory=list)
    """Wires that carry the same once more, since the code computes it twice."""

    @property
    def d(self) -> Any:
        """The gradient on it, wherever it is read."""
        return self.wire.d + sum(wire.d for wire in self.again)

    @property
    def value(self) -> Any:
        """The number or array that comes out."""
        return self.wire.value

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of what comes out; `()` for a number."""
        return np.shape(self.wire.value)


def nodes_of(circuit: Circuit) -> list[Node]:
    """The operations of a circuit, in the order of the tape, as far as the output needs them."""
    reader = Reader(circuit)
    return needed(reader.read(), reader.stands_for[id(circuit.output)], reader.inputs)


def output_of(circuit: Circuit, nodes: list[Node]) -> Node:
    """The node that the output's wire stands for."""
    return next(node for node in reversed(nodes) if node.wire is circuit.output)


class Reader:
    """Goes along the tape once."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.inputs = {id(wire) for wire in circuit.inputs.values()}
        self.lasting = {id(wire) for wire in circuit.names.values() if isinstance(wire, Wire)}
        self.lasting.add(id(circuit.output))
        self.taken_over = self.names_taken_over()
        self.stands_for: dict[int, Node] = {}
        self.seen: dict[Any, Node] = {}
        self.statements = 0
        groups = [g for g in circuit.groups if g.name == SIGMOID and nameless(g.wires[:-1])]
        self.sigmoids = {id(g.wires[-1]): g.wires[0].operands[0] for g in groups}
        self.inside = {id(wire) for g in groups for wire in g.wires[:-1]}

    def read(self) -> list[Node]:
        found: list[Node] = []
        for wire in self.circuit.wires:
            if id(wire) in self.inside:
                continue
            node = self.known(wire)
            if node is None:
                node = self.made(wire)
                if node.wire is self.taken_over.get(id(wire), wire):
                    found.append(node)
            self.stands_for[id(wire)] = node
        return found

    def names_taken_over(self) -> dict[int, Wire]:
        """What a helper returns is written under the name that the caller gives it."""
        readers: dict[int, list[Wire]] = {}
        for wire in self.circuit.wires:
            for operand in wire.operands:
                if isinstance(operand, Wire):
                    readers.setdefault(id(operand), []).append(wire)
        return {
            ids: only[0]
            for ids, only in readers.items()
            if len(only) == 1 and only[0].gate is gates.copy and is_own(only[0])
            if not is_own(source := only[0].operands[0]) and source.gate not in (None, gates.copy)
        }

    def known(self, wire: Wire) -> Node | None:
        """What a wire stands for, if it only passes a value on."""
        if wire.gate is array_gates.transpose and np.ndim(wire.value) < 2 and wire.name is None:
            return self.stands_for.get(id(wire.operands[0]))  # a vector has no other way round
        if wire.gate is not gates.copy:
            return None
        first = (
            self.stands_for[id(wire.operands[0])] if isinstance(wire.operands[0], Wire) else None
        )
        if id(wire) in self.lasting and is_own(wire) and (first is None or first.wire is not wire):
            return None
        return first

    def made(self, wire: Wire) -> Node:
        operands, gate = wire.operands, wire.gate
        if id(wire) in self.sigmoids:
            gate, operands = gates.sigmoid, (self.sigmoids[id(wire)],)
        inside = tuple(self.stands_for[id(o)] if isinstance(o, Wire) else o for o in operands)
        given = id(wire) in self.inputs and np.asarray(wire.value).dtype != bool
        live = given or any(o.live for o in inside if isinstance(o, Node))
        node = Node(self.taken_over.get(id(wire), wire), gate, inside, wire.settings, live)
        if node.wire.name or not gate:
            self.statements += bool(node.wire.name)
            return node
        return self.first_of(node)

    def first_of(self, node: Node) -> Node:
        """The same operation where it was done before without a name, or this one."""
        assert node.gate is not None
        parts = tuple(id(o) if isinstance(o, Node) else repr(o) for o in node.operands)
        within = self.statements if node.gate.name in PLAIN else None
        key = (node.gate.name, parts, repr(sorted(node.settings.items())), within)
        first = self.seen.setdefault(key, node)
        if first is not node:
            first.again.append(node.wire)
        return first


def nameless(wires: Sequence[Wire]) -> bool:
    """Whether nobody has given a name to any of these."""
    return all(wire.name is None for wire in wires)


def is_own(wire: Wire) -> bool:
    """Whether a wire has a name in the code itself, and not only inside a helper or a list."""
    return wire.name is not None and wire.name.isidentifier()


def needed(nodes: list[Node], output: Node, inputs: set[int]) -> list[Node]:
    """The inputs, and whatever the output is computed from."""
    reached = {id(output)}
    for node in reversed(nodes):
        if id(node) in reached:
            reached.update(id(o) for o in node.operands if isinstance(o, Node))
    return [node for node in nodes if id(node) in reached or id(node.wire) in inputs]
