"""The written backward pass: what the notes would write, and right by nudging in every line."""

import ast
import inspect
import math
import re

import numpy as np
import pytest

from backprop_kit import check, stages, trace, write_backward
from backprop_kit.parts import TraceError
from backprop_kit.staged import StagedError
from tests.written import Text

RNG = np.random.default_rng(7)


def normal(*shape):
    return RNG.standard_normal(shape)


def written(code, output="f", scope=None, **inputs):
    """The text for some code: tidy, and every gradient in it as nudging measures it."""
    text = write_backward(code, output, inputs=inputs)
    found = Text(text, inputs, output, scope)
    assert found.untidy() == [], text
    assert found.faults() == {}, text
    assert set(inputs) <= {*found.gradients(), *labels(inputs), f"d{output}"}, text
    return text


def labels(inputs):
    """Inputs that have no gradient: labels, masks, and the gradient on the output."""
    return {q for q, v in inputs.items() if isinstance(v, np.ndarray) and v.dtype.kind != "f"}


def lines_of(text, of="backward"):
    """The lines of one pass without its comments."""
    forward, backward = text.split("\n# backward pass\n")
    chosen = backward if of == "backward" else forward.split("# forward pass\n")[1]
    return [line for line in chosen.split("\n") if line and not line.startswith("#")]


def has(text, *wanted):
    """Whether these lines stand in the text, in this order."""
    rest = iter(text.split("\n"))
    return all(line in rest for line in wanted)


# ----- the notes ----------------------------------------------------------------------------------

STAGED = """\
sigy = 1.0 / (1 + math.exp(-y))
num = x + sigy
sigx = 1.0 / (1 + math.exp(-x))
xpy = x + y
xpysqr = xpy**2
den = sigx + xpysqr
invden = 1.0 / den
f = num * invden"""

# The numbers of the notes' example at x = 3, y = -4 (their section "Staged computation").
STAGED_NUMBERS = {
    "dnum": 0.5121444488396316,
    "dinvden": 3.017986209962092,
    "dden": -0.7915934472725935,
    "dsigx": -0.7915934472725935,
    "dxpysqr": -0.7915934472725935,
    "dxpy": 1.583186894545187,
    "dsigy": 0.5121444488396316,
    "dx": 2.0595697955721652,
    "dy": 1.5922327514838093,
}


def test_the_staged_example_has_the_variables_of_the_notes_and_their_numbers():
    text = written(STAGED, x=3, y=-4)
    names = Text(text, {"x": 3, "y": -4}).names
    assert {n: v for n, v in names.items() if n in STAGED_NUMBERS} == pytest.approx(STAGED_NUMBERS)
    assigned = [re.match(r"\w+", line)[0] for line in lines_of(text)]
    assert set(assigned) == set(STAGED_NUMBERS)
    assert sorted(assigned) == sorted([*STAGED_NUMBERS, "dx", "dx", "dy"])
    assert [stage.text for stage in stages(STAGED)] == STAGED.split("\n")
    assert lines_of(text, "forward") == STAGED.replace("**", " ** ").split("\n")


def test_the_first_contribution_is_assigned_and_later_ones_are_added():
    text = written(STAGED, x=3, y=-4)
    for name in STAGED_NUMBERS:
        first, *later = re.findall(rf"^{name} (\S+) ", text, re.MULTILINE)
        assert first == "="
        assert set(later) <= {"+="}


def test_every_stage_is_walked_back_through_in_reverse_under_its_own_line():
    text = written(STAGED, x=3, y=-4)
    quoted = re.findall(r"# backward through (.*)", text)
    assert quoted == [line.replace("**", " ** ") for line in reversed(STAGED.split("\n"))]


def test_the_local_gradient_of_a_sigmoid_is_as_in_the_notes():
    text = written(STAGED, x=3, y=-4)
    assert "dx += (1 - sigx) * sigx * dsigx" in text
    assert "dy += (1 - sigy) * sigy * dsigy" in text
    assert "dxpy = 2 * xpy * dxpysqr" in text


NEURON = "dot = w[0]*x[0] + w[1]*x[1] + w[2]\nf = 1.0 / (1 + math.exp(-dot))"


def test_the_neuron_lists_its_gradients_as_the_notes_do():
    text = written(NEURON, w=[2, -3, -3], x=[-1, -2])
    assert has(
        text,
        "ddot = (1 - f) * f",
        "dw = [x[0] * ddot, x[1] * ddot, ddot]",
        "dx = [w[0] * ddot, w[1] * ddot]",
    )
    names = Text(text, {"w": [2, -3, -3], "x": [-1, -2]}).names
    assert names["dw"] == pytest.approx([-0.196611933, -0.393223866, 0.196611933])
    assert names["dx"] == pytest.approx([0.393223866, -0.589835800])


@pytest.mark.parametrize(
    ("code", "inputs", "gradients"),
    [
        ("q = x + y\nf = q * z", {"x": -2, "y": 5, "z": -4}, {"dx": -4, "dy": -4, "dz": 3, "dq": -4}),
        (
            "f = 2 * (x * y + max(z, w))",
            {"x": 3.0, "y": -4.0, "z": 2.0, "w": -1.0},
            {"dx": -8, "dy": 6, "dz": 2, "dw": 0},
        ),
        ("f = x * y", {"x": 4, "y": -3}, {"dx": -3, "dy": 4}),
        ("f = max(x, y)", {"x": 4, "y": 2}, {"dx": 1, "dy": 0}),
    ],
    ids=["figure 1", "figure 3", "product", "max"],
)
def test_the_other_circuits_of_the_notes(code, inputs, gradients):
    names = Text(written(code, **inputs), inputs).names
    assert {d: names[d] for d in gradients} == gradients


def test_the_neuron_as_one_expression_of_leaves():
    code = "f = 1 / (1 + math.exp(-(w0 * x0 + w1 * x1 + w2)))"
    inputs = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}
    names = Text(written(code, **inputs), inputs).names
    expected = {"dw0": -0.196611933, "dx0": 0.393223866, "dw1": -0.393223866, "dx1": -0.5898358, "dw2": 0.196611933}
    assert {d: names[d] for d in expected} == pytest.approx(expected)


# ----- what a teacher would write --------------------------------------------------------------------


def test_an_affine_layer():
    text = written("out = X.dot(W) + b\nf = np.sum(out * G)", X=normal(5, 4), W=normal(4, 3), b=normal(3), G=normal(5, 3))
    assert has(text, "dout = G", "db = dout.sum(axis=0)", "dX = dout.dot(W.T)", "dW = X.T.dot(dout)")


def test_an_affine_layer_as_its_own_output():
    inputs = {"X": normal(5, 4), "W": normal(4, 3), "b": normal(3)}
    text = written("scores = X @ W + b", "scores", **inputs)
    assert has(
        text,
        "dscores = np.ones_like(scores)",
        "db = dscores.sum(axis=0)",
        "dX = dscores @ W.T",
        "dW = X.T @ dscores",
    )


SOFTMAX = """\
N = X.shape[0]
scores = X.dot(W) + b
shifted = scores - np.max(scores, axis=1, keepdims=True)
e = np.exp(shifted)
p = e / np.sum(e, axis=1, keepdims=True)
loss = -np.sum(np.log(p[np.arange(N), y])) / N"""


def test_the_softmax_loss():
    y = np.array([0, 2, 1, 1, 0])
    text = written(SOFTMAX, "loss", X=normal(5, 4), W=normal(4, 3), b=normal(3), y=y)
    assert has(
        text,
        "N = X.shape[0]",
        "scores = X.dot(W) + b",
        "dp = np.zeros_like(p)",
        "de = dp / sume",
        "dsume = np.sum(-e / sume ** 2 * dp, axis=1, keepdims=True)",
        "dshifted = e * de",
        "db = dscores.sum(axis=0)",
        "dX = dscores.dot(W.T)",
        "dW = X.T.dot(dscores)",
    )
    assert re.search(r"^dp\[np.arange\(N\), y\] \+= ", text, re.MULTILINE)
    assert re.search(r"-1(\.0)? / \(N \* \w+\)", text)


BATCHNORM = """\
mu = np.mean(x, axis=0)
xc = x - mu
var = np.mean(xc**2, axis=0)
std = np.sqrt(var + 1e-5)
xhat = xc / std
out = gamma * xhat + beta
f = np.sum(out * G)"""


def test_batch_normalisation():
    text = written(BATCHNORM, x=normal(5, 4), gamma=normal(4), beta=normal(4), G=normal(5, 4))
    assert has(
        text,
        "dbeta = dout.sum(axis=0)",
        "dgamma = np.sum(xhat * dout, axis=0)",
        "dxhat = gamma * dout",
        "dxc = dxhat / std",
        "dstd = np.sum(-xc / std ** 2 * dxhat, axis=0)",
        "dvar = dstd / (2 * std)",
        "dmu = np.sum(-dxc, axis=0)",
        "dx += dmu / x.shape[0]",
    )


def test_a_two_layer_net():
    code = "h = np.maximum(0, X.dot(W1) + b1)\nout = h.dot(W2) + b2\nf = np.mean((out - t)**2)"
    text = written(code, X=normal(5, 4), W1=normal(4, 6), b1=normal(6), W2=normal(6, 2), b2=normal(2), t=normal(5, 2))
    assert has(
        text,
        "preh = X.dot(W1) + b1",
        "h = np.maximum(0, preh)",
        "db2 = dout.sum(axis=0)",
        "dh = dout.dot(W2.T)",
        "dW2 = h.T.dot(dout)",
        "dpreh = (preh > 0) * dh",
        "db1 = dpreh.sum(axis=0)",
        "dX = dpreh.dot(W1.T)",
        "dW1 = X.T.dot(dpreh)",
    )


LSTM = """\
a = x @ Wx + h @ Wh + b
i = 1/(1+np.exp(-a[:, :3]))
o = 1/(1+np.exp(-a[:, 3:6]))
g = np.tanh(a[:, 6:])
c2 = i * g + c
h2 = o * np.tanh(c2)
f = np.sum(h2 * G)"""


def test_a_step_of_an_lstm():
    text = written(LSTM, x=normal(5, 4), Wx=normal(4, 9), h=normal(5, 3), Wh=normal(3, 9), b=normal(9), c=normal(5, 3), G=normal(5, 3))
    assert has(
        text,
        "di = g * dc2",
        "dg = i * dc2",
        "da = np.zeros_like(a)",
        "da[:, 6:] += (1 - g ** 2) * dg",
        "da[:, 3:6] += (1 - o) * o * do",
        "da[:, :3] += (1 - i) * i * di",
        "db = da.sum(axis=0)",
        "dWx = x.T @ da",
    )


def test_a_convolution_by_loops():
    code = "out = np.zeros(3)\nfor i in range(3):\n    out[i] = np.sum(x[i : i + 2] * w)\nf = np.sum(out * G)"
    text = written(code, x=normal(4), w=normal(2), G=normal(3))
    assert has(
        text,
        "out[2] = np.sum(x[2:4] * w)",
        "dout = G",
        "dw = x[2:4] * dout[2]",
        "dx[2:4] += w * dout[2]",
        "dw += x[1:3] * dout[1]",
        "dx[0:2] += w * dout[0]",
    )


def test_rows_of_an_embedding_that_repeat():
    idx = np.array([1, 3, 3, 0])
    text = written("rows = E[idx]\nf = np.sum(rows * G)", E=normal(6, 3), idx=idx, G=normal(4, 3))
    assert has(text, "drows = G", "dE = np.zeros_like(E)", "np.add.at(dE, idx, drows)")


def test_rows_that_do_not_repeat_need_no_add_at():
    text = written("rows = E[1:3]\nf = np.sum(rows * G)", E=normal(6, 3), G=normal(2, 3))
    assert has(text, "dE = np.zeros_like(E)", "dE[1:3] += drows")


def test_layer_normalisation():
    code = (
        "mu = x.mean(axis=1, keepdims=True)\nxc = x - mu\nvar = np.mean(xc ** 2, axis=1, keepdims=True)\n"
        "xhat = xc / np.sqrt(var + 1e-5)\nout = gamma * xhat + beta\nf = np.sum(out * G)"
    )
    text = written(code, x=normal(3, 5), gamma=normal(5), beta=normal(5), G=normal(3, 5))
    assert has(text, "dbeta = dout.sum(axis=0)", "dgamma = np.sum(xhat * dout, axis=0)", "dxhat = gamma * dout")
    assert "keepdims=True" in text.split("# backward pass")[1]


def test_attention():
    code = (
        "S = Q @ K.T / 2.0\ne = np.exp(S - S.max(axis=1, keepdims=True))\n"
        "P = e / e.sum(axis=1, keepdims=True)\nO = P @ V\nf = np.sum(O * G)"
    )
    text = written(code, Q=normal(3, 4), K=normal(5, 4), V=normal(5, 2), G=normal(3, 2))
    assert has(text, "dO = G", "dP = dO @ V.T", "dV = P.T @ dO")
    assert re.search(r"^dQ = \w+ @ K$", text, re.MULTILINE)


def test_attention_in_batches():
    code = (
        "S = Q @ K.transpose(0, 2, 1) / np.sqrt(4)\ne = np.exp(S)\n"
        "P = e / e.sum(axis=-1, keepdims=True)\nO = P @ V\nf = np.sum(O ** 2)"
    )
    written(code, Q=normal(2, 3, 4), K=normal(2, 5, 4), V=normal(2, 5, 2))


def test_a_recurrent_net():
    code = "h = h0\nfor t in range(3):\n    h = np.tanh(x[t] @ Wx + h @ Wh)\nf = np.sum(h)"
    text = written(code, x=normal(3, 4), Wx=normal(4, 2), Wh=normal(2, 2), h0=normal(2))
    assert has(text, "dWh = np.outer(h2, dpreh)", "dWh += np.outer(h1, dpreh2)", "dWh += np.outer(h0, dpreh1)")


def test_a_bias_summed_over_the_batch_without_an_axis():
    text = written("f = np.sum(X * s)", X=normal(5, 4), s=0.7)
    assert "ds = X.sum()" in text


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
    code = "def square(t):\n    u = t * t\n    return u + 1\na = square(x)\nb = square(y)\nf = a * b"
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


@pytest.mark.parametrize("code", [STAGED, SOFTMAX, BATCHNORM, LSTM], ids=["staged", "softmax", "batchnorm", "lstm"])
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


# ----- how it is handed out -----------------------------------------------------------------------------


def test_the_text_imports_what_it_uses_and_no_more():
    assert "import" not in written("f = x * y", x=2.0, y=3.0)
    assert written("f = math.exp(x)", x=2.0).startswith("import math\n\n# forward pass\n")
    assert written("f = np.sum(x)", x=normal(2)).startswith("import numpy as np\n\n# forward pass\n")


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

    assert write_backward(forward, x=2.0, y=3.0) == write_backward("q = x + y\nf = q * x", x=2.0, y=3.0)


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


SCALAR_LOSSES = {
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
