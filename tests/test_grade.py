"""`grade`: points for a learner, and never an exception for a learner's fault."""

import numpy as np
import pytest

from backprop_kit import grade
from tests.test_checker import fork, right


def test_grade_prints_the_report_and_returns_a_plain_float(capsys):
    points = grade(fork, 5, at={"x": 3.0, "y": -4.0})
    assert type(points) is float
    assert points == 3.75
    out, err = capsys.readouterr()
    assert "dx is not right" in out
    assert err == ""
    assert grade(right, 5, at=[{"x": 2.0, "y": 3.0}, {"x": -1, "y": 0.5}]) == 5.0


def test_grade_takes_the_worst_point():
    def only_here(x):
        f = x * x
        dx = 2 * x if abs(x) < 50 else 0.0
        return f, dx

    assert grade(only_here, 4, at={"x": 1.0}) == 4.0
    assert grade(only_here, 4, at=[{"x": 1.0}, {"x": 100.0}]) == 0.0


def noisy(x):
    import sys
    import warnings

    print("noise", file=sys.stderr)
    warnings.warn("careful", stacklevel=1)
    f = np.float64(x) * 2
    dx = 2.0 + 0 * np.log(np.float64(-1.0) * 0 + 1)
    return f, dx


def blank(x, y):
    f = x * y
    return f, dx, dy  # type: ignore[name-defined]  # noqa: F821


def leaves(x):
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("code", "at", "earned", "said"),
    [
        (noisy, {"x": 1.0}, 2.0, "every gradient is right"),
        (blank, {"x": 1.0, "y": 2.0}, 0.0, "name 'dx' is not defined"),
        (leaves, {"x": 1.0}, 0.0, "stops the forward pass with SystemExit"),
        ("f = = 3", {"x": 1.0}, 0.0, "Line 1 is not Python"),
        (lambda x: x, {"x": 1.0}, 0.0, "this is a lambda"),
        (right, {"x": 1.0, "z": 2.0}, 0.0, "no input called `z`"),
        (None, {"x": 1.0}, 0.0, "this is a NoneType"),
    ],
)
def test_a_learners_fault_costs_points_and_is_said(code, at, earned, said, capsys):
    assert grade(code, 2, at=at) == earned
    out, err = capsys.readouterr()
    assert said in out
    assert err == ""


def test_a_learner_does_not_choose_what_is_required():
    def less(x, y):
        f = x * y
        dx = y
        return f, dx

    assert grade(less, 10, at={"x": 2.0, "y": 3.0}) == 5.0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"points": 5, "at": []}, "names no point"),
        ({"points": 5, "at": {"x": np.ones(3)}}, "nothing to grade"),
        ({"points": -1, "at": {"x": 1.0}}, "points are a number"),
        ({"points": True, "at": {"x": 1.0}}, "points are a number"),
    ],
)
def test_a_grade_that_asks_for_nothing_is_the_authors_mistake(arguments, sentence):
    points = arguments.pop("points")
    with pytest.raises(ValueError, match=sentence):
        grade(right, points, **arguments)
