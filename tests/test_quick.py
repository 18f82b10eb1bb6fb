"""A circuit that is run often is compiled, and gives what the tape gives, digit for digit."""

import math
from typing import Any

import pytest

from backprop_kit import GATES, StagedError, gate, trace, write_backward
from backprop_kit.circuit import OFTEN
from backprop_kit.quick import quick_tape

OF_NUMPY = "logaddexp"  # which Python's numbers have no function for: it stays with the tape
SCALAR = [
    n for n, g in GATES.items() if all(isinstance(x, float) for x in g.example) and n != OF_NUMPY
]
PROGRAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "the notes' staged example": (
        "sigy = 1.0 / (1 + math.exp(-y))\nnum = x + sigy\nsigx = 1.0 / (1 + math.exp(-x))\n"
        "xpy = x + y\nxpysqr = xpy**2\nden = sigx + xpysqr\ninvden = 1.0 / den\nf = num * invden",
        {"x": 3.0, "y": -4.0},
    ),
    "lists and a loop": ("s = b\nfor i in range(3):\n    s = s + w[i] * x[i]\nf = max(s, 0.1 * s)",
                         {"w": [2.0, -3.0, 0.5], "x": [-1.0, -2.0, 4.0], "b": 0.25}),
    "a branch": ("q = x * y\nif q > 0:\n    f = math.sqrt(q)\nelse:\n    f = -q * x", {"x": 2.0, "y": 3.0}),
    "whole numbers": ("q = x + y\nf = q * z", {"x": -2, "y": 5, "z": -4}),
}  # fmt: skip


def seen(circuit):
    return [(wire.value, type(wire.value), wire.d) for wire in circuit.wires]


def run_often(circuit, **inputs):
    for _ in range(OFTEN + 2):
        circuit.run(**inputs)
    return circuit


@pytest.mark.parametrize("name", SCALAR)
def test_every_gate_of_numbers_is_the_same_compiled(name):
    made = GATES[name]
    inputs = dict(zip("xyz", made.example, strict=False))
    code = f"q = {name}({', '.join(inputs)})\nf = 3 * q * q"
    circuit = trace(code, **inputs)
    assert quick_tape(circuit) is not None
    assert seen(run_often(circuit, **inputs)) == seen(trace(code, **inputs))


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_run_often_equals_one_traced_anew(title):
    code, inputs = PROGRAMS[title]
    circuit = run_often(trace(code, **inputs), **inputs)
    for factor in (0.5, -1.25, 3.0):
        new = {
            n: [factor * v for v in x] if isinstance(x, list) else factor * x
            for n, x in inputs.items()
        }
        assert seen(circuit.run(**new)) == seen(trace(code, **new))


@pytest.mark.parametrize("code", ["f = max(x, -math.inf) * 2", "f = 3 * x if x < math.inf else x"])
def test_a_constant_that_is_not_finite_is_no_name(code):
    circuit = run_often(trace(code, x=1.0), x=2.0)
    assert seen(circuit.run(x=4.0)) == seen(trace(code, x=4.0))


def test_a_wire_in_hand_follows():
    circuit = run_often(trace("f = x * y", x=2.0, y=3.0), x=2.0)
    x = circuit["x"]
    circuit.run(x=5.0, y=7.0)
    assert (x.value, x.d, circuit["f"].value) == (5.0, 7.0, 35.0)


def test_inputs_that_are_not_given_keep_their_values():
    circuit = run_often(trace("f = x * y", x=2.0, y=3.0), x=4.0)
    assert circuit.run(y=10.0)["f"].value == 40.0


def test_a_decision_that_falls_the_other_way_is_traced():
    code = "f = x * x if x > 0 else -3 * x"
    circuit = run_often(trace(code, x=2.0), x=1.0)
    assert circuit.run(x=-2.0)["x"].d == -3.0
    assert circuit.run(x=2.0)["x"].d == 4.0


def test_where_no_gradient_flows_none_is_lost_to_an_infinite_slope():
    code = "f = max(math.sqrt(x), y)"
    circuit = run_often(trace(code, x=1.0, y=5.0), x=2.0)
    assert circuit.run(x=0.0)["x"].d == 0.0


def test_what_has_no_value_is_said_as_ever():
    circuit = run_often(trace("q = x - 1\nf = 1 / q", x=3.0), x=4.0)
    with pytest.raises(StagedError, match="divides by zero"):
        circuit.run(x=1.0)
    assert circuit["q"].value == 3.0


def test_a_gate_of_your_own_is_called():
    def cubed(x):
        """Scales the gradient by three times the square."""

        def backward(df):
            return 3 * x**2 * df

        return x**3, backward

    before = dict(GATES)
    try:
        gate("cubed", example=(2.0,))(cubed)
        circuit = run_often(trace("f = cubed(x) * 2", x=2.0), x=3.0)
        assert (circuit["f"].value, circuit["x"].d) == (54.0, 54.0)
    finally:
        GATES.clear()
        GATES.update(before)


def test_arrays_stay_with_the_tape():
    import numpy as np

    circuit = run_often(trace("f = np.sum(x * x)", x=np.ones(3)), x=np.full(3, 2.0))
    assert quick_tape(circuit) is None
    assert circuit["x"].d == pytest.approx([4.0, 4.0, 4.0])


def test_the_gradient_on_the_output_is_kept():
    circuit = trace("f = x * y", upstream=2.5, x=2.0, y=3.0)
    assert run_often(circuit, x=4.0)["y"].d == 10.0
    assert math.isclose(circuit["x"].d, 7.5)


def test_a_gate_that_comes_from_no_module_disturbs_nobody():
    before = dict(GATES)
    text = (
        "def cubed(x):\n"
        '    """Scales the gradient by three times the square."""\n'
        "    return x**3, lambda df: 3 * x**2 * df\n"
        "made = gate('cubed', example=(2.0,))(cubed)\n"
    )
    scope: dict[str, Any] = {"gate": gate}
    try:
        exec(text, scope)
        assert scope["made"].rule.__module__ is None or scope["made"].rule.__module__ == "builtins"
        circuit = run_often(trace("f = cubed(x) * x", x=2.0), x=2.0)
        assert circuit["x"].d == 32.0
        assert "cubed.vjp(x)" in write_backward("f = cubed(x) * x", x=2.0)
    finally:
        GATES.clear()
        GATES.update(before)
