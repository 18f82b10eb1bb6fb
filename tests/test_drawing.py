"""A figure says what the circuit holds, to every reader, and nothing that it was asked to hide."""

import re
import xml.etree.ElementTree as ET

import pytest

from backprop_kit.circuit import trace
from backprop_kit.drawing import DrawingError, draw
from backprop_kit.numerals import written

SVG = "{http://www.w3.org/2000/svg}"
NEURON = "f = 1 / (1 + math.exp(-(w*x + b)))"
AT = {"w": 2.5, "x": -1.25, "b": 3.5}


def texts(svg, role):
    return [t.text for t in ET.fromstring(svg).iter(f"{SVG}text") if t.get("class") == role]


# ----- what is hidden -----------------------------------------------------------------------------


def everything_said(drawing, tmp_path):
    """Every word of a figure, in each form in which it leaves the kit; where things stand is none."""
    page = trace(NEURON, **AT).to_html(tmp_path / "page.html", show=drawing.show)
    marked_up = [drawing.svg, drawing.dot, *drawing._repr_mimebundle_().values(), page.read_text()]
    words = " ".join([repr(drawing), *(re.sub(r"<[^<>]*>", " ", form) for form in marked_up)])
    return set(re.findall(r"[^\s,;:=]+", words))


def numbers_of(circuit, attribute):
    """Numbers of a circuit as a figure writes them, without those that both sides share."""
    found = {written(getattr(wire, attribute)) for wire in circuit}
    other = {written(getattr(wire, {"d": "value", "value": "d"}[attribute])) for wire in circuit}
    return found - other


@pytest.mark.parametrize(
    ("show", "there", "hidden"), [(("value",), "value", "d"), (("gradient",), "d", "value")]
)
def test_what_is_not_shown_is_nowhere_said(show, there, hidden, tmp_path):
    circuit = trace(NEURON, **AT)
    said = everything_said(draw(circuit, show=show), tmp_path)
    assert len(numbers_of(circuit, hidden)) >= 4
    assert not numbers_of(circuit, hidden) & said
    assert numbers_of(circuit, there) <= said
    assert ("gradient" in repr(draw(circuit, show=show))) == (there == "d")


def test_decimals_do_not_tell_of_hidden_gradients():
    code, inputs = "f = x / 4", {"x": 8}
    assert set(texts(draw(code, inputs=inputs).svg, "value")) == {"8.00", "2.00"}
    assert set(texts(draw(code, inputs=inputs, show="value").svg, "value")) == {"8", "2"}


def test_nothing_at_all_may_be_shown():
    figure = draw("f = x * y", x=2, y=3, show=())
    assert texts(figure.svg, "value") == texts(figure.svg, "gradient") == []
    assert repr(figure) == "Circuit of 1 gate. x; y; f."


def test_only_values_and_gradients_can_be_shown():
    with pytest.raises(DrawingError, match="`show` takes 'value' or 'gradient', or both, and not"):
        draw("f = x * 2", x=1.0, show=("values",))
