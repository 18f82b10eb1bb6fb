"""Stages of the learner's own choice, held against an open formula."""

import math

import pytest

from backprop_kit import check, grade

LIKE = "f = 1 / (1 + math.exp(-(w * x + b)))"
AT = {"w": 1.0, "x": 2.0, "b": 0.5}


def in_one_line(w, x, b):
    f = 1 / (1 + math.exp(-(w * x + b)))
    db = (1 - f) * f
    dw = x * db
    dx = w * db
    return f, dw, dx, db


def in_many(w, x, b):
    p = w * x
    d = p + b
    n = -1 * d
    e = math.exp(n)
    den = 1 + e
    f = 1 / den
    dden = -1 / den**2
    de = dden
    dn = e * de
    dd = -1 * dn
    db = dd
    dw = x * dd
    dx = w * dd
    return f, dw, dx, db


def slip_upstream(w, x, b):
    d = w * x + b
    f = 1 / (1 + math.exp(-d))
    dd = 1 - f
    db = dd
    dw = x * dd
    dx = w * dd
    return f, dw, dx, db


def one_wrong(w, x, b):
    f = 1 / (1 + math.exp(-(w * x + b)))
    db = (1 - f) * f
    dw = x * db
    dx = x * db
    return f, dw, dx, db


def another_function(w, x, b):
    f = 1 / (1 + math.exp(-(w * x - b)))
    db = -(1 - f) * f
    dw = -x * db
    dx = -w * db
    return f, dw, dx, db


def right_here_only(w, x, b):
    f = 1 / (1 + math.exp(-(w * x + 0.5)))
    db = 0.0 * b
    dw = x * (1 - f) * f
    dx = w * (1 - f) * f
    return f, dw, dx, db


def blank(w, x, b):
    pass


@pytest.mark.parametrize("code", [in_one_line, in_many])
def test_any_choice_of_stages_is_right(code, capsys):
    assert check(code, like=LIKE, **AT).ok
    earned = grade(code, 4, at=[AT, {"w": -1.0, "x": 0.5, "b": 3.0}], like=LIKE)
    assert (earned, type(earned)) == (4.0, float)


def test_a_slip_that_is_handed_on_costs_all_that_it_reaches():
    assert check(slip_upstream, **AT).score > 0.5
    report = check(slip_upstream, like=LIKE, **AT)
    assert report.score == 0.0
    assert report.first_wrong == "dd"
    assert "lines marked `inherits` become right when" in str(report)


def test_the_inputs_alone_count():
    report = check(one_wrong, like=LIKE, **AT)
    assert report.score == pytest.approx(2 / 3)
    assert report.first_wrong == "dx"


@pytest.mark.parametrize(
    ("code", "label", "words"),
    [
        (another_function, "changed_forward", "At w=1.0, x=2.0, b=0.5, `f` is 0.817574, and 0.92"),
        (right_here_only, "changed_forward", "was asked for: put the forward pass right first"),
        (blank, "missing", "`blank` does not compute `f` yet"),
    ],
)
def test_what_computes_something_else_earns_nothing_and_is_told(code, label, words, capsys):
    report = check(code, like=LIKE, **AT)
    assert (report.label, report.score, report.ok) == (label, 0.0, False)
    assert words in report.reason
    assert words in report.hint(1)
    assert report._repr_html_()
    assert grade(code, 4, at=AT, like=LIKE) == 0.0
    assert capsys.readouterr().err == ""


def stops(w, x, b):
    f = w / 0
    return f, 1.0


@pytest.mark.parametrize("code", [stops, None, "f = = 1", lambda w, x, b: 1])
def test_code_that_does_not_run_earns_nothing(code, capsys):
    assert grade(code, 4, at=AT, like=LIKE) == 0.0
    out, err = capsys.readouterr()
    assert out.strip()
    assert err == ""


def test_where_the_formula_has_no_value_nothing_is_compared():
    def root(x):
        r = abs(x)
        f = math.sqrt(r)
        dr = 0.5 / f
        dx = dr * (1.0 if x > 0 else -1.0)
        return f, dx

    def log_of_square(x):
        s = x * x
        f = 0.5 * math.log(s)
        ds = 0.5 / s
        dx = 2 * x * ds
        return f, dx

    assert check(root, like="f = math.sqrt(x)", x=2.0).ok
    assert check(log_of_square, like=lambda x: math.log(x), x=2.0).ok


def test_code_that_stops_wherever_it_is_moved_gives_a_report():
    """A table of one point: nudging it seems to move everything, since nothing arrives."""

    def known(x, w):
        row = {(1.0, 2.0): (0.3, 0.1, 0.2)}[(x, w)]
        f = row[0]
        dx = row[1]
        dw = row[2]
        return f, dx, dw

    report = check(known, like="f = w * x - 1.7", x=1.0, w=2.0, wrt=["x", "w"])
    assert not report.ok
    assert report.score == 0.0
