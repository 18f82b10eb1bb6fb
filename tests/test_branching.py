"""A slip in a branch that the given point does not take is found, however the branch is written."""

import math
from typing import Any

import numpy as np
import pytest

from backprop_kit import check
from backprop_kit.branching import Branches, has_one_way
from backprop_kit.recorder import record

INPUTS = {"w": 0.7, "x": 1.1, "b": 0.1, "y": 1}
HINGES = [
    "f = max(0, margin)",
    "f = max(margin, 0.5 * margin, 0)",
    "f = np.maximum(0, margin)",
    "f = np.max([0, margin])",
    "f = np.clip(margin, 0, 100.0)",
    "f = 0.5 * (margin + abs(margin))",
    "f = (margin > 0) * margin",
    "f = np.where(margin > 0, margin, 0.0)",
    "f = margin if margin > 0 and x < 99 else 0.0",
    "f = max(0, margin) + max(0, -margin - 99)",
    "f = sum([m for m in [margin] if m > 0])",
]


@pytest.mark.parametrize("hinge", HINGES)
def test_a_hinge_is_seen_open_and_closed(hinge):
    for seed in range(8):
        report = check(
            f"margin = 1 - y * (w * x + b)\n{hinge}\ndx = w * -y", wrt=["x"], seed=seed, **INPUTS
        )
        assert report["dx"].verdict == "wrong", report
        assert report.points <= 9


@pytest.mark.parametrize(
    ("code", "inputs", "open_ended"),
    [
        ("f = x * x", {"x": 2.0}, False),
        ("f = max(x, 1)", {"x": 2.0}, True),
        ("f = np.sum(np.maximum(x, 0))", {"x": np.array([1.0, -1.0])}, False),
        ("f = np.sum(np.maximum(x, 0))", {"x": np.array([1.0, 2.0])}, True),
        ("f = np.sum(x * (x > 0))", {"x": np.array([1.0, -1.0])}, False),
        ("f = np.sum(np.max(x, 1))", {"x": np.array([[1.0, 2.0]])}, False),
        ("f = 0.0\nfor v in x:\n    if v > 0:\n        f += v", {"x": [1.0, -1.0]}, False),
        ("f = max(0, x) + max(0, -x)", {"x": 2.0}, True),
    ],
)
def test_decisions_that_went_one_way_are_told_from_those_that_went_both(code, inputs, open_ended):
    assert has_one_way(record(code, inputs).ways_taken()) is open_ended


def test_what_is_neither_true_nor_false_decides_nothing():
    branches = Branches()
    undecided: tuple[Any, ...] = (None, [], "x", 3.0, np.ones(3))
    for value in undecided:
        branches.decided("here", 0, value)
    branches.called(max, ("a", 1), 0)
    branches.called(max, (), 0)
    branches.called(abs, (None,), 0)
    branches.called(math.exp, (1.0,), 0)
    assert not branches.ways
