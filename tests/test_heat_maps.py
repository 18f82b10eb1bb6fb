"""Shades of an array: every cell in its place, every sign seen, by every reader and on every page."""

import itertools
import re
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from backprop_kit.drawing import draw
from backprop_kit.heat import STEPS, HeatMap
from backprop_kit.palette import (
    PALETTES,
    PAPERS,
    colours,
    mark,
    shade_classes,
    shade_of,
)
from backprop_kit.summary import said
from tests.figures import SVG, classes, contrast, luminance, texts, title, wire

RNG = np.random.default_rng(7)
AFFINE = "scores = X.dot(W) + b\nf = np.sum(scores * G)"
LAYER = {
    "X": RNG.normal(size=(5, 3)), "W": RNG.normal(size=(3, 4)),
    "b": RNG.normal(size=4), "G": RNG.normal(size=(5, 4)),
}  # fmt: skip


def test_a_larger_array_is_drawn_in_shades_with_its_range():
    x = np.array([[-4.0, 0.0, 0.1, 2.0, 4.0], [-0.1, 1.0, -1.0, 3.0, 0.0]])
    group = wire(draw("f = np.sum(x * x)", x=x, show="value").svg, "x")
    assert [c for c in classes(group) if c != "frame"] == [
        "minus-value-5", "tile", "value-1", "value-3", "value-5",
        "minus-value-1", "value-2", "minus-value-2", "value-4", "tile",
    ]  # fmt: skip
    assert texts(group, "value") == ["−4.00 … 4.00"]


def test_the_sign_of_a_cell_is_written_on_it():
    x = np.linspace(-1, 1, 15).reshape(3, 5)
    group = wire(draw("f = np.sum(x * x)", x=x).svg, "x")
    for part in ("value", "gradient"):
        marks = [t.text for t in group.iter(f"{SVG}text") if (t.get("class") or "").startswith(f"on-minus-{part}")]  # fmt: skip
        assert marks == ["−"] * 7
        assert not [t for t in group.iter(f"{SVG}text") if (t.get("class") or "").startswith(f"on-{part}")]  # fmt: skip


def test_what_is_no_number_is_seen_and_said():
    y = np.array([[np.nan, np.inf, -np.inf, 1.0, 2.0]] * 2)
    figure = draw("s = np.where(m, x, y)\nf = np.sum(s)", m=np.zeros((2, 5), bool), x=np.ones((2, 5)), y=y)  # fmt: skip
    group = wire(figure.svg, "y")
    assert texts(group, "on-unknown") == ["?", "?"]
    assert texts(group, f"on-value-{STEPS}") == ["∞", "∞"]
    assert texts(group, f"on-minus-value-{STEPS}") == ["−∞", "−∞"]
    assert "min 1.00, max 2.00, mean 1.50, 2 nan, 2 ∞, 2 −∞" in title(figure.svg, "y")
    hopeless = draw("f = np.sum(np.where(m, x, y))", m=np.zeros((2, 5), bool), x=np.ones((2, 5)), y=np.array([[np.nan, np.inf, np.nan, np.inf, np.nan]] * 2))  # fmt: skip
    assert texts(wire(hopeless.svg, "y"), "value") == ["6 nan, 4 ∞"]


@pytest.mark.parametrize(
    ("shape", "cells", "block"),
    [
        ((300, 100), (12, 12), (25, 9)), ((12, 12), (12, 12), (1, 1)), ((13, 3), (12, 3), (2, 1)),
        ((50,), (1, 12), (1, 5)), ((64, 28, 28), (12, 12), (150, 3)), ((6, 1), (6, 1), (1, 1)),
    ],
)  # fmt: skip
def test_a_huge_array_is_averaged_down_to_cells_that_can_be_seen(shape, cells, block):
    array = RNG.normal(size=shape)
    heat = HeatMap(array)
    assert heat.cells.shape == cells
    assert heat.block == block
    counts = HeatMap(np.ones(shape))
    assert np.allclose(counts.cells, 1)  # a cell is a mean, whatever the size of its block
    flat = array.reshape(-1, shape[-1])
    down, across = (n * 1 // c for n, c in zip(flat.shape, cells, strict=True))
    assert heat.cells[0, 0] == pytest.approx(flat[:down, :across].mean())


def test_averages_are_said_to_be_averages():
    figure = draw("f = np.sum(np.tanh(X))", X=RNG.normal(size=(300, 100)))
    assert "a cell is the mean of up to 25×9 elements" in title(figure.svg, "X")
    assert "a cell is the mean of up to 5 elements" in title(draw("f = np.sum(v * v)", v=RNG.normal(size=50)).svg, "v")  # fmt: skip
    assert "mean of up to" not in title(draw(AFFINE, inputs=LAYER).svg, "X")
    assert len(figure.svg) < 200_000


@pytest.mark.parametrize("size", [1e-310, 1e-12, 1.0, 1e308])
def test_shades_are_relative_to_the_largest_element_and_keep_every_sign(size):
    array = np.array([[1.0, -1.0, 0.3, -1e-9, 0.0] * 6] * 2) * size
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        steps = [HeatMap(array[:, :5]).step(cell) for cell in (array[0, :5]).tolist()]
        words = said(array, False)
    assert steps == [5, -5, 2, -1 if array[0, 3] else 0, 0]
    assert "∞" not in words
    assert "nan" not in words


def test_a_mask_is_shaded_where_it_is_true():
    keep = np.arange(42).reshape(6, 7) % 3 == 0
    figure = draw("f = np.sum(np.where(keep, x, 0.0))", keep=keep, x=RNG.normal(size=(6, 7)))
    group = wire(figure.svg, "keep")
    assert [c == "value-5" for c in classes(group) if c != "frame"][:42] == keep.ravel().tolist()
    assert texts(group, "value") == ["14 of 42 true"]
    assert "shaded where true" in title(figure.svg, "keep")


def test_the_layers_of_an_array_stand_below_each_other_with_a_gap_between():
    group = wire(draw("f = np.sum(x * x)", x=RNG.normal(size=(2, 3, 5)), show="value").svg, "x")
    tiles = [p for p in group.iter(f"{SVG}polygon") if p.get("class") != "frame"]
    tops = sorted({float(re.findall(r",(-?[\d.]+)", p.get("points"))[1]) for p in tiles})
    steps = np.diff(tops)
    assert len(tops) == 6
    assert steps[2] > steps[0] == steps[1] == steps[3] == steps[4]


# ----- who can read it ----------------------------------------------------------------------------


THEMES = [*itertools.product(PALETTES, PAPERS)]
EVERY_STEP = [None, *range(-STEPS, STEPS + 1)]


@pytest.mark.parametrize(("palette", "theme"), THEMES)
def test_signs_stand_out_from_their_shades(palette, theme):
    shades = {shade_of(colours(palette, theme), part, step) for part in ("value", "gradient") for step in EVERY_STEP}  # fmt: skip
    assert len(shades) == 2 * 2 * STEPS + 2  # every step of either part can be told by its colour
    assert min(contrast(shade, mark(shade)) for shade in shades) >= 4.5
    assert set(shade_classes(colours(palette, theme))) == shades


@pytest.mark.parametrize(("palette", "theme"), THEMES)
def test_shades_run_away_from_zero_to_both_sides(palette, theme):
    for part, side in itertools.product(("value", "gradient"), (1, -1)):
        steps = [shade_of(colours(palette, theme), part, side * step) for step in range(STEPS + 1)]
        bright = [luminance(step) for step in steps]
        assert bright == sorted(bright, reverse=theme == "light")


def seen(colour, blind):
    """A colour as it looks without one of the three cones (Viénot, Brettel and Mollon, 1999)."""
    r, g, b = ((int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5))
    if blind == "protan":
        rg = 0.11238 * r + 0.88762 * g
        return rg, rg, 0.00401 * (r - g) + b
    rg = 0.29275 * r + 0.70725 * g
    return rg, rg, -0.02234 * (r - g) + b


def hue(colour, blind):
    """Towards yellow (positive) or blue: what is left of hue to eyes that do not tell red from green."""
    yellow, _, blue = (max(c, 0) ** (1 / 2.2) for c in seen(colour, blind))
    return yellow - blue


@pytest.mark.parametrize("theme", PAPERS)
@pytest.mark.parametrize("blind", ["protan", "deutan"])
@pytest.mark.parametrize("part", ["value", "gradient"])
def test_the_two_sides_differ_for_readers_who_do_not_tell_red_from_green(theme, blind, part):
    shades = colours("safe", theme)
    above, below = shade_of(shades, part, STEPS), shade_of(shades, part, -STEPS)
    assert hue(above, blind) * hue(below, blind) < 0  # one is yellow to them, the other blue
    assert abs(hue(above, blind) - hue(below, blind)) > 0.3


@pytest.mark.parametrize(("palette", "theme"), THEMES)
def test_every_colour_of_a_figure_with_arrays_is_known_to_the_theme(palette, theme):
    svg = draw(AFFINE, inputs=LAYER, palette=palette, theme=theme).svg
    shades = colours(palette, theme)
    known = {*vars(shades).values(), *shade_classes(shades), "#000000", "#ffffff"}
    assert set(re.findall(r"#[0-9a-f]{6}", svg)) <= known


@pytest.mark.parametrize("palette", PALETTES)
def test_an_automatic_figure_has_a_rule_for_every_tile_and_sign_in_both_themes(palette):
    svg = draw(AFFINE, inputs=LAYER, palette=palette).svg
    sheet = ET.fromstring(svg).findtext(f"{SVG}style")
    assert sheet is not None
    root = ET.fromstring(svg)
    for element in root.iter():
        role = element.get("class", "")
        if element.tag in (f"{SVG}polygon", f"{SVG}text", f"{SVG}polyline"):
            assert f".{role}{{" in sheet, ET.tostring(element)
    for theme in PAPERS:
        assert all(shade in sheet for shade in shade_classes(colours(palette, theme)))


def test_a_figure_of_numbers_carries_no_rule_for_arrays():
    assert "minus-value" not in draw("f = x * 2", x=1.0).svg
