"""Slips where a branch is chosen: Huber loss, clip, leaky relu, argmax."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)
RNG = np.random.default_rng(6)

# -- three ways, in `if` and `elif` ---------------------------------------------------------------

program(
    "huber",
    """
    r = w * x - t
    size = abs(r)
    if size <= delta:
        loss = 0.5 * r * r
    else:
        loss = delta * (size - 0.5 * delta)
    """,
    """
    if size <= delta:
        dr = r
    elif r > 0:
        dr = delta
    else:
        dr = -delta
    dw = x * dr
    dx = w * dr
    dt = -dr
    """,
    "w x t",
    {"w": 1.3, "x": -2.0, "t": 0.4, "delta": 1.0},
    output="loss",
)
slip(
    "huber",
    "lost_minus",
    "dr",
    "dr = -delta",
    "dr = delta",
    why="the slope of abs on the left",
    also=("wrong_sign",),
)
slip("huber", "lost_minus", "dt", "dt = -dr", "dt = dr", also=("missing_local_gradient",))
slip(
    "huber",
    "wrong_sign",
    "dr",
    "elif r > 0:",
    "elif r < 0:",
    why="the two sides of abs exchanged",
    also=("inverted_mask", "lost_minus"),
)
slip("huber", "missing_power_factor", "dr", "dr = r", "dr = 0.5 * r", also=("same_input_twice",))
slip(
    "huber",
    "multiply_not_swapped",
    "dw",
    "dw = x * dr\ndx = w * dr",
    "dw = w * dr\ndx = x * dr",
    others=(("dx", "multiply_not_swapped"),),
)
slip("huber", "wrong_cached_variable", "dr", "dr = -delta", "dr = -size")

# -- leaky relu, min and clip on vectors ----------------------------------------------------------

program(
    "clipped",
    """
    z = w * x + b
    h = np.where(z > 0, z, 0.1 * z)
    c = np.clip(h, -0.2, 1.0)
    low = np.minimum(c, cap)
    f = np.sum(low * g)
    """,
    """
    dlow = g
    dc = dlow * (c < cap)
    dcap = dlow * (c >= cap)
    dh = dc * ((h > -0.2) & (h < 1.0))
    dz = np.where(z > 0, dh, 0.1 * dh)
    dw = dz * x
    dx = dz * w
    db = np.sum(dz)
    """,
    "w x b cap",
    {
        "w": RNG.normal(size=7),
        "x": RNG.normal(size=7),
        "b": 0.15,
        "cap": RNG.uniform(0.0, 0.8, size=7),
        "g": RNG.normal(size=7),
    },
)
slip(
    "clipped",
    "inverted_mask",
    "dc",
    "dc = dlow * (c < cap)",
    "dc = dlow * (c > cap)",
    why="min taken for max",
)
slip("clipped", "max_passes_value", "dc", "dc = dlow * (c < cap)", "dc = dlow * c * (c < cap)")
slip(
    "clipped",
    "max_passes_value",
    "dcap",
    "dcap = dlow * (c >= cap)",
    "dcap = dlow * low * (c >= cap)",
)
slip(
    "clipped",
    "missing_local_gradient",
    "dh",
    "dh = dc * ((h > -0.2) & (h < 1.0))",
    "dh = dc",
    why="the clip forgotten",
)
slip(
    "clipped",
    "inverted_mask",
    "dh",
    "dh = dc * ((h > -0.2) & (h < 1.0))",
    "dh = dc * ((h < -0.2) | (h > 1.0))",
)
slip(
    "clipped",
    "max_passes_value",
    "dh",
    "dh = dc * ((h > -0.2) & (h < 1.0))",
    "dh = dc * np.clip(h, -0.2, 1.0)",
    why="the forward function applied to h and multiplied in",
    also=("wrong_local_derivative",),
)
slip(
    "clipped",
    "inverted_mask",
    "dz",
    "dz = np.where(z > 0, dh, 0.1 * dh)",
    "dz = np.where(z > 0, 0.1 * dh, dh)",
)
slip(
    "clipped",
    "wrong_local_derivative",
    "dz",
    "dz = np.where(z > 0, dh, 0.1 * dh)",
    "dz = np.where(z > 0, dh, 0)",
    why="the plain relu's rule on a leaky one",
)
slip(
    "clipped",
    "forward_value_instead_of_gradient",
    "dz",
    "dz = np.where(z > 0, dh, 0.1 * dh)",
    "dz = np.where(z > 0, dh, 0.1 * h)",
)
slip("clipped", "missing_unbroadcast_sum", "db", "db = np.sum(dz)", "db = dz")
slip("clipped", "mean_instead_of_sum", "db", "db = np.sum(dz)", "db = np.mean(dz)")
slip("clipped", "multiply_not_swapped", "dx", "dx = dz * w", "dx = dz * x")
slip("clipped", "missing_upstream_factor", "dc", "dc = dlow * (c < cap)", "dc = 1.0 * (c < cap)")

# -- the largest of three, by argmax --------------------------------------------------------------

program(
    "largest_of_three",
    """
    p = a * k
    q = b * k
    r = c * k
    top = max(p, q, r)
    f = top - k
    """,
    """
    dtop = 1.0
    dk = -1.0
    dp = dq = dr = 0.0
    if top == p:
        dp = dtop
    elif top == q:
        dq = dtop
    else:
        dr = dtop
    da = k * dp
    db = k * dq
    dc = k * dr
    dk += a * dp + b * dq + c * dr
    """,
    "a b c k",
    {"a": 1.0, "b": 2.5, "c": -0.5, "k": 1.4},
)
slip("largest_of_three", "lost_minus", "dk", "dk = -1.0", "dk = 1.0")
slip("largest_of_three", "missing_path", "dk", "dk += a * dp + b * dq + c * dr", "")
slip(
    "largest_of_three",
    "overwrite_at_fork",
    "dk",
    "dk += a * dp + b * dq + c * dr",
    "dk = a * dp + b * dq + c * dr",
)
slip(
    "largest_of_three",
    "missing_path",
    "dk",
    "dk += a * dp + b * dq + c * dr",
    "dk += a * dp + b * dq",
    why="r reads k as well",
)
slip("largest_of_three", "max_passes_value", "dq", "    dq = dtop", "    dq = q")
slip(
    "largest_of_three",
    "inverted_mask",
    "dp",
    "if top == p:\n    dp = dtop\nelif top == q:\n    dq = dtop\nelse:\n    dr = dtop",
    "low = min(p, q, r)\nif low == p:\n    dp = dtop\nelif low == q:\n    dq = dtop\nelse:\n    dr = dtop",
    others=(("dq", "inverted_mask"), ("dr", "inverted_mask")),
)
slip(
    "largest_of_three",
    "missing_upstream_factor",
    "db",
    "db = k * dq",
    "db = k",
    why="gradient for an input that may not have won",
)
