"""Dimension analysis by hand: what each pick comes to is what NumPy and `dimensions` say of it."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_kit import StagedError, dimensions
from backprop_kit.fitting import FITS, MISFIT, OTHERWISE, UNMET

NOTES = {"dD": (5, 3), "W": (5, 10), "X": (10, 3)}
SHAPES = st.lists(st.integers(1, 3), max_size=3).map(tuple)


def picks(widget):
    """Each pick of a puzzle by how it is written."""
    return {
        text: (verdict, number, shape, said)
        for verdict, number, shape, text, said in widget.puzzle["picks"]
    }


def run(text, arrays):
    """The value, or None where NumPy refuses."""
    try:
        return np.asarray(eval(text, {"np": np, **arrays}))
    except (ValueError, IndexError):
        return None


@pytest.mark.parametrize(
    ("text", "verdict", "says"),
    [
        ("dD.dot(X.T)", FITS, "(5, 3) times (3, 10) is (5, 10), the shape of <code>W</code>."),
        ("dD.dot(X)", UNMET, "3 and 10 have to meet, and they are not equal"),
        ("W.dot(X)", MISFIT, "(5, 10) times (10, 3) is (5, 3), and <code>W</code> has (5, 10)."),
        ("W * W", OTHERWISE, "what arrives, <code>dD</code>, is not in it"),
        ("dD * X", UNMET, "entry by entry, and (5, 3) and (10, 3) do not lie on each other"),
    ],
)
def test_each_pick_of_the_notes_case_has_its_sentence(text, verdict, says):
    found = picks(dimensions("dW", **NOTES).play())[text]
    assert found[0] == verdict
    assert says in found[3]


@pytest.mark.parametrize(
    ("gradient", "shapes", "text", "says"),
    [
        ("dW", {"dD": (4, 4), "W": (4, 4), "X": (4, 4)}, "dD.dot(W)", "beside what arrives stands what"),
        ("dW", {"dD": (4, 4), "W": (4, 4), "X": (4, 4)}, "dD.dot(dD)", "a factor of a gradient once"),
        ("dW", {"dD": (4, 4), "W": (4, 4), "X": (4, 4)}, "dD * X", "multiplied entry by entry; of a matrix"),
        ("dW", {"dD": (5,), "W": (2, 5), "X": (2, 5)}, "dD * X", "and then summed over an axis"),
    ],
)  # fmt: skip
def test_a_right_shape_is_not_always_a_gradient(gradient, shapes, text, says):
    verdict, number, _, sentence = picks(dimensions(gradient, **shapes).play())[text]
    assert (verdict, number) == (OTHERWISE, None)
    assert says in sentence


@given(shapes=st.fixed_dictionaries({"dq": SHAPES, "x": SHAPES, "w": SHAPES}))
def test_every_pick_has_the_shape_that_numpy_gives_and_fits_as_dimensions_says(shapes):
    found = dimensions("dx", **shapes)
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    values = [run(candidate.expression, arrays) for candidate in found]
    for text, (verdict, number, shape, sentence) in picks(found.play()).items():
        value = run(text, arrays)
        arrays_alone = "np." not in text and "is a number" not in sentence
        assert value is not None or verdict == UNMET, text
        if verdict == UNMET:
            assert value is None or not arrays_alone, text
            continue
        assert list(value.shape) == shape, text
        assert (verdict == MISFIT) is (value.shape != shapes["x"]), text
        if verdict == FITS:
            assert np.allclose(value, values[number]), text
        elif verdict == OTHERWISE and "dq" in text and "w" in text:
            assert not any(np.allclose(value, other) for other in values), text


@pytest.mark.parametrize(
    ("shapes", "count"),
    [
        (NOTES, 1),
        ({"dD": (4, 3), "W": (4, 4), "X": (4, 3)}, 2),
        ({"dD": (4, 4), "W": (4, 4), "X": (4, 4)}, 8),
        ({"dD": (5,), "W": (5, 10), "x": (10,)}, 1),
        ({"dD": (5, 3), "W": (), "X": (5, 3)}, 1),
        ({"dD": (8, 7, 3), "W": (5, 3), "X": (8, 7, 5)}, 1),
    ],
)
def test_as_many_can_be_found_as_dimensions_lists(shapes, count):
    found = dimensions("dW", **shapes)
    puzzle = found.play().puzzle
    assert puzzle["count"] == len(found) == count
    assert ("No other" in puzzle["texts"]["done"]) is (count == 1)


def test_what_is_written_in_other_ways_is_said():
    shapes = {"dD": (8, 7), "W": (5,), "X": (8, 7, 5)}
    found = dimensions("dW", **shapes)
    puzzle = found.play().puzzle
    assert puzzle["count"] < len(found)
    assert "in other ways" in puzzle["texts"]["done"]
    assert found.expressions[0] in puzzle["answer"]


def test_a_puzzle_without_an_answer_says_so_at_once():
    puzzle = dimensions("dW", dD=(5, 3), W=(5, 10), X=(9, 3)).play().puzzle
    assert puzzle["count"] == 0
    assert "no product fits" in puzzle["texts"]["start"]
    assert "an axis of length 10" in puzzle["answer"]


def test_the_state_can_be_observed_and_goes_over_as_json():
    widget = dimensions("dW", **NOTES).play()
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), names="found")
    widget.found = ["dD.dot(X.T)"]
    assert seen == [["dD.dot(X.T)"]]
    assert len(json.dumps(widget.get_state(), default=str)) < 40_000


def test_a_page_without_widgets_asks_in_words_and_keeps_the_answer():
    bundle, _ = dimensions("dW", **NOTES).play()._repr_mimebundle_()
    for form in ("text/plain", "text/html"):
        assert "(5, 10)" in bundle[form]
        assert "X.T" not in bundle[form]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_too_many_operands_are_refused_in_a_sentence():
    many = {f"x{i}": (2, 2) for i in range(12)}
    with pytest.raises(StagedError, match="These are 14 operands, and more than 10 are too many"):
        dimensions("dW", dD=(2, 2), W=(2, 2), **many).play()
