"""Random programs on arrays: on wires they have NumPy's values, and the gradients of nudging."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backprop_kit import trace
from backprop_kit.circuit import TraceError
from tests.array_code import check_values, nudged, total
from tests.array_programs import number_or_array, programs


def traced(code, inputs):
    """The circuit; at a point where it has no gradient, the program is let go."""
    try:
        return trace(code, inputs=inputs)
    except TraceError as error:
        assume("no finite slope" not in str(error))
        raise


@settings(max_examples=60)
@given(programs())
def test_circuits_and_nudging_agree(program):
    code, inputs = program
    circuit = traced(code, inputs)
    check_values(circuit, code, inputs)
    for name in inputs:
        wide, narrow = (nudged(code, inputs, name, step) for step in (2e-3, 5e-4))
        room = 1e-5 * (1 + abs(total(code, inputs)) + np.abs(wide))
        smooth = np.abs(wide - narrow) < room  # elsewhere a comparison turns within a step
        assert np.all((np.abs(circuit[name].d - narrow) < room) | ~smooth), (name, code)


@settings(max_examples=30)
@given(programs(), st.lists(st.integers(0, 1000), min_size=1, max_size=3))
def test_running_again_agrees_with_tracing_anew(program, seeds):
    code, inputs = program
    circuit = traced(code, inputs)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        shapes = {n: np.shape(v) if seed % 4 else np.shape(v)[:1] for n, v in inputs.items()}
        new = {n: number_or_array(rng, shape) for n, shape in shapes.items()}
        try:
            fresh = trace(code, inputs=new)
        except TraceError:
            continue  # of another shape, or without a gradient there
        circuit.run(**new)
        np.testing.assert_allclose(circuit["f"].value, fresh["f"].value, rtol=1e-12)
        for name in inputs:
            np.testing.assert_allclose(circuit[name].d, fresh[name].d, rtol=1e-9, atol=1e-12)
