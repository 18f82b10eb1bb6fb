"""Slips in losses of one score: logistic loss, softplus, hinge."""

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)

# -- logistic loss, with the gradient from above given --------------------------------------------

program(
    "logistic_loss",
    """
    score = w * x + b
    p = 1 / (1 + np.exp(-score))
    nll = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    penalty = reg * w**2
    loss = nll + penalty
    """,
    """
    dnll = dloss
    dpenalty = dloss
    dreg = w**2 * dpenalty
    dw = 2 * reg * w * dpenalty
    dp = (-y / p + (1 - y) / (1 - p)) * dnll
    dscore = p * (1 - p) * dp
    dw += x * dscore
    dx = w * dscore
    db = dscore
    """,
    "w x b reg",
    {"w": 0.8, "x": 1.7, "b": -0.3, "reg": 0.05, "y": 1, "dloss": 2.5},
    output="loss",
)
LOGISTIC = "logistic_loss"
DP = "dp = (-y / p + (1 - y) / (1 - p)) * dnll"
DSCORE = "dscore = p * (1 - p) * dp"
slip(LOGISTIC, "lost_minus", "dp", DP, "dp = (y / p + (1 - y) / (1 - p)) * dnll")
slip(
    LOGISTIC,
    "missing_upstream_factor",
    "dnll",
    "dnll = dloss",
    "dnll = 1.0",
    why="the loss taken to be the end of the circuit",
)
slip(LOGISTIC, "missing_upstream_factor", "dp", DP, "dp = -y / p + (1 - y) / (1 - p)")
slip(LOGISTIC, "wrong_sign", "dscore", DSCORE, "dscore = p * (p - 1) * dp")
slip(LOGISTIC, "missing_upstream_factor", "dscore", DSCORE, "dscore = p * (1 - p)")
slip(
    LOGISTIC,
    "missing_local_gradient",
    "dscore",
    DSCORE,
    "dscore = dp",
    why="went through the sigmoid unchanged",
)
slip(LOGISTIC, "pre_vs_post_activation", "dscore", DSCORE, "dscore = score * (1 - score) * dp")
slip(
    LOGISTIC,
    "wrong_sign",
    "dscore",
    DSCORE,
    "dscore = (y - p) * dnll",
    why="(p - y) the wrong way round",
)
slip(
    LOGISTIC,
    "unknown",
    "dscore",
    DSCORE,
    "dscore = (p - y) * dp",
    why="the short form of loss and sigmoid together, times the gradient that lies between them",
    also=("wrong_local_derivative",),
)
slip(
    LOGISTIC, "missing_power_factor", "dw", "dw = 2 * reg * w * dpenalty", "dw = reg * w * dpenalty"
)
slip(
    LOGISTIC,
    "overwrite_at_fork",
    "dw",
    "dw += x * dscore",
    "dw = x * dscore",
    why="the penalty's gradient is gone",
)
slip(
    LOGISTIC,
    "missing_path",
    "dw",
    "dw = 2 * reg * w * dpenalty",
    "dw = 0.0",
    why="the penalty forgotten",
)
slip(
    LOGISTIC,
    "subtract_instead_of_add",
    "dw",
    "dw += x * dscore",
    "dw -= x * dscore",
    why="the update rule's minus put into the gradient",
)
slip(LOGISTIC, "multiply_not_swapped", "dreg", "dreg = w**2 * dpenalty", "dreg = reg * dpenalty")
slip(
    LOGISTIC,
    "wrong_local_derivative",
    "dreg",
    "dreg = w**2 * dpenalty",
    "dreg = 2 * w * dpenalty",
    why="differentiated by w, not by reg",
)
slip(LOGISTIC, "forward_value_instead_of_gradient", "db", "db = dscore", "db = score")
slip(LOGISTIC, "wrong_cached_variable", "dx", "dx = w * dscore", "dx = b * dscore")
slip(LOGISTIC, "multiply_not_swapped", "dx", "dx = w * dscore", "dx = x * dscore")
slip(
    LOGISTIC,
    "not_finite",
    "db",
    "db = dscore",
    "db = float('nan')  # TODO",
    why="the placeholder is still there",
)

# -- softplus, far out where exp alone would overflow ---------------------------------------------

program(
    "softplus",
    """
    def sigmoid(t):
        return 0.5 * (1 + np.tanh(0.5 * t))

    z = k * x - c
    sp = np.logaddexp(0.0, z)
    f = sp / k
    """,
    """
    dsp = 1 / k
    dk = -sp / k**2
    dz = sigmoid(z) * dsp
    dk += x * dz
    dx = k * dz
    dc = -dz
    """,
    "k x c",
    {"k": 2.0, "x": 420.0, "c": 1.0},
)
slip(
    "softplus",
    "not_finite",
    "dz",
    "dz = sigmoid(z) * dsp",
    'with np.errstate(over="ignore", invalid="ignore"):\n    dz = np.exp(z) / (1 + np.exp(z)) * dsp',
    why="right on paper, inf / inf in floats",
)
slip(
    "softplus",
    "raises",
    "dk",
    "dz = sigmoid(z) * dsp",
    "dz = math.exp(z) / (1 + math.exp(z)) * dsp",
    why="math.exp overflows with an exception",
)
slip("softplus", "lost_minus", "dc", "dc = -dz", "dc = dz", also=("missing_local_gradient",))
slip("softplus", "lost_minus", "dk", "dk = -sp / k**2", "dk = sp / k**2")
slip("softplus", "missing_path", "dk", "dk += x * dz", "")
slip(
    "softplus",
    "missing_path",
    "dk",
    "dk = -sp / k**2",
    "dk = 0",
    why="k in the denominator forgotten",
)
slip("softplus", "wrong_local_derivative", "dsp", "dsp = 1 / k", "dsp = k")
slip("softplus", "overwrite_at_fork", "dk", "dk += x * dz", "dk = x * dz")
slip("softplus", "missing_upstream_factor", "dx", "dx = k * dz", "dx = k")

program(
    "softplus_near_zero",
    """
    u = math.exp(-x)
    v = 1 + u
    sp = x + math.log(v)
    f = a * sp
    """,
    """
    da = sp
    dsp = a
    dx = dsp
    dv = 1 / v * dsp
    du = dv
    dx += -u * du
    """,
    "a x",
    {"a": 1.3, "x": 0.6},
)
NEAR = "softplus_near_zero"
slip(NEAR, "lost_minus", "dx", "dx += -u * du", "dx += u * du", also=("wrong_sign",))
slip(NEAR, "overwrite_at_fork", "dx", "dx += -u * du", "dx = -u * du")
slip(
    NEAR,
    "missing_path",
    "dx",
    "dx = dsp",
    "dx = 0.0",
    why="x added outside the logarithm forgotten",
)
slip(NEAR, "missing_upstream_factor", "dv", "dv = 1 / v * dsp", "dv = 1 / v")
slip(NEAR, "wrong_cached_variable", "dv", "dv = 1 / v * dsp", "dv = 1 / u * dsp")
slip(
    NEAR,
    "wrong_local_derivative",
    "dv",
    "dv = 1 / v * dsp",
    "dv = -1 / v**2 * dsp",
    why="the rule of 1/v on log v",
)
slip(NEAR, "multiply_not_swapped", "dsp", "dsp = a", "dsp = sp")
slip(
    NEAR,
    "missing_local_gradient",
    "dx",
    "dx += -u * du",
    "dx += -du",
    why="the minus kept, the exp left out",
)
slip(
    NEAR,
    "pre_vs_post_activation",
    "dv",
    "dv = 1 / v * dsp",
    "dv = 1 / math.log(v) * dsp",
    also=("wrong_cached_variable", "wrong_local_derivative"),
)

# -- hinge loss with a penalty --------------------------------------------------------------------

program(
    "hinge",
    """
    s = w * x + b
    margin = 1 - y * s
    if margin > 0:
        data = margin
    else:
        data = 0.0
    loss = data + 0.5 * reg * w * w
    """,
    """
    ddata = 1.0
    if margin > 0:
        dmargin = ddata
    else:
        dmargin = 0.0
    ds = -y * dmargin
    dw = x * ds
    dx = w * ds
    db = ds
    dw += reg * w
    """,
    "w x b",
    {"w": 1.4, "x": 1.2, "b": -0.3, "y": 1.0, "reg": 0.1},
    output="loss",
)
slip(
    "hinge",
    "inverted_mask",
    "dmargin",
    "if margin > 0:\n    dmargin = ddata",
    "if margin < 0:\n    dmargin = ddata",
)
slip(
    "hinge",
    "max_passes_value",
    "dmargin",
    "    dmargin = ddata",
    "    dmargin = margin * ddata",
    also=("forward_value_instead_of_gradient",),
)
slip("hinge", "lost_minus", "ds", "ds = -y * dmargin", "ds = y * dmargin")
slip("hinge", "wrong_cached_variable", "ds", "ds = -y * dmargin", "ds = -s * dmargin")
slip(
    "hinge",
    "missing_power_factor",
    "dw",
    "dw += reg * w",
    "dw += 0.5 * reg * w",
    also=("same_input_twice",),
)
slip(
    "hinge",
    "wrong_local_derivative",
    "dw",
    "dw += reg * w",
    "dw += 2 * reg * w",
    why="the 0.5 of the penalty overlooked",
)
slip("hinge", "missing_path", "dw", "dw += reg * w", "")
slip("hinge", "overwrite_at_fork", "dw", "dw += reg * w", "dw = reg * w")
slip(
    "hinge",
    "subtract_instead_of_add",
    "dw",
    "dw += reg * w",
    "dw -= reg * w",
    why="thinks of the update",
)
slip(
    "hinge",
    "missing_upstream_factor",
    "dx",
    "dx = w * ds",
    "dx = w * -y",
    why="forgets whether the hinge is open",
)
slip("hinge", "multiply_not_swapped", "dx", "dx = w * ds", "dx = x * ds")
slip(
    "hinge",
    "missing_local_gradient",
    "db",
    "db = ds",
    "db = dmargin",
    why="handed past a stage",
    also=("unknown", "lost_minus"),
)
