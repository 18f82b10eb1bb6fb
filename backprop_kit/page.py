"""A circuit as one page of HTML that opens anywhere: no network, no other file."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backprop_kit.circuit import Circuit
from backprop_kit.drawing import Drawing, DrawingError
from backprop_kit.numerals import shape_of, written
from backprop_kit.palette import colours
from backprop_kit.sketch import is_array
from backprop_kit.summary import said_scale, tabled
from backprop_kit.wire import Wire

PAGE = """<!doctype html>
<html lang="en"{theme}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{css}</style>
</head>
<body>
<h1>{title}</h1>
{player}<figure id="still">{figure}</figure>
<pre><code>{code}</code></pre>
{table}<p>{note}</p>
</body>
</html>
"""

TABLE = """<table>
<thead><tr><th scope="col">name</th>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
"""

NOTE = (
    "Above each wire is its value, computed from the inputs to the output; below it is the gradient "
    "of the output on it, computed back from the output to the inputs."
)
VALUES = "Above each wire is its value, computed from the inputs to the output."
SHAPES = "Above each wire is the shape of what it carries."
GRADIENTS = (
    "Below it is the gradient of the output on it, computed back from the output to the inputs."
)
SHADES = (
    "An array that is too large to be written out is drawn in shades: the fuller, the farther from 0. "
    "A minus marks what is negative, and the numbers beside the shades say from where to where they go."
)
GUARDED = "The code took a branch to get here. With other inputs it may take another, and be another circuit."


def write_page(
    circuit: Circuit,
    path: Path,
    drawing: Drawing,
    player: str = "",
    player_css: str = "",
    table: bool = True,
) -> Path:
    """Write the page and return its path. Raises `DrawingError`.

    `player` is what stands in the place of the figure where scripts run, as `live_page.py` writes it.
    """
    if not path.parent.is_dir():
        raise DrawingError(
            f"there is no folder `{path.parent}` to write `{path.name}` in; make it first"
        )
    palette, theme = drawing.palette, drawing.theme
    page = PAGE.format(
        theme="" if theme == "auto" else f' data-theme="{theme}"',
        title=html.escape(f"Circuit of {circuit.output_name}"),
        css=page_css(palette, theme) + player_css,
        player=player,
        figure=drawing.svg,
        code=html.escape(source_of(circuit)),
        table=table_of(circuit, drawing, live=bool(player)) if table else "",
        note=note(circuit, drawing.show),
    )
    path.write_text(page, encoding="utf-8")
    return path


def table_of(circuit: Circuit, drawing: Drawing, live: bool) -> str:
    """Every name with what the figure shows on its wire; a `live` one says which wire, so that it can be kept true."""
    columns = columns_of(circuit, drawing.show)
    number = {id(wire): i for i, wire in enumerate(circuit.wires if live else ())}
    return TABLE.format(
        heads="".join(f'<th scope="col">{part}</th>' for part in columns),
        rows="\n".join(
            row(name, wire, columns, number.get(id(wire))) for name, wire in rows_of(circuit)
        ),
    )


def source_of(circuit: Circuit) -> str:
    """The code that was traced, as its author wrote it."""
    lines = circuit.code.source.lines
    return "\n".join(lines[number] for number in sorted(lines)).strip("\n")


def rows_of(circuit: Circuit) -> list[tuple[str, Wire]]:
    """Every single name with its wire."""
    return [(name, wire) for name, wire in circuit.names.items() if isinstance(wire, Wire)]


def columns_of(circuit: Circuit, show: Sequence[str]) -> list[str]:
    """The columns of the table; where there are arrays, their shapes stand first."""
    arrays = any(is_array(wire) for _, wire in rows_of(circuit))
    return list(dict.fromkeys(["shape", *show] if arrays and show else show))


def row(name: str, wire: Wire, columns: Sequence[str], number: int | None = None) -> str:
    """One line of the table, with the numbers that the figure shows; `number` is the wire's on the tape."""
    cells = "".join(f'<td class="{part}">{cell(wire, part)}</td>' for part in columns)
    place = "" if number is None else f' data-wire="{number}"'
    return f'<tr{place}><th scope="row">{html.escape(name)}</th>{cells}</tr>'


def cell(wire: Wire, part: str) -> str:
    """What a wire has in one column: a number, an array in few words, or a shape."""
    if part == "shape":
        return shape_of(wire.value)
    number: Any = wire.value if part == "value" else wire.d
    return tabled(number) if is_array(wire) else written(number)


def note(circuit: Circuit, show: Sequence[str]) -> str:
    """How the figure is to be read."""
    sentences = [NOTE if "gradient" in show else VALUES]
    if "shape" in show and "value" not in show:
        sentences = [SHAPES, GRADIENTS] if "gradient" in show else [SHAPES]
    if any(is_shaded(wire, show) for wire in circuit.wires):
        sentences.append(SHADES)
    return " ".join([*sentences, GUARDED] if circuit.guards else sentences)


def is_shaded(wire: Wire, show: Sequence[str]) -> bool:
    """Whether some part of a wire is drawn in shades."""
    parts = {"value": wire.value, "gradient": wire.d}
    return is_array(wire) and any(said_scale(parts[part]) for part in parts if part in show)


def page_css(palette: str, theme: str) -> str:
    """The page around the figure, in the figure's own colours."""
    first = sheet(palette, "dark" if theme == "dark" else "light")
    dark = f"@media (prefers-color-scheme:dark){{{sheet(palette, 'dark')}}}"
    return LAYOUT + first + (dark if theme == "auto" else "")


LAYOUT = (
    "body{font-family:system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.3rem}figure{margin:1.5rem 0;overflow-x:auto}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25rem .9rem;text-align:right}tbody th{font-weight:normal;font-style:italic}"
    "pre{padding:.8rem 1rem;overflow-x:auto;border-radius:6px}"
)


def sheet(palette: str, theme: str) -> str:
    """The colours of the page in one theme."""
    shade = colours(palette, theme)
    return (
        f"body{{background:{shade.paper};color:{shade.ink}}}pre{{background:{shade.group}}}"
        f"thead th{{border-bottom:1px solid {shade.border}}}"
        f"td.value{{color:{shade.value}}}td.gradient{{color:{shade.gradient}}}"
    )
