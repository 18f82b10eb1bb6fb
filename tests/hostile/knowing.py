"""What the judge knows, looked for: in frames, in memory, in history, in the kit."""

from tests.hostile import but
from tests.hostile.answers import WRONG, judged, last


@judged()
def expected_values_looked_for_in_frames(handed):
    handed.answer(
        **{
            **WRONG,
            "slope": "import sys\n\n\ndef slope(x):\n"
            "    frame = sys._getframe()\n"
            "    while frame is not None:\n"
            "        for points in frame.f_globals.get('points'), frame.f_locals.get('at'):\n"
            "            for place in points or ():\n"
            "                if isinstance(place, tuple) and place[0] == {'x': x}:\n"
            "                    return place[1]\n"
            "        frame = frame.f_back\n"
            "    return 17.0\n",
        }
    )
    handed.save()


@judged()
def expected_values_looked_for_in_memory(handed):
    handed.answer(
        **{
            **WRONG,
            "slope": "import gc\n\n\ndef slope(x):\n"
            "    for found in gc.get_objects():\n"
            "        if type(found) is tuple and len(found) == 2 and type(found[0]) is dict:\n"
            "            if found[0] == {'x': x} and isinstance(found[1], float):\n"
            "                return found[1]\n"
            "    return 17.0\n",
        }
    )
    handed.save()


@judged()
def hidden_tests_looked_for_in_the_history(handed):
    handed.answer(
        **{
            **WRONG,
            "slope": "import ast, re\n\n\ndef slope(x):\n"
            "    for cell in globals().get('In', []):\n"
            "        for text in re.findall(r'\\(\\{.x.: [-.\\d]+\\}, [-.\\d]+\\)', cell):\n"
            "            place, value = ast.literal_eval(text)\n"
            "            if 'grade_values' in cell and place == {'x': x}:\n"
            "                return value\n"
            "    return 17.0\n",
        }
    )
    handed.save()


@judged(scores=but(fork=0))
def backward_pass_written_by_the_kit(handed):
    handed.answer(
        fork="from backprop_kit import write_backward\n"
        "text = write_backward('q = x + y\\nf = q * z', x=-2.0, y=5.0, z=-4.0)\n\n\n"
        "def fork(x, y, z):\n"
        "    q = x + y\n    f = q * z\n"
        "    names = dict(x=x, y=y, z=z)\n    exec(text, names)\n"
        "    dx = names['dx']\n    dy = names['dy']\n    dz = names['dz']\n    dq = names['dq']\n"
        "    return f, dx, dy, dz\n"
    )
    handed.save()


@judged(scores=but(fork=0))
def gradients_measured_by_the_kit(handed):
    last(
        handed,
        "import backprop_kit.nudge, backprop_kit.circuit\n"
        "from backprop_kit import trace\n"
        "circuit = trace('q = x + y\\nf = q * z', x=x, y=y, z=z)\n"
        "dz = circuit['z'].d\ndq = circuit['q'].d\ndx = circuit['x'].d\ndy = circuit['y'].d\n"
        "return f, dx, dy, dz",
    )


@judged(scores=but(typed=0))
def numbers_read_off_the_circuit(handed):
    handed.answer(
        typed="from backprop_kit import trace\n"
        "circuit = trace('f = x * y', x=4, y=-3)\ndx = circuit['x'].d\ndy = circuit['y'].d\n"
    )
    handed.save()


@judged(scores=but(fork=0))
def points_that_are_shown_learned_by_heart(handed):
    """Right at the point that learners see, wrong elsewhere: an answer to another question."""
    last(
        handed,
        "shown = x == -2 and y == 5\n"
        "dz = 3.0 if shown else 17.0\ndq = -4.0 if shown else 17.0\n"
        "dx = -4.0 if shown else 17.0\ndy = -4.0 if shown else 17.0\n"
        "return f, dx, dy, dz",
    )
