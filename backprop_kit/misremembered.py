"""Derivatives as they are misremembered, to be recognised where one stands for the right one.

Each maps the variable x and the stage's value y to what would be multiplied with the gradient
from above. None of them says what is right; that is measured.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]

RULES_OF_DERIVATIVES: dict[str, Rule] = {
    "the variable itself": lambda x, y: x,
    "the value of the stage": lambda x, y: y,
    "1 / x": lambda x, y: 1 / x,
    "-1 / x": lambda x, y: -1 / x,
    "1 / x**2": lambda x, y: 1 / x**2,
    "-1 / x**2": lambda x, y: -1 / x**2,
    "1 / x**3": lambda x, y: 1 / x**3,
    "log(x)": lambda x, y: np.log(x),
    "exp(x)": lambda x, y: np.exp(x),
    "-exp(x)": lambda x, y: -np.exp(x),
    "exp(-x)": lambda x, y: np.exp(-x),
    "-exp(-x)": lambda x, y: -np.exp(-x),
    "the power rule on exp": lambda x, y: x * np.exp(x - 1),
    "x * exp(x)": lambda x, y: x * np.exp(x),
    "1 - y": lambda x, y: 1 - y,
    "1 - y**2": lambda x, y: 1 - y**2,
    "1 + y**2": lambda x, y: 1 + y**2,
    "1 + y": lambda x, y: 1 + y,
    "(1 - y) * y": lambda x, y: (1 - y) * y,
    "(1 + y) * y": lambda x, y: (1 + y) * y,
    "(1 - x) * x": lambda x, y: (1 - x) * x,
    "1 - x**2": lambda x, y: 1 - x**2,
    "1 - x": lambda x, y: 1 - x,
    "(1 - y)**2": lambda x, y: (1 - y) ** 2,
    "y**2": lambda x, y: y**2,
    "2 * x": lambda x, y: 2 * x,
    "2 * y": lambda x, y: 2 * y,
    "x**2": lambda x, y: x**2,
    "3 * x**2": lambda x, y: 3 * x**2,
    "3 * x": lambda x, y: 3 * x,
    "sqrt(x)": lambda x, y: np.sqrt(x),
    "1 / sqrt(x)": lambda x, y: 1 / np.sqrt(x),
    "0.5 * sqrt(x)": lambda x, y: 0.5 * np.sqrt(x),
    "0.5 / x": lambda x, y: 0.5 / x,
    "0.5 / sqrt(x)": lambda x, y: 0.5 / np.sqrt(x),
    "2 / sqrt(x)": lambda x, y: 2 / np.sqrt(x),
    "sin(x)": lambda x, y: np.sin(x),
    "-sin(x)": lambda x, y: -np.sin(x),
    "cos(x)": lambda x, y: np.cos(x),
    "-cos(x)": lambda x, y: -np.cos(x),
    "1 / (1 + x**2)": lambda x, y: 1 / (1 + x**2),
    "1 / cos(x)": lambda x, y: 1 / np.cos(x),
    "1 / y": lambda x, y: 1 / y,
    "-1 / y**2": lambda x, y: -1 / y**2,
    "sign(x)": lambda x, y: np.sign(x),
    "-y": lambda x, y: -y,
    "-x": lambda x, y: -x,
}
