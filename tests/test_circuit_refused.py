"""What a circuit cannot hold is refused in one sentence that says what to do."""

import numpy as np
import pytest

from backprop_kit import StagedError, trace


@pytest.mark.parametrize(
    ("code", "inputs", "sentence"),
    [
        ("q = x * 2\nf = math.gamma(q)", {"x": 1.0}, r"Line 2 \(`f = math.gamma\(q\)`\): `math.gamma` has no gate.*build the value from"),
        ("f = np.sign(x)", {"x": 1.0}, "`np.sign` has no gate"),
        ("f = float(x) * 2", {"x": 1.0}, r"`float\(\)` turns `x` into a bare number.*leave it out"),
        ("f = int(x)", {"x": 1.0}, r"`int\(\)` turns `x` into a bare number"),
        ("f = round(x * 2)", {"x": 1.0}, r"`round\(\)` turns a value without a name into a bare"),
        ("f = math.floor(x)", {"x": 1.0}, r"`math.floor\(\)` turns `x` into a bare number"),
        ("f = x // 2", {"x": 1.0}, "`//` turns `x` into a bare number"),
        ("f = 0\nfor i in range(x):\n    f = f + x", {"x": 2.5}, "`x` is used as a count or an index, and it is 2.5"),
        ("f = [1, 2, 3][x] * x", {"x": 1.5}, "`x` is used as a count or an index"),
        ("f = np.array([x, [x, x]])", {"x": 1.0}, "a list with rows of different lengths .*make all rows equally long"),
        ("f = x.cumsum()", {"x": 1.0}, "`x` is a single number here, so it has no `.cumsum`"),
        ("f = math.exp(x)", {"x": np.ones(3)}, "`math.exp` takes one number, and this is an array; write `np.exp`"),
        ("f = max(x, 0)", {"x": np.ones(3)}, "compares single numbers, and this is an array; write `np.maximum`"),
        ("f = x * w", {"x": 1.0, "w": [1, 2]}, "a list of 2 meets a single number"),
        ("f = x @ x", {"x": 1.0}, "`x` is a single number; write `\\*` instead"),
        ("f = x[0]", {"x": 1.0}, r"`x` is a single number, so it has no part \[0\]"),
        ("f = len(x)", {"x": 1.0}, "so it has no length"),
        ("a, b = x\nf = a", {"x": 1.0}, "no parts to go through"),
        ("f = x.sum()", {"x": 1.0}, "so it has no `.sum`"),
        ("g = x * 2", {"x": 1.0}, "never writes `f`, the output"),
        ("f = [x, x]", {"x": 1.0}, "`f` is a list, and a gradient is of one number"),
        ("f = x * 2", {"y": 1.0}, "no input called `y`; its only input is `x`"),
        ("f = x * y", {"x": 1.0}, "`y` is read on line 1"),
        ("f = x * 2", {"x": "two"}, "`f` comes out as 'twotwo', which is no number"),
        ("f = x * 2", {"x": 2j}, "`x` is the complex number 2j"),
        ("f = x + 'a'", {"x": 1.0}, "'a' meets a wire here, and it is no number"),
        ("f = x * math.exp", {"x": 1.0}, r"a function meets a wire here \(`exp`\); call it first"),
        ("f = 1 / x", {"x": 0.0}, "this divides by zero at these inputs"),
        ("f = math.log(x)", {"x": -1.0}, "this has no value at these inputs"),
        ("f = math.exp(x)", {"x": 1e3}, "this is too large for a float"),
        ("f = math.sqrt(x)", {"x": 0.0}, "the gate `sqrt` that computes `f` on line 1 has no finite slope at 0.0"),
        ("f = max(x, key=abs)", {"x": [1.0, 2.0]}, "`max` with `key=` has no gate"),
        ("import random\nf = x * random.random()", {"x": 1.0}, "draws random numbers.*pass them in as inputs"),
    ],
)  # fmt: skip
def test_what_cannot_be_traced_is_refused_in_one_sentence(code, inputs, sentence):
    with pytest.raises(StagedError, match=sentence) as refused:
        trace(code, inputs=inputs)
    assert "\n" not in str(refused.value)
    assert "object at 0x" not in str(refused.value)


@pytest.mark.parametrize("use", [bool, float, int, round, [1, 2].__getitem__, lambda x: 1.0 * x])
def test_a_wire_of_a_complete_circuit_says_where_its_number_is(use):
    with pytest.raises(StagedError, match=r"complete.*`\.value`.*`\.d`"):
        use(trace("f = x * 2", x=1)["x"])


def test_an_unknown_name_is_answered_with_the_known_ones():
    circuit = trace("q = x * 2\nf = q + 1", x=1.0)
    with pytest.raises(KeyError, match="no wire is called `p`; there are "):
        circuit["p"]
