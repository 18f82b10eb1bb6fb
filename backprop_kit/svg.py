"""From Graphviz's SVG to the figure's: classes, spoken text, text that stays centred, unique ids."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

from backprop_kit.palette import Colours, shade_classes
from backprop_kit.tiles import EDGE

WIDEST = 1600  # points; a wider figure is not shrunk to fit its page but scrolled, or nobody could read it
SVG = "{http://www.w3.org/2000/svg}"
ET.register_namespace("", SVG[1:-1])


def finished(
    raw: bytes, colours: Colours, spoken: Mapping[str, str], root_class: str, css: str
) -> str:
    """The SVG as it is saved.

    `spoken` gives the figure's `title` and `desc`, and the tooltip of each element by its id;
    `css` is a style sheet to carry along, or empty.
    """
    root = ET.fromstring(raw)
    for group in root.iter(f"{SVG}g"):
        dress(group, colours, spoken)
    root.set("class", root_class)
    root.set("role", "img")
    root.set("aria-labelledby", "title desc")
    if float(root.get("width", "0").removesuffix("pt")) <= WIDEST:
        root.set("style", "max-width:100%;height:auto")
    head = [
        text_element("title", spoken["title"], "title"),
        text_element("desc", spoken["desc"], "desc"),
    ]
    if css:
        head.append(text_element("style", css))
    for position, element in enumerate(head):
        root.insert(position, element)
    return ET.tostring(root, encoding="unicode") + "\n"


def text_element(tag: str, text: str, name: str | None = None) -> ET.Element:
    """An element that holds text, such as a title."""
    element = ET.Element(SVG + tag, {"id": name} if name else {})
    element.text = text
    return element


def dress(group: ET.Element, colours: Colours, spoken: Mapping[str, str]) -> None:
    """Give one group of shapes its tooltip, and each shape in it the class that says what it is."""
    name = group.get("id", "")
    kind = name.partition("-")[0]
    for title in group.findall(f"{SVG}title"):
        group.remove(title)
    if name in spoken:
        group.insert(0, text_element("title", spoken[name]))
    if kind == "wire":
        centre_texts(group, colours)
    for shape in group.iter():
        role = role_of(shape, kind, colours)
        if role:
            shape.set("class", role)
    if "array" in group.get("class", "").split():
        settle_tiles(group, colours)


def role_of(shape: ET.Element, kind: str, colours: Colours) -> str | None:
    """The class of a shape, told by what it belongs to and the colour that DOT gave it."""
    tag, fill = shape.tag.removeprefix(SVG), shape.get("fill")
    if tag == "text":
        return {colours.value: "value", colours.gradient: "gradient"}.get(fill or "", "ink")
    if tag not in ("path", "polygon", "polyline", "ellipse"):
        return None
    if kind == "gate":
        return "disc"
    if kind == "group":
        return "box"
    if kind == "wire":
        return "head"
    if shape.get("stroke") == colours.ink:
        return "line" if fill == "none" else "head"
    return None


# ----- where text stands --------------------------------------------------------------------------


def centre_texts(group: ET.Element, colours: Colours) -> None:
    """Anchor what stands on the line of a wire at its middle: Graphviz only guesses how wide text is."""
    lines = [line_ends(e) for e in group if is_line(e, colours)]
    spans = [span for span in lines if span]
    if not spans:
        return
    left, right = max(spans)  # the cell of the numbers is the last of the wire
    for text in group.findall(f"{SVG}text"):
        on_line = float(text.get("x", "0")) > left  # and not a name or a shape beside it
        if text.get("fill") in (colours.value, colours.gradient) or on_line:
            anchor(text, "middle", (left + right) / 2)


def is_line(shape: ET.Element, colours: Colours) -> bool:
    """Whether a shape is part of the line of a wire, and not a tile above or below it."""
    drawn = shape.tag in (f"{SVG}polygon", f"{SVG}polyline", f"{SVG}path")
    return drawn and shape.get("stroke") == colours.ink


def settle_tiles(group: ET.Element, colours: Colours) -> None:
    """Give the tiles of an array their classes, and anchor what is written on them.

    Graphviz draws the text of a tile right after it.
    """
    classes = shade_classes(colours)
    before = group
    for shape in list(group):
        if is_tile(shape):
            shape.set("class", classes.get(shape.get("fill", ""), UNSEEN))
        elif shape.get("stroke") == colours.border:
            shape.set("class", "frame")
        elif shape.tag == f"{SVG}text" and is_tile(before):
            write_on(before, shape)
        before = shape
    for shape in group.findall(f"*[@class='{UNSEEN}']"):
        group.remove(shape)


UNSEEN = "unseen"  # a tile that only says where its number is


def is_tile(shape: ET.Element) -> bool:
    """Whether a shape is a cell of an array: filled, without a line around it."""
    return shape.tag == f"{SVG}polygon" and shape.get("stroke") in ("none", "transparent")


def write_on(tile: ET.Element, text: ET.Element) -> None:
    """Anchor a text within its tile: a number at the right, so that points stand in a column; a sign amid it."""
    left, right = line_ends(tile) or (0.0, 0.0)
    if tile.get("class") == UNSEEN:
        anchor(text, "end", right - EDGE)
    else:
        text.set("class", f"on-{tile.get('class')}")
        anchor(text, "middle", (left + right) / 2)


def anchor(text: ET.Element, how: str, place: float) -> None:
    text.set("text-anchor", how)
    text.set("x", f"{place:.2f}")


def line_ends(shape: ET.Element) -> tuple[float, float] | None:
    """Where a shape begins and ends, from left to right."""
    drawn = shape.get("points") or shape.get("d") or ""
    across = [float(x) for x, _ in re.findall(r"(-?[\d.]+),(-?[\d.]+)", drawn)]
    return (min(across), max(across)) if across else None


def with_prefix(svg: str, prefix: str) -> str:
    """The same figure with ids of its own, so that two on one page do not share them."""
    svg = re.sub(r'(<[^<>]*?\bid=")', rf"\1{prefix}", svg)
    return svg.replace(
        'aria-labelledby="title desc"', f'aria-labelledby="{prefix}title {prefix}desc"'
    )
