"""Mistakes in losses on a batch: softmax in several spellings, the hinge with and without loops."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(12)
program, slip = collector(PROGRAMS, SLIPS)
LABELS_OF_SIX = np.array([0, 2, 1, 1, 0, 2])


def normal(*shape):
    return RNG.normal(size=shape)


program(
    "softmax_staged",
    """
    N = scores.shape[0]
    shifted = scores - scores.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    p = e / total
    picked = p[np.arange(N), y]
    logs = np.log(picked)
    f = -np.mean(logs)
    """,
    """
    dlogs = -np.ones(N) / N
    dpicked = dlogs / picked
    dp = np.zeros_like(p)
    dp[np.arange(N), y] = dpicked
    de = dp / total
    dtotal = -(dp * e / total**2).sum(axis=1, keepdims=True)
    de += dtotal
    dshifted = de * e
    dscores = dshifted
    """,
    "scores",
    {"scores": normal(5, 3), "y": np.array([0, 2, 1, 1, 0])},
)
slip(
    "softmax_staged",
    "lost_minus",
    "dlogs",
    "dlogs = -np.ones(N) / N",
    "dlogs = np.ones(N) / N",
    why="the minus of the negative log likelihood",
)
slip(
    "softmax_staged",
    "double_batch_scale",
    "dlogs",
    "dlogs = -np.ones(N) / N",
    "dlogs = -np.ones(N)",
)
slip(
    "softmax_staged",
    "wrong_local_derivative",
    "dpicked",
    "dpicked = dlogs / picked",
    "dpicked = dlogs * picked",
    why="the slope of the logarithm is one over, not times",
)
slip(
    "softmax_staged",
    "wrong_local_derivative",
    "dpicked",
    "dpicked = dlogs / picked",
    "dpicked = -dlogs / picked**2",
    why="the rule of 1/x, used on log x",
)
slip(
    "softmax_staged",
    "missing_upstream_factor",
    "dpicked",
    "dpicked = dlogs / picked",
    "dpicked = 1 / picked",
)
slip(
    "softmax_staged",
    "pre_vs_post_activation",
    "dpicked",
    "dpicked = dlogs / picked",
    "dpicked = dlogs / logs",
    why="divided by the output of the logarithm, not by its input",
    also=("wrong_cached_variable",),
)
slip(
    "softmax_staged",
    "lost_minus",
    "dtotal",
    "dtotal = -(dp * e / total**2).sum(axis=1, keepdims=True)",
    "dtotal = (dp * e / total**2).sum(axis=1, keepdims=True)",
)
slip(
    "softmax_staged",
    "wrong_local_derivative",
    "dtotal",
    "dtotal = -(dp * e / total**2).sum(axis=1, keepdims=True)",
    "dtotal = -(dp * e / total).sum(axis=1, keepdims=True)",
    why="the square under the fraction left out",
    also=("missing_power_factor",),
)
slip(
    "softmax_staged",
    "missing_unbroadcast_sum",
    "dtotal",
    "dtotal = -(dp * e / total**2).sum(axis=1, keepdims=True)",
    "dtotal = -dp * e / total**2",
)
slip(
    "softmax_staged",
    "wrong_sum_axis",
    "dtotal",
    "dtotal = -(dp * e / total**2).sum(axis=1, keepdims=True)",
    "dtotal = -(dp * e / total**2).sum(axis=0, keepdims=True)",
)
slip(
    "softmax_staged",
    "overwrite_at_fork",
    "de",
    "de += dtotal",
    "de = dtotal * np.ones_like(e)",
)
slip("softmax_staged", "missing_path", "de", "de += dtotal", "", why="e is summed, too")
slip("softmax_staged", "subtract_instead_of_add", "de", "de += dtotal", "de -= dtotal")
slip(
    "softmax_staged",
    "used_before_complete",
    "dshifted",
    "de += dtotal\ndshifted = de * e",
    "dshifted = de * e\nde += dtotal",
    why="dshifted is made before the sum has handed its share back to e",
)
slip(
    "softmax_staged",
    "missing_local_gradient",
    "dshifted",
    "dshifted = de * e",
    "dshifted = de",
)
slip(
    "softmax_staged",
    "pre_vs_post_activation",
    "dshifted",
    "dshifted = de * e",
    "dshifted = de * shifted",
    why="the exponential is its own slope, and its input is not",
    also=("wrong_cached_variable",),
)
slip(
    "softmax_staged",
    "wrong_local_derivative",
    "dshifted",
    "dshifted = de * e",
    "dshifted = de * shifted * np.exp(shifted - 1)",
    why="the power rule, on an exponential",
)

# As in the assignments: probabilities turned into their own gradient in place.
program(
    "softmax_classifier",
    """
    num_train = X.shape[0]
    scores = X.dot(W)
    scores = scores - np.max(scores, axis=1)[:, np.newaxis]
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1)[:, np.newaxis]
    loss = -np.sum(np.log(probs[np.arange(num_train), y])) / num_train
    f = loss + reg * np.sum(W**2)
    """,
    """
    dscores = probs.copy()
    dscores[np.arange(num_train), y] -= 1
    dW = X.T.dot(dscores)
    dW /= num_train
    dW += 2 * reg * W
    """,
    "W",
    {"X": normal(6, 4), "W": normal(4, 3), "y": LABELS_OF_SIX, "reg": 0.25},
)
slip(
    "softmax_classifier",
    "double_batch_scale",
    "dW",
    "dW /= num_train",
    "",
    why="the loss is a mean, the gradient was left a sum",
)
slip(
    "softmax_classifier",
    "double_batch_scale",
    "dW",
    "dscores[np.arange(num_train), y] -= 1",
    "dscores[np.arange(num_train), y] -= 1\ndscores /= num_train",
    why="divided where dscores is made, and again at the weights",
)
slip(
    "softmax_classifier",
    "double_batch_scale",
    "dW",
    "dW /= num_train\ndW += 2 * reg * W",
    "dW += 2 * reg * W\ndW /= num_train",
    why="two lines in the wrong order: the penalty is divided by the size of the batch",
    also=("unknown",),
)
slip("softmax_classifier", "missing_path", "dW", "dW += 2 * reg * W", "")
slip(
    "softmax_classifier",
    "missing_power_factor",
    "dW",
    "dW += 2 * reg * W",
    "dW += reg * W",
    why="the two of the square left out, as in notes whose penalty has a half",
)
slip(
    "softmax_classifier",
    "overwrite_at_fork",
    "dW",
    "dW += 2 * reg * W",
    "dW = 2 * reg * W",
)
slip(
    "softmax_classifier",
    "lost_minus",
    "dW",
    "dscores[np.arange(num_train), y] -= 1",
    "dscores[np.arange(num_train), y] += 1",
    why="the minus one of the right class, with a plus",
    also=("wrong_sign", "unknown"),
)
slip(
    "softmax_classifier",
    "missing_path",
    "dW",
    "dscores[np.arange(num_train), y] -= 1",
    "",
    why="probabilities alone: what the score of the right class does by itself is not there",
    also=("unknown", "wrong_local_derivative"),
)
slip(
    "softmax_classifier",
    "unknown",
    "dW",
    "dscores[np.arange(num_train), y] -= 1",
    "dscores[np.arange(num_train), y] -= probs.max()",
    why="a guess; nothing in the list describes it",
)
slip(
    "softmax_classifier",
    "raises",
    "dW",
    "dscores[np.arange(num_train), y] -= 1",
    "dscores[num_train, y] -= 1",
    why="the number of rows where the row numbers belong",
)
slip(
    "softmax_classifier",
    "wrong_shape",
    "dW",
    "dW = X.T.dot(dscores)",
    "dW = dscores.T.dot(X)",
    ("dW += 2 * reg * W", "dW += 2 * reg * W.T"),
    why="the whole gradient lies on its side",
    also=("swapped_matmul_order", "missing_transpose"),
)

program(
    "log_softmax",
    """
    Z = X @ W + b
    m = np.max(Z, axis=1, keepdims=True)
    lse = m + np.log(np.sum(np.exp(Z - m), axis=1, keepdims=True))
    logp = Z - lse
    f = -np.sum(Y * logp) / len(X)
    """,
    """
    dlogp = -Y / len(X)
    dlse = -np.sum(dlogp, axis=1, keepdims=True)
    dZ = dlogp + np.exp(Z - lse) * dlse
    dX = dZ @ W.T
    dW = X.T @ dZ
    db = dZ.sum(axis=0)
    """,
    "X W b",
    {
        "X": normal(5, 4),
        "W": normal(4, 3),
        "b": normal(3),
        "Y": np.eye(3)[[0, 2, 1, 1, 0]],
    },
)
slip(
    "log_softmax",
    "lost_minus",
    "dlse",
    "dlse = -np.sum(dlogp, axis=1, keepdims=True)",
    "dlse = np.sum(dlogp, axis=1, keepdims=True)",
    why="lse is subtracted",
)
slip(
    "log_softmax",
    "mean_instead_of_sum",
    "dlse",
    "dlse = -np.sum(dlogp, axis=1, keepdims=True)",
    "dlse = -np.mean(dlogp, axis=1, keepdims=True)",
)
slip(
    "log_softmax",
    "missing_path",
    "dZ",
    "dZ = dlogp + np.exp(Z - lse) * dlse",
    "dZ = dlogp",
    why="the normalizer reads every score, and hands nothing back",
)
slip(
    "log_softmax",
    "missing_path",
    "dZ",
    "dZ = dlogp + np.exp(Z - lse) * dlse",
    "dZ = np.exp(Z - lse) * dlse",
)
slip(
    "log_softmax",
    "subtract_instead_of_add",
    "dZ",
    "dZ = dlogp + np.exp(Z - lse) * dlse",
    "dZ = dlogp.copy()\ndZ -= np.exp(Z - lse) * dlse",
)
slip(
    "log_softmax",
    "wrong_cached_variable",
    "dZ",
    "dZ = dlogp + np.exp(Z - lse) * dlse",
    "dZ = dlogp + np.exp(Z - m) * dlse",
    why="m and lse both stabilize an exponential; only one of them normalizes it",
)
slip(
    "log_softmax",
    "missing_upstream_factor",
    "dZ",
    "dZ = dlogp + np.exp(Z - lse) * dlse",
    "dZ = dlogp + np.exp(Z - lse)",
)
slip(
    "log_softmax",
    "not_finite",
    "dZ",
    "dZ = dlogp + np.exp(Z - lse) * dlse",
    "dZ = dlogp + np.log(logp) * dlse",
    why="the logarithm taken back by another logarithm, of negative numbers",
)
slip("log_softmax", "double_batch_scale", "dlogp", "dlogp = -Y / len(X)", "dlogp = -Y")

# Scores so large that only the shifted exponential is finite.
program(
    "softmax_of_large_scores",
    """
    e = np.exp(s - np.max(s))
    p = e / np.sum(e)
    f = np.sum(p * t)
    """,
    """
    dp = t
    ds = p * (dp - np.sum(dp * p))
    """,
    "s",
    {"s": np.array([1001.0, 999.5, 1000.2, 1000.9]), "t": normal(4)},
)
slip(
    "softmax_of_large_scores",
    "not_finite",
    "ds",
    "ds = p * (dp - np.sum(dp * p))",
    "q = np.exp(s) / np.sum(np.exp(s))\nds = q * (dp - np.sum(dp * q))",
    why="the softmax computed again, without the shift",
)
slip(
    "softmax_of_large_scores",
    "missing_path",
    "ds",
    "ds = p * (dp - np.sum(dp * p))",
    "ds = p * dp - p**2 * dp",
    why="only the diagonal of the Jacobian: each score also moves the other probabilities",
    also=("wrong_local_derivative", "unknown"),
)
slip(
    "softmax_of_large_scores",
    "lost_minus",
    "ds",
    "ds = p * (dp - np.sum(dp * p))",
    "ds = p * (dp + np.sum(dp * p))",
    also=("wrong_local_derivative",),
)
