"""How the player speaks of wires and local gradients, and which groups open together."""

import math

import pytest

from backprop_kit import trace
from backprop_kit.live_figures import doors_of, figures_of
from backprop_kit.live_inputs import dials_of
from backprop_kit.live_score import score_of
from backprop_kit.live_words import formula, locals_of, said


@pytest.mark.parametrize(
    ("code", "local"),
    [
        ("f = x * y", ["y", "x"]),
        ("f = x + y", ["1", "1"]),
        ("f = x - y", ["1", "−1"]),
        ("f = x / y", ["1 / y", "−x / y²"]),
        ("f = max(x, y)", ["x ≥ y", "y > x"]),
        ("f = x ** y", ["y × x^(y − 1)", "f × log(x)"]),
        ("f = math.atan2(x, y)", ["y / (y² + x²)", "−x / (y² + x²)"]),
    ],
)
def test_local_gradients_are_said_in_the_names_of_the_code(code, local):
    circuit = trace(code, x=2.0, y=3.0)
    assert locals_of(circuit.output) == local


@pytest.mark.parametrize(
    ("code", "local"),
    [
        ("f = math.exp(x)", "f"),
        ("f = sigmoid(x)", "(1 − f) × f"),
        ("f = x ** 2", "2 × x"),
        ("f = x ** 3", "3 × x²"),
        ("f = x ** -1", "−1 / x²"),
        ("f = 1 / x", "−1 / x²"),
        ("f = math.tanh(x)", "1 − f²"),
        ("f = math.sin(x)", "cos(x)"),
        ("f = relu(x)", "x > 0"),
        ("f = -x", "−1"),
    ],
)
def test_local_gradients_of_one_input(code, local):
    circuit = trace(code, x=2.0)
    operands = [o is circuit["x"] for o in circuit.output.operands]
    assert locals_of(circuit.output)[operands.index(True)] == local


def test_a_wire_without_a_name_is_called_by_its_formula_while_that_is_short():
    circuit = trace(
        "f = (x * y + z) * x + math.exp(x * y * z + x * y + z * x + y * z * y)", x=1.0, y=2.0, z=3.0
    )
    called = [said(wire) for wire in circuit.wires]
    assert "x × y" in called
    assert "(x × y + z) × x" in called
    assert "the output of exp" in called
    assert formula(circuit["x"]) is None


TWO = "a = 1 / (1 + math.exp(-x))\nb = 1 / (1 + math.exp(-y))\nf = a * b"


def half(u):
    v = u * 0.5
    return v + 1


def mixed(x, y):
    a = 1 / (1 + math.exp(-x))
    b = 1 / (1 + math.exp(-y))
    f = half(half(half(a * b)))
    return f


def deep(x):
    f = x
    for _ in range(30):
        f = half(f)
    return f


def keys(code, **inputs):
    circuit = trace(code, inputs=inputs)
    return list(figures_of(circuit, doors_of(circuit, circuit.groups), "notes"))


def test_a_few_groups_open_one_by_one():
    assert keys(TWO, x=1.0, y=2.0) == ["", "0", "1", "0,1"]


def test_many_groups_open_by_name():
    circuit = trace(mixed, x=1.0, y=2.0)
    doors = doors_of(circuit, circuit.groups)
    assert sorted([group.name for group in door] for door in doors) == [
        ["half"] * 3,
        ["sigmoid σ(x)"] * 2,
    ]


def test_the_groups_of_a_large_circuit_open_together():
    assert keys(deep, x=1.0) == ["", "0"]


def test_the_steps_of_a_layout_are_its_gates_in_order():
    circuit = trace(TWO, x=1.0, y=2.0)
    figures = score_of(circuit, dials_of(circuit, {}))["figures"]
    labels = {key: [step["label"] for step in layout["steps"]] for key, layout in figures.items()}
    chain = ["×−1", "exp", "+1", "1/x"]
    assert labels[""] == [*chain, *chain, "×"]
    assert labels["0"] in (["σ", *chain, "×"], [*chain, "σ", "×"])
    assert labels["0,1"] == ["σ", "σ", "×"]
    assert [len(step["wires"]) for step in figures["0,1"]["steps"]] == [4, 4, 1]
