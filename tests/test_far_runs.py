"""Code at the far end is run at many points with one question, and once at each."""

from __future__ import annotations

import gc
import json
from typing import Any

import numpy as np
import pytest

import backprop_kit.place
from autograder.asking import Asking
from autograder.far_runs import FarRuns
from autograder.grading import Grading
from autograder.learner import FarEnd
from autograder.strict import Malformed, inputs_to, recording_from
from backprop_kit.nudge import measure
from backprop_kit.plain import to_json
from backprop_kit.recorder import record
from backprop_kit.recording import Replacement
from backprop_kit.source import StagedError
from backprop_kit.staged import Clock


def double(x):
    f = 2 * x
    dx = 2.0
    return f, dx


def stops_at_seven(x):
    f = 2 * x
    while x == 7.0:
        pass
    dx = 2.0
    return f, dx


def long(x):
    h = np.zeros(100_000)
    f = 2 * x + h.sum()
    dx = 2.0
    return f, dx


def wrong(x, y):
    f = x * y
    dx = x
    dy = y
    return f, dx, dy


def product(x, y):
    f = x * y
    dx = y
    dy = x
    return f, dx, dy


class FarEndHere:
    """An `Asking` that has the learner's side in this process, and counts the questions."""

    def __init__(self, **names: Any) -> None:
        self.far = FarEnd(None)  # type: ignore[arg-type]
        self.far.notebook.names |= names
        self.asked: list[int] = []

    def record(self, name, places, replace, quiet, output, backward, upstream):
        self.asked.append(len(places))
        put = {place: (r.after, r.value) for place, r in replace.items()}
        question = {
            "name": name, "places": places, "replace": to_json(put), "quiet": quiet,
            "output": output, "backward": backward, "upstream": to_json(upstream),
        }  # fmt: skip
        answer = self.far.record(question)
        return [recording_from(r) for r in json.loads(answer["recordings"])], answer["printed"]

    def describe(self, name):
        return {"callable": True, "type": "function", "called": name}


def runs_of(**names: Any) -> tuple[FarRuns, FarEndHere]:
    [name], asking = names, FarEndHere(**names)
    return FarRuns(asking, name, "f", None, lambda said: None), asking  # type: ignore[arg-type]


def run(runs: FarRuns, x: float, quiet: bool = True, **put: Replacement) -> Any:
    return runs.run(None, {"x": x}, put, quiet)


def places(*xs: float) -> list[dict[str, float]]:
    return [{"x": x} for x in xs]


def test_points_that_are_known_beforehand_take_one_question():
    runs, asking = runs_of(double=double)
    runs.foresee(None, places(1.0, 2.0, 3.0))
    found = [run(runs, x) for x in (1.0, 2.0, 3.0)]
    assert asking.asked == [3]
    assert found == [record(double, {"x": x}, quiet=True) for x in (1.0, 2.0, 3.0)]


def test_a_point_is_run_once_but_where_it_leaves_a_trace_or_something_is_put_in():
    runs, asking = runs_of(double=double)
    first = run(runs, 1.0)
    assert run(runs, 1.0) is first
    run(runs, 1.0, quiet=False)
    run(runs, 1.0, f=Replacement(1, 5.0))
    assert asking.asked == [1, 1, 1]


def test_another_gradient_from_above_is_another_run():
    runs, asking = runs_of(double=double)
    runs.run(1.0, {"x": 1.0}, {}, True)
    runs.run(2.0, {"x": 1.0}, {}, True)
    assert asking.asked == [1, 1]


def test_what_was_known_is_not_asked_for_again():
    runs, asking = runs_of(double=double)
    runs.foresee(None, places(1.0, 2.0))
    runs.foresee(None, places(1.0, 2.0, 3.0, 4.0))
    assert asking.asked == [2, 2]


def test_a_long_answer_ends_where_it_has_become_long():
    runs, asking = runs_of(long=long)
    runs.foresee(None, places(1.0, 2.0, 3.0))
    assert len(runs.done) < 3
    assert [run(runs, x).values()["x"] for x in (1.0, 2.0, 3.0)] == [1.0, 2.0, 3.0]
    assert len(asking.asked) > 1


def test_many_large_recordings_are_not_all_kept():
    runs, _ = runs_of(long=long)
    for x in range(20):
        run(runs, float(x))
    assert len(runs.done) == 9  # of 100,000 numbers each, and a few


def test_code_that_does_not_end_is_not_run_on(monkeypatch):
    monkeypatch.setattr(Clock, "limit", 0.2)
    runs, asking = runs_of(stops_at_seven=stops_at_seven)
    runs.foresee(None, places(1.0, 7.0, 3.0))
    assert sorted(json.loads(key)[0][0][1]["plain"] for key in runs.done) == [1.0, 7.0]
    assert run(runs, 3.0).failure is None
    assert asking.asked == [3, 1]


def test_what_cannot_be_recorded_is_said_where_it_is_asked_for():
    runs, _ = runs_of(double=double)
    runs.foresee(None, [{"x": 1.0}, {"y": 2.0}])
    assert run(runs, 1.0).failure is None
    with pytest.raises(StagedError, match="no input called `y`"):
        runs.run(None, {"y": 2.0}, {}, True)


def test_what_a_place_with_large_arrays_has_left_behind_is_cleared_away(monkeypatch):
    collected: list[None] = []
    monkeypatch.setattr(gc, "collect", lambda: collected.append(None))
    for function, expected in ((double, 0), (long, 3)):
        runs, _ = runs_of(function=function)
        for place in range(4):
            run(runs, -1.0, quiet=False)
            for x in range(10):
                run(runs, 10.0 * place + x)
        assert len(collected) == expected


def graded(monkeypatch: Any, function: Any, at: Any) -> tuple[float, list[int], int]:
    """What a function earns, the questions that were asked, and how often there was measuring."""
    measured: list[None] = []

    def counted(*args: Any, **kwargs: Any) -> Any:
        measured.append(None)
        return measure(*args, **kwargs)

    monkeypatch.setattr(backprop_kit.place, "measure", counted)
    asking = FarEndHere(product=function)
    grading = Grading(asking, seed=5)  # type: ignore[arg-type]
    grading.names = {"product": product}
    return grading.grade(product, 4, at=at), asking.asked, len(measured)


def test_fresh_points_that_places_have_in_common_are_measured_once(monkeypatch, capsys):
    at = [{"x": 1.0, "y": 2.0}, {"x": -3.0, "y": 5.0}, {"x": 2.5, "y": 0.5}]
    points, asked, measured = graded(monkeypatch, product, at)
    assert points == 4.0
    assert asked == [1, 7, 1, 4, 1, 4]  # in the first place all, then those beside the place alone
    assert measured == 3 * 4 + 3
    assert "every gradient is right" in capsys.readouterr().out


def test_after_a_place_that_earns_nothing_no_other_is_looked_at(monkeypatch, capsys):
    at = [{"x": 1.5, "y": 2.0}, {"x": -3.0, "y": 5.0}]
    points, asked, _ = graded(monkeypatch, wrong, at)
    assert points == 0.0
    assert [count for count in asked if count > 1] == [7]
    assert "should be" in capsys.readouterr().out


@pytest.mark.parametrize("many", [0, 2])
def test_as_many_recordings_come_as_were_asked_for_at_most(many, monkeypatch):
    written = json.loads(record(double, {"x": 1.0}, quiet=True).to_json())
    asking = Asking(None)  # type: ignore[arg-type]
    monkeypatch.setattr(asking, "ask", lambda do, **more: {"recordings": [written] * many})
    with pytest.raises(Malformed, match="not as many recordings"):
        asking.record("double", [inputs_to({"x": 1.0}, to_json)], {}, True, "f", None, None)


def test_pairs_are_read_as_they_were_written():
    far = FarEndHere().far
    assert far.inputs(inputs_to({"x": 1.5, "w": [2.0]}, to_json)) == {"x": 1.5, "w": [2.0]}
