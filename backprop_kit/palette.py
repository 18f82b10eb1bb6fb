"""The colours of a figure: which theme and palette give what, and the style sheet that follows a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from backprop_kit.heat import STEPS
from backprop_kit.parts import TraceError
from backprop_kit.themes import on_pages


class DrawingError(TraceError):
    """A figure that cannot be drawn; the message says why and what to do."""


@dataclass(frozen=True)
class Colours:
    """Every colour of one figure, as hex codes."""

    paper: str  # behind the figure
    ink: str  # lines, arrows, names
    gate: str  # inside a gate
    group: str  # inside the box of a group
    border: str  # around that box
    value: str  # forward: above the wire
    gradient: str  # backward: below the wire
    minus_value: (
        str  # the fullest shade of a negative value in a heat map; the others fade to `gate`
    )
    minus_gradient: str  # and of a negative gradient
    unknown: str  # in place of what is no number


PAPERS = {
    "light": {
        "paper": "#ffffff",
        "ink": "#1f2328",
        "gate": "#fefefe",  # not the paper's own code: a style sheet tells the two apart by it
        "group": "#f4f6f8",
        "border": "#9aa4ae",
        "unknown": "#c9ced4",
    },
    "dark": {
        "paper": "#0d1117",
        "ink": "#e6edf3",
        "gate": "#161b22",
        "group": "#1b222b",
        "border": "#57606a",
        "unknown": "#6a737d",
    },
}

# Green and red as in the notes; `safe` is told apart by readers who see no difference between those.
# Position says the same in both: the value stands above the wire, the gradient below. In a heat map
# the same colours are for positive elements, and each has an opposite for negative ones that no kind
# of colour blindness confuses with it; a minus in the cell says it once more.
PALETTES = {
    "notes": {
        "light": {
            "value": "#0a7d33",
            "minus_value": "#762a83",
            "gradient": "#c62828",
            "minus_gradient": "#2166ac",
        },
        "dark": {
            "value": "#56d364",
            "minus_value": "#d2a0e6",
            "gradient": "#ff7b72",
            "minus_gradient": "#6cb6ff",
        },
    },
    "safe": {
        "light": {
            "value": "#00639c",
            "minus_value": "#8a6100",
            "gradient": "#b34700",
            "minus_gradient": "#5e3c99",
        },
        "dark": {
            "value": "#58b5f0",
            "minus_value": "#d9b13b",
            "gradient": "#f0a030",
            "minus_gradient": "#b9a3f0",
        },
    },
}

THEMES = ("auto", "light", "dark")


def colours(palette: str, theme: str) -> Colours:
    """The colours of a palette on a theme; `auto` starts out light. Raises `DrawingError`."""
    if palette not in PALETTES:
        raise DrawingError(f"there is no palette {palette!r}; choose one of {listed(PALETTES)}")
    if theme not in THEMES:
        raise DrawingError(f"there is no theme {theme!r}; choose one of {listed(THEMES)}")
    paper = "dark" if theme == "dark" else "light"
    return Colours(**PAPERS[paper], **PALETTES[palette][paper])


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: 'notes' or 'safe'."""
    return " or ".join(map(repr, names))


# ----- shades of a heat map -----------------------------------------------------------------------

PALEST = 0.2  # of the full colour: the first step from zero, still told apart from none


def shade_of(theme: Colours, part: str, step: int | None) -> str:
    """The colour of a cell of a heat map, from the step that `heat.py` gives it."""
    if step is None:
        return theme.unknown
    if step == 0:
        return theme.gate
    full = str(getattr(theme, part if step > 0 else f"minus_{part}"))
    return mixed(theme.gate, full, PALEST + (1 - PALEST) * (abs(step) - 1) / (STEPS - 1))


def mixed(one: str, other: str, amount: float) -> str:
    """A colour on the way from one to the other."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * amount):02x}" for a, b in pairs)


def mark(behind: str) -> str:
    """Black or white, whichever is read better on a colour."""
    return "#000000" if luminance(behind) > 0.1791 else "#ffffff"  # there both contrasts are alike


def luminance(colour: str) -> float:
    """How bright a colour is, as the accessibility guidelines (WCAG 2) measure it."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def shade_classes(theme: Colours) -> dict[str, str]:
    """The class of each shade by its colour, as `value-3`, `minus-gradient-5`."""
    classes = {theme.gate: "tile", theme.unknown: "unknown"}
    for part in ("value", "gradient"):
        for step in range(1, STEPS + 1):
            classes[shade_of(theme, part, step)] = f"{part}-{step}"
            classes[shade_of(theme, part, -step)] = f"minus-{part}-{step}"
    return classes


# ----- following the page ------------------------------------------------------------------------


def style_sheet(palette: str, shaded: bool = False) -> str:
    """Rules that turn a light figure dark with the reader's system, or with the notebook around it.

    `shaded` adds those for the tiles of arrays.
    """
    root = f"svg.backprop-{palette}"
    parts = (rules, shade_rules) if shaded else (rules,)
    dark = [rule for part in parts for rule in part(colours(palette, "dark"))]
    light = [rule for part in parts for rule in part(colours(palette, "light"))]
    system = "".join(f"{root} {selector}{{{rule}}}" for selector, rule in dark)
    around = "".join(
        on_pages(f"{root} {selector}", rule, shade)
        for (selector, rule), (_, shade) in zip(light, dark, strict=True)
    )
    return f"@media (prefers-color-scheme:dark){{{system}}}{around}"


def rules(theme: Colours) -> list[tuple[str, str]]:
    """What each part of the figure gets, by the classes that `svg.py` gives them."""
    shade = asdict(theme)
    return [
        (".ink", f"fill:{shade['ink']}"),
        (".line", f"stroke:{shade['ink']}"),
        (".head", f"fill:{shade['ink']};stroke:{shade['ink']}"),
        (".disc", f"fill:{shade['gate']};stroke:{shade['ink']}"),
        (".box", f"fill:{shade['group']};stroke:{shade['border']}"),
        (".value", f"fill:{shade['value']}"),
        (".gradient", f"fill:{shade['gradient']}"),
    ]


def shade_rules(theme: Colours) -> list[tuple[str, str]]:
    """What the tiles of an array get, and the marks on them."""
    found = [(".frame", f"stroke:{theme.border}")]
    for colour, name in shade_classes(theme).items():
        found += [(f".{name}", f"fill:{colour}"), (f".on-{name}", f"fill:{mark(colour)}")]
    return found


def shade_sheet(palette: str) -> str:
    """The shades by their classes alone, for tiles that change their class; another theme comes after it."""
    root = f"svg.backprop-{palette}"
    return "".join(
        f"{root} {selector}{{{rule}}}" for selector, rule in shade_rules(colours(palette, "light"))
    )


def live_sheet(palette: str) -> str:
    """The same colours as custom properties, for the controls around a figure that can be moved."""
    root = f".backprop-play.backprop-{palette}"

    def block(theme: str) -> str:
        return ";".join(
            f"--{part.replace('_', '-')}:{c}" for part, c in asdict(colours(palette, theme)).items()
        )

    light, dark = block("light"), block("dark")
    around = on_pages(root, light, dark)
    return f"{root}{{{light}}}@media (prefers-color-scheme:dark){{{root}{{{dark}}}}}{around}"
