"""The score that a browser plays: a circuit as plain data, with every formula that it needs.

It holds what the wires are, what each gate computes and hands back (`live_formulas.py`), which
decisions the code took, what can be moved, and the figures. Whoever plays it knows arithmetic only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backprop_kit.circuit import Circuit
from backprop_kit.dot import typeset
from backprop_kit.drawing import SHOWN
from backprop_kit.groups import Group
from backprop_kit.live_figures import doors_of, figures_of
from backprop_kit.live_formulas import Tree, trees_of
from backprop_kit.live_inputs import Dial
from backprop_kit.live_marks import still_inputs
from backprop_kit.live_words import formula, locals_of, said
from backprop_kit.numerals import shape_of
from backprop_kit.palette import live_sheet, shade_sheet, style_sheet
from backprop_kit.sketch import without_decimals
from backprop_kit.wire import Wire

Number = float | int | str  # JSON has no infinity and no nan: these are said in words


def score_of(
    circuit: Circuit,
    dials: Sequence[Dial],
    palette: str = "notes",
    mode: str = "explore",
    figures: bool = True,
    groups: Sequence[Group] | None = None,
    closed: bool = False,
) -> dict[str, Any]:
    """Everything about a circuit that a browser needs to replay it, and the `figures` to show it in.

    `groups` are those that can be opened and closed; they begin open, or `closed`. In the figures of
    the mode "predict" no gradient stands.
    """
    show = ("value",) if mode == "predict" else SHOWN
    doors = doors_of(circuit, circuit.groups if groups is None else groups)
    wires = [*circuit.wires, *circuit.beyond]
    place = {id(wire): i for i, wire in enumerate(wires)}
    gates: dict[int, int] = {}
    why = why_not_here(circuit)
    return {
        "title": f"Circuit of {circuit.output_name}",
        "mode": mode,
        "palette": palette,
        "output": place[id(circuit.output)],
        "upstream": None if why else as_number(circuit.upstream_given),
        "wires": [wire_data(wire, place, gates, bool(why)) for wire in wires],
        "drawn": len(circuit.wires),
        "gates": [] if why else gates_data(wires, gates),
        "guards": [] if why else [
            {"wire": place[id(g.wire)], "truth": g.seen is bool, "found": as_number(g.found)}
            for g in circuit.guards
        ],
        "dials": [dial_data(dial, circuit, place) for dial in dials],
        "doors": [{"name": door[0].name, "gates": len(door[0].wires)} for door in doors],
        "figures": figures_of(circuit, doors, palette, show) if figures else {},
        "start": ",".join(map(str, range(len(doors)))) if closed else "",
        "css": sheet_of(circuit, palette),
        "still": " ".join(filter(None, [why, still_inputs(circuit, dials)])),
        "whole": without_decimals(circuit, circuit.wires, show),
        "kernel": why,
    }  # fmt: skip


def sheet_of(circuit: Circuit, palette: str) -> str:
    """Every colour of the figures and of the controls around them."""
    shades = shade_sheet(palette) if circuit.has_arrays else ""
    return shades + style_sheet(palette, circuit.has_arrays) + live_sheet(palette)


def why_not_here(circuit: Circuit) -> str:
    """Why a browser cannot replay a circuit by itself, as a sentence; empty where it can."""
    if circuit.has_arrays:
        return "This circuit carries arrays: the notebook's kernel computes them."
    for wire in (*circuit.wires, *circuit.beyond):
        if wire.gate is not None and trees_of(wire.gate) is None:
            return (
                f"The gate `{wire.gate.name}` is more than a few formulas: the notebook's kernel "
                "computes it."
            )
    return ""


def without_gradients(score: Mapping[str, Any]) -> dict[str, Any]:
    """A score that goes forward only: its gates know no local gradients, so none can be computed."""
    return {**score, "gates": [{**gate, "shares": []} for gate in score["gates"]]}


# ----- wires and gates -----------------------------------------------------------------------------


def wire_data(
    wire: Wire, place: Mapping[int, int], gates: dict[int, int], by_kernel: bool
) -> dict[str, Any]:
    """One wire: what it is called, and where its value comes from."""
    data: dict[str, Any] = {"name": wire.name, "said": said(wire)}
    if isinstance(wire.value, bool):
        data["truth"] = True
    if isinstance(wire.value, np.ndarray):
        data["shape"] = shape_of(wire.value)
    if wire.gate is not None:
        data |= {"label": typeset(wire.label or ""), "formula": formula(wire)}
    if by_kernel:
        return {**data, "operands": [place[id(o)] for o in wire.operands if isinstance(o, Wire)]}
    if wire.gate is None:
        return {**data, "value": as_number(wire.value)}
    gate = gates.setdefault(id(wire.gate), len(gates))
    operands = [
        place[id(o)] if isinstance(o, Wire) else {"constant": as_number(o)} for o in wire.operands
    ]
    return {**data, "gate": gate, "operands": operands, "locals": locals_of(wire)}


def gates_data(wires: Sequence[Wire], gates: Mapping[int, int]) -> list[dict[str, Tree]]:
    """The formulas of every kind of gate, in the order of their numbers."""
    kinds = {id(wire.gate): wire.gate for wire in wires if wire.gate is not None}
    found = []
    for key in gates:
        gate = kinds[key]
        trees = trees_of(gate)
        assert trees is not None
        found.append(
            {"name": gate.name, "pattern": gate.pattern,
             "value": trees.value, "shares": list(trees.shares)}
        )  # fmt: skip
    return found


def as_number(value: Any) -> Number:
    """A number as JSON can say it."""
    if isinstance(value, bool | np.bool_):
        return int(value)
    number: float = value
    return number if math.isfinite(number) else repr(float(number))


def dial_data(dial: Dial, circuit: Circuit, place: Mapping[int, int]) -> dict[str, Any]:
    """One dial with the wire that it moves; it has none in an array, which moves as a whole."""
    wire = circuit.inputs.get(dial.name)
    return {**dial.plain(), "wire": None if wire is None else place[id(wire)]}
