"""Right backward passes in the idioms of Python: loops, slices, helpers, what is returned and how."""

import math

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(98)
right = collector(CASES)


def normal(*shape):
    return RNG.normal(size=shape)


@right(["x"], x=normal(3))
def scaled_in_place(x):
    e = np.exp(x)
    s = e / e.sum()
    f = np.sum(s**2)
    ds = s * 2
    dx = ds * s
    dx -= s * np.sum(ds * s)
    dx *= 1.0
    return f, dx


@right(["x"], x=normal(2, 3))
def asserts_and_prints(x):
    assert x.ndim == 2, "a matrix"
    m = x.mean()
    print("mean", m)
    f = m * m
    dm = 2 * m
    dx = np.full_like(x, dm / x.size)
    assert dx.shape == x.shape
    return f, dx


@right(["A", "B"], A=normal(2, 3), B=normal(3, 2))
def product_by_three_loops(A, B):
    C = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            for k in range(3):
                C[i, j] += A[i, k] * B[k, j]
    f = (C**2).sum()
    dC = 2 * C
    dA, dB = np.zeros((2, 3)), np.zeros((3, 2))
    for i in range(2):
        for j in range(2):
            for k in range(3):
                dA[i, k] += dC[i, j] * B[k, j]
                dB[k, j] += dC[i, j] * A[i, k]
    return f, dA, dB


@right(["x", "ws"], x=normal(3), ws=normal(4, 3, 3))
def layers_in_a_loop(x, ws):
    hs = [x]
    for w in ws:
        hs.append(np.tanh(w @ hs[-1]))
    f = hs[-1].sum()
    dh = np.ones(3)
    dws = np.zeros_like(ws)
    for k in range(3, -1, -1):
        dz = dh * (1 - hs[k + 1] ** 2)
        dws[k] = np.outer(dz, hs[k])
        dh = ws[k].T @ dz
    dx = dh
    return f, dx, dws


@right(["x"], x=normal(5), k=2)
def slices_and_steps(x, k):
    a = x[::k]
    b = x[k:][::-1]
    f = np.prod(a) + b @ b
    da = np.prod(a) / a
    db = 2 * b
    dx = np.zeros(5)
    dx[::k] += da
    dx[k:] += db[::-1]
    return f, dx


@right(x=0.4, y=0.9)
def local_derivatives_first(x, y):
    u = x**2 + y
    v = u * y
    f = math.exp(v)
    dudx, dudy = 2 * x, 1.0
    dvdu, dvdy = y, u
    dfdv = f
    dfdu = dfdv * dvdu
    dfdx = dfdu * dudx
    dfdy = dfdu * dudy + dfdv * dvdy
    return f, dfdx, dfdy


@right(x=0.4, y=0.9)
def short_and_long_names_together(x, y):
    q = x * y
    f = q**2
    dfdq = 2 * q
    dq = dfdq
    dx = y * dq
    dfdy = x * dfdq
    dy = dfdy
    return f, dx, dy


@right(x=0.4, y=0.9)
def placeholders_filled_in(x, y):
    q = x + y
    f = q * q
    dx = None
    dy = ...
    dq = 2 * q
    dx = dq
    dy = dq
    return f, dx, dy


@right(x=2.5, y=1.5)
def comparisons_chained(x, y):
    h = x * y if 0 < x < 3 else x
    f = h + (y if x > y and not y > 2 else 0.0)
    dh = 1.0
    inside = 0 < x < 3
    dx = y * dh if inside else dh
    dy = (x * dh if inside else 0.0) + (1.0 if x > y and not y > 2 else 0.0)
    return f, dx, dy


@right(x=1.5)
def deleted_and_unused(x):
    tmp = x + 1
    unused = tmp * 7
    del tmp
    f = x**3
    del unused
    dx = 3 * x**2
    return f, dx


@right(["a", "b"], a=normal(3), b=normal(3))
def unpacked_with_a_star(a, b):
    first, *rest = a * b
    f = first + 2 * sum(rest)
    dab = np.array([1.0, 2.0, 2.0])
    da = dab * b
    db = dab * a
    return f, da, db


@right(["x"], x=normal(4))
def out_and_where_arguments(x):
    h = np.zeros_like(x)
    np.square(x, out=h, where=x > 0)
    f = h.sum()
    dx = np.zeros_like(x)
    np.multiply(2, x, out=dx, where=x > 0)
    return f, dx


@right(["x"], x=normal(4), G=normal(4))
def subtract_at_and_fill(x, G):
    f = np.sum(-x * G) + x[1] * x[1]
    dx = np.empty_like(x)
    dx.fill(0)
    np.subtract.at(dx, np.arange(4), G)
    np.add.at(dx, [1, 1], x[1])
    return f, dx


@right(["x"], x=normal(3, 2), G=normal(3, 2))
def appended_and_stacked(x, G):
    rows = []
    for i in range(3):
        rows.append(x[i] * (i + 1))
    stacked = np.array(rows)
    f = np.sum(stacked * G)
    parts = []
    for i in range(3):
        parts.append(G[i] * (i + 1))
    dx = np.stack(parts)
    return f, dx


@right(["x"], x=normal(3))
def copied_before_it_is_changed(x):
    h = x.copy()
    h[0] = 0.0
    h *= 2
    f = h @ h
    dh = 2 * h
    dh2 = 2 * dh
    dx = dh2.copy()
    dx[0] = 0
    return f, dx


@right(x=1.3, y=0.7)
def math_functions_by_module_alias(x, y):
    m = math
    a = m.hypot(x, y)
    b = m.atan2(y, x)
    f = a * b
    da = b
    db = a
    dx = x / a * da - y / (x * x + y * y) * db
    dy = y / a * da + x / (x * x + y * y) * db
    return f, dx, dy


@right(x=0.7)
def recursion(x):
    def power(t, n):
        return 1.0 if n == 0 else t * power(t, n - 1)

    f = power(x, 4)
    dx = 4 * power(x, 3)
    return f, dx


@right(x=0.7, y=0.2)
def lambdas_and_maps(x, y):
    square = lambda t: t * t  # noqa: E731
    a, b = map(square, (x, y))
    f = a * b
    da, db = b, a
    dx, dy = (2 * t * dt for t, dt in ((x, da), (y, db)))
    return f, dx, dy


@right(["x"], x=normal(3, 3))
def symmetric_part_of_itself(x):
    s = (x + x.T) / 2
    f = np.sum(s * s)
    ds = 2 * s
    dx = (ds + ds.T) / 2
    return f, dx


@right(["x", "y"], x=normal(4, 1), y=normal(1, 3))
def helper_that_sums_back(x, y):
    def unbroadcast(g, like):
        for axis, n in enumerate(like.shape):
            if n == 1:
                g = g.sum(axis=axis, keepdims=True)
        return g

    q = x + y
    r = q * x
    f = np.sum(r)
    dr = np.ones_like(r)
    dq = x * dr
    dx = unbroadcast(q * dr, x)
    dx += unbroadcast(dq, x)
    dy = unbroadcast(dq, y)
    return f, dx, dy


@right(x=1.4, y=-2.2)
def everything_in_the_return(x, y):
    f = x * x * y
    return f, 2 * x * y, x**2


@right(x=1.4, y=-2.2)
def output_written_twice(x, y):
    f = x * y
    f = f + x
    df = 1.0
    dx = y * df + df
    dy = x * df
    return f, dx, dy


@right(["w"], w=normal(3), x=normal(3))
def running_loss(w, x):
    f = 0.0
    for i in range(3):
        f += w[i] * x[i] ** 2
    f *= 0.5
    dw = np.zeros(3)
    for i in range(3):
        dw[i] = 0.5 * x[i] ** 2
    return f, dw


@right(["x"], output="loss", x=normal(3))
def stages_that_begin_with_d(x):
    delta = x - 1.0
    dist = delta @ delta
    loss = np.sqrt(dist)
    ddist = 0.5 / loss
    ddelta = 2 * delta * ddist
    dx = ddelta
    return loss, dx


@right(["x", "d"], x=normal(3), d=0.5)
def input_called_d(x, d):
    h = x * d
    f = np.sum(h * h)
    dh = 2 * h
    dx = dh * d
    dd = np.sum(dh * x)
    return f, dx, dd
