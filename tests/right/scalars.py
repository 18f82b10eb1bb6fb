"""Right backward passes on numbers and lists of numbers."""

import math

from tests.right import Case, collector

CASES: list[Case] = []
right = collector(CASES)


@right(x=-2, y=5, z=-4)
def tuple_unpacking(x, y, z):
    q, r = x + y, z
    f = q * r
    dq, dr = r, q
    dx, dy = dq, dq
    dz = dr
    return f, dx, dy, dz


@right(x=2.0, y=3.0)
def chained_assignment(x, y):
    q = x + y
    f = q * q
    dq = 2 * q
    dx = dy = dq
    return f, dx, dy


@right(x=0.5)
def constants_folded(x):
    a = 2 * x
    b = 3 * a
    f = b + 1
    dx = 6.0
    return f, dx


@right(x=1.5, y=-0.5)
def early_simplification(x, y):
    s = x + y
    d = x - y
    f = s * d
    dx = 2 * x
    dy = -2 * y
    return f, dx, dy


def sig(t):
    return 1.0 / (1.0 + math.exp(-t))


def dsig(t):
    return sig(t) * (1 - sig(t))


@right(x=0.3, y=-1.2)
def helpers_in_both_passes(x, y):
    a = sig(x)
    b = sig(y)
    f = a * b
    da = b
    db = a
    dx = dsig(x) * da
    dy = dsig(y) * db
    return f, dx, dy


@right(x=3.0, y=-4.0)
def mean_of_two(x, y):
    m = (x + y) / 2
    f = m**2
    dm = 2 * m
    dx = dy = 0.5 * dm
    return f, dx, dy


@right(kink=True, x=2.0)
def kink_to_the_left(x):
    h = max(0.0, x - 2.0)
    f = 3 * h
    dh = 3.0
    dx = dh if x > 2.0 else 0.0
    return f, dx


@right(kink=True, x=0.0)
def kink_with_a_half(x):
    h = abs(x)
    f = h
    dh = 1.0
    dx = dh * ((x > 0) - (x < 0))
    return f, dx


@right(kink=True, x=1.0, y=1.0, z=1.0)
def three_way_tie(x, y, z):
    f = max(x, y, z)
    dx = 1.0 if x == f else 0.0
    dy = 1.0 if y == f and x != f else 0.0
    dz = 1.0 if z == f and x != f and y != f else 0.0
    return f, dx, dy, dz


@right(kink=True, x=0.0, y=0.0)
def two_kinks_in_one_stage(x, y):
    f = max(x, 0.0) - max(y, 0.0)
    dx = 1.0 * (x >= 0)
    dy = -1.0 * (y > 0)
    return f, dx, dy


@right(x=0.7)
def branch_in_the_forward(x):
    if x > 0:
        h = x * x
    else:
        h = -x
    f = 2 * h
    dh = 2.0
    if x > 0:
        dx = 2 * x * dh
    else:
        dx = -dh
    return f, dx


@right(x=2.0, n=3)
def count_is_not_differentiated(x, n):
    f = 1.0
    for _ in range(n):
        f = f * x
    dx = n * x ** (n - 1)
    return f, dx


@right(w=[2, -3, -3], x=[-1, -2])
def notes_neuron(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))
    ddot = (1 - f) * f
    dx = [w[0] * ddot, w[1] * ddot]
    dw = [x[0] * ddot, x[1] * ddot, 1.0 * ddot]
    return f, dx, dw


@right(w=[0.5, -0.2], x=[1.0, 3.0])
def lists_filled_by_index(w, x):
    s = sum(a * b for a, b in zip(w, x))
    f = s * s
    ds = 2 * s
    dw = [0.0, 0.0]
    dx = []
    for i in range(2):
        dw[i] += x[i] * ds
        dx.append(w[i] * ds)
    return f, dw, dx


@right(x=0.4, y=1.1)
def explicit_local_derivatives(x, y):
    q = x * y
    f = math.sin(q)
    dfdq = math.cos(q)
    dqdx = y
    dqdy = x
    dfdx = dfdq * dqdx
    dfdy = dfdq * dqdy
    return f, dfdx, dfdy


@right(x=3.0)
def explicit_df(x):
    f = x**2
    df = 1.0
    dx = 2 * x * df
    return f, dx


@right(x=1e-9, y=2e9)
def scales_apart(x, y):
    q = x * y
    f = math.tanh(q)
    dq = 1 - f**2
    dx = y * dq
    dy = x * dq
    return f, dx, dy


@right(x=40.0)
def fully_saturated(x):
    s = 1 / (1 + math.exp(-x))
    f = s
    dx = (1 - s) * s
    return f, dx


@right(x=2.0, y=3.0)
def zero_gradient(x, y):
    a = x - x
    f = a + y
    dy = 1.0
    da = 1.0
    dx = da - da
    return f, dx, dy


@right(x=2.0, y=-1.0)
def dict_returned(x, y):
    q = x * y
    f = q + x
    dq = 1.0
    grads = {}
    grads["x"] = y * dq + 1.0
    grads["y"] = x * dq
    return f, grads


@right(x=2.0, y=-1.0)
def gradients_in_a_dict_display(x, y):
    f = x * y
    dx = y
    dy = x
    return f, {"x": dx, "y": dy}


@right(x=2.0, y=-1.0)
def returned_without_names(x, y):
    f = x * y
    return f, y, x


@right(x=0.5, y=1.5)
def walrus_and_annotation(x, y):
    q: float = (t := x * y) + 1.0
    f = q * t
    dq = t
    dt = q
    dt += dq
    dx = y * dt
    dy = x * dt
    return f, dx, dy


@right(x=1.3)
def accumulates_backwards(x):
    a = x * x
    b = a * x
    c = b * x
    f = a + b + c
    dc = 1.0
    db = x * dc + 1.0
    dx = b * dc
    dx += a * db
    da = x * db + 1.0
    dx = dx + 2 * x * da
    return f, dx


@right(x=2.0, y=3.0)
def default_constant(x, y, scale=2.5):
    f = scale * x * y
    dx = scale * y
    dy = scale * x
    return f, dx, dy


@right(x=0.9)
def recomputed_not_cached(x):
    f = math.exp(x) / (1 + math.exp(x))
    dx = math.exp(x) / (1 + math.exp(x)) ** 2
    return f, dx


@right(x=2.0, y=5.0)
def division(x, y):
    f = x / y
    dx = 1 / y
    dy = -f / y
    return f, dx, dy


@right(x=2.0, y=5.0)
def only_one_is_asked_for(x, y):
    f = x * y
    dx = y
    return f, dx
