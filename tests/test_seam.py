"""The seam: recorded in one process, sent as JSON through a pipe, judged in another."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backprop_kit import check
from backprop_kit.nudge import measure
from backprop_kit.plain import to_json
from backprop_kit.recorder import record
from backprop_kit.recording import Recording
from backprop_kit.staged import staged
from backprop_kit.trial import Trial
from backprop_kit.truth import Truth
from tests.test_golden import CASES, as_text, inputs_of

ACROSS = [
    "staged", "mask_in_place", "scatter_add", "notes_neuron", "saturated", "early_sign", "zeros",
    "aliased", "both_at_a_tie", "absent", "not_a_number", "mask_after_slip", "wrong_df",
]  # fmt: skip


class FarEnd:
    """Another process that runs the code; here it is only asked for recordings."""

    def __init__(self, code, output, upstream):
        root = Path(__file__).parent.parent
        script = [sys.executable, "-m", "tests.recorder_process"]
        self.process = subprocess.Popen(
            script, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdin
        assert self.process.stdout
        self.to, self.back = self.process.stdin, self.process.stdout
        self.ask([code, output, upstream])

    def ask(self, parts):
        self.to.write(json.dumps([to_json(p) for p in parts], allow_nan=False) + "\n")
        self.to.flush()

    def __call__(self, inputs, replace, quiet):
        pairs = {name: (r.after, r.value) for name, r in replace.items()}
        self.ask([dict(inputs), pairs])
        return Recording.from_json(self.back.readline())

    def close(self):
        self.to.close()
        self.process.wait(timeout=20)
        self.back.close()


@pytest.mark.parametrize("case", [c for c in CASES if c["name"] in ACROSS], ids=lambda c: c["name"])
def test_judged_outside_as_inside(case):
    inputs, output, text = inputs_of(case), case["output"], as_text(case)
    upstream = inputs.get("d" + output)
    inside = check(text, output, wrt=case["wrt"], inputs=inputs)
    far_end = FarEnd(text, output, upstream)
    try:
        wrt = case["wrt"] and tuple(case["wrt"])
        forward = staged(case["forward"], inputs)  # the learner's backward pass is not in here
        outside = Trial(far_end, forward, output, inputs, wrt, upstream).report()
    finally:
        far_end.close()
    assert str(outside) == str(inside)
    assert [(r.name, r.verdict, r.label) for r in outside.rows] == [
        (r.name, r.verdict, r.label) for r in inside.rows
    ]
    assert outside.score == inside.score


def learner(x, w, n):
    q = x * w
    r = q / n
    f = r.sum()
    dr = np.ones(3)
    dq = dr / n
    dx = w * dq
    dw = float("nan")
    dn = -math_inf
    return f, dx


math_inf = float("inf")
INPUTS = {"x": np.array([0.1, 1 / 3, -1e-300]), "w": 2, "n": 3.0}


def test_a_recording_survives_json_to_the_bit():
    recording = record(learner, INPUTS)
    again = Recording.from_json(recording.to_json())
    assert [w.name for w in again.writes] == [w.name for w in recording.writes]
    for before, after in zip(recording.writes, again.writes, strict=True):
        assert type(before.value) is type(after.value)
        assert np.asarray(before.value).tobytes() == np.asarray(after.value).tobytes()
        assert (before.line, before.text, before.how) == (after.line, after.text, after.how)
    assert again.to_json() == recording.to_json()
    json.loads(recording.to_json(), parse_constant=lambda name: pytest.fail(name))


def test_a_truth_survives_json_to_the_bit():
    truth = measure("m = max(x, y)\nf = 3 * m", {"x": 2.0, "y": 2.0})
    text = json.dumps(truth.to_json(), allow_nan=False)
    again = Truth.from_json(json.loads(text))
    assert json.dumps(again.to_json()) == text
    found = again.gradient("x")
    assert found is not None
    assert float(found.low) == 0.0
    assert float(found.high) == pytest.approx(3.0)
    assert len(again.joints) == len(truth.joints) == 2


@pytest.mark.parametrize(
    "broken",
    [
        {"array": {"dtype": "<f8", "shape": [2], "base64": "AAAA"}},
        {"array": {"dtype": "|O", "shape": [1], "base64": "AAAAAAAAAAA="}},
        {"array": {"dtype": "<f8", "shape": [-1], "base64": ""}},
        {"pickle": "x"},
        {"float": "1", "int": 2},
    ],
)
def test_malformed_data_is_refused(broken):
    from backprop_kit.plain import from_json

    with pytest.raises((ValueError, TypeError)):
        from_json(broken)


def test_objects_travel_as_the_name_of_their_type():
    text = "f = 2 * x\ndx = lambda: 2\ncache = {'x': x, 'print': print}"
    recording = Recording.from_json(record(text, {"x": 1.0}).to_json())
    values = {w.name: w.value for w in recording.writes}
    assert values["dx"].type == "function"
    assert values["cache"]["x"] == 1.0


def test_another_forward_pass_than_the_given_one_is_named():
    inputs = {"x": -2.0, "y": 5.0, "z": -4.0}
    given = "q = x + y\nf = q * z"
    learner = "q = x - y\nf = q * z\ndz = q\ndq = z\ndx = dq\ndy = -dq"

    def run(inputs, replace, quiet):
        return record(learner, inputs, replace, quiet=quiet)

    report = Trial(run, staged(given, inputs), "f", inputs, ("x", "y", "z")).report()
    assert [row.name for row in report.rows if row.verdict == "wrong"] == ["dz", "dy"]
    assert report.label == report["dy"].label == "changed_forward"
    assert "line 1 (`q = x - y`)" in report.reason
    own = Trial(run, staged(learner, inputs), "f", inputs, ("x", "y", "z"), own=True).report()
    assert own.ok
