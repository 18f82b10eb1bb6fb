"""Convolution, pooling, and nets with regularisation."""

import numpy as np

from tests.layers import Layer, collect


def conv_forward(x, w, b, pad=1):
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    n, _, height, width = x.shape
    out = np.zeros((n, w.shape[0], height, width))
    for i in range(height):
        for j in range(width):
            window = padded[:, :, i : i + w.shape[2], j : j + w.shape[3]]
            out[:, :, i, j] = np.tensordot(window, w, ([1, 2, 3], [1, 2, 3])) + b
    return out


def conv_backward(x, w, g, pad=1, *, overwrite=False, flipped=False):
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    size = w.shape[2]
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            here = (slice(None), slice(None), slice(i, i + size), slice(j, j + size))
            dw += np.tensordot(g[:, :, i, j], padded[here], ([0], [0]))
            back = np.tensordot(g[:, :, i, j], w[:, :, ::-1, ::-1] if flipped else w, ([1], [0]))
            dpadded[here] = back if overwrite else dpadded[here] + back
    return dpadded[:, :, pad:-pad, pad:-pad], dw, g.sum(axis=(0, 2, 3))


@collect
def convolutions(rng):
    x, w, b = rng.normal(size=(2, 2, 4, 4)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3)
    g = rng.normal(size=(2, 3, 4, 4))
    dx, dw, db = conv_backward(x, w, g)
    layer = Layer(
        "convolution", "conv", lambda p: conv_forward(p["x"], p["w"], p["b"]),
        {"x": x, "w": w, "b": b}, {"x": dx, "w": dw, "b": db}, g,
    )  # fmt: skip
    yield layer
    yield (
        "windows overwrite each other",
        layer,
        {"x": conv_backward(x, w, g, overwrite=True)[0]},
        None,
    )
    yield "the filter is flipped", layer, {"x": conv_backward(x, w, g, flipped=True)[0]}, None
    yield (
        "the bias is not summed over the image",
        layer,
        {"b": g.sum(axis=0)},
        "missing_unbroadcast_sum",
    )
    yield (
        "rows and columns are swapped",
        layer,
        {"w": dw.transpose(0, 1, 3, 2)},
        "missing_transpose",
    )


def pool_forward(x):
    n, c, height, width = x.shape
    out = np.zeros((n, c, height // 2, width // 2))
    for i in range(height // 2):
        for j in range(width // 2):
            out[:, :, i, j] = x[:, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max(axis=(2, 3))
    return out


def pool_mask(x, share=False):
    blocks = x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2)
    mask = (blocks == blocks.max(axis=(3, 5), keepdims=True)).astype(float)
    return mask / mask.sum(axis=(3, 5), keepdims=True) if share else mask


def pooled_back(x, g, share=True):
    return (pool_mask(x, share) * g[:, :, :, None, :, None]).reshape(x.shape)


@collect
def poolings(rng):
    x, g = rng.normal(size=(2, 2, 4, 4)), rng.normal(size=(2, 2, 2, 2))
    layer = Layer(
        "max pooling", "pool", lambda p: pool_forward(p["x"]), {"x": x}, {"x": pooled_back(x, g)}, g
    )
    yield layer
    yield "everywhere in the window", layer, {"x": np.repeat(np.repeat(g, 2, 2), 2, 3)}, None
    yield "the loser gets it", layer, {"x": pooled_back(-x, g)}, None
    tied = x.copy()
    tied[0, 0, 0, :2] = 9.0
    ties = Layer(
        "max pooling at a tie", "pool", lambda p: pool_forward(p["x"]), {"x": tied},
        {"x": pooled_back(tied, g)}, g,
    )  # fmt: skip
    yield ties
    yield "both get the whole", ties, {"x": pooled_back(tied, g, share=False)}, "tie_double_count"
    mean = Layer(
        "average pooling", "pool", lambda p: p["x"].reshape(2, 2, 2, 2, 2, 2).mean(axis=(3, 5)),
        {"x": x}, {"x": np.repeat(np.repeat(g, 2, 2), 2, 3) / 4}, g,
    )  # fmt: skip
    yield mean
    yield "not shared out", mean, {"x": np.repeat(np.repeat(g, 2, 2), 2, 3)}, None


def net(rng, sizes=(5, 7, 4), n=6, reg=0.0, scale=1.0, name="net"):
    inputs, hidden, classes = sizes
    x, y = rng.normal(size=(n, inputs)), rng.integers(classes, size=n)
    params = {
        "W1": scale * rng.normal(size=(inputs, hidden)), "b1": scale * rng.normal(size=hidden),
        "W2": scale * rng.normal(size=(hidden, classes)), "b2": scale * rng.normal(size=classes),
    }  # fmt: skip

    def forward(p):
        h = np.maximum(0, x.dot(p["W1"]) + p["b1"])
        scores = h.dot(p["W2"]) + p["b2"]
        scores = scores - scores.max(axis=1, keepdims=True)
        probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        weights = np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2)
        return -np.log(probs[np.arange(n), y]).mean() + reg * weights

    return Layer(name, "net", forward, params, net_backward(params, x, y, reg))


def net_backward(p, x, y, reg, *, mask=True, decay=2.0):
    n = len(y)
    z = x.dot(p["W1"]) + p["b1"]
    h = np.maximum(0, z)
    scores = h.dot(p["W2"]) + p["b2"]
    exps = np.exp(scores - scores.max(axis=1, keepdims=True))
    d = exps / exps.sum(axis=1, keepdims=True)
    d[np.arange(n), y] -= 1
    d /= n
    dz = d.dot(p["W2"].T) * ((z > 0) if mask else 1.0)
    return {
        "W1": x.T.dot(dz) + decay * reg * p["W1"], "b1": dz.sum(axis=0),
        "W2": h.T.dot(d) + decay * reg * p["W2"], "b2": d.sum(axis=0),
    }  # fmt: skip


@collect
def regularised_nets(rng):
    layer = net(rng, reg=0.1, name="regularised net")
    yield layer
    free = layer.forward.__closure__
    x, y = (
        next(c.cell_contents for c in free if getattr(c.cell_contents, "ndim", 0) == k)
        for k in (2, 1)
    )
    p, g = layer.params, layer.grads
    bare = net_backward(p, x, y, 0.1, mask=False)
    yield "the relu's mask is forgotten", layer, {"W1": bare["W1"], "b1": bare["b1"]}, None
    half = net_backward(p, x, y, 0.1, decay=1.0)
    yield "half of the regularisation", layer, {"W1": half["W1"], "W2": half["W2"]}, None
    none = net_backward(p, x, y, 0.1, decay=0.0)
    yield "W2 is not regularised", layer, {"W2": none["W2"]}, None
    yield "the bias is regularised", layer, {"b1": g["b1"] + 0.2 * p["b1"]}, None
    yield "one column is off", layer, {"W2": g["W2"] * np.array([1, 1, 0.5, 1])}, None
    yield "all are negated", layer, {name: -grad for name, grad in g.items()}, "wrong_sign"
