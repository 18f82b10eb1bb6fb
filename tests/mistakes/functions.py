"""Slips in functions of one number: bell curve, distance, damped wave, parallel resistors."""

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)

# -- the density of the normal distribution -------------------------------------------------------

program(
    "gaussian",
    """
    d = x - mu
    z = d / sigma
    e = math.exp(-0.5 * z**2)
    norm = sigma * math.sqrt(2 * math.pi)
    f = e / norm
    """,
    """
    de = 1 / norm
    dnorm = -e / norm**2
    dsigma = math.sqrt(2 * math.pi) * dnorm
    dz = -z * e * de
    dd = dz / sigma
    dsigma += -d / sigma**2 * dz
    dx = dd
    dmu = -dd
    """,
    "x mu sigma",
    {"x": 1.4, "mu": 0.5, "sigma": 1.3},
)
slip("gaussian", "lost_minus", "dz", "dz = -z * e * de", "dz = z * e * de")
slip(
    "gaussian",
    "wrong_local_derivative",
    "dz",
    "dz = -z * e * de",
    "dz = -2 * z * e * de",
    why="the 0.5 overlooked",
)
slip("gaussian", "missing_power_factor", "dz", "dz = -z * e * de", "dz = -0.5 * z * e * de")
slip(
    "gaussian",
    "missing_local_gradient",
    "dz",
    "dz = -z * e * de",
    "dz = e * de",
    why="the outer derivative alone, the inner one left out",
    also=("wrong_local_derivative",),
)
slip(
    "gaussian",
    "wrong_local_derivative",
    "dz",
    "dz = -z * e * de",
    "dz = -z * de",
    why="the inner derivative alone, the exp left out",
    also=("missing_local_gradient",),
)
slip("gaussian", "missing_upstream_factor", "dz", "dz = -z * e * de", "dz = -z * e")
slip(
    "gaussian",
    "missing_path",
    "dsigma",
    "dsigma += -d / sigma**2 * dz",
    "",
    why="sigma is in z and in the norm",
)
slip("gaussian", "missing_path", "dsigma", "dsigma = math.sqrt(2 * math.pi) * dnorm", "dsigma = 0")
slip(
    "gaussian",
    "overwrite_at_fork",
    "dsigma",
    "dsigma += -d / sigma**2 * dz",
    "dsigma = -d / sigma**2 * dz",
)
slip(
    "gaussian",
    "lost_minus",
    "dsigma",
    "dsigma += -d / sigma**2 * dz",
    "dsigma += d / sigma**2 * dz",
    also=("subtract_instead_of_add",),
)
slip(
    "gaussian",
    "wrong_local_derivative",
    "dsigma",
    "dsigma += -d / sigma**2 * dz",
    "dsigma += -d / sigma * dz",
)
slip(
    "gaussian",
    "wrong_cached_variable",
    "dsigma",
    "dsigma += -d / sigma**2 * dz",
    "dsigma += -x / sigma**2 * dz",
    why="x where the centred d was meant",
)
slip("gaussian", "lost_minus", "dmu", "dmu = -dd", "dmu = dd", also=("missing_local_gradient",))
slip("gaussian", "lost_minus", "dnorm", "dnorm = -e / norm**2", "dnorm = e / norm**2")
slip("gaussian", "wrong_cached_variable", "dd", "dd = dz / sigma", "dd = dz / norm")
slip("gaussian", "wrong_local_derivative", "dd", "dd = dz / sigma", "dd = dz * sigma")

# -- distance of two points -----------------------------------------------------------------------

program(
    "distance",
    """
    ex = px - qx
    ey = py - qy
    sq = ex**2 + ey**2
    dist = math.sqrt(sq)
    """,
    """
    dsq = 0.5 / dist
    dex = 2 * ex * dsq
    dey = 2 * ey * dsq
    dpx = dex
    dqx = -dex
    dpy = dey
    dqy = -dey
    """,
    "px py qx qy",
    {"px": 1.0, "py": -0.5, "qx": -0.7, "qy": 2.0},
    output="dist",
)
slip("distance", "missing_power_factor", "dsq", "dsq = 0.5 / dist", "dsq = 1 / dist")
slip(
    "distance",
    "wrong_local_derivative",
    "dsq",
    "dsq = 0.5 / dist",
    "dsq = 0.5 * dist",
    why="times the root for divided by it",
)
slip(
    "distance",
    "pre_vs_post_activation",
    "dsq",
    "dsq = 0.5 / dist",
    "dsq = 0.5 / sq",
    also=("wrong_cached_variable",),
)
slip(
    "distance",
    "wrong_local_derivative",
    "dsq",
    "dsq = 0.5 / dist",
    "dsq = 0.5 / sq**1.5",
    why="the exponent lowered twice",
)
slip(
    "distance",
    "missing_power_factor",
    "dex",
    "dex = 2 * ex * dsq\ndey = 2 * ey * dsq",
    "dex = ex * dsq\ndey = ey * dsq",
    others=(("dey", "missing_power_factor"),),
)
slip("distance", "wrong_cached_variable", "dey", "dey = 2 * ey * dsq", "dey = 2 * ex * dsq")
slip("distance", "lost_minus", "dqx", "dqx = -dex", "dqx = dex", also=("missing_local_gradient",))
slip(
    "distance",
    "wrong_sign",
    "dpx",
    "dpx = dex\ndqx = -dex",
    "dpx = -dex\ndqx = dex",
    why="the minus on the wrong leg",
    others=(("dqx", "lost_minus"),),
)
slip(
    "distance",
    "wrong_cached_variable",
    "dex",
    "dex = 2 * ex * dsq",
    "dex = 2 * px * dsq",
    why="the point where the difference was meant",
)
slip("distance", "forward_value_instead_of_gradient", "dpy", "dpy = dey", "dpy = ey")
slip(
    "distance",
    "unknown",
    "dqy",
    "dqy = -dey",
    "dqy = -dex",
    why="the gradient of another name; no label says that",
)
slip(
    "distance",
    "missing_upstream_factor",
    "dex",
    "dex = 2 * ex * dsq",
    "dex = 2 * ex",
    ("dqy = -dey", "dqy = dey"),
    others=(("dqy", "lost_minus"),),
)

# -- a damped wave --------------------------------------------------------------------------------

program(
    "damped_wave",
    """
    phase = omega * t + phi
    swing = math.cos(phase)
    decay = math.exp(-k * t)
    f = amp * swing * decay
    """,
    """
    damp = swing * decay
    dswing = amp * decay
    ddecay = amp * swing
    dk = -t * decay * ddecay
    dt = -k * decay * ddecay
    dphase = -math.sin(phase) * dswing
    domega = t * dphase
    dt += omega * dphase
    dphi = dphase
    """,
    "amp omega t phi k",
    {"amp": 1.8, "omega": 2.2, "t": 0.7, "phi": 0.3, "k": 0.4},
)
WAVE = "damped_wave"
DPHASE = "dphase = -math.sin(phase) * dswing"
slip(WAVE, "lost_minus", "dphase", DPHASE, "dphase = math.sin(phase) * dswing")
slip(
    WAVE,
    "wrong_local_derivative",
    "dphase",
    DPHASE,
    "dphase = math.cos(phase) * dswing",
    why="the rule of sin",
)
slip(
    WAVE,
    "pre_vs_post_activation",
    "dphase",
    DPHASE,
    "dphase = -math.sin(swing) * dswing",
    also=("wrong_cached_variable",),
)
slip(WAVE, "missing_upstream_factor", "dphase", DPHASE, "dphase = -math.sin(phase)")
slip(WAVE, "lost_minus", "dk", "dk = -t * decay * ddecay", "dk = t * decay * ddecay")
slip(
    WAVE,
    "missing_local_gradient",
    "dk",
    "dk = -t * decay * ddecay",
    "dk = -decay * ddecay",
    also=("wrong_local_derivative",),
)
slip(
    WAVE,
    "wrong_local_derivative",
    "dk",
    "dk = -t * decay * ddecay",
    "dk = -t * ddecay",
    why="exp lost on the way",
    also=("missing_local_gradient",),
)
slip(
    WAVE,
    "multiply_not_swapped",
    "dk",
    "dk = -t * decay * ddecay\ndt = -k * decay * ddecay",
    "dk = -k * decay * ddecay\ndt = -t * decay * ddecay",
    others=(("dt", "multiply_not_swapped"),),
)
slip(WAVE, "overwrite_at_fork", "dt", "dt += omega * dphase", "dt = omega * dphase")
slip(WAVE, "missing_path", "dt", "dt += omega * dphase", "")
slip(WAVE, "product_of_three", "damp", "damp = swing * decay", "damp = swing")
slip(
    WAVE,
    "product_of_three",
    "dswing",
    "dswing = amp * decay\nddecay = amp * swing",
    "dswing = decay\nddecay = swing",
    others=(("ddecay", "product_of_three"),),
)
slip(WAVE, "product_of_three", "ddecay", "ddecay = amp * swing", "ddecay = amp * decay")
slip(
    WAVE,
    "used_before_complete",
    "domega",
    DPHASE + "\ndomega = t * dphase",
    "dphase = 0\ndomega = t * dphase\ndphase += -math.sin(phase) * dswing",
)

# -- resistors side by side -----------------------------------------------------------------------

program(
    "parallel",
    """
    g = 1 / r1 + 1 / r2 + 1 / r3
    R = 1 / g
    I = U * g
    P = U**2 / R
    """,
    """
    dU = 2 * U / R * dP
    dR = -(U / R) ** 2 * dP
    dg = -dR / g**2
    dr1 = -dg / r1**2
    dr2 = -dg / r2**2
    dr3 = -dg / r3**2
    """,
    "r1 r2 r3 U",
    {"r1": 4.0, "r2": 2.5, "r3": 10.0, "U": 1.2, "dP": 0.4},
    output="P",
)
slip("parallel", "lost_minus", "dg", "dg = -dR / g**2", "dg = dR / g**2")
slip("parallel", "lost_minus", "dr2", "dr2 = -dg / r2**2", "dr2 = dg / r2**2")
slip("parallel", "wrong_local_derivative", "dr1", "dr1 = -dg / r1**2", "dr1 = -dg / r1")
slip(
    "parallel",
    "wrong_cached_variable",
    "dr3",
    "dr3 = -dg / r3**2",
    "dr3 = -dg / r2**2",
    why="a copied line",
)
slip("parallel", "missing_upstream_factor", "dU", "dU = 2 * U / R * dP", "dU = 2 * U / R")
slip("parallel", "missing_power_factor", "dU", "dU = 2 * U / R * dP", "dU = U / R * dP")
slip(
    "parallel",
    "wrong_local_derivative",
    "dR",
    "dR = -(U / R) ** 2 * dP",
    "dR = U**2 * dP",
    why="as if times R, not divided by it",
)
slip("parallel", "forward_value_instead_of_gradient", "dg", "dg = -dR / g**2", "dg = -R / g**2")
slip(
    "parallel",
    "pre_vs_post_activation",
    "dg",
    "dg = -dR / g**2",
    "dg = -dR / R**2",
    also=("wrong_cached_variable",),
)
slip(
    "parallel",
    "missing_local_gradient",
    "dr1",
    "dr1 = -dg / r1**2\ndr2 = -dg / r2**2\ndr3 = -dg / r3**2",
    "dr1 = dr2 = dr3 = dg",
    others=(("dr2", "missing_local_gradient"), ("dr3", "missing_local_gradient")),
)
slip(
    "parallel",
    "equally_misread_as_half",
    "dr1",
    "dr1 = -dg / r1**2\ndr2 = -dg / r2**2\ndr3 = -dg / r3**2",
    "share = dg / 3\ndr1 = -share / r1**2\ndr2 = -share / r2**2\ndr3 = -share / r3**2",
    others=(("dr2", "equally_misread_as_half"), ("dr3", "equally_misread_as_half")),
)
