"""A figure says what the circuit holds, to every reader, and nothing that it was asked to hide."""

import itertools
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from backprop_kit.circuit import trace
from backprop_kit.drawing import DrawingError, NoEngine, draw
from backprop_kit.numerals import written
from backprop_kit.palette import PALETTES, PAPERS, colours
from tests.figures import SVG, contrast

NEURON = "f = 1 / (1 + math.exp(-(w*x + b)))"
AT = {"w": 2.5, "x": -1.25, "b": 3.5}


def texts(svg, role):
    return [t.text for t in ET.fromstring(svg).iter(f"{SVG}text") if t.get("class") == role]


# ----- what is hidden -----------------------------------------------------------------------------


def everything_said(drawing, tmp_path):
    """Every word of a figure, in each form in which it leaves the kit; where things stand is none."""
    page = trace(NEURON, inputs=AT).to_html(tmp_path / "page.html", show=drawing.show)
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
    circuit = trace(NEURON, inputs=AT)
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


# ----- what is shown ------------------------------------------------------------------------------


def test_names_stand_on_intermediate_wires():
    figure = draw("q = x + y\nf = q * z", x=-2, y=5, z=-4)
    assert sorted(texts(figure.svg, "ink")) == sorted("xyqzf+×")


@pytest.mark.parametrize(
    ("number", "whole", "text"),
    [
        (3, True, "3"), (-12, True, "−12"), (3.0, True, "3"), (3, False, "3.00"),
        (0.196611933, False, "0.20"), (-0.2, False, "−0.20"), (-0.0, False, "0.00"), (-0.0, True, "0"),
        (0.00123456, False, "0.00123"), (-0.0000456, False, "−4.56e−05"), (0.0049999, False, "0.005"),
        (1234567.0, False, "1.23e+06"), (12345.678, False, "12345.68"), (10**12, True, "1e+12"),
        (math.inf, False, "∞"), (-math.inf, False, "−∞"), (math.nan, False, "nan"), (True, False, "true"),
    ],
)  # fmt: skip
def test_how_a_number_is_written(number, whole, text):
    assert written(number, whole) == text


def test_a_vanishing_gradient_is_not_shown_as_zero():
    figure = draw("f = 1 / (1 + math.exp(-x))", x=9.0)
    assert "0.000123" in texts(figure.svg, "gradient")
    assert "0.00" not in texts(figure.svg, "gradient")


def test_integers_are_shown_as_integers_only_where_all_are():
    assert set(texts(draw("f = x * y", x=2, y=3).svg, "value")) == {"2", "3", "6"}
    assert set(texts(draw("f = x * y", x=2, y=3.0).svg, "value")) == {"2.00", "3.00", "6.00"}


def test_a_square_has_two_edges():
    dot = draw("f = x * x", x=3.0).dot
    assert len(re.findall(r"w0:e -> g1", dot)) == 2


# ----- who can read it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("palette", "theme", "text", "behind"),
    [
        *itertools.product(
            PALETTES, PAPERS, ("ink", "value", "gradient"), ("paper", "gate", "group")
        )
    ],
)
def test_text_stands_out_from_what_is_behind_it(palette, theme, text, behind):
    shades = colours(palette, theme)
    assert contrast(getattr(shades, text), getattr(shades, behind)) >= 4.5


def test_contrast_is_measured_as_the_guidelines_do():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("palette", "theme"), [*itertools.product(PALETTES, PAPERS)])
def test_every_colour_of_a_figure_is_one_of_its_palette_and_theme(palette, theme):
    figure = draw(NEURON, inputs=AT, palette=palette, theme=theme)
    shades = set(vars(colours(palette, theme)).values())
    used = set(re.findall(r"#[0-9a-f]{6}", figure.svg))
    assert used <= shades
    assert {colours(palette, theme).value, colours(palette, theme).gradient} <= used


@pytest.mark.parametrize("palette", PALETTES)
def test_an_automatic_figure_knows_the_colours_of_both_themes(palette):
    svg = draw("f = x * 2", x=1.0, palette=palette).svg
    for theme in PAPERS:
        assert colours(palette, theme).gradient in svg
        assert colours(palette, theme).ink in svg
    assert "prefers-color-scheme:dark" in svg
    assert "<style" not in draw("f = x * 2", x=1.0, palette=palette, theme="light").svg


def test_a_screen_reader_is_told_what_the_figure_shows():
    root = ET.fromstring(draw("q = x + y\nf = q * z", x=-2, y=5, z=-4).svg)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    said = {e.get("id"): e.text or "" for e in root if e.get("id")}
    assert said["title"] == "Circuit of f"
    assert said["desc"].startswith("Circuit of 2 gates. x −2, gradient −4; y 5, gradient −4; ")
    titles = {e.text for e in root.iter(f"{SVG}title")}
    assert "q: 3, gradient −4" in titles
    assert "* Swaps the inputs and scales them by the gradient." in titles


# ----- files and notebooks ------------------------------------------------------------------------


def test_a_saved_figure_is_the_same_to_the_byte(tmp_path):
    texts_saved = []
    for name in ("a.svg", "b.svg"):
        figure = draw(NEURON, inputs=AT)
        figure._repr_mimebundle_()  # being looked at changes nothing
        texts_saved.append(figure.save(tmp_path / name).read_bytes())
    assert texts_saved[0] == texts_saved[1]
    assert b'id="wire-0"' in texts_saved[0]


def test_two_figures_on_one_page_share_no_id():
    figure = draw("f = x * 2", x=1.0)
    pages = [figure._repr_mimebundle_()["text/html"] for _ in range(2)]
    first, second = (set(re.findall(r'\bid="([^"]+)"', page)) for page in pages)
    assert len(first) >= 5
    assert not first & second
    prefix = next(name for name in first if name.endswith("-title")).removesuffix("title")
    assert f'aria-labelledby="{prefix}title {prefix}desc"' in pages[0]


@pytest.mark.parametrize(
    ("form", "beginning"),
    [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"digraph"), ("SVG", b"<svg")],
)  # fmt: skip
def test_a_figure_is_saved_in_four_formats(form, beginning, tmp_path):
    path = draw(NEURON, inputs=AT).save(tmp_path / f"circuit.{form}")
    assert path.read_bytes().lstrip().startswith(beginning)


def test_a_figure_that_cannot_be_saved_says_why(tmp_path):
    figure = draw("f = x * 2", x=1.0)
    with pytest.raises(DrawingError, match=r"saved as '.svg' or '.png' or .* ends in '.jpg'"):
        figure.save(tmp_path / "circuit.jpg")
    with pytest.raises(DrawingError, match="`circuit` ends in nothing"):
        figure.save(tmp_path / "circuit")
    with pytest.raises(DrawingError, match="there is no folder"):
        figure.save(tmp_path / "nowhere" / "circuit.svg")


def test_a_notebook_gets_a_figure_and_a_text():
    bundle = draw("f = x * 2", x=1.0)._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
    ET.fromstring(bundle["image/svg+xml"])
    assert (
        bundle["text/plain"] == "Circuit of 1 gate. x 1.00, gradient 2.00; f 2.00, gradient 1.00."
    )


def test_a_drawing_stays_as_it_was_drawn():
    circuit = trace("f = x * 2", x=1.0)
    figure = draw(circuit)
    circuit.run(x=7.0)
    assert "7.00" not in figure.svg
    assert "7.00" in draw(circuit).svg


@pytest.mark.parametrize("key", ["<b>&\"'", "a\\nb", "\\", "]]>", "<TABLE>", "ä→日本", "%s", "{x}"])
def test_odd_names_come_out_as_they_are(key, tmp_path):
    figure = draw("f = p[k] * 2", p={key: 3.0}, k=key)
    name = f"p[{key!r}]"
    assert name in "".join(texts(figure.svg, "ink")) or name in texts(figure.svg, "ink")
    assert name in (ET.fromstring(figure.svg).findtext(f"{SVG}desc") or "")
    ET.fromstring(figure._repr_mimebundle_()["image/svg+xml"])
    page = trace("f = p[k] * 2", p={key: 3.0}, k=key).to_html(tmp_path / "x.html").read_text("utf8")
    assert "<b>" not in page


def test_a_gate_with_an_odd_symbol_is_escaped():
    from backprop_kit import GATES, gate

    def odd(x):
        """Doubles the gradient."""
        return 2 * x, lambda df: 2 * df

    made = gate('<b>"\\N&', example=(1.0,))(odd)
    try:
        assert '<b>"\\N&' in texts(draw("f = odd(x)", x=1.0).svg, "ink")
    finally:
        del GATES[made.name]


# ----- layout -------------------------------------------------------------------------------------


def places(svg):
    """How far right each wire and gate lies, by its id."""
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        if re.match("wire-|gate-", group.get("id", "")):
            drawn = ET.tostring(group, encoding="unicode")
            across = re.findall(r'\bc?x="(-?[\d.]+)"|(-?[\d.]+),-?[\d.]+', drawn)
            found[group.get("id")] = max(float(a or b) for a, b in across)
    return found


@pytest.mark.parametrize(
    "code",
    [
        "a = x * y\nb = math.tanh(a + x)\nf = a * b if a > b else a - b",
        "a = x * y\nb = a * a\nc = b * a\nf = c * b + a * c",
        "p = x + y\nq = p + x\nr = y * 2\nf = (p * r) + (q * p)",
    ],
)
@pytest.mark.parametrize("group", [True, "closed"])
def test_values_flow_from_left_to_right(code, group):
    circuit = trace(code, x=0.5, y=0.8)
    at = places(draw(circuit, group=group).svg)
    for number, wire in enumerate(circuit):
        for operand in wire.operands:
            source = next((i for i, w in enumerate(circuit) if w is operand), None)
            if source is not None and {f"wire-{source}", f"gate-{number}"} <= set(at):
                assert at[f"wire-{source}"] < at[f"gate-{number}"]
        if {f"gate-{number}", f"wire-{number}"} <= set(at):
            assert at[f"gate-{number}"] < at[f"wire-{number}"]


# ----- sizes and engines --------------------------------------------------------------------------


def test_three_hundred_gates_are_laid_out():
    figure = draw("s = x\nfor k in range(150):\n    s = s * 0.99 + x\nf = s", x=0.5)
    root = ET.fromstring(figure.svg)
    gates = [g for g in root.iter(f"{SVG}g") if g.get("id", "").startswith("gate-")]
    assert len(gates) == 300


def test_a_wide_figure_is_scrolled_and_a_narrow_one_fits_the_page():
    wide = draw("s = x\nfor k in range(30):\n    s = math.tanh(s)\nf = s", x=0.5)
    assert "max-width" not in wide.svg
    assert "max-width:100%" in draw(NEURON, inputs=AT).svg
    assert "overflow-x:auto" in wide._repr_mimebundle_()["text/html"]


def test_a_huge_or_an_empty_circuit_is_refused():
    huge = trace("s = x\nfor k in range(1001):\n    s = s * 2\nf = s * 1", x=0.0)
    with pytest.raises(DrawingError, match=r"this circuit has 1,00\d gates, .* more than 1,000"):
        draw(huge)
    with pytest.raises(DrawingError, match=r"there is no gate in this circuit.*write a stage"):
        draw("f = 3", inputs={})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"palette": "pink"}, "there is no palette 'pink'; choose one of 'notes' or 'safe'"),
        ({"theme": "sepia"}, "there is no theme 'sepia'; choose one of 'auto' or 'light' or 'dark'"),
        ({"group": "open"}, "`group` is True, False, 'closed' or a dict of names, and not 'open'"),
    ],
)  # fmt: skip
def test_an_unknown_option_is_answered_with_the_known_ones(options, sentence):
    with pytest.raises(DrawingError, match=sentence):
        draw("f = x * 2", inputs={"x": 1.0}, **options)


def test_a_circuit_has_its_inputs_already():
    with pytest.raises(
        DrawingError, match=r"has its inputs already; feed it others with `circuit.run"
    ):
        draw(trace("f = x * 2", x=1.0), x=2.0)


def test_without_an_engine_there_is_the_dot_text_and_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    figure = draw("f = x * 2", x=1.0)
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"text/plain"}
    assert "install it with `pip install pygraphviz`" in bundle["text/plain"]
    assert figure.dot in bundle["text/plain"]
    assert figure.save(tmp_path / "x.dot").read_text("utf8") == figure.dot
    with pytest.raises(NoEngine, match="no Graphviz was found"):
        figure.save(tmp_path / "x.png")


def test_the_program_dot_is_used_where_there_is_one(monkeypatch, tmp_path):
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\ncat > /dev/null\necho a warning >&2\necho '<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"by-program\"/>'\n")  # fmt: skip
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert "by-program" in draw("f = x * 2", x=1.0).svg


def test_a_python_without_standard_error_draws(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    assert "<svg" in draw("f = x * 2", x=1.0).svg


def test_nothing_is_written_to_standard_error():
    code = (
        "from backprop_kit import draw\n"
        "d = draw('f = 1 / (1 + math.exp(-x))', x=1.0)\n"
        "d.svg\n"
        "import tempfile; d.save(tempfile.mkdtemp() + '/x.png')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")


def test_standard_error_is_given_back(capfd):
    draw("f = x * 2", x=1.0).svg
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"
