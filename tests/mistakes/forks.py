"""Slips where a value is read more than once: skip connections, two heads, shared arrays."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)
RNG = np.random.default_rng(21)

# -- a skip connection, in numbers ----------------------------------------------------------------

program(
    "skip_connection",
    """
    h = w * x
    p = h * u
    q = p + h
    f = q * q
    """,
    """
    dq = 2 * q
    dp = dq
    dh = dq
    dh += u * dp
    du = h * dp
    dw = x * dh
    dx = w * dh
    """,
    "w x u",
    {"w": 1.2, "x": -0.8, "u": 0.6},
)
SKIP = "skip_connection"
slip(
    SKIP,
    "used_before_complete",
    "dw",
    "dh += u * dp\ndu = h * dp\ndw = x * dh\ndx = w * dh",
    "dw = x * dh\ndx = w * dh\ndh += u * dp\ndu = h * dp",
    others=(("dx", "used_before_complete"),),
)
slip(
    SKIP,
    "used_before_complete",
    "dw",
    "dh += u * dp\ndu = h * dp\ndw = x * dh",
    "dw = x * dh\ndh += u * dp\ndu = h * dp",
    why="dw moved up, dx left where it was",
)
slip(SKIP, "overwrite_at_fork", "dh", "dh += u * dp", "dh = u * dp")
slip(SKIP, "missing_path", "dh", "dh += u * dp", "")
slip(SKIP, "missing_path", "dh", "dh = dq\ndh += u * dp", "dh = u * dp")
slip(SKIP, "subtract_instead_of_add", "dh", "dh += u * dp", "dh -= u * dp")
slip(SKIP, "same_input_twice", "dq", "dq = 2 * q", "dq = q", also=("missing_power_factor",))
slip(
    SKIP,
    "equally_misread_as_half",
    "dp",
    "dp = dq\ndh = dq",
    "dp = 0.5 * dq\ndh = 0.5 * dq",
    others=(("dh", "equally_misread_as_half"),),
)
slip(SKIP, "missing_upstream_factor", "dh", "dh += u * dp", "dh += u")
slip(
    SKIP,
    "multiply_not_swapped",
    "dh",
    "dh += u * dp\ndu = h * dp",
    "dh += h * dp\ndu = u * dp",
    others=(("du", "multiply_not_swapped"),),
)
slip(SKIP, "forward_value_instead_of_gradient", "du", "du = h * dp", "du = h * p")

# -- two heads on one hidden vector ---------------------------------------------------------------

program(
    "two_heads",
    """
    h = np.tanh(x * s)
    left = h * l
    right = h * r
    f = np.sum(left * g) + 0.5 * np.sum(right**2)
    """,
    """
    dleft = g.copy()
    dright = right.copy()
    dl = h * dleft
    dr = h * dright
    dh = np.zeros_like(h)
    dh += l * dleft
    dh += r * dright
    dz = (1 - h**2) * dh
    dx = dz * s
    ds = dz * x
    """,
    "x s l r",
    {n: RNG.normal(size=4) for n in "xslrg"},
)
HEADS = "two_heads"
slip(
    HEADS,
    "used_before_complete",
    "dx",
    "dh += r * dright\ndz = (1 - h**2) * dh",
    "dz = (1 - h**2) * dh\ndh += r * dright",
    others=(("ds", "used_before_complete"),),
)
slip(HEADS, "overwrite_at_fork", "dh", "dh += r * dright", "dh = r * dright")
slip(HEADS, "missing_path", "dh", "dh += l * dleft", "")
slip(HEADS, "subtract_instead_of_add", "dh", "dh += r * dright", "dh -= r * dright")
slip(
    HEADS,
    "mutates_upstream",
    "dx",
    "dr = h * dright",
    "dr = h\ndr *= dright",
    why="dr is h itself, and h is needed for the tanh",
    also=("aliased_gradient",),
    others=(("ds", "mutates_upstream"),),
)
slip(HEADS, "forward_value_instead_of_gradient", "dl", "dl = h * dleft", "dl = h * left")
slip(HEADS, "missing_upstream_factor", "dr", "dr = h * dright", "dr = h")
slip(
    HEADS,
    "pre_vs_post_activation",
    "dx",
    "dz = (1 - h**2) * dh",
    "dz = (1 - (x * s) ** 2) * dh",
    others=(("ds", "pre_vs_post_activation"),),
)
slip(
    HEADS,
    "wrong_local_derivative",
    "dx",
    "dz = (1 - h**2) * dh",
    "dz = h * (1 - h) * dh",
    why="the sigmoid's rule on tanh",
    others=(("ds", "wrong_local_derivative"),),
)
slip(HEADS, "multiply_not_swapped", "dx", "dx = dz * s", "dx = dz * x")
slip(HEADS, "wrong_cached_variable", "dh", "dh += r * dright", "dh += l * dright")
slip(
    HEADS,
    "missing_local_gradient",
    "dright",
    "dright = right.copy()",
    "dright = np.ones_like(right)",
)

# -- one array under two names --------------------------------------------------------------------

program(
    "shared_sum",
    """
    s = x + y
    p = s * x
    t = p - y
    f = np.sum(t * g)
    """,
    """
    dt = g.copy()
    dp = dt.copy()
    dy = -dt
    ds = x * dp
    dx = s * dp
    dx += ds
    dy += ds
    """,
    "x y",
    {n: RNG.normal(size=5) for n in "xyg"},
)
SHARED = "shared_sum"
slip(
    SHARED,
    "aliased_gradient",
    "ds",
    "dx = s * dp\ndx += ds\ndy += ds",
    "dx = ds\ndx += s * dp\ndy += ds",
    why="dx is ds itself, so dy gets too much as well",
    also=("mutates_upstream",),
)
slip(
    SHARED,
    "aliased_gradient",
    "ds",
    "dy = -dt\nds = x * dp\ndx = s * dp\ndx += ds\ndy += ds",
    "ds = x * dp\ndx = ds\ndy = ds\ndx += s * dp\ndy = dy - dt",
    why="ds, dx and dy are one array; dy gets the share of dx",
    also=("mutates_upstream",),
)
slip(
    SHARED,
    "aliased_gradient",
    "dx",
    "dy = -dt\nds = x * dp\ndx = s * dp\ndx += ds\ndy += ds",
    "dx = dy = np.zeros_like(x)\ndy -= dt\nds = x * dp\ndx += s * dp\ndx += ds\ndy += ds",
    why="one buffer of zeros for both",
    others=(("dy", "aliased_gradient"),),
)
slip(SHARED, "lost_minus", "dy", "dy = -dt", "dy = dt.copy()", also=("missing_local_gradient",))
slip(SHARED, "overwrite_at_fork", "dy", "dy += ds", "dy = ds")
slip(SHARED, "overwrite_at_fork", "dx", "dx += ds", "dx = ds")
slip(SHARED, "missing_path", "dx", "dx = s * dp\ndx += ds", "dx = ds")
slip(
    SHARED,
    "subtract_instead_of_add",
    "dy",
    "dy += ds",
    "dy -= ds",
    why="the minus of p - y carried on",
)
slip(SHARED, "missing_upstream_factor", "ds", "ds = x * dp", "ds = x.copy()")
slip(SHARED, "multiply_not_swapped", "ds", "ds = x * dp", "ds = s * dp")
slip(
    SHARED,
    "used_before_complete",
    "dy",
    "ds = x * dp\ndx = s * dp\ndx += ds\ndy += ds",
    "ds = np.zeros_like(s)\ndy += ds\nds += x * dp\ndx = s * dp\ndx += ds",
)

# -- gathered by index: entries read more than once -----------------------------------------------

program(
    "gathered",
    """
    picked = table[rows]
    scaled = picked * gain
    f = np.sum(scaled * g)
    """,
    """
    dscaled = g
    dpicked = dscaled * gain
    dgain = np.sum(dscaled * picked)
    dtable = np.zeros_like(table)
    for k, row in enumerate(rows):
        dtable[row] += dpicked[k]
    """,
    "table gain",
    {
        "table": RNG.normal(size=4),
        "gain": 1.6,
        "rows": np.array([2, 0, 2, 3, 2, 0]),
        "g": RNG.normal(size=6),
    },
)
SCATTER = "for k, row in enumerate(rows):\n    dtable[row] += dpicked[k]"
slip(
    "gathered",
    "overwrite_at_fork",
    "dtable",
    SCATTER,
    "dtable[rows] += dpicked",
    why="+= with repeated indices keeps the last only",
)
slip("gathered", "overwrite_at_fork", "dtable", SCATTER, "dtable[rows] = dpicked")
slip(
    "gathered",
    "overwrite_at_fork",
    "dtable",
    "dtable[row] += dpicked[k]",
    "dtable[row] = dpicked[k]",
)
slip(
    "gathered",
    "subtract_instead_of_add",
    "dtable",
    SCATTER,
    "np.subtract.at(dtable, rows, dpicked)",
)
slip(
    "gathered",
    "wrong_shape",
    "dtable",
    "dtable = np.zeros_like(table)\n" + SCATTER,
    "dtable = dpicked",
    why="not scattered back into the table",
)
slip(
    "gathered",
    "missing_upstream_factor",
    "dpicked",
    "dpicked = dscaled * gain",
    "dpicked = np.full_like(picked, gain)",
)
slip(
    "gathered",
    "missing_local_gradient",
    "dpicked",
    "dpicked = dscaled * gain",
    "dpicked = dscaled.copy()",
)
slip(
    "gathered",
    "missing_unbroadcast_sum",
    "dgain",
    "dgain = np.sum(dscaled * picked)",
    "dgain = dscaled * picked",
)
slip(
    "gathered",
    "mean_instead_of_sum",
    "dgain",
    "dgain = np.sum(dscaled * picked)",
    "dgain = np.mean(dscaled * picked)",
)
slip(
    "gathered",
    "wrong_cached_variable",
    "dgain",
    "dgain = np.sum(dscaled * picked)",
    "dgain = np.sum(dscaled * scaled)",
)
slip(
    "gathered",
    "raises",
    "dtable",
    SCATTER,
    "for k, row in enumerate(rows):\n    dtable[k] += dpicked[row]",
    why="the two indices exchanged: past the end of the table",
)
slip(
    "gathered",
    "extra_keepdims_shape",
    "dgain",
    "dgain = np.sum(dscaled * picked)",
    "dgain = np.sum(dscaled * picked, keepdims=True)",
)
