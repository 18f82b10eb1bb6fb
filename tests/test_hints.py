"""Hints go from the variable to the rule to the shape of the formula, and never to the answer."""

import contextlib
import re

import numpy as np
import pytest

from backprop_kit import check

RNG = np.random.default_rng(0)


def fork(x, y):
    xpy = x + y
    num = x * 3
    f = xpy * num
    dxpy = num
    dnum = xpy
    dx = dxpy
    dx = 3 * dnum
    dy = dxpy
    return f, dx, dy


WRONG = {  # backward passes with a slip each, as text, and their inputs
    "a fork": ("p = x + y\nn = x * 3\nf = p * n\ndp = n\ndn = p\ndx = dp\ndx = 3 * dn\ndy = dp", {"x": 3.0, "y": -4.0}),
    "a product": ("q = x * y\nf = q * z\ndq = z\ndx = x * dq\ndy = x * dq\ndz = q", {"x": 2.0, "y": 3.0, "z": 4.0}),
    "an add gate": ("q = x + y\nf = q * z\ndq = z\ndx = 2 * dq\ndy = dq\ndz = q", {"x": 2.0, "y": 3.0, "z": 4.0}),
    "one over": ("q = 1 / x\nf = q * y\ndq = y\ndx = 1 / x**2 * dq\ndy = q", {"x": 2.0, "y": 3.0}),
    "exp": ("q = math.exp(x)\nf = q * y\ndq = y\ndx = dq\ndy = q", {"x": 0.5, "y": 3.0}),
    "a sigmoid": ("q = 1 / (1 + math.exp(-x))\nf = q * y\ndq = y\ndx = q * dq\ndy = q", {"x": 0.5, "y": 3.0}),
    "a square": ("q = x * x\nf = q * y\ndq = y\ndx = x * dq\ndy = q", {"x": 0.5, "y": 3.0}),
    "a power": ("q = x**3\nf = q * y\ndq = y\ndx = x**2 * dq\ndy = q", {"x": 0.5, "y": 3.0}),
    "a max": ("q = max(x, y)\nf = q * z\ndq = z\ndz = q\ndx = dq\ndy = 0.0", {"x": 0.5, "y": 3.0, "z": 2.0}),
    "a tie": ("f = max(x, y)\ndx = 1.0\ndy = 1.0", {"x": 1.0, "y": 1.0}),
    "missing": ("q = x * y\nf = q * z\ndq = z\ndx = y * dq\ndz = q", {"x": 2.0, "y": 3.0, "z": 4.0}),
    "df": ("q = x * y\nf = q + x\ndf = 2.0\ndq = df\ndx = y * dq + df\ndy = x * dq", {"x": 2.0, "y": 3.0}),
    "raises": ("q = x * y\nf = q * 2\ndq = 2.0\ndy = x * dq\ndx = y * dq / 0", {"x": 2.0, "y": 3.0}),
    "a matrix": ("D = W @ X\nf = np.sum(D * D)\ndD = 2 * D\ndW = dD @ X.T * 2\ndX = W.T @ dD", {"W": RNG.normal(size=(5, 4)), "X": RNG.normal(size=(4, 3))}),
    "a shape": ("s = X + b\nf = np.sum(s * s)\nds = 2 * s\ndb = ds", {"X": RNG.normal(size=(5, 3)), "b": RNG.normal(size=3)}),
    "a mean": ("f = np.mean(w)\ndw = np.ones_like(w)", {"w": RNG.normal(size=(2, 3))}),
    "elements": ("f = w[0] * x + w[1]\ndx = w[0]\ndw = [1.0, x]", {"w": [2.0, 3.0], "x": 4.0}),
    "a loop": ("f = 0.0\nfor i in range(3):\n    f = f + x * a[i]\ndx = a[0]", {"x": 2.0, "a": np.array([1.0, 2.0, 3.0])}),
}  # fmt: skip


@pytest.fixture(scope="module")
def reports():
    return {name: check(text, inputs=inputs) for name, (text, inputs) in WRONG.items()}


def test_hints_go_from_the_variable_to_the_rule_to_the_formula():
    report = check(fork, x=3.0, y=-4.0)
    first = fork.__code__.co_firstlineno
    assert report.hint(1) == f"Look at `dx`, which is written on lines {first + 6} and {first + 7}."
    assert report.hint(2).startswith(
        "Gradients add up at forks: use `+=`. "
        f"Two lines read `x`: `xpy = x + y` (line {first + 1}) and `num = x * 3` (line {first + 2}). "
        "Gradients add up at forks. An add gate hands the gradient on"
    )
    assert report.hint(3) == (
        "`dx` is a sum of two terms: (a plain number) times the gradient on `xpy`; plus "
        "(a plain number) times the gradient on `num`."
    )
    with pytest.raises(ValueError, match="levels 1, 2 and 3"):
        report.hint(4)
    assert "nothing to hint at" in check("f = 2 * x\ndx = 2", x=1.0).hint()


@pytest.mark.parametrize(
    ("name", "rule", "shape"),
    [
        ("a product", "hands each input the other times the gradient", "(the other input of the product)"),
        ("an add gate", "An add gate hands the gradient on to all of its inputs", "(a plain number)"),
        ("one over", "its slope has a minus, and a square below", "(something with `x`)"),
        ("exp", "The slope of exp is the value of exp itself", "computed already"),
        ("a square", "reads `x` in two places", "a sum of two terms, each (the other input"),
        ("a power", "brings its exponent down", "(something with `x`)"),
        ("a max", "A max gate is a switch", "(a switch, on or off)"),
        ("a tie", "one of them may have all of the gradient or they may share it", "a switch"),
        ("missing", "hands each input the other times the gradient", "(the other input of the product)"),
        ("df", "how much does `f` move when `f` itself moves?", "no formula"),
        ("raises", "divided by there that is zero", "`dx` is one term: (the other input of the product)"),
        ("a matrix", "find by the shapes which way round", "matrix product of `X` (4, 3) and the gradient on `D` (5, 3)"),
        ("a shape", "its gradient is summed over the repetitions", "summed back to the shape of `b`. It has the shape of `b`, (3,)"),
        ("a mean", "divided by how many there are", "(a plain number)"),
        ("elements", "reads elements of `w`", "put together element by element"),
        ("a loop", "It stands in a loop. Gradients add up at forks", "added each time round the loop"),
    ],
)  # fmt: skip
def test_the_rule_comes_from_the_line_that_reads_the_variable(reports, name, rule, shape):
    assert rule in reports[name].hint(2)
    assert shape in reports[name].hint(3)


def answers_in(hint):
    """What of a hint might be typed in as code; a name that is only named is not."""
    hint = re.sub(
        r"(gradient on|reads?|elements of|shape of|matrix product of|does|when) `\w+`", "", hint
    )
    spans = re.findall(r"`([^`]*)`", hint)
    spans += [span.split("=", 1)[1] for span in spans if "=" in span]
    return [span.strip() for span in (*spans, *re.findall(r"\(([^()]*)\)", hint))]


@pytest.mark.parametrize("name", WRONG)
def test_no_hint_is_the_answer(reports, name):
    text, inputs = WRONG[name]
    report = reports[name]
    wrong = report.first_wrong
    for answer in {a for level in (1, 2, 3) for a in answers_in(report.hint(level))}:
        written = re.compile(rf"^{wrong} = .*$", re.MULTILINE)
        tried = written.sub(f"{wrong} = {answer}", text)
        tried = tried if written.search(text) else f"{text}\n{wrong} = {answer}"
        with contextlib.suppress(ValueError):  # much of it is not code at all
            found = {row.name: row.verdict for row in check(tried, inputs=inputs).rows}
            assert found.get(wrong) != "right", (answer, report.hint(2), report.hint(3))


def test_a_variable_is_not_read_by_its_shape_or_its_sign():
    text = "N = X.shape[0]\ns = X * X\nf = np.sum(s) / N\nds = np.ones_like(X)\ndX = 2 * X * ds"
    hint = check(text, X=np.ones((3, 2))).hint(2)
    assert "shape[0]" not in hint


def test_lines_that_read_different_elements_add_nothing_up():
    text = "p = w[0] * x\nq = w[1] * x\nf = p * q\ndp = q\ndq = p\ndx = w[0] * dp + w[1] * dq\ndw = [dp, dq]"
    hint = check(text, w=[2.0, 3.0], x=4.0).hint(2)
    assert hint.startswith(
        "Two lines read `w`: `p = w[0] * x` (line 1) and `q = w[1] * x` (line 2)."
    )
    assert "Each element gets what its own places hand back." in hint
    assert "add up" not in hint


def test_shapes_that_clash_are_written_down():
    text = "s = X @ W\nf = np.sum(s * s)\nds = 2 * s\ndW = X @ ds\ndX = ds @ W.T"
    report = check(text, X=np.ones((5, 4)), W=np.ones((4, 3)))
    assert report.hint(2).startswith(
        "Two shapes do not go together there: `X` (5, 4), `ds` (5, 3)."
    )
    assert report.hint(3).startswith("`dW` is one term: a matrix product of `X` (5, 4) and")


def test_a_number_in_front_of_a_product_does_not_hide_the_other_input():
    report = check("f = 3 * x * y\ndx = -3 * y\ndy = 3 * x", x=2.0, y=3.0)
    assert "(the other inputs of the product) times" in report.hint(3)
    report = check("f = 3 * x\ndx = -3", x=2.0)
    assert "(a plain number) times" in report.hint(3)


def test_what_python_says_of_a_list_and_of_a_name_without_a_value_is_said_plainly():
    report = check("f = w[0] * w[1]\ndw = w * 0.5", w=[2.0, 3.0])
    assert report.hint(2).startswith("A list is not multiplied by a number")
    report = check(adds_to_nothing, x=2.0)
    assert "UnboundLocalError: `dx` has no value there yet." in str(report)


def adds_to_nothing(x):
    f = x * x
    dx += 2 * x  # type: ignore[name-defined] # noqa: F821
    return f, dx  # type: ignore[name-defined]
