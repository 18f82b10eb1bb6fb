"""Mistakes in reading words: a table of embeddings, a head of attention."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(17)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


program(
    "embedding",
    """
    rows = E[idx]
    bag = rows.mean(axis=0)
    score = bag @ w
    f = score ** 2
    """,
    """
    dscore = 2 * score
    dw = bag * dscore
    dbag = w * dscore
    drows = np.ones((len(idx), 1)) * dbag / len(idx)
    dE = np.zeros_like(E)
    np.add.at(dE, idx, drows)
    """,
    "E w",
    {"E": normal(6, 3), "w": normal(3), "idx": np.array([1, 4, 1, 0])},
)
slip(
    "embedding",
    "overwrite_at_fork",
    "dE",
    "np.add.at(dE, idx, drows)",
    "dE[idx] = drows",
    why="a word that comes twice is counted once",
)
slip(
    "embedding",
    "overwrite_at_fork",
    "dE",
    "np.add.at(dE, idx, drows)",
    "dE[idx] += drows",
    why="it reads as if it added, and adds once per word",
)
slip(
    "embedding",
    "subtract_instead_of_add",
    "dE",
    "np.add.at(dE, idx, drows)",
    "np.subtract.at(dE, idx, drows)",
)
slip(
    "embedding",
    "wrong_shape",
    "dE",
    "dE = np.zeros_like(E)\nnp.add.at(dE, idx, drows)",
    "dE = drows",
    why="the gradient of the rows that were read, not of the table",
)
slip(
    "embedding",
    "double_batch_scale",
    "drows",
    "drows = np.ones((len(idx), 1)) * dbag / len(idx)",
    "drows = np.ones((len(idx), 1)) * dbag",
)
slip("embedding", "missing_power_factor", "dscore", "dscore = 2 * score", "dscore = score")
slip(
    "embedding",
    "multiply_not_swapped",
    "dw",
    "dw = bag * dscore\ndbag = w * dscore",
    "dw = w * dscore\ndbag = bag * dscore",
    others=(("dbag", "multiply_not_swapped"),),
)
slip(
    "embedding",
    "integer_dtype",
    "dE",
    "dE = np.zeros_like(E)",
    "dE = np.zeros(E.shape, dtype=np.int64)",
    ("np.add.at(dE, idx, drows)", "for k, i in enumerate(idx):\n    dE[i] = dE[i] + drows[k]"),
    why="made like the indices",
)

program(
    "attention",
    """
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    S = Q @ K.T / np.sqrt(K.shape[1])
    E = np.exp(S - S.max(axis=1, keepdims=True))
    A = E / E.sum(axis=1, keepdims=True)
    Y = A @ V
    f = np.sum(Y * G)
    """,
    """
    dY = G
    dV = A.T @ dY
    dA = dY @ V.T
    dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True))
    raw = dS / np.sqrt(K.shape[1])
    dQ = raw @ K
    dK = raw.T @ Q
    dWq = X.T @ dQ
    dWk = X.T @ dK
    dWv = X.T @ dV
    dX = dQ @ Wq.T
    dX += dK @ Wk.T
    dX += dV @ Wv.T
    """,
    "X Wq Wk Wv",
    {
        "X": normal(4, 4),
        "Wq": normal(4, 4),
        "Wk": normal(4, 4),
        "Wv": normal(4, 4),
        "G": normal(4, 4),
    },
)
slip("attention", "missing_transpose", "dV", "dV = A.T @ dY", "dV = A @ dY")
slip(
    "attention",
    "missing_transpose",
    "dK",
    "dK = raw.T @ Q",
    "dK = raw @ Q",
    why="K is transposed in the forward pass, so S has its columns",
)
slip("attention", "swapped_matmul_order", "dA", "dA = dY @ V.T", "dA = V.T @ dY")
slip(
    "attention",
    "multiply_not_swapped",
    "dQ",
    "dQ = raw @ K\ndK = raw.T @ Q",
    "dQ = raw @ Q\ndK = raw.T @ K",
    also=("wrong_cached_variable",),
    others=(("dK", "multiply_not_swapped"),),
)
slip(
    "attention",
    "missing_local_gradient",
    "dQ",
    "raw = dS / np.sqrt(K.shape[1])",
    "raw = dS",
    why="the scale of the scores",
    others=(("dK", "missing_local_gradient"),),
)
slip(
    "attention",
    "missing_path",
    "dS",
    "dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True))",
    "dS = A * dA",
    why="the softmax as if its denominator were a constant",
    also=("wrong_local_derivative", "unknown"),
)
slip(
    "attention",
    "wrong_sum_axis",
    "dS",
    "dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True))",
    "dS = A * (dA - np.sum(dA * A, axis=0, keepdims=True))",
)
slip(
    "attention",
    "dropped_keepdims",
    "dS",
    "dS = A * (dA - np.sum(dA * A, axis=1, keepdims=True))",
    "dS = A * (dA - np.sum(dA * A, axis=1))",
    why="a column of sums taken for a row: square, so nothing stops it",
    also=("wrong_sum_axis", "unknown"),
)
slip("attention", "missing_path", "dX", "dX += dV @ Wv.T", "", why="X feeds three products")
slip("attention", "overwrite_at_fork", "dX", "dX += dK @ Wk.T", "dX = dK @ Wk.T")
slip("attention", "elementwise_instead_of_matmul", "dWv", "dWv = X.T @ dV", "dWv = X.T * dV")
slip("attention", "forward_value_instead_of_gradient", "dWq", "dWq = X.T @ dQ", "dWq = X.T @ Q")
slip("attention", "wrong_cached_variable", "dX", "dX += dK @ Wk.T", "dX += dK @ Wq.T")
slip("attention", "elementwise_instead_of_matmul", "dV", "dV = A.T @ dY", "dV = A.T * dY")
