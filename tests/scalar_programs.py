"""Random forward passes on numbers alone, as cell text: what a browser can replay by itself."""

from __future__ import annotations

import random

from tests.random_forwards import ANYTHING, HELPER

PAIRS = (
    "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / (1.5 + {1} ** 2)", "max({0}, {1})", "min({0}, {1} - 0.2)",
    "math.atan2({0}, {1})", "math.hypot({0}, {1})", "mix({0}, {1})", "abs({0}) ** (1 + sigmoid({1}))",
    "sigmoid({0}) - relu({1})", "math.log1p(abs({0})) * math.expm1(-abs({1}))",
    "math.asinh({0}) + math.atanh(0.9 * math.tanh({1}))", "math.acosh(1.5 + {0} ** 2) * math.cosh(math.sin({1}))",
    "{0} if {1} > 0 else -{0} * {1}", "0.3 * {0} + math.cbrt({1})",
)  # fmt: skip


def scalar_program(seed: int, most: int = 9) -> tuple[str, dict[str, float]]:
    """The text of a forward pass and its inputs; each stage reads any two names before it."""
    draws = random.Random(seed)
    inputs = {name: round(draws.uniform(-2, 2), 3) for name in "xyz"}
    names, lines = list(inputs), [HELPER]
    for number in range(draws.randint(2, most)):
        stage = draws.choice((*ANYTHING, *PAIRS))
        lines.append(f"s{number} = {stage.format(draws.choice(names), draws.choice(names))}")
        names.append(f"s{number}")
    lines.append(f"f = {' + '.join([*inputs, draws.choice(names), names[-1]])}")  # all are read
    return "\n".join(lines), inputs
