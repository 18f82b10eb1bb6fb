"""Sliders call the function at every move, and a page without them shows the start."""

import math

import pytest

from backprop_kit import check, draw, sliders


def screen(box):
    return box.children[-1].value


def test_moving_a_slider_calls_the_function():
    box = sliders(lambda x, y: x * y, x=(4, -6, 6), y=(-3, -6, 6))
    first, second, _ = box.children
    assert (first.description, first.min, first.max, first.value) == ("x", -6, 6, 4)
    assert screen(box) == "<pre>-12.0</pre>"
    second.value = 2.0
    assert screen(box) == "<pre>8.0</pre>"


@pytest.mark.parametrize(
    ("start", "low", "high", "step"),
    [(4, -6, 6, 0.1), (0.1, -2, 2, 0.01), (0.05, -2, 2, 0.01), (0.5, 0, 1, 0.01), (50, 0, 1000, 1)],
)
def test_the_start_is_a_stop_of_the_slider(start, low, high, step):
    knob = sliders(lambda x: x, x=(start, low, high)).children[0]
    assert knob.step == pytest.approx(step)
    assert (knob.value - low) / knob.step == pytest.approx(round((knob.value - low) / knob.step))
    assert knob.value == start


@pytest.mark.parametrize(
    "numbers", [(1, 1, 1), (1, 5, -5), 3.0, (1, 2), (9, 0, 5), (0, -math.inf, 1), ("a", 0, 1)]
)
def test_what_is_no_range_is_said_in_one_sentence(numbers):
    with pytest.raises(ValueError, match=r"the slider of `x` takes \(start, lowest, highest\)"):
        sliders(lambda x: x, x=numbers)


def test_a_page_without_widgets_shows_the_value_at_the_start():
    shown = sliders(lambda x: f"{x} < 5", x=(4, 0, 6))._repr_mimebundle_()
    assert shown["text/html"] == "<pre>4.0 &lt; 5</pre>"
    assert "application/vnd.jupyter.widget-view+json" in shown


def test_drawings_and_reports_are_shown_as_in_a_notebook():
    def times(x, y):
        f = x * y
        dx = y
        dy = x
        return f, dx, dy

    drawn = sliders(lambda x: draw("f = x * 2", x=x), x=(4, -6, 6))
    assert "<svg" in screen(drawn)
    assert "backprop-report" in screen(sliders(lambda x: check(times, x=x, y=2.0), x=(4, 1, 6)))


def test_an_exception_is_shown_and_the_slider_lives_on():
    box = sliders(lambda x: 1 / x, x=(0, -1, 1))
    assert screen(box) == "<pre>ZeroDivisionError: float division by zero</pre>"
    box.children[0].value = 0.5
    assert screen(box) == "<pre>2.0</pre>"
