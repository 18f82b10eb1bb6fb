"""Mistakes in blocks of layers: skips, gates, dropout, names used again, arrays shared."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(20)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


program(
    "residual",
    """
    a = x @ W
    h = np.maximum(0, a)
    s = x + h
    f = np.sum(s * s * G)
    """,
    """
    ds = 2 * s * G
    dx = ds.copy()
    dh = ds.copy()
    da = dh * (a > 0)
    dW = x.T @ da
    dx += da @ W.T
    """,
    "x W",
    {"x": normal(5, 3), "W": normal(3, 3), "G": normal(5, 3)},
)
slip(
    "residual",
    "aliased_gradient",
    "dh",
    "dx = ds.copy()\ndh = ds.copy()\nda = dh * (a > 0)\ndW = x.T @ da\ndx += da @ W.T",
    "dx = ds\ndh = ds\ndx += (dh * (a > 0)) @ W.T\nda = dh * (a > 0)\ndW = x.T @ da",
    why="dx, dh and ds are one array, and da is read after it has grown",
)
slip(
    "residual",
    "aliased_gradient",
    "ds",
    "dx = ds.copy()\ndh = ds.copy()\nda = dh * (a > 0)",
    "dx = ds\ndx += (ds * (a > 0)) @ W.T\ndh = ds\nda = dh * (a > 0)",
    ("dx += da @ W.T", ""),
    why="the skip hands ds to x; what is added to dx is added to ds",
)
slip(
    "residual",
    "mutates_upstream",
    "dx",
    "dx = ds.copy()\ndh = ds.copy()\nda = dh * (a > 0)",
    "dx = ds\ndh = ds\ndh[a <= 0] = 0\nda = dh",
    why="the mask is meant for dh, and dx is the same array",
    also=("aliased_gradient",),
)
slip("residual", "missing_path", "dx", "dx += da @ W.T", "", why="the skip alone")
slip("residual", "overwrite_at_fork", "dx", "dx += da @ W.T", "dx = da @ W.T")
slip(
    "residual",
    "equally_misread_as_half",
    "dx",
    "dx = ds.copy()\ndh = ds.copy()",
    "dx = ds / 2\ndh = ds / 2",
    why="two branches, so each gets half",
    others=(("dh", "equally_misread_as_half"),),
)
slip("residual", "equally_misread_as_half", "dh", "dh = ds.copy()", "dh = 0.5 * ds")
slip("residual", "same_input_twice", "ds", "ds = 2 * s * G", "ds = s * G")
slip("residual", "max_passes_value", "da", "da = dh * (a > 0)", "da = dh * h")
slip("residual", "inverted_mask", "da", "da = dh * (a > 0)", "da = np.where(a > 0, 0, dh)")
slip("residual", "missing_transpose", "dx", "dx += da @ W.T", "dx += da @ W")
slip("residual", "forward_value_instead_of_gradient", "da", "da = dh * (a > 0)", "da = h * (a > 0)")
# Three factors: what is kept, how much of it, and a mask that is given.
program(
    "gated",
    """
    value = x.dot(Wv)
    gate = 1.0 / (1.0 + np.exp(-x.dot(Wg)))
    out = value * gate * mask
    f = np.sum((out - t) ** 2) / 2
    """,
    """
    dout = out - t
    dvalue = gate * mask * dout
    dgate = value * mask * dout
    dpre = gate * (1 - gate) * dgate
    dWv = x.T.dot(dvalue)
    dWg = x.T.dot(dpre)
    dx = dvalue.dot(Wv.T) + dpre.dot(Wg.T)
    """,
    "x Wv Wg",
    {
        "x": normal(4, 3),
        "Wv": normal(3, 5),
        "Wg": normal(3, 5),
        "t": normal(4, 5),
        "mask": (RNG.random((4, 5)) < 0.6) / 0.6,
    },
)
slip(
    "gated",
    "product_of_three",
    "dvalue",
    "dvalue = gate * mask * dout",
    "dvalue = gate * dout",
    why="dropout is a factor, too",
)
slip("gated", "product_of_three", "dvalue", "dvalue = gate * mask * dout", "dvalue = mask * dout")
slip("gated", "product_of_three", "dgate", "dgate = value * mask * dout", "dgate = value * dout")
slip(
    "gated",
    "product_of_three",
    "dgate",
    "dgate = value * mask * dout",
    "dgate = (value + mask) * dout",
    why="the other two, added instead of multiplied",
)
slip(
    "gated",
    "product_of_three",
    "dgate",
    "dgate = value * mask * dout",
    "dgate = gate * mask * dout",
    why="one factor taken twice and another not at all",
    also=("multiply_not_swapped",),
)
slip(
    "gated",
    "missing_upstream_factor",
    "dgate",
    "dgate = value * mask * dout",
    "dgate = value * mask",
)
slip(
    "gated",
    "missing_local_gradient",
    "dWg",
    "dpre = gate * (1 - gate) * dgate",
    "dpre = dgate",
    why="no line for the sigmoid; W meets it first",
)
slip(
    "gated",
    "wrong_local_derivative",
    "dWg",
    "dpre = gate * (1 - gate) * dgate",
    "dpre = (1 - gate ** 2) * dgate",
    why="the slope of tanh",
)
slip(
    "gated", "missing_path", "dx", "dx = dvalue.dot(Wv.T) + dpre.dot(Wg.T)", "dx = dvalue.dot(Wv.T)"
)
slip(
    "gated",
    "overwrite_at_fork",
    "dx",
    "dx = dvalue.dot(Wv.T) + dpre.dot(Wg.T)",
    "dx = dvalue.dot(Wv.T)\ndx = dpre.dot(Wg.T)",
)
slip(
    "gated",
    "subtract_instead_of_add",
    "dx",
    "dx = dvalue.dot(Wv.T) + dpre.dot(Wg.T)",
    "dx = dvalue.dot(Wv.T)\ndx -= dpre.dot(Wg.T)",
)
slip(
    "gated",
    "missing_power_factor",
    "dout",
    "dout = out - t",
    "dout = (out - t) / 2",
    why="the half is in the loss, and the square has a two",
)
slip(
    "gated",
    "mutates_upstream",
    "dout",
    "dvalue = gate * mask * dout\ndgate = value * mask * dout",
    "dout *= gate * mask\ndvalue = dout\ndgate = value * mask * dout",
    why="dvalue made in the place of dout, which dgate still needs",
)
slip("gated", "missing", "dWg", "dWg = x.T.dot(dpre)", "")

# The hidden layer is called h twice.
program(
    "name_used_again",
    """
    h = np.tanh(x @ W1)
    first = h
    h = np.tanh(first @ W2)
    f = np.sum(h * G)
    """,
    """
    dh = G
    da2 = (1 - h**2) * dh
    dW2 = first.T @ da2
    dfirst = da2 @ W2.T
    da1 = (1 - first**2) * dfirst
    dW1 = x.T @ da1
    dx = da1 @ W1.T
    """,
    "x W1 W2",
    {"x": normal(4, 3), "W1": normal(3, 3), "W2": normal(3, 3), "G": normal(4, 3)},
)
slip(
    "name_used_again",
    "stale_cache",
    "dW2",
    "dW2 = first.T @ da2",
    "dW2 = h.T @ da2",
    why="h is the second layer by now",
    also=("wrong_cached_variable",),
)
slip(
    "name_used_again",
    "stale_cache",
    "dW1",
    "da1 = (1 - first**2) * dfirst",
    "da1 = (1 - h**2) * dfirst",
    also=("wrong_cached_variable",),
    others=(("dx", "stale_cache"),),
)
slip(
    "name_used_again",
    "stale_cache",
    "dW2",
    "dW2 = first.T @ da2",
    "dW2 = h.T @ da2",
    ("dx = da1 @ W1.T", "dx = da1 @ W1"),
    why="and, further down, a transpose",
    also=("wrong_cached_variable",),
    others=(("dx", "missing_transpose"),),
)
slip(
    "name_used_again",
    "missing_local_gradient",
    "dW2",
    "da2 = (1 - h**2) * dh",
    "da2 = dh",
    others=(("dfirst", "missing_local_gradient"),),
)
slip("name_used_again", "wrong_cached_variable", "dW1", "dW1 = x.T @ da1", "dW1 = first.T @ da1")

# A mean over rows that was updated in place, and a cache that is the array itself.
program(
    "centred_in_place",
    """
    raw = x.copy()
    x = x - x.mean(axis=0)
    scaled = x * s
    f = np.sum(scaled ** 2 * G)
    """,
    """
    dscaled = 2 * scaled * G
    ds = np.sum(dscaled * x, axis=0)
    """,
    "s",
    {"x": normal(5, 3), "s": normal(3), "G": normal(5, 3)},
)
slip(
    "centred_in_place",
    "wrong_cached_variable",
    "ds",
    "ds = np.sum(dscaled * x, axis=0)",
    "ds = np.sum(dscaled * raw, axis=0)",
    why="the x from before it was centred",
)
slip(
    "centred_in_place",
    "mutates_upstream",
    "ds",
    "dscaled = 2 * scaled * G\nds = np.sum(dscaled * x, axis=0)",
    "dscaled = 2 * scaled * G\nx *= s\nds = np.sum(dscaled * x, axis=0)",
    why="the cache is changed to save an array",
)
slip(
    "centred_in_place",
    "multiply_not_swapped",
    "ds",
    "ds = np.sum(dscaled * x, axis=0)",
    "ds = np.sum(dscaled * s, axis=0)",
)
slip(
    "centred_in_place",
    "missing_power_factor",
    "dscaled",
    "dscaled = 2 * scaled * G",
    "dscaled = scaled * G",
)

# Two scores level at the given point, as at the start of training.
program(
    "elementwise_max",
    """
    m = np.maximum(u, v)
    f = np.sum(m * G)
    """,
    """
    dm = G
    du = dm * (u >= v)
    dv = dm * (u < v)
    """,
    "u v",
    {"u": np.array([1.0, 0.0, 2.0, -1.0]), "v": np.array([1.0, 0.5, -2.0, -1.0]), "G": normal(4)},
)
slip(
    "elementwise_max",
    "tie_double_count",
    "du",
    "dv = dm * (u < v)",
    "dv = dm * (u <= v)",
    others=(("dv", "tie_double_count"),),
    why="both legs take the tie; each alone would be right",
)
slip(
    "elementwise_max",
    "tie_double_count",
    "du",
    "du = dm * (u >= v)\ndv = dm * (u < v)",
    "du = dm * (m == u)\ndv = dm * (m == v)",
    others=(("dv", "tie_double_count"),),
)
slip(
    "elementwise_max",
    "inverted_mask",
    "du",
    "du = dm * (u >= v)\ndv = dm * (u < v)",
    "du = dm * (u < v)\ndv = dm * (u >= v)",
    others=(("dv", "inverted_mask"),),
)
slip("elementwise_max", "max_passes_value", "du", "du = dm * (u >= v)", "du = dm * u * (u >= v)")
slip("elementwise_max", "missing_local_gradient", "du", "du = dm * (u >= v)", "du = dm")
slip(
    "elementwise_max",
    "wrong_local_derivative",
    "du",
    "du = dm * (u >= v)\ndv = dm * (u < v)",
    "du = dm / 2\ndv = dm / 2",
    why="an average, for a maximum",
    others=(("dv", "wrong_local_derivative"),),
    also=("equally_misread_as_half", "unknown"),
)
slip(
    "elementwise_max",
    "tie_double_count",
    "du",
    "du = dm * (u >= v)\ndv = dm * (u < v)",
    "du, dv = dm.copy(), dm.copy()\ndu[u < v] = 0\ndv[v < u] = 0",
    why="each loses only where it is less",
    others=(("dv", "tie_double_count"),),
)
