"""Softmax and SVM losses, and normalisations."""

import numpy as np

from tests.layers import Layer, collect


@collect
def softmax_losses(rng):
    n, c = 5, 4
    x, y = rng.normal(size=(n, c)), rng.integers(c, size=n)

    def forward(p):
        shifted = p["x"] - p["x"].max(axis=1, keepdims=True)
        return -np.mean(shifted[np.arange(n), y] - np.log(np.exp(shifted).sum(axis=1)))

    probs = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    hot = np.eye(c)[y]
    layer = Layer("softmax loss", "softmax", forward, {"x": x}, {"x": (probs - hot) / n})
    yield layer
    yield "not divided by the number of examples", layer, {"x": probs - hot}, "double_batch_scale"
    yield "divided twice", layer, {"x": (probs - hot) / n**2}, "double_batch_scale"
    yield "the right class is forgotten", layer, {"x": probs / n}, None
    yield "added in place of subtracted", layer, {"x": (probs + hot) / n}, None

    g = rng.normal(size=(n, c))

    def softmax(p):
        e = np.exp(p["x"])
        return e / e.sum(axis=1, keepdims=True)

    inner = (g * probs).sum(axis=1, keepdims=True)
    alone = Layer("softmax", "softmax", softmax, {"x": x}, {"x": probs * (g - inner)}, g)
    yield alone
    yield "the diagonal alone", alone, {"x": g * probs * (1 - probs)}, None
    yield "the sum over all rows", alone, {"x": probs * (g - (g * probs).sum())}, None


@collect
def svm_losses(rng):
    n, c, reg = 6, 5, 0.1
    x, w, y = rng.normal(size=(n, 4)), rng.normal(size=(4, c)), rng.integers(c, size=n)

    def forward(p):
        scores = x.dot(p["W"])
        margins = np.maximum(0, scores - scores[np.arange(n), y][:, None] + 1)
        margins[np.arange(n), y] = 0
        return margins.sum() / n + reg * np.sum(p["W"] * p["W"])

    scores = x.dot(w)
    mask = (scores - scores[np.arange(n), y][:, None] + 1 > 0).astype(float)
    mask[np.arange(n), y] = 0
    loser = mask.copy()
    mask[np.arange(n), y] = -mask.sum(axis=1)
    data = x.T.dot(mask) / n
    layer = Layer("svm loss", "svm", forward, {"W": w}, {"W": data + 2 * reg * w})
    yield layer
    yield "the right class gets nothing", layer, {"W": x.T.dot(loser) / n + 2 * reg * w}, None
    yield "half of the regularisation", layer, {"W": data + reg * w}, None
    yield "no regularisation", layer, {"W": data}, None
    yield "the data is not divided", layer, {"W": data * n + 2 * reg * w}, None


def batchnorm(rng, n=6, d=4, eps=1e-5):
    x, g = 3 * rng.normal(size=(n, d)) + 1, rng.normal(size=(n, d))
    gamma, beta = rng.normal(size=d), rng.normal(size=d)

    def forward(p):
        mean, var = p["x"].mean(axis=0), p["x"].var(axis=0)
        return p["gamma"] * (p["x"] - mean) / np.sqrt(var + eps) + p["beta"]

    std = np.sqrt(x.var(axis=0) + eps)
    xhat = (x - x.mean(axis=0)) / std
    dxhat = g * gamma
    dx = (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / std
    grads = {"x": dx, "gamma": (g * xhat).sum(axis=0), "beta": g.sum(axis=0)}
    params = {"x": x, "gamma": gamma, "beta": beta}
    return Layer("batchnorm", "norm", forward, params, grads, g), xhat, std, dxhat


@collect
def batchnorms(rng):
    layer, xhat, std, dxhat = batchnorm(rng)
    g, x = layer.upstream, layer.params["x"]
    yield layer
    yield "mean and variance as constants", layer, {"x": dxhat / std}, None
    yield "the variance as a constant", layer, {"x": (dxhat - dxhat.mean(axis=0)) / std}, None
    yield "x for the normalised x", layer, {"gamma": (g * x).sum(axis=0)}, None
    yield "gamma is not summed", layer, {"gamma": g * xhat}, "missing_unbroadcast_sum"
    yield "divided by the variance", layer, {"x": layer.grads["x"] / std}, None


@collect
def layernorms(rng):
    n, d, eps = 4, 6, 1e-5
    x, g, gamma = rng.normal(size=(n, d)), rng.normal(size=(n, d)), rng.normal(size=d)

    def forward(p):
        mean = p["x"].mean(axis=1, keepdims=True)
        std = p["x"].std(axis=1, keepdims=True)
        return p["gamma"] * (p["x"] - mean) / (std + eps)

    std = x.std(axis=1, keepdims=True)
    centred = x - x.mean(axis=1, keepdims=True)
    dhat = g * gamma
    dstd = -(dhat * centred).sum(axis=1, keepdims=True) / (std + eps) ** 2
    dx = dhat / (std + eps) + dstd * centred / (std * d)
    dx = dx - dx.mean(axis=1, keepdims=True)
    dgamma = (g * centred / (std + eps)).sum(axis=0)
    layer = Layer(
        "layernorm with std",
        "norm",
        forward,
        {"x": x, "gamma": gamma},
        {"x": dx, "gamma": dgamma},
        g,
    )
    yield layer
    yield (
        "the mean is forgotten",
        layer,
        {"x": dhat / (std + eps) + dstd * centred / (std * d)},
        None,
    )
    yield (
        "the deviation is forgotten",
        layer,
        {"x": (dhat - dhat.mean(1, keepdims=True)) / (std + eps)},
        None,
    )
    unit = Layer(
        "unit vectors", "norm",
        lambda p: p["x"] / np.linalg.norm(p["x"], axis=1, keepdims=True),
        {"x": x}, {"x": unit_back(x, g)}, g,
    )  # fmt: skip
    yield unit
    yield (
        "the length as a constant",
        unit,
        {"x": g / np.linalg.norm(x, axis=1, keepdims=True)},
        None,
    )


def unit_back(x, g):
    length = np.linalg.norm(x, axis=1, keepdims=True)
    y = x / length
    return (g - y * (g * y).sum(axis=1, keepdims=True)) / length
