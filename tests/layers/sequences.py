"""Recurrent layers: a tanh RNN over time, and one step of an LSTM."""

import numpy as np

from tests.layers import Layer, collect


def rnn_backward(x, h0, p, g, *, carry=True, late=False):
    steps = [h0]
    for t in range(x.shape[1]):
        steps.append(np.tanh(x[:, t] @ p["Wx"] + steps[-1] @ p["Wh"] + p["b"]))
    grads = {name: np.zeros_like(value) for name, value in p.items()}
    dh = np.zeros_like(h0)
    for t in reversed(range(x.shape[1])):
        dz = (dh + g[:, t]) * (1 - steps[t + 1] ** 2)
        grads["Wx"] += x[:, t].T @ dz
        grads["Wh"] += steps[t + 1 if late else t].T @ dz
        grads["b"] += dz.sum(axis=0)
        dh = dz @ p["Wh"].T if carry else np.zeros_like(h0)
    return grads


@collect
def rnns(rng):
    x, h0, g = rng.normal(size=(3, 4, 2)), rng.normal(size=(3, 5)), rng.normal(size=(3, 4, 5))
    p = {
        "Wx": rng.normal(size=(2, 5)),
        "Wh": 0.5 * rng.normal(size=(5, 5)),
        "b": rng.normal(size=5),
    }

    def forward(p):
        h, out = h0, np.zeros((3, 4, 5))
        for t in range(4):
            h = np.tanh(x[:, t] @ p["Wx"] + h @ p["Wh"] + p["b"])
            out[:, t] = h
        return out

    layer = Layer("rnn", "rnn", forward, p, rnn_backward(x, h0, p, g), g)
    yield layer
    yield "nothing is carried back in time", layer, rnn_backward(x, h0, p, g, carry=False), None
    yield (
        "the state after for the one before",
        layer,
        {"Wh": rnn_backward(x, h0, p, g, late=True)["Wh"]},
        None,
    )
    yield "Wh is transposed", layer, {"Wh": layer.grads["Wh"].T}, "missing_transpose"
    yield "the bias counts one step", layer, {"b": layer.grads["b"] / 2}, "missing_power_factor"


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@collect
def lstms(rng):
    size = 3
    x, h, c = rng.normal(size=(4, 2)), rng.normal(size=(4, size)), rng.normal(size=(4, size))
    p = {
        "Wx": rng.normal(size=(2, 4 * size)),
        "Wh": rng.normal(size=(size, 4 * size)),
        "b": rng.normal(size=4 * size),
    }
    g = rng.normal(size=(4, size))

    def gates(p):
        i, f, o, n = np.split(x @ p["Wx"] + h @ p["Wh"] + p["b"], 4, axis=1)
        return sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(n)

    def forward(p):
        i, f, o, n = gates(p)
        return o * np.tanh(f * c + i * n)

    def backward(p, *, through_tanh=True, forget=True, squash=True):
        i, f, o, n = gates(p)
        cell = f * c + i * n
        t = np.tanh(cell)
        dcell = g * o * ((1 - t**2) if through_tanh else 1.0)
        parts = [
            dcell * n * i * (1 - i),
            (dcell * c * f * (1 - f)) if forget else np.zeros_like(f),
            g * t * o * (1 - o),
            dcell * i * ((1 - n**2) if squash else n * (1 - n)),
        ]
        dz = np.concatenate(parts, axis=1)
        return {"Wx": x.T @ dz, "Wh": h.T @ dz, "b": dz.sum(axis=0)}

    layer = Layer("lstm step", "lstm", forward, p, backward(p), g)
    yield layer
    yield "the cell's tanh is forgotten", layer, backward(p, through_tanh=False), None
    yield "the forget gate gets nothing", layer, backward(p, forget=False), None
    yield "the sigmoid's rule for the tanh", layer, backward(p, squash=False), None
