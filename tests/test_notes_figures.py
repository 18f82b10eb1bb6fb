"""The figures and numbers of the notes come out, number for number and label for label."""

import math
import xml.etree.ElementTree as ET

import pytest

from backprop_kit.circuit import trace
from backprop_kit.drawing import draw

SVG = "{http://www.w3.org/2000/svg}"

FIGURE_1 = ("q = x + y\nf = q * z", {"x": -2, "y": 5, "z": -4})
FIGURE_2 = (
    "f = 1 / (1 + math.exp(-(w0*x0 + w1*x1 + w2)))",
    {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0},
)
FIGURE_3 = ("f = (x*y + max(z, w)) * 2", {"x": 3.0, "y": -4.0, "z": 2.0, "w": -1.0})


def neuron(w, x):
    # forward pass
    dot = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1.0 / (1 + math.exp(-dot))  # sigmoid function
    # backward pass
    ddot = (1 - f) * f
    dx = [w[0] * ddot, w[1] * ddot]
    dw = [x[0] * ddot, x[1] * ddot, 1.0 * ddot]
    return f, dx, dw


def staged(x, y):
    # forward pass
    sigy = 1.0 / (1 + math.exp(-y))
    num = x + sigy
    sigx = 1.0 / (1 + math.exp(-x))
    xpy = x + y
    xpysqr = xpy**2
    den = sigx + xpysqr
    invden = 1.0 / den
    f = num * invden
    # backward pass
    dnum = invden
    dinvden = num
    dden = (-1.0 / (den**2)) * dinvden
    return f


def drawn(code, inputs):
    """Every wire and gate of the drawing: (name or None, value, gradient), and the gates' labels."""
    root = ET.fromstring(draw(code, **inputs).svg)
    wires, gates = [], []
    for group in root.iter(f"{SVG}g"):
        texts = {t.get("class"): t.text for t in group.findall(f"{SVG}text")}
        if "wire" in group.get("class", "").split():
            wires.append((texts.get("ink"), texts["value"], texts["gradient"]))
        elif "gate" in group.get("class", "").split():
            gates.append(texts["ink"])
    return sorted(wires, key=str), sorted(gates, key=str)


def test_figure_1_shows_whole_numbers():
    wires, gates = drawn(*FIGURE_1)
    assert wires == [
        ("f", "−12", "1"),
        ("q", "3", "−4"),
        ("x", "−2", "−4"),
        ("y", "5", "−4"),
        ("z", "−4", "3"),
    ]
    assert gates == ["+", "×"]


def test_figure_2_shows_the_neuron():
    wires, gates = drawn(*FIGURE_2)
    assert wires == sorted(
        [
            ("w0", "2.00", "−0.20"),
            ("x0", "−1.00", "0.39"),
            ("w1", "−3.00", "−0.39"),
            ("x1", "−2.00", "−0.59"),
            ("w2", "−3.00", "0.20"),
            (None, "−2.00", "0.20"),
            (None, "6.00", "0.20"),
            (None, "4.00", "0.20"),
            (None, "1.00", "0.20"),
            (None, "−1.00", "−0.20"),
            (None, "0.37", "−0.53"),
            (None, "1.37", "−0.53"),
            ("f", "0.73", "1.00"),
        ],
        key=str,
    )
    assert gates == sorted(["×", "×", "+", "+", "×−1", "exp", "+1", "1/x"])


def test_figure_2_from_the_code_of_the_notes_with_whole_inputs():
    wires, gates = drawn(neuron, {"w": [2, -3, -3], "x": [-1, -2]})
    assert ("w[1]", "−3.00", "−0.39") in wires
    assert ("dot", "1.00", "0.20") in wires
    assert gates == sorted(["×", "×", "+", "+", "×−1", "exp", "+1", "1/x"])


def test_figure_3_shows_add_max_and_multiply():
    wires, gates = drawn(*FIGURE_3)
    assert wires == sorted(
        [
            ("x", "3.00", "−8.00"),
            ("y", "−4.00", "6.00"),
            ("z", "2.00", "2.00"),
            ("w", "−1.00", "0.00"),
            (None, "−12.00", "2.00"),
            (None, "2.00", "2.00"),
            (None, "−10.00", "2.00"),
            ("f", "−20.00", "1.00"),
        ],
        key=str,
    )
    assert gates == sorted(["×", "max", "+", "×2"])


@pytest.mark.parametrize(
    ("figure", "labels"),
    [
        (FIGURE_1, ["+", "*"]),
        (FIGURE_2, ["*", "*", "+", "+", "*-1", "exp", "+1", "1/x"]),
        (FIGURE_3, ["*", "max", "+", "*2"]),
    ],
)
def test_gates_are_labelled_as_the_notes_label_them(figure, labels):
    code, inputs = figure
    found = [wire.label for wire in trace(code, **inputs) if wire.label]
    assert sorted(found) == sorted(labels)


def test_exact_gradients_of_the_neuron():
    code, inputs = FIGURE_2
    circuit = trace(code, inputs=inputs)
    exact = {
        "w0": -0.196611933,
        "x0": 0.393223866,
        "w1": -0.393223866,
        "x1": -0.589835800,
        "w2": 0.196611933,
    }
    assert {name: circuit[name].d for name in exact} == pytest.approx(exact, abs=1e-9)
    assert circuit["f"].value == 0.7310585786300049


def test_the_gradient_of_a_product_and_of_a_max():
    circuit = trace("f = x * y", x=4, y=-3)
    assert (circuit["f"].value, circuit["x"].d, circuit["y"].d) == (-12, -3.0, 4.0)
    circuit = trace("f = max(x, y)", x=4, y=2)
    assert (circuit["f"].value, circuit["x"].d, circuit["y"].d) == (4, 1.0, 0.0)


def test_the_staged_example():
    circuit = trace(staged, x=3, y=-4)
    values = {
        "sigy": 0.01798620996209156,
        "num": 3.017986209962092,
        "sigx": 0.9525741268224334,
        "xpy": -1,
        "xpysqr": 1,
        "den": 1.9525741268224333,
        "invden": 0.5121444488396316,
        "f": 1.5456448841066441,
    }
    gradients = {
        "num": 0.5121444488396316,
        "invden": 3.017986209962092,
        "den": -0.7915934472725935,
        "sigx": -0.7915934472725935,
        "xpysqr": -0.7915934472725935,
        "xpy": 1.583186894545187,
        "sigy": 0.5121444488396316,
        "x": 2.0595697955721652,
        "y": 1.5922327514838093,
    }
    assert {name: circuit[name].value for name in values} == pytest.approx(values, rel=1e-15)
    assert {name: circuit[name].d for name in gradients} == pytest.approx(gradients, rel=1e-14)
