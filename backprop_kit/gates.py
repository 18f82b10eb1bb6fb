"""Every gate: its value, and how it hands the gradient on its output back to its inputs.

A gate is one function. It returns its value and a `backward` that takes `df`, the gradient of the
circuit's output on the gate's own output `f`, and returns one gradient for each input. What the
backward pass needs from the forward pass is simply remembered by `backward`. No gate knows
anything about the circuit around it: that is the whole idea of backpropagation.

The gates of the notes come first (add, mul, max, 1/x and exp, and the sigmoid that groups them),
their kin after them; the other functions of `math` are in `math_gates.py`, and what only arrays need
is in `array_gates.py` and `axis_gates.py`.
"""

import math
import operator

import numpy as np

from backprop_kit.declaring import GATES, SPELLED, Gate, WrongGate, either, gate

__all__ = ["GATES", "SPELLED", "Gate", "WrongGate", "gate"]


# ----- the gates of the notes ---------------------------------------------------------------------


@gate("+", example=(-2.0, 5.0), spelled=(operator.add, np.add))
def add(x, y):
    """Hands the gradient on, unchanged, to both inputs."""

    def backward(df):
        dx = df
        dy = df
        return dx, dy

    return x + y, backward


@gate("*", example=(3.0, -4.0), spelled=(operator.mul, np.multiply))
def mul(x, y):
    """Swaps the inputs and scales them by the gradient."""

    def backward(df):
        dx = y * df
        dy = x * df
        return dx, dy

    return x * y, backward


_larger = either(max, np.maximum)
_smaller = either(min, np.minimum)


@gate("max", example=(2.0, -1.0), spelled=(max, np.maximum, np.fmax))
def maximum(x, y):
    """Routes the whole gradient to the larger input, and nothing to the other.

    At a tie the first input gets it. Giving 1 to both, as the formula with two `>=` would, is no
    gradient at all: raising both inputs by h raises the larger one by h, not by 2h.
    """
    first = x >= y

    def backward(df):
        dx = first * df
        dy = (1 - first) * df
        return dx, dy

    return _larger(x, y), backward


@gate("/", example=(1.0, 1.37), spelled=(operator.truediv, np.divide))
def div(x, y):
    """Scales the gradient by 1/y for the upper input, and by -x/y**2 for the lower."""

    def backward(df):
        dx = df / y
        dy = -x / y**2 * df
        return dx, dy

    return x / y, backward


_exp = either(math.exp, np.exp)


@gate("exp", example=(-1.0,), spelled=(math.exp, np.exp))
def exp(x):
    """Scales the gradient by its own output."""
    f = _exp(x)

    def backward(df):
        dx = f * df
        return (dx,)

    return f, backward


def _logistic(x):
    """1 / (1 + exp(-x)), by whichever of its two forms cannot overflow."""
    small = _exp(-abs(x))
    return small ** (x < 0) / (1 + small)  # 1 / (1 + small), or small / (1 + small) where x < 0


@gate("σ", example=(1.0,))
def sigmoid(x):
    """Scales the gradient by (1 - f) * f, which is never more than a quarter."""
    f = _logistic(x)
    rest = _logistic(-x)  # 1 - f, with the digits that the subtraction would lose for large x

    def backward(df):
        dx = rest * f * df
        return (dx,)

    return f, backward


# ----- their kin ----------------------------------------------------------------------------------


@gate("=", example=(3.0,), spelled=(operator.pos, np.positive))
def copy(x):
    """Hands the gradient on: the same value under a second name."""

    def backward(df):
        dx = df
        return (dx,)

    return x, backward


@gate("*-1", example=(1.0,), spelled=(operator.neg, np.negative))
def neg(x):
    """Turns the sign of the gradient."""

    def backward(df):
        dx = -df
        return (dx,)

    return -x, backward


@gate("-", example=(5.0, 2.0), spelled=(operator.sub, np.subtract))
def sub(x, y):
    """Hands the gradient on to the first input, and its negative to the second."""

    def backward(df):
        dx = df
        dy = -df
        return dx, dy

    return x - y, backward


@gate("min", example=(2.0, -1.0), spelled=(min, np.minimum, np.fmin))
def minimum(x, y):
    """Routes the whole gradient to the smaller input, at a tie to the first."""
    first = x <= y

    def backward(df):
        dx = first * df
        dy = (1 - first) * df
        return dx, dy

    return _smaller(x, y), backward


def _real_power(x, n):
    f = x**n
    if isinstance(f, complex):
        raise ValueError("a negative number has no real power with a fractional exponent")
    return f


def _log_of_number(x):
    return math.log(x) if x > 0 else 0.0 if x == 0 else math.nan


def _log_of_array(x):
    return np.where(x == 0, 0.0, np.log(np.where(x > 0, x, np.where(x == 0, 1.0, np.nan))))


# log(x) for the exponent's gradient: 0 ** n stays 0, and a negative base has no slope in n.
_log_or_nan = either(_log_of_number, _log_of_array)


@gate("**", example=(1.5, 2.5), spelled=(pow, operator.pow, math.pow, np.power, np.float_power))
def power(x, n):
    """Scales the gradient by n * x**(n-1) for the base, and by x**n * log(x) for the exponent."""
    f = _real_power(x, n)

    def backward(df):
        dx = n * x ** (n - (n != 0)) * df  # x**0 is flat, also at 0, where x**-1 has no value
        dn = f * _log_or_nan(x) * df
        return dx, dn

    return f, backward


@gate("abs", example=(-3.0,), spelled=(abs, math.fabs, np.abs, np.fabs))
def absolute(x):
    """Keeps the gradient where x is positive, turns its sign where x is negative."""

    def backward(df):
        dx = (1 * (x > 0) - 1 * (x < 0)) * df
        return (dx,)

    return abs(x), backward


@gate("relu", example=(2.0,))
def relu(x):
    """Lets the gradient through where x is positive, and blocks it elsewhere."""

    def backward(df):
        dx = (x > 0) * df
        return (dx,)

    return _larger(x, 0.0), backward


_log = either(math.log, np.log)
_sqrt = either(math.sqrt, np.sqrt)
_tanh = either(math.tanh, np.tanh)


@gate("log", example=(2.0,), spelled=(math.log, np.log))
def log(x):
    """Divides the gradient by its input."""

    def backward(df):
        dx = df / x
        return (dx,)

    return _log(x), backward


@gate("sqrt", example=(2.0,), spelled=(math.sqrt, np.sqrt))
def sqrt(x):
    """Divides the gradient by twice its own output."""
    f = _sqrt(x)

    def backward(df):
        dx = df / (2 * f)
        return (dx,)

    return f, backward


@gate("tanh", example=(0.5,), spelled=(math.tanh, np.tanh))
def tanh(x):
    """Scales the gradient by 1 - f**2."""
    f = _tanh(x)

    def backward(df):
        dx = (1 - f**2) * df
        return (dx,)

    return f, backward


# Importing them is what registers them; whoever came first, GATES lists the gates of the notes first.
from backprop_kit import array_gates, axis_gates, math_gates  # noqa: E402, F401

for _name in [name for name, made in GATES.items() if made.rule.__module__ != __name__]:
    GATES[_name] = GATES.pop(_name)
