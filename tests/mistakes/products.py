"""Slips in products of three and more, squares and square roots."""

from tests.mistakes import Program, Slip, collector

PROGRAMS: list[Program] = []
SLIPS: list[Slip] = []
program, slip = collector(PROGRAMS, SLIPS)

# -- four factors, in a function's words ----------------------------------------------------------

program(
    "crate",
    """
    volume = length * width * height
    cost = price * volume + handling * weight
    """,
    """
    dprice = volume
    dvolume = price
    dhandling = weight
    dweight = handling
    dlength = width * height * dvolume
    dwidth = length * height * dvolume
    dheight = length * width * dvolume
    """,
    "length width height price handling weight",
    {"length": 1.2, "width": 0.8, "height": 2.5, "price": 3.0, "handling": 0.4, "weight": 7.0},
    output="cost",
)
slip(
    "crate",
    "product_of_three",
    "dlength",
    "dlength = width * height * dvolume",
    "dlength = width * dvolume",
)
slip(
    "crate",
    "product_of_three",
    "dwidth",
    "dwidth = length * height * dvolume",
    "dwidth = length * width * dvolume",
)
slip(
    "crate",
    "product_of_three",
    "dheight",
    "dheight = length * width * dvolume",
    "dheight = volume * dvolume",
    why="the whole product, its own factor not taken out",
)
slip(
    "crate",
    "product_of_three",
    "dlength",
    "dlength = width * height * dvolume",
    "dlength = (width + height) * dvolume",
    why="the others added instead of multiplied",
)
slip(
    "crate",
    "product_of_three",
    "dheight",
    "dheight = length * width * dvolume",
    "dheight = length * length * dvolume",
)
slip(
    "crate",
    "missing_upstream_factor",
    "dwidth",
    "dwidth = length * height * dvolume",
    "dwidth = length * height",
)
slip(
    "crate",
    "multiply_not_swapped",
    "dhandling",
    "dhandling = weight\ndweight = handling",
    "dhandling = handling\ndweight = weight",
    others=(("dweight", "multiply_not_swapped"),),
)
slip(
    "crate",
    "forward_value_instead_of_gradient",
    "dlength",
    "dlength = width * height * dvolume",
    "dlength = width * height * volume",
)
slip("crate", "wrong_cached_variable", "dweight", "dweight = handling", "dweight = price")
slip("crate", "missing_local_gradient", "dvolume", "dvolume = price", "dvolume = 1.0")

# -- squares written as products ------------------------------------------------------------------

program(
    "energy",
    """
    v2 = v * v
    kinetic = 0.5 * m * v2
    stretch = x - x0
    spring = 0.5 * k * stretch**2
    gravity = m * g * h
    E = kinetic + spring + gravity
    """,
    """
    dkinetic = dspring = dgravity = 1.0
    dm = g * h * dgravity
    dh = m * g * dgravity
    dk = 0.5 * stretch**2 * dspring
    dstretch = k * stretch * dspring
    dx = dstretch
    dx0 = -dstretch
    dm += 0.5 * v2 * dkinetic
    dv2 = 0.5 * m * dkinetic
    dv = v * dv2
    dv += v * dv2
    """,
    "m v x x0 k h",
    {"m": 2.0, "v": 3.0, "x": 0.9, "x0": 0.4, "k": 5.0, "h": 1.5, "g": 9.81},
    output="E",
)
slip(
    "energy",
    "same_input_twice",
    "dv",
    "dv = v * dv2\ndv += v * dv2",
    "dv = v * dv2",
    also=("missing_power_factor",),
)
slip(
    "energy",
    "overwrite_at_fork",
    "dv",
    "dv = v * dv2\ndv += v * dv2",
    "dv = v * dv2\ndv = v * dv2",
    why="= on the second leg of v * v",
    also=("same_input_twice",),
)
slip("energy", "missing_upstream_factor", "dv", "dv = v * dv2\ndv += v * dv2", "dv = 2 * v")
slip(
    "energy",
    "lost_minus",
    "dx0",
    "dx0 = -dstretch",
    "dx0 = dstretch",
    also=("missing_local_gradient",),
)
slip(
    "energy",
    "wrong_local_derivative",
    "dstretch",
    "dstretch = k * stretch * dspring",
    "dstretch = 0.5 * k * stretch**2 * dspring",
    why="the stage itself where its derivative was meant",
)
slip(
    "energy",
    "missing_power_factor",
    "dstretch",
    "dstretch = k * stretch * dspring",
    "dstretch = 0.5 * k * stretch * dspring",
)
slip(
    "energy",
    "wrong_local_derivative",
    "dstretch",
    "dstretch = k * stretch * dspring",
    "dstretch = 2 * k * stretch * dspring",
    why="the 2 came down and the 0.5 was lost",
)
slip("energy", "product_of_three", "dm", "dm = g * h * dgravity", "dm = h * dgravity")
slip(
    "energy",
    "product_of_three",
    "dh",
    "dh = m * g * dgravity",
    "dh = m * h * dgravity",
    why="its own factor kept, another left out",
)
slip("energy", "missing_path", "dm", "dm += 0.5 * v2 * dkinetic", "")
slip("energy", "overwrite_at_fork", "dm", "dm += 0.5 * v2 * dkinetic", "dm = 0.5 * v2 * dkinetic")
slip(
    "energy",
    "product_of_three",
    "dv2",
    "dv2 = 0.5 * m * dkinetic",
    "dv2 = m * dkinetic",
    why="0.5 is a factor of the product too",
    also=("wrong_local_derivative",),
)
slip(
    "energy", "wrong_cached_variable", "dm", "dm += 0.5 * v2 * dkinetic", "dm += 0.5 * v * dkinetic"
)
slip(
    "energy",
    "equally_misread_as_half",
    "dkinetic",
    "dkinetic = dspring = dgravity = 1.0",
    "dkinetic = dspring = dgravity = 1.0 / 3",
    others=(("dspring", "equally_misread_as_half"), ("dgravity", "equally_misread_as_half")),
)

# -- the same factor more than once ---------------------------------------------------------------

program(
    "cubic",
    """
    sq = t * t
    cube = t * t * t
    u = a * sq + b * cube
    f = math.sqrt(u)
    """,
    """
    du = 0.5 / math.sqrt(u)
    da = sq * du
    db = cube * du
    dsq = a * du
    dcube = b * du
    dt = 2 * t * dsq
    dt += 3 * t * t * dcube
    """,
    "a b t",
    {"a": 1.1, "b": 0.6, "t": 1.7},
)
slip(
    "cubic",
    "same_input_twice",
    "dt",
    "dt = 2 * t * dsq",
    "dt = t * dsq",
    also=("missing_power_factor",),
)
slip(
    "cubic",
    "same_input_twice",
    "dt",
    "dt += 3 * t * t * dcube",
    "dt += t * t * dcube",
    why="one leg of three counted",
    also=("product_of_three", "missing_power_factor"),
)
slip(
    "cubic",
    "wrong_local_derivative",
    "dt",
    "dt += 3 * t * t * dcube",
    "dt += 3 * t * dcube",
    why="the exponent not lowered right",
    also=("product_of_three",),
)
slip(
    "cubic",
    "wrong_local_derivative",
    "du",
    "du = 0.5 / math.sqrt(u)",
    "du = 0.5 * math.sqrt(u)",
    why="the exponent -1/2 without its minus",
)
slip("cubic", "missing_power_factor", "du", "du = 0.5 / math.sqrt(u)", "du = 1 / math.sqrt(u)")
slip(
    "cubic",
    "pre_vs_post_activation",
    "du",
    "du = 0.5 / math.sqrt(u)",
    "du = 0.5 / u",
    why="f, which is the root, was meant",
    also=("wrong_cached_variable",),
)
slip(
    "cubic",
    "wrong_sign",
    "du",
    "du = 0.5 / math.sqrt(u)",
    "du = -0.5 / math.sqrt(u)",
    why="mixed up with the derivative of 1 / u",
)
slip(
    "cubic",
    "missing_path",
    "dt",
    "dt = 2 * t * dsq\ndt += 3 * t * t * dcube",
    "dt = 3 * t * t * dcube",
)
slip("cubic", "missing_upstream_factor", "da", "da = sq * du", "da = sq")
slip(
    "cubic",
    "wrong_cached_variable",
    "da",
    "da = sq * du\ndb = cube * du",
    "da = cube * du\ndb = sq * du",
    others=(("db", "wrong_cached_variable"),),
)
