"""Right backward passes of the operations on arrays, one or two each."""

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(43)
right = collector(CASES)


def normal(*shape):
    return RNG.normal(size=shape)


@right(["x", "A"], x=normal(3), A=normal(3, 3))
def quadratic_form(x, A):
    f = x @ A @ x
    dx = (A + A.T) @ x
    dA = np.outer(x, x)
    return f, dx, dA


@right(["u", "v"], u=normal(3), v=normal(4), G=normal(3, 4))
def outer_product(u, v, G):
    P = np.outer(u, v)
    f = np.sum(P * G)
    dP = G
    du = dP @ v
    dv = dP.T @ u
    return f, du, dv


@right(["x"], x=normal(5), G=normal(5))
def cumulative_sum(x, G):
    c = np.cumsum(x)
    f = c @ G
    dc = G
    dx = np.cumsum(dc[::-1])[::-1]
    return f, dx


@right(["x"], x=np.array([0.5, -2.0, 1.5, 3.0]))
def product_of_all(x):
    p = np.prod(x)
    f = np.log(p * p)
    dp = 2 / p
    dx = p / x * dp
    return f, dx


@right(["x"], x=np.array([0.0, -2.0, 1.5, 0.0]))
def product_with_zeros(x):
    f = np.prod(x)
    dx = np.array([np.prod(np.delete(x, i)) for i in range(len(x))])
    return f, dx


@right(["a", "b"], a=normal(2, 3), b=normal(1, 3), G=normal(3, 3))
def stack_of_rows(a, b, G):
    c = np.vstack((a, b))
    f = np.sum(c**3 * G)
    dc = 3 * c**2 * G
    da, db = dc[:2], dc[2:]
    return f, da, db


@right(["a", "b"], a=normal(4), b=normal(4))
def cosine_similarity(a, b):
    na = np.linalg.norm(a)
    nb = np.linalg.norm(b)
    dot = a @ b
    f = dot / (na * nb)
    ddot = 1 / (na * nb)
    dna = -f / na
    dnb = -f / nb
    da = b * ddot + a / na * dna
    db = a * ddot + b / nb * dnb
    return f, da, db


@right(["x", "y"], x=normal(3, 2), y=normal(4, 2), G=normal(3, 4))
def squared_distances(x, y, G):
    D = (x**2).sum(1, keepdims=True) + (y**2).sum(1) - 2 * x @ y.T
    f = np.sum(D * G)
    dD = G
    dx = 2 * x * dD.sum(axis=1, keepdims=True) - 2 * dD @ y
    dy = 2 * y * dD.sum(axis=0)[:, None] - 2 * dD.T @ x
    return f, dx, dy


@right(["A", "b"], A=normal(3, 3) + 3 * np.eye(3), b=normal(3))
def linear_solve(A, b):
    x = np.linalg.solve(A, b)
    f = np.sum(x**2)
    dx = 2 * x
    db = np.linalg.solve(A.T, dx)
    dA = -np.outer(db, x)
    return f, dA, db


@right(["A"], A=normal(3, 3) + 3 * np.eye(3))
def logarithm_of_the_determinant(A):
    sign, f = np.linalg.slogdet(A)
    dA = np.linalg.inv(A).T
    return f, dA


@right(["x"], x=normal(2, 4, 4), G=normal(2, 2, 2))
def max_pool_by_reshape(x, G):
    blocks = x.reshape(2, 2, 2, 2, 2)
    out = blocks.max(axis=4).max(axis=2)
    f = np.sum(out * G)
    dout = G
    mask = blocks == out[:, :, None, :, None]
    dblocks = mask * dout[:, :, None, :, None]
    dx = dblocks.reshape(x.shape)
    return f, dx


@right(["x"], x=normal(3, 4), idx=np.array([3, 0, 0]))
def gathered_log_probability(x, idx):
    lp = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
    picked = np.take_along_axis(lp, idx[:, None], axis=1)
    f = -picked.sum()
    dpicked = -np.ones_like(picked)
    dlp = np.zeros_like(lp)
    np.put_along_axis(dlp, idx[:, None], dpicked, axis=1)
    dx = dlp - np.exp(lp) * dlp.sum(axis=1, keepdims=True)
    return f, dx


@right(["E"], E=normal(5, 2), idx=np.array([4, 1, 1, 1]), G=normal(2))
def bag_of_embeddings(E, idx, G):
    bag = E[idx].mean(axis=0)
    f = np.tanh(bag) @ G
    dbag = (1 - np.tanh(bag) ** 2) * G
    dE = np.zeros(E.shape)
    dE += np.bincount(idx, minlength=5)[:, None] * dbag / idx.size
    return f, dE


@right(["c"], c=normal(4), x=0.7)
def polynomial_by_horner(c, x):
    v = 0.0
    for k in reversed(range(4)):
        v = v * x + c[k]
    f = v**2
    dv = 2 * v
    dc = np.array([x**k for k in range(4)]) * dv
    return f, dc


@right(["x"], x=normal(4, 3), G=normal(3, 2, 2))
def transposes_and_reshapes(x, G):
    t = x.T.reshape(3, 2, 2)
    u = np.swapaxes(t, 1, 2)
    f = np.sum(u * u * G)
    du = 2 * u * G
    dt = du.transpose(0, 2, 1)
    dx = dt.reshape(3, 4).T
    return f, dx


@right(["x"], x=normal(3, 4), G=normal(3))
def squeezed_and_expanded(x, G):
    n = np.sqrt(np.sum(x * x, axis=1))
    u = x / n[:, None]
    f = np.sum(u[:, 0] * G)
    du = np.zeros_like(u)
    du[:, 0] = G
    dx = (du - u * np.sum(u * du, axis=1)[:, np.newaxis]) / n[:, np.newaxis]
    return f, dx


@right(["x"], x=normal(5))
def differences_and_rolls(x):
    d = np.diff(x)
    r = np.roll(x, 1)
    f = np.sum(d**2) + np.sum(x * r)
    dd = 2 * d
    dx = np.zeros(5)
    dx[1:] += dd
    dx[:-1] -= dd
    dr = x
    dx += r
    dx += np.roll(dr, -1)
    return f, dx
