"""Mistakes in losses with margins and residuals: the SVM with and without loops, least squares."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(13)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


program(
    "svm_loops",
    """
    num_train, num_classes = X.shape[0], W.shape[1]
    loss = 0.0
    for i in range(num_train):
        s = X[i].dot(W)
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = s[j] - s[y[i]] + 1
            if margin > 0:
                loss += margin
    loss /= num_train
    f = loss + reg * np.sum(W * W)
    """,
    """
    dW = np.zeros(W.shape)
    for i in range(num_train):
        s = X[i].dot(W)
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = s[j] - s[y[i]] + 1
            if margin > 0:
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    dW /= num_train
    dW += 2 * reg * W
    """,
    "W",
    {"X": normal(6, 4), "W": normal(4, 3), "y": np.array([0, 2, 1, 1, 0, 2]), "reg": 0.1},
)
slip(
    "svm_loops",
    "missing_path",
    "dW",
    "dW[:, y[i]] -= X[i]",
    "",
    why="the score of the right class is in every margin, too",
)
slip(
    "svm_loops",
    "lost_minus",
    "dW",
    "dW[:, y[i]] -= X[i]",
    "dW[:, y[i]] += X[i]",
    why="in the margin the score of the right class is subtracted",
    also=("wrong_sign",),
)
slip(
    "svm_loops",
    "overwrite_at_fork",
    "dW",
    "dW[:, j] += X[i]",
    "dW[:, j] = X[i]",
    why="every example adds to the column of a class; the last one alone is left",
)
slip(
    "svm_loops",
    "inverted_mask",
    "dW",
    "if margin > 0:\n    dW[:, j] += X[i]\n    dW[:, y[i]] -= X[i]",
    "if margin < 0:\n    dW[:, j] += X[i]\n    dW[:, y[i]] -= X[i]",
)
slip(
    "svm_loops",
    "max_passes_value",
    "dW",
    "dW[:, j] += X[i]\ndW[:, y[i]] -= X[i]",
    "dW[:, j] += margin * X[i]\ndW[:, y[i]] -= margin * X[i]",
    why="the margin that the loss adds, multiplied into its gradient",
)
slip("svm_loops", "double_batch_scale", "dW", "dW /= num_train", "")
slip(
    "svm_loops",
    "same_input_twice",
    "dW",
    "dW += 2 * reg * W",
    "dW += reg * W",
    why="W * W has W on both legs",
    also=("missing_power_factor",),
)
slip(
    "svm_loops",
    "integer_dtype",
    "dW",
    "dW = np.zeros(W.shape)",
    "dW = np.zeros(W.shape, dtype=int)",
    ("dW[:, j] += X[i]", "dW[:, j] = dW[:, j] + X[i]"),
    ("dW[:, y[i]] -= X[i]", "dW[:, y[i]] = dW[:, y[i]] - X[i]"),
    ("dW /= num_train", "dW = dW / num_train"),
    why="it began as a count of margins",
)

program(
    "svm_vectorized",
    """
    N = X.shape[0]
    rows = np.arange(N)
    S = X.dot(W)
    correct = S[rows, y].reshape(N, 1)
    M = S - correct + delta
    H = np.maximum(0, M)
    H[rows, y] = 0
    f = H.sum() / N
    """,
    """
    dH = np.ones_like(H) / N
    dM = dH * (M > 0)
    dM[rows, y] = 0
    dcorrect = -dM.sum(axis=1, keepdims=True)
    dS = dM.copy()
    dS[rows, y] += dcorrect[:, 0]
    dX = dS.dot(W.T)
    dW = X.T.dot(dS)
    """,
    "X W",
    {"X": normal(5, 4), "W": normal(4, 3), "y": np.array([0, 2, 1, 1, 0]), "delta": 1.0},
)
slip(
    "svm_vectorized", "double_batch_scale", "dH", "dH = np.ones_like(H) / N", "dH = np.ones_like(H)"
)
slip("svm_vectorized", "inverted_mask", "dM", "dM = dH * (M > 0)", "dM = dH * (M <= 0)")
slip(
    "svm_vectorized",
    "max_passes_value",
    "dM",
    "dM = dH * (M > 0)",
    "dM = dH * np.maximum(0, M)",
)
slip("svm_vectorized", "missing_local_gradient", "dM", "dM = dH * (M > 0)", "dM = dH.copy()")
slip(
    "svm_vectorized",
    "missing_upstream_factor",
    "dM",
    "dM = dH * (M > 0)",
    "dM = (M > 0) * 1.0",
)
slip(
    "svm_vectorized",
    "lost_minus",
    "dcorrect",
    "dcorrect = -dM.sum(axis=1, keepdims=True)",
    "dcorrect = dM.sum(axis=1, keepdims=True)",
)
slip(
    "svm_vectorized",
    "missing_unbroadcast_sum",
    "dcorrect",
    "dcorrect = -dM.sum(axis=1, keepdims=True)",
    "dcorrect = -dM",
    why="one score of the right class stands in every column of its row",
)
slip(
    "svm_vectorized",
    "mean_instead_of_sum",
    "dcorrect",
    "dcorrect = -dM.sum(axis=1, keepdims=True)",
    "dcorrect = -dM.mean(axis=1, keepdims=True)",
)
slip(
    "svm_vectorized",
    "missing_path",
    "dS",
    "dS[rows, y] += dcorrect[:, 0]",
    "",
    why="dcorrect is computed, and never handed on",
)
slip(
    "svm_vectorized",
    "subtract_instead_of_add",
    "dS",
    "dS[rows, y] += dcorrect[:, 0]",
    "dS[rows, y] -= dcorrect[:, 0]",
    why="the minus was in dcorrect already",
)
slip(
    "svm_vectorized",
    "used_before_complete",
    "dX",
    "dS[rows, y] += dcorrect[:, 0]\ndX = dS.dot(W.T)",
    "dX = dS.dot(W.T)\ndS[rows, y] += dcorrect[:, 0]",
)

program(
    "ridge",
    """
    pred = X @ w + b
    err = pred - t
    mse = np.mean(err ** 2)
    f = mse + lam * (w ** 2).sum()
    """,
    """
    derr = 2 * err / len(err)
    dpred = derr
    dw = X.T @ dpred
    db = dpred.sum()
    dw += 2 * lam * w
    """,
    "w b",
    {"X": normal(6, 3), "w": normal(3), "b": 0.4, "t": normal(6), "lam": 0.2},
)
slip("ridge", "missing_power_factor", "derr", "derr = 2 * err / len(err)", "derr = err / len(err)")
slip("ridge", "double_batch_scale", "derr", "derr = 2 * err / len(err)", "derr = 2 * err")
slip("ridge", "wrong_sign", "derr", "derr = 2 * err / len(err)", "derr = 2 * (t - pred) / len(err)")
slip(
    "ridge",
    "mean_instead_of_sum",
    "db",
    "db = dpred.sum()",
    "db = dpred.mean()",
    also=("double_batch_scale",),
)
slip("ridge", "missing_unbroadcast_sum", "db", "db = dpred.sum()", "db = dpred")
slip(
    "ridge",
    "extra_keepdims_shape",
    "db",
    "db = dpred.sum()",
    "db = dpred.sum(keepdims=True)",
    why="one number in brackets, where b is a number",
    also=("wrong_shape",),
)
slip("ridge", "missing_power_factor", "dw", "dw += 2 * lam * w", "dw += lam * w")
slip("ridge", "missing_path", "dw", "dw += 2 * lam * w", "")
slip("ridge", "overwrite_at_fork", "dw", "dw += 2 * lam * w", "dw = 2 * lam * w")
slip(
    "ridge",
    "forward_value_instead_of_gradient",
    "dw",
    "dw = X.T @ dpred",
    "dw = X.T @ pred",
)
slip("ridge", "missing", "db", "db = dpred.sum()", "")
slip(
    "ridge",
    "double_batch_scale",
    "dw",
    "dw = X.T @ dpred",
    "dw = X.T @ dpred / len(X)",
)
slip(
    "ridge",
    "missing_power_factor",
    "derr",
    "derr = 2 * err / len(err)",
    "derr = err / len(err)",
    ("db = dpred.sum()", "db = dpred"),
    others=(("db", "missing_unbroadcast_sum"),),
)
