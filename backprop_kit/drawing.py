"""Draw a circuit as the notes draw it: values in green above each wire, gradients in red below."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from backprop_kit.circuit import Circuit, trace
from backprop_kit.dot import dot_of
from backprop_kit.engine import NoEngine, render
from backprop_kit.groups import Group, named_groups
from backprop_kit.palette import DrawingError, colours, listed, style_sheet
from backprop_kit.sketch import Sketch, is_array
from backprop_kit.summary import said, said_scale
from backprop_kit.svg import finished, with_prefix
from backprop_kit.wire import Wire

__all__ = ["Drawing", "DrawingError", "NoEngine", "draw"]

SHOWN = ("value", "gradient")
CAN_BE_SHOWN = ("shape", *SHOWN)
MOST_GATES = 1000  # more than this nobody can read, and Graphviz takes minutes to lay out
MOST_SPOKEN = 30  # names in the description: a screen reader reads it from end to end
FORMS = ("svg", "png", "pdf", "dot")


def draw(
    code_or_circuit: Any,
    /,
    output: str = "f",
    *,
    palette: str = "notes",
    theme: str = "auto",
    group: bool | str | Mapping[str, Iterable[str]] = True,
    show: Collection[str] = SHOWN,
    inputs: Mapping[str, Any] | None = None,
    **named: Any,
) -> Drawing:
    """Draw the circuit of a function, of cell text, or one that `trace` gave.

    `palette` is `"notes"` (green and red) or `"safe"` (for readers to whom these look alike);
    `theme` is `"light"`, `"dark"`, or `"auto"`, which follows the page. `group` puts a box around
    helper calls and sigmoids: `True` for boxes, `False` for none, `"closed"` to draw each as one
    gate, or a dict of your own, `{"dot product": ["p", "dot"]}`, naming the stages inside each.
    `show` says what appears: `"value"`, `"gradient"`, `"shape"`. An array says its shape beside
    either; a small one is written out, and a large one drawn in shades that diverge about zero,
    fuller the farther from it, with a minus on what is negative (of a very large one, each shade is
    the mean of a block of elements). Inputs are those of `trace`.

    Raises `DrawingError` or `TraceError` in a sentence that says what to change. The notes:
    "Compound expressions with chain rule", where circuits are first drawn.
    """
    if isinstance(code_or_circuit, Circuit):
        if inputs or named:
            raise DrawingError(
                "a circuit has its inputs already; feed it others with `circuit.run(...)`, then draw it"
            )
        circuit = code_or_circuit
    else:
        circuit = trace(code_or_circuit, output, inputs=inputs, **named)
    return Drawing(circuit, palette, theme, group, show)


class Drawing:
    """A figure: `.svg` and `.dot` are its text, `.save("circuit.png")` writes it to a file.

    A notebook shows it as the value of a cell. It is the circuit as it was when drawn; running the
    circuit with other inputs later does not change it.
    """

    _count = itertools.count(1)

    def __init__(
        self,
        circuit: Circuit,
        palette: str = "notes",
        theme: str = "auto",
        group: bool | str | Mapping[str, Iterable[str]] = True,
        show: Collection[str] = SHOWN,
    ) -> None:
        self.palette = palette
        self.theme = theme
        self._colours = colours(palette, theme)
        refuse_unreadable(circuit)
        self.show = shown(show)
        sketch = Sketch(circuit, chosen_groups(circuit, group), group == "closed", self.show)
        self.dot = dot_of(sketch, self._colours, paper=theme != "auto")
        self._paper = dot_of(sketch, self._colours, paper=True)
        self._spoken = spoken(sketch)
        self._tiled = any(is_array(wire) for wire in sketch.wires)

    @cached_property
    def svg(self) -> str:
        """The figure as SVG: the same text for the same circuit. Raises `NoEngine`."""
        return finished(
            render(self.dot, "svg"),
            self._colours,
            self._spoken,
            root_class=f"backprop-circuit backprop-{self.palette}",
            css=style_sheet(self.palette, self._tiled) if self.theme == "auto" else "",
        )

    def save(self, path: str | Path) -> Path:
        """Write the figure as `.svg`, `.png`, `.pdf` or `.dot`, by the ending of `path`; returns the path."""
        if not isinstance(path, str | Path):
            raise DrawingError(
                f"a figure is saved under a name, as in save('circuit.svg'), and this is {path!r}"
            )
        path = Path(path)
        form = path.suffix[1:].lower()
        if form not in FORMS:
            raise DrawingError(
                f"a figure is saved as {listed(f'.{f}' for f in FORMS)}, and `{path.name}` ends in "
                f"{repr(path.suffix) if path.suffix else 'nothing'}; give it one of these endings"
            )
        if not path.parent.is_dir():
            raise DrawingError(
                f"there is no folder `{path.parent}` to save `{path.name}` in; make it first"
            )
        path.write_bytes(self._bytes(form))
        return path

    def _bytes(self, form: str) -> bytes:
        if form == "dot":
            return self.dot.encode()
        return self.svg.encode() if form == "svg" else render(self._paper, form)

    def for_page(self) -> str:
        """The SVG with ids that no other figure on the page has."""
        return with_prefix(self.svg, f"circuit{next(self._count)}-")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            figure = self.for_page()
        except NoEngine as missing:
            return {"text/plain": f"{missing}\n\n{self.dot}"}
        page = f'<div class="backprop-figure" style="overflow-x:auto">{figure}</div>'
        return {"text/html": page, "image/svg+xml": figure, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return self._spoken["desc"]


# ----- what was asked for -------------------------------------------------------------------------


def refuse_unreadable(circuit: Circuit) -> None:
    """A figure needs a gate to show, and not so many that nobody can read it."""
    gates = sum(wire.gate is not None for wire in circuit.wires)
    if gates > MOST_GATES:
        raise DrawingError(
            f"this circuit has {gates:,} gates, and a figure of more than {MOST_GATES:,} cannot be "
            "read; draw fewer turns of the loop, or look single wires up, as in `trace(...)['q'].d`"
        )
    if gates == 0:
        raise DrawingError(
            f"there is no gate in this circuit: `{circuit.output_name}` is computed from no input; "
            f"write a stage such as `{circuit.output_name} = x * y`"
        )


def shown(show: Collection[str]) -> tuple[str, ...]:
    """What is asked for, in the order in which it is always written."""
    asked = [show] if isinstance(show, str) else show
    if not isinstance(asked, Collection):
        raise DrawingError(
            f"`show` takes {listed(CAN_BE_SHOWN)}, or several of them, and not {show!r}"
        )
    unknown = [part for part in asked if part not in CAN_BE_SHOWN]
    if unknown:
        raise DrawingError(
            f"`show` takes {listed(CAN_BE_SHOWN)}, or several of them, and not {unknown[0]!r}"
        )
    return tuple(part for part in CAN_BE_SHOWN if part in asked)


def chosen_groups(circuit: Circuit, group: bool | str | Mapping[str, Iterable[str]]) -> list[Group]:
    """The groups to draw: those found in the code, the reader's own, or none."""
    if isinstance(group, Mapping):
        unknown = [n for stages in group.values() for n in stages if n not in circuit]
        if unknown:
            raise DrawingError(
                f"no stage is called `{unknown[0]}`; the names here are {', '.join(circuit.names)}"
            )
        own = named_groups(group, circuit.names)
        return own + [g for g in circuit.groups if not any(g.meets(mine) for mine in own)]
    if group not in (True, False, "closed"):
        raise DrawingError(
            f"`group` is True, False, 'closed' or a dict of names, and not {group!r}"
        )
    return circuit.groups if group else []


# ----- what a screen reader says -------------------------------------------------------------------


def spoken(sketch: Sketch) -> dict[str, str]:
    """The title and description of the figure, and a tooltip for every wire and gate.

    They say what the figure shows and no more: an exercise that hides the gradients must not give
    them away to whoever hovers over a wire.
    """
    texts = {
        f"wire-{sketch.number[id(wire)]}": spoken_wire(sketch, wire, ": ")
        + (spoken_shades(sketch, wire) if is_array(wire) else "")
        for wire in sketch.wires
    }
    texts |= {f"gate-{gate.number}": f"{gate.label} {gate.title}" for gate in sketch.gates}
    named = [wire for wire in sketch.wires if sketch.has_name(wire)]
    listing = "; ".join(spoken_wire(sketch, wire, " ") for wire in named[:MOST_SPOKEN])
    more = f"; and {len(named) - MOST_SPOKEN} more" if len(named) > MOST_SPOKEN else ""
    gates = f"{len(sketch.gates)} gate{'s' if len(sketch.gates) != 1 else ''}"
    texts["title"] = f"Circuit of {sketch.circuit.output_name}"
    texts["desc"] = f"Circuit of {gates}. {listing}{more}."
    return texts


def spoken_wire(sketch: Sketch, wire: Wire, between: str) -> str:
    """A wire in words: `q 3, gradient −4`, without what the figure hides."""
    name = (wire.name if sketch.has_name(wire) else None) or "wire"
    shape = sketch.shape(wire)
    if is_array(wire):
        found = {part: said(a, sketch.whole) for part, a in sketch.arrays(wire).items()}
        parts = [f"shape {shape}" if shape else "", found.get("value", "")]
        parts += [f"gradient {found['gradient']}" if "gradient" in found else ""]
    else:
        value, gradient = sketch.numbers(wire)
        parts = [shape, value, f"gradient {gradient}" if gradient else ""]
    words = ", ".join(filter(None, parts))
    return f"{name}{between}{words}" if words else name


def spoken_shades(sketch: Sketch, wire: Wire) -> str:
    """What the shades of a wire mean, one sentence for each of its heat maps."""
    scales = {part: said_scale(a, sketch.whole) for part, a in sketch.arrays(wire).items()}
    return "".join(f". {part.capitalize()}: {scale}" for part, scale in scales.items() if scale)
