"""Slips in quotients, logarithms and what goes through them."""

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)

# -- quotients ------------------------------------------------------------------------------------

program(
    "quotient",
    """
    num = a * x + b
    den = x * x + c
    f = num / den
    """,
    """
    dnum = 1 / den
    dden = -num / den**2
    da = x * dnum
    db = dnum
    dc = dden
    dx = a * dnum + 2 * x * dden
    """,
    "a b c x",
    {"a": 2.0, "b": -1.0, "c": 1.5, "x": 0.8},
)
slip("quotient", "lost_minus", "dden", "dden = -num / den**2", "dden = num / den**2")
slip("quotient", "wrong_local_derivative", "dden", "dden = -num / den**2", "dden = -num / den")
slip(
    "quotient",
    "wrong_local_derivative",
    "dden",
    "dden = -num / den**2",
    "dden = -1 / den**2",
    why="as if the numerator were 1",
    also=("wrong_cached_variable", "missing_upstream_factor"),
)
slip(
    "quotient",
    "multiply_not_swapped",
    "dnum",
    "dnum = 1 / den\ndden = -num / den**2",
    "dnum = den\ndden = num",
    why="the multiply gate's rule on a division",
    also=("wrong_local_derivative",),
    others=(("dden", "wrong_local_derivative"),),
)
slip("quotient", "wrong_sign", "dnum", "dnum = 1 / den", "dnum = -1 / den")
slip("quotient", "missing_path", "dx", "dx = a * dnum + 2 * x * dden", "dx = a * dnum")
slip("quotient", "missing_path", "dx", "dx = a * dnum + 2 * x * dden", "dx = 2 * x * dden")
slip(
    "quotient",
    "same_input_twice",
    "dx",
    "dx = a * dnum + 2 * x * dden",
    "dx = a * dnum + x * dden",
    also=("missing_power_factor",),
)
slip(
    "quotient",
    "subtract_instead_of_add",
    "dx",
    "dx = a * dnum + 2 * x * dden",
    "dx = a * dnum - 2 * x * dden",
    why="the quotient rule's minus a second time",
    also=("wrong_sign",),
)
slip("quotient", "wrong_sign", "db", "db = dnum", "db = -dnum")
slip("quotient", "missing_upstream_factor", "dc", "dc = dden", "dc = 1.0")

# -- through logarithms ---------------------------------------------------------------------------

program(
    "geometric_mean",
    """
    la = math.log(a)
    lb = math.log(b)
    lc = math.log(c)
    m = (la + lb + lc) / 3
    g = math.exp(m)
    """,
    """
    dm = g
    dla = dm / 3
    dlb = dm / 3
    dlc = dm / 3
    da = dla / a
    db = dlb / b
    dc = dlc / c
    """,
    "a b c",
    {"a": 2.0, "b": 0.5, "c": 3.3},
    output="g",
)
slip(
    "geometric_mean",
    "wrong_local_derivative",
    "da",
    "da = dla / a",
    "da = a * dla",
    why="times a for divided by a",
)
slip(
    "geometric_mean",
    "wrong_local_derivative",
    "db",
    "db = dlb / b",
    "db = -dlb / b**2",
    why="differentiated the derivative of the logarithm once more",
)
slip(
    "geometric_mean",
    "pre_vs_post_activation",
    "dc",
    "dc = dlc / c",
    "dc = dlc / lc",
    why="the logarithm where its input was meant",
    also=("wrong_cached_variable",),
)
slip(
    "geometric_mean",
    "missing_local_gradient",
    "dla",
    "dla = dm / 3\ndlb = dm / 3\ndlc = dm / 3",
    "dla = dlb = dlc = dm",
    why="the 1/3 belongs to the stage",
    also=("missing_power_factor", "double_batch_scale"),
    others=(("dlb", "missing_local_gradient"), ("dlc", "missing_local_gradient")),
)
slip("geometric_mean", "missing_local_gradient", "da", "da = dla / a", "da = dla")
slip("geometric_mean", "missing_upstream_factor", "db", "db = dlb / b", "db = 1 / b")
slip(
    "geometric_mean",
    "wrong_local_derivative",
    "dm",
    "dm = g",
    "dm = m * math.exp(m - 1)",
    why="the power rule on exp",
)
slip(
    "geometric_mean",
    "pre_vs_post_activation",
    "dm",
    "dm = g",
    "dm = m",
    also=("wrong_cached_variable", "multiply_not_swapped"),
)
slip("geometric_mean", "missing_local_gradient", "dm", "dm = g", "dm = 1.0")
slip(
    "geometric_mean",
    "wrong_local_derivative",
    "da",
    "da = dla / a",
    "da = dla / math.log(a)",
    why="1 over the logarithm",
    also=("pre_vs_post_activation",),
)
