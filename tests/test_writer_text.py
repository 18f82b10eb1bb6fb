"""How the written text is handed out: its names, its imports, its errors, and what the checker says of it."""

import re
from typing import Any

import numpy as np
import pytest

from backprop_kit import check, write_backward
from backprop_kit.parts import TraceError
from backprop_kit.staged import StagedError
from tests.test_writer import (
    BATCHNORM,
    LSTM,
    NEURON,
    SOFTMAX,
    STAGED,
    has,
    labels,
    lines_of,
    normal,
    written,
)
from tests.written import Text

# ----- names ---------------------------------------------------------------------------------------


def test_the_names_of_the_learner_stay():
    code = "s0 = X @ first_layer\nsquashed = np.tanh(s0)\nf = np.sum(squashed * squashed)"
    text = written(code, X=normal(2, 3), first_layer=normal(3, 2))
    assert lines_of(text, "forward") == code.replace("np.sum", "np.sum").split("\n")


@pytest.mark.parametrize(
    ("code", "inputs"),
    [
        ("xpy = x * y\nf = (x + y) * xpy * (x + 2 * y)", {"x": 0.3, "y": 0.4}),
        ("pref = x * y\nf = sigmoid(pref * x + 2) * pref", {"x": 0.3, "y": 0.4}),
        ("f = (lam + bd) * (lam * bd) * math.exp(lam + bd)", {"lam": 0.3, "bd": 0.4}),
        ("f = (i + f1) * (i - f1) * math.exp(i * f1)", {"i": 0.3, "f1": 0.4}),
        ("f = (i + s) * (a + s) * math.exp(i * n)", {"i": 0.3, "s": 0.4, "a": 1.0, "n": 0.2}),
        ("q = d * x\nf = (q + x) * (d + x) * (q + d)", {"d": 0.3, "x": 2.0}),
        ("sum = x + y\nf = sum * sum + math.exp(sum)", {"x": 0.3, "y": 2.0}),
        ("max1 = x * y\nf = max(x, y) * max(max1, x) * max1", {"x": 0.3, "y": 2.0}),
        ("f = (a + s) * (i + f_) * math.tanh((o + r) * x)", {"a": 0.3, "s": 0.4, "i": 0.5, "f_": 0.6, "o": 0.7, "r": 0.8, "x": 1.0}),
    ],
)  # fmt: skip
def test_invented_names_collide_with_none(code, inputs):
    text = written(code, **inputs)
    bound = [line.split(" = ")[0] for line in lines_of(text, "forward")]
    assert len(bound) == len(set(bound)), text
    assert not set(bound) & {"np", "math", *inputs}, text
    assert not {f"d{name}" for name in bound} & {*bound, *inputs}, text


def test_a_stage_that_is_named_like_a_gradient_does_not_lose_its_value():
    text = written("dx = x * 2\nq = x * 3\nf = q * dx * dx", x=2.0)
    names = Text(text, {"x": 2.0}).names
    assert names["dx"] == 144.0


def test_a_loop_numbers_its_values_and_the_last_has_the_name():
    text = written("s = x\nfor k in range(3):\n    s = s * x + k\nf = s * s", x=0.7)
    assert lines_of(text, "forward") == [
        "s1 = x * x + 0",
        "s2 = s1 * x + 1",
        "s = s2 * x + 2",
        "f = s * s",
    ]


def test_a_helper_is_written_where_it_is_called():
    code = (
        "def square(t):\n    u = t * t\n    return u + 1\na = square(x)\nb = square(y)\nf = a * b"
    )
    text = written(code, x=0.7, y=0.2)
    assert "square" not in text
    assert lines_of(text, "forward") == ["a = x * x + 1", "b = y * y + 1", "f = a * b"]


def test_a_branch_is_written_as_it_was_taken():
    code = "if x > 0:\n    q = x * 2\nelse:\n    q = -x\nf = q * y"
    assert "q = x * 2" in written(code, x=3.0, y=5.0)
    assert "q = -x" in written(code, x=-3.0, y=5.0)


def test_products_are_spelled_as_the_learner_spells_them():
    inputs = {"X": normal(2, 3), "W": normal(3, 2)}
    assert "dX = dH @ W.T" in written("H = X @ W\nf = np.sum(H * H)", **inputs)
    dotted = written("H = X.dot(W)\nf = np.sum(H * H)", **inputs)
    assert "dX = dH.dot(W.T)" in dotted
    assert "@" not in dotted


@pytest.mark.parametrize(
    "code", [STAGED, SOFTMAX, BATCHNORM, LSTM], ids=["staged", "softmax", "batchnorm", "lstm"]
)
def test_the_same_input_gives_the_same_text(code):
    shapes = {"x": (5, 4), "y": (5,), "X": (5, 4), "W": (4, 3), "b": (3,), "gamma": (4,), "beta": (4,),
              "G": (5, 4), "Wx": (4, 9), "h": (5, 3), "Wh": (3, 9), "c": (5, 3)}  # fmt: skip
    inputs = {q: normal(*shape) for q, shape in shapes.items() if re.search(rf"\b{q}\b", code)}
    if code is STAGED:
        inputs = {"x": 3, "y": -4}
    elif code is SOFTMAX:
        inputs["y"] = np.array([0, 1, 2, 0, 1])
    elif code is LSTM:
        inputs |= {"b": normal(9), "G": normal(5, 3)}
    output = "loss" if code is SOFTMAX else "f"
    texts = {write_backward(code, output, inputs=dict(inputs)) for _ in range(3)}
    assert len(texts) == 1


# ----- what it is made of ---------------------------------------------------------------------------


def test_stages_that_the_writer_names_have_comments_of_their_own():
    code = "f = (x + 1/(1+math.exp(-y))) / (1/(1+math.exp(-x)) + (x + y)**2)"
    text = written(code, x=3.0, y=-4.0)
    quoted = re.findall(r"# backward through (.*)", text)
    assert len(set(quoted)) == len(quoted) == 6
    assert quoted == [line for line in reversed(lines_of(text, "forward")) if line in quoted]
    assert has(text, "# backward through xpy = x + y", "dx = dxpy", "dy = dxpy")


def test_a_value_that_is_computed_twice_is_one_stage():
    text = written(
        "s0 = np.sin(y) * y\ns2 = np.sin(y) * y\nf = np.sum(s0) + 2 * np.sum(s2)", y=normal(3)
    )
    assert text.split("# backward pass")[0].count("np.sin(y)") == 1


def test_numbers_keep_the_names_that_the_learner_gave_them():
    text = written(
        "N = x.shape[0]\nmu = 1.0 / N * np.sum(x, axis=0)\nf = np.sum(mu * mu)", x=normal(5, 2)
    )
    assert re.search(r"^dx = .*/ N\b", text, re.MULTILINE)
    assert "0.2" not in text
    kept = written(
        "out = x.reshape(x.shape[0], -1).dot(w)\nf = np.sum(out**2)",
        x=normal(2, 2, 2),
        w=normal(4, 3),
    )
    assert "x.reshape(x.shape[0], -1)" in kept


def test_products_that_are_added_up_in_place():
    code = (
        "C = np.zeros((2, 2))\nfor i in range(2):\n    for j in range(2):\n        for k in range(3):\n"
        "            C[i, j] += A[i, k] * B[k, j]\nf = (C**2).sum()"
    )
    text = written(code, A=normal(2, 3), B=normal(3, 2))
    assert has(
        text, "dC = 2 * C", "dB[2, 1] += A[1, 2] * dC[1, 1]", "dA[1, 2] += B[2, 1] * dC[1, 1]"
    )
    assert not any(line.startswith("dC[") for line in lines_of(text))


def test_padding_is_a_slice():
    code = "p = np.pad(x, 1)\nf = np.sum(p[:2, :2] * w)"
    text = written(code, x=normal(3, 3), w=normal(2, 2))
    assert "p[1:4, 1:4] = x" in text
    assert "dx = dp[1:4, 1:4]" in text


def test_ties_share_the_gradient_by_a_mask_with_a_name():
    text = written_at_a_kink(
        "m = x.max(axis=1)\nf = np.sum(m ** 2)", x=np.array([[1.0, 1.0], [2.0, 0.0]])
    )
    assert has(text, "wonx = x == m[:, None]")
    assert max(map(len, text.split("\n"))) < 100


def written_at_a_kink(code, **inputs):
    text = write_backward(code, inputs=inputs)
    assert Text(text, inputs).faults(kink=True) == {}, text
    return text


# ----- how it is handed out -----------------------------------------------------------------------------


def test_the_text_imports_what_it_uses_and_no_more():
    assert "import" not in written("f = x * y", x=2.0, y=3.0)
    assert written("f = math.exp(x)", x=2.0).startswith("import math\n\n# forward pass\n")
    assert written("f = np.sum(x)", x=normal(2)).startswith(
        "import numpy as np\n\n# forward pass\n"
    )


def test_example_values_in_the_cell_stand_first():
    text = write_backward("x = 2.0\ny = -3.0\nf = x * y")
    assert text.startswith("x = 2.0\ny = -3.0\n\n# forward pass\nf = x * y\n")
    names: dict = {}
    exec(text, names)
    assert (names["dx"], names["dy"]) == (-3.0, 2.0)
    assert "y = 5.0\n" in write_backward("x = 2.0\ny = -3.0\nf = x * y", y=5.0)


def test_a_function_is_written_like_its_cell():
    def forward(x, y):
        q = x + y
        f = q * x
        dq = x  # a backward pass of the learner's own is left out
        return f, dq

    assert write_backward(forward, x=2.0, y=3.0) == write_backward(
        "q = x + y\nf = q * x", x=2.0, y=3.0
    )


def test_the_gradient_on_an_array_output_may_be_given():
    def affine(x, w, dout):
        out = x.dot(w)
        dx = dout.dot(w.T)
        return out, dx

    inputs = {"x": normal(3, 2), "w": normal(2, 4), "dout": normal(3, 4)}
    text = written(affine, "out", **inputs)
    assert "ones" not in text
    assert has(text, "dx = dout.dot(w.T)", "dw = x.T.dot(dout)")


def test_an_input_that_does_not_count_has_the_gradient_zero():
    def forward(x, y, z=1.0):
        f = x * 2
        return f

    text = written(forward, x=3.0, y=normal(2))
    assert has(text, "dy = np.zeros_like(y)")


def test_gradients_are_floats():
    for code in ("f = np.sum(np.maximum(z, 0))", "q = z - 1\nf = np.sum(np.maximum(0, q))",
                 "f = np.sum(z * z) + np.sum(np.maximum(z, 0))", "f = z.max() - z.min()", "f = np.sum(-z)"):  # fmt: skip
        written(code, z=normal(3, 2))
    for code in ("f = max(x, y)", "f = -x - y", "f = abs(x) - y", "q = x - y\nf = max(0.0, q)"):
        written(code, x=2.0, y=0.5)


SCALAR_LOSSES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "staged": (STAGED, "f", {"x": 3.0, "y": -4.0}),
    "neuron": (NEURON, "f", {"w": [2.0, -3.0, -3.0], "x": [-1.0, -2.0]}),
    "softmax": (SOFTMAX, "loss", {"X": normal(5, 4), "W": normal(4, 3), "b": normal(3), "y": np.array([0, 2, 1, 1, 0])}),
    "batchnorm": (BATCHNORM, "f", {"x": normal(5, 4), "gamma": normal(4), "beta": normal(4), "G": normal(5, 4)}),
    "lstm": (LSTM, "f", {"x": normal(5, 4), "Wx": normal(4, 9), "h": normal(5, 3), "Wh": normal(3, 9), "b": normal(9), "c": normal(5, 3), "G": normal(5, 3)}),
}  # fmt: skip


@pytest.mark.parametrize("name", SCALAR_LOSSES)
def test_the_checker_finds_the_written_text_right(name):
    code, output, inputs = SCALAR_LOSSES[name]
    text = write_backward(code, output, inputs=inputs)
    report = check(text, output, inputs=inputs, wrt=[q for q in inputs if q not in labels(inputs)])
    assert report.ok, f"{text}\n{report}"
    assert {row.verdict for row in report.rows} == {"right"}, report


RIGHT = """\
# forward pass
q = x * y
f = q * x

# backward pass
# backward through f = q * x
dq = x
dx = q
# backward through q = x * y
dx += y * dq
dy = x * dq
"""


@pytest.mark.parametrize(
    ("line", "instead", "wrong"),
    [
        ("dx += y * dq", "dx += -y * dq", ["x"]),
        ("dx += y * dq", "dx = y * dq", ["x"]),
        ("dq = x", "dq = 1.001 * x", ["q", "x", "y"]),
        ("dy = x * dq", "dy = q * dq", ["y"]),
    ],
)
def test_nudging_the_text_finds_a_wrong_line(line, instead, wrong):
    inputs = {"x": 1.3, "y": -0.7}
    assert Text(RIGHT, inputs).faults() == {}
    assert list(Text(RIGHT.replace(line, instead), inputs).faults()) == wrong


@pytest.mark.parametrize(
    ("line", "instead", "sentence"),
    [
        ("dq = x\n", "dq = x\nt = x + 1\n", "line 8 writes t, which nothing reads"),
        (
            "# backward through q = x * y",
            "# backward through q = y",
            "quotes no line of the forward pass",
        ),
        ("dq = x\n", "dq = x if 1 else s\n", "line 7 reads `s`, which has no value yet"),
        ("dq = x\n", "dq = x\ndx = q\n", "begins `dx` anew"),
        ("dy = x * dq\n", "dy = x * dq\ndq += 0.0\n", "adds to `dq`, read on line 10"),
        ("dx += y * dq", "dx = y * dq", "begins `dx` anew"),
        ("dq = x\n", "dq = x > 0\n", "dq is made of bool"),
    ],
)
def test_reading_the_text_finds_what_is_untidy(line, instead, sentence):
    inputs = {"x": 1.3, "y": -0.7}
    assert Text(RIGHT, inputs).untidy() == []
    found = list(Text(RIGHT.replace(line, instead), inputs).untidy())
    assert any(sentence in one for one in found), found


# ----- what cannot be written --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error", "sentence"),
    [
        ("f = 3.0 * 2 + 0 * len([x])", TraceError, "computed from no input.*no gradient to write"),
        ("f = math.erf(x)", TraceError, r"Line 1 .*`math.erf` has no gate"),
        ("q = x * 2", TraceError, "never writes `f`"),
        ("f = x +", StagedError, "Line 1 is not Python"),
        ("f = x * y", StagedError, "`y`"),
        ("f = x / 0", TraceError, "divides by zero"),
        ("f = [x, x]", TraceError, "`f` is a list.*add its parts up"),
        ("f = random_number(x)", StagedError, "`random_number` is read on line 1"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_sentence(code, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        write_backward(code, x=2.0)
    assert "\n" not in str(caught.value)
    assert caught.value.args[0].count(". ") <= 1
