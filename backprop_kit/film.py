"""A circuit in which one slider goes to and fro by itself: one SVG for pages that run no scripts.

The figure is laid out once. Where a number changes on the way, all that it becomes stand in its place,
each in a class of its own, and a style sheet lets one of them be seen at a time.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from backprop_kit.circuit import Circuit
from backprop_kit.drawing import SHOWN
from backprop_kit.live_figures import doors_of, figure
from backprop_kit.live_inputs import Dial, with_numbers
from backprop_kit.numerals import written
from backprop_kit.palette import Colours, colours, style_sheet
from backprop_kit.parts import TraceError
from backprop_kit.sketch import without_decimals
from backprop_kit.svg import SVG, text_element

STOPS = 13  # where the slider is looked at, so that the middle of its range is one of them
SECONDS = 5.2  # from one end to the other
ROW, NAME, TRACK, CELL = (
    30.0,
    36.0,
    84.0,
    180.0,
)  # of a slider: how high it is, and how wide its name, its line and all of it
FONT = {"font-family": "Helvetica,sans-Serif", "font-size": "14"}

Frame = Mapping[tuple[int, str], str]  # by the number of the wire and "value" or "gradient"


def film(circuit: Circuit, dials: Sequence[Dial], moving: str | None, palette: str) -> str:
    """The SVG; `moving` is the name of a slider, or None, and then everything stands still.

    Raises `TraceError` for a name that no slider has, and where the figure would not stay the same.
    """
    moved = dial_called(moving, dials)
    stops = stops_of(moved) if moved else [0.0]
    frames = frames_of(circuit, dials, moved, stops)
    doors = doors_of(circuit, circuit.groups)
    root = ET.fromstring(figure(circuit, doors, (), palette, SHOWN)["svg"])
    start = min(range(len(stops)), key=lambda k: abs(stops[k] - moved.value)) if moved else 0
    put_numbers_in(root, frames, start)
    add_sliders(root, dials, moved, stops, start, colours(palette, "light"))
    root.insert(2, text_element("style", style_sheet(palette) + sheet(len(stops))))
    if moved:
        said = root.find(f"{SVG}desc")
        assert said is not None
        said.text = (
            f"{said.text} {moved.name} moves from {brief(moved.low)} to {brief(moved.high)}."
        )
    return ET.tostring(root, encoding="unicode") + "\n"


def dial_called(name: str | None, dials: Sequence[Dial]) -> Dial | None:
    found = next((dial for dial in dials if dial.name == name), None)
    if name is not None and found is None:
        raise TraceError(
            f"no slider is called {name!r}; there are {', '.join(dial.name for dial in dials)}"
        )
    return found


def stops_of(dial: Dial) -> list[float]:
    """Where the slider is looked at, from its lowest to its highest."""
    places = np.linspace(dial.low, dial.high, STOPS)
    return [float(round(p)) if dial.whole else float(p) for p in places]


# ----- the numbers ---------------------------------------------------------------------------------


def frames_of(
    circuit: Circuit, dials: Sequence[Dial], moved: Dial | None, stops: Sequence[float]
) -> list[Frame]:
    """What stands on the wires at each stop; the circuit is left as it was."""
    given, tape = circuit.given, circuit.wires
    refuse_arrays(circuit)
    runs = []
    try:
        for stop in stops:
            told = [stop if dial is moved else dial.value for dial in dials]
            circuit.run(**with_numbers(given, list(dials), told))
            if circuit.wires is not tape:
                raise TraceError(
                    f"another branch is taken where `{moved.name if moved else ''}` is {brief(stop)}, and the "
                    "figure is another one there; choose a smaller range"
                )
            runs.append([(wire.value, wire.d) for wire in circuit.wires])
    finally:
        circuit.run(**given)
    whole = without_decimals(circuit, circuit.wires, SHOWN) and all(
        float(number).is_integer() for run in runs for pair in run for number in pair
    )
    return [
        {(n, part): written(number, whole)
         for n, pair in enumerate(run) for part, number in zip(SHOWN, pair, strict=True)}
        for run in runs
    ]  # fmt: skip


def refuse_arrays(circuit: Circuit) -> None:
    if any(isinstance(wire.value, np.ndarray) for wire in circuit.wires):
        raise TraceError(
            "there are arrays in this circuit, and only single numbers move in a picture; "
            "use `draw(...).save(...)` for a figure that stands still"
        )


def put_numbers_in(root: ET.Element, frames: Sequence[Frame], start: int) -> None:
    """Let every number of the figure be what it becomes, one after the other."""
    for group in root.iter(f"{SVG}g"):
        kind, _, number = group.get("id", "").partition("-")
        for title in group.findall(f"{SVG}title"):
            group.remove(title)  # it says the number at the start, which does not stay
        for text in group.findall(f"{SVG}text") if kind == "wire" else ():
            part = text.get("class", "")
            if part in SHOWN:
                texts = [frame[int(number), part] for frame in frames]
                become(group, text, texts, start)


def become(group: ET.Element, text: ET.Element, texts: Sequence[str], start: int) -> None:
    """Put several texts in the place of one, each to be seen in its turn."""
    if len(set(texts)) == 1:
        text.text = texts[0]
        return
    place = list(group).index(text)
    group.remove(text)
    text.tag, x, y = f"{SVG}g", text.get("x", "0"), text.get("y", "0")
    text.text = None
    for name in ("x", "y"):
        text.attrib.pop(name, None)
    text.set("transform", f"translate({x} {y})")
    text.extend(in_turn(texts, start))
    group.insert(place, text)


def in_turn(texts: Sequence[str], start: int) -> Iterator[ET.Element]:
    for k, text in enumerate(texts):
        element = text_element("text", text)
        element.set("class", f"turn t{k} start" if k == start else f"turn t{k}")
        yield element


# ----- the sliders ---------------------------------------------------------------------------------


def add_sliders(
    root: ET.Element,
    dials: Sequence[Dial],
    moved: Dial | None,
    stops: Sequence[float],
    start: int,
    ink: Colours,
) -> None:
    """Draw the sliders above the figure."""
    left, top, width, height = map(float, root.get("viewBox", "0 0 0 0").split())
    columns = max(1, int((width - 12) // CELL))
    above = -(-len(dials) // columns) * ROW + 12
    wide = max(width, min(len(dials), columns) * CELL)
    root.set("viewBox", f"{left:.2f} {top - above:.2f} {wide:.2f} {height + above:.2f}")
    root.set("width", f"{wide:.0f}pt")
    root.set("height", f"{height + above:.0f}pt")
    for n, dial in enumerate(dials):
        row, column = divmod(n, columns)
        at = f"translate({left + 8 + column * CELL:.1f} {top - above + 20 + row * ROW:.1f})"
        group = ET.SubElement(root, f"{SVG}g", {"class": "slider", "transform": at, **FONT})
        draw_slider(group, dial, stops if dial is moved else (), start, ink)


def draw_slider(
    group: ET.Element, dial: Dial, stops: Sequence[float], start: int, ink: Colours
) -> None:
    """One slider: its name, a line with a knob, and the number."""
    whole = all(float(v).is_integer() for v in (*stops, dial.value))
    name = text_element("text", dial.name)
    name.attrib |= {"y": "4.5", "class": "ink", "fill": ink.ink, "font-style": "italic"}
    track = {"x1": f"{NAME:g}", "x2": f"{NAME + TRACK:g}", "stroke": "#9aa4ae"}
    line = ET.Element(f"{SVG}line", {**track, "stroke-width": "3", "stroke-linecap": "round"})
    far = TRACK * (dial.value - dial.low) / (dial.high - dial.low)
    knob = {"cx": f"{NAME:g}", "r": "6.5", "class": "value knob" if stops else "value"}
    circle = ET.Element(
        f"{SVG}circle", {**knob, "fill": ink.value, "transform": f"translate({far:.1f} 0)"}
    )
    number = text_element("text", written(dial.value, whole))
    number.attrib |= {"x": f"{NAME + TRACK + 12:g}", "y": "4.5", "class": "ink", "fill": ink.ink}
    group.extend([name, line, circle, number])
    if stops:
        become(group, number, [written(stop, whole) for stop in stops], start)


# ----- the style sheet -----------------------------------------------------------------------------


def sheet(count: int) -> str:
    """What lets one text be seen at a time, and the knob go along; nothing moves for whom that is too much."""
    if count == 1:
        return ""
    rules = [".turn{visibility:hidden}.start{visibility:visible}"]
    rules.append("@media (prefers-reduced-motion:no-preference){.turn{visibility:hidden}")
    timing = f"{SECONDS}s linear infinite alternate"
    for k in range(count):
        rules.append(f".t{k}{{animation:t{k} {timing}}}@keyframes t{k}{{{seen(k, count)}}}")
    ends = f"from{{transform:translate(0,0)}}to{{transform:translate({TRACK:g}px,0)}}"
    rules.append(f".knob{{animation:knob {timing}}}@keyframes knob{{{ends}}}}}")
    return "".join(rules)


def seen(k: int, count: int) -> str:
    """The keyframes of the text at stop `k`: visible in its share of the time alone."""
    begins, ends = 100 * k / count, 100 * (k + 1) / count
    hidden, visible = "{visibility:hidden}", "{visibility:visible}"
    before = f"0%,{begins - 0.01:.2f}%{hidden}" if k else ""
    after = f"{ends:.2f}%,100%{hidden}" if k < count - 1 else ""
    last = f"{ends - 0.01:.2f}%" if k < count - 1 else "100%"
    return f"{before}{begins:.2f}%,{last}{visible}{after}"


def brief(number: float) -> str:
    return written(number, float(number).is_integer())
