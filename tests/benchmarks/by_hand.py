"""The code that replayed circuits are measured against: by hand, and by micrograd.

By hand means as a good programmer writes it: the notes' own lines for numbers, comprehensions over
rows for the MLP, CS231n's formulas for the softmax net. All of it computes the same gradients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import chain
from operator import mul
from typing import Any

import numpy as np

RNG = np.random.default_rng(0)
NEURON = "dot = w[0]*x[0] + w[1]*x[1] + w[2]\nf = 1.0 / (1 + math.exp(-dot))"
W, X = [2.0, -3.0, -3.0], [-1.0, -2.0]


def neuron_by_hand(w: list[float], x: list[float]) -> tuple:
    """The notes' own lines."""
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))
    ddot = (1 - f) * f
    dw = [x[0] * ddot, x[1] * ddot, 1.0 * ddot]
    dx = [w[0] * ddot, w[1] * ddot]
    return f, dw, dx


def neuron_by_micrograd() -> tuple:
    from micrograd.engine import Value

    w, x = [Value(v) for v in W], [Value(v) for v in X]
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + exponential(-dot))
    f.backward()
    return f.data, [v.grad for v in w], [v.grad for v in x]


def exponential(value: Any) -> Any:
    """The exponential that micrograd lacks, in the style of its engine."""
    from micrograd.engine import Value

    out = Value(math.exp(value.data), (value,), "exp")

    def backward() -> None:
        value.grad += out.data * out.grad

    out._backward = backward
    return out


STAGED = """\
sigy = 1.0 / (1 + math.exp(-y))
num = x + sigy
sigx = 1.0 / (1 + math.exp(-x))
xpy = x + y
xpysqr = xpy**2
den = sigx + xpysqr
invden = 1.0 / den
f = num * invden"""


def staged_by_hand(x: float, y: float) -> tuple:
    """The notes' own lines."""
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
    dden = (-1.0 / (den**2)) * dinvden
    dsigx = (1) * dden
    dxpysqr = (1) * dden
    dxpy = (2 * xpy) * dxpysqr
    dx = (1) * dxpy
    dy = (1) * dxpy
    dx += ((1 - sigx) * sigx) * dsigx
    dx += (1) * dnum
    dsigy = (1) * dnum
    dy += ((1 - sigy) * sigy) * dsigy
    return f, dx, dy


def staged_by(exp: Callable, x: Any, y: Any) -> Any:
    return (x + 1.0 / (1 + exp(-y))) / (1.0 / (1 + exp(-x)) + (x + y) ** 2)


def staged_by_micrograd() -> tuple:
    from micrograd.engine import Value

    x, y = Value(3.0), Value(-4.0)
    f = staged_by(exponential, x, y)
    f.backward()
    return f.data, x.grad, y.grad


def mlp(x, W1, b1, W2, b2, W3, b3, y):  # type: ignore[no-untyped-def]
    """The squared error of one sample, number by number: what is traced, and given to autograd."""
    h1 = [max(0.0, w[0] * x[0] + w[1] * x[1] + b) for w, b in zip(W1, b1, strict=True)]
    h2 = []
    for row, b in zip(W2, b2, strict=True):
        h2.append(max(0.0, sum([w * h for w, h in zip(row, h1, strict=True)]) + b))
    out = sum([w * h for w, h in zip(W3, h2, strict=True)]) + b3
    f = (out - y) ** 2
    return f


def mlp_by_hand(x, W1, b1, W2, b2, W3, b3, y) -> tuple:  # type: ignore[no-untyped-def]
    """The same with its backward pass, as one writes it in Python without NumPy."""
    z1 = [w[0] * x[0] + w[1] * x[1] + b for w, b in zip(W1, b1, strict=True)]
    h1 = [z if z > 0 else 0.0 for z in z1]
    z2 = [sum(map(mul, w, h1)) + b for w, b in zip(W2, b2, strict=True)]
    h2 = [z if z > 0 else 0.0 for z in z2]
    out = sum(map(mul, W3, h2)) + b3
    f = (out - y) ** 2
    dout = 2 * (out - y)
    dW3 = [h * dout for h in h2]
    dz2 = [w * dout if z > 0 else 0.0 for w, z in zip(W3, z2, strict=True)]
    dW2 = [[d * h for h in h1] for d in dz2]
    dh1 = [sum(map(mul, column, dz2)) for column in zip(*W2, strict=True)]
    dz1 = [d if z > 0 else 0.0 for d, z in zip(dh1, z1, strict=True)]
    dW1 = [[d * x[0], d * x[1]] for d in dz1]
    dx = [sum(map(mul, column, dz1)) for column in zip(*W1, strict=True)]
    return f, dx, dW1, dz1, dW2, dz2, dW3, dout, -dout


SAMPLES = RNG.uniform(-1, 1, (100, 2))
TARGETS = np.sign(SAMPLES[:, 0] * SAMPLES[:, 1])
WEIGHTS = [
    RNG.normal(size=(16, 2)).tolist(), RNG.normal(size=16).tolist(), (RNG.normal(size=(16, 16)) / 4).tolist(),
    RNG.normal(size=16).tolist(), (RNG.normal(size=16) / 4).tolist(), 0.1,
]  # fmt: skip
DATA = list(zip(SAMPLES.tolist(), TARGETS.tolist(), strict=True))
NAMES = ("x", "W1", "b1", "W2", "b2", "W3", "b3", "y")


def over_samples(one: Callable[..., tuple]) -> Callable[[], tuple]:
    """The loss and gradients of all samples, added up number by number."""

    def run() -> tuple:
        return tuple(map(sum, zip(*[one_list(one(x, *WEIGHTS, y)) for x, y in DATA], strict=True)))

    return run


def one_list(found: Sequence[Any]) -> list[float]:
    """The loss, and the gradients on the weights, in one list."""
    f, _, dW1, db1, dW2, db2, dW3, db3, _ = found
    return [f, *chain(*dW1), *db1, *chain(*dW2), *db2, *dW3, db3]


def mlp_by_micrograd() -> tuple:
    """One loss over all samples, as in micrograd's own demo."""
    W1, b1, W2, b2, W3, b3 = map(values, WEIGHTS)
    losses = []
    for x, y in DATA:
        h1 = [(w[0] * x[0] + w[1] * x[1] + b).relu() for w, b in zip(W1, b1, strict=True)]
        h2 = [sum((w * h for w, h in zip(row, h1, strict=True)), b).relu() for row, b in zip(W2, b2, strict=True)]  # fmt: skip
        losses.append((sum((w * h for w, h in zip(W3, h2, strict=True)), b3) - y) ** 2)
    total = sum(losses)
    total.backward()
    return tuple(one_list((total.data, None, *map(grads, (W1, b1, W2, b2, W3, b3)), None)))


def values(weights: Any) -> Any:
    from micrograd.engine import Value

    return [values(w) for w in weights] if isinstance(weights, list) else Value(weights)


def grads(weights: Any) -> Any:
    return [grads(w) for w in weights] if isinstance(weights, list) else weights.grad


NET = """\
h = np.maximum(0, X.dot(W1) + b1)
scores = h.dot(W2) + b2
shifted = scores - np.max(scores, axis=1, keepdims=True)
e = np.exp(shifted)
p = e / np.sum(e, axis=1, keepdims=True)
loss = -np.sum(np.log(p[np.arange(N), y])) / N"""
ARRAYS = {
    "X": RNG.normal(size=(256, 784)),
    "W1": RNG.normal(size=(784, 100)) * 0.05,
    "b1": RNG.normal(size=100),
    "W2": RNG.normal(size=(100, 10)) * 0.1,
    "b2": RNG.normal(size=10),
}
Y = RNG.integers(0, 10, 256)


def net_by_hand(X: Any, W1: Any, b1: Any, W2: Any, b2: Any, y: Any, with_dX: bool = True) -> tuple:
    """As CS231n's own solution has it: the gradient on the scores in one formula, masks in place."""
    N = X.shape[0]
    h = np.maximum(0, X.dot(W1) + b1)
    scores = h.dot(W2) + b2
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(np.log(p[np.arange(N), y])) / N
    dscores = p
    dscores[np.arange(N), y] -= 1
    dscores /= N
    dW2 = h.T.dot(dscores)
    db2 = dscores.sum(axis=0)
    dh = dscores.dot(W2.T)
    dh[h <= 0] = 0
    dW1 = X.T.dot(dh)
    db1 = dh.sum(axis=0)
    dX = dh.dot(W1.T) if with_dX else None
    return loss, dX, dW1, db1, dW2, db2


def net_in_stages(X: Any, W1: Any, b1: Any, W2: Any, b2: Any, y: Any) -> tuple:
    """Stage by stage, as the notes teach it: no stage is folded into the next."""
    N = X.shape[0]
    z = X.dot(W1) + b1
    h = np.maximum(0, z)
    scores = h.dot(W2) + b2
    m = scores.max(axis=1, keepdims=True)
    e = np.exp(scores - m)
    total = e.sum(axis=1, keepdims=True)
    p = e / total
    picked = p[np.arange(N), y]
    loss = -np.sum(np.log(picked)) / N
    dp = np.zeros_like(p)
    dp[np.arange(N), y] = -1 / (N * picked)
    de = dp / total
    de += np.sum(-e / total**2 * dp, axis=1, keepdims=True)
    dscores = e * de
    dm = -dscores.sum(axis=1, keepdims=True)
    dscores += (scores == m) * dm
    db2 = dscores.sum(axis=0)
    dW2 = h.T.dot(dscores)
    dz = dscores.dot(W2.T) * (z > 0)
    db1 = dz.sum(axis=0)
    dW1 = X.T.dot(dz)
    dX = dz.dot(W1.T)
    return loss, dX, dW1, db1, dW2, db2
