"""Slopes by stepping, and gradients by nudging: measured without any calculus."""

import math

import numpy as np
import pytest

from backprop_kit import StagedError
from backprop_kit.nudge import measure, slopes
from backprop_kit.unsteady import shaken

SMOOTH = [
    (math.exp, 1.0, math.e),
    (math.log, 1e-3, 1e3),
    (lambda x: math.sin(100 * x), 0.3, 100 * math.cos(30)),
    (lambda x: x**3, 0.0, 0.0),
    (lambda x: 1e-9 * x, 3.0, 1e-9),
    (lambda x: 1e12 * x * x, 2.0, 4e12),
    (lambda x: max(x, 0.0), 1e-4, 1.0),
    (lambda x: math.sqrt(x), 1e-8, 5e3),
]


@pytest.mark.parametrize(("f", "x", "slope"), SMOOTH)
def test_smooth_slopes(f, x, slope):
    found = slopes(lambda t: f(x + t), abs(x) or 1.0)
    assert not found.kinked
    assert found.left == pytest.approx(slope, rel=1e-7, abs=1e-12)
    assert abs(found.left - slope) <= 10 * found.error + 1e-12 * abs(slope)


def test_kinks_have_two_slopes():
    found = slopes(lambda t: max(t, 0.0) + math.exp(t))
    assert found.kinked
    assert (found.left, found.right) == pytest.approx((1.0, 2.0), abs=1e-6)


def test_a_jump_has_no_slope():
    found = slopes(lambda t: 1.0 + t if t > 0 else t)
    assert np.isnan(found.right)
    truth = measure("if x > 0:\n    f = 1 + 2 * x\nelse:\n    f = 3 * x", {"x": 0.0})
    found = known(truth, "x")
    assert (float(found.low), float(found.high)) == pytest.approx((2.0, 3.0))  # one on each side


def test_steps_out_of_the_domain_are_left_out():
    found = slopes(lambda t: math.log(0.01 + t), 1.0)
    assert found.right == pytest.approx(100, rel=1e-6)


def known(truth, name):
    found = truth.gradient(name)
    assert found is not None
    return found


def gradient(text, name="x", output="f", upstream=None, **inputs):
    truth = measure(text, inputs, output=output, upstream=upstream)
    found = known(truth, name)
    np.testing.assert_array_equal(found.low, found.high)
    return found.low


NORMAL = np.random.default_rng(0).normal(size=(3, 4))

ARRAYS = [
    ("f = np.sum(np.exp(x))", np.exp(NORMAL)),
    ("f = np.abs(x).sum()", np.sign(NORMAL)),
    ("f = np.absolute(x).sum()", np.sign(NORMAL)),
    ("f = x.var() * 12", 2 * (NORMAL - NORMAL.mean())),
    ("f = np.var(x, axis=0).sum() * 3", 2 * (NORMAL - NORMAL.mean(axis=0))),
    ("f = np.std(x)", (NORMAL - NORMAL.mean()) / (12 * NORMAL.std())),
    ("f = np.linalg.norm(x)", NORMAL / np.linalg.norm(NORMAL)),
    (
        "f = np.linalg.norm(x, ord=1)",
        np.sign(NORMAL) * (np.abs(NORMAL).sum(0) == np.abs(NORMAL).sum(0).max()),
    ),
    ("f = np.vdot(x, x)", 2 * NORMAL),
    ("f = (x * np.sign(x)).sum()", np.sign(NORMAL)),
    ("f = np.sort(x, axis=None)[-1]", (NORMAL == NORMAL.max()) * 1.0),
    ("h = x.copy()\nh[h < 0] = 0\nf = h.sum()", (NORMAL > 0) * 1.0),
    ("h = np.zeros(3)\nfor i in range(3):\n    h[i] = x[i] @ x[i]\nf = h.sum()", 2 * NORMAL),
    ("h = np.zeros_like(x)\nnp.exp(x, out=h)\nf = h.sum()", np.exp(NORMAL)),
    ("h = np.empty_like(x)\nnp.tanh(x, out=h)\nf = h.sum()", 1 - np.tanh(NORMAL) ** 2),
    (
        "f = 0.0\nfor v in x.ravel():\n    f = f + (v * v if v > 0 else -v)",
        np.where(NORMAL > 0, 2 * NORMAL, -1),
    ),
    ("f = float(np.sum(x) ** 2)", 2 * NORMAL.sum() * np.ones((3, 4))),
]


@pytest.mark.parametrize(("text", "expected"), ARRAYS)
def test_arrays_where_a_complex_step_would_lie_or_fail_too(text, expected):
    np.testing.assert_allclose(gradient(text, x=NORMAL), expected, rtol=1e-6, atol=1e-9)


SCALARS = [
    ("f = max(x, y)", 2.0, 1.0, 1.0),
    ("f = min(x, y)", 2.0, 1.0, 0.0),
    ("f = abs(x) * y", -2.0, 3.0, -3.0),
    ("if x > y:\n    f = x * y\nelse:\n    f = x", 2.0, 1.0, 1.0),
    ("f = x ** y", -2.0, 2.0, -4.0),
    ("f = x ** 2.0 + y", -1.0, 2.0, -2.0),
    ("f = math.log1p(x) * math.hypot(1.0, y)", 1.0, 0.0, 0.5),
    ("def g(t):\n    return math.exp(t)\nf = g(x) * y", 0.0, 3.0, 3.0),
    ("f = 1 / (1 + math.exp(-x)) + y", 30.0, 0.0, 9.357622968839299e-14),
]


@pytest.mark.parametrize(("text", "x", "y", "expected"), SCALARS)
def test_scalars(text, x, y, expected):
    assert gradient(text, x=x, y=y) == pytest.approx(expected, rel=1e-7)


TOUCHING = [  # at x = 0 two branches touch, one of them of second order
    ("f = max(x, x * x)", 0, 1),
    ("f = max(x**2, x)", 0, 1),
    ("f = min(x, -x * x)", 0, 1),
    ("f = np.where(x > x * x, x, x * x)", 0, 1),
    ("f = np.max(np.stack([x * x, x]))", 0, 1),
    ("f = sorted([x, x * x])[1]", 0, 1),
    ("f = x if x > x * x else x * x", 0, 1),
    ("f = max(x, x * x) - min(x, -x * x)", -1, 1),
    ("f = 1e6 + max(x, x * x)", 0, 1),
    ("f = max(x, 1e9 * x * x)", 0, 1),
    ("f = 1e5 * x + max(x, x * x)", 1e5, 1e5 + 1),
    ("f = max(max(x, x * x), 2 * x)", 0, 2),
    ("f = max(2 * x, 5 * x - x * x)", 2, 5),
    ("f = math.sqrt(x * x)", -1, 1),
    ("f = (x * x) ** 0.5 + math.sqrt(x**4)", -1, 1),
    ("f = np.linalg.norm([x, x])", -(2**0.5), 2**0.5),
    ("f = max(0, x) ** 2 + abs(x) * x + max(0, x**3)", 0, 0),
    ("f = max(x, x + x * x)", 1, 1),
    ("f = max(math.sin(x), x)", 1, 1),
]


@pytest.mark.parametrize(("text", "low", "high"), TOUCHING)
def test_a_kink_between_branches_of_different_order(text, low, high):
    found = known(measure(text, {"x": 0.0}), "x")
    assert (float(found.low), float(found.high)) == pytest.approx((low, high), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("near", [1e-5, 1e-7, 1e-9, 1e-11])
def test_a_kink_nearby_is_no_kink_at_the_point(near):
    found = known(measure("h = np.maximum(x, 0)\nf = h.sum()", {"x": np.array([near, 1.0])}), "x")
    np.testing.assert_allclose([found.low, found.high], 1.0)
    found = known(measure("h = np.maximum(x, 0)\nf = h.sum()", {"x": np.array([-near, 1.0])}), "x")
    np.testing.assert_allclose([found.low, found.high], [[0.0, 1.0]] * 2, atol=1e-12)


@pytest.mark.parametrize("x", [1.0, 20.0, 25.0, 30.0])
def test_the_logarithm_of_almost_one_keeps_its_digits(x):
    small = math.exp(-x)
    slope = -2 * math.log1p(small) * small / (1 + small)
    assert gradient("f = math.log1p(math.exp(-x))**2", x=x) == pytest.approx(slope, rel=1e-9)
    assert gradient("f = np.log1p(np.exp(-x))**2", x=x) == pytest.approx(slope, rel=1e-9)


def test_rounding_inside_a_line_is_no_kink():
    values = 3 * np.random.default_rng(0).normal(size=(30, 7))
    for x in values:
        found = known(measure("f = np.sum(x - x.mean())", {"x": x}), "x")
        np.testing.assert_allclose([found.low, found.high], 0.0, atol=1e-14)
    found = gradient("f = np.log(1 + np.exp(-x))", x=33.0)
    assert found == pytest.approx(-math.exp(-33), rel=0.1)


def shaken_slopes(text, **inputs):
    """How far the slope moves in several runs with shaking arithmetic, and the slope."""
    truth = measure(text, inputs)
    directions = truth.names["x"].directions
    runs = [shaken(text, inputs, truth, directions, seed=seed) for seed in range(20)]
    return np.ravel([np.abs(moved - plain) for plain, moved, _ in runs]), float(
        truth.expected["x"].slope.middle[0]
    )


@pytest.mark.parametrize("text", [
    "f = math.sin(x)**2 + math.cos(x)**2",
    "a = [math.sin(x), math.cos(x)]\nf = sum([v * v for v in a])",
    "f = np.sum(np.exp([x, 1.0]) / np.exp([x, 1.0]).sum())",
    "h = np.zeros(2)\nh[0] = x\nh[1] = -x\nf = np.dot(h, np.ones(2)) + h.dot(np.ones(2))",
    "f = np.linalg.norm(np.array([x, 3 * x]) / np.linalg.norm(np.array([x, 3 * x])))",
    "f = x * np.float64(3.0) - 3.0 * x",
])  # fmt: skip
def test_shaking_arithmetic_shows_rounding_that_cancels(text):
    found, base = shaken_slopes(text, x=0.7)
    assert abs(base) < 1e-14
    assert 1e-16 < np.median(found) < 1e-12


@pytest.mark.parametrize("text", [
    "f = 1e-8 * math.sin(x)",
    "f = max(x, 0.0) + min(x, 5.0)",
    "h = np.sort(np.array([x, 0.7]))\nf = h[0] + h[1]",
    "f = 1 + 1e-8 * x",
])  # fmt: skip
def test_shaking_arithmetic_hardly_moves_what_does_not_cancel(text):
    found, base = shaken_slopes(text, x=0.7)
    assert np.max(found) < 1e-13 * abs(base)


def test_an_intermediate_is_nudged_after_its_last_write():
    truth = measure("h = np.zeros(2)\nh[0] = x\nh[1] = 2 * x\nf = h[0] * h[1]", {"x": 3.0})
    np.testing.assert_allclose(known(truth, "h").low, [6.0, 3.0])
    assert known(truth, "x").low == pytest.approx(12.0)


def test_direct_effects_leave_the_other_stages_where_they_were():
    truth = measure("q = x * y\nr = q + x\nf = r * q", {"x": 2.0, "y": 3.0})
    effects = {stage: float(e.low[0]) for stage, e in truth.names["x"].effects.items()}
    assert effects == pytest.approx({"q": 3.0, "r": 1.0})
    effects = {stage: float(e.low[0]) for stage, e in truth.names["q"].effects.items()}
    assert effects == pytest.approx({"r": 1.0, "f": 8.0})


def test_a_kink_is_an_interval_of_slopes():
    found = known(measure("h = max(x, 0.0)\nf = -3 * h", {"x": 0.0}), "x")
    assert (float(found.low), float(found.high)) == pytest.approx((-3.0, 0.0))


def test_inputs_that_meet_in_one_kink_are_moved_together():
    tie = measure("f = max(x, y)", {"x": 1.0, "y": 1.0})
    assert len(tie.joints) == 2
    apart = measure("f = max(x, 0.0) - max(y, 0.0)", {"x": 0.0, "y": 0.0})
    assert apart.joints == ()  # two kinks, though in one stage
    rows = measure("h = np.maximum(x, 0)\nf = h.sum()", {"x": np.zeros(3)})
    assert rows.joints == ()  # each element meets its own


def test_large_arrays_are_nudged_along_random_directions():
    big = np.random.default_rng(1).normal(size=(30, 10))
    truth = measure("f = np.sum(x**2)", {"x": big})
    assert not truth.names["x"].each
    assert truth.gradient("x") is None
    directions = truth.names["x"].directions["x"]
    claimed = (directions * 2 * big).reshape(len(directions), -1).sum(axis=1)
    np.testing.assert_allclose(truth.expected["x"].slope.low, claimed, rtol=1e-9)
    each = measure("f = np.sum(x**2)", {"x": big}, each=["x"])
    np.testing.assert_allclose(known(each, "x").low, 2 * big, rtol=1e-9)


def test_upstream_gradient():
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(gradient("f = x**2", upstream=np.array([3.0, -1.0]), x=x), [6, -4])
    with pytest.raises(StagedError, match=r"has shape \(3,\), and `f` has shape \(2,\)"):
        measure("f = x**2", {"x": x}, upstream=np.ones(3))


def test_nudging_leaves_no_trace(capsys):
    np.random.seed(3)
    before = np.random.get_state(legacy=True)[1].copy()  # type: ignore[index]
    x = np.ones(3)
    measure("print('forward')\nr = np.random.rand(3) * 0\nx *= 2\nf = x.sum() + r.sum()", {"x": x})
    assert capsys.readouterr().out == ""
    assert (np.random.get_state(legacy=True)[1] == before).all()  # type: ignore[index]
    assert (x == 1).all()
