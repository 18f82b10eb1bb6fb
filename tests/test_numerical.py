"""`numerical_gradient` is right for integer arrays too, and leaves what it is given alone."""

import numpy as np
import pytest

from backprop_kit import numerical_gradient
from backprop_kit.source import StagedError

RNG = np.random.default_rng(3)
W, V = RNG.normal(size=(3, 4)), RNG.normal(size=4)


def test_numerical_gradient_of_floats_leaves_x_alone():
    x, before = W.copy(), W.copy()
    found = numerical_gradient(lambda x: np.sum(np.tanh(x)), x)
    assert np.allclose(found, 1 - np.tanh(W) ** 2, rtol=1e-8, atol=0)
    assert np.array_equal(x, before)


def test_numerical_gradient_of_integers_is_right():
    x = np.array([[3, 4], [0, -2]])
    found = numerical_gradient(lambda x: np.sum(x**2), x)
    assert np.allclose(found, 2 * x)
    assert found.dtype == float
    assert x.dtype.kind == "i"


def test_numerical_gradient_takes_lists_numbers_and_upstreams():
    assert np.allclose(numerical_gradient(lambda x: x[0] * x[1], [2.0, 3.0]), [3, 2])
    assert np.allclose(numerical_gradient(lambda x: x**3, 2), 12)
    assert np.allclose(numerical_gradient(lambda x: x**2, V, np.arange(4.0)), 2 * V * np.arange(4))
    with pytest.raises(StagedError, match="give `upstream`"):
        numerical_gradient(lambda x: x**2, V)
