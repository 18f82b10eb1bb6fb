"""Gates as trees of arithmetic: what the browser replays is what the declaration says."""

import math
import operator
from typing import Any

import numpy as np
import pytest

from backprop_kit import GATES, gate
from backprop_kit.live_formulas import ALIKE, trees_of

ARITHMETIC: dict[str, Any] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne, "neg": operator.neg, "not": operator.not_,
    "**": operator.pow,
}  # fmt: skip
ON_ARRAYS_ALONE = {
    "dot", "matmul", "matvec", "vecmat", "matmuls", "matsvec", "vecmats", "outer", "einsum",
    "transpose", "reshape", "broadcast_to", "astype", "getitem", "setitem", "where", "concatenate",
    "stack", "logaddexp", "sum", "mean", "amax", "amin", "prod", "var", "std", "norm", "logsumexp",
    "softmax", "cumsum",
}  # fmt: skip
OURS = [g for name, g in GATES.items() if g.is_ours and name not in ON_ARRAYS_ALONE]


def value_of(tree, x, f=math.nan, df=math.nan):
    """A tree computed in Python, by the rules that formulas.js follows in the browser."""
    match tree:
        case "f":
            return f
        case "df":
            return df
        case "nan" | "inf":
            return float(tree)
        case str():
            return x[int(tree[1:])]
        case ["if", test, yes, no]:
            return value_of(yes if value_of(test, x, f, df) else no, x, f, df)
        case ["and", a, b]:
            return value_of(a, x, f, df) and value_of(b, x, f, df)
        case ["or", a, b]:
            return value_of(a, x, f, df) or value_of(b, x, f, df)
        case [name, *parts]:
            function: Any = ARITHMETIC.get(name) or ALIKE[name][0]
            return function(*(value_of(part, x, f, df) for part in parts))
    return tree


@pytest.mark.parametrize("found", OURS, ids=lambda g: g.name)
def test_every_gate_on_numbers_is_readable_and_says_what_the_gate_computes(found):
    trees = trees_of(found)
    assert trees is not None
    for scale in (1.0, 0.7, 1.2):
        x = [scale * number for number in found.example]
        value, backward = found.vjp(*x)
        assert value_of(trees.value, x) == value
        shares = [value_of(share, x, value, -1.7) for share in trees.shares]
        assert shares == list(backward(-1.7))


def test_what_only_arrays_need_is_left_to_the_kernel():
    assert {
        name for name, g in GATES.items() if g.is_ours and trees_of(g) is None
    } == ON_ARRAYS_ALONE


SLOPE = 0.25


def softplus_of(x):
    if x > 30:
        return x
    return math.log1p(math.exp(x))


def test_a_gate_of_ones_own_is_read_with_its_helpers_and_constants():
    @gate("softplus", example=(0.3,))
    def softplus(x):
        """Scales the gradient by the sigmoid of x."""

        def backward(df):
            dx = df / (1 + math.exp(-x))
            return (dx,)

        return softplus_of(x) + 0 * SLOPE, backward

    trees = trees_of(softplus)
    assert trees is not None
    for x in (-2.0, 0.3, 31.0):
        assert value_of(trees.value, [x]) == softplus(x)
        assert value_of(trees.shares[0], [x], df=2.0) == softplus.vjp(x)[1](2.0)[0]


def test_a_gate_that_loops_is_left_to_the_kernel():
    @gate("cube", example=(2.0,))
    def cube(x):
        """Scales the gradient by 3 * x**2."""
        f = 1.0
        for _ in range(3):
            f = f * x

        def backward(df):
            return 3 * x**2 * df

        return f, backward

    assert trees_of(cube) is None


def test_a_gate_that_calls_what_no_browser_has_is_left_to_the_kernel():
    @gate("sinc", example=(0.3,))
    def sinc(x):
        """Follows the slope of sinc."""

        def backward(df):
            dx = (math.cos(math.pi * x) - np.sinc(x)) / x * df
            return dx

        return float(np.sinc(x)), backward

    assert trees_of(sinc) is None
