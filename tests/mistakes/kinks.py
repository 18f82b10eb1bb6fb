"""Slips at max, on numbers and on vectors, some at a tie."""

import numpy as np

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)
RNG = np.random.default_rng(6)

# -- the circuit of the notes: add, mul, max, times 2 ---------------------------------------------

program(
    "add_mul_max",
    """
    s = x * y
    m = max(z, w)
    t = s + m
    f = 2 * t
    """,
    """
    dt = 2.0
    ds = dt
    dm = dt
    dx = y * ds
    dy = x * ds
    dz = dm if z > w else 0.0
    dw = dm if w > z else 0.0
    """,
    "x y z w",
    {"x": 3.0, "y": -4.0, "z": 2.0, "w": -1.0},
)
NOTES = "add_mul_max"
DZ, DW = "dz = dm if z > w else 0.0", "dw = dm if w > z else 0.0"
slip(NOTES, "max_passes_value", "dz", DZ, "dz = z * dm if z > w else 0.0")
slip(
    NOTES,
    "max_passes_value",
    "dz",
    DZ,
    "dz = m * dm if z > w else 0.0",
    (DW, "dw = m * dm if w > z else 0.0"),
    others=(("dw", "max_passes_value"),),
)
slip(
    NOTES,
    "inverted_mask",
    "dz",
    DZ,
    "dz = dm if z < w else 0.0",
    (DW, "dw = dm if w < z else 0.0"),
    others=(("dw", "inverted_mask"),),
)
slip(
    NOTES, "inverted_mask", "dw", DW, "dw = dm if z > w else 0.0", why="the condition of dz copied"
)
slip(
    NOTES,
    "missing_local_gradient",
    "dz",
    DZ + "\n" + DW,
    "dz = dm\ndw = dm",
    why="max taken for an add gate",
    also=("wrong_local_derivative",),
    others=(("dw", "missing_local_gradient"),),
)
slip(NOTES, "missing_upstream_factor", "dz", DZ, "dz = 1.0 if z > w else 0.0")
slip(NOTES, "multiply_not_swapped", "dt", "dt = 2.0", "dt = t")
slip(NOTES, "missing_local_gradient", "dt", "dt = 2.0", "dt = 1.0")
slip(
    NOTES,
    "equally_misread_as_half",
    "ds",
    "ds = dt\ndm = dt",
    "ds = dt / 2\ndm = dt / 2",
    others=(("dm", "equally_misread_as_half"),),
)
slip(NOTES, "forward_value_instead_of_gradient", "ds", "ds = dt", "ds = t")
slip(NOTES, "wrong_sign", "dx", "dx = y * ds", "dx = -y * ds")
slip(NOTES, "missing_upstream_factor", "dy", "dy = x * ds", "dy = x")
slip(
    NOTES,
    "forward_value_instead_of_gradient",
    "dz",
    DZ,
    "dz = m if z > w else 0.0",
    also=("max_passes_value",),
)
slip(NOTES, "missing", "dw", DW, "", why="w lost, so its line was left out")

# -- ties -----------------------------------------------------------------------------------------

program(
    "max_at_a_tie",
    """
    m = max(a, b)
    f = m * c
    """,
    """
    dm = c
    dc = m
    da = (a >= b) * dm
    db = (b > a) * dm
    """,
    "a b c",
    {"a": 1.5, "b": 1.5, "c": -2.0},
)
slip(
    "max_at_a_tie",
    "tie_double_count",
    "da",
    "db = (b > a) * dm",
    "db = (b >= a) * dm",
    others=(("db", "tie_double_count"),),
)
slip(
    "max_at_a_tie",
    "tie_double_count",
    "da",
    "da = (a >= b) * dm\ndb = (b > a) * dm",
    "da = (a == m) * dm\ndb = (b == m) * dm",
    others=(("db", "tie_double_count"),),
)
slip(
    "max_at_a_tie",
    "inverted_mask",
    "da",
    "da = (a >= b) * dm\ndb = (b > a) * dm",
    "da = (a < b) * dm\ndb = (b <= a) * dm",
    others=(("db", "inverted_mask"),),
)
slip("max_at_a_tie", "max_passes_value", "da", "da = (a >= b) * dm", "da = (a >= b) * a * dm")

program(
    "elementwise_max_with_ties",
    """
    m = np.maximum(a, b)
    f = np.sum(m * g)
    """,
    """
    dm = g.copy()
    mask = a >= b
    da = dm * mask
    db = dm * (1 - mask)
    """,
    "a b",
    {
        "a": np.array([1.0, 2.0, 0.5, -1.0, 3.0]),
        "b": np.array([1.0, 0.0, 0.5, 2.0, -1.0]),
        "g": RNG.normal(size=5),
    },
)
TIES = "elementwise_max_with_ties"
slip(
    TIES,
    "tie_double_count",
    "da",
    "db = dm * (1 - mask)",
    "db = dm * (b >= a)",
    others=(("db", "tie_double_count"),),
)
slip(
    TIES,
    "inverted_mask",
    "da",
    "da = dm * mask\ndb = dm * (1 - mask)",
    "da = dm * (1 - mask)\ndb = dm * mask",
    others=(("db", "inverted_mask"),),
)
slip(TIES, "max_passes_value", "da", "da = dm * mask", "da = dm * np.where(mask, a, 0)")
slip(TIES, "missing_upstream_factor", "db", "db = dm * (1 - mask)", "db = (1.0 - mask)")
slip(
    TIES,
    "aliased_gradient",
    "da",
    "da = dm * mask\ndb = dm * (1 - mask)",
    "da = dm\nda[~mask] = 0\ndb = dm\ndb[mask] = 0",
    why="da, db and dm are one array, and the second mask changes all three",
    also=("mutates_upstream",),
    others=(("db", "mutates_upstream"),),
)
slip(
    TIES,
    "mutates_upstream",
    "dm",
    "da = dm * mask",
    "da = dm\nda[~mask] = 0",
    why="da is dm itself, so nothing is left of dm for db",
)
