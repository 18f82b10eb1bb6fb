"""Affine layers, products, activations and broadcasts."""

import numpy as np

from tests.layers import Layer, collect


def affine(rng, n=4, d=6, m=3, name="affine"):
    x, w, b = rng.normal(size=(n, d)), rng.normal(size=(d, m)), rng.normal(size=m)
    dout = rng.normal(size=(n, m))
    return Layer(
        name, "affine",
        lambda p: p["x"].dot(p["w"]) + p["b"],
        {"x": x, "w": w, "b": b},
        {"x": dout.dot(w.T), "w": x.T.dot(dout), "b": dout.sum(axis=0)},
        dout,
    )  # fmt: skip


@collect
def affine_layers(rng):
    layer = affine(rng)
    yield layer
    dout, p, g = layer.upstream, layer.params, layer.grads
    yield "the bias is not summed", layer, {"b": dout}, "missing_unbroadcast_sum"
    yield "the bias is summed over the other axis", layer, {"b": dout.sum(axis=1)}, "wrong_sum_axis"
    yield (
        "the bias keeps its axis",
        layer,
        {"b": dout.sum(0, keepdims=True)},
        "extra_keepdims_shape",
    )
    yield "a mean in place of the sum", layer, {"b": dout.mean(axis=0)}, "double_batch_scale"
    yield "the weights' gradient is transposed", layer, {"w": g["w"].T}, "missing_transpose"
    yield "a wrong sign", layer, {"x": -g["x"]}, "wrong_sign"
    yield "one element is off by a thousandth", layer, {"w": g["w"] * bumped(g["w"], 5)}, None
    yield "the gradient on x is forgotten", layer, {"x": np.zeros_like(p["x"])}, None
    yield (
        "a gradient that is nan",
        layer,
        {"w": np.where(p["w"] > 0.5, np.nan, g["w"])},
        "not_finite",
    )
    yield "another dtype", layer, {"w": (10 * g["w"]).astype(int)}, "integer_dtype"
    square = affine(rng, 4, 4, 4, "square affine")
    yield square
    dout, p, g = square.upstream, square.params, square.grads
    yield "no transpose on w", square, {"x": dout.dot(p["w"])}, None
    yield "the product the wrong way round", square, {"w": dout.T.dot(p["x"])}, "missing_transpose"
    yield "summed over the other axis", square, {"b": dout.sum(axis=1)}, "wrong_sum_axis"


def bumped(array, at, factor=1.001):
    factors = np.ones(array.size)
    factors[at] = factor
    return factors.reshape(array.shape)


@collect
def square_products(rng):
    a, b, dout = rng.normal(size=(5, 5)), rng.normal(size=(5, 5)), rng.normal(size=(5, 5))
    layer = Layer(
        "product of squares", "square product",
        lambda p: p["A"] @ p["B"],
        {"A": a, "B": b}, {"A": dout @ b.T, "B": a.T @ dout}, dout,
    )  # fmt: skip
    yield layer
    yield "A is not turned", layer, {"B": a @ dout}, None
    yield "the order is swapped", layer, {"A": b.T @ dout}, None
    yield "elementwise", layer, {"A": dout * b, "B": dout * a}, None
    gram = Layer(
        "gram matrix", "square product", lambda p: np.sum((p["A"] @ p["A"].T) ** 2),
        {"A": a}, {"A": 4 * (a @ a.T) @ a},
    )  # fmt: skip
    yield gram
    yield "one leg of A only", gram, {"A": 2 * (a @ a.T) @ a}, "missing_power_factor"


@collect
def activations(rng):
    x, g = rng.normal(size=(4, 5)), rng.normal(size=(4, 5))
    relu = Layer("relu", "relu", lambda p: np.maximum(0, p["x"]), {"x": x}, {"x": g * (x > 0)}, g)
    yield relu
    yield "the mask the wrong way round", relu, {"x": g * (x < 0)}, None
    yield "no mask", relu, {"x": g}, None
    yield "the mask of the gradient", relu, {"x": g * (g > 0)}, None
    yield "the value for the mask", relu, {"x": g * np.maximum(0, x)}, None
    leaky = Layer(
        "leaky relu", "relu", lambda p: np.where(p["x"] > 0, p["x"], 0.01 * p["x"]),
        {"x": x}, {"x": np.where(x > 0, g, 0.01 * g)}, g,
    )  # fmt: skip
    yield leaky
    yield "the leak is forgotten", leaky, {"x": g * (x > 0)}, None
    s = 1 / (1 + np.exp(-x))
    sigmoid = Layer(
        "sigmoid",
        "sigmoid",
        lambda p: 1 / (1 + np.exp(-p["x"])),
        {"x": x},
        {"x": g * s * (1 - s)},
        g,
    )
    yield sigmoid
    yield "x for the activation", sigmoid, {"x": g * x * (1 - x)}, None
    yield "no gradient from above", sigmoid, {"x": s * (1 - s)}, None
    yield "the sign of the exponent", sigmoid, {"x": -g * s * (1 - s)}, "wrong_sign"
    t = np.tanh(x)
    tanh = Layer("tanh", "tanh", lambda p: np.tanh(p["x"]), {"x": x}, {"x": g * (1 - t**2)}, g)
    yield tanh
    yield "the square is forgotten", tanh, {"x": g * (1 - t)}, None
    yield "x for the activation", tanh, {"x": g * (1 - x**2)}, None


@collect
def broadcasts(rng):
    a, r, c = rng.normal(size=(4, 5)), rng.normal(size=(1, 5)), rng.normal(size=(4, 1))
    k, g = rng.normal(), rng.normal(size=(4, 5))
    layer = Layer(
        "broadcast", "broadcast", lambda p: p["k"] * p["a"] * p["r"] + p["c"],
        {"a": a, "r": r, "c": c, "k": k},
        {
            "a": g * k * r, "r": (g * k * a).sum(axis=0, keepdims=True),
            "c": g.sum(axis=1, keepdims=True), "k": float(np.sum(g * a * r)),
        },
        g,
    )  # fmt: skip
    yield layer
    yield "r loses its axis", layer, {"r": (g * k * a).sum(axis=0)}, "dropped_keepdims"
    yield "c is not summed", layer, {"c": g}, "missing_unbroadcast_sum"
    yield "k is an array", layer, {"k": g * a * r}, "missing_unbroadcast_sum"
    yield "c takes the mean", layer, {"c": g.mean(axis=1, keepdims=True)}, None
    x, dout = rng.normal(size=(3, 4, 2)), rng.normal(size=(3, 4, 2))
    scale = rng.normal(size=(4, 1))
    middle = Layer(
        "scale along the middle", "broadcast", lambda p: p["x"] * p["s"],
        {"x": x, "s": scale}, {"x": dout * scale, "s": (dout * x).sum(axis=(0, 2))[:, None]}, dout,
    )  # fmt: skip
    yield middle
    yield (
        "summed over one axis only",
        middle,
        {"s": (dout * x).sum(axis=0)},
        "missing_unbroadcast_sum",
    )


@collect
def dropouts(rng):
    x, g = rng.normal(size=(4, 6)), rng.normal(size=(4, 6))
    mask = (rng.random((4, 6)) < 0.7) / 0.7
    layer = Layer("dropout", "dropout", lambda p: p["x"] * mask, {"x": x}, {"x": g * mask}, g)
    yield layer
    yield "not scaled", layer, {"x": g * (mask > 0)}, None
    yield "no mask", layer, {"x": g}, None


@collect
def embeddings(rng):
    words, table = np.array([[0, 2, 2], [3, 0, 2]]), rng.normal(size=(5, 4))
    g = rng.normal(size=(2, 3, 4))
    right = np.zeros_like(table)
    np.add.at(right, words, g)
    layer = Layer("embedding", "embedding", lambda p: p["W"][words], {"W": table}, {"W": right}, g)
    yield layer
    once = np.zeros_like(table)
    once[words] += g
    yield "repeated words count once", layer, {"W": once}, None
    yield "the mean of each word", layer, {"W": right / np.array([2, 1, 3, 1, 1])[:, None]}, None
