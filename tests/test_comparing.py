"""A handwritten backward pass beside the circuit: each number on its wire, the first slip at its gate."""

import json
import math

import numpy as np
import pytest

from backprop_kit import check, trace
from backprop_kit.comparing import compared


def fork(x, y):
    xpy = x + y
    num = x * 3
    f = xpy * num
    dxpy = num
    dnum = xpy
    dx = dxpy
    dx = 3 * dnum
    dy = dxpy
    return f, dx, dy


def right_fork(x, y):
    xpy = x + y
    num = x * 3
    f = xpy * num
    dxpy = num
    dnum = xpy
    dx = dxpy
    dx += 3 * dnum
    dy = dxpy
    return f, dx, dy


def lucky(x, y):
    m = max(x, y)
    f = m * 2
    dm = 2
    dx = dm
    dy = 0.0
    return f, dx, dy


def neuron(w, x):
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1 / (1 + math.exp(-dot))
    ddot = f * (1 + f)
    dx = [w[0] * ddot, w[1] * ddot]
    dw = [x[0] * ddot, x[1] * ddot, ddot]
    return f, dw, dx


def stops(x, y):
    q = x * y
    f = q + 1
    dq = 1.0
    dx = y * [][1]
    return f, dx


def compare(code, **inputs):
    circuit = trace(code, inputs=inputs)
    return circuit, compared(circuit)


@pytest.mark.parametrize(
    ("code", "inputs"),
    [(fork, {"x": 3.0, "y": -4.0}), (right_fork, {"x": 3.0, "y": -4.0}), (neuron, {"w": [2.0, -3.0, -3.0], "x": [-1.0, -2.0]})],
)  # fmt: skip
def test_each_number_stands_on_its_wire_and_differs_where_the_report_says(code, inputs):
    circuit, found = compare(code, **inputs)
    report = check(code, inputs=inputs)
    assert json.dumps(found)
    assert found["ok"] is report.ok
    assert found["headline"] == report.headline()
    verdicts = {row.name: row.verdict for row in report.rows}
    for row in found["rows"]:
        wire = circuit.wires[row["wire"]]
        assert f"d{wire.name}" == row["name"]
        assert verdicts[row["name"].partition("[")[0]] == row["verdict"]
        same = math.isclose(row["yours"], wire.d, rel_tol=1e-9)
        assert same is (row["verdict"] == "right"), row


def test_the_first_slip_is_marked_at_its_gate_with_the_sentence_of_the_report():
    circuit, found = compare(fork, x=3.0, y=-4.0)
    first = found["first"]
    assert first["name"] == "dx"
    assert [circuit.wires[n].name for n in first["wires"]] == ["x"]
    assert [circuit.wires[n].label for n in first["gates"]] == ["*3"]  # the one that overwrites
    assert first["said"] == check(fork, x=3.0, y=-4.0).reason.replace("`", "")
    assert "overwrites what line" in first["said"]


def test_a_stage_of_several_gates_is_marked_as_a_whole():
    circuit, found = compare(neuron, w=[2.0, -3.0, -3.0], x=[-1.0, -2.0])
    assert [circuit.wires[n].label for n in found["first"]["gates"]] == ["*-1", "exp", "+1", "1/x"]
    assert {row["verdict"] for row in found["rows"][1:]} == {"inherits"}


def test_a_slip_that_does_not_show_at_these_inputs_is_called_luck():
    circuit, found = compare(lucky, x=3.0, y=1.0)
    row = next(row for row in found["rows"] if row["name"] == "dx")
    assert (row["yours"], circuit["x"].d) == (2.0, 2.0)
    assert "happens to be right; at x=" in found["first"]["said"]
    circuit, found = compare(lucky, x=1.0, y=3.0)
    assert "happens" not in found["first"]["said"]
    assert (found["rows"][1]["yours"], circuit["x"].d) == (2.0, 0.0)


def test_a_gradient_that_is_not_written_has_no_number():
    _, found = compare("q = x * y\nf = q + 1\ndq = 1.0\ndx = y * dq", x=2.0, y=3.0)
    rows = {row["name"]: row for row in found["rows"]}
    assert rows["dy"]["yours"] is None
    assert rows["dy"]["verdict"] == "missing"
    assert found["first"]["label"] == "missing"


def test_a_backward_pass_that_stops_is_compared_up_to_there():
    _, found = compare(stops, x=2.0, y=3.0)
    assert "IndexError" in found["first"]["said"]
    assert {row["name"]: row["verdict"] for row in found["rows"]}["dq"] == "right"


def test_arrays_are_told_in_words():
    code = "D = W.dot(X)\nf = np.sum(D)\ndD = np.ones(D.shape)\ndW = X.dot(dD.T)"
    _, found = compare(code, W=np.ones((2, 3)), X=np.ones((3, 4)))
    row = next(row for row in found["rows"] if row["name"] == "dW")
    assert (row["yours"], row["verdict"]) == (None, "wrong")
    assert row["found"] == "shape (3, 2)"
    assert row["wanted"] == "(2, 3)"


def test_what_cannot_be_judged_is_said_in_the_place_of_rows():
    _, found = compare("f = n * 2", n=True)
    assert found["rows"] == []
    assert "gradient" in found["problem"]
