"""`check_gradient`: every wrong layer is found, no right one is accused, and what is wrong is named."""

import math
import re
import time

import numpy as np
import pytest

import backprop_kit.gradcheck as gradcheck
from backprop_kit import GradientReport, WrongGradient, check_gradient
from backprop_kit.source import StagedError
from tests.layers import layers, slips
from tests.layers.nets import net
from tests.layers.table import README

RNG = np.random.default_rng(3)
W, V = RNG.normal(size=(3, 4)), RNG.normal(size=4)


def check_layer(layer, grads, seed):
    return check_gradient(layer.forward, layer.params, grads, layer.upstream, seed=seed)


# ----- the set of layers -------------------------------------------------------------------------


def test_the_set_is_large_enough():
    assert len(slips()) >= 60
    assert len(layers()) >= 30
    assert len({layer.kind for layer in layers()}) >= 16


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(10))
def test_no_right_layer_is_accused(seed):
    for layer in layers(seed):
        report = check_layer(layer, layer.grads, seed)
        assert report.ok, (layer.name, report)
        assert report
        assert report.wrong == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(10))
def test_each_wrong_layer_is_found_and_its_parameters_named(seed):
    for slip in slips(seed):
        report = check_layer(slip.layer, slip.grads, seed)
        assert not report
        assert set(report.wrong) == slip.wrong, (slip.name, report)
        labels = {row.label for row in report.faults}
        assert labels == {slip.label or "unknown"}, (slip.name, report)


def test_the_table_in_the_docs_is_of_this_set():
    total = next(line for line in README.read_text().splitlines() if line.startswith("| all"))
    numbers = [int(n) for n in re.findall(r"\d+", total)]
    half = len(numbers) // 2
    assert numbers[:2] == [len(slips()), len(slips())]
    assert numbers[half : half + 2] == [len(layers()), 0]


# ----- large nets --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large():
    layer = net(np.random.default_rng(0), (784, 100, 10), n=20, scale=0.05)
    return layer, {name: grad.copy() for name, grad in layer.grads.items()}


def test_a_right_net_of_79510_parameters_takes_a_few_forward_passes(large):
    layer, grads = large
    report = check_gradient(layer.forward, layer.params, grads)
    assert report.ok
    assert report.count == 79510
    assert report.evaluations <= 6


@pytest.mark.parametrize("seed", range(3))
def test_one_element_of_79510_is_off_by_a_thousandth(large, seed):
    layer, grads = large
    wrong = grads["W1"].copy()
    at = np.unravel_index(np.argsort(np.abs(wrong), axis=None)[40_000 + seed], wrong.shape)
    wrong[at] *= 1.001
    report = check_gradient(layer.forward, layer.params, {**grads, "W1": wrong}, seed=seed)
    assert report.wrong == ["W1"]
    ((place, yours, expected),) = report.elements["W1"]
    assert place == tuple(at)
    assert yours == wrong[at]
    assert math.isclose(expected, grads["W1"][at], rel_tol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_two_wrong_elements_are_named_in_eighty_forward_passes(large, seed):
    layer, grads = large
    rng = np.random.default_rng(seed)
    places = [(int(rng.integers(784)), int(rng.integers(100))) for _ in range(2)]
    wrong = grads["W1"].copy()
    for place in places:
        wrong[place] += 0.01
    report = check_gradient(layer.forward, layer.params, {**grads, "W1": wrong}, seed=seed)
    assert [place for place, _, _ in report.elements["W1"]] == sorted(places)
    assert report.evaluations <= 80


def test_hundreds_of_kinks_nearby_are_no_hindrance():
    rng = np.random.default_rng(1)
    layer = net(rng, (60, 100, 10), n=20, scale=0.05)
    x = next(
        c.cell_contents
        for c in layer.forward.__closure__
        if getattr(c.cell_contents, "ndim", 0) == 2
    )
    pinned = np.linalg.lstsq(x, np.full((20, 100), 1e-9), rcond=None)[0]
    params = {**layer.params, "W1": pinned, "b1": np.zeros(100)}
    y = next(
        c.cell_contents
        for c in layer.forward.__closure__
        if getattr(c.cell_contents, "ndim", 0) == 1
    )
    from tests.layers.nets import net_backward

    grads = net_backward(params, x, y, 0.0)
    assert np.sum(np.abs(x @ pinned) < 1e-8) >= 1000
    assert check_gradient(layer.forward, params, grads).ok
    assert check_gradient(layer.forward, params, {**grads, "W1": 1.01 * grads["W1"]}).wrong == [
        "W1"
    ]


# ----- what is found in one parameter ------------------------------------------------------------


def square(p):
    return np.sum(p["W"] ** 2)


def test_shapes_are_exact():
    report = check_gradient(lambda p: np.sum(p["b"] ** 2), {"b": V}, {"b": 2 * V[None]})
    assert report.wrong == ["b"]
    assert "(1, 4)" in str(report)
    assert "(4,)" in str(report)
    assert report.label == "extra_keepdims_shape"


def test_a_tiny_element_has_its_own_sign():
    tiny = W.copy()
    tiny[1, 1] = 1e-9
    grad = 2 * tiny
    grad[1, 1] *= -1
    report = check_gradient(square, {"W": tiny}, {"W": grad})
    assert [place for place, _, _ in report.elements["W"]] == [(1, 1)]


def test_a_thousandth_shows_among_gradients_of_1e12():
    x = np.linspace(1e11, 1e12, 40)
    grad = 2 * x * np.where(np.arange(40) == 7, 1.001, 1.0)
    report = check_gradient(lambda p: np.sum(p["x"] ** 2), {"x": x}, {"x": grad})
    assert [place for place, _, _ in report.elements["x"]] == [(7,)]


def test_nan_is_named_with_what_it_should_be():
    grad = 2 * W
    grad[2, 3] = np.nan
    report = check_gradient(square, {"W": W}, {"W": grad})
    ((place, yours, expected),) = report.elements["W"]
    assert place == (2, 3)
    assert math.isnan(yours)
    assert expected == pytest.approx(2 * W[2, 3])
    assert report.label == "not_finite"


def test_a_missing_gradient_is_missing():
    report = check_gradient(lambda p: square(p) + p["b"], {"W": W, "b": 2.0}, {"W": 2 * W})
    assert report.wrong == ["b"]
    assert report["b"].verdict == "missing"


def test_a_factor_is_said_even_where_its_cause_is_not_known():
    report = check_gradient(square, {"W": W}, {"W": 14 * W})
    assert "7 times too large, and I cannot tell why" in str(report)


def test_integers_are_told_of_and_labels_left_alone():
    table, y = np.arange(6).reshape(3, 2), np.array([0, 2])
    grad = np.array([[0.0, 2.0], [0.0, 0.0], [8.0, 10.0]])
    report = check_gradient(
        lambda p: np.sum(p["W"][p["y"]] ** 2), {"W": table, "y": y}, {"W": grad}
    )
    assert report.ok
    assert "`W` holds integers" in str(report)


@pytest.mark.parametrize(
    ("claimed", "right"),
    [
        ([[1, 0, 0], [0, 3, 0]], True),
        ([[0.5, 0.5, 0], [1, 1, 1]], True),
        ([[1, 1, 0], [3, 0, 0]], False),
        ([[1, 0, 0], [3, 3, 3]], False),
        ([[0, 0, 0], [3, 0, 0]], False),
    ],
)
def test_at_a_tie_the_whole_is_given_once(claimed, right):
    x = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0]])
    grads = {"x": np.array(claimed, dtype=float)}
    report = check_gradient(lambda p: np.sum(p["x"].max(axis=1) * [1.0, 3.0]), {"x": x}, grads)
    assert report.ok is right


def test_relus_of_opposite_sign_may_stand_on_either_side():
    zero = np.zeros(3)
    for a, b in (
        (zero, zero),
        (zero + 1, zero),
        (zero, zero - 1),
        (np.array([1.0, 0, 0]), zero - 0.5),
    ):
        report = check_gradient(
            lambda p: np.sum(np.maximum(0, p["x"]) - np.maximum(0, p["y"])),
            {"x": zero, "y": zero}, {"x": a, "y": b},
        )  # fmt: skip
        assert report.ok, report


def test_a_term_that_imaginary_steps_do_not_see_is_not_forgotten():
    def f(p):
        return np.sum(p["x"] ** 2) + 1e-4 * np.linalg.norm(np.asarray(p["x"]).view(np.ndarray))

    right = 2 * V + 1e-4 * V / np.linalg.norm(V)
    assert check_gradient(f, {"x": V}, {"x": right}).ok
    assert not check_gradient(f, {"x": V}, {"x": 2 * V}).ok


def test_what_is_off_by_less_than_a_millionth_is_right():
    x = RNG.normal(size=(9, 50))
    weights = 0.1 * RNG.normal(size=(50, 8))
    grad = x.T @ np.exp(x @ weights)
    off = grad * (1 + 1e-8 * RNG.normal(size=grad.shape))
    assert check_gradient(lambda p: np.sum(np.exp(x @ p["W"])), {"W": weights}, {"W": off}).ok


# ----- functions that cannot be judged -----------------------------------------------------------


def test_a_function_that_reads_from_outside_is_refused():
    with pytest.raises(StagedError, match="does not read what it is given"):
        check_gradient(lambda p: np.sum(W**2), {"W": W}, {"W": 2 * W})


def test_one_parameter_read_from_outside_is_said():
    report = check_gradient(
        lambda p: np.sum(W**2) + np.sum(p["b"] ** 2), {"W": W, "b": V}, {"W": 2 * W, "b": 2 * V}
    )
    assert report.wrong == ["W"]
    assert "does not move at all with `W`" in str(report)


def test_a_random_function_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(StagedError, match="another value each time"):
        check_gradient(lambda p: np.sum(p["W"] * rng.random((3, 4))), {"W": W}, {"W": W})


def test_a_function_that_changes_its_argument_is_told_of():
    def doubled(p):
        p["W"] *= 2
        return np.sum(p["W"] ** 2)

    before = W.copy()
    report = check_gradient(doubled, {"W": W}, {"W": 8 * W})
    assert report.ok
    assert "`doubled` changes `W` in place" in str(report)
    assert np.array_equal(W, before)


@pytest.mark.parametrize(
    ("f", "params", "grads", "said"),
    [
        (lambda p: int(np.sum(p["W"])), {"W": W}, {"W": W}, "returns integers"),
        (lambda p: "loss", {"W": W}, {"W": W}, "only numbers have a gradient"),
        (lambda p: p["W"] * 2, {"W": W}, {"W": W}, "give `upstream`"),
        (lambda p: np.sum(np.log(-np.abs(p["W"]))), {"W": W}, {"W": W}, "nan or infinite"),
        (lambda p: 1 / 0, {"W": W}, {"W": W}, "stops with ZeroDivisionError"),
        (square, {"W": W}, {"V": W}, "no parameter is called so"),
        (square, W, {"W": W}, "give a dict"),
        (square, {}, {}, "nothing to judge"),
        (square, {"W": np.full((3, 4), np.inf)}, {"W": W}, "finite numbers"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_a_sentence(f, params, grads, said):
    with pytest.raises(StagedError, match=said):
        check_gradient(f, params, grads)


def test_an_upstream_of_another_shape_is_refused():
    with pytest.raises(StagedError, match="must be the same"):
        check_gradient(lambda p: p["W"] * 2, {"W": W}, {"W": W}, np.ones(4))


# ----- the report --------------------------------------------------------------------------------


def test_a_right_report_is_short():
    report = check_gradient(square, {"W": W}, {"dW": 2 * W}, seed=5)
    assert isinstance(report, GradientReport)
    assert report.require() is report
    assert report.seed == 5
    assert (
        str(report)
        == "square: every gradient is right (12 numbers, 4 forward passes)\n  right     dW  shape (3, 4)"
    )
    assert "✔" in report._repr_html_()


def test_a_wrong_report_names_what_is_wrong():
    grad = 2 * W
    grad[1, 2] = 7.0
    report = check_gradient(square, {"W": W, "c": 1.0}, {"W": grad, "c": 0.0})
    assert report.first_wrong == "W"
    assert not report
    with pytest.raises(WrongGradient, match="W is not right"):
        report.require()
    assert f"[1, 2] is 7.0  <- should be {2 * W[1, 2]:.6g}" in str(report)
    html = report._repr_html_()
    assert "[1, 2] is 7.0" in html
    assert "class='wrong at-fault'" in html
    for level in (1, 2, 3):
        assert f"{2 * W[1, 2]:.4g}" not in report.hint(level)
    assert "[1, 2]" in report.hint(3)


def test_the_same_seed_gives_the_same_report():
    grad = 2 * W + 0.1
    first, again = (check_gradient(square, {"W": W}, {"W": grad}, seed=2) for _ in range(2))
    assert str(first) == str(again)
    assert first.elements == again.elements


def test_a_long_check_says_how_far_it_is(monkeypatch, capsys):
    monkeypatch.setattr(gradcheck, "PATIENCE", 0.02)
    monkeypatch.setattr(gradcheck, "EVERY", 0.0)

    def slow(p):
        time.sleep(0.02)
        print("not to be seen")
        return square(p)

    check_gradient(slow, {"W": W}, {"W": 2 * W})
    shown = capsys.readouterr()
    assert re.search(r"\rchecking: \d+ forward passes, \d+ s", shown.out)
    assert shown.out.endswith("\r")
    assert "not to be seen" not in shown.out + shown.err


def test_a_short_check_prints_nothing(capsys):
    check_gradient(square, {"W": W}, {"W": 2 * W})
    assert capsys.readouterr() == ("", "")


# ----- where steps can hardly be taken -----------------------------------------------------------


def test_a_slope_that_holds_on_a_millionth_only_is_measured():
    """The unit vector of a number near zero: its slope is a million, and gone a little aside."""
    z = np.array([[2e-9], [-0.5]])

    def unit(p):
        z = p["z"]
        return np.sum(z / np.sqrt(np.sum(z * z, axis=1, keepdims=True) + 1e-12))

    right = 1e-12 / (z * z + 1e-12) ** 1.5
    assert check_gradient(unit, {"z": z}, {"z": right}).ok
    assert check_gradient(unit, {"z": z}, {"z": 1.001 * right}).wrong == ["z"]


def test_a_gradient_that_the_output_is_too_coarse_to_show_is_right():
    z = np.array([300.0, 320.0])
    grads = {"z": 1 / (1 + np.exp(z))}
    assert check_gradient(lambda p: np.sum(-np.log(1 + np.exp(-p["z"]))), {"z": z}, grads).ok
