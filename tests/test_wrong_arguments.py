"""Each public name, called with what it cannot use, says in one sentence what was found and what to give."""

import re

import numpy as np
import pytest

import backprop_kit as kit

Q = "q = x + y\nf = q * z"
AT = {"x": -2, "y": 5, "z": -4}
ONES = np.ones(2)


def fork(x, y):
    f = x * y
    dx = y
    dy = x
    return f, dx, dy


def square(x):
    def backward(df):
        return 2 * x * df

    return x * x, backward


def total(p):
    return np.sum(p["W"])


def sheet(points):
    return kit.regions(None, *points)


CASES = {
    "a seed of text": (lambda: kit.check(fork, x=1, y=2, seed="a"), "`seed` is 'a'; give a whole"),
    "a negative seed": (lambda: kit.check(fork, x=1, y=2, seed=-1), "`seed` is -1"),
    "a seed for arrays": (
        lambda: kit.check_gradient(total, {"W": ONES}, {"W": ONES}, seed=1.5), "`seed` is 1.5",
    ),
    "an input by place": (lambda: kit.check(fork, 3), "is an int; give it as text.*by name"),
    "wrt is a number": (lambda: kit.check(fork, wrt=3, x=1, y=2), "`wrt` is an int; give names"),
    "upstream is text": (lambda: kit.check(fork, upstream="a", x=1, y=2), "`upstream` is a str"),
    "a backward pass that was called": (
        lambda: kit.check(fork, backward=3, x=1, y=2), "this is an int",
    ),
    "an array of objects": (
        lambda: kit.check(fork, x=np.array([1, "a"], dtype=object), y=2.0), "an array of objects",
    ),
    "points that are none": (lambda: kit.grade(fork, 2, at=[1]), "a point of `at` is an int"),
    "points with values": (lambda: kit.grade(fork, 2, at=({"x": 1, "y": 2}, 2)), "not asked for"),
    "points of a function": (lambda: kit.check_values(abs, at=3), "`at` is an int; give a dict"),
    "how near, in words": (
        lambda: kit.check_values(abs, at=({"x": 1}, 1), within="near"), "`within` is 'near'",
    ),
    "a number for a function": (
        lambda: kit.check_values(3, at=({"x": 1}, 1)), "this is an int; define it",
    ),
    "answers in a list": (lambda: kit.check_numbers([1], Q, **AT), "as in {'dq': dq}.* a list"),
    "digits in words": (lambda: kit.check_numbers({"dx": 1}, Q, digits="2", **AT), "`digits` is"),
    "a gate itself": (lambda: kit.check_gate(3, at=[{"x": 1}], like="f = x"), "by its name"),
    "text in a gate": (lambda: kit.GATES["mul"]("a", 2.0), "`mul` computes with numbers, and 'a'"),
    "text as example": (lambda: kit.gate("s", example=("a",))(square), "with numbers, and 'a'"),
    "no function of params": (lambda: kit.check_gradient(3, {}, {}), "`f` is an int; give the"),
    "a gradient of text": (
        lambda: kit.check_gradient(total, {"W": ONES}, {"W": "abc"}).require(), "`W` is a str, and",
    ),
    "upstream for arrays": (
        lambda: kit.check_gradient(total, {"W": ONES}, {"W": ONES}, "a"), "`upstream` is a str",
    ),
    "nothing comes back": (
        lambda: kit.check_gradient(lambda p: None, {"W": ONES}, {"W": ONES}), "returns None",
    ),
    "no function to nudge": (lambda: kit.numerical_gradient("f", 3.0), "`f` is a str; give a func"),
    "no name for a figure": (lambda: kit.draw(Q, **AT).save(None), "saved under a name"),
    "a range of two": (
        lambda: kit.play(Q, x=(1, 2), y=1, z=2), r"write `x=\(value, lowest, highest\)`",
    ),
    "sliders of no function": (lambda: kit.sliders(3), "move the inputs of a function"),
    "a slider of two": (lambda: kit.sliders(lambda x: x, x=(1, 2)), "takes .start, lowest, highest"),
    "a slider upside down": (lambda: kit.sliders(lambda x: x, x=(1, 5, 2)), "three finite numbers"),
    "a slider too few": (lambda: kit.sliders(fork, x=(1, 0, 2)), "do not fit the function.*'y'"),
    "a curve of words": (lambda: kit.curve("abc"), "drawn through numbers, one a step"),
    "no points": (lambda: sheet((np.ones((0, 2)), np.ones(0))), "`points` is empty"),
    "classes in words": (lambda: sheet((np.ones((2, 2)), ["a", "b"])), "must be whole numbers"),
    "one class for all": (
        lambda: kit.regions(lambda points: 3, np.ones((2, 2)), [0, 1]), "a class for each of",
    ),
    "steps below 0": (lambda: list(kit.progress(-3)), "`steps` is -3"),
    "half a step": (lambda: list(kit.progress(3.5)), "`steps` is 3.5"),
    "a name misspelt": (lambda: kit.chek, "did you mean `check`?"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_by_one_sentence(name):
    call, words = CASES[name]
    with pytest.raises((ValueError, AttributeError, kit.WrongGradient)) as refused:
        call()
    assert type(refused.value) is not AttributeError or name == "a name misspelt"
    assert re.search(words, str(refused.value)), str(refused.value)


def test_a_gate_of_one_input_takes_its_example_alone():
    assert kit.gate("s", example=2.0)(square).example == (2.0,)


def test_one_number_is_one_number():
    report = kit.check_gradient(lambda p: p["w"] ** 2, {"w": 3.0}, {"w": 6.0})
    assert "(1 number, " in str(report)
