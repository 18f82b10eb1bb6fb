"""The verdict from outside is that of a plain kernel: score, label and words, for every exercise."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from autograder.course import find_course
from autograder.exercise import Exercise
from autograder.forkserver import ForkServer
from autograder.notebooks import notebook
from autograder.rehearsal import blank, rehearse
from autograder.sections import Section, read_course
from autograder.session import Session
from autograder.verdict import Reference, Verdict, verdict_from
from autograder.withheld import MODULES
from tests.sandboxes import needs_sandbox

SECTIONS = read_course(find_course().sections)
GRADED = [(s, e) for s in SECTIONS for e in s.exercises if not e.by_hand]
ANSWERS = [
    (section, exercise, name, text)
    for section, exercise in GRADED
    for name, text in [
        ("reference", exercise.solution.source),
        ("blank", blank(exercise)),
        *((f"mistake-{m.line}", exercise.with_mistake(m)) for m in exercise.mistakes),
    ]
]


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    needs_sandbox()
    with ForkServer() as server:
        yield server


def verdict_on(
    server: ForkServer,
    section: Section,
    exercise: Exercise,
    solution: str,
    seed: int | None = None,
    seconds: float = 30.0,
) -> Verdict:
    """Run the setup, an answer and the checks in the sandbox, and have it judged."""
    setup = [cell.source for cell in section.cells if cell.role == "setup"]
    cells = [*setup, solution, *(check.source for check in exercise.checks)]
    with Session(server, seconds) as session:
        for count, source in enumerate(cells, start=1):
            session.cell(source, count)
        reference = Reference(tuple(notebook(section).cells))
        job = reference.job(exercise.grade_id, exercise.points, seed)
        return verdict_from(exercise.grade_id, exercise.points, session.judged(job), [])


@pytest.mark.parametrize(
    ("section", "exercise", "name", "text"),
    ANSWERS,
    ids=[f"{exercise.id}:{name}" for _, exercise, name, _ in ANSWERS],
)
def test_the_verdict_is_that_of_a_plain_kernel(server, section, exercise, name, text):
    inside = rehearse(section, exercise, text)
    outside = verdict_on(server, section, exercise, text)
    assert outside.fault is None, outside.why
    assert outside.points == inside.earned
    assert outside.label == inside.report.label
    assert outside.first_wrong == inside.report.first_wrong
    assert str(inside.report) in outside.text


BY_VALUES = [(s, e) for s, e in GRADED if e.kind in ("function", "gate")]
SEEDS = range(12)  # a gate that is flat but for rounding was held to the rounding at one in four


@pytest.mark.parametrize(("section", "exercise"), BY_VALUES, ids=[e.id for _, e in BY_VALUES])
def test_right_is_right_whatever_inputs_are_drawn(server, section, exercise):
    setup = [cell.source for cell in section.cells if cell.role == "setup"]
    reference = Reference(tuple(notebook(section).cells))
    with Session(server, 30) as session:
        for count, source in enumerate([*setup, exercise.solution.source], start=1):
            session.cell(source, count)
        for seed in SEEDS:
            answer = session.judged(reference.job(exercise.grade_id, exercise.points, seed))
            assert answer["points"] == exercise.points, (seed, answer["text"])


GATE = next((section, exercise) for section, exercise in GRADED if exercise.kind == "gate")
NUMBERS = next((section, exercise) for section, exercise in GRADED if exercise.kind == "numbers")
ABSENT = {
    "backward": "is not there once the notebook has run",
    "staged": "is not there once the notebook has run",
    "function": "is not there once the notebook has run",
    "gate": "No gate is called",
    "numbers": "is not answered yet",
}


@pytest.mark.parametrize("kind", ABSENT)
def test_an_answer_that_is_not_there_is_said_to_be_missing(server, kind):
    section, exercise = next((s, e) for s, e in GRADED if e.kind == kind)
    verdict = verdict_on(server, section, exercise, "")
    assert (verdict.points, verdict.fault == "kit") == (0.0, False)
    assert ABSENT[kind] in verdict.text


LYING_GATES = {
    "a value that equals everything": "return Same(0.0), lambda df: (df,) * {inputs}",
    "a backward that gives no numbers": "return {value}, lambda df: (Same(1.0),) * {inputs}",
    "a backward that ends the process": "return {value}, lambda df: __import__('os')._exit(0)",
    "no tuple": "return Same(1.0)",
    "too many gradients": "return {value}, lambda df: (df,) * 100000",
    "a text": "return {value}, lambda df: ('x' * 10**7,) * {inputs}",
}
SAME = """
class Same(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __abs__(self): return 0.0
    def __le__(self, other): return True
    __ge__ = __lt__ = __gt__ = __le__
    def __hash__(self): return 0
"""


@pytest.mark.parametrize("lie", LYING_GATES)
def test_a_gate_that_lies_earns_nothing(server, lie):
    section, exercise = GATE
    names = ("x", "y")[: 2 if "y" in exercise.solution.source.split("def ")[1].split(")")[0] else 1]
    body = LYING_GATES[lie].format(inputs=len(names), value=f"{names[0]} * 0.0")
    solution = (
        f"{SAME}\n@gate({exercise.function!r}, example=({'2.0, ' * len(names)}))\n"
        f"def {exercise.function}({', '.join(names)}):\n    {body}\n"
    )
    verdict = verdict_on(server, section, exercise, solution, seed=5)
    assert (verdict.points, verdict.fault == "kit") == (0.0, False), verdict


def test_numbers_that_lie_earn_nothing(server):
    section, exercise = NUMBERS
    names = [name.strip() for name in exercise.solution.source.split("= None")[0].split("=")]
    assert any(name.isidentifier() for name in names)
    given = "\n".join(f"{name} = Same(7.77e77)" for name in names if name.isidentifier())
    verdict = verdict_on(server, section, exercise, f"{SAME}\n{given}\n", seed=5)
    assert (verdict.points, verdict.fault == "kit") == (0.0, False), verdict


def test_nothing_that_a_child_has_reaches_what_is_withheld():
    """A module that draws or computes gradients comes with all that it imports, into every child."""
    names = ", ".join(repr(name) for name in MODULES)
    code = (
        "import importlib, sys\n"
        "from autograder.children import WARM, _of_the_kit\n"
        "for name in [*WARM, *_of_the_kit()]:\n    importlib.import_module(name)\n"
        f"found = [n for n in ({names}) if f'backprop_kit.{{n}}' in sys.modules]\n"
        "found += [n for n in ('IPython', 'anywidget', 'nbformat') if n in sys.modules]\n"
        "print(found)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_judge_spends_nothing_on_the_checks_of_the_source():
    code = (
        "import autograder.judge as judge\n"
        "from autograder.frames import Broken\n"
        "class Ended:\n    def receive(self, seconds):\n        raise Broken('it ended')\n"
        "judge.serve(Ended())\n"
        "judge.run('from backprop_kit import check, check_numbers', '<source>', names := {})\n"
        "print(names['check'](None).anything, names['check_numbers']({}, code=None))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert done.stdout.count("is not there while a notebook is graded") == 2, done.stderr
