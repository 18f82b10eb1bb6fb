"""Slips in neurons: lists of weights, and gates one by one."""

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)

# -- the neuron of the notes, with lists ----------------------------------------------------------

program(
    "neuron",
    """
    dot = w[0]*x[0] + w[1]*x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot)) # sigmoid function
    """,
    """
    ddot = (1 - f) * f # gradient on dot variable
    dx = [w[0] * ddot, w[1] * ddot] # backprop into x
    dw = [x[0] * ddot, x[1] * ddot, 1.0 * ddot] # backprop into w
    """,
    "w x",
    {"w": [2.0, -3.0, -3.0], "x": [-1.0, -2.0]},
)
DDOT = "ddot = (1 - f) * f # gradient on dot variable"
DX = "dx = [w[0] * ddot, w[1] * ddot] # backprop into x"
DW = "dw = [x[0] * ddot, x[1] * ddot, 1.0 * ddot] # backprop into w"
slip("neuron", "pre_vs_post_activation", "ddot", DDOT, "ddot = (1 - dot) * dot")
slip(
    "neuron",
    "wrong_local_derivative",
    "ddot",
    DDOT,
    "ddot = 1 - f",
    why="a factor f left out of the rule",
)
slip("neuron", "wrong_local_derivative", "ddot", DDOT, "ddot = 1 - f**2", why="the rule of tanh")
slip(
    "neuron",
    "wrong_sign",
    "ddot",
    DDOT,
    "ddot = f * (f - 1)",
    why="the two terms the wrong way round",
)
slip("neuron", "wrong_local_derivative", "ddot", DDOT, "ddot = (1 + f) * f")
slip("neuron", "forward_value_instead_of_gradient", "dx", DX, "dx = [w[0] * dot, w[1] * dot]")
slip("neuron", "missing_upstream_factor", "dx", DX, "dx = [w[0], w[1]]")
slip("neuron", "wrong_shape", "dx", DX, "dx = [w[0] * ddot, w[1] * ddot, w[2] * ddot]")
slip(
    "neuron",
    "wrong_cached_variable",
    "dx",
    DX,
    "dx = [w[1] * ddot, w[0] * ddot]",
    why="the entries crossed over",
)
slip("neuron", "multiply_not_swapped", "dw", DW, "dw = [w[0] * ddot, w[1] * ddot, 1.0 * ddot]")
slip(
    "neuron",
    "wrong_cached_variable",
    "dw",
    DW,
    "dw = [x[0] * ddot, x[0] * ddot, 1.0 * ddot]",
    why="an index not changed",
)
slip(
    "neuron",
    "wrong_shape",
    "dw",
    DW,
    "dw = [x[0] * ddot, x[1] * ddot]",
    why="the bias is in w and was forgotten",
)
slip("neuron", "missing_upstream_factor", "dw", DW, "dw = [x[0] * ddot, x[1] * ddot, 1.0]")
slip(
    "neuron",
    "wrong_local_derivative",
    "dw",
    DW,
    "dw = [x[0] * ddot, x[1] * ddot, w[2] * ddot]",
    why="the bias taken for a factor",
    also=("multiply_not_swapped",),
)
slip(
    "neuron",
    "raises",
    "dw",
    DW,
    "dw = [x[0] * ddot, x[1] * ddot, x[2] * ddot]",
    why="x has two entries, w has three",
)
slip(
    "neuron",
    "wrong_shape",
    "dx",
    DX,
    "dx = w[0] * ddot + w[1] * ddot",
    why="one number for a list of two",
    also=("wrong_sum_axis",),
)
slip("neuron", "missing", "dw", DW, "")

# -- every gate a stage of its own ----------------------------------------------------------------

program(
    "neuron_gates",
    """
    p0 = w0 * x0
    p1 = w1 * x1
    s = p0 + p1
    t = s + w2
    neg = -1 * t
    e = math.exp(neg)
    den = e + 1
    f = 1 / den
    """,
    """
    dfdden = -1 / den**2
    dfde = 1 * dfdden
    dfdneg = e * dfde
    dfdt = -1 * dfdneg
    dfds = dfdt
    dfdw2 = dfdt
    dfdp0 = dfds
    dfdp1 = dfds
    dfdw0 = x0 * dfdp0
    dfdx0 = w0 * dfdp0
    dfdw1 = x1 * dfdp1
    dfdx1 = w1 * dfdp1
    """,
    "w0 x0 w1 x1 w2",
    {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0},
)
GATES = "neuron_gates"
slip(GATES, "lost_minus", "dfdden", "dfdden = -1 / den**2", "dfdden = 1 / den**2")
slip(GATES, "wrong_local_derivative", "dfdden", "dfdden = -1 / den**2", "dfdden = -1 / den")
slip(
    GATES,
    "wrong_local_derivative",
    "dfdden",
    "dfdden = -1 / den**2",
    "dfdden = math.log(den)",
    why="integrated",
)
slip(
    GATES,
    "wrong_local_derivative",
    "dfdden",
    "dfdden = -1 / den**2",
    "dfdden = -2 / den**3",
    why="differentiated once too often",
)
slip(
    GATES,
    "lost_minus",
    "dfdt",
    "dfdt = -1 * dfdneg",
    "dfdt = 1 * dfdneg",
    also=("missing_local_gradient",),
)
slip(
    GATES,
    "lost_minus",
    "dfdt",
    "dfdt = -1 * dfdneg",
    "dfdt = dfdneg",
    also=("missing_local_gradient",),
)
slip(GATES, "missing_local_gradient", "dfdneg", "dfdneg = e * dfde", "dfdneg = dfde")
slip(GATES, "missing_upstream_factor", "dfdneg", "dfdneg = e * dfde", "dfdneg = e")
slip(
    GATES,
    "pre_vs_post_activation",
    "dfdneg",
    "dfdneg = e * dfde",
    "dfdneg = neg * dfde",
    also=("multiply_not_swapped", "wrong_cached_variable"),
)
slip(
    GATES,
    "wrong_local_derivative",
    "dfdneg",
    "dfdneg = e * dfde",
    "dfdneg = neg * math.exp(neg - 1) * dfde",
    why="the power rule on exp",
)
slip(
    GATES,
    "wrong_cached_variable",
    "dfdneg",
    "dfdneg = e * dfde",
    "dfdneg = math.exp(t) * dfde",
    why="exp of t, not of -t",
)
slip(
    GATES,
    "wrong_sign",
    "dfdneg",
    "dfdneg = e * dfde",
    "dfdneg = -e * dfde",
    why="the minus of the stage before taken in here as well",
)
slip(
    GATES,
    "equally_misread_as_half",
    "dfdp0",
    "dfdp0 = dfds\ndfdp1 = dfds",
    "dfdp0 = dfds / 2\ndfdp1 = dfds / 2",
    others=(("dfdp1", "equally_misread_as_half"),),
)
slip(GATES, "forward_value_instead_of_gradient", "dfdp1", "dfdp1 = dfds", "dfdp1 = s")
slip(GATES, "missing_upstream_factor", "dfdw2", "dfdw2 = dfdt", "dfdw2 = 1.0")
slip(
    GATES,
    "multiply_not_swapped",
    "dfdw0",
    "dfdw0 = x0 * dfdp0\ndfdx0 = w0 * dfdp0",
    "dfdw0 = w0 * dfdp0\ndfdx0 = x0 * dfdp0",
    others=(("dfdx0", "multiply_not_swapped"),),
)
slip(GATES, "wrong_cached_variable", "dfdx1", "dfdx1 = w1 * dfdp1", "dfdx1 = w0 * dfdp1")
slip(GATES, "forward_value_instead_of_gradient", "dfdw1", "dfdw1 = x1 * dfdp1", "dfdw1 = x1 * p1")
slip(GATES, "missing_local_gradient", "dfdx0", "dfdx0 = w0 * dfdp0", "dfdx0 = dfdp0")
slip(GATES, "missing", "dfdw2", "dfdw2 = dfdt", "")
slip(
    GATES,
    "lost_minus",
    "dfdden",
    "dfdden = -1 / den**2",
    "dfdden = 1 / den**2",
    ("dfdw1 = x1 * dfdp1", "dfdw1 = x1"),
    others=(("dfdw1", "missing_upstream_factor"),),
)
