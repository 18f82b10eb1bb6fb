"""Mistakes where one array feeds several others, or where numbers leave the range of floats."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
RNG = np.random.default_rng(21)
program, slip = collector(PROGRAMS, SLIPS)


def normal(*shape):
    return RNG.normal(size=shape)


# An actor and a critic on one trunk.
program(
    "actor_critic",
    """
    trunk = np.tanh(x @ W)
    policy = trunk @ P
    value = trunk @ v
    actor = np.sum(policy * A)
    critic = np.mean((value - r) ** 2)
    f = critic - actor
    """,
    """
    dpolicy = -A
    dvalue = 2 * (value - r) / len(r)
    dP = trunk.T @ dpolicy
    dv = trunk.T @ dvalue
    dtrunk = np.zeros_like(trunk)
    dtrunk += dpolicy @ P.T
    dtrunk += np.outer(dvalue, v)
    dz = dtrunk * (1 - trunk ** 2)
    dW = x.T @ dz
    """,
    "W P v",
    {
        "x": normal(4, 3),
        "W": normal(3, 3),
        "P": normal(3, 2),
        "v": normal(3),
        "A": normal(4, 2),
        "r": normal(4),
    },
)
VALUE = "dvalue = 2 * (value - r) / len(r)"
slip(
    "actor_critic",
    "lost_minus",
    "dpolicy",
    "dpolicy = -A",
    "dpolicy = A",
    why="what the actor earns is subtracted from the loss",
)
slip("actor_critic", "double_batch_scale", "dvalue", VALUE, "dvalue = 2 * (value - r)")
slip("actor_critic", "missing_power_factor", "dvalue", VALUE, "dvalue = (value - r) / len(r)")
slip("actor_critic", "wrong_sign", "dvalue", VALUE, "dvalue = 2 * (r - value) / len(r)")
slip(
    "actor_critic",
    "missing_path",
    "dtrunk",
    "dtrunk += np.outer(dvalue, v)",
    "",
    why="the critic does not train the trunk",
)
slip(
    "actor_critic",
    "overwrite_at_fork",
    "dtrunk",
    "dtrunk += np.outer(dvalue, v)",
    "dtrunk = np.outer(dvalue, v)",
)
slip(
    "actor_critic",
    "subtract_instead_of_add",
    "dtrunk",
    "dtrunk += dpolicy @ P.T",
    "dtrunk -= dpolicy @ P.T",
)
slip(
    "actor_critic",
    "used_before_complete",
    "dW",
    "dtrunk += np.outer(dvalue, v)\ndz = dtrunk * (1 - trunk ** 2)",
    "dz = dtrunk * (1 - trunk ** 2)\ndtrunk += np.outer(dvalue, v)",
    why="the critic comes after the trunk has been left",
)
slip(
    "actor_critic",
    "unknown",
    "dtrunk",
    "dtrunk += dpolicy @ P.T\ndtrunk += np.outer(dvalue, v)",
    "dtrunk += 0.5 * (dpolicy @ P.T)\ndtrunk += 0.5 * np.outer(dvalue, v)",
    why="two heads, so their mean",
    also=("equally_misread_as_half", "mean_instead_of_sum"),
)
slip(
    "actor_critic",
    "raises",
    "dtrunk",
    "dtrunk += np.outer(dvalue, v)",
    "dtrunk += dvalue @ v.T",
    why="the transpose of a vector is the same vector",
)
# Two sums in a row; each hands on what it was given, and arrays go by reference.
program(
    "sums_in_a_row",
    """
    p = a + b
    q = p + c
    r = q * a
    f = (r * g).sum()
    """,
    """
    dr = g.copy()
    dq = dr * a
    da = dr * q
    dp = dq.copy()
    dc = dq.copy()
    da += dp
    db = dp.copy()
    """,
    "a b c",
    {"a": normal(3, 2), "b": normal(3, 2), "c": normal(3, 2), "g": normal(3, 2)},
)
slip(
    "sums_in_a_row",
    "aliased_gradient",
    "dc",
    "dq = dr * a\nda = dr * q\ndp = dq.copy()\ndc = dq.copy()\nda += dp\ndb = dp.copy()",
    "dq = dr * a\ndp = dq\ndc = dq\nda = dp\nda += dr * q\ndb = dp.copy()",
    why="p, c and a share one array, and a adds to it",
    others=(("db", "aliased_gradient"),),
)
slip(
    "sums_in_a_row",
    "aliased_gradient",
    "db",
    "da = dr * q\ndp = dq.copy()\ndc = dq.copy()\nda += dp\ndb = dp.copy()",
    "dp = dq.copy()\ndc = dq.copy()\nda = db = dp.copy()\nda += dr * q",
    why="two names in one assignment are one array",
)
slip(
    "sums_in_a_row",
    "multiply_not_swapped",
    "dq",
    "dq = dr * a\nda = dr * q",
    "dq = dr * q\nda = dr * a",
    why="both exchanged; a ends up right all the same, since the sum brings what it lost",
)
slip("sums_in_a_row", "missing_path", "da", "da += dp", "", why="a is added before it multiplies")
slip(
    "sums_in_a_row",
    "used_before_complete",
    "da",
    "da = dr * q\ndp = dq.copy()\ndc = dq.copy()\nda += dp",
    "dp = np.zeros_like(dq)\nda = dr * q + dp\ndp += dq\ndc = dq.copy()",
    why="dp is still zero when a adds it",
)
slip(
    "sums_in_a_row",
    "equally_misread_as_half",
    "dp",
    "dp = dq.copy()\ndc = dq.copy()",
    "dp = dq / 2\ndc = dq / 2",
    others=(("dc", "equally_misread_as_half"),),
)
slip(
    "sums_in_a_row",
    "equally_misread_as_half",
    "da",
    "da += dp\ndb = dp.copy()",
    "da += dp / 2\ndb = dp / 2",
    others=(("db", "equally_misread_as_half"),),
)
slip("sums_in_a_row", "forward_value_instead_of_gradient", "dc", "dc = dq.copy()", "dc = q.copy()")
slip(
    "sums_in_a_row",
    "wrong_shape",
    "db",
    "db = dp.copy()",
    "db = dp.ravel()",
    why="flattened, as an optimizer would like it",
)
slip(
    "sums_in_a_row",
    "aliased_gradient",
    "dc",
    "da = dr * q\ndp = dq.copy()\ndc = dq.copy()\nda += dp",
    "dp = dq.copy()\nda = dc = dp.copy()\nda += dr * q",
    why="copied once, for two names",
)

# Factors of which one may be zero, and logits far out.
program(
    "products_along_rows",
    """
    P = np.prod(x, axis=1)
    f = P @ g
    """,
    """
    dP = g
    dx = np.zeros_like(x)
    for j in range(x.shape[1]):
        dx[:, j] = np.prod(np.delete(x, j, axis=1), axis=1) * dP
    """,
    "x",
    {"x": np.array([[2.0, 0.0, -1.5], [0.5, 1.2, 3.0]]), "g": np.array([0.7, -1.1])},
)
ROW = "dx[:, j] = np.prod(np.delete(x, j, axis=1), axis=1) * dP"
slip(
    "products_along_rows",
    "not_finite",
    "dx",
    ROW,
    "dx[:, j] = P / x[:, j] * dP",
    why="the whole product over the factor, and a factor is zero",
)
slip(
    "products_along_rows",
    "missing_upstream_factor",
    "dx",
    ROW,
    "dx[:, j] = np.prod(np.delete(x, j, axis=1), axis=1)",
)
slip(
    "products_along_rows",
    "product_of_three",
    "dx",
    ROW,
    "dx[:, j] = x[:, (j + 1) % 3] * dP",
    why="one of the other two factors, not both",
)
slip(
    "products_along_rows",
    "product_of_three",
    "dx",
    ROW,
    "dx[:, j] = np.sum(np.delete(x, j, axis=1), axis=1) * dP",
    why="the sum of the others, for their product",
)
slip(
    "products_along_rows",
    "product_of_three",
    "dx",
    ROW,
    "dx[:, j] = P * dP",
    why="the factor itself was not left out",
)

program(
    "far_logits",
    """
    s = 0.5 * (1 + np.tanh(z / 2))
    f = np.sum(s * g)
    """,
    """
    ds = g
    dz = s * (1 - s) * ds
    """,
    "z",
    {"z": np.array([-800.0, -1.0, 0.3, 2.0]), "g": normal(4)},
)
slip(
    "far_logits",
    "not_finite",
    "dz",
    "dz = s * (1 - s) * ds",
    "dz = np.exp(-z) / (1 + np.exp(-z))**2 * ds",
    why="the textbook derivative, far out: inf / inf",
)
slip("far_logits", "pre_vs_post_activation", "dz", "dz = s * (1 - s) * ds", "dz = z * (1 - z) * ds")
slip(
    "far_logits",
    "wrong_local_derivative",
    "dz",
    "dz = s * (1 - s) * ds",
    "dz = (1 - s**2) * ds",
    why="the slope of tanh, since there is a tanh to be seen",
)
slip(
    "far_logits",
    "lost_minus",
    "dz",
    "dz = s * (1 - s) * ds",
    "dz = s * (1 + s) * ds",
    also=("wrong_local_derivative",),
)
slip("far_logits", "missing_local_gradient", "dz", "dz = s * (1 - s) * ds", "dz = ds")
