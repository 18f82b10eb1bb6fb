"""Functions that return values: right or not, and what the numbers show."""

import numpy as np
import pytest

from backprop_kit import check_values, grade_values


def square(x):
    return x * x


CUBES = [({"x": 2.0}, 8.0), ({"x": -1.0}, -1.0), ({"x": 0.5}, 0.125)]


def test_values_that_are_right_earn_everything(capsys):
    earned = grade_values(lambda x: x**3, 3, at=CUBES)
    assert (earned, type(earned)) == (3.0, float)
    out, err = capsys.readouterr()
    assert "all 3 right" in out
    assert err == ""


def test_the_formula_may_be_given_in_the_place_of_values():
    at = [{"x": 2.0}, {"x": -3.0}]
    assert check_values(square, at=at, like="f = x ** 2").ok
    assert check_values(square, at=at, like=lambda x: x**2).ok
    assert check_values(square, at={"x": 3.0}, like="f = x ** 2").ok
    assert not check_values(square, at=at, like="f = x ** 3").ok


def fails(x):
    raise ZeroDivisionError("no")


ANSWERS = {
    "missing": (lambda x: None, "gives nothing; end the function with `return`"),
    "raises": (fails, "stops with ZeroDivisionError: no"),
    "not_a_number": (lambda x: "8", "gives a str, which is no number"),
    "not_finite": (lambda x: float("nan"), "gives nan or an infinity"),
    "wrong_shape": (lambda x: np.ones(2), r"has shape \(2,\), and shape \(\) was asked for"),
    "wrong_sign": (lambda x: -(x**3), "right size and the wrong sign at every point"),
    "constant_factor": (lambda x: x**3 / 2, "0.5 times what they should be, at every point"),
    "missing_factor": (lambda x: x * x, "right once they are multiplied by `x`"),
    "constant_answer": (lambda x: 8.0, "the same value at every point"),
    "unknown": (lambda x: x**3 + 1, "is not what it should be"),
}


@pytest.mark.parametrize(("label", "answer", "words"), [(k, *v) for k, v in ANSWERS.items()])
def test_a_wrong_answer_is_met_with_what_its_numbers_show(label, answer, words):
    report = check_values(answer, at=CUBES)
    assert report.label == label
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(report.reason)
    assert not report
    assert all(report.hint(level) for level in (1, 2, 3))


@pytest.mark.parametrize(
    "answer", [*(each for each, _ in ANSWERS.values()), None, "8", 8, SystemExit, lambda: 8]
)
def test_no_answer_raises_or_writes_to_stderr(answer, capsys):
    earned = grade_values(answer, 3, at=CUBES)
    assert type(earned) is float
    assert earned <= 1.0
    out, err = capsys.readouterr()
    assert out.strip()
    assert err == ""


def test_a_function_that_is_right_somewhere_earns_a_part():
    report = check_values(lambda x: abs(x**3), at=CUBES)
    assert report.score == pytest.approx(2 / 3)
    assert "is right and `<lambda>(x=-1.0)` is not: what differs there?" in report.reason
    assert grade_values(lambda x: abs(x**3), 3, at=CUBES) == 2.0


def test_what_is_close_enough_is_for_the_author_to_say():
    assert not check_values(lambda x: 1.004 * x, at=({"x": 3.0}, 3.0)).ok
    assert check_values(lambda x: 1.004 * x, at=({"x": 3.0}, 3.0), within=0.01).ok


def test_rounding_around_zero_is_no_mistake():
    assert check_values(lambda x: np.sin(x), at=({"x": np.pi}, 0.0)).ok
    assert not check_values(lambda x: 1e-9, at=({"x": np.pi}, 0.0)).ok


def test_arrays_are_compared_whole():
    at = [({"x": np.arange(3.0)}, np.arange(3.0) ** 2)]
    assert check_values(square, at=at).ok
    assert check_values(lambda x: (x**2).reshape(1, 3), at=at).label == "wrong_shape"
    assert check_values(lambda x: x**2 + [0, 0, 1], at=at).label == "unknown"


def test_what_a_function_prints_stays_in_its_own_run(capsys):
    def noisy(x):
        print("noise")
        return x**3

    check_values(noisy, at=CUBES)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("at", "like", "sentence"),
    [
        ([], None, "names no point"),
        ([{"x": 1.0}], None, "says no value"),
        ([{"x": 1.0}], 3, "or a function, and this is 3"),
        ([{"x": 1.0}], "g = x", "never gives `f` a value"),
        ([{"x": 1.0}], "f = y", "the question cannot be read: .* no input called `x`"),
        ([({"x": 1.0}, "one")], None, "only numbers can be compared"),
    ],
)
def test_a_grade_that_asks_for_nothing_is_the_authors_mistake(at, like, sentence):
    with pytest.raises(ValueError, match=sentence):
        grade_values(square, 3, at=at, like=like)


def test_a_report_shows_itself_as_a_page_in_both_themes():
    page = check_values(square, at=CUBES)._repr_html_()
    assert "<code>square(x=2.0)</code>" in page
    assert "should be" in page
    assert "at-fault" in page
    assert 'data-jp-theme-light="false"' in page
    right = check_values(square, at=({"x": 2.0}, 4.0))
    assert "should be" not in right._repr_html_()
    assert str(right) == "square: right\n  right     square(x=2.0)  4.0"
    assert right.hint(1) == "Everything is right; there is nothing to hint at."
