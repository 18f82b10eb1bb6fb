"""Right backward passes in every style of Python that people write."""

import math
from math import cos, exp, sin

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(99)
right = collector(CASES)
RATE = 0.3


def normal(*shape):
    return RNG.normal(size=shape)


def around(factor):
    @right(x=1.2, y=0.4)
    def closure(x, y):
        q = factor * x
        f = q * y
        dq = y
        dx = factor * dq
        dy = q
        return f, dx, dy

    return closure


around(2.5)


@right(x=2.0, y=-3.0)
def keyword_only(*, x, y):
    q = x + y
    f = q**2
    dq = 2 * q
    dx = dq
    dy = dq
    return f, dx, dy


@right(x=2.0, y=-3.0)
def positional_only(x, y, /):
    f = x * y * RATE
    dx = y * RATE
    dy = x * RATE
    return f, dx, dy


@right(x=0.6)
def functions_inside(x: float) -> tuple[float, float]:
    """A docstring is no stage."""

    def act(t):
        return exp(-t * t)

    def dact(t):
        return -2 * t * act(t)

    h = act(x)
    f = h * h
    dh = 2 * h
    dx = dact(x) * dh
    return f, dx


@right(x=1.7)
def newton_by_while(x):
    s = x * x + 1.0
    r = s
    n = 0
    while n < 40:
        r = 0.5 * (r + s / r)
        n += 1
    f = r**3
    dr = 3 * r**2
    ds = dr * 0.5 / r
    dx = 2 * x * ds
    return f, dx


@right(x=0.8, y=0.1)
def try_and_finally(x, y):
    try:
        q = math.log(x + y)
    except ValueError:
        q = 0.0
    finally:
        n = 2
    f = q**n
    dq = n * q
    try:
        ds = dq / (x + y)
    finally:
        dx = dy = ds
    return f, dx, dy


@right(["W"], W=[[1.0, -2.0], [0.5, 3.0]], x=[0.3, 0.7])
def lists_of_lists(W, x):
    h = [sum(w * v for w, v in zip(row, x)) for row in W]
    f = h[0] * h[1]
    dh = [h[1], h[0]]
    dW = [[dh[i] * x[j] for j in range(2)] for i in range(2)]
    return f, dW


@right(["p", "q"], p=(1.0, 2.0), q=(0.5, -1.5))
def tuples_of_numbers(p, q):
    dx = p[0] - q[0]
    dy = p[1] - q[1]
    f = dx**2 + dy**2
    dp = (2 * dx, 2 * dy)
    dq = (-2 * dx, -2 * dy)
    return f, dp, dq


def add_to(total, amount):
    total += amount


@right(["x"], x=normal(4), G=normal(4))
def helper_that_adds_in_place(x, G):
    s = np.sin(x)
    f = np.sum(s * G + x * x)
    dx = np.zeros_like(x)
    add_to(dx, np.cos(x) * G)
    add_to(dx, 2 * x)
    return f, dx


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / e.sum()


@right(["z"], z=normal(5), t=np.array([0.0, 0.0, 1.0, 0.0, 0.0]))
def gradient_is_the_cache(z, t):
    p = softmax(z)
    f = -np.sum(t * np.log(p))
    dz = p
    dz -= t
    return f, dz


@right(["x", "w"], x=normal(3), w=normal(3))
def gradients_called_grad(x, w):
    z = np.dot(x, w)
    f = np.tanh(z)
    grad_z = 1 - f**2
    grad_x = grad_z * w
    grad_w = grad_z * x
    return f, grad_x, grad_w


@right(["x", "w"], x=normal(3), w=normal(3))
def gradients_with_suffix(x, w):
    z = x @ w
    f = z * z
    z_grad = 2 * z
    x_grad = w * z_grad
    w_grad = x * z_grad
    return f, x_grad, w_grad


@right(["W", "b"], W=normal(2, 3), b=normal(2), x=normal(3))
def gradients_in_a_dict_by_loops(W, b, x):
    z = W.dot(x) + b
    f = np.sum(z**2)
    dz = 2 * z
    grads = {"W": np.zeros_like(W), "b": np.zeros_like(b)}
    for i in range(2):
        for j in range(3):
            grads["W"][i, j] += dz[i] * x[j]
        grads["b"][i] += dz[i]
    return f, grads


@right(["w"], w=normal(3), X=normal(4, 3), y=normal(4))
def only_the_gradient_is_returned_scaled(w, X, y):
    r = X @ w - y
    f = r @ r / 4
    dr = 2 * r
    dw = X.T @ dr
    return f, dw / 4


@right(x=0.3, y=2.0)
def names_used_again_in_the_backward(x, y):
    a = x * y
    b = sin(a)
    c = b * x
    f = c + a
    t = 1.0
    db = x * t
    t = cos(a)
    da = t * db + 1.0
    dx = y * da
    t = b
    dx += t
    dy = x * da
    return f, dx, dy


@right(x=1.1, y=-0.2)
def two_statements_a_line(x, y):
    q = x - y; r = q * q  # fmt: skip # noqa: E702
    f = r * x
    dr = x; dx = r  # fmt: skip # noqa: E702
    dq = 2 * q * dr
    dx += dq; dy = -dq  # fmt: skip # noqa: E702
    return f, dx, dy


@right(x=1.1, y=-0.2)
def lines_continued(x, y):
    f = (
        x
        * y
        + math.sin(
            x,
        )
    )  # fmt: skip
    dx = (
        y
        + math.cos(x)
    )  # fmt: skip
    dy = \
        x  # fmt: skip
    return f, dx, dy


@right(x=2.0, y=3.0)
def shared_subexpression_twice(x, y):
    q = x * y
    r = q + q
    f = r * q
    dr = q
    dq = r
    dq += dr + dr
    dx = y * dq
    dy = x * dq
    return f, dx, dy


@right(x=2.0, y=3.0)
def subtracted_from_zero(x, y):
    f = x / y - y
    dy = 0.0
    dy -= x / y**2
    dy -= 1
    dx = 0
    dx += 1 / y
    return f, dx, dy
