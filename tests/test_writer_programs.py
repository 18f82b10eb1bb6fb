"""Every program that can be traced is written, and the text is right: the corpus, and random ones."""

import os
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings

from backprop_kit import trace, write_backward
from backprop_kit.parts import TraceError
from tests import plainly
from tests.random_forwards import forwards
from tests.test_circuit_programs import NUMBER, on_the_edge
from tests.test_circuit_programs import programs as scalar_programs
from tests.test_right import CORPUS, UNMEASURED
from tests.written import Text

# More of them with BACKPROP_EXAMPLES=2000; explaining a failure takes longer than finding it.
EXAMPLES = int(os.environ.get("BACKPROP_EXAMPLES", "40"))
PHASES = [Phase.explicit, Phase.generate, Phase.shrink]

# Two kinks meet at the inputs of these, and cancel; gate by gate that cannot be seen.
MEETING = {"stable_cross_entropy_with_logits"}

# What a circuit has no gate for, or has no slope at the inputs of the program.
UNTRACED = {
    "nearest_upsampling", "convolution_by_windows", "triplet_loss", "linear_solve",
    "logarithm_of_the_determinant",  "logarithm_of_a_determinant",
    "linear_system", "largest_eigenvalue", "convolution_by_numpy", "size_of_a_complex_number",
    "error_function", "circular_convolution_by_fourier", "norm_of_the_zero_vector",
    "max_against_itself", "absolute_value_written_with_sign", "square_root_of_a_square",
    "out_and_where_arguments",
}  # fmt: skip
TRACED = [case for case in CORPUS if case.name not in UNTRACED]


@pytest.mark.parametrize("case", TRACED, ids=[case.name for case in TRACED])
def test_the_text_of_a_program_of_the_corpus_is_right(case):
    inputs = plainly.prepared(case, case.inputs)
    text = write_backward(case.function, case.output, inputs=inputs)
    found = Text(text, inputs, case.output)
    assert found.untidy() == [], text
    if case.name not in UNMEASURED | MEETING:
        assert found.faults(case.kink) == {}, text
        assert off(case, found) == {}, text


def off(case, found):
    """Gradients on inputs that the difference quotients of the program itself do not confirm."""
    if "d" + case.output not in found.inputs and np.ndim(found.names[case.output]):
        return {}  # the program is about another gradient on its output than ones
    wrong = {}
    for name, yours in found.gradients().items():
        if (
            name not in case.inputs
            or plainly.is_single(case.inputs[name])
            or not is_real(case.inputs[name])
        ):
            continue
        low, high, noise = plainly.quotients(case, case.inputs, name)
        array = np.array(yours, dtype=float)
        scale = np.max(np.maximum(abs(low), abs(high)), initial=0.0)
        outside = np.maximum(low - array, array - high) / (noise + 1e-5 * scale + 1e-300)
        if not np.all(outside < 1):
            wrong[name] = yours
    return wrong


def is_real(value):
    return np.asarray(value).dtype.kind == "f"


@pytest.mark.parametrize("case", [c for c in CORPUS if c.name in UNTRACED], ids=lambda c: c.name)
def test_what_cannot_be_traced_is_said_in_a_sentence(case):
    with pytest.raises(TraceError) as caught:
        write_backward(case.function, case.output, inputs=plainly.prepared(case, case.inputs))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) > 60


def confirmed(code, inputs):
    """The text of a random program, held against nudging and against its circuit."""
    text = write_backward(code, inputs=inputs)
    found = Text(text, inputs)
    faults, circuit = found.faults(), trace(code, inputs=inputs)
    assume(not found.kinks)
    assert faults == {}, text
    assert found.untidy() == [], text
    for name in inputs:
        yours, theirs = found.gradients()[name], circuit[name].d
        assert np.allclose(yours, theirs, rtol=1e-8, atol=1e-10 * (1 + np.max(np.abs(theirs)))), (
            text
        )
    assert np.allclose(found.names["f"], circuit["f"].value, rtol=1e-12), text
    assert write_backward(code, inputs=inputs) == text


@contextmanager
def maybe_refused(*more):
    """What random programs may run into, each said by a sentence; any other error is one."""
    try:
        yield
    except TraceError as error:
        if not any(words in str(error) for words in ("holds a zero", "stands for axes of", *more)):
            raise
        assume(False)


@settings(max_examples=EXAMPLES, derandomize=True, phases=PHASES)
@given(forwards())
def test_text_circuit_and_nudging_agree_on_random_arrays(forward):
    with maybe_refused():
        confirmed(forward.code, forward.inputs)


@settings(max_examples=EXAMPLES, derandomize=True, phases=PHASES)
@given(scalar_programs(), NUMBER, NUMBER, NUMBER)
def test_text_circuit_and_nudging_agree_on_random_numbers(code, x, y, z):
    inputs = {"x": x, "y": y, "z": z}
    assume(not on_the_edge(trace(code, inputs=inputs)))
    confirmed(code, inputs)


@settings(max_examples=EXAMPLES // 2, derandomize=True, phases=PHASES)
@given(forwards(most=4))
def test_the_function_of_a_circuit_gives_its_numbers_elsewhere(forward):
    with maybe_refused("took a decision"):
        circuit = trace(forward.code, inputs=forward.inputs)
        function = circuit.function()
    for factor in (1.0, 0.9, 1.1):
        there = {name: value * factor for name, value in forward.inputs.items()}
        circuit.run(**there)
        value, *gradients = function(*there.values())
        assert np.allclose(value, circuit["f"].value, rtol=1e-12)
        for name, gradient in zip(there, gradients, strict=True):
            assert np.allclose(gradient, circuit[name].d, rtol=1e-9, atol=1e-12), name
