"""Slips in the circuits of the notes: flat, one stage a line."""

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)

# -- the first example ----------------------------------------------------------------------------

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
slip("add_times", "wrong_sign", "dy", "dy = 1.0 * dq", "dy = -1.0 * dq", why="as if q = x - y")
slip(
    "add_times",
    "multiply_not_swapped",
    "dz",
    "dz = q\ndq = z",
    "dz = z\ndq = q",
    others=(("dq", "multiply_not_swapped"),),
)
slip("add_times", "missing_local_gradient", "dz", "dz = q", "dz = 1.0")
slip(
    "add_times",
    "missing_upstream_factor",
    "dx",
    "dx = 1.0 * dq\ndy = 1.0 * dq",
    "dx = 1.0\ndy = 1.0",
    others=(("dy", "missing_upstream_factor"),),
)
slip(
    "add_times",
    "equally_misread_as_half",
    "dx",
    "dx = 1.0 * dq\ndy = 1.0 * dq",
    "dx = 0.5 * dq\ndy = 0.5 * dq",
    others=(("dy", "equally_misread_as_half"),),
)
slip("add_times", "forward_value_instead_of_gradient", "dx", "dx = 1.0 * dq", "dx = 1.0 * q")
slip(
    "add_times",
    "wrong_local_derivative",
    "dx",
    "dx = 1.0 * dq\ndy = 1.0 * dq",
    "dx = y * dq\ndy = x * dq",
    why="the multiply gate's rule on an add gate",
    others=(("dy", "wrong_local_derivative"),),
)
slip("add_times", "missing", "dy", "dy = 1.0 * dq", "")
slip(
    "add_times",
    "raises",
    "dx",
    "dq = z\ndx = 1.0 * dq",
    "dx = 1.0 * dq\ndq = z",
    why="the stages not taken in reverse: dq has no value yet",
)

# -- the staged example ---------------------------------------------------------------------------

program(
    "staged_example",
    """
    sigy = 1.0 / (1 + math.exp(-y)) # sigmoid in numerator
    num = x + sigy # numerator
    sigx = 1.0 / (1 + math.exp(-x)) # sigmoid in denominator
    xpy = x + y
    xpysqr = xpy**2
    den = sigx + xpysqr # denominator
    invden = 1.0 / den
    f = num * invden
    """,
    """
    # backprop f = num * invden
    dnum = invden
    dinvden = num
    # backprop invden = 1.0 / den
    dden = (-1.0 / (den**2)) * dinvden
    # backprop den = sigx + xpysqr
    dsigx = (1) * dden
    dxpysqr = (1) * dden
    # backprop xpysqr = xpy**2
    dxpy = (2 * xpy) * dxpysqr
    # backprop xpy = x + y
    dx = (1) * dxpy
    dy = (1) * dxpy
    # backprop sigx
    dx += ((1 - sigx) * sigx) * dsigx
    # backprop num = x + sigy
    dx += (1) * dnum
    dsigy = (1) * dnum
    # backprop sigy
    dy += ((1 - sigy) * sigy) * dsigy
    """,
    "x y",
    {"x": 3.0, "y": -4.0},
)
STAGED = "staged_example"
DDEN = "dden = (-1.0 / (den**2)) * dinvden"
slip(STAGED, "lost_minus", "dden", DDEN, "dden = (1.0 / (den**2)) * dinvden")
slip(STAGED, "wrong_local_derivative", "dden", DDEN, "dden = (-1.0 / den) * dinvden")
slip(STAGED, "missing_upstream_factor", "dden", DDEN, "dden = -1.0 / (den**2)")
slip(
    STAGED,
    "pre_vs_post_activation",
    "dden",
    DDEN,
    "dden = (-1.0 / (invden**2)) * dinvden",
    why="squared the inverse where the denominator was meant",
    also=("wrong_cached_variable",),
)
slip(STAGED, "forward_value_instead_of_gradient", "dden", DDEN, "dden = (-1.0 / (den**2)) * invden")
slip(
    STAGED,
    "multiply_not_swapped",
    "dnum",
    "dnum = invden\ndinvden = num",
    "dnum = num\ndinvden = invden",
    others=(("dinvden", "multiply_not_swapped"),),
)
slip(STAGED, "missing_power_factor", "dxpy", "dxpy = (2 * xpy) * dxpysqr", "dxpy = xpy * dxpysqr")
slip(
    STAGED,
    "wrong_local_derivative",
    "dxpy",
    "dxpy = (2 * xpy) * dxpysqr",
    "dxpy = 2 * xpy**2 * dxpysqr",
    why="the exponent came down and stayed up too",
)
slip(STAGED, "missing_upstream_factor", "dxpy", "dxpy = (2 * xpy) * dxpysqr", "dxpy = 2 * xpy")
slip(
    STAGED,
    "overwrite_at_fork",
    "dx",
    "dx += ((1 - sigx) * sigx) * dsigx",
    "dx = ((1 - sigx) * sigx) * dsigx",
)
slip(STAGED, "overwrite_at_fork", "dx", "dx += (1) * dnum", "dx = (1) * dnum")
slip(
    STAGED,
    "overwrite_at_fork",
    "dy",
    "dy += ((1 - sigy) * sigy) * dsigy",
    "dy = ((1 - sigy) * sigy) * dsigy",
)
slip(STAGED, "missing_path", "dx", "dx += (1) * dnum", "")
slip(STAGED, "missing_path", "dy", "dy += ((1 - sigy) * sigy) * dsigy", "")
slip(STAGED, "missing_path", "dx", "dx += ((1 - sigx) * sigx) * dsigx", "")
slip(STAGED, "subtract_instead_of_add", "dx", "dx += (1) * dnum", "dx -= (1) * dnum")
slip(
    STAGED,
    "pre_vs_post_activation",
    "dx",
    "dx += ((1 - sigx) * sigx) * dsigx",
    "dx += ((1 - x) * x) * dsigx",
)
slip(
    STAGED,
    "wrong_cached_variable",
    "dy",
    "dy += ((1 - sigy) * sigy) * dsigy",
    "dy += ((1 - sigx) * sigx) * dsigy",
    why="the line for x copied, one name left unchanged",
)
slip(
    STAGED,
    "unknown",
    "dy",
    "dy += ((1 - sigy) * sigy) * dsigy",
    "dy += ((1 - sigy) * sigy) * dsigx",
    why="the gradient of another name; no label says that",
)
slip(
    STAGED,
    "wrong_sign",
    "dy",
    "dy += ((1 - sigy) * sigy) * dsigy",
    "dy += -((1 - sigy) * sigy) * dsigy",
    why="the minus of exp(-y) put into a derivative that has it already",
    also=("subtract_instead_of_add",),
)
slip(
    STAGED,
    "forward_value_instead_of_gradient",
    "dx",
    "dx += ((1 - sigx) * sigx) * dsigx",
    "dx += ((1 - sigx) * sigx) * sigx",
)
slip(
    STAGED,
    "wrong_local_derivative",
    "dsigx",
    "dsigx = (1) * dden",
    "dsigx = sigx * dden",
    why="the multiply gate's rule on an add gate",
    also=("max_passes_value", "multiply_not_swapped"),
)
slip(
    STAGED,
    "used_before_complete",
    "dsigy",
    "dnum = invden",
    "dnum = 0.0",
    ("dsigy = (1) * dnum", "dsigy = (1) * dnum\ndnum += invden\ndx += dnum"),
    ("dx += (1) * dnum", ""),
    why="the gradient arrives after the line that hands it on",
)
slip(
    STAGED,
    "missing",
    "dx",
    "dx = (1) * dxpy\ndy = (1) * dxpy",
    "dy = (1) * dxpy",
    ("dx += ((1 - sigx) * sigx) * dsigx", ""),
    ("dx += (1) * dnum", ""),
    why="stopped when dy was there",
)
slip(
    STAGED,
    "wrong_local_derivative",
    "dx",
    "dx += ((1 - sigx) * sigx) * dsigx",
    "dx += (1 - sigx**2) * dsigx",
    why="the derivative of tanh on a sigmoid",
)
slip(
    STAGED,
    "lost_minus",
    "dden",
    DDEN,
    "dden = (1.0 / (den**2)) * dinvden",
    ("dy += ((1 - sigy) * sigy) * dsigy", "dy = ((1 - sigy) * sigy) * dsigy"),
    why="two slips that have nothing to do with each other",
    others=(("dy", "overwrite_at_fork"),),
)

# -- reading expressions in place -----------------------------------------------------------------

program(
    "horner",
    """
    p = a * x
    p2 = p + b
    r = p2 * x
    r2 = r + c
    f = r2 * x
    """,
    """
    dr2 = x
    dx = r2
    dr = dr2
    dc = dr2
    dp2 = x * dr
    dx += p2 * dr
    dp = dp2
    db = dp2
    da = x * dp
    dx += a * dp
    """,
    "a b c x",
    {"a": 1.5, "b": -2.0, "c": 0.7, "x": 1.2},
)
slip("horner", "overwrite_at_fork", "dx", "dx += p2 * dr", "dx = p2 * dr")
slip("horner", "overwrite_at_fork", "dx", "dx += a * dp", "dx = a * dp")
slip("horner", "missing_path", "dx", "dx = r2", "dx = 0", why="the stage read last was forgotten")
slip("horner", "missing_path", "dx", "dx += p2 * dr", "")
slip("horner", "subtract_instead_of_add", "dx", "dx += a * dp", "dx -= a * dp")
slip("horner", "multiply_not_swapped", "da", "da = x * dp", "da = a * dp")
slip("horner", "multiply_not_swapped", "dx", "dx += p2 * dr", "dx += x * dr")
slip(
    "horner",
    "wrong_cached_variable",
    "dx",
    "dx += p2 * dr",
    "dx += p * dr",
    why="p and p2 taken for each other",
)
slip("horner", "missing_upstream_factor", "dx", "dx += a * dp", "dx += a")
slip("horner", "missing_local_gradient", "dp2", "dp2 = x * dr", "dp2 = dr")
slip(
    "horner",
    "missing_upstream_factor",
    "dp2",
    "dp2 = x * dr",
    "dp2 = x",
    ("da = x * dp", "da = x"),
    others=(("da", "missing_upstream_factor"),),
)
slip(
    "horner",
    "unknown",
    "dx",
    "dx += a * dp",
    "dx += a * dp\ndx += a * dp",
    why="a contribution added twice; no label says that",
)
