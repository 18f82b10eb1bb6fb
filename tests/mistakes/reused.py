"""Slips where a name holds several values in turn: recurrent steps, loops, temporaries used again."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)
RNG = np.random.default_rng(11)

# -- two steps of a recurrent cell, written out ---------------------------------------------------

program(
    "rnn_two_steps",
    """
    a1 = wx * x1 + wh * h0 + b
    h1 = np.tanh(a1)
    a2 = wx * x2 + wh * h1 + b
    h2 = np.tanh(a2)
    loss = 0.5 * (h2 - target) ** 2
    """,
    """
    dh2 = h2 - target
    da2 = (1 - h2**2) * dh2
    dwx = x2 * da2
    dwh = h1 * da2
    db = da2
    dx2 = wx * da2
    dh1 = wh * da2
    da1 = (1 - h1**2) * dh1
    dwx += x1 * da1
    dwh += h0 * da1
    db += da1
    dx1 = wx * da1
    dh0 = wh * da1
    """,
    "wx wh b x1 x2 h0",
    {"wx": 0.9, "wh": -0.6, "b": 0.2, "x1": 1.1, "x2": -0.4, "h0": 0.3, "target": 0.8},
    output="loss",
)
RNN = "rnn_two_steps"
slip(
    RNN,
    "wrong_cached_variable",
    "da1",
    "da1 = (1 - h1**2) * dh1",
    "da1 = (1 - h2**2) * dh1",
    why="the later step's activation",
)
slip(
    RNN,
    "wrong_cached_variable",
    "dwh",
    "dwh += h0 * da1",
    "dwh += h1 * da1",
    why="the step before was meant",
)
slip(
    RNN,
    "wrong_cached_variable",
    "dwh",
    "dwh = h1 * da2",
    "dwh = h2 * da2",
    why="the step's own h, not the one it read",
)
slip(RNN, "pre_vs_post_activation", "da2", "da2 = (1 - h2**2) * dh2", "da2 = (1 - a2**2) * dh2")
slip(RNN, "wrong_local_derivative", "da2", "da2 = (1 - h2**2) * dh2", "da2 = (1 - h2) * dh2")
slip(
    RNN,
    "wrong_local_derivative",
    "da1",
    "da1 = (1 - h1**2) * dh1",
    "da1 = h1 * (1 - h1) * dh1",
    why="the sigmoid's rule on tanh",
)
slip(RNN, "overwrite_at_fork", "dwx", "dwx += x1 * da1", "dwx = x1 * da1")
slip(RNN, "overwrite_at_fork", "db", "db += da1", "db = da1")
slip(RNN, "missing_path", "dwh", "dwh += h0 * da1", "", why="h0 taken for zero")
slip(RNN, "missing_path", "db", "db += da1", "")
slip(RNN, "missing_upstream_factor", "da1", "da1 = (1 - h1**2) * dh1", "da1 = 1 - h1**2")
slip(
    RNN,
    "missing_local_gradient",
    "da1",
    "da1 = (1 - h1**2) * dh1",
    "da1 = dh1",
    why="the tanh of the first step forgotten",
)
slip(RNN, "multiply_not_swapped", "dh1", "dh1 = wh * da2", "dh1 = h1 * da2")
slip(RNN, "wrong_sign", "dh2", "dh2 = h2 - target", "dh2 = target - h2")
slip(RNN, "forward_value_instead_of_gradient", "dh1", "dh1 = wh * da2", "dh1 = wh * a2")
slip(RNN, "subtract_instead_of_add", "dwx", "dwx += x1 * da1", "dwx -= x1 * da1")

# -- one cell called again and again: the names hold the last step --------------------------------

program(
    "rnn_loop",
    """
    h = h0
    kept = []
    for x in xs:
        kept.append(h)
        h = math.tanh(w * h + u * x)
    f = h * v
    """,
    """
    dv = h
    dh = v
    dw = 0.0
    du = 0.0
    for x, before in zip(reversed(xs), reversed(kept)):
        after = math.tanh(w * before + u * x)
        dpre = (1 - after**2) * dh
        dw += before * dpre
        du += x * dpre
        dh = w * dpre
    dh0 = dh
    """,
    "w u v h0",
    {"w": 0.7, "u": -0.5, "v": 1.5, "h0": 0.4, "xs": [0.5, -1.0, 2.0]},
)
slip(
    "rnn_loop",
    "stale_cache",
    "dw",
    "after = math.tanh(w * before + u * x)\ndpre = (1 - after**2) * dh",
    "dpre = (1 - h**2) * dh",
    why="h is the last step's at every step",
    others=(("du", "stale_cache"), ("dh0", "stale_cache")),
)
slip(
    "rnn_loop",
    "stale_cache",
    "dw",
    "dw += before * dpre",
    "dw += h * dpre",
    why="h is the last step's at every step",
)
slip(
    "rnn_loop",
    "overwrite_at_fork",
    "dw",
    "dw += before * dpre",
    "dw = before * dpre",
    why="every step adds to dw",
)
slip("rnn_loop", "overwrite_at_fork", "du", "du += x * dpre", "du = x * dpre")
slip("rnn_loop", "wrong_cached_variable", "dw", "dw += before * dpre", "dw += after * dpre")
slip(
    "rnn_loop",
    "missing_local_gradient",
    "dw",
    "dpre = (1 - after**2) * dh",
    "dpre = dh",
    others=(("du", "missing_local_gradient"), ("dh0", "missing_local_gradient")),
)
slip(
    "rnn_loop",
    "forward_value_instead_of_gradient",
    "dw",
    "dpre = (1 - after**2) * dh",
    "dpre = (1 - after**2) * h",
    others=(
        ("du", "forward_value_instead_of_gradient"),
        ("dh0", "forward_value_instead_of_gradient"),
    ),
)
slip(
    "rnn_loop",
    "missing_path",
    "dw",
    "dh = w * dpre",
    "",
    why="nothing handed back to the step before",
    also=("unknown",),
    others=(("du", "missing_path"), ("dh0", "missing_local_gradient")),
)
slip(
    "rnn_loop",
    "unknown",
    "dw",
    "for x, before in zip(reversed(xs), reversed(kept)):",
    "for x, before in zip(xs, kept):",
    why="the steps taken forwards",
    also=("wrong_cached_variable", "stale_cache"),
    others=(("du", "unknown"),),
)

# -- a temporary used twice -----------------------------------------------------------------------

program(
    "temporary_twice",
    """
    t = x * y
    a = math.sin(t)
    t2 = x + z
    b = math.exp(0.3 * t2)
    f = a * b
    """,
    """
    da = b
    db = a
    dt2 = 0.3 * b * db
    dx = dt2
    dz = dt2
    dt = math.cos(t) * da
    dx += y * dt
    dy = x * dt
    """,
    "x y z",
    {"x": 0.9, "y": 1.4, "z": -0.5},
)
slip(
    "temporary_twice",
    "wrong_cached_variable",
    "dt",
    "dt = math.cos(t) * da",
    "dt = math.cos(t2) * da",
    why="t2 is the later temporary",
)
slip(
    "temporary_twice",
    "pre_vs_post_activation",
    "dt",
    "dt = math.cos(t) * da",
    "dt = math.cos(a) * da",
    also=("wrong_cached_variable",),
)
slip(
    "temporary_twice",
    "wrong_sign",
    "dt",
    "dt = math.cos(t) * da",
    "dt = -math.cos(t) * da",
    why="the rule of cos mixed in",
)
slip(
    "temporary_twice",
    "wrong_local_derivative",
    "dt",
    "dt = math.cos(t) * da",
    "dt = math.sin(t) * da",
)
slip(
    "temporary_twice",
    "missing_local_gradient",
    "dt2",
    "dt2 = 0.3 * b * db",
    "dt2 = b * db",
    why="the inner 0.3 left out",
    also=("wrong_local_derivative", "missing_power_factor"),
)

program(
    "temporary_reused",
    """
    t = x * y
    c = math.cos(t)
    s = math.sin(t)
    t = s * z
    u = t + x
    f = u**2
    """,
    """
    du = 2 * u
    dx = du
    ds = z * du
    dz = s * du
    dprod = c * ds
    dx += y * dprod
    dy = x * dprod
    """,
    "x y z",
    {"x": 0.8, "y": -1.2, "z": 1.9},
)
REUSED = "temporary_reused"
slip(
    REUSED,
    "stale_cache",
    "dx",
    "dprod = c * ds",
    "dprod = math.cos(t) * ds",
    why="t is s * z by now",
    others=(("dy", "stale_cache"),),
)
slip(
    REUSED,
    "wrong_cached_variable",
    "dx",
    "dprod = c * ds",
    "dprod = s * ds",
    also=("wrong_local_derivative",),
    why="sin where cos had been kept for this",
    others=(("dy", "wrong_cached_variable"),),
)
slip(
    REUSED,
    "stale_cache",
    "dz",
    "dz = s * du",
    "dz = t * du",
    why="meant the value t had before",
    also=("wrong_cached_variable",),
)
slip(REUSED, "missing_power_factor", "du", "du = 2 * u", "du = u")
slip(REUSED, "missing_path", "dx", "dx = du", "dx = 0.0")
slip(REUSED, "overwrite_at_fork", "dx", "dx += y * dprod", "dx = y * dprod")

# -- layers that overwrite their input, on vectors ------------------------------------------------

program(
    "residual_blocks",
    """
    h = x.copy()
    inputs = []
    for k in range(3):
        inputs.append(h.copy())
        h = h + a * np.tanh(h * s)
    f = np.sum(h * g)
    """,
    """
    dh = g.copy()
    ds = np.zeros_like(s)
    da = 0.0
    for k in reversed(range(3)):
        t = np.tanh(inputs[k] * s)
        da += np.sum(t * dh)
        dt = a * dh
        dpre = (1 - t**2) * dt
        ds += inputs[k] * dpre
        dh = dh + s * dpre
    dx = dh
    """,
    "x s a",
    {"x": RNG.normal(size=5), "s": RNG.normal(size=5), "a": 0.6, "g": RNG.normal(size=5)},
)
BLOCKS = "residual_blocks"
slip(
    BLOCKS,
    "stale_cache",
    "ds",
    "t = np.tanh(inputs[k] * s)",
    "t = np.tanh(h * s)",
    why="h is the last block's",
    others=(("da", "stale_cache"), ("dx", "stale_cache")),
)
slip(BLOCKS, "stale_cache", "ds", "ds += inputs[k] * dpre", "ds += h * dpre")
slip(
    BLOCKS,
    "missing_path",
    "ds",
    "dh = dh + s * dpre",
    "dh = s * dpre",
    why="the skip connection forgotten",
    also=("overwrite_at_fork",),
    others=(("da", "missing_path"), ("dx", "missing_path")),
)
slip(
    BLOCKS,
    "mutates_upstream",
    "ds",
    "dt = a * dh",
    "dt = dh\ndt *= a",
    why="dt is dh itself, still needed below",
    also=("aliased_gradient",),
    others=(("da", "mutates_upstream"), ("dx", "mutates_upstream")),
)
slip(BLOCKS, "overwrite_at_fork", "ds", "ds += inputs[k] * dpre", "ds = inputs[k] * dpre")
slip(BLOCKS, "overwrite_at_fork", "da", "da += np.sum(t * dh)", "da = np.sum(t * dh)")
slip(BLOCKS, "missing_unbroadcast_sum", "da", "da += np.sum(t * dh)", "da = da + t * dh")
slip(BLOCKS, "mean_instead_of_sum", "da", "da += np.sum(t * dh)", "da += np.mean(t * dh)")
slip(
    BLOCKS,
    "missing_path",
    "ds",
    "dh = dh + s * dpre",
    "",
    why="the branch hands nothing back to h",
    others=(("da", "missing_path"), ("dx", "missing_path")),
)
