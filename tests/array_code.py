"""Code on arrays, run three ways: as it stands, on wires, and nudged; all three must agree."""

import ast
import copy
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop_kit import GATES, trace
from backprop_kit.circuit import Circuit, Wire

STEP = 1e-3
GATES_IN_CELLS = ("sigmoid", "relu", "softmax", "logsumexp")


def samples() -> dict[str, Any]:
    """Inputs for code to choose from, by name: matrices are capitals, vectors small letters."""
    rng = np.random.default_rng(3)
    shapes = {
        "X": (4, 3), "W": (3, 2), "A": (3, 3), "G": (4, 2), "B": (2, 3, 2), "C": (2, 2, 4), "R": (1, 3),
        "K": (4, 1), "u": (3,), "v": (3,), "b": (2,), "w": (4,),
    }  # fmt: skip
    found: dict[str, Any] = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    found |= {"P": np.exp(rng.normal(size=(4, 3))), "a": 0.7, "c": -1.3}
    return found | {"y": np.array([2, 0, 1, 2]), "n": 3, "Z": np.array([[1, -2], [3, 4]])}


def chosen(code: str) -> dict[str, Any]:
    """The samples that some code reads."""
    read = {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}
    return {name: value for name, value in samples().items() if name in read}


def run(code: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What the code leaves behind, run as it stands."""
    names = {"np": np, "math": math, **{name: GATES[name] for name in GATES_IN_CELLS}}
    names |= copy.deepcopy(dict(inputs))
    with np.errstate(all="ignore"):
        exec(code, names)
    return names


def total(code: str, inputs: Mapping[str, Any]) -> float:
    """The sum of the output."""
    return float(np.sum(np.asarray(run(code, inputs)["f"], dtype=float)))


def nudged(code: str, inputs: Mapping[str, Any], name: str, step: float = STEP) -> np.ndarray:
    """How the sum of the output moves with each element of an input: five points, error of step**4."""
    value = np.array(inputs[name], dtype=float)
    found = np.zeros(value.shape)
    for place in np.ndindex(value.shape):
        ends = []
        for k in (-2, -1, 1, 2):
            moved = value.copy()
            moved[place] += k * step
            ends.append(total(code, {**inputs, name: moved if moved.ndim else float(moved)}))
        found[place] = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * step)
    return found


def is_real(value: Any) -> bool:
    """Whether an input has a gradient to be nudged."""
    return np.asarray(value).dtype.kind == "f"


def check_values(circuit: Circuit, code: str, inputs: Mapping[str, Any]) -> None:
    """Every name that is a wire has the value that the code gives it."""
    plain = run(code, inputs)
    for name, wire in circuit.names.items():
        if isinstance(wire, Wire) and name.isidentifier() and name not in inputs:
            if id(wire) in circuit._tape.stale:
                continue  # a view that was not read after its array had changed
            np.testing.assert_allclose(wire.value, plain[name], rtol=1e-9, atol=1e-11, err_msg=name)
            assert np.shape(wire.value) == np.shape(plain[name]), name


def check_gradients(circuit: Circuit, code: str, inputs: Mapping[str, Any]) -> None:
    """Every real input has the gradient that nudging measures."""
    for name in filter(lambda n: is_real(inputs[n]), inputs):
        d = circuit[name].d
        truth = nudged(code, inputs, name)
        assert np.shape(d) == truth.shape, name
        scale = max(1.0, float(np.max(np.abs(truth), initial=0.0)))
        np.testing.assert_allclose(
            d, truth, rtol=1e-6, atol=1e-7 * scale, err_msg=f"d{name}\n{code}"
        )


def agreed(code: str, **inputs: Any) -> Circuit:
    """The circuit of some code, once it has been found to agree; inputs default to the samples."""
    given = {**chosen(code), **inputs}
    before = copy.deepcopy(given)
    circuit = trace(code, inputs=given)
    for name, value in given.items():  # the caller's arrays stay as they are
        np.testing.assert_array_equal(value, before[name])
    check_values(circuit, code, given)
    check_gradients(circuit, code, given)
    return circuit
