"""How long a check takes, and how often it runs the forward pass: all in one run, beside its peers.

    python tests/benchmarks/checks.py

The peers are what a learner would have instead: the element-by-element numerical gradient of the
CS231n assignments, which says that a gradient is wrong and looks at one point, and autograd's
`check_grads`, which checks autograd's own gradients. Ratios say more than the seconds of one
machine. Each measurement runs in a process of its own, best of three (of one where it takes long).
"""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
ACTIVATIONS = (300, 100)
runs = 0


def begin() -> None:
    """Counts the runs of a forward pass that calls it first."""
    global runs
    runs += 1


def staged_example(x, y):  # type: ignore[no-untyped-def]
    """The example of the notes, "Backprop in practice: Staged computation"."""
    begin()
    sigy = 1.0 / (1 + math.exp(-y))
    num = x + sigy
    sigx = 1.0 / (1 + math.exp(-x))
    xpy = x + y
    xpysqr = xpy**2
    den = sigx + xpysqr
    invden = 1.0 / den
    f = num * invden
    dnum = invden
    dinvden = num
    dden = -1.0 / den**2 * dinvden
    dsigx = dden
    dxpysqr = dden
    dxpy = 2 * xpy * dxpysqr
    dx = dxpy
    dy = dxpy
    dx += (1 - sigx) * sigx * dsigx
    dx += dnum
    dsigy = dnum
    dy += (1 - sigy) * sigy * dsigy
    return f, dx, dy


def net_right(X, y, W1, b1, W2, b2):  # type: ignore[no-untyped-def]
    begin()
    z = X.dot(W1) + b1
    h = np.maximum(0, z)
    scores = h.dot(W2) + b2
    exps = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = exps / exps.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(len(y)), y]).mean()
    dscores = probs.copy()
    dscores[np.arange(len(y)), y] -= 1
    dscores /= len(y)
    dW2 = h.T.dot(dscores)
    db2 = dscores.sum(axis=0)
    dh = dscores.dot(W2.T)
    dz = dh * (z > 0)
    dW1 = X.T.dot(dz)
    db1 = dz.sum(axis=0)
    return loss, dW1, db1, dW2, db2


def net_wrong(X, y, W1, b1, W2, b2):  # type: ignore[no-untyped-def]
    begin()
    z = X.dot(W1) + b1
    h = np.maximum(0, z)
    scores = h.dot(W2) + b2
    exps = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = exps / exps.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(len(y)), y]).mean()
    dscores = probs.copy()
    dscores[np.arange(len(y)), y] -= 1
    dscores /= len(y)
    dW2 = h.T.dot(dscores)
    db2 = dscores.sum(axis=0)
    dh = dscores.dot(W2.T)
    dz = dh  # the mask is forgotten
    dW1 = X.T.dot(dz)
    db1 = dz.sum(axis=0)
    return loss, dW1, db1, dW2, db2


def net_inputs(rows: int, hidden: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    shapes = {"W1": (20, hidden), "b1": (hidden,), "W2": (hidden, 10), "b2": (10,)}
    parameters = {name: 0.1 * rng.standard_normal(shape) for name, shape in shapes.items()}
    return {"X": rng.standard_normal((rows, 20)), "y": rng.integers(10, size=rows), **parameters}


# ----- what is measured ------------------------------------------------------------------------


def seconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def check_example() -> Any:
    from backprop_kit import check

    report = check(staged_example, x=3.0, y=-4.0)
    assert report.ok, report
    return report


def first_check() -> float:
    from backprop_kit import check  # noqa: F401  importing the kit is no part of it

    return seconds(check_example)


def repeated_check() -> float:
    check_example()
    return min(seconds(check_example) for _ in range(20))


def example_by_autograd() -> float:
    from autograd import numpy as anp
    from autograd.test_util import check_grads

    def f(x: Any, y: Any) -> Any:
        numerator = x + 1.0 / (1 + anp.exp(-y))
        return numerator / (1.0 / (1 + anp.exp(-x)) + (x + y) ** 2)

    check = check_grads(f, modes=["rev"], order=1)
    check(3.0, -4.0)
    return min(seconds(lambda: check(3.0, -4.0)) for _ in range(20))


def check_net(net: Any, rows: int, hidden: int) -> Any:
    from backprop_kit import check

    return check(net, output="loss", **net_inputs(rows, hidden))


def right_net() -> float:
    return seconds(lambda: check_net(net_right, *ACTIVATIONS))


def wrong_net() -> float:
    return seconds(lambda: check_net(net_wrong, *ACTIVATIONS))


def net_element_by_element() -> float:
    """As `eval_numerical_gradient` of the assignments does: two forward passes an element."""
    inputs = net_inputs(*ACTIVATIONS)
    return seconds(lambda: [numerical(inputs, name) for name in ("W1", "b1", "W2", "b2")])


def numerical(inputs: dict[str, Any], name: str, h: float = 1e-5) -> np.ndarray:
    x = inputs[name]
    gradient = np.zeros_like(x)
    for at in np.ndindex(*x.shape):
        old = x[at]
        x[at] = old + h
        ahead = forward(np, **inputs)
        x[at] = old - h
        behind = forward(np, **inputs)
        x[at] = old
        gradient[at] = (ahead - behind) / (2 * h)
    return gradient


def forward(np: Any, X: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    """The forward pass of the net, in NumPy or in autograd's."""
    h = np.maximum(0, np.dot(X, W1) + b1)
    scores = np.dot(h, W2) + b2
    exps = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs = exps / np.sum(exps, axis=1, keepdims=True)
    return -np.mean(np.log(probs[np.arange(len(y)), y]))


def net_by_autograd() -> float:
    from autograd import numpy as anp
    from autograd.test_util import check_grads

    inputs = net_inputs(*ACTIVATIONS)
    names = ("W1", "b1", "W2", "b2")

    def loss(*parameters: Any) -> Any:
        return forward(anp, inputs["X"], inputs["y"], *parameters)

    check = check_grads(loss, modes=["rev"], order=1)
    return seconds(lambda: check(*(inputs[name] for name in names)))


def runs_of(net: Any, rows: int, hidden: int) -> tuple[int, int]:
    """Runs of the forward pass in one check, and the rows times points it had to measure."""
    global runs
    runs = 0
    report = check_net(net, rows, hidden)
    stages = 8  # W1 b1 W2 b2, and z h scores probs on the way: what has a slope of its own
    return runs, stages * report.points


MEASURED = (
    first_check, repeated_check, example_by_autograd,
    right_net, wrong_net, net_element_by_element, net_by_autograd,
)  # fmt: skip


def measured(what: Callable[[], float], times: int = 3) -> float:
    """The best of several processes."""
    command = [sys.executable, __file__, "--measure", what.__name__]
    found = []
    for _ in range(times):
        run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        found.append(json.loads(run.stdout.splitlines()[-1]))
    return float(min(found))


def print_runs() -> None:
    print("forward passes run for a check of the 2-layer net, by its activations:")
    for net in (net_right, net_wrong):
        for rows, hidden in ((12, 8), (30, 10), (60, 20)):
            count, pairs = runs_of(net, rows, hidden)
            each = count / pairs
            print(
                f"  {net.__name__}  {rows:>3} x {hidden:<3}  {count:>6}, {each:.1f} a stage and point"
            )


def main() -> None:
    has_autograd = importlib.util.find_spec("autograd") is not None
    first, repeat = measured(first_check), measured(repeated_check)
    print("the staged example of the notes, right, 7 points:")
    print(f"  first check {1e3 * first:.0f} ms, a repeat {1e3 * repeat:.1f} ms")
    if has_autograd:
        other = measured(example_by_autograd)
        print(f"  a repeat against autograd's check_grads at one point: {repeat / other:.1f}")
    right, wrong = measured(right_net, times=1), measured(wrong_net, times=1)
    peer = measured(net_element_by_element, times=1)
    print("a 2-layer net with {} x {} activations, 7 points:".format(*ACTIVATIONS))
    print(f"  right {right:.2f} s, wrong {wrong:.2f} s")
    print(f"  against element by element at one point ({peer:.2f} s): {right / peer:.2f} right, {wrong / peer:.2f} wrong")  # fmt: skip
    if has_autograd:
        other = measured(net_by_autograd)
        print(f"  against autograd's check_grads ({other:.2f} s): {right / other:.1f} right, {wrong / other:.1f} wrong")  # fmt: skip
    print_runs()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(next(m for m in MEASURED if m.__name__ == sys.argv[2])()))
    else:
        main()
