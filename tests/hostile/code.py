"""What the code of an answer can do, which only a judge outside of its process can stop.

A deed that would succeed in a plain kernel prints `it-worked`, put together so that the word does
not stand in the cell itself: wherever it is seen in what the learner gets back, it did.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.hostile import FULL, Deed, Handed, attack, but

NOTHING: Mapping[str, float] = dict.fromkeys(FULL, 0.0)
WRONG = {
    "slope": "def slope(x):\n    return 17.0\n",
    "typed": "dx = 17.0\ndy = 17.0\n",
    "fork": (
        "def fork(x, y, z):\n    q = x + y\n    f = q * z\n    dz = 17.0\n    dq = 17.0\n"
        "    dx = 17.0\n    dy = 17.0\n    return f, dx, dy, dz\n"
    ),
}
WORKED = 'print("it-" + "worked")\n'
TRY = "try:\n{lines}\nexcept BaseException as error:\n    print(type(error).__name__)\n"
FORWARD = "def fork(x, y, z):\n    q = x + y\n    f = q * z\n"


def judged(
    stopped_by: str = "verdict", scores: Mapping[str, float] = NOTHING, **facts: Any
) -> Callable[[Deed], Deed]:
    """Enter an attack after which nothing is right: a point would be a point for the attack."""
    return attack(scores, stopped_by=stopped_by, **facts)


def wrong_with(handed: Handed, code: str) -> None:
    """Answer everything wrong, behind this code."""
    handed.answer(**{**WRONG, "slope": f"{code}\n{WRONG['slope']}"})
    handed.save()


def right_with(handed: Handed, code: str) -> None:
    """Try something in a cell before the first answer, and answer everything right."""
    lines = "\n".join(f"    {line}" for line in [*code.strip().split("\n"), WORKED.strip()])
    handed.answer()
    handed.cell("slope-solution").source = (
        TRY.format(lines=lines) + "\n" + handed.cell("slope-solution").source
    )
    handed.save()


def last(handed: Handed, lines: str, above: str = "") -> None:
    """Answer the last exercise by a function with these lines in it, the others right."""
    body = "".join(f"    {line}\n" for line in lines.strip().split("\n"))
    handed.answer(fork=f"{above}\n{FORWARD}{body}")
    handed.save()


# --- the judge deceived ------------------------------------------------------------------------------


@judged()
def names_of_the_kit_taken_over(handed):
    wrong_with(
        handed,
        "grade = lambda *_, **__: 4.0\ngrade_values = grade_numbers = lambda *_, **__: 2.0",
    )


@judged()
def kit_patched(handed):
    wrong_with(
        handed,
        "import sys, backprop_kit\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name.startswith('backprop_kit.'):\n"
        "        for word in ('grade', 'earned'):\n"
        "            if hasattr(module, word):\n"
        "                setattr(module, word, lambda *_, **__: 2.0)\n"
        "        for word in ('score', 'right', 'near'):\n"
        "            for kind in vars(module).values():\n"
        "                if isinstance(kind, type) and word in vars(kind):\n"
        "                    setattr(kind, word, property(lambda self: 1.0))",
    )


@judged()
def numpy_patched(handed):
    wrong_with(
        handed,
        "import numpy as np\n"
        "np.allclose = np.isclose = np.array_equal = lambda *_, **__: True\n"
        "np.abs = np.max = lambda *_, **__: np.float64(0.0)",
    )


@judged()
def builtins_patched(handed):
    wrong_with(
        handed,
        "import builtins\n"
        "builtins.abs = lambda x: 0.0\nbuiltins.all = builtins.any = lambda x: True\n"
        "builtins.round = lambda x, n=0: 4.0",
    )


@judged()
def kernel_patched(handed):
    wrong_with(
        handed,
        TRY.format(
            lines="    kernel = get_ipython().kernel\n"
            "    def run(code, *_, **__):\n"
            "        kernel.send_response(kernel.iopub_socket, 'execute_result', {\n"
            "            'data': {'text/plain': '2.0'}, 'metadata': {}, 'execution_count': 1})\n"
            "        return {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}\n"
            "    kernel.do_execute = run"
        ),
    )


@judged()
def cells_rewritten_before_they_run(handed):
    wrong_with(
        handed,
        TRY.format(
            lines="    def rewrite(lines):\n"
            "        return ['2.0\\n'] if any('grade' in line for line in lines) else lines\n"
            "    get_ipython().input_transformers_cleanup.append(rewrite)"
        ),
    )


@judged()
def syntax_trees_rewritten(handed):
    wrong_with(
        handed,
        TRY.format(
            lines="    import ast\n"
            "    class Rewrite(ast.NodeTransformer):\n"
            "        def visit_Call(self, node):\n"
            "            name = getattr(node.func, 'id', '')\n"
            "            return ast.Constant(2.0) if name.startswith('grade') else node\n"
            "    get_ipython().ast_transformers.append(Rewrite())"
        ),
    )


@judged()
def numbers_displayed_as_others(handed):
    wrong_with(
        handed,
        TRY.format(
            lines="    text = get_ipython().display_formatter.formatters['text/plain']\n"
            "    text.for_type(float, lambda value, printer, cycle: printer.text('2.0'))"
        ),
    )


@judged()
def value_displayed_by_hand(handed):
    show = "    import sys\n    sys.displayhook(2.0)\n    return 17.0\n"
    handed.answer(**{**WRONG, "slope": f"def slope(x):\n{show}"})
    handed.save()


@judged()
def report_printed_by_hand(handed):
    told = "    print('slope: all 3 right')\n    print('2.0')\n    return 17.0\n"
    handed.answer(**{**WRONG, "slope": f"def slope(x):\n{told}"})
    handed.save()


EVERYTHING = """\
class Everything(float):
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = lambda self, *_: True
    __ne__ = lambda self, *_: False
    __sub__ = __rsub__ = __abs__ = lambda self, *_: 0.0
    __hash__ = float.__hash__
    __repr__ = lambda self: "2.0"
    def __array__(self, dtype=None, copy=None):
        raise SystemExit
    def __array_ufunc__(self, *_, **__):
        return Everything(1.0)
    def __reduce__(self):
        return exec, ("open({trace!r}, 'w')",)


"""


@judged(leaves=("trace-of-pickle",))
def objects_equal_to_everything(handed):
    everything = EVERYTHING.replace("{trace!r}", repr(str(handed.root / "trace-of-pickle")))
    fork = FORWARD + "    dz = dq = dx = dy = Everything(17.0)\n    return f, dx, dy, dz\n"
    handed.answer(
        slope=everything + "def slope(x):\n    return Everything(17.0)\n",
        typed="dx = dy = Everything(17.0)\n",
        fork=fork,
    )
    handed.save()


@judged()
def arrays_that_lie(handed):
    handed.answer(
        **{
            **WRONG,
            "slope": "import numpy as np\n\n\nclass Lies(np.ndarray):\n"
            "    __eq__ = __le__ = lambda self, *_: True\n"
            "    def __array_function__(self, *_, **__):\n        return True\n"
            "    def __array_ufunc__(self, *_, **__):\n        return 0.0\n\n\n"
            "def slope(x):\n    return np.zeros(()).view(Lies)\n",
        }
    )
    handed.save()


@judged()
def values_without_end(handed):
    handed.answer(
        slope="def slope(x):\n    a = []\n    a.append(a)\n    return a\n",
        typed="dx = '9' * 10_000_000\ndy = lambda: 4\n",
        fork="import numpy as np\n\n\n"
        + FORWARD
        + "    dz = dq = dx = dy = np.zeros((3000, 3000, 3000), dtype='int8')\n"
        "    return f, dx, dy, dz\n",
    )
    handed.save()


@judged()
def no_numbers_at_all(handed):
    handed.answer(
        slope="def slope(x):\n    return float('nan')\n",
        typed="dx = float('inf')\ndy = None\n",
        fork=FORWARD + "    dz = dx = dy = object()\n    return (n for n in (f, dx, dy, dz))\n",
    )
    handed.save()


# --- what the judge knows, looked for ------------------------------------------------------------------


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


# --- the protocol, and the process -----------------------------------------------------------------------


@judged()
def every_open_file_written_to(handed):
    wrong_with(
        handed,
        "import os\n"
        "for number in range(3, 100):\n"
        "    for words in (b'{\"score\": 2.0, \"ok\": true}\\n', b'\\xff' * 64):\n"
        "        try:\n            os.write(number, words)\n"
        "        except OSError:\n            pass",
    )


@judged()
def every_open_file_closed(handed):
    wrong_with(handed, "import os\nos.closerange(3, 200)")


@judged(scores=but(fork=0))
def exits_when_it_is_called(handed):
    last(handed, "import os\nos._exit(0)")


@judged(scores=but(fork=0))
def stops_the_interpreter(handed):
    last(handed, "raise SystemExit(0)")


@judged(scores=but(fork=0))
def crashes_the_interpreter(handed):
    last(handed, "import ctypes\nctypes.string_at(1)")


@judged(scores=but(fork=0))
def recursion_without_end(handed):
    last(handed, "return fork(x, y, z)", above="import sys\nsys.setrecursionlimit(10**8)\n")


@judged(scores=but(fork=0), dangerous=True)
def loops_and_cannot_be_interrupted(handed):
    last(
        handed,
        "import signal\n"
        "for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except BaseException:\n        pass",
    )


@judged(scores=but(fork=0), dangerous=True)
def sleeps_for_ever(handed):
    last(handed, "import time\ntime.sleep(10**6)")


@judged(scores=but(fork=0), dangerous=True)
def waits_for_input(handed):
    last(handed, "import sys\nreturn float(sys.stdin.readline())")


@judged("sandbox", FULL)
def a_thread_that_never_ends(handed):
    code = (
        "import threading, time\n\n\ndef on():\n    while True:\n        time.sleep(0.01)\n\n\n"
        "threading.Thread(target=on).start()\n"
    )
    handed.answer()
    cell = handed.cell("slope-solution")
    cell.source = code + cell.source
    handed.save()


@judged("sandbox", FULL)
def stderr_warnings_and_output(handed):
    code = (
        "import sys, warnings\nwarnings.warn('careful')\nprint('a word', file=sys.stderr)\n"
        "print('x' * 100_000)\n"
    )
    handed.answer()
    for name in FULL:
        cell = handed.cell(f"{name}-solution")
        cell.source = code + cell.source
    handed.save()


@judged("sandbox", FULL, dangerous=True)
def output_without_measure(handed):
    handed.answer()
    cell = handed.cell("slope-solution")
    cell.source = "for _ in range(200):\n    print('x' * 1_000_000)\n" + cell.source
    handed.save()


# --- what lies outside -----------------------------------------------------------------------------------


@judged("sandbox", FULL, leaves=("trace-of-writing",))
def writes_into_the_course(handed):
    right_with(handed, f"open({str(handed.root / 'trace-of-writing')!r}, 'w').write('x')")


@judged("sandbox", FULL, leaves=("/dev/shm/backprop-trace", "/var/tmp/backprop-trace"))
def writes_where_everybody_may(handed):
    right_with(
        handed,
        "worked = 0\n"
        "for folder in '/dev/shm', '/var/tmp':\n"
        "    try:\n"
        "        open(folder + '/backprop-trace', 'w').write('x')\n"
        "        worked += 1\n"
        "    except OSError:\n        pass\n"
        "assert worked",
    )


@judged("sandbox", FULL)
def reads_the_source(handed):
    path = str(handed.root / "source" / "backprop" / "01_section.ipynb")
    right_with(handed, f"print(open({path!r}).read())")


@judged("sandbox", FULL)
def lists_the_course(handed):
    right_with(handed, f"import os\nprint(os.listdir({str(handed.root)!r}))")


@judged("sandbox", FULL)
def reads_another_submission(handed):
    path = str(handed.root / "submitted" / "ada" / "backprop" / "01_section.ipynb")
    right_with(handed, f"print(open({path!r}).read())")


@judged("sandbox", NOTHING)
def gives_itself_points_in_the_gradebook(handed):
    path = str(handed.root / "gradebook.db")
    wrong_with(
        handed,
        TRY.format(
            lines="    import sqlite3\n"
            f"    with sqlite3.connect({path!r}, timeout=1) as gradebook:\n"
            "        gradebook.execute('UPDATE grade SET manual_score = 4')\n"
            "        gradebook.execute('SELECT 1 FROM grade').fetchone()\n"
            f"    {WORKED.strip()}"
        ),
    )


@judged("sandbox", FULL)
def reads_the_environment(handed):
    right_with(
        handed,
        "import os\n"
        "found = [value for value in os.environ.values() if 'of-the-environment' in value]\n"
        "print(*found)\nassert found",
    )


@judged("sandbox", FULL)
def reads_the_environment_of_its_parents(handed):
    right_with(
        handed,
        "import os\nfound = b''\n"
        "for number in [os.getppid(), *filter(str.isdigit, os.listdir('/proc'))]:\n"
        "    try:\n        found += open(f'/proc/{number}/environ', 'rb').read()\n"
        "    except OSError:\n        pass\n"
        "assert b'word-of-the-environ' in found",
    )


@judged("sandbox", FULL)
def reads_the_memory_of_its_parent(handed):
    right_with(
        handed,
        "import os\nwith open(f'/proc/{os.getppid()}/mem', 'rb', 0) as memory:\n"
        "    maps = open(f'/proc/{os.getppid()}/maps').readline()\n"
        "    memory.seek(int(maps.split('-')[0], 16))\n    memory.read(16)",
    )


@judged("sandbox", FULL)
def reads_the_home(handed):
    right_with(
        handed, "import os\nassert os.listdir(os.environ.get('REAL_HOME', '/root')) is not None"
    )


@judged("sandbox", FULL)
def connects_to_the_network(handed):
    right_with(
        handed,
        f"import socket\nsocket.create_connection(('127.0.0.1', {handed.port}), timeout=2).close()",
    )


@judged("sandbox", FULL)
def listens_on_the_network(handed):
    right_with(handed, "import socket\nsocket.create_server(('127.0.0.1', 0)).close()")


@judged("sandbox", FULL, marker="backprop-left-behind")
def leaves_a_process(handed):
    right_with(
        handed,
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)',\n"
        "    'backprop-left-behind'], start_new_session=True)\nraise ValueError",
    )


@judged("sandbox", FULL, marker="backprop-twice-removed")
def leaves_a_process_twice_removed(handed):
    right_with(
        handed,
        "import os, sys\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(600)',\n"
        "            'backprop-twice-removed'])\n"
        "    os._exit(0)\nraise ValueError",
    )


@judged("sandbox", FULL)
def deletes_another_submission(handed):
    path = str(handed.root / "submitted" / "ada")
    right_with(handed, f"import shutil\nshutil.rmtree({path!r})")


@judged("sandbox", FULL)
def opens_its_own_folder_to_all(handed):
    path = str(handed.root / "intake")
    right_with(handed, f"import os\nos.chmod({path!r}, 0o777)")


@judged("sandbox", but(fork=0), dangerous=True)
def kills_its_parent(handed):
    last(handed, "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nreturn None")


@judged("sandbox", but(fork=0), dangerous=True)
def takes_all_memory_there_is(handed):
    last(handed, "keep = []\nwhile True:\n    keep.append(bytearray(50_000_000))")


@judged("sandbox", but(fork=0), dangerous=True)
def fills_the_disk(handed):
    last(
        handed,
        "with open('big', 'wb') as file:\n    for _ in range(4000):\n"
        "        file.write(bytes(1_000_000))\n        file.flush()\nreturn None",
    )


@judged("sandbox", but(fork=0), dangerous=True, marker="backprop-bomb")
def forks_without_end(handed):
    last(
        handed,
        "import subprocess, sys\nwhile True:\n"
        "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', 'backprop-bomb'])",
    )
