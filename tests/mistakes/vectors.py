"""Slips on vectors and small matrices: shapes, sums, transposes."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)
RNG = np.random.default_rng(31)

# -- linear regression ----------------------------------------------------------------------------

program(
    "linear_regression",
    """
    pred = X.dot(w) + b
    err = pred - y
    N = len(y)
    loss = np.mean(err**2)
    """,
    """
    derr = 2 * err / N
    dpred = derr
    dw = X.T.dot(dpred)
    db = np.sum(dpred)
    """,
    "w b",
    {"X": RNG.normal(size=(6, 3)), "w": RNG.normal(size=3), "b": 0.4, "y": RNG.normal(size=6)},
    output="loss",
)
REG = "linear_regression"
slip(
    REG,
    "double_batch_scale",
    "derr",
    "derr = 2 * err / N",
    "derr = 2 * err",
    why="the mean's 1/N forgotten",
)
slip(
    REG,
    "double_batch_scale",
    "dw",
    "dw = X.T.dot(dpred)",
    "dw = X.T.dot(dpred) / N",
    why="divided by N once more",
)
slip(
    REG,
    "double_batch_scale",
    "dw",
    "dw = X.T.dot(dpred)\ndb = np.sum(dpred)",
    "dw = X.T.dot(dpred) / len(X)\ndb = np.sum(dpred) / len(X)",
    others=(("db", "double_batch_scale"),),
)
slip(
    REG,
    "mean_instead_of_sum",
    "db",
    "db = np.sum(dpred)",
    "db = np.mean(dpred)",
    also=("double_batch_scale",),
)
slip(REG, "missing_power_factor", "derr", "derr = 2 * err / N", "derr = err / N")
slip(
    REG,
    "wrong_sign",
    "derr",
    "derr = 2 * err / N",
    "derr = 2 * (y - pred) / N",
    why="target minus prediction",
)
slip(REG, "missing_unbroadcast_sum", "db", "db = np.sum(dpred)", "db = dpred")
slip(REG, "extra_keepdims_shape", "db", "db = np.sum(dpred)", "db = np.sum(dpred, keepdims=True)")
slip(
    REG,
    "elementwise_instead_of_matmul",
    "dw",
    "dw = X.T.dot(dpred)",
    "dw = X * dpred[:, None]",
    also=("wrong_shape", "missing_unbroadcast_sum"),
)
slip(
    REG,
    "wrong_shape",
    "dw",
    "dw = X.T.dot(dpred)",
    "dw = X.T.dot(dpred[:, None])",
    also=("extra_keepdims_shape",),
    why="(3, 1) for a (3,)",
)
slip(
    REG,
    "raises",
    "dw",
    "dw = X.T.dot(dpred)",
    "dw = X.dot(dpred)",
    why="the transpose left out, and the shapes do not fit",
)
slip(REG, "forward_value_instead_of_gradient", "dw", "dw = X.T.dot(dpred)", "dw = X.T.dot(pred)")
slip(REG, "wrong_cached_variable", "derr", "derr = 2 * err / N", "derr = 2 * pred / N")
slip(REG, "missing_upstream_factor", "dw", "dw = X.T.dot(dpred)", "dw = X.sum(axis=0)")

# -- a square matrix, where shapes cannot tell ----------------------------------------------------

program(
    "square_layer",
    """
    z = W @ x + b
    h = np.tanh(z)
    """,
    """
    dz = dh * (1 - h * h)
    dW = np.outer(dz, x)
    db = dz.copy()
    dx = W.T @ dz
    """,
    "W x b",
    {
        "W": RNG.normal(size=(3, 3)),
        "x": RNG.normal(size=3),
        "b": RNG.normal(size=3),
    },
    output="h",
    upstream=RNG.normal(size=3),
)
slip("square_layer", "missing_transpose", "dx", "dx = W.T @ dz", "dx = W @ dz")
slip(
    "square_layer",
    "swapped_matmul_order",
    "dx",
    "dx = W.T @ dz",
    "dx = dz @ W.T",
    also=("missing_transpose",),
    why="with a vector, dz @ W.T is W @ dz",
)
slip(
    "square_layer",
    "swapped_matmul_order",
    "dW",
    "dW = np.outer(dz, x)",
    "dW = np.outer(x, dz)",
    also=("missing_transpose",),
)
slip(
    "square_layer",
    "elementwise_instead_of_matmul",
    "dW",
    "dW = np.outer(dz, x)",
    "dW = dz * x",
    why="(3,) for a (3, 3)",
    also=("wrong_shape",),
)
slip(
    "square_layer",
    "elementwise_instead_of_matmul",
    "dx",
    "dx = W.T @ dz",
    "dx = W.T * dz",
    also=("wrong_shape",),
)
slip("square_layer", "wrong_local_derivative", "dz", "dz = dh * (1 - h * h)", "dz = dh * (1 - h)")
slip(
    "square_layer",
    "wrong_local_derivative",
    "dz",
    "dz = dh * (1 - h * h)",
    "dz = dh * h * (1 - h)",
    why="the sigmoid's rule on tanh",
)
slip(
    "square_layer", "pre_vs_post_activation", "dz", "dz = dh * (1 - h * h)", "dz = dh * (1 - z * z)"
)
slip("square_layer", "missing_local_gradient", "dz", "dz = dh * (1 - h * h)", "dz = dh.copy()")
slip(
    "square_layer",
    "missing_upstream_factor",
    "dx",
    "dx = W.T @ dz",
    "dx = W.sum(axis=0)",
    why="as if dz were ones",
)
slip(
    "square_layer",
    "forward_value_instead_of_gradient",
    "dz",
    "dz = dh * (1 - h * h)",
    "dz = h * (1 - h * h)",
)
slip("square_layer", "wrong_sign", "dz", "dz = dh * (1 - h * h)", "dz = dh * (h * h - 1)")
slip("square_layer", "wrong_cached_variable", "dW", "dW = np.outer(dz, x)", "dW = np.outer(dz, h)")

# -- rows and columns broadcast against each other ------------------------------------------------

program(
    "grid",
    """
    z = row * col + shift
    f = np.sum(z**2 * g)
    """,
    """
    dz = 2 * z * g
    drow = np.sum(dz * col, axis=0, keepdims=True)
    dcol = np.sum(dz * row, axis=1, keepdims=True)
    dshift = dz.sum(axis=0)
    """,
    "row col shift",
    {
        "row": RNG.normal(size=(1, 3)),
        "col": RNG.normal(size=(4, 1)),
        "shift": RNG.normal(size=3),
        "g": RNG.normal(size=(4, 3)),
    },
)
DROW, DCOL = (
    "drow = np.sum(dz * col, axis=0, keepdims=True)",
    "dcol = np.sum(dz * row, axis=1, keepdims=True)",
)
slip("grid", "dropped_keepdims", "drow", DROW, "drow = np.sum(dz * col, axis=0)")
slip("grid", "dropped_keepdims", "dcol", DCOL, "dcol = np.sum(dz * row, axis=1)")
slip(
    "grid",
    "extra_keepdims_shape",
    "dshift",
    "dshift = dz.sum(axis=0)",
    "dshift = dz.sum(axis=0, keepdims=True)",
)
slip("grid", "wrong_sum_axis", "drow", DROW, "drow = np.sum(dz * col, axis=1, keepdims=True)")
slip("grid", "wrong_sum_axis", "dshift", "dshift = dz.sum(axis=0)", "dshift = dz.sum(axis=1)")
slip(
    "grid",
    "wrong_sum_axis",
    "dshift",
    "dshift = dz.sum(axis=0)",
    "dshift = dz.sum()",
    why="over both axes",
)
slip("grid", "missing_unbroadcast_sum", "dcol", DCOL, "dcol = dz * row")
slip("grid", "missing_unbroadcast_sum", "dshift", "dshift = dz.sum(axis=0)", "dshift = dz")
slip("grid", "mean_instead_of_sum", "dcol", DCOL, "dcol = np.mean(dz * row, axis=1, keepdims=True)")
slip(
    "grid",
    "multiply_not_swapped",
    "drow",
    DROW + "\n" + DCOL,
    "drow = np.sum(dz * row, axis=0, keepdims=True)\ndcol = np.sum(dz * col, axis=1, keepdims=True)",
    others=(("dcol", "multiply_not_swapped"),),
)
slip("grid", "missing_power_factor", "dz", "dz = 2 * z * g", "dz = z * g")
slip(
    "grid",
    "missing_upstream_factor",
    "dcol",
    DCOL,
    "dcol = np.sum(row, axis=1, keepdims=True) * np.ones_like(col)",
)
slip("grid", "wrong_shape", "dcol", DCOL, "dcol = np.sum(dz * row, axis=1, keepdims=True).T")
