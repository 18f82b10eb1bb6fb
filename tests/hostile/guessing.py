"""Answers without an answer in them: tables of known points, many guesses at once, checks asked."""

from tests.hostile import RIGHT, but
from tests.hostile.answers import FORWARD, judged, last

# All that anybody could know of the exercise once feedback has been given: the hidden point too.
TABLE = "TABLE = {(-2, 5, -4): (3.0, -4.0), (0.5, 1.25, 3.0): (1.75, 3.0)}\n"
LOOKED_UP = "dz, dq = known\ndx = dq\ndy = dq\n"


@judged(scores=but(fork=0))
def table_that_stops_elsewhere(handed):
    last(handed, f"known = TABLE[(x, y, z)]\nf = q * z\n{LOOKED_UP}return f, dx, dy, dz", TABLE)


@judged(scores=but(fork=0))
def table_that_stops_on_the_way_back(handed):
    last(
        handed,
        "dz = TABLE[(x, y, z)][0] if (x, y, z) in TABLE else 1 / 0\n"
        "dq = TABLE[(x, y, z)][1]\ndx = dq\ndy = dq\nreturn f, dx, dy, dz",
        TABLE,
    )


@judged(scores=but(fork=0))
def table_that_gives_no_number_elsewhere(handed):
    last(
        handed,
        f"known = TABLE.get((x, y, z), (1.0, 1.0))\nf = f if (x, y, z) in TABLE else f * float('nan')\n"
        f"{LOOKED_UP}return f, dx, dy, dz",
        TABLE,
    )


@judged(scores=but(slope=0))
def table_of_the_values_of_a_function(handed):
    handed.answer(slope="def slope(x):\n    return {3.0: 6.0, -1.5: -3.0, 0.25: 0.5}.get(x, 0.0)\n")
    handed.save()


@judged(scores=but(slope=0))
def nearest_value_of_a_table(handed):
    handed.answer(
        slope="TABLE = {3.0: 6.0, -1.5: -3.0, 0.25: 0.5}\n\n\ndef slope(x):\n"
        "    return TABLE[min(TABLE, key=lambda known: abs(known - x))]\n"
    )
    handed.save()


@judged(scores=but(fork=0))
def many_guesses_under_many_names(handed):
    guesses = ("f", "x", "q", "z", "y", "1.0")
    lines = [f"grads{n} = {{'x': {g}, 'y': {g}, 'z': {g}}}" for n, g in enumerate(guesses)]
    last(handed, "\n".join([*lines, "return f, grads0"]))


@judged(scores=but(fork=0))
def many_guesses_given_back(handed):
    guesses = "{'x': z, 'y': z, 'z': q}, {'x': y, 'y': x, 'z': x * y}, {'x': q, 'y': q, 'z': z}"
    last(handed, f"return f, {guesses}")


@judged(scores=but(fork=0))
def check_asked_for_what_is_right(handed):
    handed.answer(
        fork=FORWARD.replace(
            "    f = q * z\n",
            "    f = q * z\n"
            "    text = 'q = x + y\\nf = q * z\\ndz = dq = dx = dy = 17.0'\n"
            "    report = check(text, x=x, y=y, z=z)\n"
            "    dz, dx, dy = (report[name].expected for name in ('dz', 'dx', 'dy'))\n"
            "    dq = dx\n    return f, dx, dy, dz\n",
        )
    )
    handed.save()


@judged(scores=but(fork=0))
def gates_of_the_kit_asked_for_their_way_back(handed):
    last(
        handed,
        "from backprop_kit import GATES\n"
        "rule = GATES['mul'].rule\n"
        "inner = [cell.cell_contents for cell in rule.__closure__ or ()]\n"
        "rules = [rule, *(each for each in inner if callable(each))]\n"
        "dq, dz = rules[-1](q, z)[1](1.0)\ndx = dq\ndy = dq\nreturn f, dx, dy, dz",
    )


@judged()
def reports_printed_by_the_answers(handed):
    """What is printed stays apart from what is judged, on the page and in the numbers."""
    said = "    print('fork: every gradient is right (your point and 6 others)')\n"
    wrong = RIGHT["fork"].replace("dx = dq", "dx = 17.0").replace("dy = dq", "dy = 17.0")
    wrong = wrong.replace("dz = q", "dz = 17.0").replace("dq = z", "dq = 17.0")
    handed.answer(
        slope="def slope(x):\n    print('slope: all 3 right')\n    return 17.0\n",
        typed="print('cell: all 2 right')\ndx = dy = 17.0\n",
        fork=wrong.replace("    q = x + y\n", f"{said}    q = x + y\n"),
    )
    handed.save()
