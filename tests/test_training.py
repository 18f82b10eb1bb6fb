"""What shows how training goes: a bar while it runs, a curve and regions when it is over."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from IPython.core import getipython
from IPython.core.interactiveshell import InteractiveShell

from backprop_kit import bar, curve, progress, regions

SVG = "{http://www.w3.org/2000/svg}"


def parts(picture, tag):
    return list(ET.fromstring(picture.svg).iter(SVG + tag))


class Place:
    """Stands in for what IPython gives for something that it displays."""

    def __init__(self):
        self.shown = []

    def update(self, bar):
        self.shown.append(bar)


@pytest.fixture
def place(monkeypatch):
    """The place of the bar in a notebook, where every step is shown."""
    found = Place()
    monkeypatch.setattr(getipython, "get_ipython", lambda: InteractiveShell)
    monkeypatch.setattr("IPython.display.display", lambda start, display_id: found)
    monkeypatch.setattr(bar, "EVERY", 0.0)
    return found


# --- the bar --------------------------------------------------------------------------------------


def test_a_loop_is_counted_and_shown_to_its_end(place):
    losses: list[float] = []
    for step in progress(3, lambda: f"loss {losses[-1]:.2f}"):
        losses.append(1.0 / (step + 1))
    assert [repr(bar) for bar in place.shown] == [
        "1 of 3, loss 1.00",
        "2 of 3, loss 0.50",
        "3 of 3, loss 0.33",
    ]
    assert 'max="3" value="3"' in place.shown[-1]._repr_html_()


def test_what_is_said_is_text_and_no_markup(place):
    list(progress(1, lambda: "<b>"))
    assert "&lt;b&gt;" in place.shown[-1]._repr_html_()


def test_a_loop_that_is_left_says_where(place):
    for step in progress(10):
        if step == 4:
            break
    assert repr(place.shown[-1]) == "4 of 10"


def test_outside_of_a_notebook_a_line_of_text_takes_its_place(capsys):
    assert list(progress(2, lambda: "done")) == [0, 1]
    assert capsys.readouterr().out == "\r2 of 2, done\n"


def test_no_steps_are_no_trouble(capsys):
    assert list(progress(0, lambda: 1 / 0)) == []
    assert capsys.readouterr().out == ""


# --- the curve ------------------------------------------------------------------------------------


def heights(picture):
    points = [line.get("points", "").split() for line in parts(picture, "polyline")]
    return [[float(point.split(",")[1]) for point in run] for run in points]


def test_a_curve_falls_where_its_numbers_do():
    (run,) = heights(curve([4.0, 2.0, 1.0]))
    assert run == sorted(run)  # down the page
    assert repr(curve([4.0, 2.0, 1.0])) == "loss: 4 at the start, 1 after 3 steps"


def test_the_axis_begins_at_zero_and_ends_on_a_tidy_number():
    texts = [text.text for text in parts(curve([1.0986, 0.9], "cost"), "text")]
    assert texts == ["0", "1.5", "2 steps", "cost"]


def test_a_number_that_is_not_finite_leaves_a_gap():
    runs = heights(curve([1.0, 2.0, math.nan, 1.0, math.inf]))
    assert [len(run) for run in runs] == [2, 1]


def test_a_long_curve_keeps_its_last_number():
    (run,) = heights(curve(np.linspace(1.0, 0.0, 5001)))
    assert len(run) < 600
    assert run[-1] == 208.0


def test_flat_negative_and_single_numbers_are_drawn():
    for numbers in ([0.0, 0.0], [-1.0, -3.0], [2.0]):
        assert len(heights(curve(numbers))) == 1


def test_a_name_is_text_whatever_it_is_made_of():
    picture = curve([4.0, 1.0], '"a" & <b>')
    assert parts(picture, "text")[-1].text == '"a" & <b>'
    assert repr(picture).startswith('"a" & <b>: 4 at the start')


def test_nothing_finite_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="no number of the loss is finite"):
        curve([math.nan])


# --- the regions ----------------------------------------------------------------------------------

POINTS = np.array([[-1.0, 0.0], [1.0, 0.5], [0.5, -1.0]])


def side(points):
    """The class of a point: 1 on the right."""
    return (points[:, 0] > 0).astype(int)


def test_the_plane_is_parted_where_the_classes_change():
    picture = regions(side, POINTS, [0, 1, 0])
    assert repr(picture) == "3 points of 2 classes, 66.7% of them in the region of their own class"
    ground = [rect for rect in parts(picture, "rect") if rect.get("fill-opacity")]
    assert len(ground) == 2 * 85  # two strips in each row
    left, right = ground[:2]
    assert left.get("fill") != right.get("fill")
    assert float(left.get("width", 0)) == pytest.approx(170, abs=4)
    assert right.get("x") == left.get("width")  # no gap, and nothing twice
    assert float(right.get("x", 0)) + float(right.get("width", 0)) == 340


def test_up_is_up():
    def above(points):
        return (points[:, 1] > 0).astype(int)

    first, *_, last = (r for r in parts(regions(above, POINTS, [0, 1, 0]), "rect"))
    assert first.get("fill") == parts(regions(side, POINTS, [0, 1, 0]), "rect")[1].get("fill")


def test_without_a_classifier_the_points_alone_are_drawn():
    picture = regions(None, POINTS, [0, 1, 2])
    assert repr(picture) == "3 points of 3 classes"
    assert [len(parts(picture, tag)) for tag in ("circle", "rect", "path")] == [1, 1, 1]


def test_arrays_of_other_shapes_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match=r"these are \(3, 2\) and \(2,\)"):
        regions(None, POINTS, [0, 1])
    with pytest.raises(ValueError, match="drawn in the plane"):
        regions(None, np.zeros((3, 3)), [0, 1, 2])
    with pytest.raises(ValueError, match=r"a class for each of 7225 points.*this gave \(\)"):
        regions(lambda points: 1, POINTS, [0, 1, 0])
