"""The layers of the CS231n assignments for images, by loops over every window."""

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(233)
right = collector(CASES)


def normal(*shape):
    return RNG.normal(size=shape)


def conv_backward_naive(dout, cache):
    x, w, b, stride, pad = cache
    N, F, H_out, W_out = dout.shape
    _, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_pad = np.zeros_like(x_pad)
    dw = np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    window = x_pad[n, :, hs : hs + HH, ws : ws + WW]
                    dw[f] += window * dout[n, f, i, j]
                    dx_pad[n, :, hs : hs + HH, ws : ws + WW] += w[f] * dout[n, f, i, j]
    dx = dx_pad[:, :, pad:-pad, pad:-pad]
    return dx, dw, db


@right(
    ["x", "w", "b"],
    output="out",
    backward=conv_backward_naive,
    upstream=normal(1, 2, 2, 2),
    x=normal(1, 2, 3, 3),
    w=normal(2, 2, 3, 3),
    b=normal(2),
)
def conv_forward_naive(x, w, b, stride=2, pad=1):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    hs, ws = i * stride, j * stride
                    window = x_pad[n, :, hs : hs + HH, ws : ws + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, stride, pad)
    return out, cache


def max_pool_backward_naive(dout, cache):
    x, size = cache
    N, C, H, W = x.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(H // size):
                for j in range(W // size):
                    window = x[n, c, i * size : (i + 1) * size, j * size : (j + 1) * size]
                    r, k = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i * size + r, j * size + k] += dout[n, c, i, j]
    return dx


@right(
    ["x"],
    output="out",
    backward=max_pool_backward_naive,
    upstream=normal(1, 2, 2, 2),
    kink=True,
    x=np.maximum(0, normal(1, 2, 4, 4)),
)
def max_pool_forward_naive(x, size=2):
    N, C, H, W = x.shape
    out = np.zeros((N, C, H // size, W // size))
    for i in range(H // size):
        for j in range(W // size):
            window = x[:, :, i * size : (i + 1) * size, j * size : (j + 1) * size]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, size)


def spatial_batchnorm_backward(dout, cache):
    xhat, gamma, std, shape = cache
    N, C, H, W = shape
    d = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dbeta = d.sum(0)
    dgamma = (d * xhat).sum(0)
    M = N * H * W
    dx = gamma / (M * std) * (M * d - dbeta - xhat * dgamma)
    dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta


@right(
    ["x", "gamma", "beta"],
    output="out",
    backward=spatial_batchnorm_backward,
    upstream=normal(2, 2, 2, 3),
    x=normal(2, 2, 2, 3),
    gamma=normal(2),
    beta=normal(2),
)
def spatial_batchnorm_forward(x, gamma, beta):
    N, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    std = np.sqrt(flat.var(axis=0) + 1e-5)
    xhat = (flat - flat.mean(axis=0)) / std
    out = (gamma * xhat + beta).reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return out, (xhat, gamma, std, x.shape)
