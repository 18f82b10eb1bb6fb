"""Mistakes in matrix products: affine layers, their biases, a two-layer net."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(11)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


program(
    "affine",
    """
    out = X @ W + b
    f = np.sum(out * G)
    """,
    """
    dout = G
    dX = dout @ W.T
    dW = X.T @ dout
    db = np.sum(dout, axis=0)
    """,
    "X W b",
    {"X": normal(5, 4), "W": normal(4, 3), "b": normal(3), "G": normal(5, 3)},
)
slip(
    "affine",
    "missing_unbroadcast_sum",
    "db",
    "db = np.sum(dout, axis=0)",
    "db = dout",
)
slip(
    "affine",
    "wrong_sum_axis",
    "db",
    "db = np.sum(dout, axis=0)",
    "db = np.sum(dout, axis=1)",
)
slip(
    "affine",
    "wrong_sum_axis",
    "db",
    "db = np.sum(dout, axis=0)",
    "db = np.sum(dout)",
    why="no axis at all: summed over too many",
)
slip(
    "affine",
    "mean_instead_of_sum",
    "db",
    "db = np.sum(dout, axis=0)",
    "db = dout.mean(axis=0)",
)
slip(
    "affine",
    "extra_keepdims_shape",
    "db",
    "db = np.sum(dout, axis=0)",
    "db = np.sum(dout, axis=0, keepdims=True)",
)
slip(
    "affine",
    "wrong_shape",
    "dW",
    "dW = X.T @ dout",
    "dW = dout.T @ X",
    why="the dimensions fit, so it runs; what comes out is the gradient lying on its side",
    also=("swapped_matmul_order",),
)
slip("affine", "forward_value_instead_of_gradient", "dX", "dX = dout @ W.T", "dX = out @ W.T")
slip(
    "affine",
    "missing_upstream_factor",
    "db",
    "db = np.sum(dout, axis=0)",
    "db = np.sum(np.ones_like(out), axis=0)",
    why="an add gate has slope 1, and the ones never met the gradient from above",
)
slip(
    "affine",
    "raises",
    "dX",
    "dX = dout @ W.T",
    "dX = dout @ W",
    why="a transpose forgotten where the shapes do not allow it",
)
slip("affine", "missing", "db", "db = np.sum(dout, axis=0)", "", why="the bias is forgotten")
slip(
    "affine",
    "wrong_sign",
    "dW",
    "dW = X.T @ dout",
    "dW = -X.T @ dout",
    why="the minus of the descent step, written into the gradient",
)

# As in the assignments: `.dot`, a bias that is a row, everything square so that shapes say nothing.
program(
    "affine_square",
    """
    xw = x.dot(w)
    out = xw + b
    """,
    """
    dxw = dout
    db = np.sum(dout, axis=0, keepdims=True)
    dw = x.T.dot(dxw)
    dx = dxw.dot(w.T)
    """,
    "x w b",
    {"x": normal(4, 4), "w": normal(4, 4), "b": normal(1, 4), "dout": normal(4, 4)},
    output="out",
)
slip("affine_square", "missing_transpose", "dw", "dw = x.T.dot(dxw)", "dw = x.dot(dxw)")
slip("affine_square", "missing_transpose", "dx", "dx = dxw.dot(w.T)", "dx = dxw.dot(w)")
slip("affine_square", "swapped_matmul_order", "dx", "dx = dxw.dot(w.T)", "dx = w.T.dot(dxw)")
slip("affine_square", "swapped_matmul_order", "dw", "dw = x.T.dot(dxw)", "dw = dxw.dot(x.T)")
slip("affine_square", "elementwise_instead_of_matmul", "dx", "dx = dxw.dot(w.T)", "dx = dxw * w.T")
slip(
    "affine_square",
    "elementwise_instead_of_matmul",
    "dw",
    "dw = x.T.dot(dxw)",
    "dw = x * dxw",
    why="the rule of the multiply gate, taken as it stands for a product of matrices",
)
slip(
    "affine_square",
    "dropped_keepdims",
    "db",
    "db = np.sum(dout, axis=0, keepdims=True)",
    "db = np.sum(dout, axis=0)",
)
slip(
    "affine_square",
    "wrong_sum_axis",
    "db",
    "db = np.sum(dout, axis=0, keepdims=True)",
    "db = dout.sum(axis=1).reshape(1, -1)",
    why="square, so the wrong axis has the right length",
)
slip(
    "affine_square",
    "multiply_not_swapped",
    "dw",
    "dw = x.T.dot(dxw)",
    "dw = w.T.dot(dxw)",
    ("dx = dxw.dot(w.T)", "dx = dxw.dot(x.T)"),
    why="each operand got its own value instead of the other one's",
    also=("wrong_cached_variable",),
    others=(("dx", "multiply_not_swapped"),),
)
slip(
    "affine_square",
    "missing_upstream_factor",
    "dw",
    "dw = x.T.dot(dxw)",
    "dw = x.T",
)
slip(
    "affine_square",
    "forward_value_instead_of_gradient",
    "dx",
    "dx = dxw.dot(w.T)",
    "dx = xw.dot(w.T)",
)

# The net of the notes' case study: ReLU, softmax, weights held small.
program(
    "two_layer_net",
    """
    N = X.shape[0]
    hidden = np.maximum(0, np.dot(X, W) + b)
    scores = np.dot(hidden, W2) + b2
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    correct_logprobs = -np.log(probs[range(N), y])
    data_loss = np.sum(correct_logprobs) / N
    reg_loss = 0.5 * reg * np.sum(W * W) + 0.5 * reg * np.sum(W2 * W2)
    f = data_loss + reg_loss
    """,
    """
    dscores = probs.copy()
    dscores[range(N), y] -= 1
    dscores /= N
    dW2 = np.dot(hidden.T, dscores)
    db2 = np.sum(dscores, axis=0, keepdims=True)
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden <= 0] = 0
    dW = np.dot(X.T, dhidden)
    db = np.sum(dhidden, axis=0, keepdims=True)
    dW2 += reg * W2
    dW += reg * W
    """,
    "W b W2 b2",
    {
        "X": normal(6, 2),
        "W": normal(2, 5),
        "b": normal(1, 5),
        "W2": normal(5, 3),
        "b2": normal(1, 3),
        "y": np.array([0, 2, 1, 1, 0, 2]),
        "reg": 0.3,
    },
)
slip(
    "two_layer_net",
    "double_batch_scale",
    "dscores",
    "dscores /= N",
    "",
    why="the loss is a mean over the batch",
)
slip(
    "two_layer_net",
    "double_batch_scale",
    "db2",
    "db2 = np.sum(dscores, axis=0, keepdims=True)",
    "db2 = np.sum(dscores, axis=0, keepdims=True) / N",
    why="dscores has been divided by N already",
)
slip(
    "two_layer_net",
    "mean_instead_of_sum",
    "db",
    "db = np.sum(dhidden, axis=0, keepdims=True)",
    "db = np.mean(dhidden, axis=0, keepdims=True)",
    why="the mean over the batch again, this time spelled as one",
    also=("double_batch_scale",),
)
slip(
    "two_layer_net",
    "dropped_keepdims",
    "db2",
    "db2 = np.sum(dscores, axis=0, keepdims=True)",
    "db2 = np.sum(dscores, axis=0)",
)
slip(
    "two_layer_net",
    "missing_path",
    "dW2",
    "dW2 += reg * W2",
    "",
    why="the regularization reads W2 too",
)
slip("two_layer_net", "overwrite_at_fork", "dW", "dW += reg * W", "dW = reg * W")
slip(
    "two_layer_net",
    "subtract_instead_of_add",
    "dW2",
    "dW2 += reg * W2",
    "dW2 -= reg * W2",
    why="weight decay, which shrinks W2, thought of as its gradient",
)
slip(
    "two_layer_net",
    "inverted_mask",
    "dW",
    "dhidden[hidden <= 0] = 0",
    "dhidden[hidden > 0] = 0",
    why="dhidden was right before the mask, which belongs to the pre-activation: W is hit first",
    others=(("db", "inverted_mask"),),
)
slip(
    "two_layer_net",
    "missing_local_gradient",
    "dW",
    "dhidden[hidden <= 0] = 0",
    "",
    why="the ReLU has no line at all, as if it were not there",
    others=(("db", "missing_local_gradient"),),
)
slip(
    "two_layer_net",
    "raises",
    "dW2",
    "dhidden = np.dot(dscores, W2.T)",
    "dhidden = np.dot(dscores, W2)",
    why="where it stops, dW2 still waits for the regularization",
)
slip(
    "two_layer_net",
    "unknown",
    "dW2",
    "dW2 += reg * W2",
    "dW2 += reg",
    why="the weight is left out of the gradient of its own penalty",
    also=("missing_local_gradient", "wrong_local_derivative"),
)
slip(
    "two_layer_net",
    "same_input_twice",
    "dW",
    "dW += reg * W",
    "dW += 0.5 * reg * W",
    why="the 0.5 of the loss kept, and the second W of W * W not counted",
    also=("missing_power_factor",),
)
