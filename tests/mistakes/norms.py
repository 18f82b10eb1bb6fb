"""Mistakes in normalization: over the features of a row, and by the cosine of an angle."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(15)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


# Over the features of each row; what is broadcast is a column.
program(
    "layernorm",
    """
    D = x.shape[1]
    mu = x.sum(axis=1, keepdims=True) / D
    c = x - mu
    v = (c * c).sum(axis=1, keepdims=True) / D
    r = (v + 1e-5) ** -0.5
    n = c * r
    y = n * g + b
    f = np.sum(y * up)
    """,
    """
    dy = up
    db = dy.sum(axis=0)
    dg = (dy * n).sum(axis=0)
    dn = dy * g
    dr = (dn * c).sum(axis=1, keepdims=True)
    dv = -0.5 * (v + 1e-5) ** -1.5 * dr
    dc = dn * r + 2 * c * dv / D
    dmu = -dc.sum(axis=1, keepdims=True)
    dx = dc + dmu / D
    """,
    "x g b",
    {"x": normal(4, 4), "g": normal(4) + 1, "b": normal(4), "up": normal(4, 4)},
)
slip(
    "layernorm",
    "wrong_sum_axis",
    "dr",
    "dr = (dn * c).sum(axis=1, keepdims=True)",
    "dr = (dn * c).sum(axis=0, keepdims=True)",
    why="left over from batch normalization, and the array is square",
)
slip(
    "layernorm",
    "wrong_sum_axis",
    "dg",
    "dg = (dy * n).sum(axis=0)",
    "dg = (dy * n).sum(axis=1)",
    why="everything else here is summed over the features",
)
slip(
    "layernorm",
    "dropped_keepdims",
    "dr",
    "dr = (dn * c).sum(axis=1, keepdims=True)",
    "dr = (dn * c).sum(axis=1)",
    why="square, so NumPy broadcasts the column as a row and says nothing",
)
slip(
    "layernorm",
    "dropped_keepdims",
    "dmu",
    "dmu = -dc.sum(axis=1, keepdims=True)",
    "dmu = -dc.sum(axis=1)",
)
slip(
    "layernorm",
    "mean_instead_of_sum",
    "dmu",
    "dmu = -dc.sum(axis=1, keepdims=True)",
    "dmu = -dc.mean(axis=1, keepdims=True)",
    why="the mean of a mean",
)
slip(
    "layernorm",
    "same_input_twice",
    "dc",
    "dc = dn * r + 2 * c * dv / D",
    "dc = dn * r + c * dv / D",
    why="c * c has c on both legs",
    also=("missing_power_factor",),
)
slip(
    "layernorm",
    "wrong_local_derivative",
    "dv",
    "dv = -0.5 * (v + 1e-5) ** -1.5 * dr",
    "dv = -0.5 * (v + 1e-5) ** 0.5 * dr",
    why="the exponent went up by one instead of down",
)
slip(
    "layernorm",
    "missing_power_factor",
    "dv",
    "dv = -0.5 * (v + 1e-5) ** -1.5 * dr",
    "dv = (v + 1e-5) ** -1.5 * dr",
    also=("wrong_local_derivative",),
)
slip(
    "layernorm",
    "lost_minus",
    "dv",
    "dv = -0.5 * (v + 1e-5) ** -1.5 * dr",
    "dv = 0.5 * (v + 1e-5) ** -1.5 * dr",
)
slip(
    "layernorm",
    "wrong_cached_variable",
    "dg",
    "dg = (dy * n).sum(axis=0)",
    "dg = (dy * c).sum(axis=0)",
    why="before it was divided",
    also=("pre_vs_post_activation",),
)
slip("layernorm", "missing_path", "dc", "dc = dn * r + 2 * c * dv / D", "dc = dn * r")
slip(
    "layernorm",
    "subtract_instead_of_add",
    "dx",
    "dx = dc + dmu / D",
    "dx = dc - dmu / D",
    why="the minus of x - mu a second time",
    also=("wrong_sign",),
)
slip("layernorm", "missing_unbroadcast_sum", "db", "db = dy.sum(axis=0)", "db = dy")

# Two rows of vectors, compared by the cosine of their angle.
program(
    "cosine_of_rows",
    """
    dot = np.sum(a * b, axis=1)
    na = np.sqrt(np.sum(a ** 2, axis=1))
    nb = np.sqrt(np.sum(b ** 2, axis=1))
    cos = dot / (na * nb)
    f = np.sum(w * cos)
    """,
    """
    dcos = w
    ddot = dcos / (na * nb)
    dna = -dcos * dot / (na**2 * nb)
    dnb = -dcos * dot / (na * nb**2)
    da = ddot[:, None] * b
    db = ddot[:, None] * a
    da += dna[:, None] * a / na[:, None]
    db += dnb[:, None] * b / nb[:, None]
    """,
    "a b",
    {"a": normal(4, 3), "b": normal(4, 3), "w": normal(4)},
)
slip(
    "cosine_of_rows",
    "lost_minus",
    "dna",
    "dna = -dcos * dot / (na**2 * nb)",
    "dna = dcos * dot / (na**2 * nb)",
)
slip(
    "cosine_of_rows",
    "multiply_not_swapped",
    "da",
    "da = ddot[:, None] * b\ndb = ddot[:, None] * a",
    "da = ddot[:, None] * a\ndb = ddot[:, None] * b",
    others=(("db", "multiply_not_swapped"),),
)
slip(
    "cosine_of_rows",
    "missing_path",
    "da",
    "da += dna[:, None] * a / na[:, None]",
    "",
    why="the length of a depends on a",
)
slip(
    "cosine_of_rows",
    "overwrite_at_fork",
    "db",
    "db += dnb[:, None] * b / nb[:, None]",
    "db = dnb[:, None] * b / nb[:, None]",
)
slip("cosine_of_rows", "missing_local_gradient", "ddot", "ddot = dcos / (na * nb)", "ddot = dcos")
slip(
    "cosine_of_rows",
    "missing_upstream_factor",
    "da",
    "da += dna[:, None] * a / na[:, None]",
    "da += a / na[:, None]",
)
slip(
    "cosine_of_rows",
    "wrong_local_derivative",
    "dnb",
    "dnb = -dcos * dot / (na * nb**2)",
    "dnb = -dcos * dot / (na * nb)",
    why="the square under the fraction",
    also=("missing_power_factor",),
)
slip(
    "cosine_of_rows",
    "product_of_three",
    "dna",
    "dna = -dcos * dot / (na**2 * nb)",
    "dna = -dcos * dot / na**2",
    why="the other length left out",
    also=("unknown", "wrong_local_derivative"),
)
