"""Mistakes in a chain of square matrices, where every shape fits."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(22)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


# A chain of square matrices, in `.dot`s from the left.
program(
    "square_chain",
    """
    A = W1.dot(X)
    H = np.tanh(A)
    Y = W2.dot(H)
    f = 0.5 * np.sum((Y - T) ** 2)
    """,
    """
    dY = Y - T
    dW2 = dY.dot(H.T)
    dH = W2.T.dot(dY)
    dA = (1 - H**2) * dH
    dW1 = dA.dot(X.T)
    dX = W1.T.dot(dA)
    """,
    "W1 W2 X",
    {"W1": normal(3, 3), "W2": normal(3, 3), "X": normal(3, 3), "T": normal(3, 3)},
)
slip("square_chain", "missing_transpose", "dH", "dH = W2.T.dot(dY)", "dH = W2.dot(dY)")
slip("square_chain", "swapped_matmul_order", "dW1", "dW1 = dA.dot(X.T)", "dW1 = X.T.dot(dA)")
slip(
    "square_chain",
    "pre_vs_post_activation",
    "dW2",
    "dW2 = dY.dot(H.T)",
    "dW2 = dY.dot(A.T)",
    why="the layer was fed the activation",
)
slip("square_chain", "pre_vs_post_activation", "dA", "dA = (1 - H**2) * dH", "dA = (1 - A**2) * dH")
slip(
    "square_chain",
    "wrong_local_derivative",
    "dA",
    "dA = (1 - H**2) * dH",
    "dA = (1 - H) * dH",
    why="the square in the slope of tanh left out",
    also=("missing_power_factor",),
)
slip(
    "square_chain",
    "wrong_local_derivative",
    "dA",
    "dA = (1 - H**2) * dH",
    "dA = H * (1 - H) * dH",
    why="the slope of the sigmoid, on a tanh",
)
slip("square_chain", "missing_local_gradient", "dA", "dA = (1 - H**2) * dH", "dA = dH")
slip(
    "square_chain",
    "missing_upstream_factor",
    "dA",
    "dA = (1 - H**2) * dH",
    "dA = 1 - H**2",
)
slip(
    "square_chain",
    "lost_minus",
    "dA",
    "dA = (1 - H**2) * dH",
    "dA = (1 + H**2) * dH",
    also=("wrong_local_derivative",),
)
slip(
    "square_chain",
    "wrong_sign",
    "dY",
    "dY = Y - T",
    "dY = T - Y",
    why="the residual the other way round",
)
slip(
    "square_chain",
    "wrong_cached_variable",
    "dW1",
    "dW1 = dA.dot(X.T)",
    "dW1 = dA.dot(H.T)",
    why="copied from the layer above, and only half renamed",
)
slip(
    "square_chain",
    "missing_transpose",
    "dH",
    "dH = W2.T.dot(dY)",
    "dH = W2.dot(dY)",
    ("dX = W1.T.dot(dA)", "dX = dA.dot(W1.T)"),
    why="two slips: a transpose forgotten, and later an order turned round",
    others=(("dX", "swapped_matmul_order"),),
)
slip("square_chain", "elementwise_instead_of_matmul", "dW2", "dW2 = dY.dot(H.T)", "dW2 = dY * H")
slip(
    "square_chain",
    "elementwise_instead_of_matmul",
    "dA",
    "dA = (1 - H**2) * dH",
    "dA = (1 - H**2).dot(dH)",
    why="np.tanh works entry by entry; the layers around it do not",
)
slip("square_chain", "elementwise_instead_of_matmul", "dX", "dX = W1.T.dot(dA)", "dX = W1.T * dA")
