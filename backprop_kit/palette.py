"""The colours of a figure: which theme and palette give what, and the style sheet that follows a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from backprop_kit.parts import TraceError


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


PAPERS = {
    "light": {
        "paper": "#ffffff",
        "ink": "#1f2328",
        "gate": "#fefefe",  # not the paper's own code: a style sheet tells the two apart by it
        "group": "#f4f6f8",
        "border": "#9aa4ae",
    },
    "dark": {
        "paper": "#0d1117",
        "ink": "#e6edf3",
        "gate": "#161b22",
        "group": "#1b222b",
        "border": "#57606a",
    },
}

# Green and red as in the notes; `safe` is told apart by readers who see no difference between those.
# Position says the same in both: the value stands above the wire, the gradient below.
PALETTES = {
    "notes": {
        "light": {"value": "#0a7d33", "gradient": "#c62828"},
        "dark": {"value": "#56d364", "gradient": "#ff7b72"},
    },
    "safe": {
        "light": {"value": "#00639c", "gradient": "#b34700"},
        "dark": {"value": "#58b5f0", "gradient": "#f0a030"},
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


def listed(names: object) -> str:
    """Names in a sentence: 'notes' or 'safe'."""
    return " or ".join(repr(name) for name in names)  # type: ignore[attr-defined]


# ----- following the page ------------------------------------------------------------------------

# Where a figure stands on a dark page: said by JupyterLab, by VS Code, by a page of ours.
DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", '[data-theme="dark"]')
LIGHT = ('[data-jp-theme-light="true"]', ".vscode-light", '[data-theme="light"]')


def style_sheet(palette: str) -> str:
    """Rules that turn a light figure dark with the reader's system, or with the notebook around it."""
    root = f"svg.backprop-{palette}"
    dark = rules(colours(palette, "dark"))
    light = rules(colours(palette, "light"))
    system = "".join(f"{root} {selector}{{{rule}}}" for selector, rule in dark)
    around = [
        f"{','.join(f'{page} {root} {selector}' for page in pages)}{{{rule}}}"
        for pages, theme in ((DARK, dark), (LIGHT, light))
        for selector, rule in theme
    ]
    return f"@media (prefers-color-scheme:dark){{{system}}}{''.join(around)}"


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
