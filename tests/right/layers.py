"""Right backward passes of losses and layers, with an operation or two each."""

import math

import numpy as np

from tests.right import Case, collector

CASES: list[Case] = []
RNG = np.random.default_rng(42)
right = collector(CASES)


def normal(*shape):
    return RNG.normal(size=shape)


@right(["x"], x=normal(6), G=normal(6))
def leaky_relu(x, G):
    h = np.maximum(0.01 * x, x)
    f = np.dot(h, G)
    dh = G
    dx = np.ones_like(x)
    dx[x < 0] = 0.01
    dx *= dh
    return f, dx


@right(["x"], x=normal(6))
def elu(x, alpha=1.3):
    h = np.where(x > 0, x, alpha * (np.exp(x) - 1))
    f = np.sum(h * h)
    dh = 2 * h
    dx = np.where(x > 0, 1.0, h + alpha) * dh
    return f, dx


@right(["x"], x=normal(4), G=normal(4))
def softplus(x, G):
    h = np.logaddexp(0, x)
    f = G @ h
    dx = G / (1 + np.exp(-x))
    return f, dx


@right(["x"], x=normal(4))
def gelu_by_tanh(x):
    c = math.sqrt(2 / math.pi)
    u = c * (x + 0.044715 * x**3)
    t = np.tanh(u)
    g = 0.5 * x * (1 + t)
    f = g.sum()
    dg = np.ones(4)
    dt = 0.5 * x * dg
    du = dt * (1 - t**2)
    dx = 0.5 * (1 + t) * dg + du * c * (1 + 3 * 0.044715 * x**2)
    return f, dx


@right(["z"], z=normal(5), y=np.array([0.0, 1.0, 1.0, 0.0, 1.0]))
def binary_cross_entropy(z, y):
    p = 1 / (1 + np.exp(-z))
    f = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    dz = (p - y) / len(y)
    return f, dz


@right(["q"], q=np.array([0.2, 0.5, 0.3]), p=np.array([0.1, 0.6, 0.3]))
def divergence_of_distributions(q, p):
    ratio = p / q
    logs = np.log(ratio)
    f = np.sum(p * logs)
    dlogs = p
    dratio = dlogs / ratio
    dq = -dratio * p / q**2
    return f, dq


@right(["x"], x=normal(4, 6), G=normal(2, 3))
def average_pool_by_reshape(x, G):
    out = x.reshape(2, 2, 3, 2).mean(axis=(1, 3))
    f = np.sum(out * G)
    dout = G
    dx = np.repeat(np.repeat(dout, 2, axis=0), 2, axis=1) / 4
    return f, dx


@right(["x"], x=normal(2, 3), G=normal(4, 6))
def nearest_upsampling(x, G):
    up = np.kron(x, np.ones((2, 2)))
    f = np.sum(up * G)
    dup = G
    dx = dup.reshape(2, 2, 3, 2).sum(axis=(1, 3))
    return f, dx


@right(["x", "w"], x=normal(5, 5), w=normal(3, 3), G=normal(3, 3))
def convolution_by_windows(x, w, G):
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3))
    out = np.einsum("ijkl,kl->ij", windows, w)
    f = np.sum(out * G)
    dout = G
    dw = np.einsum("ijkl,ij->kl", windows, dout)
    padded = np.pad(dout, 2)
    flipped = w[::-1, ::-1]
    dx = np.einsum("ijkl,kl->ij", np.lib.stride_tricks.sliding_window_view(padded, (3, 3)), flipped)
    return f, dx, dw


@right(["Q", "K", "V"], Q=normal(2, 3, 2), K=normal(2, 4, 2), V=normal(2, 4, 3), G=normal(2, 3, 3))
def attention_with_heads(Q, K, V, G):
    scores = np.einsum("hqd,hkd->hqk", Q, K) / math.sqrt(2)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    heads = np.einsum("hqk,hkd->hqd", weights, V)
    f = (heads * G).sum()
    dheads = G
    dV = np.einsum("hqk,hqd->hkd", weights, dheads)
    dweights = np.einsum("hqd,hkd->hqk", dheads, V)
    dscores = weights * (dweights - (dweights * weights).sum(axis=-1, keepdims=True))
    dQ = np.einsum("hqk,hkd->hqd", dscores, K) / math.sqrt(2)
    dK = np.einsum("hqk,hqd->hkd", dscores, Q) / math.sqrt(2)
    return f, dQ, dK, dV


@right(["S"], S=normal(3, 3), G=normal(3, 3))
def causal_mask(S, G):
    mask = np.triu(np.ones((3, 3), dtype=bool), k=1)
    masked = np.where(mask, -1e9, S)
    e = np.exp(masked - masked.max(axis=1, keepdims=True))
    P = e / e.sum(axis=1, keepdims=True)
    f = np.sum(P * G)
    dP = G
    dmasked = P * (dP - (dP * P).sum(1, keepdims=True))
    dS = np.where(mask, 0, dmasked)
    return f, dS


@right(["h", "Wz", "Wn"], x=normal(3), h=normal(3), Wz=normal(3, 6), Wn=normal(3, 6))
def gated_unit(x, h, Wz, Wn):
    xh = np.concatenate([x, h])
    z = 1 / (1 + np.exp(-Wz @ xh))
    n = np.tanh(Wn @ xh)
    new = (1 - z) * n + z * h
    f = np.sum(new**2)
    dnew = 2 * new
    dz = (h - n) * dnew
    dn = (1 - z) * dnew
    dh = z * dnew
    daz = z * (1 - z) * dz
    dan = (1 - n**2) * dn
    dWz = np.outer(daz, xh)
    dWn = np.outer(dan, xh)
    dxh = Wz.T @ daz + Wn.T @ dan
    dx, dh_more = np.split(dxh, 2)
    dh = dh + dh_more
    return f, dh, dWz, dWn


@right(["Wx", "Wh"], X=normal(4, 3), Wx=normal(2, 3), Wh=normal(2, 2))
def recurrence_with_reused_names(X, Wx, Wh):
    hs = {-1: np.zeros(2)}
    f = 0.0
    for t in range(4):
        h = np.tanh(Wx @ X[t] + Wh @ hs[t - 1])
        hs[t] = h
        f += np.sum(h)
    dWx, dWh = np.zeros_like(Wx), np.zeros_like(Wh)
    dhnext = np.zeros(2)
    for t in reversed(range(4)):
        dh = np.ones(2) + dhnext
        draw = (1 - hs[t] * hs[t]) * dh
        dWx += np.outer(draw, X[t])
        dWh += np.outer(draw, hs[t - 1])
        dhnext = np.dot(Wh.T, draw)
    return f, dWx, dWh


@right(["a", "p", "n"], a=normal(3), p=normal(3), n=normal(3))
def triplet_loss(a, p, n):
    f = max(0.0, np.sum((a - p) ** 2) - np.sum((a - n) ** 2) + 10.0)
    active = float(f > 0)
    da = 2 * (n - p) * active
    dp = 2 * (p - a) * active
    dn = 2 * (a - n) * active
    return f, da, dp, dn


@right(["W", "b"], X=normal(6, 3), y=normal(6), W=normal(3), b=0.4)
def ridge_regression(X, y, W, b):
    error = X @ W + b - y
    f = (error**2).mean() + 0.1 * (W**2).sum()
    derror = 2 * error / error.size
    dW = X.T @ derror + 0.2 * W
    db = derror.sum()
    return f, dW, db


@right(["x"], x=normal(3, 4), G=normal(3, 4))
def layer_norm_in_stages(x, G):
    mu = x.mean(axis=1, keepdims=True)
    xc = x - mu
    var = np.mean(xc**2, axis=1, keepdims=True)
    inv = (var + 1e-5) ** -0.5
    out = xc * inv
    f = np.sum(out * G)
    dout = G
    dxc = dout * inv
    dinv = np.sum(dout * xc, axis=1, keepdims=True)
    dvar = -0.5 * (var + 1e-5) ** -1.5 * dinv
    dxc += 2 / x.shape[1] * xc * dvar
    dmu = -np.sum(dxc, axis=1, keepdims=True)
    dx = dxc + dmu / x.shape[1]
    return f, dx


@right(["w"], w=normal(3), X=normal(8, 3), y=np.sign(normal(8)))
def logistic_regression_with_signs(w, X, y):
    m = y * X.dot(w)
    f = np.log(1 + np.exp(-m)).sum()
    dm = -1 / (1 + np.exp(m))
    dw = X.T.dot(dm * y)
    return f, dw


@right(["mu", "logvar"], mu=normal(3), logvar=normal(3), eps=normal(3))
def reparametrised_sample(mu, logvar, eps):
    std = np.exp(0.5 * logvar)
    z = mu + std * eps
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
    f = np.sum(np.sin(z)) + kl
    dz = np.cos(z)
    dmu = dz + mu
    dstd = dz * eps
    dlogvar = dstd * 0.5 * std
    dlogvar += -0.5 * (1 - np.exp(logvar))
    return f, dmu, dlogvar


@right(["W1", "W2"], X=normal(3, 4), W1=normal(4, 5), W2=normal(5, 4), G=normal(3, 4))
def residual_block(X, W1, W2, G):
    h = np.tanh(X @ W1)
    out = X + h @ W2
    f = np.sum(out * G)
    dout = G
    dW2 = h.T @ dout
    dh = dout @ W2.T
    dW1 = X.T @ ((1 - h * h) * dh)
    return f, dW1, dW2
