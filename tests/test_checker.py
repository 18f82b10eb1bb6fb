"""`check` and `grade`, as learners and instructors meet them."""

import math
import random

import numpy as np
import pytest

from backprop_kit import GradientReport, StagedError, WrongGradient, check


def fork(x, y):
    xpy = x + y
    num = x * 3
    f = xpy * num
    dxpy = num
    dnum = xpy
    dx = dxpy
    dx = 3 * dnum  # the slip
    dy = dxpy
    return f, dx, dy


def right(x, y):
    q = x * y
    f = q + x
    dq = 1.0
    dx = 1.0 + y * dq
    dy = x * dq
    return f, dx, dy


def verdicts(report):
    return {row.name: row.verdict for row in report.rows}


# ----- the report ------------------------------------------------------------------------------


def test_one_slip_is_one_red_line():
    report = check(fork, x=3.0, y=-4.0)
    assert not report
    assert verdicts(report) == {"dxpy": "right", "dnum": "right", "dx": "wrong", "dy": "right"}
    row = report["dx"]
    assert (row.yours, row.expected) == (-3.0, pytest.approx(6.0))
    assert row.text == "dx = 3 * dnum"
    assert row.line == fork.__code__.co_firstlineno + 7
    assert report.score == 0.75
    assert report.seed == 0


def test_the_report_as_text():
    headline, reason, *_ = str(check(fork, x=3.0, y=-4.0)).splitlines()
    assert headline == "fork: dx is not right; score 0.75"
    line = fork.__code__.co_firstlineno + 7
    assert reason == (
        f"Line {line} (`dx = 3 * dnum`) overwrites what line {line - 1} put into `dx`. "
        "Gradients add up at forks: use `+=`."
    )
    assert str(check(right, x=2, y=3)).startswith(
        "right: every gradient is right (your point and 6 others)"
    )


def test_the_report_as_html_escapes_code():
    html = check("q = x if x < 3 else x\nf = q\ndx = (x < 3) * 0.0", x=1.0)._repr_html_()
    assert "dx = (x &lt; 3) * 0.0" in html
    assert "<table>" in html
    assert "✘" in html
    assert "✔" in check(right, x=2, y=3)._repr_html_()


def test_require_raises_the_report():
    assert isinstance(check(right, x=2, y=3).require(), GradientReport)
    with pytest.raises(WrongGradient, match="dx is not right") as caught:
        check(fork, x=3.0, y=-4.0).require()
    assert isinstance(caught.value, AssertionError)


def test_a_row_is_asked_for_by_its_name():
    with pytest.raises(KeyError, match="no row is called 'dz'"):
        check(fork, x=3.0, y=-4.0)["dz"]


def test_the_same_seed_gives_the_same_report():
    assert str(check(fork, x=3.0, y=-4.0, seed=5)) == str(check(fork, x=3.0, y=-4.0, seed=5))


def test_a_slip_that_the_given_point_hides_is_shown_where_it_was_found():
    report = check("f = x * y\ndx = x\ndy = x", x=2.0, y=2.0)
    assert report.first_wrong == "dx"
    assert set(report["dx"].point) == {"x", "y"}
    assert " at x=" in str(report)


IF = "margin = 1 - y * (w * x + b)\nf = 0.0\nif margin > 0:\n    f = margin"
MAX = "margin = 1 - y * (w * x + b)\nf = max(0, margin)"
MASK = "margin = 1 - y * (w * x + b)\nopen = margin > 0\nf = open * margin"


@pytest.mark.parametrize("forward", [IF, MAX, MASK])
def test_both_ways_of_a_branch_are_looked_at_where_it_can_be_had(forward):
    inputs = {"w": 0.7, "x": 1.1, "b": 0.1, "y": 1}
    for seed in range(12):
        code = f"{forward}\ndx = w * -y\ndw = (margin > 0) * -x * y"
        report = check(code, wrt=["x", "w"], **inputs, seed=seed)
        assert verdicts(report) == {"dx": "wrong", "dw": "right"}
        assert 7 <= report.points <= 9


def test_no_further_point_is_looked_for_where_nothing_branches():
    assert check(right, x=2, y=3).points == 7
    assert check("f = x * 2 if k > 3 else x\ndx = 2.0", wrt=["x"], x=1.0, k=5).points == 7


def test_an_intermediate_that_is_not_its_gradient_is_a_remark_when_all_answers_are_right():
    report = check("q = x * 2\nf = q * 3\ndq = 2.0\ndx = 3 * dq", x=1.0)
    assert report.ok
    assert report.score == 1.0
    assert verdicts(report) == {"dq": "right", "dx": "right"}
    assert any("`dq` (line 3) is not the gradient on `q`" in r for r in report.remarks)


# ----- what is required --------------------------------------------------------------------------


def test_what_is_returned_is_what_is_required():
    def one(x, y):
        f = x * y
        dx = y
        return f, dx

    assert verdicts(check(one, x=1.0, y=2.0)) == {"dx": "right"}
    report = check(one, x=1.0, y=2.0, wrt=["x", "y"])
    assert report.first_wrong == "dy"
    assert report.label == "missing"
    assert "I see no `dy`" in report.reason


def test_a_gradient_that_is_returned_unfilled_is_missing():
    def unfilled(x, w):
        f = np.sum(x * w)
        dx, dw = None, None
        dx = w
        return f, dx, dw

    report = check(unfilled, x=np.ones(3), w=np.arange(3.0))
    assert verdicts(report) == {"dx": "right", "dw": "missing"}


def test_arrays_are_data_unless_their_gradient_is_written():
    report = check("f = np.sum(X * w)\ndw = X", X=np.arange(3.0), w=np.ones(3))
    assert report.ok
    assert any("Judged: `dw`" in note for note in report.notes)
    assert check("f = np.sum(w * w)\ndw = 2 * w", w=np.ones(3)).notes == ()


def test_counts_are_not_differentiated():
    assert check("f = 1.0\nfor i in range(n):\n    f = f * x\ndx = n * x**(n - 1)", x=2.0, n=3).ok
    assert check("f = x**n\ndx = n * x**(n - 1)", x=2.0, n=3).first_wrong == "dn"
    assert check("f = v[k] * x\ndx = v[k]", x=2.0, v=np.arange(3.0), k=1).ok


def test_the_gradient_on_an_array_output_comes_from_above():
    assert check("D = 2 * x\ndx = 2 * dD", "D", x=np.ones(3)).ok
    assert check("D = 2 * x\ndx = 2 * dD", "D", x=np.ones(3), dD=np.array([1.0, 2, 3])).ok
    assert not check("D = 2 * x\ndx = 2 * np.ones(3)", "D", x=np.ones(3), upstream=np.arange(3.0))
    assert check("f = 2 * x\ndx = 2 * df", x=3.0, upstream=5.0).ok
    with pytest.raises(StagedError, match=r"array of shape \(3,\), so the gradient on it must"):
        check("f = 2 * x\ndx = 2 * np.ones(3)", x=np.ones(3))


def doubled(w, x):
    h = w * x
    dw = x
    dx = 2 * w
    return h, dw, dx


@pytest.mark.parametrize(
    "code", ["h = w * x\ndw = x\ndx = 2 * w", doubled, "h = w * x\ndh = 1.0\ndw = x\ndx = 2 * w"]
)
def test_a_gradient_from_above_that_the_code_ignores_is_a_slip_and_no_bad_input(code):
    for given in ({"dh": 2.0}, {"upstream": 2.0}, {"inputs": {"dh": 2.0}}):
        report = check(code, "h", wrt=["w", "x"], **{"inputs": {}} | given, w=0.5, x=2.0)
        assert (report["dw"].verdict, report["dx"].verdict) == ("wrong", "right")
        assert report["dw"].expected == pytest.approx(4.0)
    with pytest.raises(StagedError, match="`dh` holds nan"):
        check(code, "h", w=0.5, x=2.0, dh=math.nan)


def affine_forward(x, w, b):
    out = x @ w + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def affine_backward_wrong(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout


def no_gradient_comes_in():
    return 3.0


def test_forward_and_backward_apart():
    rng = np.random.default_rng(0)
    arrays = {"x": rng.normal(size=(4, 3)), "w": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
    report = check(affine_forward, "out", backward=affine_backward, inputs=arrays)
    assert report.ok, report
    assert set(verdicts(report)) == {"dx", "dw", "db"}
    wrong = check(
        affine_forward, "out", backward=affine_backward_wrong, wrt=["x", "w", "b"], inputs=arrays
    )
    assert verdicts(wrong) == {"dx": "right", "dw": "right", "db": "missing"}


@pytest.mark.parametrize(
    ("backward", "sentence"),
    [
        (no_gradient_comes_in, "`no_gradient_comes_in` takes no argument.*`def backward"),
        ("dx = dout", "takes no argument.*`def backward"),
        (3, "this is an int"),
    ],
)
def test_a_backward_pass_that_cannot_be_called_is_bad_input_and_no_slip(backward, sentence):
    with pytest.raises(StagedError, match=sentence):
        check(affine_forward, "out", backward=backward, inputs={"x": 2.0, "w": 3.0, "b": 1.0})


def test_a_value_returned_under_one_name_stands_for_no_other():
    def two_of_three(x, y, z):
        q = x + y
        f = q * z
        dz = q
        dx = z
        return f, dx, dz

    report = check(two_of_three, x=-2, y=5, z=-4, wrt=["x", "y", "z"])
    assert verdicts(report) == {"dx": "right", "dz": "right", "dy": "missing"}

    def only_the_output(x):
        f = math.exp(x)
        return f

    assert check(only_the_output, x=1.0).score == 0.0


def test_the_answer_to_a_missing_gradient_is_not_given_away():
    report = check("f = x * y\ndx = y", x=7.25, y=2.0)
    assert report.first_wrong == "dy"
    assert "7.25" not in str(report)
    assert "7.25" not in report._repr_html_()


# ----- what is judged how ------------------------------------------------------------------------


def test_a_name_with_two_meanings_is_not_judged_and_the_report_says_why():
    text = "q = x * y\nr = q + x\nq = r * y\nf = q * q\ndq = 2 * q\ndr = y * dq\ndx = dr * (1 + y)\ndy = r * dq + x * dr"
    report = check(text, x=2.0, y=3.0)
    assert report.ok
    assert "dq" not in verdicts(report)
    assert any("assigned on line 1 and again on line 3" in note for note in report.notes)


def test_gradients_may_be_written_before_the_output_is_complete():
    svm = """
f = 0.0
dw = np.zeros(2)
for i in range(3):
    m = 1 - y[i] * (X[i] @ w)
    if m > 0:
        f += m
        dw -= y[i] * X[i]
f += 0.5 * np.sum(w * w)
"""
    rng = np.random.default_rng(0)
    data = {"X": rng.normal(size=(3, 2)), "w": rng.normal(size=2), "y": np.array([1, -1, 1])}
    assert check(svm + "dw += w", wrt=["w"], **data).ok
    assert check(svm.replace("f += 0.5", "dw += w\nf += 0.5"), wrt=["w"], **data).ok
    assert check(svm, wrt=["w"], **data).first_wrong == "dw"


def test_a_wrong_gradient_in_a_dict_is_wrong_and_not_missing():
    report = check("f = x * y\ngrads = {}\ngrads['x'] = y\ngrads['y'] = y", x=2.0, y=3.0)
    assert verdicts(report) == {"dx": "right", "dy": "wrong"}
    assert report["dy"].text == "grads['y'] = y"


def test_few_usable_points_are_admitted():
    text = "f = math.sqrt(1e-12 - (x - 1)**2)\ndx = -(x - 1) / f"
    report = check(text, x=1.0)
    assert report.ok
    assert "checked only near your point" in str(report).lower()


def test_values_that_are_no_gradients():
    report = check("f = x * y\ndx = None\ndy = ...", x=1.0, y=2.0)
    assert verdicts(report) == {"dx": "missing", "dy": "missing"}
    report = check("f = x * y\ndx = 'y'\ndy = [x]", x=1.0, y=2.0)
    assert verdicts(report) == {"dx": "wrong", "dy": "wrong"}


def test_a_gradient_of_zero_earns_nothing_alone():
    assert check("f = x * y\ndz = 0.0", x=1.0, y=2.0, z=3.0).score == 0.0
    assert check("f = x * y\ndx = y\ndz = 0.0", x=1.0, y=2.0, z=3.0).score == pytest.approx(2 / 3)


def test_follow_through_past_a_mask_and_an_accumulation():
    text = "h = max(x, 0.0)\ns = h * y\nf = s + h\nds = -1.0\ndh = y * ds + 1.0\ndy = h * ds\ndx = dh * (x > 0)"
    report = check(text, x=2.0, y=3.0)
    assert verdicts(report) == {"ds": "wrong", "dh": "inherits", "dy": "inherits", "dx": "inherits"}
    assert report.score == 0.75


SOFTMAX = """
q = s - np.max(s)
e = np.exp(q)
n = np.sum(e)
p = e / n
f = np.sum(p * t)
dp = t
de = dp / n
dn = np.sum(dp * e) / n**2
de = de + dn
dq = de * e
ds = dq
"""


def test_right_code_that_leaves_out_what_cancels_is_not_accused_after_a_slip():
    given = {"s": np.array([0.1, 0.2, 0.3]), "t": np.array([0.1, 0.2, 0.6])}
    for seed in range(3):
        report = check(SOFTMAX, wrt=["s"], **given, seed=seed)
        found = {"dp": "right", "de": "inherits", "dn": "wrong", "dq": "inherits"}
        assert verdicts(report) == {**found, "ds": "inherits"}
        slipped = check(SOFTMAX.replace("ds = dq", "ds = -dq"), wrt=["s"], **given, seed=seed)
        assert slipped["ds"].verdict == "wrong"
    assert check(SOFTMAX.replace("dn = np", "dn = -np"), wrt=["s"], **given).ok


def test_learner_code_prints_once_and_its_random_state_is_kept(capsys):
    def code(x):
        f = 2 * x
        print("here", x)
        dx = 2.0
        return f, dx

    random.seed(1)
    state = random.getstate()
    check(code, x=1.0)
    assert capsys.readouterr().out == "here 1.0\n"
    assert random.getstate() == state


# ----- bad input ---------------------------------------------------------------------------------


def draws(x):
    n = random.random()
    f = x * n
    dx = n
    return f, dx


@pytest.mark.parametrize(
    ("attempt", "sentence"),
    [
        (lambda: check(draws, x=1.0), "`n` has another value each time line .* is run; pass the random"),
        (lambda: check("q = x * 2\ndx = 2", x=1.0), "never gives `f` a value"),
        (lambda: check("f = x * 2\ndx = 2", x="3"), r"`x` is '3' \(a str\)"),
        (lambda: check("f = x * 2\ndx = 2", x=None), r"`x` is None, and"),
        (lambda: check("f = x * 2\ndx = 2", x=1j), r"`x` is 1j \(a complex\)"),
        (lambda: check("f = x * 2\ndx = 2", x=[1, "a"]), r"`x` is \[1, 'a'\] \(a list\)"),
        (lambda: check("f = x * 2\ndx = 2", x=math.nan), "`x` holds nan or an infinity"),
        (lambda: check("f = x * 2\ndx = 2", x=1.0, w=2.0), "no input called `w`"),
        (lambda: check("f = x * 2\ndx = 2"), "`x` is read on line 1"),
        (lambda: check("f = X.sum()", X=np.ones(3)), "nothing to judge: I looked for `dX`"),
        (lambda: check("f = k * 2.0", k=True), "nothing to judge: no input is a real number"),
        (lambda: check("f = str(x)\ndx = 1", x=1.0), r"`f` is '1.0' \(a str\)"),
        (lambda: check("f = x / 1e-320 * 1e300\ndx = 1", x=1e9), "`f` is inf at this point"),
        (lambda: check("f = x\ndx = 1", x=1.0, wrt=["z"]), "`wrt` names `z`"),
    ],
)  # fmt: skip
def test_bad_input_gets_a_sentence(attempt, sentence):
    with pytest.raises(StagedError, match=sentence):
        attempt()
