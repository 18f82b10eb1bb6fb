"""A circuit as one page of HTML that can be moved and stepped through, with nobody on the other side.

Everything is in the page: the figure, the score and the script. It opens from a disk, with the network
off, and asks for nothing; where scripts are off it is the page of `page.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backprop_kit import page
from backprop_kit.circuit import Circuit
from backprop_kit.drawing import SHOWN, Drawing, chosen_groups
from backprop_kit.live_inputs import dials_of
from backprop_kit.live_score import score_of, why_not_here
from backprop_kit.live_script import compact, style

PLAYER = """<div id="player" hidden></div>
<script type="application/json" id="score">{score}</script>
<script type="module">
{script}
const place = document.getElementById("player");
const still = document.getElementById("still");
open(JSON.parse(document.getElementById("score").textContent), place, still.querySelector("svg"));
place.hidden = false;
still.remove();
</script>
"""


def write_page(circuit: Circuit, path: Path, **options: Any) -> Path:
    """Write the page and return its path; `options` are those of `draw`. Raises `DrawingError`.

    A circuit that a browser cannot replay, or a figure that hides something, stands still on it.
    """
    drawing = Drawing(circuit, **options)
    still = why_not_here(circuit) or drawing.show != SHOWN
    if still:
        return page.write_page(circuit, path, drawing)
    group = options.get("group", True)
    score = score_of(
        circuit,
        dials_of(circuit, {}),
        drawing.palette,
        groups=chosen_groups(circuit, group),
        closed=group == "closed",
    )
    return page.write_page(circuit, path, drawing, player_of(score), style())


def player_of(score: Mapping[str, Any]) -> str:
    """The part of a page that plays a score; the figure that it begins with is on the page already."""
    figures, start = score["figures"], score["start"]
    score = {**score, "figures": {**figures, start: {**figures[start], "svg": ""}}}
    # `<` could end the element that the text stands in; JSON may say it in another way.
    text = json.dumps(score, separators=(",", ":")).replace("<", "\\u003c")
    return PLAYER.format(score=text, script=compact())


def write_score(circuit: Circuit, path: Path, score: Mapping[str, Any], palette: str) -> Path:
    """Write the page of a widget, which has chosen its ranges and its mode."""
    table = score["mode"] != "predict"  # what is to be found out must not stand below
    drawing = Drawing(circuit, palette, show=SHOWN if table else ("value",))
    return page.write_page(circuit, path, drawing, player_of(score), style(), table=table)
