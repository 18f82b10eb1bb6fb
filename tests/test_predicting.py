"""Predicted gradients: what is asked for, what is said of an answer, and a line that can be graded."""

import json
import math

import pytest

from backprop_kit import check_numbers, grade_numbers, trace
from backprop_kit.predicting import Prediction

CODE = "q = x + y\nf = q * z"
AT = {"x": -2, "y": 5, "z": -4}
NEURON = "dot = w[0]*x[0] + w[1]*x[1] + w[2]\nf = 1 / (1 + math.exp(-dot))"
WEIGHTS = {"w": [2.0, -3.0, -3.0], "x": [-1.0, -2.0]}


def predict(code=CODE, **inputs):
    circuit = trace(code, inputs=inputs or AT)
    return circuit, Prediction(circuit)


def pasted(line, prediction):
    """The dict that `grade_numbers` is given in a cell where the line was run."""
    cell: dict = {}
    exec(line, cell)
    return cell["answers"] if "answers" in cell else {d: cell[d] for d in prediction.asked.values()}


@pytest.mark.parametrize(
    ("d", "text", "verdict", "says"),
    [
        ("dq", "-4", "right", ""),
        ("dq", "\N{MINUS SIGN}4.0", "right", ""),
        ("dq", "", "missing", ""),
        ("dx", "4", "not yet", "has the right size and the wrong sign"),
        ("dx", "3", "not yet", "3.0 is the gradient on another name"),
        ("dz", "<b>", "not yet", "<b>' is no number"),
        ("dz", "nan", "not yet", "write a finite number"),
    ],
)
def test_each_answer_is_judged_at_once(d, text, verdict, says):
    _, prediction = predict()
    found = prediction.judged({d: text})[d]
    assert found["verdict"] == verdict
    assert says in found["said"]
    assert bool(found["said"]) is (verdict == "not yet")


@pytest.mark.parametrize(("code", "inputs"), [(CODE, AT), (NEURON, WEIGHTS)])
def test_the_line_to_paste_earns_full_marks_when_all_is_right(code, inputs):
    circuit, prediction = predict(code, **inputs)
    right = {d: f"{circuit.wires[place].d:.3g}" for place, d in prediction.asked.items()}
    assert {found["verdict"] for found in prediction.judged(right).values()} == {"right"}
    answers = pasted(prediction.line(right), prediction)
    assert list(answers) == list(right)
    assert check_numbers(answers, code, inputs=inputs).ok
    assert grade_numbers(answers, 3, code=code, at=inputs) == 3.0


def test_the_line_is_python_whatever_was_typed():
    _, prediction = predict()
    line = prediction.line({"dq": "-4", "dz": "inf", "dy": 'a"b', "dx": "1e-3", "dw": "1"})
    assert pasted(line, prediction) == {"dq": -4, "dz": None, "dy": None, "dx": 0.001}


def test_a_gradient_that_is_found_may_be_named():
    _, prediction = predict()
    said = prediction.judged({"dz": "3", "dx": "3"})["dx"]["said"]
    assert "3.0 is the gradient on z" in said


def test_what_is_said_of_an_answer_never_holds_the_gradient():
    circuit, prediction = predict(x=1.25, y=5.5, z=-4.375)
    tries = [
        prediction.judged(dict.fromkeys(prediction.asked.values(), text))
        for text in ("", "a", "99", "-99", "0", "nan")
    ]
    said = json.dumps(tries) + prediction.line({})
    assert "6.75" not in said
    assert math.isclose(circuit["z"].d, 6.75)
    assert "4.375" not in said


def test_at_a_tie_every_share_is_right():
    _, prediction = predict("f = max(x, y)", x=2.0, y=2.0)
    tries = [prediction.judged({"dx": text})["dx"] for text in ("0", "0.5", "1", "2")]
    verdicts = [found["verdict"] for found in tries]
    assert verdicts == ["right", "right", "right", "not yet"]
