"""Checks in a notebook that is graded: the code runs, and the report is made where it is read."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell

from autograder.forkserver import ForkServer
from autograder.put_off import INSTEAD
from autograder.running import run_and_judge
from autograder.session import Session
from autograder.verdict import Reference
from tests.sandboxes import needs_sandbox

SETUP = "from backprop_kit import check"
DOUBLE = """
def double(x):
    print("at", x)
    f = 2 * x
    dx = 3.0
    return f, dx
"""


@pytest.fixture(scope="module")
def server():
    needs_sandbox()
    with ForkServer() as server:
        yield server


def shown(server: ForkServer, *sources: str) -> list[str]:
    """What the last cell shows in a graded notebook, as text."""
    cells = [new_code_cell(source) for source in (SETUP, DOUBLE, *sources)]
    run_and_judge(cells, lambda: Reference(()), server, 10.0, 3)
    return [o.get("text") or o.get("evalue") or o["data"]["text/plain"] for o in cells[-1].outputs]


def test_code_that_is_checked_runs_once_and_the_report_is_put_off(server):
    assert shown(server, "check(double, x=4.0)") == ["at 4.0\n", INSTEAD]
    assert shown(server, "display(check(double, x=4.0))") == ["at 4.0\n", INSTEAD]


def test_what_cannot_be_checked_is_said_at_once(server):
    (said,) = shown(server, "check(double, y=4.0)")
    assert "no input called `y`" in said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print(report)", "double: dx is not right"),
        ("report.ok", "False"),
        ("report.score", "0.0"),
        ("f'{report}'", "double: dx is not right"),
        ("report.rows[0].verdict", "wrong"),
        ("report == check(double, x=4.0)", "True"),
        ("_ = report.ok\nreport", "double: dx is not right"),
    ],
)
def test_a_report_that_is_read_is_the_one_that_it_always_is(server, source, said):
    assert any(said in text for text in shown(server, "report = check(double, x=4.0)", source))


def test_a_report_is_one_to_whoever_asks_what_it_is(server):
    ask = "from backprop_kit.report import GradientReport\nisinstance(report, GradientReport)"
    assert shown(server, "report = check(double, x=4.0)", ask) == ["True"]


def test_no_report_is_made_within_an_answer_that_is_judged(server):
    answer = new_code_cell(
        DOUBLE.replace("3.0", "report.rows[0].expected") + "report = check(lambda x: x, x=1.0)"
    )
    with Session(server, puts_off=True) as session:
        for count, source in enumerate((SETUP, DOUBLE, "report = check(double, x=4.0)"), start=1):
            session.cell(source, count)
        session.cell(answer.source.rpartition("report = ")[0], 4)
        job = {
            "before": ["from backprop_kit import grade\n" + DOUBLE.replace("3.0", "2.0")],
            "grade": "grade(double, 2, at={'x': 4.0})", "points": 2.0, "seed": 1,
        }  # fmt: skip
        verdict = session.judged(job)
    assert verdict["points"] == 0.0
    assert "not there for an answer that is judged" in verdict["text"]


def test_outside_of_grading_a_check_says_what_it_finds(server):
    with Session(server) as session:
        outputs = [
            session.cell(s, n)
            for n, s in enumerate((SETUP, DOUBLE, "check(double, x=4.0)"), start=1)
        ]
    assert "dx is not right" in outputs[-1][-1]["data"]["text/plain"]
