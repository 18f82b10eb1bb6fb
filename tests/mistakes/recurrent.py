"""Mistakes in recurrent networks: one step, many steps, an LSTM."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(16)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


program(
    "rnn_step",
    """
    z = x.dot(Wx) + prev_h.dot(Wh) + b
    next_h = np.tanh(z)
    f = np.sum(next_h * G)
    """,
    """
    dnext_h = G
    dz = (1 - next_h ** 2) * dnext_h
    dx = dz.dot(Wx.T)
    dWx = x.T.dot(dz)
    dprev_h = dz.dot(Wh.T)
    dWh = prev_h.T.dot(dz)
    db = dz.sum(axis=0)
    """,
    "x prev_h Wx Wh b",
    {
        "x": normal(4, 3),
        "prev_h": normal(4, 5),
        "Wx": normal(3, 5),
        "Wh": normal(5, 5),
        "b": normal(5),
        "G": normal(4, 5),
    },
)
slip(
    "rnn_step",
    "pre_vs_post_activation",
    "dz",
    "dz = (1 - next_h ** 2) * dnext_h",
    "dz = (1 - z ** 2) * dnext_h",
)
slip(
    "rnn_step",
    "wrong_cached_variable",
    "dz",
    "dz = (1 - next_h ** 2) * dnext_h",
    "dz = (1 - prev_h ** 2) * dnext_h",
    why="the hidden state of the step before",
)
slip(
    "rnn_step",
    "wrong_local_derivative",
    "dz",
    "dz = (1 - next_h ** 2) * dnext_h",
    "dz = next_h * (1 - next_h) * dnext_h",
    why="the sigmoid's slope",
)
slip(
    "rnn_step",
    "missing_upstream_factor",
    "dz",
    "dz = (1 - next_h ** 2) * dnext_h",
    "dz = 1 - next_h ** 2",
)
slip(
    "rnn_step",
    "forward_value_instead_of_gradient",
    "dz",
    "dz = (1 - next_h ** 2) * dnext_h",
    "dz = (1 - next_h ** 2) * next_h",
    why="a d forgotten in typing",
)
slip(
    "rnn_step",
    "missing_transpose",
    "dprev_h",
    "dprev_h = dz.dot(Wh.T)",
    "dprev_h = dz.dot(Wh)",
    why="Wh is square and lets it pass",
)
slip(
    "rnn_step",
    "wrong_cached_variable",
    "dWh",
    "dWh = prev_h.T.dot(dz)",
    "dWh = next_h.T.dot(dz)",
    why="next for prev",
)
slip("rnn_step", "missing_local_gradient", "dz", "dz = (1 - next_h ** 2) * dnext_h", "dz = dnext_h")
slip(
    "rnn_step",
    "mean_instead_of_sum",
    "db",
    "db = dz.sum(axis=0)",
    "db = dz.mean(axis=0)",
    also=("double_batch_scale",),
)
slip("rnn_step", "wrong_sum_axis", "db", "db = dz.sum(axis=0)", "db = dz.sum(axis=-1)")

# Through time, one matrix at every step, as in the character model in a hundred lines.
program(
    "rnn_through_time",
    """
    hs = [h0]
    for t in range(len(xs)):
        h = np.tanh(Wxh @ xs[t] + Whh @ hs[-1] + bh)
        hs.append(h)
    y = Why @ h
    f = 0.5 * np.sum((y - target) ** 2)
    """,
    """
    dy = y - target
    dWhy = np.outer(dy, h)
    dWxh, dWhh, dbh = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(bh)
    back = Why.T @ dy
    for t in reversed(range(len(xs))):
        raw = (1 - hs[t + 1] * hs[t + 1]) * back
        dbh += raw
        dWxh += np.outer(raw, xs[t])
        dWhh += np.outer(raw, hs[t])
        back = Whh.T @ raw
    """,
    "Wxh Whh Why bh",
    {
        "xs": normal(4, 3),
        "h0": normal(5),
        "Wxh": 0.5 * normal(5, 3),
        "Whh": 0.5 * normal(5, 5),
        "Why": normal(2, 5),
        "bh": normal(5),
        "target": normal(2),
    },
)
slip(
    "rnn_through_time",
    "overwrite_at_fork",
    "dWhh",
    "dWhh += np.outer(raw, hs[t])",
    "dWhh = np.outer(raw, hs[t])",
    why="the same matrix serves every step; the earliest step is left",
)
slip("rnn_through_time", "overwrite_at_fork", "dbh", "dbh += raw", "dbh = raw")
slip(
    "rnn_through_time",
    "subtract_instead_of_add",
    "dWxh",
    "dWxh += np.outer(raw, xs[t])",
    "dWxh -= np.outer(raw, xs[t])",
    why="descent and gradient in one line",
)
slip(
    "rnn_through_time",
    "stale_cache",
    "dWxh",
    "raw = (1 - hs[t + 1] * hs[t + 1]) * back",
    "raw = (1 - h * h) * back",
    why="h is the last state at every step",
    others=(("dWhh", "stale_cache"), ("dbh", "stale_cache")),
    also=("wrong_cached_variable",),
)
slip(
    "rnn_through_time",
    "stale_cache",
    "dWhh",
    "dWhh += np.outer(raw, hs[t])",
    "dWhh += np.outer(raw, h)",
    why="the state the step was computed with is an earlier h",
    also=("wrong_cached_variable",),
)
slip(
    "rnn_through_time",
    "wrong_cached_variable",
    "dWhh",
    "dWhh += np.outer(raw, hs[t])",
    "dWhh += np.outer(raw, hs[t + 1])",
    why="one step too late",
)
slip(
    "rnn_through_time",
    "swapped_matmul_order",
    "dWhh",
    "dWhh += np.outer(raw, hs[t])",
    "dWhh += np.outer(hs[t], raw)",
    why="the outer product the other way round: the transpose of the gradient",
    also=("missing_transpose",),
)
slip(
    "rnn_through_time",
    "missing_transpose",
    "dWxh",
    "back = Whh.T @ raw",
    "back = Whh @ raw",
    also=("unknown",),
    others=(("dWhh", "missing_transpose"), ("dbh", "missing_transpose")),
    why="on the way back in time; the weights before see it first",
)
slip("rnn_through_time", "missing", "dWhy", "dWhy = np.outer(dy, h)", "")

slip(
    "rnn_through_time",
    "raises",
    "dWxh",
    "dWhy = np.outer(dy, h)",
    "dWhy = dy @ h",
    why="it stops before the loop has filled anything",
)

# Four gates in one product.
program(
    "lstm_step",
    """
    def sigmoid(u):
        return 1 / (1 + np.exp(-u))

    H = h0.shape[1]
    a = x @ Wx + h0 @ Wh + b
    i = sigmoid(a[:, :H])
    u = sigmoid(a[:, H:2*H])
    o = sigmoid(a[:, 2*H:3*H])
    g = np.tanh(a[:, 3*H:])
    c = u * c0 + i * g
    tc = np.tanh(c)
    h = o * tc
    f = np.sum(h * Gh) + np.sum(c * Gc)
    """,
    """
    dh = Gh
    do = dh * tc
    dtc = dh * o
    dc = (1 - tc**2) * dtc
    dc += Gc
    du = dc * c0
    dc0 = dc * u
    di = dc * g
    dg = dc * i
    da = np.zeros_like(a)
    da[:, :H] = i * (1 - i) * di
    da[:, H:2*H] = u * (1 - u) * du
    da[:, 2*H:3*H] = o * (1 - o) * do
    da[:, 3*H:] = (1 - g**2) * dg
    dWx = x.T @ da
    dWh = h0.T @ da
    dh0 = da @ Wh.T
    db = da.sum(axis=0)
    """,
    "c0 h0 Wx Wh b",
    {
        "x": normal(3, 2),
        "h0": normal(3, 2),
        "c0": normal(3, 2),
        "Wx": normal(2, 8),
        "Wh": normal(2, 8),
        "b": normal(8),
        "Gh": normal(3, 2),
        "Gc": normal(3, 2),
    },
)
slip(
    "lstm_step", "missing_path", "dc", "dc += Gc", "", why="the cell state leaves the step as well"
)
slip("lstm_step", "overwrite_at_fork", "dc", "dc += Gc", "dc = Gc")
slip(
    "lstm_step",
    "used_before_complete",
    "du",
    "dc += Gc\ndu = dc * c0",
    "du = dc * c0\ndc = dc + Gc",
)
slip(
    "lstm_step",
    "multiply_not_swapped",
    "du",
    "du = dc * c0\ndc0 = dc * u",
    "du = dc * u\ndc0 = dc * c0",
    others=(("dc0", "multiply_not_swapped"),),
)
slip("lstm_step", "multiply_not_swapped", "do", "do = dh * tc", "do = dh * o")
slip(
    "lstm_step",
    "pre_vs_post_activation",
    "do",
    "do = dh * tc",
    "do = dh * c",
    why="the cell before its tanh",
    also=("wrong_cached_variable",),
)
slip(
    "lstm_step",
    "wrong_local_derivative",
    "da",
    "da[:, 3*H:] = (1 - g**2) * dg",
    "da[:, 3*H:] = g * (1 - g) * dg",
    why="the fourth gate is a tanh; the line was copied from the other three",
)
slip("lstm_step", "missing_local_gradient", "da", "da[:, :H] = i * (1 - i) * di", "da[:, :H] = di")
slip(
    "lstm_step",
    "missing_path",
    "da",
    "da[:, H:2*H] = u * (1 - u) * du",
    "",
    why="the forget gate is forgotten",
)
slip(
    "lstm_step",
    "wrong_cached_variable",
    "da",
    "da[:, 2*H:3*H] = o * (1 - o) * do",
    "da[:, 2*H:3*H] = i * (1 - i) * do",
    why="copied, and half renamed",
)
slip("lstm_step", "missing_upstream_factor", "dc", "dc = (1 - tc**2) * dtc", "dc = 1 - tc**2")
slip("lstm_step", "pre_vs_post_activation", "dc", "dc = (1 - tc**2) * dtc", "dc = (1 - c**2) * dtc")
slip(
    "lstm_step",
    "mutates_upstream",
    "dc",
    "dc0 = dc * u",
    "dc *= u\ndc0 = dc",
    why="dc is still needed by the other gates",
    also=("unknown",),
)
