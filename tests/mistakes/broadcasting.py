"""Mistakes in broadcasting: rows, columns and single numbers that meet whole tables."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(19)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


program(
    "scale_and_shift",
    """
    scaled = X * row
    shifted = scaled - col
    Y = shifted / t
    f = np.sum(Y * G)
    """,
    """
    dY = G
    dshifted = dY / t
    dt = -np.sum(dY * shifted) / t**2
    dscaled = dshifted
    dcol = -np.sum(dshifted, axis=1, keepdims=True)
    dX = dscaled * row
    drow = np.sum(dscaled * X, axis=0, keepdims=True)
    """,
    "X row col t",
    {"X": normal(4, 3), "row": normal(1, 3), "col": normal(4, 1), "t": 1.7, "G": normal(4, 3)},
)
DT = "dt = -np.sum(dY * shifted) / t**2"
DCOL = "dcol = -np.sum(dshifted, axis=1, keepdims=True)"
DROW = "drow = np.sum(dscaled * X, axis=0, keepdims=True)"
slip(
    "scale_and_shift", "lost_minus", "dcol", DCOL, "dcol = np.sum(dshifted, axis=1, keepdims=True)"
)
slip(
    "scale_and_shift",
    "wrong_sum_axis",
    "dcol",
    DCOL,
    "dcol = -np.sum(dshifted, axis=0, keepdims=True)",
)
slip("scale_and_shift", "dropped_keepdims", "dcol", DCOL, "dcol = -np.sum(dshifted, axis=1)")
slip("scale_and_shift", "missing_unbroadcast_sum", "dcol", DCOL, "dcol = -dshifted")
slip(
    "scale_and_shift",
    "mean_instead_of_sum",
    "dcol",
    DCOL,
    "dcol = -np.mean(dshifted, axis=1, keepdims=True)",
)
slip("scale_and_shift", "dropped_keepdims", "drow", DROW, "drow = (dscaled * X).sum(axis=0)")
slip(
    "scale_and_shift",
    "missing_local_gradient",
    "drow",
    DROW,
    "drow = np.sum(dscaled, axis=0, keepdims=True)",
)
slip(
    "scale_and_shift",
    "missing_upstream_factor",
    "drow",
    DROW,
    "drow = np.sum(X, axis=0, keepdims=True)",
)
slip(
    "scale_and_shift",
    "wrong_sum_axis",
    "drow",
    DROW,
    "drow = np.sum(dscaled * X)",
    why="one number for the whole row",
)
slip("scale_and_shift", "missing_unbroadcast_sum", "dt", DT, "dt = -dY * shifted / t**2")
slip("scale_and_shift", "lost_minus", "dt", DT, "dt = np.sum(dY * shifted) / t**2")
slip(
    "scale_and_shift",
    "wrong_local_derivative",
    "dt",
    DT,
    "dt = -np.sum(dY * shifted) / t",
    why="the square under the fraction",
    also=("missing_power_factor",),
)
slip(
    "scale_and_shift",
    "wrong_sum_axis",
    "dt",
    DT,
    "dt = -np.sum(dY * shifted, axis=0) / t**2",
    why="t is one number; the rows are summed, the columns are not",
)
slip("scale_and_shift", "multiply_not_swapped", "dX", "dX = dscaled * row", "dX = dscaled * X")
slip(
    "scale_and_shift",
    "forward_value_instead_of_gradient",
    "dX",
    "dX = dscaled * row",
    "dX = scaled * row",
)
slip(
    "scale_and_shift",
    "wrong_cached_variable",
    "dt",
    DT,
    "dt = -np.sum(dY * Y) / t**2",
    why="what came out of the division, where its input belongs",
    also=("pre_vs_post_activation",),
)
slip(
    "scale_and_shift",
    "missing_unbroadcast_sum",
    "dcol",
    DCOL,
    "dcol = -dshifted",
    (DROW, "drow = (dscaled * X).sum(axis=0)"),
    why="two of them, in two ways",
    others=(("drow", "dropped_keepdims"),),
)

program(
    "outer_sum",
    """
    M = u[:, None] + v
    P = M * M
    f = np.sum(P * G) / M.size
    """,
    """
    dP = G / M.size
    dM = 2 * M * dP
    du = dM.sum(axis=1)
    dv = dM.sum(axis=0)
    """,
    "u v",
    {"u": normal(4), "v": normal(4), "G": normal(4, 4)},
)
slip(
    "outer_sum",
    "wrong_sum_axis",
    "du",
    "du = dM.sum(axis=1)\ndv = dM.sum(axis=0)",
    "du = dM.sum(axis=0)\ndv = dM.sum(axis=1)",
    why="the axis that stays, for the axis that goes",
    others=(("dv", "wrong_sum_axis"),),
)
slip(
    "outer_sum",
    "extra_keepdims_shape",
    "du",
    "du = dM.sum(axis=1)",
    "du = dM.sum(axis=1, keepdims=True)",
)
slip("outer_sum", "missing_unbroadcast_sum", "dv", "dv = dM.sum(axis=0)", "dv = dM")
slip(
    "outer_sum",
    "same_input_twice",
    "dM",
    "dM = 2 * M * dP",
    "dM = M * dP",
    also=("missing_power_factor",),
)
slip("outer_sum", "double_batch_scale", "dP", "dP = G / M.size", "dP = G")
slip(
    "outer_sum",
    "equally_misread_as_half",
    "du",
    "du = dM.sum(axis=1)\ndv = dM.sum(axis=0)",
    "du = (dM / 2).sum(axis=1)\ndv = (dM / 2).sum(axis=0)",
    why="the sum has two inputs, so each is given half",
    others=(("dv", "equally_misread_as_half"),),
)
slip(
    "outer_sum",
    "forward_value_instead_of_gradient",
    "dv",
    "dv = dM.sum(axis=0)",
    "dv = M.sum(axis=0)",
)

# Every pair of points, as in a nearest-neighbour classifier.
program(
    "pairwise_distances",
    """
    diff = A[:, None, :] - B[None, :, :]
    sq = np.sum(diff ** 2, axis=2)
    dist = np.sqrt(sq)
    f = np.sum(dist * G)
    """,
    """
    ddist = G
    dsq = 0.5 / dist * ddist
    ddiff = 2 * diff * dsq[:, :, None]
    dA = ddiff.sum(axis=1)
    dB = -ddiff.sum(axis=0)
    """,
    "A B",
    {"A": normal(4, 2), "B": normal(3, 2), "G": normal(4, 3)},
)
slip("pairwise_distances", "lost_minus", "dB", "dB = -ddiff.sum(axis=0)", "dB = ddiff.sum(axis=0)")
slip(
    "pairwise_distances", "wrong_sum_axis", "dA", "dA = ddiff.sum(axis=1)", "dA = ddiff.sum(axis=2)"
)
slip("pairwise_distances", "missing_unbroadcast_sum", "dA", "dA = ddiff.sum(axis=1)", "dA = ddiff")
slip(
    "pairwise_distances",
    "extra_keepdims_shape",
    "dB",
    "dB = -ddiff.sum(axis=0)",
    "dB = -ddiff.sum(axis=0, keepdims=True)",
    also=("wrong_shape",),
)
slip(
    "pairwise_distances",
    "missing_power_factor",
    "ddiff",
    "ddiff = 2 * diff * dsq[:, :, None]",
    "ddiff = diff * dsq[:, :, None]",
)
slip(
    "pairwise_distances",
    "missing_power_factor",
    "dsq",
    "dsq = 0.5 / dist * ddist",
    "dsq = 1 / dist * ddist",
)
slip(
    "pairwise_distances",
    "pre_vs_post_activation",
    "dsq",
    "dsq = 0.5 / dist * ddist",
    "dsq = 0.5 / sq * ddist",
    why="the root taken for granted",
    also=("wrong_cached_variable",),
)
slip(
    "pairwise_distances",
    "wrong_local_derivative",
    "dsq",
    "dsq = 0.5 / dist * ddist",
    "dsq = 0.5 * dist * ddist",
    why="times the root, for over the root",
)
slip(
    "pairwise_distances", "missing_local_gradient", "dsq", "dsq = 0.5 / dist * ddist", "dsq = ddist"
)
slip(
    "pairwise_distances",
    "mean_instead_of_sum",
    "dA",
    "dA = ddiff.sum(axis=1)",
    "dA = ddiff.mean(axis=1)",
)
slip(
    "pairwise_distances",
    "wrong_sign",
    "dA",
    "dA = ddiff.sum(axis=1)\ndB = -ddiff.sum(axis=0)",
    "dA = -ddiff.sum(axis=1)\ndB = -ddiff.sum(axis=0)",
    why="a minus too many",
)

# A whole number in the data, and powers that meet a zero.
program(
    "counts",
    """
    cubes = n ** 3
    f = np.sum(cubes * g)
    """,
    """
    dcubes = g
    dn = np.zeros(n.shape)
    for k in range(len(n)):
        dn[k] = 3 * n[k] ** 2 * dcubes[k]
    """,
    "n",
    {"n": np.array([2, -1, 0, 3]), "g": np.array([0.3, -1.2, 0.7, 0.4])},
)
slip(
    "counts",
    "integer_dtype",
    "dn",
    "dn = np.zeros(n.shape)",
    "dn = np.zeros_like(n)",
    why="n holds ints, so its zeros do, and cut what is stored in them",
)
slip("counts", "integer_dtype", "dn", "dn = np.zeros(n.shape)", "dn = np.array([0] * len(n))")
slip("counts", "integer_dtype", "dn", "dn = np.zeros(n.shape)", "dn = 0 * n")
slip(
    "counts",
    "not_finite",
    "dn",
    "dn[k] = 3 * n[k] ** 2 * dcubes[k]",
    "dn[k] = 3 * cubes[k] / n[k] * dcubes[k]",
    why="the cube over its base, which may be nothing",
)
slip(
    "counts",
    "missing_power_factor",
    "dn",
    "dn[k] = 3 * n[k] ** 2 * dcubes[k]",
    "dn[k] = n[k] ** 2 * dcubes[k]",
)
slip(
    "counts",
    "wrong_local_derivative",
    "dn",
    "dn[k] = 3 * n[k] ** 2 * dcubes[k]",
    "dn[k] = 3 * n[k] ** 3 * dcubes[k]",
    why="the exponent not lowered",
)
slip(
    "counts",
    "wrong_local_derivative",
    "dn",
    "dn[k] = 3 * n[k] ** 2 * dcubes[k]",
    "dn[k] = 2 * n[k] ** 2 * dcubes[k]",
    why="the new exponent in front",
    also=("unknown",),
)
