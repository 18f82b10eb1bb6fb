"""`play`: what the widget holds, and what it does when the browser or Python moves it."""

import json
import math
import re

import ipywidgets
import numpy as np
import pytest

from backprop_kit import StagedError, gate, play, trace
from backprop_kit.live_formulas import ALIKE, OPERATORS, TAKES
from backprop_kit.live_inputs import usual_range
from backprop_kit.live_script import needed_by, script, source, style
from backprop_kit.parts import TraceError

NEURON = "dot = w[0]*x[0] + w[1]*x[1] + w[2]\nf = 1 / (1 + math.exp(-dot))"
AT = {"w": [2.0, -3.0, -3.0], "x": [-1.0, -2.0]}
BRANCH = "if x > 0:\n    f = x * y\nelse:\n    f = x + y"


@pytest.fixture
def neuron():
    return play(NEURON, inputs=AT)


# ----- what others see -----------------------------------------------------------------------------


def test_it_is_a_widget_with_the_numbers_of_the_circuit(neuron):
    assert isinstance(ipywidgets.VBox([neuron]).children[0], ipywidgets.DOMWidget)
    circuit = trace(NEURON, inputs=AT)
    assert neuron.value == circuit["f"].value
    assert neuron.values["w"] == AT["w"]
    assert neuron.gradients["w[1]"] == circuit["w[1]"].d
    assert neuron.inputs == AT


def test_what_the_browser_tells_is_run_and_can_be_observed(neuron):
    seen = []
    neuron.observe(lambda change: seen.append(change["new"]), names="value")
    neuron.told = [1.5, -3, -3, -1, -2]
    assert seen == [trace(NEURON, w=[1.5, -3.0, -3.0], x=AT["x"])["f"].value]
    assert neuron.inputs["w"] == [1.5, -3.0, -3.0]


def test_setting_inputs_moves_the_dials_and_leaves_the_others(neuron):
    neuron.inputs = {"x": [0.5, 1.0]}
    assert neuron.told == [2.0, -3.0, -3.0, 0.5, 1.0]
    assert neuron.value == trace(NEURON, w=AT["w"], x=[0.5, 1.0])["f"].value


@pytest.mark.parametrize("inputs", [{"z": 1.0}, {"x": "a"}, {"x": [1.0]}, {"w": None}])
def test_inputs_that_do_not_fit_are_refused_and_leave_all_as_it_was(neuron, inputs):
    with pytest.raises(
        StagedError, match=r"no input called `z`|there is no number for `[xw]\[\d\]`"
    ):
        neuron.inputs = inputs
    assert neuron.inputs == AT
    neuron.inputs = {"x": [0.0, 0.0]}
    assert neuron.told[3:] == [0.0, 0.0]


def test_two_can_be_linked(neuron):
    other = play(NEURON, inputs=AT)
    ipywidgets.link((neuron, "inputs"), (other, "inputs"))
    neuron.told = [0.0, 1, 1, 1, 1]
    assert other.told == [0, 1, 1, 1, 1]
    other.inputs = {"x": [2.0, 2.0]}
    assert neuron.value == other.value


def test_whole_numbers_stay_whole_while_they_can():
    figure = play("q = x + y\nf = q * z", x=-2, y=5, z=-4)
    assert figure.score["whole"]
    figure.told = [-1, 5, -4]
    assert figure.value == -16
    assert type(figure.inputs["x"]) is int
    figure.told = [-1.5, 5, -4]
    assert figure.value == -14.0


def test_the_message_of_the_browser_is_what_json_can_say(neuron):
    assert json.loads(json.dumps(neuron.score)) == neuron.score


# ----- dials ---------------------------------------------------------------------------------------


def dial(widget, name):
    return next(d for d in widget.score["dials"] if d["name"] == name)


def test_a_range_is_asked_for_by_a_tuple():
    found = play("f = x * w[0] + w[1]", x=(3.0, -5, 50), w=[(1.0, 0, 2), 4.0])
    assert (dial(found, "x")["low"], dial(found, "x")["high"]) == (-5, 50)
    assert (dial(found, "w[0]")["low"], dial(found, "w[0]")["high"]) == (0, 2)
    assert found.inputs == {"x": 3.0, "w": [1.0, 4.0]}


@pytest.mark.parametrize(
    ("value", "far"), [(0.0, 5), (3.0, 5), (-5.0, 5), (7.0, 20), (260.0, 1000), (0.001, 0.002)]
)
def test_a_number_picks_its_range(value, far):
    low, high = usual_range(value)
    assert (low, high) == (-far, far)


def test_a_count_takes_whole_numbers():
    found = play("f = x\nfor _ in range(n):\n    f = f * x", x=2.0, n=3)
    assert dial(found, "n")["whole"]
    assert dial(found, "n")["step"] == 1
    found.told = [2.0, 4]
    assert found.value == 32.0
    assert len(found.score["wires"]) > 5


def test_small_arrays_have_a_dial_for_each_element():
    found = play("f = np.sum(W @ x)", W=np.ones((2, 2)), x=np.array([1.0, 2.0]))
    assert [d["name"] for d in found.score["dials"]] == [
        "W[0, 0]", "W[0, 1]", "W[1, 0]", "W[1, 1]", "x[0]", "x[1]",
    ]  # fmt: skip
    found.told = [3.0, 1, 1, 1, 1, 2]
    assert found.value == 8.0
    assert found.inputs["W"].tolist() == [[3, 1], [1, 1]]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            (3.0, 5, -5),
            r"upside down: the lowest is 5 and the highest -5; write `x=\(3.0, -5, 5\)`",
        ),
        ((9.0, -5, 5), r"9.0 is not between -5 and 5"),
        ((1.0, 1, 1), r"nothing can move; if `x` is a list .* write `x=\[1.0, 1, 1\]`"),
        ((1.0, -math.inf, 5), r"three ordinary numbers"),
        ((1.0, -1e308, 1e308), r"three ordinary numbers"),
        (math.nan, r"`x` is nan, and a slider stands at an ordinary number"),
    ],
)
def test_a_range_that_is_none_is_refused_by_a_sentence(asked, sentence):
    with pytest.raises(TraceError, match=sentence):
        play("f = x * y", x=asked, y=1.0)


def test_what_cannot_be_traced_is_refused_by_the_sentence_of_trace():
    with pytest.raises(StagedError, match="never writes `f`"):
        play("q = x * 2", x=1.0)
    with pytest.raises(TraceError, match="there is no gate in this circuit"):
        play("f = 3.0")
    with pytest.raises(TraceError, match="has 2,001 gates"):
        play("f = x\nfor i in range(2000):\n    f = f * 1.001", x=1.0)
    with pytest.raises(TraceError, match="there is no mode 'guess'"):
        play("f = x * 2", x=1.0, mode="guess")
    with pytest.raises(TraceError, match="there is no palette 'mauve'"):
        play("f = x * 2", x=1.0, palette="mauve")


# ----- what the browser cannot do by itself --------------------------------------------------------


def test_another_branch_is_another_score():
    found = play(BRANCH, x=1.0, y=2.0)
    first = found.score
    assert [g["found"] for g in first["guards"]] == [1]
    found.told = [-1.0, 2.0]
    assert found.value == 1.0
    assert found.score != first
    assert [g["found"] for g in found.score["guards"]] == [0]


def test_a_decision_behind_the_output_is_in_the_score():
    code = "f = x * 2\nwhile f * x < 3:\n    f = f + 1"
    found = play(code, x=1.0)
    assert len(found.score["guards"]) == 2
    last = found.score["guards"][-1]["wire"]
    assert "gate" in found.score["wires"][last]


def test_arrays_are_computed_by_the_kernel_and_it_says_so():
    found = play("f = np.sum(x * a)", x=np.array([1.0, 2.0]), a=3.0)
    assert "kernel computes" in found.score["kernel"]
    assert found.played["values"][-1] == 9.0
    found.count, found.told = 1, [1.0, 2.0, 4.0]
    assert found.played["count"] == 1
    assert found.played["values"][-1] == 12.0


def test_a_gate_that_cannot_be_read_is_computed_by_the_kernel_and_it_says_so():
    @gate("cube", example=(2.0,))
    def cubed(x):
        """Scales the gradient by 3 * x**2."""
        f = 1.0
        for _ in range(3):
            f = f * x

        def backward(df):
            return 3 * x**2 * df

        return f, backward

    def f(x):
        f = cubed(x) + 1
        return f

    found = play(f, x=2.0)
    assert "`cubed` is more than a few formulas" in found.score["kernel"]
    found.told = [3.0]
    assert found.played["gradients"][0] == 27.0


def test_inputs_without_a_value_say_so_and_recover():
    found = play("f = math.log(x) * y", x=0.5, y=2.0)
    found.told = [-1.0, 2.0]
    assert math.isnan(found.value)
    assert math.isnan(found.gradients["y"])
    found.told = [1.0, 2.0]
    assert found.value == 0.0
    assert found.gradients == {"x": 2.0, "y": 0.0, "f": 1.0}


# ----- a page without widgets ----------------------------------------------------------------------


def test_a_page_without_widgets_gets_the_figure(neuron):
    shown = neuron._repr_mimebundle_()
    data = shown[0] if isinstance(shown, tuple) else shown
    assert {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "text/plain"} <= set(data)
    assert "−0.20" in data["image/svg+xml"]
    assert "0.73" in data["text/plain"]


# ----- the browser's part --------------------------------------------------------------------------


def test_no_name_is_used_twice_in_the_files_that_become_one_module():
    names = []
    for file in needed_by("player.js"):
        names += re.findall(
            r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)",
            source(file),
            re.MULTILINE,
        )
    assert len(names) > 20
    assert sorted(names) == sorted(set(names))


def test_the_module_asks_for_nothing_from_anywhere():
    assert "import " not in re.sub(r"//.*", "", script())
    assert not re.findall(
        r"https?://(?!www.w3.org/2000/svg)|\bfetch\(|\beval\(|new Function|innerHTML = (?!layout)",
        script(),
    )
    assert "url(" not in style()


def test_the_browser_knows_exactly_the_operations_that_formulas_are_read_into():
    known = source("formulas.js").partition("OPERATIONS = {")[2].partition("};")[0]
    choices = source("formulas.js").partition("CHOICES = {")[2].partition("};")[0]
    lines = re.sub(r"//.*", "", known + choices)
    found = set(re.findall(r'(?:^|[\s{,])"?([\w+\-*/<>=!]+)"?: ', lines, re.MULTILINE))
    assert found == set(ALIKE) | set(OPERATORS.values())
    assert set(TAKES) <= found


# ----- arrays --------------------------------------------------------------------------------------

LAYER = {"X": np.linspace(-2, 2, 20).reshape(5, 4), "W": np.arange(12.0).reshape(4, 3), "k": 1.0}


def test_what_stands_on_arrays_comes_with_each_answer():
    found = play("S = X.dot(W) * k\nf = np.sum(S)", inputs=LAYER)
    assert "Without sliders: X (5×4)" in found.score["still"]
    names = [wire["name"] for wire in found.score["wires"]]
    W, X = (found.played["marks"][str(names.index(name))] for name in "WX")
    assert W["value"]["texts"][:2] == ["0.00", "1.00"]
    assert len(X["value"]["shades"]) == 20
    assert X["value"]["signs"][0] == "−"
    assert X["value"]["caption"] == "−2.00 … 2.00"
    figures = found.score["figures"]
    found.told = [-3.0, *found.told[1:]]
    W = found.played["marks"][str(names.index("W"))]
    assert W["value"]["texts"][:2] == ["−3.00", "1.00"]
    assert found.score["figures"] == figures  # nothing is laid out again


def test_an_array_that_needs_another_form_is_laid_out_anew():
    found = play("h = x * k\nf = np.sum(h ** 2)", x=np.ones(20), k=1.0)
    names = [wire["name"] for wire in found.score["wires"]]
    h = str(names.index("h"))
    assert found.played["marks"][h]["value"]["texts"] == ["all 1.00"]
    figures = found.score["figures"]
    found.inputs = {"x": np.linspace(0, 1, 20)}
    assert "shades" in found.played["marks"][h]["value"]
    assert found.score["figures"] != figures


def test_gates_on_numbers_say_what_they_hand_back_also_where_the_kernel_computes():
    found = play("s = np.sum(x)\nf = s * k", x=np.array([1.0, 2.0]), k=4.0)
    names = [wire["name"] for wire in found.score["wires"]]
    assert found.played["handed"][str(names.index("f"))] == [[4.0, 4.0], [3.0, 3.0]]
    assert found.played["handed"][str(names.index("s"))] is None


def test_an_array_that_is_too_large_to_show_is_refused_by_a_sentence():
    with pytest.raises(
        TraceError, match=r"`x` is an array of 40,000 numbers .* shows arrays of up to"
    ):
        play("f = np.sum(x * k)", x=np.ones((200, 200)), k=1.0)
