"""The other gates a learner may spell: the remaining smooth functions of `math`, and comparisons."""

import math
import operator
from typing import Any

import numpy as np

from backprop_kit.declaring import either, gate

_cos = either(math.cos, np.cos)
_sin = either(math.sin, np.sin)
_cosh = either(math.cosh, np.cosh)
_sinh = either(math.sinh, np.sinh)
_tan = either(math.tan, np.tan)
_expm1 = either(math.expm1, np.expm1)
_log2 = either(math.log2, np.log2)
_log10 = either(math.log10, np.log10)
_log1p = either(math.log1p, np.log1p)
_asin = either(math.asin, np.arcsin)
_acos = either(math.acos, np.arccos)
_atan = either(math.atan, np.arctan)
_asinh = either(math.asinh, np.arcsinh)
_acosh = either(math.acosh, np.arccosh)
_atanh = either(math.atanh, np.arctanh)
_atan2 = either(math.atan2, np.arctan2)
_hypot = either(math.hypot, np.hypot)
_cbrt = either(math.cbrt, np.cbrt)

LN2 = math.log(2)
LN10 = math.log(10)


# ----- exponentials and logarithms ----------------------------------------------------------------


@gate("exp2", example=(1.5,), spelled=(math.exp2, np.exp2))
def exp2(x):
    """Scales the gradient by its own output and by log(2)."""
    f = 2.0**x

    def backward(df):
        dx = f * LN2 * df
        return (dx,)

    return f, backward


@gate("expm1", example=(0.5,), spelled=(math.expm1, np.expm1))
def expm1(x):
    """Scales the gradient by exp(x), which is its own output plus 1."""
    f = _expm1(x)

    def backward(df):
        dx = (f + 1) * df
        return (dx,)

    return f, backward


@gate("log2", example=(3.0,), spelled=(math.log2, np.log2))
def log2(x):
    """Divides the gradient by its input and by log(2)."""

    def backward(df):
        dx = df / (x * LN2)
        return (dx,)

    return _log2(x), backward


@gate("log10", example=(3.0,), spelled=(math.log10, np.log10))
def log10(x):
    """Divides the gradient by its input and by log(10)."""

    def backward(df):
        dx = df / (x * LN10)
        return (dx,)

    return _log10(x), backward


@gate("log1p", example=(0.5,), spelled=(math.log1p, np.log1p))
def log1p(x):
    """Divides the gradient by 1 + x."""

    def backward(df):
        dx = df / (1 + x)
        return (dx,)

    return _log1p(x), backward


@gate("cbrt", example=(2.0,), spelled=(math.cbrt, np.cbrt))
def cbrt(x):
    """Divides the gradient by three times the square of its own output."""
    f = _cbrt(x)

    def backward(df):
        dx = df / (3 * f**2)
        return (dx,)

    return f, backward


# ----- circular functions -------------------------------------------------------------------------


@gate("sin", example=(0.5,), spelled=(math.sin, np.sin))
def sin(x):
    """Scales the gradient by cos(x)."""

    def backward(df):
        dx = _cos(x) * df
        return (dx,)

    return _sin(x), backward


@gate("cos", example=(0.5,), spelled=(math.cos, np.cos))
def cos(x):
    """Scales the gradient by -sin(x)."""

    def backward(df):
        dx = -_sin(x) * df
        return (dx,)

    return _cos(x), backward


@gate("tan", example=(0.5,), spelled=(math.tan, np.tan))
def tan(x):
    """Scales the gradient by 1 + f**2."""
    f = _tan(x)

    def backward(df):
        dx = (1 + f**2) * df
        return (dx,)

    return f, backward


@gate("asin", example=(0.5,), spelled=(math.asin, np.arcsin))
def asin(x):
    """Divides the gradient by sqrt(1 - x**2), which is 0 at both ends."""

    def backward(df):
        dx = df / (1 - x**2) ** 0.5
        return (dx,)

    return _asin(x), backward


@gate("acos", example=(0.5,), spelled=(math.acos, np.arccos))
def acos(x):
    """Divides the gradient by -sqrt(1 - x**2), which is 0 at both ends."""

    def backward(df):
        dx = -df / (1 - x**2) ** 0.5
        return (dx,)

    return _acos(x), backward


@gate("atan", example=(0.5,), spelled=(math.atan, np.arctan))
def atan(x):
    """Divides the gradient by 1 + x**2."""

    def backward(df):
        dx = df / (1 + x**2)
        return (dx,)

    return _atan(x), backward


@gate("atan2", example=(1.0, 2.0), spelled=(math.atan2, np.arctan2))
def atan2(y, x):
    """Turns the gradient by a right angle and divides it by the squared distance from 0."""
    square = x**2 + y**2

    def backward(df):
        dy = x / square * df
        dx = -y / square * df
        return dy, dx

    return _atan2(y, x), backward


@gate("hypot", example=(3.0, -4.0), spelled=(math.hypot, np.hypot))
def hypot(x, y):
    """Scales the gradient by each input's share of the length."""
    f = _hypot(x, y)

    def backward(df):
        dx = x / f * df
        dy = y / f * df
        return dx, dy

    return f, backward


# ----- hyperbolic functions -----------------------------------------------------------------------


@gate("sinh", example=(0.5,), spelled=(math.sinh, np.sinh))
def sinh(x):
    """Scales the gradient by cosh(x)."""

    def backward(df):
        dx = _cosh(x) * df
        return (dx,)

    return _sinh(x), backward


@gate("cosh", example=(0.5,), spelled=(math.cosh, np.cosh))
def cosh(x):
    """Scales the gradient by sinh(x)."""

    def backward(df):
        dx = _sinh(x) * df
        return (dx,)

    return _cosh(x), backward


@gate("asinh", example=(0.5,), spelled=(math.asinh, np.arcsinh))
def asinh(x):
    """Divides the gradient by sqrt(x**2 + 1)."""

    def backward(df):
        dx = df / (x**2 + 1) ** 0.5
        return (dx,)

    return _asinh(x), backward


@gate("acosh", example=(2.0,), spelled=(math.acosh, np.arccosh))
def acosh(x):
    """Divides the gradient by sqrt(x**2 - 1), which is 0 at x = 1."""

    def backward(df):
        dx = df / (x**2 - 1) ** 0.5
        return (dx,)

    return _acosh(x), backward


@gate("atanh", example=(0.5,), spelled=(math.atanh, np.arctanh))
def atanh(x):
    """Divides the gradient by 1 - x**2."""

    def backward(df):
        dx = df / (1 - x**2)
        return (dx,)

    return _atanh(x), backward


# ----- comparisons: a small nudge does not change the answer, so no gradient passes ---------------


def _blocked(df: Any) -> tuple[Any, Any]:
    return 0.0 * df, 0.0 * df


@gate(">", example=(3.0, -4.0), spelled=(operator.gt, np.greater))
def greater(x, y):
    """Passes no gradient: the answer stays the same under a small nudge."""
    return x > y, _blocked


@gate("≥", example=(3.0, -4.0), spelled=(operator.ge, np.greater_equal))
def greater_equal(x, y):
    """Passes no gradient: the answer stays the same under a small nudge."""
    return x >= y, _blocked


@gate("<", example=(3.0, -4.0), spelled=(operator.lt, np.less))
def less(x, y):
    """Passes no gradient: the answer stays the same under a small nudge."""
    return x < y, _blocked


@gate("≤", example=(3.0, -4.0), spelled=(operator.le, np.less_equal))
def less_equal(x, y):
    """Passes no gradient: the answer stays the same under a small nudge."""
    return x <= y, _blocked


@gate("==", example=(3.0, -4.0), spelled=(operator.eq, np.equal))
def equal(x, y):
    """Passes no gradient: the answer stays the same under a small nudge."""
    return x == y, _blocked


@gate("≠", example=(3.0, -4.0), spelled=(operator.ne, np.not_equal))
def not_equal(x, y):
    """Passes no gradient: the answer stays the same under a small nudge."""
    return x != y, _blocked
