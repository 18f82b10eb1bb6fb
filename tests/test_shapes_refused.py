"""Dimension analysis of what has no dimensions, or no gradient: one sentence each."""

import re

import numpy as np
import pytest

from backprop_kit import StagedError, dimensions

NOTES = {"dD": (5, 3), "W": (5, 10), "X": (10, 3)}


@pytest.mark.parametrize(
    ("gradient", "shapes", "words"),
    [
        ("dW", {}, "No shapes are given"),
        ("W", NOTES, "`W` is no name of a gradient.*did you mean `dW`"),
        ("d", NOTES, "`d` is no name of a gradient"),
        ("", NOTES, "`` is no name of a gradient"),
        (3, NOTES, "as text, such as 'dW', and this is 3"),
        ("dW", {"dD": (5, 3), "X": (10, 3)}, "shape of `W`, which is not given; add it, as in W="),
        ("dfdW", {"dD": (5, 3), "X": (10, 3)}, "shape of `W`, which is not given"),
        ("dW", {**NOTES, "dW": (5, 10)}, "`dW` is what is looked for"),
        ("dDdW", NOTES, r"local derivative of `D`, which has the shape \(5, 3\).*ask for `dW`"),
        ("dW", {"W": (5, 10), "X": (10, 3)}, "No gradient arrives.*as in dD="),
        ("dW", {"W": (5, 10), "data": (10, 3)}, "No gradient arrives.*`data` is read as a forward value"),
        ("dW", {**NOTES, "D": (3, 5)}, r"`dD` has the shape \(5, 3\) and `D` \(3, 5\)"),
        ("dW", {**NOTES, "dD": (5, -3)}, "a length is 0 or more, and -3 is less"),
        ("dW", {**NOTES, "dD": (5, 3.0)}, "a length is a whole number, and 3.0 is not"),
        ("dW", {**NOTES, "dD": (5, True)}, "a length is a whole number, and True is not"),
        ("dW", {**NOTES, "dD": (5, None)}, "a length is a whole number, and None is not"),
        ("dW", {**NOTES, "dD": (1,) * 9}, "`dD` has 9 axes, and more than 8"),
        ("dW", {**NOTES, "dD": [[1.0, 2.0], [3.0]]}, "`dD` is a ragged list"),
        ("dW", {**NOTES, "dD": np.array([1, None])}, r"`dD` holds objects \(its dtype is object\)"),
        ("dW", {**NOTES, "dD": "5 by 3"}, "`dD` holds text or dates and not numbers"),
        ("dW", {**NOTES, "dD": None}, "`dD` holds None and not numbers"),
        ("dW", {**NOTES, "np": (3,)}, "`np` stands for NumPy"),
        ("dW", {**NOTES, "my x": (3,)}, "'my x' is no name that Python code could use"),
    ],
)  # fmt: skip
def test_bad_input_is_answered_in_one_sentence(gradient, shapes, words):
    with pytest.raises(StagedError, match=words) as caught:
        dimensions(gradient, **shapes)
    assert not re.search(r"[.?] [A-Z]", str(caught.value))
