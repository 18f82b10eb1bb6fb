"""Reading a figure in a test: its wires, what is written on them, and how well that can be seen."""

import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"


def wire(svg, name):
    """The group of shapes of the wire that is called `name`."""
    groups = [g for g in ET.fromstring(svg).iter(f"{SVG}g") if "wire" in g.get("class", "").split()]
    return next(g for g in groups if name in [t.text for t in g.iter(f"{SVG}text")])


def texts(group, role):
    return [t.text for t in group.iter(f"{SVG}text") if t.get("class") == role]


def classes(group):
    return [p.get("class") for p in group.iter(f"{SVG}polygon")]


def title(svg, name):
    return wire(svg, name).findtext(f"{SVG}title")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
