"""Right backward passes at odd scales, of odd types, shapes and memory layouts."""

import math

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(5)
right = collector(CASES)


def normal(*shape):
    return RNG.normal(size=shape)


@right(["W", "b"], X=1e-12 * normal(4, 3), W=normal(3, 2), b=1e-12 * normal(2), G=normal(4, 2))
def tiny_data(X, W, b, G):
    z = X @ W + b
    f = np.sum(z**2 * G)
    dz = 2 * z * G
    dW = X.T @ dz
    db = dz.sum(0)
    return f, dW, db


@right(["W", "b"], X=1e12 * normal(4, 3), W=normal(3, 2), b=normal(2), G=normal(4, 2))
def huge_data(X, W, b, G):
    z = X @ W + b
    f = np.sum(z * G)
    dz = G
    dW = X.T @ dz
    db = dz.sum(0)
    return f, dW, db


@right(x=1e-12, y=1e12)
def quotient_of_extremes(x, y):
    q = x / y
    f = q * 3.0
    dq = 3.0
    dx = dq / y
    dy = -dq * x / y**2
    return f, dx, dy


@right(x=1e12, y=2.0)
def huge_square(x, y):
    s = x * x
    f = s * y
    ds = y
    dy = s
    dx = 2 * x * ds
    return f, dx, dy


@right(x=1e9)
def almost_no_slope_left(x):
    f = math.atan(x)
    dx = 1 / (1 + x * x)
    return f, dx


@right(["x"], x=np.array([30.0, -30.0, 0.1, 18.0]), G=normal(4))
def saturated_tanh(x, G):
    t = np.tanh(x)
    f = np.sum(t * G)
    dt = G
    dx = (1 - t**2) * dt
    return f, dx


@right(["x"], x=np.array([-50.0, 50.0, 3.0]))
def saturated_sigmoid_with_its_other_half(x):
    s = 1 / (1 + np.exp(-x))
    f = np.sum(s)
    ds = np.ones(3)
    dx = np.exp(-x) / (1 + np.exp(-x)) ** 2 * ds
    return f, dx


@right(x=-800.0)
def exponential_that_vanishes(x):
    e = math.exp(x)
    f = e + 1.0
    de = 1.0
    dx = e * de
    return f, dx


@right(["x"], x=np.array([1e-8, 2.0, 1e8]))
def logarithms_far_apart(x):
    f = np.sum(np.log(x))
    dx = 1 / x
    return f, dx


@right(["x"], x=np.array([1e-20, 1.0]))
def steep_square_root(x):
    r = np.sqrt(x)
    f = r.sum()
    dx = 0.5 / r
    return f, dx


@right(
    ["W1", "W2"],
    X=normal(4, 3).astype(np.float32),
    W1=normal(3, 5).astype(np.float32),
    W2=normal(5, 2).astype(np.float32),
    y=np.array([0, 1, 1, 0]),
)
def single_precision_net(X, W1, W2, y):
    h = np.maximum(X @ W1, 0)
    s = h @ W2
    p = np.exp(s - s.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    f = -np.log(p[np.arange(4), y]).mean()
    ds = p.copy()
    ds[np.arange(4), y] -= 1
    ds /= 4
    dW2 = h.T @ ds
    dh = ds @ W2.T
    dh[h <= 0] = 0
    dW1 = X.T @ dh
    return f, dW1, dW2


@right(x=np.float32(0.5), y=np.float32(-1.5))
def single_precision_numbers(x, y):
    q = x * y
    f = np.exp(q)
    dq = f
    dx = y * dq
    dy = x * dq
    return f, dx, dy


@right(["W"], W=np.asfortranarray(normal(3, 4)), x=normal(4), G=normal(3))
def fortran_order(W, x, G):
    z = W @ x
    f = z @ G
    dz = G
    dW = np.asfortranarray(np.outer(dz, x))
    return f, dW


@right(["x"], x=normal(4, 6)[::2, 1::2], G=normal(6, 4).T[::2, ::2])
def views_with_strides(x, G):
    h = np.tanh(x)
    f = np.sum(h * G)
    dx = G * (1 - h * h)
    return f, dx


@right(["x"], x=np.broadcast_to(np.array([1.0, -2.0, 0.5]), (2, 3)))
def read_only_view(x):
    f = np.sum(x**3)
    dx = 3 * x**2
    return f, dx


@right(["x", "y"], x=np.array(1.5), y=np.array(-0.5))
def arrays_without_axes(x, y):
    q = x * y
    f = q + np.sin(x)
    dq = 1.0
    dx = y * dq + np.cos(x)
    dy = x * dq
    return f, dx, dy


@right(["x"], x=np.array([0.7]))
def arrays_of_one(x):
    h = x * x
    f = h[0] * 3
    dh = np.array([3.0])
    dx = 2 * x * dh
    return f, dx


@right(["x"], x=np.array([[2.0]]), w=np.array([[1.5]]))
def one_by_one(x, w):
    z = x @ w
    f = z.item() ** 2
    dz = 2 * z
    dx = dz @ w.T
    return f, dx


@right(["x"], output="y", upstream=np.array([0.3, -1.2]), x=np.array([1.0, 2.0]))
def vector_output_of_one_gate(x, dy):
    y = x**2
    dx = 2 * x * dy
    return y, dx


@right(x=3, y=-4, z=2)
def integers_throughout(x, y, z):
    p = x * y
    s = p + z
    f = s * s
    ds = 2 * s
    dp = ds
    dz = ds
    dx = y * dp
    dy = x * dp
    return f, dx, dy, dz


@right(["w"], w=[1, 2, 3], x=[4, -5, 6])
def lists_of_integers(w, x):
    f = 0
    for a, b in zip(w, x):
        f += a * b
    dw = [1.0 * b for b in x]
    return f, dw


@right(["x"], x=normal(3, 3), mask=np.array([True, False, True]))
def rows_chosen_by_a_mask(x, mask):
    kept = x[mask]
    f = np.sum(kept**2)
    dkept = 2 * kept
    dx = np.zeros_like(x)
    dx[mask] = dkept
    return f, dx


@right(["x", "y"], x=0.0, y=0.0)
def zeros_times_zeros(x, y):
    p = x * y
    f = p * p
    dp = 2 * p
    dx = y * dp
    dy = x * dp
    return f, dx, dy


@right(["x"], x=np.zeros(3), G=normal(3))
def zero_vector(x, G):
    s = np.sin(x)
    f = np.sum(s * G)
    dx = np.cos(x) * G
    return f, dx


@right(x=1.0, y=1e-17)
def lost_in_rounding(x, y):
    s = x + y
    f = s - x
    ds = 1.0
    dx = ds - 1.0
    dy = ds
    return f, dx, dy


@right(x=1e8, y=1.0)
def cancellation_of_large_terms(x, y):
    a = x + y
    b = x - y
    f = a * a - b * b
    da = 2 * a
    db = -2 * b
    dx = da + db
    dy = da - db
    return f, dx, dy


@right(["x"], x=normal(200), G=normal(200))
def long_vector_that_is_centred(x, G):
    c = x - x.mean()
    f = c @ G
    dc = G
    dx = dc - dc.mean()
    return f, dx


@right(["W"], X=normal(30, 20), W=normal(20, 12) * 1e-3, G=normal(30, 12))
def large_batch_of_small_weights(X, W, G):
    z = X @ W
    h = np.maximum(z, 0)
    f = np.sum(h * G) / 30
    dh = G / 30
    dz = dh * (z > 0)
    dW = X.T @ dz
    return f, dW


@right(["x"], x=normal(3))
def gradient_of_a_constant(x):
    c = np.sum(np.sin(x) ** 2 + np.cos(x) ** 2)
    f = 2 * c
    dc = 2.0
    dx = np.zeros(3)
    return f, dx


@right(["x"], x=normal(4, 3), G=normal(4))
def sum_of_probabilities(x, G):
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    s = p.sum(axis=1)
    f = s @ G
    ds = G
    dp = np.ones_like(p) * ds[:, None]
    dx = p * (dp - (dp * p).sum(axis=1, keepdims=True))
    return f, dx


@right(["scale", "x"], scale=1e-6, x=1e6 * normal(3))
def number_times_array(scale, x):
    h = scale * x
    f = np.sum(np.cos(h))
    dh = -np.sin(h)
    dscale = np.sum(dh * x)
    dx = scale * dh
    return f, dscale, dx


@right(["x"], x=np.array([100.0, 101.0, 99.0]))
def normalised_far_from_zero(x):
    mu = x.mean()
    sd = np.sqrt(((x - mu) ** 2).mean())
    z = (x - mu) / sd
    f = z[0] * z[1]
    dz = np.array([z[1], z[0], 0.0])
    dx = (dz - dz.mean() - z * (dz * z).mean()) / sd
    return f, dx


@right(x=710.0)
def overflow_kept_away(x):
    f = x + math.log1p(math.exp(-x))
    dx = 1 / (1 + math.exp(-x))
    return f, dx


@right(x=0.1)
def deep_chain(x):
    a = x
    for _ in range(60):
        a = math.sin(a) + 0.5 * a
    f = a
    da = 1.0
    b, steps = x, []
    for _ in range(60):
        steps.append(b)
        b = math.sin(b) + 0.5 * b
    for b in reversed(steps):
        da *= math.cos(b) + 0.5
    dx = da
    return f, dx
