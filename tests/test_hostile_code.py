"""Code that attacks where it is run gets what its answer deserves, and touches nothing else."""

import os
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.forkserver import ForkServer
from autograder.notebooks import notebook
from autograder.sections import Section, read_section
from autograder.session import Session
from autograder.verdict import Reference, Verdict, verdict_from
from tests.sandboxes import needs_sandbox
from tests.test_sections import EXERCISE, GOOD

SECONDS = 4.0  # for one cell: these are honest in nothing, and some never end
RIGHT = "def double(x):\n    f = 2 * x\n    dx = 2.0\n    return f, dx\n"
WRONG = "def double(x):\n    f = 2 * x\n    dx = 3.0\n    return f, dx\n"


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    needs_sandbox()
    with ForkServer() as server:
        yield server


@pytest.fixture(scope="module")
def section(tmp_path_factory: pytest.TempPathFactory) -> Section:
    """Two exercises: the first is attacked, the second answered well."""
    second = EXERCISE.replace('"double"', '"second"')
    path = tmp_path_factory.mktemp("sections") / "01_section.py"
    path.write_text(GOOD.replace(EXERCISE, EXERCISE + second), encoding="utf-8")
    return read_section(path)


def graded(server: ForkServer, section: Section, *cells: str) -> tuple[Verdict, list[str]]:
    """Run cells after the setup, have the first exercise judged, and give what the cells showed."""
    reference = Reference(tuple(notebook(section).cells))
    with Session(server, SECONDS) as session:
        session.cell("from backprop_kit import check, draw, grade", 1)
        cells = tuple(map(textwrap.dedent, cells))
        shown = [str(session.cell(source, count)) for count, source in enumerate(cells, start=2)]
        answer = session.judged(reference.job("double-grade", 1.5, 7))
        session.cell(RIGHT, 9)
        after = session.judged(reference.job("second-grade", 1.5, 7))
    assert after["points"] == 1.5, after  # whatever the first did, the second is judged as it is
    return verdict_from("double-grade", 1.5, answer, []), shown


LIES = {
    "an object that equals everything": """
        class Same(float):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __sub__(self, other): return 0.0
            __rsub__ = __sub__
            def __abs__(self): return 0.0
            def __le__(self, other): return True
            __lt__ = __ge__ = __gt__ = __le__
            def __hash__(self): return 0
        def double(x):
            f = 2 * x
            dx = Same(3.0)
            return f, dx
    """,
    "an object that is no number": """
        class Anything:
            def __getattr__(self, name): return self
            def __call__(self, *args): return self
            def __eq__(self, other): return True
            def __array__(self, *args, **kwargs): raise SystemExit
        def double(x):
            f = 2 * x
            dx = Anything()
            return f, dx
    """,
    "nan": "def double(x):\n    f = 2 * x\n    dx = float('nan')\n    return f, dx\n",
    "infinity": "def double(x):\n    f = 2 * x\n    dx = float('inf')\n    return f, dx\n",
    "a huge integer": "def double(x):\n    f = 2 * x\n    dx = 10 ** 100000\n    return f, dx\n",
    "a ragged list": "def double(x):\n    f = 2 * x\n    dx = [1.0, [2.0, 3.0]]\n    return f, dx\n",
    "an object array": """
        import numpy as np
        def double(x):
            f = 2 * x
            dx = np.array([object()], dtype=object)
            return f, dx
    """,
    "a deep list": """
        def double(x):
            f = 2 * x
            dx = []
            for _ in range(5000):
                dx = [dx]
            return f, dx
    """,
    "an array of many dimensions": """
        import numpy as np
        def double(x):
            f = 2 * x
            dx = np.full((1,) * 40, 2.0)
            return f, dx
    """,
    "a large array": """
        import numpy as np
        def double(x):
            f = 2 * x
            dx = np.full(40_000_000, 2.0)
            return f, dx
    """,
    "all comparisons replaced": """
        import numpy as np, builtins, json, math
        np.allclose = np.isclose = np.array_equal = lambda *args, **more: True
        np.all = builtins.all = lambda *args: True
        builtins.abs = lambda value: 0.0
        json.dumps = lambda *args, **more: '{"recording": null}'
        math.isfinite = lambda value: True
    """
    + WRONG.replace("\n", "\n        "),
    "the kit replaced": """
        import sys, backprop_kit, backprop_kit.checker, backprop_kit.judging, backprop_kit.answers
        for module in [m for n, m in sys.modules.items() if n.startswith("backprop_kit")]:
            for name in ("check", "grade", "judge", "earned", "within", "verdict"):
                if hasattr(module, name):
                    setattr(module, name, lambda *args, **more: 1.5)
    """
    + WRONG.replace("\n", "\n        "),
    "a tolerance blown up by ulps": """
        def double(x):
            f = 2 * x
            dx = 3.0 + 1e17 * (f - 2 * x)
            return f, dx
    """,
    "an answer for the visible input alone": """
        def double(x):
            f = 2 * x
            dx = 2.0 if x == 1.0 else 3.0
            return f, dx
    """,
    "the grade cell called by itself": WRONG + "grade = lambda *args, **more: 1.5\n1.5\n",
    "frames on the protocol's descriptor": """
        import os, struct, json
        for number in range(-3, 40):
            for points in (1.5,):
                said = json.dumps({"id": number, "outputs": [], "points": points, "recording": {}})
                for kind in (b"A", b"R", b"V"):
                    try:
                        os.write(3, struct.pack("!cI", kind, len(said)) + said.encode())
                    except OSError:
                        pass
    """
    + WRONG.replace("\n", "\n        "),
    "frames while answering": """
        import os, struct, json
        def double(x):
            f = 2 * x
            dx = 3.0
            said = json.dumps({"points": 1.5, "text": "", "fault": None})
            os.write(3, struct.pack("!cI", b"R", len(said)) + said.encode())
            return f, dx
    """,
    "garbage while answering": """
        import os
        def double(x):
            f = 2 * x
            os.write(3, os.urandom(4096))
            dx = 2.0
            return f, dx
    """,
    "the far end replaced": """
        import gc
        from autograder.learner import FarEnd
        for each in gc.get_objects():
            if isinstance(each, FarEnd):
                each.does["record"] = lambda question: {"recordings": [{"dict": []}], "points": 1.5}
                each.does["check"] = each.does["record"]
    """
    + WRONG.replace("\n", "\n        "),
    "a replaced descriptor": """
        import os
        os.close(3)
    """
    + WRONG.replace("\n", "\n        "),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_earns_nothing(server, section, lie):
    verdict, _ = graded(server, section, LIES[lie])
    assert verdict.points == 0.0, verdict
    assert not verdict.needs_person, verdict.why
    assert verdict.text


ENDS = {
    "a loop": ("def double(x):\n    while True:\n        pass\n", "does not end|end in time"),
    "a loop out of sight": (
        "def spin():\n    while True:\n        pass\ndef double(x):\n    spin()\n    f = 2 * x\n    return f, 2\n",
        "end in time",
    ),
    "a loop that takes no interrupt": (
        """
        def spin():
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    pass
        def double(x):
            spin()
            f = 2 * x
            return f
        """,
        "end in time",
    ),
    "an exit": ("def double(x):\n    raise SystemExit\n", "SystemExit"),
    "an end of the process": (
        "import os\ndef double(x):\n    os._exit(0)\n",
        "ended the process",
    ),
    "all memory": (
        "def double(x):\n    f = [0] * 10**9 * 8\n    return f\n",
        "MemoryError|more memory",
    ),
    "a recursion": ("def double(x):\n    return double(x)\n", "RecursionError|calls itself"),
    "a crash": (
        "import ctypes\ndef double(x):\n    ctypes.string_at(0)\n",
        "ended the process",
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_does_not_come_back_costs_its_own_exercise(server, section, end):
    import re

    source, said = ENDS[end]
    verdict, _ = graded(server, section, source)
    assert verdict.points == 0.0
    assert verdict.fault in (None, "learner"), verdict
    assert re.search(said, verdict.text), verdict.text


CELLS = {
    "a loop": "while True:\n    pass",
    "a loop that takes no interrupt": """
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
    """,
    "an exit": "exit()",
    "an end of the process": "import os\nos._exit(1)",
    "a kill": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "all memory": "keep = []\nwhile True:\n    keep.append(bytearray(100_000_000))",
    "much printed": "print('x' * 60_000_000)",
    "much displayed": "for _ in range(100_000):\n    display('x' * 1000)",
    "a representation that exits": "class R:\n    def __repr__(self):\n        raise SystemExit\nR()",
    "a magic": "%matplotlib inline\n!rm -rf /",
    "a text that is no Python": "def (:",
    "an exception without words": "class E(Exception):\n    def __str__(self):\n        raise self\nraise E",
}


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_that_misbehaves_costs_the_others_nothing(server, section, cell):
    verdict, (_, shown) = graded(server, section, RIGHT, CELLS[cell])
    assert verdict.points == 1.5, verdict
    assert len(shown) < 5_000_000


DEEDS = {
    "reading the users": "open('/etc/passwd').read()",
    "reading the root": "import os\nos.listdir('/')",
    "reading the processes": "open('/proc/1/environ').read()",
    "reading a home": "import os\nos.listdir('/root')",
    "reading the course": f"open({str(Path(__file__).parent.parent / 'course' / 'course.toml')!r}).read()",
    "reading the tests": f"import os\nos.listdir({str(Path(__file__).parent)!r})",
    "reading the kit": f"open({str(Path(__file__).parent.parent / 'backprop_kit' / 'writer.py')!r}).read()",
    "a socket": "import socket\nsocket.create_connection(('127.0.0.1', 22), timeout=1)",
    "a pair of sockets": "import socket\nsocket.socketpair()",
    "a fork": "import os\nos.fork()",
    "a program": "import subprocess\nsubprocess.run(['/bin/true'])",
    "a new program": "import os\nos.execv('/bin/sh', ['sh'])",
    "a signal to others": "import os\nos.kill(1, 9)",
    "another user": "import os\nos.setuid(0)",
    "a mount": "import ctypes\nassert ctypes.CDLL(None).mount(b'x', b'/scratch', b'tmpfs', 0, 0) == 0",
    "a trace": "import ctypes\nassert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0",
    "a large file": "with open('x', 'wb') as f:\n    f.write(bytes(1 << 30))",
    "many large files": "for n in range(100):\n    open(f'{n}', 'wb').write(bytes(4 << 20))",
    "a file elsewhere": "open('/tmp/elsewhere', 'w').write('x')",
    "a link": "import os\nos.symlink('/etc', 'etc')",
    "more limits": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nbytearray(4 << 30)",
    "a module of the grader": "import autograder.demo_class",
    "the writer": "from backprop_kit.writer import Writer\nassert isinstance(Writer, type)",
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_outside_cannot_be_reached(server, section, deed):
    verdict, (_, shown) = graded(server, section, RIGHT, DEEDS[deed])
    assert "'output_type': 'error'" in shown
    assert verdict.points == 1.5, verdict


def test_the_environment_is_empty(server, section, monkeypatch):
    monkeypatch.setenv("BACKPROP_SECRET", "secret")
    with ForkServer() as fresh:
        _, (_, shown) = graded(fresh, section, RIGHT, "import os\ndict(os.environ)")
    assert "secret" not in shown
    assert "/root" not in shown.replace("'/root", "")
    assert os.environ["BACKPROP_SECRET"] == "secret"


def test_nothing_is_left_behind(server, section):
    before = processes()
    graded(server, section, RIGHT, "import threading\nthreading.Thread(target=input).start()")
    graded(server, section, RIGHT, CELLS["a loop that takes no interrupt"])
    deadline = time.monotonic() + 20
    while processes() - before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not processes() - before


def processes() -> set[str]:
    """The processes of this test's fork server, and whatever else now runs as nobody's user."""
    found = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if 61_000 <= path.stat().st_uid < 65_000:
                found.add(path.name)
        except OSError:
            continue
    return found


def test_answer_machines_are_not_there(server, section):
    machine = """
        from backprop_kit import numerical_gradient
        def double(x):
            f = 2 * x
            dx = numerical_gradient(lambda x: 2 * x, x)
            return f, dx
    """
    verdict, _ = graded(server, section, machine)
    assert verdict.points == 0.0


def test_what_the_cells_before_made_is_there_again_in_a_new_process(server, section):
    reference = Reference(tuple(notebook(section).cells))
    with Session(server, SECONDS) as session:
        session.cell("from backprop_kit import check, draw, grade", 1)
        session.cell(RIGHT, 2)
        assert "Ended" in str(session.cell("import os; kept = 1; os._exit(3)", 3))
        assert session.judged(reference.job("double-grade", 1.5, None))["points"] == 1.5
        assert "NameError" in str(session.cell("kept", 4))


def test_a_notebook_that_ends_its_process_again_and_again_is_given_up(server, section):
    reference = Reference(tuple(notebook(section).cells))
    with Session(server, SECONDS) as session:
        shown = [str(session.cell("import os; os._exit(3)", 1)) for _ in range(6)]
        answer = session.judged(reference.job("double-grade", 1.5, None))
    assert "NotRun" in shown[-1]
    assert (answer["points"], answer["fault"]) == (0.0, "learner")
