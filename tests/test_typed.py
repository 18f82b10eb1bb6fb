"""Numbers that are typed: right, or not yet, and what they are instead."""

import pytest

from backprop_kit import check_numbers, grade_numbers
from backprop_kit.typed import typed_number

CODE = "q = x + y\nf = q * z"
AT = {"x": -2, "y": 5, "z": -4}
RIGHT = {"q": 3, "f": -12, "dz": 3, "dq": -4, "dx": -4, "dy": -4.0, "df": 1}


def test_values_and_gradients_of_the_notes_are_right():
    report = check_numbers(RIGHT, CODE, **AT)
    assert report.ok
    assert grade_numbers(RIGHT, 2, code=CODE, at=AT) == 2.0


@pytest.mark.parametrize(
    ("answer", "label", "words"),
    [
        ({"dq": None}, "missing", "`dq` is not answered yet"),
        ({"dq": ...}, "missing", "`dq` is not answered yet"),
        ({"dq": "-4"}, "not_a_number", "'-4' is no number that can be compared; write a plain"),
        ({"dq": [-4]}, "not_a_number", "it is a list; write one number"),
        ({"dq": True}, "not_a_number", "no number that can be compared"),
        ({"dq": float("nan")}, "not_finite", "write a finite number"),
        ({"dq": 4}, "wrong_sign", "4 has the right size and the wrong sign"),
        ({"dx": 3}, "gradient_of_another", "3 is the gradient on `z`, and the gradient on `x`"),
        ({"dx": -2}, "forward_value_instead_of_gradient", "-2 is the value of `x`"),
        ({"f": 3}, "missing_factor", "3 times `z` would be it"),
        ({"q": 5}, "value_of_another", "5 is the value of `y`, and the value of `q` was asked"),
        ({"dx": 0}, "wrong_size", "the gradient on `x` is not zero"),
        ({"dx": 7.5}, "wrong_sign", "7.5 has the wrong sign, and not the right size either"),
        ({"dx": -7.5}, "wrong_size", "-7.5 has the right sign and is too large"),
        ({"dx": -0.1}, "wrong_size", "-0.1 has the right sign and is too small"),
    ],
)
def test_an_answer_that_is_not_right_yet_is_told_what_it_is(answer, label, words, capsys):
    report = check_numbers(answer, CODE, **AT)
    assert report.label == label
    assert words in report.reason
    assert report.first_wrong == next(iter(answer))
    assert all(report.hint(level) for level in (1, 2, 3))
    earned = grade_numbers(answer, 2, code=CODE, at=AT)
    assert (earned, type(earned)) == (0.0, float)
    assert capsys.readouterr().err == ""


def test_the_answer_is_never_printed():
    for wrong in (None, 99.5, "a"):
        report = check_numbers({"dz": wrong}, "q = x + y\nf = q * z", x=1.25, y=5.5, z=-4.0)
        said = str(report) + report._repr_html_() + "".join(report.hint(n) for n in (1, 2, 3))
        assert "6.75" not in said


def test_answers_may_be_rounded_to_two_digits():
    sigmoid = "s = 1 / (1 + math.exp(-x))"
    for typed, right in [(0.2, True), (0.197, True), (0.19, False), (0.21, False)]:
        assert check_numbers({"dx": typed}, sigmoid, output="s", x=1.0).ok == right, typed
    assert not check_numbers({"dx": 0.2}, sigmoid, output="s", digits=3, x=1.0).ok


def test_zero_is_a_plain_zero():
    code = "f = max(x, y)"
    assert check_numbers({"dy": 0}, code, x=4, y=2).ok
    report = check_numbers({"dy": 0.01}, code, x=4, y=2)
    assert report.reason.endswith("ask whether that moves anything at all.")


def test_at_a_kink_every_slope_between_the_two_is_right():
    for typed, right in [(1, True), (0, True), (0.5, True), (1.2, False), (-0.2, False)]:
        assert check_numbers({"dx": typed}, "f = max(x, y)", x=3, y=3).ok == right, typed


def test_every_answer_is_told_what_it_is():
    report = check_numbers({"dx": -7.5, "dy": -0.1}, CODE, **AT)
    assert "too large" in str(report)
    assert "too small" in str(report)


def test_a_share_of_the_answers_earns_a_share_of_the_points():
    assert grade_numbers({"dq": -4, "dx": None, "dz": 1}, 3, code=CODE, at=AT) == 1.0


@pytest.mark.parametrize(
    ("answers", "code", "sentence"),
    [
        ({}, CODE, "no answer is named"),
        ({"dp": 1}, CODE, "the code has no `dp` to ask for; it has x, y, z, q, f, dx"),
        ({"dx": 1}, "f = (x + y + z) / 0", "the question stops"),
        ({"dx": 1}, "f = x * 2", "the question cannot be read: .* no input called `y`"),
    ],
)
def test_a_question_without_an_answer_is_the_authors_mistake(answers, code, sentence):
    with pytest.raises(ValueError, match=sentence):
        grade_numbers(answers, 1, code=code, at=AT)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("-8", -8.0),
        (" \N{MINUS SIGN}8 ", -8.0),
        ("0.5", 0.5),
        ("0,5", 0.5),
        ("1,000,000", "1,000,000"),
        ("", None),
        ("  ", None),
        ("x", "x"),
    ],
)
def test_what_is_typed_is_read(typed, read):
    assert typed_number(typed) == read


def test_the_numbers_of_a_list_are_asked_for_one_by_one():
    code, at = "f = w[0] * x + w[1]", {"w": [2.0, -3.0], "x": 5.0}
    right = {"w[1]": -3, "dw[0]": 5, "dw[1]": 1, "dx": 2}
    assert check_numbers(right, code, inputs=at).ok
    report = check_numbers({"dw[0]": 2}, code, inputs=at)
    assert report.first_wrong == "dw[0]"
    assert "2 is the gradient on `x`, and the gradient on `w[0]` was asked for" in report.reason
    with pytest.raises(ValueError, match=r"no `dw\[2\]` to ask for; it has .*dw\[1\]"):
        check_numbers({"dw[2]": 1}, code, inputs=at)


def test_no_sentence_gives_away_an_answer_that_is_still_to_be_found():
    code, at = "f = x * y", {"x": 4.0, "y": -3.0}
    report = check_numbers({"dx": 4, "dy": None}, code, **at)
    assert "4 is the gradient on another name" in report.reason
    found = check_numbers({"dx": 4, "dy": 4}, code, **at)  # dy is found: it may be named
    assert "4 is the gradient on `y`" in found.reason
    other = check_numbers({"q": 5, "r": 4}, "q = x + y\nr = x + 2\nf = q + 3 * r", x=3.0, y=-4.0)
    assert "5 is the value of another name" in other.reason
