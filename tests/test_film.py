"""`play(...).to_svg`: a slider that moves by itself, and every number that follows it."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from backprop_kit import play, trace
from backprop_kit.film import STOPS
from backprop_kit.numerals import written
from backprop_kit.parts import TraceError
from tests.figures import SVG, texts, wire

NEURON = "dot = w*x + b\nf = 1 / (1 + math.exp(-dot))"
AT = {"w": 2.0, "x": (-1.0, -3, 3), "b": -0.5}
BRANCH = "if x > 0:\n    f = x * y\nelse:\n    f = x + y"


def saved(widget, folder, moving=None):
    return widget.to_svg(folder / "film.svg", moving).read_text(encoding="utf-8")


def in_turn(group, part):
    """What a number becomes, stop by stop; one text where it stays the same."""
    for element in group:
        if element.get("class") == part and element.tag == f"{SVG}g":
            return [text.text for text in element]
    return texts(group, part)


@pytest.mark.parametrize("name", ["w", "x", "b", "dot", "f"])
def test_at_every_stop_the_wires_say_what_the_circuit_says(name, tmp_path):
    svg = saved(play(NEURON, inputs=AT), tmp_path, "x")
    for part, number in (("value", "value"), ("gradient", "d")):
        expected = [
            written(getattr(trace(NEURON, w=2.0, x=float(x), b=-0.5)[name], number))
            for x in np.linspace(-3, 3, STOPS)
        ]
        found = in_turn(wire(svg, name), part)
        assert found == (expected if len(set(expected)) > 1 else expected[:1])


def test_one_number_is_seen_at_a_time_and_the_start_where_nothing_may_move(tmp_path):
    widget = play(NEURON, inputs=AT)
    svg = saved(widget, tmp_path, "x")
    starts = [e.text for e in ET.fromstring(svg).iter() if "start" in e.get("class", "").split()]
    assert {written(widget.value), written(widget.gradients["x"]), "−1.00"} <= set(starts)
    shown = re.findall(r"@keyframes t(\d+)\{(.*?\})\}", svg)
    assert [int(k) for k, _ in shown] == list(range(STOPS))
    ends = [[float(p) for p in re.findall(r"([\d.]+)%", frames)] for _, frames in shown]
    assert all(0 <= p <= 100 for frame in ends for p in frame)
    assert svg.index(".turn{visibility:hidden}.start{visibility:visible}") < svg.index(
        "@media (prefers-reduced-motion:no-preference)"
    )


def test_every_slider_is_drawn_and_one_goes_along(tmp_path):
    svg = saved(play(NEURON, inputs=AT), tmp_path, "x")
    sliders = [g for g in ET.fromstring(svg) if g.get("class") == "slider"]
    assert [g[0].text for g in sliders] == ["w", "x", "b"]
    assert ["knob" in g[2].get("class", "") for g in sliders] == [False, True, False]
    assert "x moves from −3 to 3." in svg
    assert "<script" not in svg


def test_without_a_slider_to_move_everything_stands_still(tmp_path):
    svg = saved(play(NEURON, inputs=AT), tmp_path)
    assert "@keyframes" not in svg
    assert texts(wire(svg, "f"), "value") == [
        written(trace(NEURON, w=2.0, x=-1.0, b=-0.5)["f"].value)
    ]


def test_the_widget_is_left_as_it_was_and_the_sliders_stand_where_they_are(tmp_path):
    widget = play(NEURON, inputs=AT)
    widget.inputs = {"x": 1.5}
    before = (dict(widget.inputs), dict(widget.gradients), widget.circuit["f"].d)
    svg = saved(widget, tmp_path, "x")
    assert (dict(widget.inputs), dict(widget.gradients), widget.circuit["f"].d) == before
    assert "1.50" in [e.text for e in ET.fromstring(svg).iter() if "start" in e.get("class", "")]


@pytest.mark.parametrize(
    ("widget", "moving", "words"),
    [
        (lambda: play(NEURON, inputs=AT), "y", "no slider is called 'y'; there are w, x, b"),
        (lambda: play(BRANCH, x=(2.0, -3, 3), y=4.0), "x", "another branch is taken where `x` is"),
        (lambda: play("f = np.sum(x)", x=np.ones(2)), None, "there are arrays in this circuit"),
        (lambda: play(NEURON, mode="predict", inputs=AT), None, "to be predicted"),
    ],
)
def test_what_no_picture_can_show_is_refused_by_a_sentence(widget, moving, words, tmp_path):
    with pytest.raises(TraceError, match=words):
        widget().to_svg(tmp_path / "film.svg", moving)
    with pytest.raises(TraceError, match="there is no folder"):
        widget().to_svg(tmp_path / "nowhere" / "film.svg", moving)
