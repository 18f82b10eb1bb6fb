"""Mistakes in batch normalization, in nine stages and in one formula."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(14)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


# In nine small steps, as in the blog posts.
program(
    "batchnorm_staged",
    """
    N, D = x.shape
    mu = 1. / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1. / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1. / sqrtvar
    xhat = xmu * ivar
    gammax = gamma * xhat
    out = gammax + beta
    """,
    """
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    dgamma = np.sum(dgammax * xhat, axis=0)
    dxhat = dgammax * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu = dxhat * ivar
    dsqrtvar = -1. / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar
    dsq = 1. / N * np.ones((N, D)) * dvar
    dxmu += 2 * xmu * dsq
    dx = dxmu.copy()
    dmu = -1 * np.sum(dxmu, axis=0)
    dx += 1. / N * np.ones((N, D)) * dmu
    """,
    "x gamma beta",
    {
        "x": normal(5, 3),
        "gamma": normal(3) + 1,
        "beta": normal(3),
        "eps": 1e-5,
        "dout": normal(5, 3),
    },
    output="out",
)
ROOT = "dsqrtvar = -1. / (sqrtvar ** 2) * divar"
SQUARE = "dxmu += 2 * xmu * dsq"
MEAN = "dx += 1. / N * np.ones((N, D)) * dmu"
slip(
    "batchnorm_staged",
    "wrong_cached_variable",
    "dgamma",
    "dgamma = np.sum(dgammax * xhat, axis=0)",
    "dgamma = np.sum(dgammax * xmu, axis=0)",
    why="the centred x, not yet divided",
    also=("pre_vs_post_activation",),
)
slip(
    "batchnorm_staged",
    "wrong_cached_variable",
    "dgamma",
    "dgamma = np.sum(dgammax * xhat, axis=0)",
    "dgamma = np.sum(dgammax * x, axis=0)",
)
slip(
    "batchnorm_staged",
    "missing_local_gradient",
    "dgamma",
    "dgamma = np.sum(dgammax * xhat, axis=0)",
    "dgamma = np.sum(dgammax, axis=0)",
    why="written like the line of beta",
)
slip(
    "batchnorm_staged",
    "wrong_sum_axis",
    "dbeta",
    "dbeta = np.sum(dout, axis=0)",
    "dbeta = np.sum(dout, axis=1)",
)
slip(
    "batchnorm_staged",
    "extra_keepdims_shape",
    "dbeta",
    "dbeta = np.sum(dout, axis=0)",
    "dbeta = np.sum(dout, axis=0, keepdims=True)",
)
slip(
    "batchnorm_staged",
    "missing_local_gradient",
    "dxhat",
    "dxhat = dgammax * gamma",
    "dxhat = dgammax",
)
slip(
    "batchnorm_staged",
    "multiply_not_swapped",
    "dgamma",
    "dgamma = np.sum(dgammax * xhat, axis=0)",
    "dgamma = np.sum(dgammax * gamma, axis=0)",
    ("dxhat = dgammax * gamma", "dxhat = dgammax * xhat"),
    also=("wrong_cached_variable",),
    others=(("dxhat", "multiply_not_swapped"),),
)
slip(
    "batchnorm_staged",
    "missing_unbroadcast_sum",
    "divar",
    "divar = np.sum(dxhat * xmu, axis=0)",
    "divar = dxhat * xmu",
)
slip("batchnorm_staged", "lost_minus", "dsqrtvar", ROOT, "dsqrtvar = 1. / (sqrtvar ** 2) * divar")
slip(
    "batchnorm_staged",
    "wrong_local_derivative",
    "dsqrtvar",
    ROOT,
    "dsqrtvar = -1. / sqrtvar * divar",
    why="minus one over, for minus one over the square",
    also=("missing_power_factor",),
)
slip(
    "batchnorm_staged",
    "missing_power_factor",
    "dvar",
    "dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar",
    "dvar = 1. / np.sqrt(var + eps) * dsqrtvar",
    why="the one half of the root",
)
slip(
    "batchnorm_staged",
    "wrong_local_derivative",
    "dvar",
    "dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar",
    "dvar = 0.5 * np.sqrt(var + eps) * dsqrtvar",
    why="the root stayed upstairs",
)
slip(
    "batchnorm_staged",
    "double_batch_scale",
    "dsq",
    "dsq = 1. / N * np.ones((N, D)) * dvar",
    "dsq = np.ones((N, D)) * dvar",
)
slip("batchnorm_staged", "missing_power_factor", "dxmu", SQUARE, "dxmu += xmu * dsq")
slip(
    "batchnorm_staged",
    "missing_path",
    "dxmu",
    SQUARE,
    "",
    why="the variance reads the centred x, too",
)
slip("batchnorm_staged", "overwrite_at_fork", "dxmu", SQUARE, "dxmu = 2 * xmu * dsq")
slip(
    "batchnorm_staged",
    "used_before_complete",
    "dx",
    "dxmu += 2 * xmu * dsq\ndx = dxmu.copy()",
    "dx = dxmu.copy()\ndxmu += 2 * xmu * dsq",
    why="x gets its copy before the squares have handed their share back",
)
slip(
    "batchnorm_staged",
    "lost_minus",
    "dmu",
    "dmu = -1 * np.sum(dxmu, axis=0)",
    "dmu = np.sum(dxmu, axis=0)",
)
slip("batchnorm_staged", "missing_path", "dx", MEAN, "", why="the mean reads x, too")
slip("batchnorm_staged", "double_batch_scale", "dx", MEAN, "dx += np.ones((N, D)) * dmu")
slip(
    "batchnorm_staged",
    "lost_minus",
    "dsqrtvar",
    ROOT,
    "dsqrtvar = 1. / (sqrtvar ** 2) * divar",
    (MEAN, "dx = 1. / N * np.ones((N, D)) * dmu"),
    why="two slips far apart",
    others=(("dx", "overwrite_at_fork"),),
)

# The short formula, solved on paper.
program(
    "batchnorm_short",
    """
    mean = X.mean(axis=0)
    xc = X - mean
    std = np.sqrt(xc.var(axis=0) + 1e-5)
    xn = xc / std
    f = np.sum((gamma * xn + beta) * G)
    """,
    """
    m = X.shape[0]
    dxn = G * gamma
    dX = (m * dxn - dxn.sum(axis=0) - xn * (dxn * xn).sum(axis=0)) / (m * std)
    dgamma = (G * xn).sum(0)
    dbeta = G.sum(0)
    """,
    "X gamma beta",
    {"X": normal(6, 4), "gamma": normal(4) + 1, "beta": normal(4), "G": normal(6, 4)},
)
SHORT = "dX = (m * dxn - dxn.sum(axis=0) - xn * (dxn * xn).sum(axis=0)) / (m * std)"
slip(
    "batchnorm_short",
    "missing_path",
    "dX",
    SHORT,
    "dX = dxn / std",
    why="as if mean and deviation were constants",
    also=("unknown",),
)
slip(
    "batchnorm_short",
    "missing_path",
    "dX",
    SHORT,
    "dX = (m * dxn - dxn.sum(axis=0)) / (m * std)",
    why="the path through the variance",
    also=("unknown",),
)
slip(
    "batchnorm_short",
    "lost_minus",
    "dX",
    SHORT,
    "dX = (m * dxn + dxn.sum(axis=0) - xn * (dxn * xn).sum(axis=0)) / (m * std)",
    why="a minus in the middle of the formula",
    also=("unknown", "wrong_sign", "wrong_local_derivative"),
)
slip(
    "batchnorm_short",
    "double_batch_scale",
    "dX",
    SHORT,
    "dX = (m * dxn - dxn.sum(axis=0) - xn * (dxn * xn).sum(axis=0)) / std",
    why="the m in front of dxn is there to be divided away",
)
slip(
    "batchnorm_short",
    "wrong_cached_variable",
    "dX",
    SHORT,
    "dX = (m * dxn - dxn.sum(axis=0) - xc * (dxn * xc).sum(axis=0)) / (m * std)",
    also=("unknown", "pre_vs_post_activation"),
)
slip(
    "batchnorm_short",
    "missing_upstream_factor",
    "dbeta",
    "dbeta = G.sum(0)",
    "dbeta = np.ones_like(xn).sum(0)",
)
slip(
    "batchnorm_short",
    "forward_value_instead_of_gradient",
    "dxn",
    "dxn = G * gamma",
    "dxn = xn * gamma",
)
slip(
    "batchnorm_short",
    "mutates_upstream",
    "dX",
    SHORT + "\ndgamma = (G * xn).sum(0)",
    "xn *= G\ndgamma = xn.sum(0)\n" + SHORT,
    why="the product made in the place of xn, which the formula still needs",
)
