"""The layers of the CS231n assignments that run over time, and a table of embeddings."""

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(232)
right = collector(CASES)


def normal(*shape):
    return RNG.normal(size=shape)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = (1 - next_h**2) * dnext_h
    dx = dz.dot(Wx.T)
    dprev_h = dz.dot(Wh.T)
    dWx = x.T.dot(dz)
    dWh = prev_h.T.dot(dz)
    db = dz.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db


@right(
    ["x", "prev_h", "Wx", "Wh", "b"],
    output="next_h",
    backward=rnn_step_backward,
    upstream=normal(2, 4),
    x=normal(2, 3),
    prev_h=normal(2, 4),
    Wx=normal(3, 4),
    Wh=normal(4, 4),
    b=normal(4),
)
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    z = x.dot(Wx) + prev_h.dot(Wh) + b
    next_h = np.tanh(z)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_backward(dh, cache):
    x, h0, Wx, Wh, b, h = cache
    N, T, H = dh.shape
    dx = np.zeros_like(x)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        prev = h[:, t - 1, :] if t > 0 else h0
        dnext = dh[:, t, :] + dprev
        da = dnext * (1 - h[:, t, :] ** 2)
        dx[:, t, :] = da @ Wx.T
        dWx += x[:, t, :].T @ da
        dWh += prev.T @ da
        db += np.sum(da, axis=0)
        dprev = da @ Wh.T
    dh0 = dprev
    return dx, dh0, dWx, dWh, db


@right(
    ["x", "h0", "Wx", "Wh", "b"],
    output="h",
    backward=rnn_backward,
    upstream=normal(2, 3, 4),
    x=normal(2, 3, 2),
    h0=normal(2, 4),
    Wx=normal(2, 4),
    Wh=normal(4, 4),
    b=normal(4),
)
def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    prev = h0
    for t in range(T):
        prev = np.tanh(x[:, t, :] @ Wx + prev @ Wh + b)
        h[:, t, :] = prev
    return h, (x, h0, Wx, Wh, b, h)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW


@right(
    ["W"],
    output="out",
    backward=word_embedding_backward,
    upstream=normal(2, 3, 4),
    x=np.array([[0, 2, 2], [4, 0, 1]]),
    W=normal(5, 4),
)
def word_embedding_forward(x, W):
    out = W[x]
    cache = (x, W)
    return out, cache


def temporal_affine_backward(dout, cache):
    x, w, b, out = cache
    N, T, D = x.shape
    M = b.shape[0]
    dx = dout.reshape(N * T, M).dot(w.T).reshape(N, T, D)
    dw = dout.reshape(N * T, M).T.dot(x.reshape(N * T, D)).T
    db = dout.sum(axis=(0, 1))
    return dx, dw, db


@right(
    ["x", "w", "b"],
    output="out",
    backward=temporal_affine_backward,
    upstream=normal(2, 3, 2),
    x=normal(2, 3, 4),
    w=normal(4, 2),
    b=normal(2),
)
def temporal_affine_forward(x, w, b):
    N, T, D = x.shape
    M = b.shape[0]
    out = x.reshape(N * T, D).dot(w).reshape(N, T, M) + b
    cache = x, w, b, out
    return out, cache


def lstm_step_backward(dnext_h, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    dnext_c = dnext_h * o * (1 - np.tanh(next_c) ** 2)
    do = dnext_h * np.tanh(next_c)
    df = dnext_c * prev_c
    di = dnext_c * g
    dg = dnext_c * i
    dprev_c = dnext_c * f
    da = np.concatenate(
        [di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)], axis=1
    )
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db


@right(
    ["x", "prev_h", "prev_c", "Wx", "Wh", "b"],
    output="next_h",
    backward=lstm_step_backward,
    upstream=normal(2, 3),
    x=normal(2, 2),
    prev_h=normal(2, 3),
    prev_c=normal(2, 3),
    Wx=normal(2, 12),
    Wh=normal(3, 12),
    b=normal(12),
)
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = (1 / (1 + np.exp(-a[:, k * H : (k + 1) * H])) for k in range(3))
    g = np.tanh(a[:, 3 * H :])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)
