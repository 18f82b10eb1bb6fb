"""What stands on the wires of arrays, as plain data: numbers, or shades with signs and a caption.

Where the kernel computes, the browser gets these with each answer and puts them into the figure that
was laid out once. Only where an array needs another form (numbers in place of shades) is it laid out anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backprop_kit.circuit import Circuit
from backprop_kit.heat import HeatMap
from backprop_kit.live_inputs import MOST_SLIDERS, Dial
from backprop_kit.numerals import shape_of
from backprop_kit.palette import Colours, colours, shade_classes, shade_of
from backprop_kit.parts import TraceError
from backprop_kit.summary import reach_of
from backprop_kit.tiles import sign, texts_of
from backprop_kit.wire import Wire

MOST_NUMBERS = (
    10_000  # of one array: more would take too long at each move, and nobody could see them
)

Marks = dict[str, Any]


def marks_of(circuit: Circuit, whole: bool, palette: str) -> dict[int, dict[str, Marks]]:
    """For each wire that carries an array, by its number, what stands above and below its line."""
    theme = colours(palette, "auto")
    return {
        number: {
            part: marks(array, part, whole, theme)
            for part, array in (("value", wire.value), ("gradient", wire.d))
            if array.size
        }
        for number, wire in enumerate(circuit.wires)
        if isinstance(wire.value, np.ndarray)
    }


def marks(array: np.ndarray, part: str, whole: bool, theme: Colours) -> Marks:
    """The numbers of a small array, or the shades of a large one."""
    texts = texts_of(array, whole)
    if texts is not None:
        return {"texts": [text for row in texts for text in row]}
    heat, classes = HeatMap(array), shade_classes(theme)
    cells = [cell for row in heat.rows() for cell in row]
    shades = [classes[shade_of(theme, part, heat.step(cell))] for cell in cells]
    signs = [sign(cell) for cell in cells]
    return {"shades": shades, "signs": signs, "caption": reach_of(array, whole)}


def forms_of(found: Mapping[int, Mapping[str, Marks]]) -> dict[tuple[int, str], tuple[str, int]]:
    """Whether each array is written in numbers or in shades, and how many: what a layout depends on."""
    return {
        (number, part): (next(iter(marks)), len(next(iter(marks.values()))))
        for number, parts in found.items()
        for part, marks in parts.items()
    }


# ----- what cannot be shown, or moved --------------------------------------------------------------


def refuse_large(circuit: Circuit) -> None:
    """Raise `TraceError` for an array of which nothing could be seen."""
    for wire in circuit.wires:
        if isinstance(wire.value, np.ndarray) and wire.value.size > MOST_NUMBERS:
            raise TraceError(
                f"{wire.title} is an array of {wire.value.size:,} numbers (shape {wire.value.shape}), and "
                f"`play` shows arrays of up to {MOST_NUMBERS:,}: play with a few rows of it, as in `X[:5]`, "
                "which the code does not notice"
            )


def still_inputs(circuit: Circuit, dials: Sequence[Dial]) -> str:
    """A sentence on inputs that have no sliders, empty where all have."""
    moved = {dial.of for dial in dials}
    fixed = [
        f"{name} ({shape_of(wire.value)})"
        for name, wire in circuit.inputs.items()
        if isinstance(wire, Wire) and isinstance(wire.value, np.ndarray) and name not in moved
    ]
    if not fixed:
        return ""
    return (
        f"Without sliders: {', '.join(fixed)}. They are for arrays of decimals, up to {MOST_SLIDERS} "
        "of them."
    )
