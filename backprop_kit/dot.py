"""A sketch as DOT text, in the look of the notes.

A wire is a small table of two cells, the value above the line and the gradient below it; a gate is
a circle; a group is a rounded box. Graphviz then finds where everything goes.
"""

from __future__ import annotations

import re

import graphviz

from backprop_kit.cells import wire_label
from backprop_kit.numerals import MINUS
from backprop_kit.palette import Colours
from backprop_kit.sketch import Box, DrawnGate, Sketch, is_array
from backprop_kit.tiles import length
from backprop_kit.wire import Wire

FONT = "Helvetica"
TYPE, ROUND = 14, 37  # points: the type on gates, and what has room in a circle whatever the font
# A wire that forks to hundreds of gates keeps Graphviz at perfecting the layout for minutes.
HURRIED = {"nslimit": "0.2", "nslimit1": "0.2", "mclimit": "0.1"}
WINDING = 60  # up to this many gates, lines go round the numbers in their way; that takes minutes for more
BALANCED = 40  # up to this many gates, each gate is set midway between its two inputs


def dot_of(sketch: Sketch, colours: Colours, paper: bool) -> str:
    """The DOT text of a figure; `paper` paints its background."""
    graph = graphviz.Digraph("circuit", **attributes(colours, paper))
    if len(sketch.gates) > BALANCED:
        graph.attr("graph", **HURRIED)
    if len(sketch.gates) > WINDING:
        graph.attr("graph", splines="line")
    draw_wires(graph, sketch, colours)
    for gate in sketch.gates:
        if gate.box is None:
            draw_gate(graph, gate, colours)
    draw_boxes(graph, sketch, None, colours)
    draw_edges(graph, sketch)
    if len(sketch.gates) <= BALANCED:
        balance(graph, sketch)
    return str(graph.source)


def attributes(colours: Colours, paper: bool) -> dict[str, dict[str, str]]:
    """Sizes, distances and colours that hold for the whole figure."""
    font = {"fontname": FONT, "fontcolor": colours.ink}
    line = {"color": colours.ink, "penwidth": "1.2"}
    return {
        "graph_attr": {
            "rankdir": "LR",
            "bgcolor": colours.paper if paper else "transparent",
            "nodesep": "0.10",
            "ranksep": "0.16",
            "splines": "polyline",  # straight where the way is free, and around numbers where not
            "margin": "0",
            "pad": "0.08",
            "outputorder": "edgesfirst",
            **font,
            "fontsize": "12",
        },
        "node_attr": {**font, **line, "fontsize": "14"},
        "edge_attr": {**line, "arrowsize": "0.7"},
    }


# ----- wires -------------------------------------------------------------------------------------


def draw_wires(graph: graphviz.Digraph, sketch: Sketch, colours: Colours) -> None:
    """Every wire as a node: its number on the tape becomes its id."""
    for wire in sketch.wires:
        graph.node(
            node_of(wire, sketch),
            label=wire_label(wire, sketch, colours),
            shape="plain",
            id=f"wire-{sketch.number[id(wire)]}",
            **{"class": "wire array" if is_array(wire) else "wire"},
        )


def node_of(wire: Wire, sketch: Sketch) -> str:
    """The name of a wire in DOT text, which never depends on what the learner called it."""
    return f"w{sketch.number[id(wire)]}"


# ----- gates and boxes ---------------------------------------------------------------------------


def draw_gate(graph: graphviz.Digraph, gate: DrawnGate, colours: Colours) -> None:
    """A circle, or a rounded box where the label is too long for one."""
    label = typeset(gate.label)
    short = len(label) <= 5 and (not gate.on_arrays or length(label, TYPE) <= ROUND)
    graph.node(
        f"g{gate.number}",
        label=graphviz.nohtml(graphviz.escape(label)),
        shape="circle" if short else "box",
        style="filled" if short else "filled,rounded",
        fillcolor=colours.gate,
        fixedsize="true" if short else "false",
        width="0.55",
        height="0.55" if short else "0.45",
        id=f"gate-{gate.number}",
        **{"class": "gate"},
    )


def draw_boxes(
    graph: graphviz.Digraph, sketch: Sketch, outer: Box | None, colours: Colours
) -> None:
    """The boxes inside `outer`, each with its gates and the wires that do not lead outside."""
    for number, box in enumerate(sketch.boxes):
        if box.outer is not outer:
            continue
        with graph.subgraph(name=f"cluster_{number}") as inner:
            inner.attr(
                label=graphviz.nohtml(graphviz.escape(box.name)),
                labeljust="l",
                style="rounded,filled",
                fillcolor=colours.group,
                color=colours.border,
                penwidth="1",
                margin="8",
                id=f"group-{number}",
            )
            for gate in sketch.gates:
                if gate.box is box:
                    draw_gate(inner, gate, colours)
            for wire in box.wires:
                inner.node(node_of(wire, sketch))
            draw_boxes(inner, sketch, box, colours)


SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def typeset(label: str) -> str:
    """A gate's label as print has it: × for *, a true minus, x² for **2."""
    power = re.fullmatch(r"\*\*(-?\d+)", label)
    if power:
        return "x" + power[1].translate(SUPERSCRIPT)
    if label.startswith("**"):
        return "xⁿ" if label == "**" else f"x^{label[2:]}"
    arrow = label.replace("->", "→")
    return arrow.replace("**x", "ˣ").replace("*", "×").replace("-", MINUS)


# ----- edges -------------------------------------------------------------------------------------


def draw_edges(graph: graphviz.Digraph, sketch: Sketch) -> None:
    """Lines from wires to gates, from gates to wires, and from a wire to its second name."""
    for gate in sketch.gates:
        twice = len(gate.inputs) == 2 and gate.inputs[0] is gate.inputs[1]
        for leg, wire in enumerate(gate.inputs):
            # `x * x`: both legs leave one wire, so they arrive at different sides to be seen as two
            port = (":nw", ":sw")[leg] if twice else ""
            graph.edge(f"{node_of(wire, sketch)}:e", f"g{gate.number}{port}")
        for wire in gate.outputs:
            graph.edge(f"g{gate.number}", f"{node_of(wire, sketch)}:w", arrowhead="none")
    for first, second in sketch.links:
        graph.edge(f"{node_of(first, sketch)}:e", f"{node_of(second, sketch)}:w", arrowhead="none")


ORDER_IS_FREE = ("+", "*", "max", "min")  # gates whose inputs may change places in the figure


def balance(graph: graphviz.Digraph, sketch: Sketch) -> None:
    """Keep the two inputs of a gate one above the other, with an unseen point between for the gate."""
    boxed = {id(wire) for box in sketch.boxes for wire in box.wires}
    heights, depths = heights_of(sketch), depths_of(sketch)
    for gate in sketch.gates:
        if gate.box or len(set(map(id, gate.inputs))) != 2:
            continue
        if any(id(wire) in boxed for wire in gate.inputs):
            continue
        # Only wires of one depth can stand in one column: else one may be made from the other.
        if len({depths[id(wire)] for wire in gate.inputs}) != 1:
            continue
        wires = list(gate.inputs)
        if gate.label in ORDER_IS_FREE:
            wires.sort(key=lambda wire: heights[id(wire)])
        upper, lower = (node_of(wire, sketch) for wire in wires)
        point = f"b{gate.number}"
        with graph.subgraph() as rank:
            rank.attr(rank="same")
            rank.node(upper)
            rank.node(point, shape="point", width="0.01", style="invis", label="")
            rank.node(lower)
        graph.edge(point, f"g{gate.number}", style="invis", weight="50")
        graph.edge(upper, point, style="invis")
        graph.edge(point, lower, style="invis")


def heights_of(sketch: Sketch) -> dict[int, float]:
    """How far down a wire would like to be: an input at its place, a stage amid what it is made from."""
    heights = {id(wire): float(place) for place, wire in enumerate(sketch.wires)}
    for gate in sketch.gates:
        before = [heights[id(wire)] for wire in gate.inputs if id(wire) in heights]
        for wire in gate.outputs:
            heights[id(wire)] = sum(before) / len(before) if before else 0.0
    return heights


def depths_of(sketch: Sketch) -> dict[int, int]:
    """How many gates, or second names, lie on the longest way from an input to each wire."""
    before = {id(wire): gate.inputs for gate in sketch.gates for wire in gate.outputs}
    before |= {id(second): [first] for first, second in sketch.links}
    depths: dict[int, int] = {}
    for wire in sketch.wires:
        steps = [depths.get(id(source), 0) + 1 for source in before.get(id(wire), ())]
        depths[id(wire)] = max(steps, default=0)
    return depths
