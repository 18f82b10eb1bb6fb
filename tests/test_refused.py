"""Code that cannot be judged is refused by a sentence that says why, and what to do."""

import asyncio
import math

import numpy as np
import pytest

from backprop_kit import StagedError, check

COUNT = 0


def generator(x):
    f = x * x
    yield f
    dx = 2 * x
    yield dx


async def asynchronous(x):
    await asyncio.sleep(0)
    f = x * x
    dx = 2 * x
    return f, dx


def counts_globally(x):
    global COUNT
    COUNT = COUNT + 1
    f = x * x
    dx = 2 * x
    return f, dx


def counts_in_the_function_around():
    count = 0

    def counting(x):
        nonlocal count
        count += 1
        f = x * x
        dx = 2 * x
        return f, dx

    return counting


def executes_text(x):
    exec("y = x * x")
    f = x * x
    dx = 2 * x
    return f, dx


def evaluates_text(x):
    f = eval("x * x")
    dx = 2 * x
    return f, dx


def asks_for_its_names(x):
    f = x * x
    dx = 2 * locals()["x"]
    return f, dx


class Neuron:
    def forward(self, x):
        f = x * x
        dx = 2 * x
        return f, dx

    def __call__(self, x):
        return self.forward(x)


def random_numbers(x):
    noise = np.random.normal()
    f = x * noise
    dx = noise
    return f, dx


def randomly_dropped(x):
    mask = np.random.rand(*x.shape) < 0.5
    h = x * mask
    f = np.sum(h)
    dh = np.ones_like(h)
    dx = dh * mask
    return f, dx


def gathers(*inputs):
    f = inputs[0]
    return f


def gathers_by_name(**inputs):
    f = inputs["x"]
    return f


def no_gradient(x, y):
    f = np.sum(x * y)
    return f


def of_integers(x):
    f = np.sum(x * x)
    dx = 2 * x
    return f, dx


def no_output(x):
    g = x * x
    dx = 2 * x
    return g, dx


def array_output(x):
    f = x * x
    dx = 2 * x
    return f, dx


def text_output(x):
    f = "high" if x > 0 else "low"
    dx = 0.0
    return f, dx


def infinite_output(x):
    f = np.log(x)
    dx = 1 / x
    return f, dx


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (generator, r"Line \d+ .*generator.*return"),
        (asynchronous, r"Line \d+ .*async.*plain function"),
        (counts_globally, r"Line \d+ .*global.*pass the values in"),
        (counts_in_the_function_around(), r"Line \d+ .*nonlocal.*pass the values in"),
        (executes_text, r"Line \d+ .*exec\(\).*use the names"),
        (evaluates_text, r"Line \d+ .*eval\(\).*use the names"),
        (asks_for_its_names, r"Line \d+ .*locals\(\).*use the names"),
        (Neuron().forward, r"method `Neuron.forward`.*as a function"),
        (Neuron(), r"a Neuron.*as a function"),
        (Neuron, r"a type.*as a function"),
        (lambda x: x * x, r"a lambda.*as a function"),
        (math.sin, r"built-in `sin`.*as a function"),
        (None, r"a NoneType.*as a function"),
        (3.0, r"a float.*as a function"),
        (random_numbers, r"`noise`.*line \d+.*pass the random arrays in as inputs"),
        (no_output, r"never gives `f` a value.*output="),
        (text_output, r"`f` is '.*'.*only numbers have a gradient"),
        (gathers, r"gathers inputs in `\*inputs`; give each input a name of its own"),
        (gathers_by_name, r"gathers inputs in `\*\*inputs`; give each input a name of its own"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_its_sentence(code, words):
    with pytest.raises(StagedError, match=words) as caught:
        check(code, x=2.0)
    assert_one_sentence(caught.value)


def test_a_function_without_source_is_refused():
    scope: dict = {}
    exec("def hidden(x):\n    f = x * x\n    dx = 2 * x\n    return f, dx", scope)
    with pytest.raises(StagedError, match=r"source of `hidden` cannot be found.*text"):
        check(scope["hidden"], x=2.0)


@pytest.mark.parametrize(
    ("code", "inputs", "words"),
    [
        (no_gradient, {"x": np.ones(2), "y": np.ones(2)}, "nothing to judge.*`dx` or `dy`"),
        (randomly_dropped, {"x": np.ones(40)}, "`mask`.*pass the random arrays in as inputs"),
        (array_output, {"x": np.ones(3)}, r"shape \(3,\).*upstream="),
        (array_output, {"x": "3"}, "`x` is '3'.*real numbers"),
        (array_output, {"x": 1 + 2j}, "`x` is .*real numbers"),
        (array_output, {"x": None}, "`x` is None.*real numbers"),
        (array_output, {"x": [1.0, "a"]}, "`x` is .*real numbers"),
        (array_output, {"x": [[1.0], [1.0, 2.0]]}, "`x` is .*real numbers"),
        (array_output, {"x": {"a": 1.0}}, "`x` is .*real numbers"),
        (array_output, {"x": math.nan}, "`x` holds nan or an infinity"),
        (array_output, {"x": [1.0, math.inf]}, "`x` holds nan or an infinity"),
        (array_output, {"x": True}, "nothing to judge"),
        (of_integers, {"x": np.arange(3)}, "nothing to judge.*float array"),
        (array_output, {}, "needs a value for `x`"),
        (array_output, {"x": 2.0, "z": 1.0}, "no input called `z`.*its only input is `x`"),
        (infinite_output, {"x": 0.0}, "`f` is -inf at this point.*other inputs"),
    ],
)
def test_inputs_that_cannot_be_judged_are_refused_by_a_sentence(code, inputs, words):
    with pytest.raises(StagedError, match=words) as caught:
        check(code, inputs=inputs)
    assert_one_sentence(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no statement"),
        ("# only a comment", "no statement"),
        ("f = x *", r"Line 1 is not Python: `f = x \*`"),
        ("f = x * y", "`y` is read on line 1"),
        ("f = x * x\ndx = 2 * x\nyield dx", "Line 3"),
        ("import os\nf = (lambda: (yield x))()\ndx = 1.0", "generator"),
    ],
)
def test_cell_text_that_cannot_be_read_is_refused_by_a_sentence(text, words):
    with pytest.raises(StagedError, match=words) as caught:
        check(text, x=2.0)
    assert_one_sentence(caught.value)


@pytest.mark.parametrize(
    ("wrt", "words"),
    [(["z"], "`wrt` names `z`, which is no input; the inputs are x, y"), ("z", "`wrt` names `z`")],
)
def test_gradients_asked_of_no_input_are_refused(wrt, words):
    with pytest.raises(StagedError, match=words):
        check(no_gradient, wrt=wrt, x=2.0, y=3.0)


def test_an_upstream_of_another_shape_is_refused():
    with pytest.raises(StagedError, match=r"shape \(2,\).*shape \(3,\)"):
        check(array_output, wrt=["x"], upstream=np.ones(2), x=np.ones(3))


def test_a_count_is_no_variable():
    text = "h = x[:n]\nf = h[0] * n\ndx = 1.0\ndn = h[0]"
    with pytest.raises(StagedError, match=r"`n` cannot be judged.*count or an index"):
        check(text, wrt=["n"], x=np.ones(3), n=2)


def assert_one_sentence(error):
    """A sentence for the learner: short, ended, and without a word of how it was found out."""
    text = str(error)
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 400
    assert "Traceback" not in text
    assert "__backprop" not in text
