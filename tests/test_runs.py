"""How often a check runs the forward pass: a row costs a handful of runs, however large it is."""

import numpy as np
import pytest

from backprop_kit import check

HANDFUL = 6
ROWS = 6  # W, b, V, and the stages between them and the output
runs = 0


def begin() -> None:
    global runs
    runs += 1


def net(X, W, b, V):
    begin()
    h = np.tanh(X.dot(W) + b)
    scores = h.dot(V)
    f = np.sum(scores**2)
    dscores = 2 * scores
    dV = h.T.dot(dscores)
    dh = dscores.dot(V.T)
    dz = dh * (1 - h**2)
    dW = X.T.dot(dz)
    db = dz.sum(axis=0)
    return f, dW, db, dV


def runs_of_check(size: int) -> tuple[int, int]:
    """Runs and points of a check whose variables have at least `size` elements."""
    global runs
    runs = 0
    rng = np.random.default_rng(0)
    shapes = {"X": (size, 4), "W": (4, size), "b": (size,), "V": (size, 3)}
    report = check(net, **{n: 0.3 * rng.standard_normal(s) for n, s in shapes.items()})
    assert report.ok, report
    return runs, report.points


@pytest.mark.parametrize("size", [70, 100])
def test_a_large_row_costs_a_handful_of_runs(size: int) -> None:
    count, points = runs_of_check(size)
    assert count <= HANDFUL * ROWS * points, (count, points)


def test_a_larger_row_costs_no_more() -> None:
    (few, points), (more, same) = runs_of_check(70), runs_of_check(140)
    assert points == same
    assert more <= 1.1 * few  # at a point more a bend may need a second look
