"""The written backward pass where a gate's own lines lean on what only its module knows."""

import math

import pytest

from backprop_kit import GATES, gate, write_backward
from backprop_kit.shares import constant

LEAK = 0.01


def half(x):
    return x / 2


@pytest.fixture
def own_gates():
    """Gates that lean on what their module knows: a number by name, and another function."""
    before = dict(GATES)

    @gate("leaky", example=(-2.0,))
    def leaky(x):
        """Scales the gradient by a constant."""

        def backward(df):
            dx = LEAK * df
            return (dx,)

        return LEAK * x, backward

    @gate("halved", example=(2.0,))
    def halved(x):
        """Halves the gradient."""

        def backward(df):
            dx = half(df)
            return (dx,)

        return half(x), backward

    yield
    GATES.clear()
    GATES.update(before)


def test_a_gate_of_ones_own_is_written_with_the_number_that_it_has_a_name_for(own_gates):
    text = write_backward("q = leaky(x)\nf = q * y", x=3.0, y=2.0)
    assert "q = 0.01 * x" in text
    assert "dx = 0.01 * dq" in text


def test_a_gate_of_ones_own_that_leans_on_other_functions_is_called(own_gates):
    text = write_backward("q = halved(x)\nf = q * y", x=3.0, y=2.0)
    assert "dx = halved.vjp(x)[1](dq)[0]" in text


def test_a_constant_of_a_gate_is_written_as_the_logarithm_that_it_is_or_as_a_number():
    assert constant(math.log(10), "math") == "math.log(10)"
    assert constant(math.log(2), "np") == "np.log(2)"
    assert constant(math.pi / 180, "math") == repr(math.pi / 180)
    assert constant(1.0, "math") == "1.0"
    assert constant(-0.5, "math") == "-0.5"
