"""What stands on a wire, as an HTML label of Graphviz: its name, and a cell above the line and one below.

In the cells are the value and the gradient: numbers, or the tiles of an array.
"""

from __future__ import annotations

import html

from backprop_kit.palette import Colours
from backprop_kit.sketch import Sketch, is_array
from backprop_kit.tiles import BARE, CAPTION, TEXT, Tiles, fixed, font, length, tiles_of
from backprop_kit.wire import Wire

CELL = 66  # the least width of a wire, in points: room for −12.00
ROW = 24  # the height of each of its two cells
AIR = 3  # between the tiles and the line
SMALL = 12  # the type of a shape in the place of the value


def wire_label(wire: Wire, sketch: Sketch, colours: Colours) -> str:
    """The label of a wire, a number or an array."""
    label = array_label if is_array(wire) else number_label
    return label(wire, sketch, colours)


def number_label(wire: Wire, sketch: Sketch, colours: Colours) -> str:
    """The cells of a wire that carries a number."""
    value, gradient = sketch.numbers(wire)
    name = wire.name if sketch.has_name(wire) else None
    leaf = wire.gate is None
    return table(name, value, gradient, leaf, colours, sketch.shape(wire))


def array_label(wire: Wire, sketch: Sketch, colours: Colours) -> str:
    """The cells of a wire that carries an array."""
    tiles = tiles_of(sketch.arrays(wire), sketch.whole, colours, sketch.roomy)
    name = italic(wire.name) if wire.name and sketch.has_name(wire) else None
    return array_table(
        name,
        sketch.shape(wire),
        tiles.get("value"),
        tiles.get("gradient"),
        leaf=wire.gate is None,
        ink=colours.ink,
    )


# ----- a number ----------------------------------------------------------------------------------


def table(
    name: str | None, value: str, gradient: str, leaf: bool, colours: Colours, shape: str = ""
) -> str:
    """The two cells of a wire as an HTML label; an input's name stands before its line, a stage's on it."""
    width = max(CELL, 9 * max(len(value), len(gradient)) + 8)
    size = f'FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{ROW}"'
    line = f'BORDER="1" SIDES="B" COLOR="{colours.ink}"'
    first = coloured(value, colours.value) if value else font(shape, SMALL, colours.ink)
    before = below = ""
    if name and leaf:
        before = f'<TD ROWSPAN="2" ALIGN="RIGHT" CELLPADDING="3">{italic(name)}</TD>'
    elif name:
        before = f'<TD {line} ALIGN="LEFT" HEIGHT="{ROW}" CELLPADDING="3">{italic(name)}</TD>'
        below = f'<TD HEIGHT="{ROW}"></TD>'
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
        f"<TR>{before}<TD {line} {size}>{first}</TD></TR>"
        f"<TR>{below}<TD {size}>{coloured(gradient, colours.gradient)}</TD></TR></TABLE>>"
    )


def italic(name: str) -> str:
    """A name, whatever characters are in it."""
    escaped = html.escape(name).replace("\\", "\\\\")  # `\N` has a meaning even in here
    return f"<I>{escaped}</I>"


def coloured(text: str, colour: str) -> str:
    """A number in its colour; nothing for one that is not shown."""
    return f'<FONT COLOR="{colour}">{html.escape(text)}</FONT>' if text else ""


# ----- an array ----------------------------------------------------------------------------------


def array_table(
    name: str | None, shape: str, above: Tiles | None, below: Tiles | None, leaf: bool, ink: str
) -> str:
    """The cells of a wire that carries an array, as an HTML label; `name` is marked up already.

    The shape stands under the name; where no value is shown, in the place of the value.
    """
    rooms = [tiles.room for tiles in (above, below) if tiles]
    alone = length(shape, SMALL) if not above else 0
    width = max([CELL, alone, *(width for width, _ in rooms)])
    height = max([ROW, *(height + AIR for _, height in rooms)])
    line = f'BORDER="1" SIDES="B" COLOR="{ink}"'
    beside = font(shape, TEXT, ink) if above else ""
    first = placed(above, width, height) if above else font(shape, SMALL, ink)
    size = fixed(width + 2 * AIR, height)
    left, under = name_cells(name, beside, leaf, line, height)
    return (
        f'<{BARE}<TR>{left}<TD {line} {size} VALIGN="BOTTOM">{first}</TD></TR>'
        f"<TR>{under}<TD {size}>{placed(below, width, height)}</TD></TR></TABLE>>"
    )


def name_cells(name: str | None, shape: str, leaf: bool, line: str, height: int) -> tuple[str, str]:
    """What stands left of the line and, for a stage, on and under it: name and shape."""
    if not name and not shape:
        return "", ""
    if leaf:
        both = '<BR ALIGN="RIGHT"/>'.join(filter(None, (name, shape)))
        return f'<TD ROWSPAN="2" ALIGN="RIGHT" CELLPADDING="3">{both}</TD>', ""
    at = f'ALIGN="LEFT" HEIGHT="{height}" CELLPADDING="3"'
    return (
        f'<TD {line} VALIGN="BOTTOM" {at}>{name or ""}</TD>',
        f'<TD VALIGN="TOP" {at}>{shape}</TD>',
    )


def placed(tiles: Tiles | None, width: int, height: int) -> str:
    """Tiles close to the line, in the middle of their room, with the caption on the far side."""
    if not tiles:
        return ""
    rows = ["", tiles.html, font(tiles.caption, CAPTION, tiles.colour), ""]
    heights = [AIR, tiles.height, tiles.room[1] - tiles.height, height - tiles.room[1] - AIR]
    cells = [
        f"<TR><TD {fixed(width, high)}>{inside}</TD></TR>"
        for high, inside in zip(heights, rows, strict=True)
        if high
    ]
    return f"{BARE}{''.join(cells if tiles.part == 'gradient' else reversed(cells))}</TABLE>"
