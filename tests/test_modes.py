"""`play` in its modes: what is hidden and asked for, and what is laid beside the true gradients."""

import json
import re

import numpy as np
import pytest

from backprop_kit import check, play, trace
from backprop_kit.parts import TraceError

CODE = "q = x + y\nf = q * z"
ARRAYS = "D = W.dot(X)\nf = np.sum(D) * c"
BRANCH = "if x > 0:\n    f = x * y\nelse:\n    f = x + y"


def slipped(x, y):
    p = x * y
    f = p + x
    dp = 1.0
    dx = 1.0
    dx = y * dp
    dy = x * dp
    return f, dx, dy


def state(widget):
    """All that the page gets, but for the program."""
    return {k: v for k, v in widget.get_state().items() if k not in ("_esm", "_css")}


def test_another_mode_is_refused_by_a_sentence():
    with pytest.raises(
        TraceError, match="no mode 'guess'; choose one of 'explore', 'predict', 'comp"
    ):
        play(CODE, mode="guess", x=1.0, y=2.0, z=3.0)


# ----- predict -------------------------------------------------------------------------------------


def test_nothing_that_the_page_gets_holds_a_gradient_or_leads_to_one():
    widget = play(CODE, mode="predict", x=1.25, y=5.5, z=-4.375)
    assert trace(CODE, x=1.25, y=5.5, z=-4.375)["z"].d == 6.75 == widget.values["q"]  # a value, too
    assert all(gate["shares"] == [] for gate in widget.score["gates"])
    assert widget.gradients == {}
    for figure in widget.score["figures"].values():
        assert (
            re.findall(r"[−\d.]*\d", "".join(re.findall(r">([^<]*)</text>", figure["svg"]))) != []
        )
        assert 'class="gradient"' not in figure["svg"]
    shown = widget._repr_mimebundle_()
    data = shown[0] if isinstance(shown, tuple) else shown
    assert "gradient" not in data["text/plain"]
    assert 'class="gradient"' not in data["image/svg+xml"]


def test_the_kernel_keeps_the_gradients_of_arrays_to_itself_too():
    widget = play(ARRAYS, mode="predict", W=np.ones((2, 3)), X=np.full((3, 2), 7.5), c=2.0)
    played = widget.played
    assert set(played["gradients"]) == {0.0}
    assert played["handed"] == {}
    assert all(set(parts) == {"value"} for parts in played["marks"].values())
    assert [each["name"] for each in widget.score["asked"]] == ["dc"]
    assert "15" not in json.dumps(state(widget)["played"]["marks"])  # the gradient on W, 2 * 7.5


def test_what_is_typed_is_judged_and_written_into_a_line():
    widget = play(CODE, mode="predict", x=-2, y=5, z=-4)
    widget.typed = {"dq": "-4", "dx": "4"}
    assert [widget.judged[d]["verdict"] for d in ("dq", "dx", "dz")] == [
        "right",
        "not yet",
        "missing",
    ]
    assert widget.line == "dq, dz, dy, dx = -4, None, None, 4"


def test_other_inputs_are_another_question():
    widget = play(BRANCH, mode="predict", x=1.0, y=2.0)
    widget.typed = {"dx": "2"}
    assert widget.judged["dx"]["verdict"] == "right"
    widget.told = [-1.0, 2.0]
    assert widget.judged["dx"]["verdict"] == "not yet"
    assert all(gate["shares"] == [] for gate in widget.score["gates"])


def test_a_circuit_without_single_numbers_has_nothing_to_predict():
    with pytest.raises(TraceError, match="no gradient to predict"):
        play("f = np.sum(W * W)", mode="predict", W=np.ones((2, 3)))


def test_inputs_without_a_value_ask_for_nothing_and_recover():
    widget = play("f = math.log(x)", mode="predict", x=1.0)
    widget.typed = {"dx": "1"}
    widget.told = [-1.0]
    widget.told = [2.0]
    assert widget.judged["dx"]["verdict"] == "not yet"
    widget.typed = {"dx": "0.5"}
    assert widget.judged["dx"]["verdict"] == "right"


# ----- compare -------------------------------------------------------------------------------------


def test_the_comparison_follows_the_inputs():
    widget = play(slipped, mode="compare", x=3.0, y=-4.0)
    assert widget.compared["first"]["said"] == check(slipped, x=3.0, y=-4.0).reason.replace("`", "")
    widget.told = [3.0, 5.0]
    rows = {row["name"]: row["yours"] for row in widget.compared["rows"]}
    assert rows["dx"] == 5.0 != widget.gradients["x"] == 6.0
    assert json.loads(json.dumps(widget.compared)) == widget.compared


def test_a_page_of_its_own_has_what_was_found(tmp_path):
    page = (
        play(slipped, mode="compare", x=3.0, y=-4.0).to_html(tmp_path / "compare.html").read_text()
    )
    assert "overwrites what line" in page
    asked = (
        play(CODE, mode="predict", x=-2, y=5, z=-4).to_html(tmp_path / "predict.html").read_text()
    )
    assert '"asked"' in asked
    assert 'class="gradient"' not in asked
    assert "below it is the gradient" not in asked
    assert max(len(page), len(asked)) < 150_000
