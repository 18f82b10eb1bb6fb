"""What a report quotes of code that goes over several lines."""

import numpy as np
import pytest

from backprop_kit import check


def wide(x, w):
    h = np.dot(
        x,  # (2, 3)
        w,
    )
    f = np.sum(h * h)
    dh = 2 * h
    dx = dh @ w
    dw = np.zeros_like(w)
    np.add(
        dw,
        x.T @ dh,
        out=dw,
    )
    return f, dx, dw


def test_a_statement_of_several_lines_is_quoted_as_one():
    inputs = {"x": np.arange(6.0).reshape(2, 3), "w": np.arange(9.0).reshape(3, 3)}
    report = check(wide, **inputs)
    assert report["dh"].text == "dh = 2 * h"
    assert report["dw"].text == "np.add(dw, x.T @ dh, out=dw)"
    assert f"ine {report['dx'].line} (`dx = dh @ w`)" in report.reason  # "Line" or "On line"


@pytest.mark.parametrize(
    ("code", "quote"),
    [
        ("f = x * y; dx = (\n  1 / 0); dy = x", "dx = (1 / 0)"),
        ("f = x * y  # the é\ndx = np.dot(\n   np.ones(2), # two\n   np.ones(3))\ndy = x",
         "dx = np.dot(np.ones(2), np.ones(3))"),
    ],
)  # fmt: skip
def test_so_is_the_one_that_raises(code, quote):
    report = check(code, x=2.0, y=3.0)
    assert f"`{quote}`) stops the backward pass" in report.reason
