"""A circuit laid out once for each way in which its groups can be open or closed.

The browser only puts other texts into these figures, so nothing in them ever moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from backprop_kit.circuit import Circuit
from backprop_kit.dot import dot_of, typeset
from backprop_kit.drawing import SHOWN, refuse_unreadable, spoken
from backprop_kit.engine import render
from backprop_kit.groups import Group
from backprop_kit.palette import colours
from backprop_kit.sketch import DrawnGate, Sketch
from backprop_kit.svg import finished

MOST_DOORS = 3  # they open and close one by one, in 8 layouts; more of them do so together
EASY = 40  # gates; in a larger circuit all groups open and close together, or laying it out would take long

Door = list[Group]  # groups that open and close together


def doors_of(circuit: Circuit, groups: Sequence[Group]) -> list[Door]:
    """The groups of a circuit by what opens together: one by one, or by name, or all at once."""
    groups = list(groups)
    gates = sum(wire.gate is not None for wire in circuit.wires)
    if not groups or gates > EASY:
        return [groups] if groups else []
    if len(groups) <= MOST_DOORS:
        return [[group] for group in groups]
    named: dict[str, Door] = {}
    for group in groups:
        named.setdefault(group.name, []).append(group)
    doors = list(named.values())
    first, rest = doors[: MOST_DOORS - 1], doors[MOST_DOORS - 1 :]
    return [*first, [group for door in rest for group in door]] if rest else first


def figures_of(
    circuit: Circuit, doors: Sequence[Door], palette: str, show: Sequence[str] = SHOWN
) -> dict[str, Any]:
    """Every layout, by the numbers of the doors that are closed: `""`, `"0"`, `"0,2"`."""
    refuse_unreadable(circuit)
    closings = (c for n in range(len(doors) + 1) for c in combinations(range(len(doors)), n))
    return {
        ",".join(map(str, shut)): figure(circuit, doors, shut, palette, show) for shut in closings
    }


def figure(
    circuit: Circuit,
    doors: Sequence[Door],
    shut: tuple[int, ...],
    palette: str,
    show: Sequence[str],
) -> dict[str, Any]:
    """One layout: its SVG, and the steps in which one walks through it."""
    theme = colours(palette, "auto")
    groups = [group for door in doors for group in door]
    shut_groups = [group for at in shut for group in doors[at]]
    sketch = Sketch(circuit, groups, shut_groups, show, roomy=True)
    raw = render(dot_of(sketch, theme, paper=False), "svg")
    look = f"backprop-circuit backprop-{palette}"
    door_of = {id(group): at for at, door in enumerate(doors) for group in door}
    return {
        "svg": finished(raw, theme, spoken(sketch), root_class=look, css=""),
        "steps": steps_of(sketch),
        "wires": [sketch.number[id(wire)] for wire in sketch.wires],
        "drawn": [sketch.number[id(sketch.drawn_as(wire))] for wire in circuit.wires],
        "boxes": [door_of[id(box.group)] for box in sketch.boxes],
        "closed": {str(sketch.number[id(g.wires[-1])]): door_of[id(g)] for g in sketch.shut},
    }


def steps_of(sketch: Sketch) -> list[dict[str, Any]]:
    """What is computed one after the other: gates, groups drawn as one, and second names."""
    inside = {sketch.number[id(group.wires[-1])]: group for group in sketch.shut}

    def gate_step(gate: DrawnGate) -> dict[str, Any]:
        group = inside.get(gate.number)
        own = [sketch.number[id(w)] for w in group.wires] if group else [gate.number]
        return {
            "number": gate.number,
            "label": typeset(gate.label),
            "title": gate.title,
            "inputs": [sketch.number[id(w)] for w in gate.inputs],
            "outputs": [sketch.number[id(w)] for w in gate.outputs],
            "wires": own,
            "box": sketch.boxes.index(gate.box) if gate.box else None,
        }

    steps = [gate_step(gate) for gate in sketch.gates]
    for first, second in sketch.links:
        own = sketch.number[id(second)]
        steps.append(
            {"number": own, "label": "=", "title": "The same value under a second name.",
             "inputs": [sketch.number[id(first)]], "outputs": [own], "wires": [own], "box": None}
        )  # fmt: skip
    return sorted(steps, key=lambda step: step["number"])
