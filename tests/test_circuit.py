"""A circuit is the forward pass as it ran: its values, its gradients, and its decisions."""

import math
import random

import numpy as np
import pytest

from backprop_kit import StagedError, trace
from backprop_kit.circuit import Circuit, TraceError
from backprop_kit.drawing import draw


def labels(circuit):
    return [wire.label for wire in circuit if wire.gate and wire.gate.name != "copy"]


# ----- what is followed ---------------------------------------------------------------------------


def test_values_and_gradients_are_plain_numbers():
    circuit = trace("q = x + y\nf = q * z", x=-2, y=5, z=-4)
    assert (circuit["q"].value, circuit["q"].d) == (3, -4.0)
    assert type(circuit["q"].value) is int
    assert type(circuit["q"].d) is float
    floats = trace("f = x * y", x=np.float32(0.5), y=np.int64(3))
    assert [type(floats[name].value) for name in "xyf"] == [float, int, float]


def test_a_name_used_twice_sends_two_edges_and_adds_up():
    circuit = trace("f = x * x", x=3.0)
    assert circuit["f"].operands == (circuit["x"], circuit["x"])
    assert circuit["x"].d == 6.0


def test_gradients_add_up_at_forks():
    circuit = trace("a = x * 2\nb = x * 3\nf = a * b", x=1.5)
    assert circuit["x"].d == 2 * 4.5 + 3 * 3.0


def test_a_loop_is_unrolled():
    circuit = trace("s = 1.0\nfor k in range(4):\n    s = s * x\nf = s", x=2.0)
    assert circuit["f"].value == 16.0
    assert circuit["x"].d == 32.0
    assert labels(circuit) == ["*1", "*", "*", "*"]


def test_a_name_written_again_is_looked_up_as_last_written():
    circuit = trace("q = x * 2\nq = q + 1\nq *= q\nf = q", x=1.0)
    assert (circuit["q"].value, circuit["x"].d) == (9.0, 12.0)


def test_a_parameter_written_again_keeps_the_gradient_of_the_input():
    def code(x):
        x = x * x
        f = x * 3
        return f

    circuit = trace(code, x=2.0)
    assert (circuit["x"].value, circuit["x"].d) == (2.0, 12.0)


def square(v):
    twice = v * v
    return twice


def with_helper(x, y):
    twice = square(x) + square(v=y)
    f = twice * x
    return f


def test_helpers_are_followed_their_names_apart():
    circuit = trace(with_helper, x=2.0, y=3.0)
    assert circuit["twice"].value == 13.0
    assert (circuit["x"].d, circuit["y"].d) == (13.0 + 2 * 4.0, 12.0)


def test_tuples_conditions_and_comprehensions():
    circuit = trace(
        "a, (b, c) = x, (x * 2, y)\n"
        "d: float = a if b > c else c\n"
        "parts = [p * p for p in (a, b, c) if p > 0]\n"
        "f = (total := sum(parts)) + d",
        x=1.5,
        y=-2.0,
    )
    assert circuit["f"].value == 1.5**2 + 3.0**2 + 1.5
    assert circuit["x"].d == 2 * 1.5 + 2 * 3.0 * 2 + 1
    assert circuit["y"].d == 0.0
    assert circuit["total"].d == 1.0


def test_lists_are_wires_by_index():
    circuit = trace("f = w[0]*x[0] + w[1]*x[1] + w[2]", w=[2, -3, -3], x=[-1, -2])
    assert circuit["w[2]"].value == -3
    assert circuit["w"].value == [2, -3, -3]
    assert circuit["w"].d == [-1.0, -2.0, 1.0]
    assert list(circuit.inputs) == ["w[0]", "w[1]", "w[2]", "x[0]", "x[1]"]


def test_dicts_and_nested_lists_are_wires_by_key():
    circuit = trace("f = p['w'] * m[1][0]", p={"w": 2.0}, m=[[1.0], [3.0]])
    assert circuit["p['w']"].d == 3.0
    assert circuit["m[1][0]"].d == 2.0
    assert circuit["m[0][0]"].d == 0.0


def test_the_lists_of_the_caller_stay_as_they_are():
    w = [1.0, 2.0]
    trace("w[0] = w[0] * 3\nf = w[0] * w[1]", w=w)
    assert w == [1.0, 2.0]


def test_an_int_may_be_a_count_an_index_and_a_length():
    code = "s = [0.0] * n\nfor i in range(n):\n    s[i] = w[i] * x\nf = sum(s) + w[n]"
    circuit = trace(code, n=2, w=[1.0, 2.0, 5.0], x=3.0)
    assert (circuit["f"].value, circuit["x"].d, circuit["w"].d) == (14.0, 3.0, [3.0, 3.0, 1.0])
    assert circuit.run(n=1)["f"].value == 5.0


def test_sums_products_and_extremes_of_many_numbers():
    circuit = trace("f = sum(w) * math.prod(w) + max(w) - min(w[0], 2.5, w[1])", w=[2.0, 3.0, 4.0])
    assert circuit["f"].value == 9 * 24 + 4.0 - 2.0
    assert circuit["w"].d == [24 + 9 * 12 - 1, 24 + 9 * 8, 24 + 9 * 6 + 1]


def test_numpy_spells_the_same_gates():
    assert labels(trace("f = np.exp(np.maximum(x, y)) / np.sqrt(y)", x=1.0, y=2.0)) == [
        "max",
        "exp",
        "sqrt",
        "/",
    ]


def test_constants_are_written_into_the_gates_as_the_notes_write_them():
    assert labels(trace("f = 1/x + 2*x - 3 + (-x) + x**2 + 2**x + x/4", x=1.0)) == [
        "1/x", "*2", "+", "-3", "*-1", "+", "**2", "+", "2**x", "+", "/4", "+",
    ]  # fmt: skip


def test_the_output_may_have_another_name_and_an_upstream_gradient():
    circuit = trace("loss = x * y", "loss", x=2.0, y=3.0, upstream=10)
    assert (circuit["loss"].d, circuit["x"].d) == (10.0, 30.0)
    given_as_input = trace("f = x * y\ndx = y * df", x=2.0, y=3.0, df=10.0)
    assert given_as_input["x"].d == 30.0


def test_the_backward_pass_is_left_out():
    circuit = trace("f = x * y\ndx = y * 1.0\ndy = x * 1.0", x=2.0, y=3.0)
    assert labels(circuit) == ["*"]
    assert "dx" not in circuit


def test_a_second_name_has_a_gradient_of_its_own():
    circuit = trace("a = x\nf = a * x", x=3.0)
    assert (circuit["a"].d, circuit["x"].d) == (3.0, 6.0)


def test_a_hundred_thousand_gates_in_a_row():
    code = "s = x\nfor k in range(50_000):\n    s = s * 1.0 + x\nf = s"
    circuit = trace(code, x=1.0)
    assert len(circuit.wires) > 100_000
    assert circuit["x"].d == 50_001.0
    assert circuit.run(x=2.0)["f"].value == 100_002.0


def test_where_no_gradient_arrives_no_slope_is_asked_for():
    assert trace("f = max(math.sqrt(x), y)", x=0.0, y=1.0)["x"].d == 0.0


def test_comparisons_pass_no_gradient():
    circuit = trace("mask = x > 1\nf = mask * x", x=3.0)
    assert circuit["mask"].value is True
    assert circuit["x"].d == 1.0
    assert ">1" in labels(circuit)


# ----- running again ------------------------------------------------------------------------------


class Traces:
    """Counts how often the code itself is run."""

    def __init__(self, monkeypatch):
        self.count = 0
        run = Circuit._run

        def counted(circuit, *args):
            self.count += 1
            return run(circuit, *args)

        monkeypatch.setattr(Circuit, "_run", counted)


BRANCH = "if x > 0:\n    q = x * 2\nelse:\n    q = -x\nf = q * y"


def test_running_again_traces_only_when_a_guard_flips(monkeypatch):
    traces = Traces(monkeypatch)
    circuit = trace(BRANCH, x=3.0, y=5.0)
    assert circuit.run(x=4.0) is circuit
    assert (circuit["f"].value, circuit["x"].d, traces.count) == (40.0, 10.0, 1)
    circuit.run(y=1.0)
    assert (circuit["f"].value, circuit["y"].d, traces.count) == (8.0, 8.0, 1)
    circuit.run(x=-4.0)
    assert (circuit["f"].value, circuit["x"].d, traces.count) == (4.0, -1.0, 2)
    circuit.run(x=-5.0)
    assert (circuit["f"].value, traces.count) == (5.0, 2)


@pytest.mark.parametrize(
    "code",
    [
        "while x < 10:\n    x = x * 2\nf = x",
        "f = x if x > 2 and x < 5 else -x",
        "f = x * 3 if not x > 4 else x",
        "f = sorted([x, 4.0])[0] * 2 + x",
        "f = 1.0\nfor k in range(6):\n    if k > x:\n        break\n    f = f * x",
        "f = x and x * 2",
    ],
)
def test_running_again_is_tracing_anew(code):
    circuit = trace(code, x=1.0)
    for x in (1.5, 3.0, 4.5, 6.0, 0.0, -1.0, 1.0):
        if "while" in code and x <= 0:
            continue
        fresh = trace(code, x=x)
        circuit.run(x=x)
        assert circuit["f"].value == fresh["f"].value
        assert circuit.output.value == fresh.output.value
        assert circuit["x"].d == fresh["x"].d


def test_a_flag_takes_another_branch():
    circuit = trace("f = x * 2 if flag else x * 3", x=2.0, flag=True)
    assert circuit["f"].value == 4.0
    assert circuit.run(flag=False)["f"].value == 6.0


def test_a_list_may_get_longer():
    circuit = trace("f = sum(v * v for v in w)", w=[1.0, 2.0])
    assert circuit.run(w=[1.0, 2.0, 3.0])["w"].d == [2.0, 4.0, 6.0]


def test_a_run_that_fails_changes_nothing():
    circuit = trace("if x > 2:\n    q = x * 2\nelse:\n    q = 1 / x\nf = q * y", x=3.0, y=5.0)
    before = [(wire.value, wire.d) for wire in circuit]
    with pytest.raises(TraceError, match="divides by zero"):
        circuit.run(x=0.0)
    with pytest.raises(StagedError, match="no input called `z`"):
        circuit.run(z=1.0)
    assert [(wire.value, wire.d) for wire in circuit] == before
    assert circuit.run(y=6.0)["f"].value == 36.0


def test_a_complete_circuit_takes_no_more_gates():
    circuit = trace("f = x * 2", x=1.0)
    with pytest.raises(TraceError, match=r"circuit is complete.*use `.value` and `.d`"):
        circuit["f"] + 1
    with pytest.raises(TraceError, match=r"its number is in `.value`"):
        bool(circuit["f"])


# ----- groups -------------------------------------------------------------------------------------

NEURON = "q = w * x\nf = 1 / (1 + math.exp(-q))"


def test_a_sigmoid_is_recognised_and_shown_as_four_gates_or_one():
    circuit = trace(NEURON, w=2.0, x=-1.0)
    (group,) = circuit.groups
    assert [wire.label for wire in group.wires] == ["*-1", "exp", "+1", "1/x"]
    assert draw(circuit).dot.count("class=gate") == 5
    assert draw(circuit, group="closed").dot.count("class=gate") == 2
    assert draw(circuit, group=False).dot.count("cluster") == 0


def test_the_gradients_outside_a_sigmoid_are_those_of_its_one_gate():
    four = trace(NEURON, w=2.0, x=-1.0)
    one = trace("q = w * x\nf = sigmoid(q)", w=2.0, x=-1.0)
    for name in ("w", "x", "q", "f"):
        assert four[name].value == pytest.approx(one[name].value, rel=1e-15)
        assert four[name].d == pytest.approx(one[name].d, rel=1e-14)


def test_a_sigmoid_whose_inside_is_read_is_left_open():
    assert trace("e = math.exp(-x)\nf = 1 / (1 + e) + e", x=1.0).groups == []


def test_a_helper_call_is_a_group():
    names = [group.name for group in trace(with_helper, x=2.0, y=3.0).groups]
    assert names == []  # a call of one gate needs no box

    def code(x, y):
        f = length(x, y) + length(y, x)
        return f

    assert [group.name for group in trace(code, x=3.0, y=4.0).groups] == ["length", "length"]


def length(a, b):
    return math.sqrt(a * a + b * b)


def test_gates_are_grouped_by_name():
    code = "p = w[0]*x[0]\nq = w[1]*x[1]\ndot = p + q\nf = math.tanh(dot)"
    figure = draw(code, w=[2.0, 1.0], x=[0.5, 0.25], group={"dot product": ["p", "q", "dot"]})
    assert figure.dot.count("subgraph cluster") == 1
    assert "dot product" in figure.dot
    with pytest.raises(TraceError, match="no stage is called `nope`; the names here are"):
        draw(code, w=[2.0, 1.0], x=[0.5, 0.25], group={"mine": ["nope"]})


# ----- what is left alone, and what is written -----------------------------------------------------


def test_tracing_leaves_random_numbers_alone():
    random.seed(3)
    state = random.getstate()
    trace("f = x * 2", x=1.0)
    assert random.getstate() == state


def test_the_page_opens_without_a_network(tmp_path):
    page = trace(BRANCH, x=3.0, y=5.0).to_html(tmp_path / "circuit.html").read_text()
    assert "<svg" in page
    assert not [word for word in ("http://", "https://", "src=", "url(", "@import") if word in page.replace("http://www.w3.org", "")]  # fmt: skip
    assert "With other inputs it may take another" in page
    with pytest.raises(StagedError, match="there is no folder"):
        trace(BRANCH, x=3.0, y=5.0).to_html(tmp_path / "nowhere" / "circuit.html")
