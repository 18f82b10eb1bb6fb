"""Where terms cancel inside a line, rounding is all that is left: it accuses nobody, and hides no slip."""

import numpy as np
import pytest

from backprop_kit import check
from backprop_kit.view import Jitter

SEEDS = range(6)


def number(rng):
    return {"x": float(2 * rng.normal())}


def positive(rng):
    return {"x": float(0.1 + abs(rng.normal()))}


def pair(rng):
    return {"x": float(rng.normal()), "y": float(rng.normal())}


def vector(rng):
    return {"x": rng.normal(size=7)}


def long_vector(rng):
    return {"x": rng.normal(size=80)}


def table(rng):
    return {"x": rng.normal(size=(4, 6))}


SOFTMAX = "p = np.exp(x) / np.sum(np.exp(x))"
LAYER_NORM = (
    "f = np.sum((x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5))"
)
SIGMOIDS = "f = 1 / (1 + math.exp(-x)) + 1 / (1 + math.exp(x))"

# the forward pass, its inputs, and backward passes that are right: the zero, and the honest formula
CANCELS = [
    ("f = np.sum(np.exp(x) / np.sum(np.exp(x)))", vector,
     "dx = np.zeros(7)", f"{SOFTMAX}\ndx = p - p * p.sum()",
     f"{SOFTMAX}\ndx = (np.diag(p) - np.outer(p, p)) @ np.ones(7)"),
    ("f = np.sum(np.exp(x) / np.sum(np.exp(x)))", long_vector,
     "dx = np.zeros_like(x)", "e = np.exp(x)\ns = e.sum()\ndx = e / s - e * e.sum() / s**2"),
    ("f = math.sin(x)**2 + math.cos(x)**2", number,
     "dx = 0.0", "dx = math.sin(2 * x) - 2 * math.sin(x) * math.cos(x)"),
    ("f = math.log(math.exp(x)) - x", number, "dx = 0", "dx = 1 / math.exp(x) * math.exp(x) - 1"),
    ("f = math.exp(x) * math.exp(-x)", number,
     "dx = 0.0", "a = math.exp(x)\nb = math.exp(-x)\ndx = b * a - a * b"),
    ("f = x**3 - x * x * x", number, "dx = 0.0", "dx = 3 * x**2 - 3 * x * x"),
    ("f = (x + 1)**2 - x**2 - 2 * x - 1", number, "dx = 0.0", "dx = 2 * (x + 1) - 2 * x - 2"),
    ("f = math.tanh(x) - (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x))", number,
     "dx = 0.0", "dx = (1 - math.tanh(x)**2) - 1 / math.cosh(x)**2"),
    (SIGMOIDS, number, "dx = 0.0",
     "s = 1 / (1 + math.exp(-x))\nt = 1 / (1 + math.exp(x))\ndx = s * (1 - s) - t * (1 - t)"),
    ("f = math.cosh(x)**2 - math.sinh(x)**2", number,
     "dx = 0.0", "dx = math.sinh(2 * x) - 2 * math.sinh(x) * math.cosh(x)"),
    ("f = (3 * x) / (7 * x)", positive, "dx = 0.0", "dx = 3 / (7 * x) - 21 * x / (7 * x)**2"),
    ("f = math.atan(x) + math.atan(1 / x)", positive,
     "dx = 0.0", "dx = 1 / (1 + x * x) - 1 / x**2 / (1 + 1 / x**2)"),
    ("f = (x + y) * (x - y) - x**2 + y**2", pair,
     "dx = 0.0\ndy = 0.0", "dx = (x - y) + (x + y) - 2 * x\ndy = (x - y) - (x + y) + 2 * y"),
    ("f = np.log(np.exp(x) * np.exp(y)) - x - y", pair, "dx = 0.0\ndy = 0.0"),
    ("f = np.sum(x - x.mean())", vector, "dx = np.zeros(7)", "d = np.ones(7)\ndx = d - d.mean()"),
    (LAYER_NORM, table, "dx = np.zeros_like(x)",
     "s = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)\nh = (x - x.mean(axis=1, keepdims=True)) / s\n"
     "d = np.ones_like(h)\ndx = (d - d.mean(1, keepdims=True) - h * (d * h).mean(1, keepdims=True)) / s"),
    ("f = np.linalg.norm(x / np.linalg.norm(x))", vector,
     "dx = np.zeros(7)", "n = np.linalg.norm(x)\nu = x / n\ndx = (u - u * (u @ u)) / n"),
    ("f = np.sum(np.sort(x)) - np.sum(x)", vector, "dx = np.zeros(7)"),
]  # fmt: skip


def asked(code, inputs):
    return [name for name in inputs if f"d{name} =" in code]


def verdict(forward, backward, inputs, seed):
    code = f"{forward}\n{backward}"
    return check(code, seed=seed, inputs=inputs, wrt=asked(code, inputs))


@pytest.mark.parametrize(("forward", "make", "answers"), [(f, m, a) for f, m, *a in CANCELS])
def test_a_gradient_that_cancels_is_right_as_zero_and_as_its_formula(forward, make, answers):
    for seed in SEEDS:
        for backward in answers:
            report = verdict(forward, backward, make(np.random.default_rng(seed)), seed)
            assert report.ok, report


@pytest.mark.parametrize(("forward", "make", "answers"), [(f, m, a) for f, m, *a in CANCELS])
def test_a_gradient_that_is_far_above_rounding_is_wrong_there(forward, make, answers):
    for size in (1e-7, 1.0):
        backward = f"{answers[0]}\ndx = dx + {size}"
        report = verdict(forward, backward, make(np.random.default_rng(1)), 1)
        assert not report.ok, report


SLIGHT = [
    ("f = 1e-8 * x", "dx = {}1e-8"),
    ("f = 1 + 1e-8 * x", "dx = {}1e-8"),
    ("f = 1e-9 * x + math.sin(x)**2 + math.cos(x)**2", "dx = {}1e-9"),
    ("f = math.exp(x) * math.exp(-x) * 1e-8 * x", "dx = {}1e-8"),
]


@pytest.mark.parametrize(("forward", "backward"), SLIGHT)
def test_a_slight_gradient_that_is_real_keeps_its_sign(forward, backward):
    for seed in SEEDS:
        inputs = number(np.random.default_rng(seed))
        assert verdict(forward, backward.format(""), inputs, seed).ok
        assert not verdict(forward, backward.format("-"), inputs, seed).ok
        assert not verdict(forward, "dx = 0.0", inputs, seed).ok


SATURATED = [
    ("f = 1 / (1 + math.exp(-x))", "dx = f * (1 - f)"),
    ("f = 1 / (1 + math.exp(-x))", "s = 1 / (1 + math.exp(-x))\ndx = s * (1 - s)"),
    ("f = 1 / (1 + math.exp(-x))", "dx = 1 / (1 + math.exp(-x)) * (1 - 1 / (1 + math.exp(-x)))"),
    ("f = math.tanh(x)", "dx = 1 - math.tanh(x)**2"),
    ("f = np.log(1 + np.exp(x))", "s = 1 / (1 + np.exp(-x))\ndx = 1 - (1 - s)"),
    ("f = np.log(1 + np.exp(-x))", "s = 1 / (1 + np.exp(-x))\ndx = s - 1"),
    ("f = math.log1p(math.exp(-x))**2",
     "dx = -2 * math.log1p(math.exp(-x)) * math.exp(-x) / (1 + math.exp(-x))"),
    ("p = 1 / (1 + np.exp(-x))\nf = -np.log(1 - p)", "dx = p"),
    ("p = 1 / (1 + np.exp(-x))\nf = -np.log(1 - p)", "dp = 1 / (1 - p)\ndx = dp * p * (1 - p)"),
]  # fmt: skip


@pytest.mark.parametrize(("forward", "backward"), SATURATED)
def test_what_saturation_leaves_of_a_gradient_is_right(forward, backward):
    for x in (2.0, 10.0, 20.0, 25.0, 30.0, 33.0, 35.0, 36.0):
        for seed in range(3):
            report = verdict(forward, backward, {"x": x}, seed)
            assert report.ok, report


def test_where_no_imaginary_step_can_be_taken_wrong_is_wrong_and_right_is_right():
    inputs = {"x": np.array([-1.0, 0.5, 30.0])}
    assert verdict("f = np.sum(np.logaddexp(0, x))", "dx = 1 / (1 + np.exp(-x))", inputs, 0).ok
    assert not verdict("f = np.sum(np.logaddexp(0, x))", "dx = np.ones(3)", inputs, 0).ok


TAKEN_APART = [  # code in which an imaginary step is lost or misread
    ("z = complex(x[0, 0], x[0, 1])\nf = abs(z)", "dx = np.zeros((3, 3))\ndx[0, :2] = x[0, :2] / f"),
    ("f = np.linalg.slogdet(x)[1]", "dx = np.linalg.inv(x).T"),
    ("f = np.real(np.fft.ifft(np.fft.fft(x[0]) * np.fft.fft(x[1])))[0]", "dx = np.stack([x[1][[0, 2, 1]], x[0][[0, 2, 1]], 0 * x[2]])"),
    ("w, V = np.linalg.eigh(x + x.T)\nf = w[-1]", "dx = 2 * np.outer(V[:, -1], V[:, -1])"),
    ("L = np.linalg.cholesky(x @ x.T + np.eye(3))\nf = np.log(np.diag(L)).sum()", "dx = np.linalg.inv(x @ x.T + np.eye(3)) @ x"),
]  # fmt: skip


@pytest.mark.parametrize(("forward", "backward"), TAKEN_APART)
def test_where_an_imaginary_step_is_lost_slight_errors_are_found(forward, backward):
    for seed in range(3):
        inputs = {"x": np.random.default_rng(seed).normal(size=(3, 3))}
        assert verdict(forward, backward, inputs, seed).ok
        assert not verdict(forward, f"{backward}\ndx = dx * 1.0001", inputs, seed).ok


def noise(x):
    f = 2 * x
    dx = 3.0 + 1e17 * (f - 2 * x)
    return f, dx


def noise_of_one_sign(x):
    f = 2 * x
    dx = 3.0 + 1e14 * abs(f - 2 * x)
    return f, dx


@pytest.mark.parametrize("code", [noise, noise_of_one_sign])
def test_a_wrong_gradient_is_not_excused_by_noise_added_to_it(code):
    # It is 3 where the forward values are exact, and moves widely with their last digits.
    report = check(code, x=1.0)
    assert not report.ok
    assert report["dx"].verdict == "wrong"


def test_no_run_is_spent_on_rounding_where_a_slip_is_larger_than_rounding_could_be(monkeypatch):
    def none(self: Jitter) -> None:
        pytest.fail("the code was run with jitter")

    monkeypatch.setattr(Jitter, "recordings", property(none))
    report = check("q = x + y\nf = q * z\ndz = q\ndq = q\ndx = dq\ndy = dq", x=-2, y=5, z=-4)
    assert report.first_wrong == "dq"
