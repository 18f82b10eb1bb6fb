"""A circuit as one plain function: the same numbers as the circuit, at any inputs."""

import inspect
import itertools
import math
import random

import numpy as np
import pytest

from backprop_kit import trace
from backprop_kit.parts import TraceError
from tests.test_writer import BATCHNORM, NEURON, SOFTMAX, STAGED, normal


def test_it_returns_the_output_and_a_gradient_on_each_input():
    f, dx, dy = trace(STAGED, x=3.0, y=-4.0).function()(3.0, -4.0)
    assert f == pytest.approx(1.5456448841066441)
    assert (dx, dy) == pytest.approx((2.0595697955721652, 1.5922327514838093))


@pytest.mark.parametrize(
    "code",
    [
        STAGED,
        "f = x * y",
        "f = 2 * (x * y + max(x, y))",
        "s = x\nfor k in range(5):\n    s = math.tanh(s * y + k)\nf = s + x",
        "def square(t):\n    return t * t\nf = square(x) * square(x + y)",
        "f = x ** 3 - math.exp(-y * y) / (1 + x * x)",
        "f = sigmoid(x * y) + relu(x - y) + abs(y)",
        "s = sigmoid(x)\nf = s * y",
    ],
)
def test_at_many_inputs_it_is_the_circuit(code):
    circuit = trace(code, x=0.7, y=-0.4)
    function = circuit.function()
    rng = random.Random(0)
    for _ in range(25):
        x, y = rng.uniform(0.1, 3), rng.uniform(-3, 3)
        circuit.run(x=x, y=y)
        expected = circuit["f"].value, circuit["x"].d, circuit["y"].d
        assert function(x, y) == pytest.approx(expected, rel=1e-12)


def test_the_gradients_are_slopes_of_its_own_output():
    function = trace("f = math.sin(x) * y ** 2 + x / y", x=0.3, y=1.2).function()
    for x, y in ((0.3, 1.2), (2.0, -0.7), (-1.0, 3.0)):
        _, dx, dy = function(x, y)
        h = 1e-6
        assert dx == pytest.approx(
            (function(x + h, y)[0] - function(x - h, y)[0]) / (2 * h), rel=1e-7
        )
        assert dy == pytest.approx(
            (function(x, y + h)[0] - function(x, y - h)[0]) / (2 * h), rel=1e-7
        )


def test_lists_go_in_and_come_out():
    f, dw, dx = trace(NEURON, w=[2, -3, -3], x=[-1, -2]).function()([2.0, -3.0, -3.0], [-1.0, -2.0])
    assert f == pytest.approx(0.731058579)
    assert dw == pytest.approx([-0.196611933, -0.393223866, 0.196611933])
    assert dx == pytest.approx([0.393223866, -0.589835800])


def test_lists_of_lists_keep_their_form():
    function = trace(
        "f = m[0][0] * m[1][0] + m[0][1] * v[0]", m=[[1.0, 2.0], [3.0]], v=[4.0]
    ).function()
    assert function([[5.0, 6.0], [7.0]], [8.0]) == (83.0, [[7.0, 8.0], [5.0]], [6.0])


def test_numbers_come_out_as_plain_numbers():
    for part in trace("f = max(x, y) * 2", x=2.0, y=1.0).function()(2.0, 1.0):
        assert type(part) is float


def test_arrays_in_batches():
    inputs = {"X": normal(5, 4), "W": normal(4, 3), "b": normal(3), "y": np.array([0, 2, 1, 1, 0])}
    circuit = trace(SOFTMAX, "loss", inputs=inputs)
    function = circuit.function()
    for _ in range(4):
        there = {**inputs, "X": normal(5, 4), "W": normal(4, 3), "b": normal(3)}
        circuit.run(**there)
        loss, *gradients = function(*there.values())
        assert loss == pytest.approx(circuit["loss"].value)
        for name, gradient in zip("XWb", gradients, strict=False):
            np.testing.assert_allclose(gradient, circuit[name].d, rtol=1e-10)


def test_labels_may_be_others_at_each_call():
    inputs = {"X": normal(4, 3), "W": normal(3, 3), "b": normal(3), "y": np.array([0, 2, 1, 1])}
    function = trace(SOFTMAX, "loss", inputs=inputs).function()
    for labels in ([0, 2, 1, 1], [2, 2, 2, 0], [1, 0, 0, 1]):
        there = {**inputs, "y": np.array(labels)}
        fresh = trace(SOFTMAX, "loss", inputs=there)
        loss, _, dW, _, _ = function(*there.values())
        assert loss == pytest.approx(fresh["loss"].value)
        np.testing.assert_allclose(dW, fresh["W"].d, rtol=1e-10)


def test_what_is_passed_in_stays_as_it_was():
    inputs = {"x": normal(5, 4), "gamma": normal(4), "beta": normal(4), "G": normal(5, 4)}
    before = {name: value.copy() for name, value in inputs.items()}
    first = trace(BATCHNORM, inputs=inputs).function()(*inputs.values())
    for array in first[1:]:
        array += 100.0  # gradients are the caller's: changing them changes no input
    for name, value in inputs.items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize(
    "code",
    ["f = np.sum(x * w)", "q = x + w\nf = np.sum(q)", "f = x.dot(w)", "f = np.sum(x.T + w[::-1])"],
)
def test_what_comes_out_shares_no_array(code):
    inputs = {"x": normal(3), "w": normal(3)}
    _, dx, dw = trace(code, inputs=inputs).function()(*inputs.values())
    for one, other in itertools.combinations((*inputs.values(), dx, dw), 2):
        assert not np.shares_memory(one, other)


def test_the_gradient_on_the_output_may_be_an_input():
    def affine(x, w, dout):
        out = x.dot(w)
        return out

    x, w, dout = normal(3, 2), normal(2, 4), normal(3, 4)
    function = trace(affine, "out", x=x, w=w, dout=dout).function()
    out, dx, dw = function(x, w, 2 * dout)
    np.testing.assert_allclose(out, x @ w)
    np.testing.assert_allclose(dx, 2 * dout @ w.T)
    np.testing.assert_allclose(dw, 2 * x.T @ dout)


def test_an_input_without_an_effect_has_the_gradient_zero():
    def forward(x, y):
        f = x * 3
        return f

    assert trace(forward, x=2.0, y=1.0).function()(2.0, 1.0) == (6.0, 3.0, 0.0)


@pytest.mark.parametrize(
    ("code", "inputs"),
    [
        ("if x > 0:\n    q = x * 2\nelse:\n    q = -x\nf = q * y", {"x": 3.0, "y": 2.0}),
        ("f = x * 2 if x > y else y", {"x": 3.0, "y": 2.0}),
        ("while x < 10:\n    x = x * y\nf = x", {"x": 3.0, "y": 2.0}),
    ],
)
def test_a_circuit_that_took_a_branch_is_refused(code, inputs):
    with pytest.raises(
        TraceError, match=r"took a decision on .*use `circuit.run\(...\)`"
    ) as caught:
        trace(code, inputs=inputs).function()
    assert "\n" not in str(caught.value)


def test_its_source_can_be_read():
    function = trace("q = x + y\nf = q * z", x=-2.0, y=5.0, z=-4.0).function()
    text = inspect.getsource(function)
    assert text.startswith("def replay(x, y, z):\n")
    assert "    dq = z\n" in text
    assert list(inspect.signature(function).parameters) == ["x", "y", "z"]


def test_an_error_inside_names_its_line():
    function = trace("f = 1 / x", x=2.0).function()
    with pytest.raises(ZeroDivisionError):
        function(0.0)
    assert math.isfinite(function(4.0)[1])
