"""Code that raises or does not end: what was complete counts, and what was not is missing."""

import numpy as np
import pytest

from backprop_kit import check
from backprop_kit.staged import Clock
from tests.test_checker import verdicts


def test_a_backward_pass_that_raises_keeps_what_was_complete():
    report = check("q = x * y\nf = q\ndq = 1.0\ndy = x * dq\ndx = y * dq / 0", x=2.0, y=3.0)
    assert verdicts(report) == {"dq": "right", "dy": "right", "dx": "missing"}
    assert report.label == "raises"
    assert "Line 5 (`dx = y * dq / 0`) stops the backward pass with ZeroDivisionError" in str(
        report
    )


def test_a_gradient_that_an_exception_kept_from_being_written_is_asked_for():
    rng = np.random.default_rng(0)
    arrays = {"X": rng.normal(size=(5, 4)), "W": rng.normal(size=(4, 3))}
    report = check("s = X @ W\nf = np.sum(s * s)\nds = 2 * s\ndW = X @ ds", inputs=arrays)
    assert verdicts(report) == {"ds": "right", "dW": "missing"}
    assert "Line 4 (`dW = X @ ds`) stops the backward pass with ValueError" in report.reason


LOOP = """
h = w * x
h2 = h * x
f = np.sum(h2 * G)
dw = np.zeros(3)
for k in reversed(range(3)):
    dw[k] += x[k] * x[k] * G[k]
    stop = dw @ np.ones(2)
"""


@pytest.mark.parametrize(
    ("code", "inputs", "expected"),
    [
        (LOOP, {"w": np.arange(3.0), "x": np.ones(3), "G": np.ones(3)}, {"dw": "missing"}),
        ("f = np.sum(np.exp(w))\ndw = np.exp(w)\ndw[3] = 0", {"w": np.ones((2, 8))}, {"dw": "missing"}),
        ("f = x * y\ndx = y\ndy = x\ndy = (\n  1 / 0)", {"x": 2.0, "y": 3.0}, {"dx": "right", "dy": "missing"}),
        ("f = x * y\ndx = y\nif x != 7:\n    dy = x\n    1 / 0\nelse:\n    dx = dy = 0",
         {"x": 2.0, "y": 3.0}, {"dx": "right", "dy": "right"}),
        ("f = np.sum(w)\ndw = np.zeros(3)\nz = 1 / 0\nnp.add.at(dw, k, 1.0)",
         {"w": np.ones(3), "k": np.arange(3)}, {"dw": "missing"}),
        ("f = x * y\ngrads = {}\ngrads['x'] = y\ngrads['y'] = x\nz = 1 / 0\ngrads['y'] = x",
         {"x": 2.0, "y": 3.0}, {"dx": "right", "dy": "missing"}),
        ("f = x * y\ngrad_x = y\ngrad_y = x\nz = 1 / 0\ngrad_y = x", {"x": 2.0, "y": 3.0},
         {"dx": "right", "dy": "missing"}),
    ],
)  # fmt: skip
def test_what_was_to_be_written_again_is_not_complete(code, inputs, expected):
    wrt = list({name.removeprefix("d") for name in expected})
    report = check(code, wrt=wrt, **inputs)
    assert verdicts(report) == expected
    assert report.ok == (set(expected.values()) == {"right"})


MATCHED = """
match 1:
    case 1:
        q = x * y
        f = q * y
        dq = y
        dx = {}
        dy = q + x * dq
"""


def test_the_lines_of_a_case_are_lines_like_any_other():
    report = check(MATCHED.format("y * dq"), x=2.0, y=3.0)
    assert verdicts(report) == {"dq": "right", "dx": "right", "dy": "right"}, report
    report = check(MATCHED.format("y / 0"), x=2.0, y=3.0)
    assert verdicts(report)["dq"] == "right"
    assert "Line 7 (`dx = y / 0`) stops the backward pass" in str(report)
    assert "dx, dy were not reached" in str(report)


def test_a_forward_pass_that_raises_scores_nothing():
    report = check("f = math.log(x)\ndx = 1 / x", x=-1.0)
    assert report.score == 0.0
    assert report.label == "raises"
    assert "stops the forward pass with ValueError" in report.reason


@pytest.mark.parametrize("loop", ["while True: pass", "while x > 0:\n    t = 1"])
def test_an_endless_loop_comes_to_an_end(loop, monkeypatch):
    clock = Clock(0.2)
    monkeypatch.setattr("backprop_kit.recorder.Clock", lambda: clock)
    report = check(
        f"q = x * y\nf = q + 1\ndq = 1.0\ndy = x * dq\n{loop}\ndx = y * dq", x=2.0, y=3.0
    )
    assert verdicts(report) == {"dq": "right", "dy": "right", "dx": "missing"}
    assert report.label == "raises"
    assert "still running after 0.2 seconds" in report.reason
    forward = check(f"{loop}\nf = x\ndx = 1.0", x=2.0)
    assert forward.score == 0.0
    assert "stops the forward pass with TimeLimit" in forward.reason


def test_a_gradient_that_a_loop_never_lets_go_of_is_not_complete(monkeypatch):
    monkeypatch.setattr("backprop_kit.recorder.Clock", lambda: Clock(0.2))
    report = check("f = x * y\ndy = x\nwhile x > 0: dx = y", x=2.0, y=3.0)
    assert verdicts(report) == {"dy": "right", "dx": "missing"}
    assert not report.ok
    assert str(report).startswith("cell: the backward pass does not end on line 3; score 0.5")


@pytest.mark.parametrize(
    "code",
    [
        "f = x * y\ndy = x\nwhile x > 0: pass\ndx = y",
        "q = x * y\nf = q * df\ndy = x * df\nwhile True: pass\ndx = y",
        "f = x * y\ndy = x\nwhile x != 2: pass\ndx = y",
    ],
)
def test_code_that_does_not_end_is_run_but_once_to_its_end(code, monkeypatch):
    clocks = []

    class Counting(Clock):
        def look(self):
            try:
                super().look()
            except Exception:
                clocks.append(self)
                raise

    monkeypatch.setattr("backprop_kit.recorder.Clock", lambda: Counting(0.2))
    report = check(code, x=2, y=3)
    assert "does not end" in report.headline()
    assert len(clocks) == 1


def test_what_an_endless_loop_writes_is_bounded(monkeypatch):
    monkeypatch.setattr("backprop_kit.recorder.MOST_WRITES", 1000)
    report = check("f = x * y\ndy = x\nwhile x > 0: dx = y", x=2.0, y=3.0)
    assert "has written 1000 values and goes on; is there a way out of the loop?" in report.reason
    assert verdicts(report) == {"dy": "right", "dx": "missing"}
    monkeypatch.setattr("backprop_kit.recorder.MOST_NUMBERS", 2000)
    report = check("f = x * y\ndy = x\nwhile x > 0: dx = np.ones(500)", x=2.0, y=3.0)
    assert "has written 2000 numbers" in report.reason


def test_a_loop_without_end_after_all_gradients_is_said_in_the_headline(monkeypatch):
    monkeypatch.setattr("backprop_kit.recorder.Clock", lambda: Clock(0.2))
    report = check("f = x * 2\ndx = 2.0\nwhile x > 0:\n    z = 1\n", x=1.0)
    assert report.ok
    assert verdicts(report) == {"dx": "right"}
    assert "every gradient is right" in report.headline()
    assert "but the backward pass does not end on line" in report.headline()
