"""A learner's own gate: judged when it was refused, unfinished or never declared, too."""

import contextlib

import pytest

from backprop_kit import WrongGate, check_gate, draw, gate, grade_gate

AT = [{"x": 2.0, "y": 5.0}, {"x": -1.0, "y": 0.5}]
LIKE = "f = x ** 2 * y"


def declare(body: str, name: str = "mine") -> None:
    """Declare a gate of two inputs as a notebook does: a refused one is said, and life goes on."""
    text = "\n".join(f"    {line}" for line in body.splitlines())
    source = f'@gate("m", example=(2.0, 5.0))\ndef {name}(x, y):\n    "Passes on."\n{text}'
    with contextlib.suppress(WrongGate):
        exec(source, {"gate": gate})


def backward(dx: str, dy: str, value: str = "x * x * y") -> str:
    return f"def backward(df):\n    return {dx}, {dy}\nreturn {value}, backward"


def test_a_right_gate_earns_everything(capsys):
    declare(backward("2 * x * y * df", "x * x * df"))
    earned = grade_gate("mine", 3, at=AT, like=LIKE)
    assert (earned, type(earned)) == (3.0, float)
    assert capsys.readouterr().err == ""
    assert check_gate("mine", at=AT[0], like=lambda x, y: x * x * y).ok


CASES = {
    "blank": ("pass", "missing", "value", 0.0),
    "no backward": ("return x * x * y", "missing", "dx", 0.0),
    "backward gives nothing": (backward("None", "None"), "missing", "dx", 0.0),
    "one gradient missing": (backward("2 * x * y * df", "None"), "missing", "dy", 2 / 3),
    "no factor from above": (backward("2 * x * y", "x * x"), "missing_upstream_factor", "dx", 0.0),
    "no local gradient": (backward("df", "x * x * df"), "missing_local_gradient", "dx", 2 / 3),
    "exchanged": (backward("x * x * df", "2 * x * y * df"), "gradients_exchanged", "dx", 0.0),
    "sign": (backward("-2 * x * y * df", "x * x * df"), "wrong_sign", "dx", 2 / 3),
    "factor": (backward("x * y * df", "x * x * df"), "wrong_local_derivative", "dx", 2 / 3),
    "constant": (backward("12.0", "x * x * df"), "missing_upstream_factor", "dx", 2 / 3),
    "value": (
        backward("2 * x * y * df", "x * x * df", "x * y"),
        "wrong_value",
        "value",
        2 / 3,
    ),
    "value is text": (
        backward("2 * x * y * df", "x * x * df", '"a"'),
        "not_a_number",
        "value",
        2 / 3,
    ),
    "raises": ("raise KeyError('no')", "raises", "value", 0.0),
    "backward raises": (backward("nope * df", "x * df"), "raises", "dx", 0.0),
    "too few": ("return x * x * y, lambda df: 2 * x * y * df", "wrong_count", "dx", 0.0),
    "text": (backward('"a"', "x * x * df"), "not_a_number", "dx", 2 / 3),
}


@pytest.mark.parametrize(("body", "label", "first", "share"), CASES.values(), ids=CASES)
def test_each_attempt_is_judged(body, label, first, share, capsys):
    with contextlib.suppress(Exception):  # a notebook shows what the decorator raises, and goes on
        declare(body)
    earned = grade_gate("mine", 3, at=AT, like=LIKE)
    assert type(earned) is float
    assert earned == pytest.approx(3 * share, abs=0.01)
    out, err = capsys.readouterr()
    assert out.strip()
    assert err == ""
    report = check_gate("mine", at=AT, like=LIKE)
    assert (report.label, report.first_wrong) == (label, first)
    assert report.reason
    assert all(report.hint(level) for level in (1, 2, 3))


def test_a_gate_that_was_never_declared_is_asked_for(capsys):
    assert grade_gate("unheard_of", 3, at=AT, like=LIKE) == 0.0
    assert "No gate is called `unheard_of`; declare it with `@gate" in capsys.readouterr().out


def test_the_kits_own_gates_are_no_answer(capsys):
    assert grade_gate("mul", 3, at=AT, like="f = x * y") == 0.0


def test_a_gate_that_is_not_finished_raises_nothing_and_shows_its_value(capsys):
    declare("def backward(df):\n    pass\nreturn x * x * y, backward", "unfinished")
    assert "The backward of the gate `unfinished` is not written yet" in capsys.readouterr().out
    drawn = repr(draw("f = unfinished(x, y)", x=2.0, y=5.0))
    assert "20" in drawn
    assert "nan" in drawn
    declare("pass", "empty")
    assert "The gate `empty` is not written yet: it returns nothing" in capsys.readouterr().out
    assert check_gate("empty", at=AT, like=LIKE).label == "missing"


def test_one_gradient_of_two_that_is_missing_is_refused_in_a_sentence():
    with pytest.raises(WrongGate, match="gives nothing for input 2"):

        @gate("m", example=(2.0, 5.0))
        def half(x, y):
            """Passes on."""

            def backward(df):
                return y * df, None

            return x * y, backward


def test_at_a_kink_either_slope_is_right():
    declare(
        "def backward(df):\n    return df * (x >= y), df * (y > x)\nreturn max(x, y), backward",
        "larger",
    )
    assert check_gate("larger", at=[{"x": 3.0, "y": 3.0}], like="f = max(x, y)").ok


def test_gradients_may_come_in_a_list():
    declare(
        "def backward(df):\n    return [2 * x * y * df, x * x * df]\nreturn x * x * y, backward"
    )
    assert check_gate("mine", at=AT, like=LIKE).ok
