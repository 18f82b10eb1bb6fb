"""What is drawn of a circuit, before anyone knows where: wires, gates, links, boxes.

The tape knows more than a figure should show. A second name that nobody can ask for (a loop
variable, the parameter of a helper) is drawn as the wire it stands for, and a closed group as the
one gate it amounts to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from backprop_kit.circuit import Circuit
from backprop_kit.groups import Group
from backprop_kit.numerals import all_whole, given_whole, shape_of, written
from backprop_kit.wire import Wire

AS_TYPED = {"transpose": ".T", "reshape": "reshape"}  # read best in a figure as NumPy spells them


@dataclass(eq=False)
class DrawnGate:
    """A circle: its number on the tape, what it says, and the wires before and behind it."""

    number: int
    label: str
    title: str
    inputs: list[Wire]
    outputs: list[Wire]
    box: Box | None = None

    @property
    def on_arrays(self) -> bool:
        """Whether an array goes in or comes out."""
        return any(is_array(wire) for wire in (*self.inputs, *self.outputs))


@dataclass(eq=False)
class Box:
    """A rounded box around the gates of a group, perhaps inside another."""

    name: str
    group: Group
    outer: Box | None = None
    wires: list[Wire] = field(default_factory=list)


class Sketch:
    """The parts of a figure; `show` says which numbers appear.

    `roomy` leaves room on the wires for other numbers than there are now.
    `closed` draws each group as one gate, or those alone that it lists; `shut` are those groups.
    """

    def __init__(
        self,
        circuit: Circuit,
        groups: Sequence[Group] = (),
        closed: bool | Sequence[Group] = False,
        show: Sequence[str] = ("value", "gradient"),
        roomy: bool = False,
    ) -> None:
        self.circuit = circuit
        self.show = show
        self.roomy = roomy
        self.number = {id(wire): i for i, wire in enumerate(circuit.wires)}
        self._named = {id(w) for w in circuit.names.values() if isinstance(w, Wire)}
        self._named.add(id(circuit.output))
        self._readers = readers_of(circuit.wires)
        self._renamed = self._names_taken_over()
        self.shut = outermost(groups if closed is True else closed or ())
        self.boxes = boxes_of([g for g in groups if not any(s.holds(g) for s in self.shut)])
        self.gates = self._gates()
        self.wires = self._wires()
        self.links = self._links()
        self._fill_boxes()

    # -- which wire stands for which -----------------------------------------------------------

    def has_name(self, wire: Wire) -> bool:
        """Whether the wire carries a name by which it can be asked for."""
        return id(wire) in self._named and wire.name is not None

    def drawn_as(self, wire: Wire) -> Wire:
        """The wire of the figure that stands for one of the tape."""
        while is_copy(wire) and not self.has_name(wire):
            wire = wire.operands[0]
        return self._renamed.get(id(wire), wire)

    def _names_taken_over(self) -> dict[int, Wire]:
        """A nameless value that only serves to give a name its value is drawn under that name."""
        return {
            id(source): copy
            for copy in self.circuit.wires
            if is_copy(copy) and self.has_name(copy)
            for source in copy.operands
            if source.gate is not None and not is_copy(source) and not self.has_name(source)
            if len(self._readers.get(id(source), ())) == 1
        }

    @cached_property
    def whole(self) -> bool:
        """Whether the figure does without decimals: whole inputs gave nothing but whole numbers.

        Only numbers that are shown have a say, or the decimals would tell of those that are not.
        """
        return without_decimals(self.circuit, self.wires, self.show)

    def numbers(self, wire: Wire) -> tuple[str, str]:
        """Value and gradient of a number as the figure writes them; empty where it does not show them."""
        value = written(wire.value, self.whole) if "value" in self.show else ""
        gradient = written(wire.d, self.whole) if "gradient" in self.show else ""
        return value, gradient

    def arrays(self, wire: Wire) -> dict[str, np.ndarray]:
        """Value and gradient of an array, those that the figure shows."""
        parts = {"value": wire.value, "gradient": wire.d}
        return {part: parts[part] for part in parts if part in self.show}

    def shape(self, wire: Wire) -> str:
        """The shape as the figure writes it; empty where it shows none.

        That of an array is shown with its numbers too, since in vectorized code it is what counts;
        that of a number goes without saying where the number is there.
        """
        if is_array(wire):
            return shape_of(wire.value) if self.show else ""
        alone = "shape" in self.show and "value" not in self.show
        return shape_of(wire.value) if alone else ""

    # -- the parts -----------------------------------------------------------------------------

    def _gates(self) -> list[DrawnGate]:
        inside = {id(wire) for group in self.shut for wire in group.wires}
        single = [
            self._gate(wire)
            for wire in self.circuit.wires
            if wire.gate is not None and not is_copy(wire) and id(wire) not in inside
        ]
        return sorted([*single, *map(self._closed_gate, self.shut)], key=lambda g: g.number)

    def _gate(self, wire: Wire) -> DrawnGate:
        assert wire.gate is not None
        assert wire.label is not None
        return DrawnGate(
            number=self.number[id(wire)],
            label=AS_TYPED.get(wire.gate.name, wire.label),
            title=wire.gate.pattern,
            inputs=[self.drawn_as(o) for o in wire.operands if isinstance(o, Wire)],
            outputs=[self.drawn_as(wire)],
        )

    def _closed_gate(self, group: Group) -> DrawnGate:
        inside = {id(wire) for wire in group.wires}
        before = [o for w in group.wires for o in w.operands if isinstance(o, Wire)]
        inputs = dict.fromkeys(self.drawn_as(o) for o in before if id(o) not in inside)
        behind = [w for w in group.wires if self._leaves(w, inside)]
        return DrawnGate(
            number=self.number[id(group.wires[-1])],
            label=group.symbol,
            title=f"{group.name}: {len(group.wires)} gates drawn as one.",
            inputs=[w for w in inputs if id(w) not in inside],
            outputs=[self.drawn_as(w) for w in behind],
        )

    def _leaves(self, wire: Wire, inside: set[int]) -> bool:
        """Whether a wire of a group is read outside it, or nowhere."""
        readers = self._readers.get(id(wire), [])
        return (
            not readers
            or wire is self.circuit.output
            or any(id(reader) not in inside for reader in readers)
        )

    def _wires(self) -> list[Wire]:
        touched = {id(w) for g in self.gates for w in (*g.inputs, *g.outputs)}
        counts = {id(guard.wire) for guard in self.circuit.guards if guard.seen is not bool}
        return [
            wire
            for wire in self.circuit.wires
            if self.drawn_as(wire) is wire
            and (id(wire) in touched or is_copy(wire) or wire.gate is None)
            and not (id(wire) in counts and id(wire) not in touched)
        ]

    def _links(self) -> list[tuple[Wire, Wire]]:
        """A wire that goes on under a second name: from the first to the second."""
        taken = {id(copy) for copy in self._renamed.values()}
        return [
            (self.drawn_as(wire.operands[0]), wire)
            for wire in self.wires
            if is_copy(wire) and id(wire) not in taken
        ]

    def _fill_boxes(self) -> None:
        """A gate belongs to the smallest box that holds it; its wire too, unless it leads outside."""
        for box in self.boxes:
            inside = {id(wire) for wire in box.group.wires}
            for gate in self.gates:
                wire = self.circuit.wires[gate.number]
                if id(wire) in inside:
                    gate.box = box
        for gate in self.gates:
            if gate.box is not None:
                inside = {id(wire) for wire in gate.box.group.wires}
                gate.box.wires += [w for w in gate.outputs if not self._leaves(w, inside)]


def outermost(groups: Sequence[Group]) -> list[Group]:
    """The groups that are in no other one."""
    return [g for g in groups if not any(o is not g and o.holds(g) for o in groups)]


def without_decimals(circuit: Circuit, wires: Sequence[Wire], show: Sequence[str]) -> bool:
    """Whether whole inputs gave nothing but whole numbers, as far as these wires show them."""
    values = [wire.value for wire in wires] if "value" in show else []
    gradients = [wire.d for wire in wires] if "gradient" in show else []
    whole_inputs = all(given_whole(wire.value) for wire in circuit.inputs.values())
    return whole_inputs and all_whole([*values, *gradients])


def boxes_of(groups: Sequence[Group]) -> list[Box]:
    """Boxes from the outermost in, each knowing the one around it."""
    boxes: list[Box] = []
    for group in sorted(groups, key=lambda g: -len(g.wires)):
        around = [box for box in boxes if box.group.holds(group)]
        boxes.append(Box(group.name, group, around[-1] if around else None))
    return boxes


def readers_of(wires: Iterable[Wire]) -> dict[int, list[Wire]]:
    """For each wire, the wires whose gates read it."""
    found: dict[int, list[Wire]] = {}
    for wire in wires:
        for operand in wire.operands:
            if isinstance(operand, Wire):
                found.setdefault(id(operand), []).append(wire)
    return found


def is_array(wire: Wire) -> bool:
    """Whether a wire carries an array, and not a single number."""
    return isinstance(wire.value, np.ndarray)


def is_copy(wire: Wire) -> bool:
    """Whether a wire is a second name for another."""
    return wire.gate is not None and wire.gate.name == "copy"
