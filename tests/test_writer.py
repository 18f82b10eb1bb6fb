"""The written backward pass: what the notes would write, and right by nudging in every line."""

import re

import numpy as np
import pytest

from backprop_kit import stages, write_backward
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
    assigned = [line.split()[0] for line in lines_of(text)]
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
        (
            "q = x + y\nf = q * z",
            {"x": -2, "y": 5, "z": -4},
            {"dx": -4, "dy": -4, "dz": 3, "dq": -4},
        ),
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
    expected = {
        "dw0": -0.196611933,
        "dx0": 0.393223866,
        "dw1": -0.393223866,
        "dx1": -0.5898358,
        "dw2": 0.196611933,
    }
    assert {d: names[d] for d in expected} == pytest.approx(expected)


# ----- what a teacher would write --------------------------------------------------------------------


def test_an_affine_layer():
    text = written(
        "out = X.dot(W) + b\nf = np.sum(out * G)",
        X=normal(5, 4),
        W=normal(4, 3),
        b=normal(3),
        G=normal(5, 3),
    )
    assert has(
        text, "dout = G", "db = dout.sum(axis=0)", "dX = dout.dot(W.T)", "dW = X.T.dot(dout)"
    )


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
    text = written(
        code,
        X=normal(5, 4),
        W1=normal(4, 6),
        b1=normal(6),
        W2=normal(6, 2),
        b2=normal(2),
        t=normal(5, 2),
    )
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
    text = written(
        LSTM,
        x=normal(5, 4),
        Wx=normal(4, 9),
        h=normal(5, 3),
        Wh=normal(3, 9),
        b=normal(9),
        c=normal(5, 3),
        G=normal(5, 3),
    )
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
    assert has(
        text,
        "dbeta = dout.sum(axis=0)",
        "dgamma = np.sum(xhat * dout, axis=0)",
        "dxhat = gamma * dout",
    )
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
    assert has(
        text,
        "dWh = np.outer(h2, dpreh)",
        "dWh += np.outer(h1, dpreh2)",
        "dWh += np.outer(h0, dpreh1)",
    )


def test_a_bias_summed_over_the_batch_without_an_axis():
    text = written("f = np.sum(X * s)", X=normal(5, 4), s=0.7)
    assert "ds = X.sum()" in text
