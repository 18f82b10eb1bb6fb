"""Slips on vectors: cosine, rows of length one, whole numbers."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)
RNG = np.random.default_rng(32)

# -- cosine similarity ----------------------------------------------------------------------------

program(
    "cosine",
    """
    dot = np.dot(u, v)
    nu = np.sqrt(np.sum(u * u))
    nv = np.linalg.norm(v)
    n = nu * nv
    cos = dot / n
    """,
    """
    ddot = 1 / n
    dn = -dot / n**2
    dnu = nv * dn
    dnv = nu * dn
    du = v * ddot
    du += u / nu * dnu
    dv = u * ddot
    dv += v / nv * dnv
    """,
    "u v",
    {"u": RNG.normal(size=4), "v": RNG.normal(size=4)},
    output="cos",
)
slip("cosine", "lost_minus", "dn", "dn = -dot / n**2", "dn = dot / n**2")
slip("cosine", "missing_path", "du", "du += u / nu * dnu", "", why="the norm treated as a constant")
slip("cosine", "overwrite_at_fork", "dv", "dv += v / nv * dnv", "dv = v / nv * dnv")
slip("cosine", "multiply_not_swapped", "du", "du = v * ddot", "du = u * ddot")
slip(
    "cosine",
    "multiply_not_swapped",
    "dnu",
    "dnu = nv * dn\ndnv = nu * dn",
    "dnu = nu * dn\ndnv = nv * dn",
    others=(("dnv", "multiply_not_swapped"),),
)
slip(
    "cosine",
    "missing_local_gradient",
    "du",
    "du += u / nu * dnu",
    "du += dnu",
    why="the norm's own derivative left out",
)
slip(
    "cosine",
    "wrong_local_derivative",
    "du",
    "du += u / nu * dnu",
    "du += u * dnu",
    why="the square root forgotten",
)
slip(
    "cosine",
    "wrong_local_derivative",
    "du",
    "du += u / nu * dnu",
    "du += 2 * u * dnu",
    why="the derivative of the square of the norm",
)
slip(
    "cosine",
    "missing_power_factor",
    "du",
    "du += u / nu * dnu",
    "du += 0.5 * u / nu * dnu",
    why="the 2 of u * u lost against the 0.5 of the root",
    also=("same_input_twice",),
)
slip("cosine", "wrong_cached_variable", "dv", "dv += v / nv * dnv", "dv += v / nu * dnv")
slip(
    "cosine",
    "subtract_instead_of_add",
    "du",
    "du += u / nu * dnu",
    "du -= u / nu * dnu",
    why="dn has its minus already",
)
slip("cosine", "wrong_local_derivative", "dn", "dn = -dot / n**2", "dn = -dot / n")

# -- whole numbers ---------------------------------------------------------------------------------

program(
    "whole_numbers",
    """
    scaled = x * 0.3
    f = np.sum(scaled * weights) + np.sum(x**2) / 4
    """,
    """
    dscaled = weights
    dx = np.zeros(x.shape)
    dx += 0.3 * dscaled
    for i in range(len(x)):
        dx[i] += x[i] / 2
    """,
    "x",
    {"x": np.array([3, -1, 4, 1, 5]), "weights": RNG.normal(size=5)},
)
slip(
    "whole_numbers",
    "integer_dtype",
    "dx",
    "dx = np.zeros(x.shape)\ndx += 0.3 * dscaled\nfor i in range(len(x)):\n    dx[i] += x[i] / 2",
    "dx = np.zeros_like(x)\nfor i in range(len(x)):\n    dx[i] = 0.3 * dscaled[i] + x[i] / 2",
    why="zeros_like takes over the ints of x",
)
slip(
    "whole_numbers",
    "integer_dtype",
    "dx",
    "dx += 0.3 * dscaled\nfor i in range(len(x)):\n    dx[i] += x[i] / 2",
    "dx += 0.3 * dscaled + x / 2\ndx = dx.astype(x.dtype)",
    why="turned back to the dtype of x",
)
slip(
    "whole_numbers",
    "integer_dtype",
    "dx",
    "dx = np.zeros(x.shape)\ndx += 0.3 * dscaled\nfor i in range(len(x)):\n    dx[i] += x[i] / 2",
    "dx = x.copy()\ndx[:] = x / 2 + 0.3 * dscaled",
    why="a copy of x as the buffer",
)
slip(
    "whole_numbers",
    "integer_dtype",
    "dx",
    "dx = np.zeros(x.shape)\ndx += 0.3 * dscaled\nfor i in range(len(x)):\n    dx[i] += x[i] / 2",
    "dx = np.empty_like(x)\nnp.copyto(dx, 0.3 * dscaled + x / 2, casting='unsafe')",
)
slip(
    "whole_numbers",
    "raises",
    "dx",
    "dx = np.zeros(x.shape)",
    "dx = np.zeros_like(x)",
    why="NumPy will not add floats into ints",
)
slip("whole_numbers", "missing_local_gradient", "dx", "dx += 0.3 * dscaled", "dx += dscaled")
slip("whole_numbers", "missing_path", "dx", "for i in range(len(x)):\n    dx[i] += x[i] / 2", "")
slip("whole_numbers", "missing_power_factor", "dx", "dx[i] += x[i] / 2", "dx[i] += x[i] / 4")
slip("whole_numbers", "overwrite_at_fork", "dx", "dx[i] += x[i] / 2", "dx[i] = x[i] / 2")

# -- unit rows, one of them zero ------------------------------------------------------------------

program(
    "unit_rows",
    """
    sq = np.sum(X**2, axis=1, keepdims=True)
    norm = np.sqrt(sq + eps)
    U = X / norm
    """,
    """
    dX = dU / norm
    dnorm = np.sum(-X / norm**2 * dU, axis=1, keepdims=True)
    dsq = 0.5 / norm * dnorm
    dX += 2 * X * dsq
    """,
    "X",
    {
        "X": RNG.normal(size=(4, 3)) * np.array([[1.0], [1.0], [0.0], [1.0]]),
        "eps": 1e-2,
        "dU": RNG.normal(size=(4, 3)),
    },
    output="U",
)
DNORM = "dnorm = np.sum(-X / norm**2 * dU, axis=1, keepdims=True)"
slip(
    "unit_rows",
    "not_finite",
    "dsq",
    "dsq = 0.5 / norm * dnorm",
    'with np.errstate(all="ignore"):\n    dsq = 0.5 / np.sqrt(sq) * dnorm',
    why="eps left out: 0 / 0 in the row of zeros",
)
slip(
    "unit_rows",
    "not_finite",
    "dX",
    "dX = dU / norm",
    'with np.errstate(all="ignore"):\n    dX = dU * U / X',
    why="U / X is 1 / norm, save where X is 0",
)
slip(
    "unit_rows",
    "lost_minus",
    "dnorm",
    DNORM,
    "dnorm = np.sum(X / norm**2 * dU, axis=1, keepdims=True)",
)
slip(
    "unit_rows",
    "wrong_sum_axis",
    "dnorm",
    DNORM,
    "dnorm = np.sum(-X / norm**2 * dU, keepdims=True)",
    why="over all rows at once",
)
slip(
    "unit_rows",
    "mean_instead_of_sum",
    "dnorm",
    DNORM,
    "dnorm = np.mean(-X / norm**2 * dU, axis=1, keepdims=True)",
)
slip("unit_rows", "missing_path", "dX", "dX += 2 * X * dsq", "")
slip("unit_rows", "overwrite_at_fork", "dX", "dX += 2 * X * dsq", "dX = 2 * X * dsq")
slip("unit_rows", "missing_power_factor", "dsq", "dsq = 0.5 / norm * dnorm", "dsq = dnorm / norm")
slip("unit_rows", "missing_unbroadcast_sum", "dnorm", DNORM, "dnorm = -X / norm**2 * dU")
slip(
    "unit_rows",
    "mutates_upstream",
    "dU",
    "dX = dU / norm\n" + DNORM,
    "dX = dU\ndX /= norm\n" + DNORM,
    why="the gradient from above divided in place",
    also=("aliased_gradient",),
    others=(("dnorm", "mutates_upstream"),),
)
