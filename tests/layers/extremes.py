"""Right and wrong gradients at the places where numerical checks go astray."""

import math

import numpy as np

from tests.layers import Layer, collect
from tests.layers.nets import net


@collect
def kinks(rng):
    x = np.array([0.0, 1.5, -2.0, 0.0])
    l1 = Layer("abs at 0", "kink", lambda p: np.sum(np.abs(p["x"])), {"x": x}, {"x": np.sign(x)})
    yield l1
    yield "more than the slope on either side", l1, {"x": np.array([1.5, 1, -1, 0])}, None
    at_zero = np.array([0.0, -1.0, 2.0, 0.0])
    for name, mask in (("off", at_zero > 0), ("on", at_zero >= 0)):
        yield Layer(
            f"relu at 0, {name}", "kink", lambda p: np.sum(np.maximum(0, p["x"]) * [1, 2, 3, -4.0]),
            {"x": at_zero}, {"x": mask * np.array([1, 2, 3, -4.0])},
        )  # fmt: skip
    dead = net(rng, name="dead relus")
    params = {**dead.params, "b1": dead.params["b1"] - 100.0}
    zero = {"W1": np.zeros((5, 7)), "b1": np.zeros(7), "W2": np.zeros((7, 4))}
    y = next(
        c.cell_contents
        for c in dead.forward.__closure__
        if getattr(c.cell_contents, "ndim", 0) == 1
    )
    scores = np.exp(params["b2"]) / np.exp(params["b2"]).sum()
    yield Layer(
        "dead relus",
        "kink",
        dead.forward,
        params,
        {**zero, "b2": scores - np.eye(4)[y].mean(axis=0)},
    )
    tie = Layer(
        "a tie of two", "kink", lambda p: np.maximum(p["a"], p["b"]), {"a": 2.0, "b": 2.0},
        {"a": 1.0, "b": 0.0},
    )  # fmt: skip
    yield tie
    yield Layer("a shared tie", "kink", tie.forward, tie.params, {"a": 0.5, "b": 0.5})
    yield "counted twice", tie, {"a": 1.0, "b": 1.0}, "tie_double_count"


@collect
def zero_rows(rng):
    """Biases of zero and an example of zeros: each hidden unit stands on its kink."""
    x = rng.normal(size=(5, 4))
    x[2] = 0.0
    w2, params = rng.normal(size=7), {"W": rng.normal(size=(4, 7)), "b": np.zeros(7)}

    def backward(on):
        z = x @ params["W"] + params["b"]
        dz = ((z >= 0) if on else (z > 0)) * w2
        return {"W": x.T @ dz, "b": dz.sum(axis=0)}

    def forward(p):
        return np.sum(np.maximum(0, x @ p["W"] + p["b"]) @ w2)

    for on in (False, True):
        yield Layer(
            f"an example of zeros, {'on' if on else 'off'}", "kink", forward, params, backward(on)
        )
    wrong = {**backward(False)}
    yield (
        "beyond the kink",
        Layer("an example of zeros", "kink", forward, params, wrong),
        {"b": wrong["b"] + 2 * np.abs(w2)},
        None,
    )


def cubes(size):
    return lambda p: size * np.sum(p["x"] ** 3)


@collect
def scales(rng):
    x = rng.normal(size=8)
    for size in (1e-12, 1e12):
        layer = Layer(
            f"gradients of {size:g}", "scale", cubes(size),
            {"x": x}, {"x": 3 * size * x**2},
        )  # fmt: skip
        yield layer
        yield "a wrong sign", layer, {"x": -3 * size * x**2}, "wrong_sign"
    small = Layer(
        "a gradient of 1e-9 beside others", "scale", lambda p: np.sum(p["x"] ** 2) + 1e-9 * p["t"],
        {"x": x, "t": 3.0}, {"x": 2 * x, "t": 1e-9},
    )  # fmt: skip
    yield small
    yield "a wrong sign at 1e-9", small, {"t": -1e-9}, "wrong_sign"
    yield "a thousandth", small, {"x": 2 * x * np.array([1, 1, 1, 1.001, 1, 1, 1, 1])}, None
    s = 1 / (1 + np.exp(-np.array([30.0, -30.0, 3.0, 40.0])))
    yield Layer(
        "a saturated sigmoid", "scale", lambda p: np.sum(1 / (1 + np.exp(-p["x"]))),
        {"x": np.array([30.0, -30.0, 3.0, 40.0])}, {"x": (1 - s) * s},
    )  # fmt: skip


@collect
def zeros(rng):
    x = rng.normal(size=6)
    e = np.exp(x) / np.exp(x).sum()
    yield Layer(
        "the sum of a softmax", "zero", lambda p: np.sum(np.exp(p["x"]) / np.sum(np.exp(p["x"]))),
        {"x": x}, {"x": np.zeros(6)},
    )  # fmt: skip
    yield Layer(
        "the sum of a softmax, to rounding", "zero",
        lambda p: np.sum(np.exp(p["x"]) / np.sum(np.exp(p["x"]))), {"x": x}, {"x": e - e * e.sum()},
    )  # fmt: skip
    data, w = rng.normal(size=(6, 3)), rng.normal(size=(3, 2))
    g = rng.normal(size=(6, 2))

    def normalised(p):
        z = data @ w + p["b"]
        return (z - z.mean(axis=0)) / z.std(axis=0)

    z = data @ w
    std, hat = z.std(axis=0), (z - z.mean(axis=0)) / z.std(axis=0)
    db = ((g - g.mean(axis=0) - hat * (g * hat).mean(axis=0)) / std).sum(axis=0)
    yield Layer(
        "a bias before a batchnorm", "zero", normalised, {"b": rng.normal(size=2)}, {"b": db}, g
    )


@collect
def precision(rng):
    x, w = rng.normal(size=(5, 4)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)
    g = rng.normal(size=(5, 3)).astype(np.float32)
    layer = Layer("float32", "float32", lambda p: x @ p["w"], {"w": w}, {"w": x.T @ g}, g)
    yield layer
    yield (
        "one element",
        layer,
        {"w": (x.T @ g) * np.where(np.arange(12).reshape(4, 3) == 5, 1.1, 1).astype(np.float32)},
        None,
    )
    down = Layer(
        "float32 within", "float32", lambda p: np.sum(np.tanh(p["w"].astype(np.float32))),
        {"w": w}, {"w": 1 - np.tanh(w) ** 2},
    )  # fmt: skip
    yield down
    yield "the square is forgotten", down, {"w": 1 - np.tanh(w)}, None


@collect
def no_complex_step(rng):
    a = rng.normal(size=5)

    def by_hand(p):
        return sum(math.exp(v) * math.atan2(v, 2.0) for v in p["a"].tolist())

    right = np.exp(a) * (np.arctan2(a, 2.0) + 2.0 / (a**2 + 4))
    layer = Layer("math by hand", "real steps", by_hand, {"a": a}, {"a": right})
    yield layer
    yield "atan2 is forgotten", layer, {"a": np.exp(a) * np.arctan2(a, 2.0)}, None
    m = rng.normal(size=(4, 4))
    u, _, v = np.linalg.svd(m)
    nuclear = Layer(
        "nuclear norm", "real steps", lambda p: np.sum(np.linalg.svd(p["M"], compute_uv=False)),
        {"M": m}, {"M": u @ v},
    )  # fmt: skip
    yield nuclear
    yield "transposed", nuclear, {"M": (u @ v).T}, "missing_transpose"
    total = Layer(
        "abs of a copy", "real steps",
        lambda p: np.sum(np.asarray(p["a"], dtype=None).view(np.ndarray) ** 2) + 0.001 * np.abs(np.array(p["a"])).sum(),
        {"a": a}, {"a": 2 * a + 0.001 * np.sign(a)},
    )  # fmt: skip
    yield total
    yield "the regularisation is forgotten", total, {"a": 2 * a}, None
