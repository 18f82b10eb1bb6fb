"""Slips in the small circuits of the notes: flat, one stage a line."""

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)

program(
    "add_times",
    """
q = x + y
f = q * z
""",
    """
dz = q
dq = z
dx = 1.0 * dq
dy = 1.0 * dq
""",
    "x y z",
    {"x": -2.0, "y": 5.0, "z": -4.0},
)
slip("add_times", "wrong_sign", "dq", "dq = z", "dq = -z")
