"""Questions on the patterns of backward flow: small circuits with numbers that are drawn afresh."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backprop_kit.answers import AnswerReport
from backprop_kit.drawing import Drawing, draw
from backprop_kit.typed import check_numbers

FACTORS = (-4, -3, -2, 2, 3, 4)  # not 1, which would hide whether it has been multiplied in
NUMBERS = (-6, -5, -4, -3, -2, 2, 3, 4, 5, 6)
# Into a sigmoid: from its output with two decimals, as figures show it, two digits come out right.
SMALL = (-2, -1, 0, 1, 2)


@dataclass(frozen=True)
class Question:
    """A circuit whose values are shown, and the wires whose gradients are asked for."""

    rule: str
    """The pattern in words: what to go by."""
    code: str
    inputs: Mapping[str, float]
    asked: tuple[str, ...]

    def drawing(self, solved: bool = False) -> Drawing:
        """Draw the circuit, with its gradients only once they are no secret."""
        show = ("value", "gradient") if solved else ("value",)
        return draw(self.code, inputs=self.inputs, show=show)

    def check(self, **gradients: Any) -> AnswerReport:
        """Say of each gradient that was typed, as `dx=-8`, whether it is right; two digits will do."""
        answers = {f"d{name}": gradients.get(f"d{name}") for name in self.asked}
        return check_numbers(answers, self.code, inputs=self.inputs)


@dataclass(frozen=True)
class Pattern:
    """One pattern of backward flow, and the circuit in which it is asked for."""

    rule: str
    code: str
    """Cell text; `{factor}` stands for a number that is drawn, too."""
    names: str
    """The inputs, a letter each."""
    asked: str
    numbers: tuple[int, ...] = NUMBERS

    def question(self, draws: random.Random) -> Question:
        """Draw numbers, no two inputs alike, so that there is no tie and a swap shows."""
        values = map(float, draws.sample(self.numbers, len(self.names)))
        code = self.code.format(factor=draws.choice(FACTORS))
        inputs = dict(zip(self.names, values, strict=True))
        return Question(self.rule, code, inputs, tuple(self.asked))


PATTERNS = (
    Pattern(
        "An add gate hands an unchanged copy of its gradient to each input.",
        "s = x + y + z\nf = {factor} * s",
        names="xyz",
        asked="xyz",
    ),
    Pattern(
        "A multiply gate hands each input the other one, times its gradient.",
        "p = x * y\nf = {factor} * p",
        names="xy",
        asked="xy",
    ),
    Pattern(
        "A max gate hands all of its gradient to the larger input, and 0 to the other.",
        "m = max(x, y)\nf = {factor} * m",
        names="xy",
        asked="xy",
    ),
    Pattern(
        "What comes back along the two roads of a fork is added up.",
        "p = x * y\nq = {factor} * x\nf = p + q",
        names="xy",
        asked="xy",
    ),
    Pattern(
        "A sigmoid multiplies its gradient by (1 - s) * s, where s is its own output.",
        "s = sigmoid(x)\nf = {factor} * s",
        names="x",
        asked="sx",
        numbers=SMALL,
    ),
    Pattern(
        "From the right, one gate at a time: add copies, max routes, multiply swaps.",
        "p = x * y\nm = max(z, w)\nf = {factor} * (p + m)",
        names="xyzw",
        asked="xyzw",
    ),
)
