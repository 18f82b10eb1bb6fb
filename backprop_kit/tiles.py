"""An array on its wire: tiles in rows and columns, with numbers on them or, where they are many, shades.

Graphviz draws a tile as a cell of a table, so that every form of a figure has them.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping

import numpy as np

from backprop_kit.heat import HeatMap, layer_height
from backprop_kit.numerals import MINUS
from backprop_kit.palette import Colours, mark, shade_of
from backprop_kit.summary import alike_in, numbers_in, reach_of

TEXT, MARK = 11, 7  # points: numbers and shapes, and the signs on shades
LINE = 16  # points: the height of a row of numbers
SIDE, LEAST, GREATEST = 108, 9, 14  # a heat map is about so wide; its cells are within these
CAPTION = 9  # points
EDGE = 4  # between a number and the edges of its tile
RIGHT = f' ALIGN="RIGHT" CELLPADDING="{EDGE}"'
LONG = f"{MINUS}10.00"  # a number that is longer than most
LAYERS = 4  # between one layer of an array and the next
NARROW, WIDE = 0.32, 0.86  # of the size of the type: a point, a minus sign
BARE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'


class Tiles:
    """What stands above or below the line of a wire: `html` is a table of Graphviz, of this size in points.

    `column` is how wide a column of numbers is; `caption` says how far a heat map reaches, and
    `room` is the size with it.
    """

    def __init__(
        self, array: np.ndarray, part: str, whole: bool, colours: Colours, column: int
    ) -> None:
        self.part = part
        self.colours = colours
        self.colour = getattr(colours, part)
        self.caption = ""
        self.framed = False
        texts = texts_of(array, whole)
        if texts is not None:
            self.width, self.height = column * len(texts[0]), LINE * len(texts)
            rows, written_out = list(self._numbers(texts, column)), len(texts) * len(texts[0])
        else:
            heat = HeatMap(array)
            side = min(GREATEST, max(LEAST, SIDE // max(heat.cells.shape)))
            self.height, self.width = (side * n for n in heat.cells.shape)
            rows, written_out = list(self._shades(heat, side)), heat.cells.size
            self.caption, self.framed = reach_of(array, whole), True
        self.html = self._table(rows, layer_height(array) if written_out == array.size else 0)
        self.room = (
            max(self.width, length(self.caption, CAPTION)),
            self.height + (CAPTION + 4 if self.caption else 0),
        )

    def _numbers(self, texts: list[list[str]], width: int) -> Iterator[str]:
        """Rows of numbers in columns."""
        for row in texts:
            written = (font(text, TEXT, self.colour) for text in row)
            yield "".join(tile(width, LINE, "transparent", text, RIGHT) for text in written)

    def _shades(self, heat: HeatMap, side: int) -> Iterator[str]:
        """Rows of shades; a negative one carries its sign, and what is no number says so."""
        for row in heat.rows():
            yield "".join(self._shade(cell, heat, side) for cell in row)

    def _shade(self, cell: float, heat: HeatMap, side: int) -> str:
        colour = shade_of(self.colours, self.part, heat.step(cell))
        return tile(side, side, colour, font(sign(cell), MARK, mark(colour)))

    def _table(self, rows: list[str], layer: int) -> str:
        """The rows in a frame, with a gap where the next layer of the array begins."""
        gaps = range(layer, len(rows), layer) if layer else ()
        for place in reversed(gaps):
            rows.insert(place, f"<TD {fixed(1, LAYERS)}></TD>")
            self.height += LAYERS
        if self.framed:
            self.width, self.height = self.width + 2, self.height + 2
        border = f'BORDER="1" COLOR="{self.colours.border}"' if self.framed else 'BORDER="0"'
        frame = f"{border} {fixed(self.width, self.height)}"
        inside = "".join(f"<TR>{row}</TR>" for row in rows)
        return f'<TABLE {frame} CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{inside}</TABLE>'


def tiles_of(
    arrays: Mapping[str, np.ndarray], whole: bool, colours: Colours, roomy: bool = False
) -> dict[str, Tiles]:
    """The tiles of a wire, by part; numbers above the line and below it stand in the same columns.

    `roomy` leaves room for longer numbers, which may come once the figure is there.
    """
    texts = [texts_of(array, whole) or [] for array in arrays.values() if array.size]
    lengths = [length(text, TEXT) for rows in texts for row in rows for text in row]
    column = max([*lengths, length(LONG, TEXT) if roomy else 0]) + 2 * EDGE
    return {
        part: Tiles(array, part, whole, colours, column)
        for part, array in arrays.items()
        if array.size
    }


def texts_of(array: np.ndarray, whole: bool) -> list[list[str]] | None:
    """The numbers that are written out, in rows: all of a small array, one for an array all alike."""
    alike = alike_in(array, whole)
    return [[alike]] if alike else numbers_in(array, whole)


def length(text: str, size: int) -> int:
    """About how wide a text is in the widest of the usual fonts, in points."""
    ems = sum(NARROW if c in " .,il…" else WIDE if c in f"+{MINUS}×∞mw" else 0.64 for c in text)
    return round(ems * size)


def sign(cell: float) -> str:
    """What a shade alone does not say for certain."""
    if np.isnan(cell):
        return "?"
    infinite = "∞" if np.isinf(cell) else ""
    return f"{MINUS if cell < 0 else ''}{infinite}"


def tile(width: int, height: int, colour: str, inside: str, align: str = "") -> str:
    """One cell of a table, filled with a colour."""
    return f'<TD {fixed(width, height)}{align} BGCOLOR="{colour}">{inside}</TD>'


def font(text: str, size: int, colour: str) -> str:
    """Text in a size and a colour; nothing for none."""
    return f'<FONT POINT-SIZE="{size}" COLOR="{colour}">{html.escape(text)}</FONT>' if text else ""


def fixed(width: int, height: int) -> str:
    """A size that Graphviz keeps to."""
    return f'FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"'
