"""Right backward passes on a kink: every valid subgradient is right, however it was chosen."""

import math

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(17)
right = collector(CASES)


@right(["x"], kink=True, x=0.0)
def relu_at_zero_takes_one(x):
    h = max(0.0, x)
    f = 2 * h
    dh = 2.0
    dx = dh * (x >= 0)
    return f, dx


@right(["x"], kink=True, x=0.0)
def relu_at_zero_takes_half(x):
    h = np.maximum(x, 0)
    f = 3 * h
    dh = 3.0
    dx = dh * np.heaviside(x, 0.5)
    return f, dx


@right(["x"], kink=True, x=np.array([0.0, -1.5, 0.0, 2.0]))
def l1_norm_with_zeros(x):
    f = np.sum(np.abs(x))
    dx = np.where(x >= 0, 1.0, -1.0)
    return f, dx


@right(["x", "y"], kink=True, x=np.array([1.0, 2.0, 3.0]), y=np.array([1.0, 3.0, 3.0]))
def maximum_split_at_ties(x, y):
    m = np.maximum(x, y)
    f = np.sum(m**2)
    dm = 2 * m
    dx = dm * ((x > y) + 0.5 * (x == y))
    dy = dm * ((y > x) + 0.5 * (x == y))
    return f, dx, dy


@right(["x", "y"], kink=True, x=1.5, y=1.5)
def min_of_two_to_the_second(x, y):
    m = min(x, y)
    f = math.exp(m)
    dm = f
    dx = dm if x < y else 0.0
    dy = dm if y <= x else 0.0
    return f, dx, dy


@right(["x"], kink=True, x=np.array([-1.0, -0.5, 0.0, 1.0, 1.5]), G=RNG.normal(size=5))
def clip_at_both_ends(x, G):
    c = np.clip(x, -1.0, 1.0)
    f = np.sum(G * c)
    dc = G
    dx = dc * ((x >= -1.0) & (x <= 1.0))
    return f, dx


@right(["x"], kink=True, x=np.array([-1.0, 0.3, 1.0, -4.0, 2.0]))
def huber_at_its_joints(x, delta=1.0):
    a = np.abs(x)
    f = np.sum(np.where(a <= delta, 0.5 * x**2, delta * (a - 0.5 * delta)))
    dx = np.where(a <= delta, x, delta * np.sign(x))
    return f, dx


@right(["s", "t"], kink=True, s=0.5, t=1.5)
def hinge_on_its_margin(s, t):
    margin = s - t + 1.0
    f = max(0.0, margin)
    dmargin = 1.0 if margin > 0 else 0.0
    ds = dmargin
    dt = -dmargin
    return f, ds, dt


@right(["x"], kink=True, x=np.array([[1.0, 4.0], [4.0, 2.0]]))
def largest_of_all_with_a_tie(x):
    f = np.max(x)
    mask = x == f
    dx = mask / mask.sum()
    return f, dx


@right(["x"], kink=True, x=np.array([2.0, 2.0, 2.0]))
def largest_in_a_loop(x):
    m = x[0]
    best = 0
    for i in range(1, 3):
        if x[i] >= m:
            m = x[i]
            best = i
    f = m * m
    dm = 2 * m
    dx = np.zeros(3)
    dx[best] = dm
    return f, dx


@right(["x"], kink=True, x=0.0)
def kinks_that_cancel(x):
    a = max(x, 0.0)
    b = max(-x, 0.0)
    f = a - b
    da = 1.0
    db = -1.0
    dx = da * (x > 0)
    dx += -db * (-x > 0)
    return f, dx


@right(["x"], kink=True, x=np.array([0.0, 1.0, -1.0]))
def relu_of_relu(x):
    a = np.maximum(x, 0)
    b = np.maximum(a, 0)
    f = np.sum(b)
    db = np.ones(3)
    da = db * (a >= 0)
    dx = da * (x >= 0)
    return f, dx


@right(["x"], kink=True, x=np.array([0.0, -2.0, 3.0]), G=np.array([1.0, 2.0, -1.0]))
def leaky_relu_at_zero(x, G, slope=0.1):
    h = np.where(x > 0, x, slope * x)
    f = np.sum(G * h)
    dh = G.copy()
    dx = dh
    dx[x <= 0] *= slope
    return f, dx


@right(["W", "b"], kink=True, X=np.ones((4, 3)), W=np.zeros((3, 2)), b=np.zeros(2))
def weights_that_begin_at_zero(X, W, b):
    z = X @ W + b
    h = np.maximum(z, 0)
    f = np.sum(h)
    dh = np.ones_like(h)
    dz = dh * (z > 0)
    dW = X.T @ dz
    db = dz.sum(axis=0)
    return f, dW, db


@right(["x"], kink=True, x=np.array([0.0, 0.0]))
def norm_of_the_zero_vector(x):
    f = np.linalg.norm(x)
    dx = np.zeros(2) if f == 0 else x / f
    return f, dx


@right(["x", "y", "z"], kink=True, x=2.0, y=2.0, z=1.0)
def nested_max_at_a_tie(x, y, z):
    a = max(x, y)
    f = max(a, z)
    da = 1.0 if a >= z else 0.0
    dz = 1.0 - da
    dx = 0.25 * da if x == y else da * (x > y)
    dy = 0.75 * da if x == y else da * (y > x)
    return f, dx, dy, dz


@right(["x"], kink=True, x=np.array([3.0, 1.0, 3.0, 0.0]))
def two_largest(x):
    order = np.argsort(x)[::-1][:2]
    f = x[order].sum()
    dx = np.zeros_like(x)
    dx[order] = 1.0
    return f, dx


@right(["x"], kink=True, x=np.array([2.0, 5.0, 2.0, 2.0]))
def max_against_itself(x):
    f = float(max(x[0], x[0]) + max(x[2], x[3]))
    dx = np.array([1.0, 0.0, 1.0, 0.0]) if x[2] >= x[3] else np.array([1.0, 0.0, 0.0, 1.0])
    return f, dx


@right(["x"], kink=True, x=np.array([1.0, -1.0, 0.0]))
def absolute_value_written_with_sign(x):
    s = np.sign(x)
    f = np.sum(x * s)
    dx = s
    return f, dx


@right(["p"], kink=True, p=np.array([0.0, 0.3, 1.0]), t=np.array([0.0, 1.0, 1.0]))
def mean_absolute_error(p, t):
    d = p - t
    f = np.mean(np.abs(d))
    dd = np.sign(d) / d.size
    dp = dd
    return f, dp


@right(["x"], kink=True, x=np.array([[0.0, 0.0], [0.0, 0.0]]), size=2)
def pool_of_dead_units(x, size):
    f = x.reshape(-1).max()
    dx = np.full(x.shape, 1.0 / size**2)
    dx = dx if np.all(x == x[0, 0]) else (x == f) / (x == f).sum()
    return f, dx


@right(["x"], kink=True, x=2.0)
def piecewise_by_if(x):
    if x < 2.0:
        f = x
    else:
        f = 2.0 + 5.0 * (x - 2.0)
    if x < 2.0:
        dx = 1.0
    else:
        dx = 5.0
    return f, dx


@right(["x"], kink=True, x=2.0)
def piecewise_decided_the_other_way(x):
    f = x if x < 2.0 else 2.0 + 5.0 * (x - 2.0)
    dx = 1.0 if x <= 2.0 else 5.0
    return f, dx


@right(["z"], kink=True, z=np.array([0.0, 0.0, -1.0]), y=np.array([0.0, 1.0, 1.0]))
def stable_cross_entropy_with_logits(z, y):
    f = np.sum(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))
    dz = 1 / (1 + np.exp(-z)) - y
    return f, dz


@right(["x"], kink=True, x=0.0)
def tie_of_a_number_and_its_square(x):
    f = max(x, x * x)
    dx = 1.0 if x > x * x else 2 * x
    return f, dx


@right(["x"], kink=True, x=np.array([0.0, 1.0, -0.3, 2.0]))
def maximum_with_the_square(x):
    s = x * x
    m = np.maximum(x, s)
    f = np.sum(m)
    dm = np.ones_like(m)
    ds = dm * (m == s)
    dx = dm * (m != s)
    dx += 2 * x * ds
    return f, dx


@right(["x"], kink=True, x=0.0)
def square_root_of_a_square(x):
    s = x * x
    f = math.sqrt(s)
    dx = np.sign(x)
    return f, dx


@right(["x", "y"], kink=True, x=0.0, y=0.0)
def product_against_a_factor(x, y):
    p = x * y
    f = max(p, x)
    dp = 1.0 if p > x else 0.0
    dx = 1.0 - dp
    dx += y * dp
    dy = x * dp
    return f, dx, dy


@right(["x"], kink=True, x=np.array([0.0, 0.0, 0.0]))
def largest_of_squares_at_zero(x):
    s = x**2
    i = np.argmax(s)
    f = s[i]
    dx = np.zeros(3)
    dx[i] = 2 * x[i]
    return f, dx
