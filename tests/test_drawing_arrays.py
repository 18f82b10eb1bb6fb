"""Arrays in a figure: shapes for everyone, numbers where they are few, shades where they are many."""

import itertools
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from backprop_kit import trace
from backprop_kit.drawing import DrawingError, draw
from backprop_kit.heat import STEPS
from backprop_kit.numerals import written
from backprop_kit.palette import colours, shade_of
from backprop_kit.summary import said, said_scale
from tests.figures import SVG, texts, title, wire

RNG = np.random.default_rng(7)
AFFINE = "scores = X.dot(W) + b\nf = np.sum(scores * G)"
LAYER = {
    "X": RNG.normal(size=(5, 3)), "W": RNG.normal(size=(3, 4)),
    "b": RNG.normal(size=4), "G": RNG.normal(size=(5, 4)),
}  # fmt: skip
EVERY_STEP = [None, *range(-STEPS, STEPS + 1)]
PAIR = {"x": np.array([0.5, -2.0, 3.25]), "y": np.array([4.0, 5.0, -6.125])}


# ----- shapes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "text"),
    [((5, 3), "5×3"), ((3,), "(3,)"), ((3, 1), "3×1"), ((1, 3), "1×3"), ((2, 3, 4), "2×3×4"), ((1, 1), "1×1")],
)  # fmt: skip
def test_every_array_says_its_shape_beside_its_name(shape, text):
    svg = draw("f = np.sum(x * 2)", x=np.ones(shape)).svg
    assert texts(wire(svg, "x"), "ink") == ["x", text]
    assert svg.count(f">{text}</text>") == 2  # and so does the wire without a name


def test_shapes_alone_stand_where_the_values_would():
    svg = draw(AFFINE, inputs=LAYER, show=("shape",)).svg
    shown = {name: texts(wire(svg, name), "ink") for name in ("X", "W", "b", "G", "scores", "f")}
    assert shown == {
        "X": ["X", "5×3"], "W": ["W", "3×4"], "b": ["b", "(4,)"], "G": ["G", "5×4"],
        "scores": ["scores", "5×4"], "f": ["f", "scalar"],
    }  # fmt: skip
    assert 'class="value"' not in svg
    assert 'class="gradient"' not in svg


def test_a_figure_of_numbers_can_say_that_they_are_numbers():
    svg = draw("f = x * y", x=2.0, y=3.0, show=("shape", "gradient")).svg
    assert texts(wire(svg, "x"), "ink") == ["x", "scalar"]
    assert texts(wire(svg, "x"), "gradient") == ["3.00"]
    beside = draw("f = x * y", x=2.0, y=3.0, show=("shape", "value", "gradient"))
    assert beside.svg == draw("f = x * y", x=2.0, y=3.0).svg


@pytest.mark.parametrize("show", [{"shape"}, ["gradient", "shape"], "shape", ("value", "shape", "value")])  # fmt: skip
def test_parts_are_shown_in_one_order_however_they_are_asked_for(show):
    asked = {show} if isinstance(show, str) else set(show)
    in_order = tuple(part for part in ("shape", "value", "gradient") if part in asked)
    assert draw(AFFINE, inputs=LAYER, show=show).show == in_order


@pytest.mark.parametrize(
    ("show", "found"),
    [(("values",), "'values'"), ("shapes", "'shapes'"), (5, "5"), (None, "None"), ([None], "None"), ([["value"]], r"\['value'\]")],
)  # fmt: skip
def test_only_shapes_values_and_gradients_can_be_shown(show, found):
    sentence = f"`show` takes 'shape' or 'value' or 'gradient', or several of them, and not {found}"
    with pytest.raises(DrawingError, match=sentence):
        draw("f = x * 2", x=1.0, show=show)


# ----- few numbers --------------------------------------------------------------------------------


def test_a_small_array_is_written_out_in_rows():
    svg = draw("f = np.sum(x * y)", x=np.array([[1.5, -2.0], [0.25, 3.0]]), y=np.ones((2, 2))).svg
    x = wire(svg, "x")
    assert texts(x, "value") == ["1.50", "−2.00", "0.25", "3.00"]
    assert texts(x, "gradient") == ["1.00"] * 4
    across = [float(t.get("x")) for t in x.iter(f"{SVG}text") if t.get("class") == "value"]
    down = [float(t.get("y")) for t in x.iter(f"{SVG}text") if t.get("class") == "value"]
    assert across[0] == across[2] < across[1] == across[3]
    assert down[0] == down[1] < down[2] == down[3]


def test_numbers_above_and_below_the_line_share_columns_and_end_together():
    group = wire(draw("f = np.sum(x * y)", inputs=PAIR).svg, "x")
    numbers = [t for t in group.iter(f"{SVG}text") if t.get("class") in ("value", "gradient")]
    assert {t.get("text-anchor") for t in numbers} == {"end"}
    places = {role: [t.get("x") for t in numbers if t.get("class") == role] for role in ("value", "gradient")}  # fmt: skip
    assert places["value"] == places["gradient"]
    assert len(set(places["value"])) == 3


def test_a_figure_of_whole_arrays_has_no_decimals():
    whole = draw("f = np.sum(x * k)", x=np.array([1, -2, 3]), k=2)
    assert texts(wire(whole.svg, "x"), "value") == ["1", "−2", "3"]
    assert texts(wire(whole.svg, "x"), "gradient") == ["2", "2", "2"]
    with_floats = draw("f = np.sum(x * k)", x=np.array([1, -2, 3]), k=2.0)
    assert texts(wire(with_floats.svg, "x"), "value") == ["1.00", "−2.00", "3.00"]
    not_whole = draw("f = np.sum(x / k)", x=np.array([1, -2, 3]), k=2)
    assert texts(wire(not_whole.svg, "x"), "value") == ["1.00", "−2.00", "3.00"]


def test_decimals_do_not_tell_of_hidden_gradients_of_arrays():
    inputs = {"x": np.array([8, 4])}
    assert texts(wire(draw("f = np.sum(x / 4)", inputs=inputs).svg, "x"), "value") == [
        "8.00",
        "4.00",
    ]
    alone = draw("f = np.sum(x / 4)", inputs=inputs, show="value").svg
    assert texts(wire(alone, "x"), "value") == ["8", "4"]


def test_masks_are_written_in_words():
    svg = draw("keep = x > 0\nf = np.sum(np.where(keep, x, 0.0))", x=PAIR["x"]).svg
    assert texts(wire(svg, "keep"), "value") == ["true", "false", "true"]


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([1e-12, -2e-12], ["1e−12", "−2e−12"]), ([-0.0, 0.0], ["0.00", "0.00"]),
        ([np.nan, np.inf], ["nan", "∞"]), ([-np.inf, 1e300], ["−∞", "1e+300"]),
    ],
)  # fmt: skip
def test_extreme_numbers_of_an_array_are_written_as_those_of_a_wire(numbers, shown):
    figure = draw("s = np.where(m, x, 0.0)\nf = np.sum(s)", m=np.array([True, False]), x=np.array(numbers))  # fmt: skip
    assert texts(wire(figure.svg, "x"), "value") == shown


def test_an_array_of_one_number_throughout_says_it_once():
    svg = draw(AFFINE, inputs=LAYER).svg
    assert svg.count(">all 1.00</text>") == 1  # the gradient that the sum hands out
    assert "gradient all 1.00" in svg
    zeros = draw("f = np.sum(x * y)", x=np.zeros((7, 7)), y=np.ones((7, 7))).svg
    assert texts(wire(zeros, "x"), "value") == ["all 0.00"]
    assert texts(wire(zeros, "y"), "gradient") == ["all 0.00"]
    assert said(np.full((7, 7), np.nan), False) == "all nan"


# ----- what is said and what is hidden ------------------------------------------------------------


def test_a_screen_reader_is_told_shape_and_range():
    figure = draw(AFFINE, inputs=LAYER)
    X, dX = LAYER["X"], trace(AFFINE, inputs=LAYER)["X"].d
    for array in (X, dX):
        part = (
            f"min {written(array.min())}, max {written(array.max())}, mean {written(array.mean())}"
        )
        assert part in repr(figure)
        assert part in title(figure.svg, "X")
    assert repr(figure).startswith("Circuit of 4 gates. X shape 5×3, min ")
    assert "; b shape (4,), [" in repr(figure)
    assert repr(figure).endswith("gradient 1.00.")
    assert ET.fromstring(figure.svg).findtext(f"{SVG}desc") == repr(figure)
    reach = written(np.abs(X).max())
    assert f"Value: shades from −{reach} to {reach}, none at 0" in title(figure.svg, "X")


def test_shapes_alone_are_said_alone():
    figure = draw(AFFINE, inputs=LAYER, show="shape")
    assert repr(figure) == (
        "Circuit of 4 gates. X shape 5×3; W shape 3×4; b shape (4,); G shape 5×4; "
        "scores shape 5×4; f scalar."
    )
    assert title(figure.svg, "X") == "X: shape 5×3"


def everything_said(circuit, show, tmp_path):
    """Every word of a figure in each of its forms, the colours of its cells among them."""
    figure = draw(circuit, show=show, theme="light")
    page = circuit.to_html(tmp_path / "page.html", show=show).read_text("utf8")
    forms = [figure.svg, figure.dot, *figure._repr_mimebundle_().values(), page]
    words = " ".join([repr(figure), *(re.sub(r"<[^<>]*>", " ", form) for form in forms)])
    layout = set(re.findall(r"[^\s,;:=\[\]]+", draw("f = x * y", x=1, y=2, show=()).dot))
    colour = set(re.findall(r'(?:fill|BGCOLOR)="(#[0-9a-f]{6})"', figure.svg + figure.dot))
    return set(re.findall(r"[^\s,;:=\[\]]+", words)) - layout, colour


@pytest.mark.parametrize(
    ("show", "hidden"),
    [(("value",), "d"), (("shape", "value"), "d"), (("gradient",), "value"), (("shape",), "d"), (("shape",), "value"), ((), "value"), ((), "d")],
)  # fmt: skip
def test_what_is_hidden_of_an_array_is_neither_said_nor_coloured(show, hidden, tmp_path):
    code = "s = np.tanh(x) * y\nbig = np.exp(W)\nf = np.sum(s) * np.sum(big * big)"
    circuit = trace(code, inputs={**PAIR, "W": RNG.normal(size=(6, 5))})
    said_words, used = everything_said(circuit, show, tmp_path)
    part = {"d": "gradient", "value": "value"}[hidden]
    numbers = {}
    for attribute in ("value", "d"):
        arrays = [np.ravel(getattr(w, attribute)).tolist() for w in circuit]
        ends = [(min(a), max(a), float(np.mean(a))) for a in arrays]
        numbers[attribute] = {written(n) for n in itertools.chain(*arrays, *ends)}
    of_hidden = numbers[hidden] - numbers["d" if hidden == "value" else "value"]
    assert len(of_hidden) >= 20
    assert of_hidden & said_words == set()
    theme = colours("notes", "light")
    shades = {shade_of(theme, part, step) for step in EVERY_STEP if step}
    assert not shades & used
    assert ("gradient" in show) == bool({shade_of(theme, "gradient", s) for s in EVERY_STEP if s} & used)  # fmt: skip


def test_nothing_at_all_may_be_shown_of_arrays():
    assert repr(draw(AFFINE, inputs=LAYER, show=())) == "Circuit of 4 gates. X; W; b; G; scores; f."
    assert "×4" not in draw(AFFINE, inputs=LAYER, show=()).svg


def test_the_size_of_a_wire_does_not_tell_of_what_it_hides():
    inputs = {"x": RNG.normal(size=(2, 2)), "k": 1.0}
    small = draw("f = np.sum(x) * k", inputs=inputs, show="value").dot
    large = draw("f = np.sum(x) * k * 1e-7", inputs=inputs, show="value").dot
    first, second = (re.findall(r"w0 \[.*", dot) for dot in (small, large))
    assert len(first) == 1
    assert first == second


# ----- forms --------------------------------------------------------------------------------------


def test_a_figure_of_arrays_is_the_same_to_the_byte(tmp_path):
    saved = []
    for name in ("a", "b"):
        figure = draw(AFFINE, inputs=LAYER)
        figure._repr_mimebundle_()
        saved.append([figure.save(tmp_path / f"{name}.{form}").read_bytes() for form in ("svg", "dot")])  # fmt: skip
    assert saved[0] == saved[1]


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize(("form", "beginning"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<svg"), ("dot", b"digraph")])  # fmt: skip
def test_a_figure_of_arrays_is_saved_in_four_formats(theme, form, beginning, tmp_path):
    path = draw(AFFINE, inputs=LAYER, theme=theme).save(tmp_path / f"x.{form}")
    assert path.read_bytes().lstrip().startswith(beginning)


def test_a_drawing_of_arrays_stays_as_it_was_drawn():
    circuit = trace("f = np.sum(x * y)", inputs=PAIR)
    figure = draw(circuit)
    before = (figure.dot, repr(figure))
    circuit.run(x=PAIR["x"] * 7)
    assert (figure.dot, repr(figure)) == before
    assert "22.75" in draw(circuit).svg


def test_numbers_beside_arrays_look_as_they_did():
    svg = draw("s = np.dot(x, y)\nf = s * k", inputs={**PAIR, "k": 2.0}).svg
    alone = draw("f = s * k", s=-27.90625, k=2.0).svg
    for name in ("k", "f"):
        beside, before = (
            [(t.text, t.get("class"), t.get("font-size"), t.get("text-anchor")) for t in wire(s, name).iter(f"{SVG}text")]
            for s in (svg, alone)
        )  # fmt: skip
        assert beside == before


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("f = np.sum(x @ y)", "@"), ("f = np.sum(x * y)", "×"), ("f = np.sum(np.sum(x, axis=0))", "sum axis 0"),
        ("f = np.sum(x.T)", ".T"), ("f = np.sum(x.reshape(3, 3))", "reshape"), ("f = np.sum(x[1:, 0])", "[1:, 0]"),
        ("f = np.sum(x[-1])", "[−1]"), ("f = np.sum(np.einsum('ij,jk->ik', x, y))", "ij,jk→ik"),
        ("f = np.sum(np.where(x > 0, x, y))", "where"), ("f = np.sum(np.concatenate([x, y], axis=1))", "join axis 1"),
        ("f = np.sum(x ** 2)", "x²"), ("f = np.mean(x)", "mean"), ("f = np.sum(-x)", "×−1"),
    ],
)  # fmt: skip
def test_gates_of_arrays_are_labelled_so_that_they_can_be_read(code, label):
    at = {"x": RNG.normal(size=(3, 3)), "y": RNG.normal(size=(3, 3))}
    svg = draw(code, inputs={k: v for k, v in at.items() if re.search(rf"\b{k}\b", code)}).svg
    gates = [g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("class") == "node gate"]
    assert label in [g.findtext(f"{SVG}text") for g in gates]


def test_a_label_that_would_touch_its_circle_gets_a_box():
    svg = draw("f = np.mean(np.where(x > 0, x, 0.0))", x=PAIR["x"]).svg
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        if group.findtext(f"{SVG}text") in ("mean", "where"):
            assert group.find(f"{SVG}ellipse") is None
        elif group.findtext(f"{SVG}text") == ">0":
            assert group.find(f"{SVG}ellipse") is not None


# ----- the page -----------------------------------------------------------------------------------


def test_a_page_lists_arrays_by_shape_and_in_few_words(tmp_path):
    page = trace(AFFINE, inputs=LAYER).to_html(tmp_path / "x.html").read_text("utf8")
    heads = re.findall(r'<th scope="col">(\w+)</th>', page)
    assert heads == ["name", "shape", "value", "gradient"]
    rows = dict(re.findall(r'<tr><th scope="row">(\w+)</th>(.*?)</tr>', page))
    X, W = LAYER["X"], LAYER["W"]
    assert '<td class="shape">5×3</td>' in rows["X"]
    assert f"min {written(X.min())}, max {written(X.max())}, mean {written(X.mean())}" in rows["X"]
    assert all(written(number) in rows["W"] for number in W.ravel().tolist())
    assert rows["W"].count("<br>") == 4
    assert '<td class="shape">scalar</td><td class="value">' in rows["f"]
    assert "drawn in shades" in page


def test_a_page_of_shapes_does_not_speak_of_values(tmp_path):
    page = trace(AFFINE, inputs=LAYER).to_html(tmp_path / "x.html", show="shape").read_text("utf8")
    assert re.findall(r'<th scope="col">(\w+)</th>', page) == ["name", "shape"]
    assert "Above each wire is the shape" in page
    assert "its value" not in page
    assert "drawn in shades" not in page


def test_a_page_of_numbers_has_no_column_of_shapes(tmp_path):
    page = trace("f = x * 2", x=1.0).to_html(tmp_path / "x.html").read_text("utf8")
    assert re.findall(r'<th scope="col">(\w+)</th>', page) == ["name", "value", "gradient"]


# ----- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "words", "scale"),
    [
        (np.array([1.0, 2.0]), "[1.00, 2.00]", ""),
        (np.array([[[1.0], [2.0]]]), "[[[1.00], [2.00]]]", ""),
        (np.zeros((0, 3)), "empty", ""),
        (np.arange(20.0), "min 0.00, max 19.00, mean 9.50", "shades from −18.50 to 18.50, none at 0; a cell is the mean of up to 2 elements"),
        (np.full(20, 3.0), "all 3.00", ""),
        (np.linspace(0.021, 0.024, 5), "min 0.021, max 0.024, mean 0.02", "shades from −0.02 to 0.02, none at 0"),
        (np.arange(20) > 4, "15 of 20 true", "shaded where true; a cell is the mean of up to 2 elements"),
    ],
)  # fmt: skip
def test_arrays_in_words(array, words, scale):
    assert said(array, False) == words
    assert said_scale(array) == scale


def test_an_empty_array_on_the_way_is_drawn_by_its_shape():
    svg = draw("e = x[:0]\nf = np.sum(e) + np.sum(x)", x=PAIR["x"]).svg
    assert texts(wire(svg, "e"), "ink") == ["e", "(0,)"]
    assert title(svg, "e") == "e: shape (0,), empty, gradient empty"
