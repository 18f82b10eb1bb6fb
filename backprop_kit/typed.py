"""`check_numbers` and `grade_numbers`: numbers that a learner typed, held against the code they are about.

The question is a piece of code. Its values are computed and its gradients measured by nudging, so
that no answer is kept in a notebook, and none is shown: an answer is right, or not yet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_kit.answers import MISSING, NOT_YET, RIGHT, Answer, AnswerReport, earned
from backprop_kit.formula import not_numbers, recorded
from backprop_kit.nudge import measure
from backprop_kit.plain import kind_of, numbers
from backprop_kit.rows import show
from backprop_kit.staged import inputs_of

__all__ = ["check_numbers", "grade_numbers"]

MOST_IN_A_LIST = 24  # elements that are asked for one by one


def check_numbers(
    answers: Mapping[str, Any],
    /,
    code: Any,
    *,
    digits: int = 2,
    output: str = "f",
    inputs: Mapping[str, Any] | None = None,
    **named: Any,
) -> AnswerReport:
    """Say of each typed number whether it is right, and if not, what it is instead.

    `code`, a function or cell text, is what the question is about, at the inputs given by keyword
    or in `inputs`. The answer `"q"` is the value of `q`, and `"dq"` the gradient of `output` on
    it; of a list they are `"w[0]"` and `"dw[0]"`. An answer may be rounded to `digits` significant digits. None is not answered yet.

    Raises ValueError for an answer to something that the code does not have.
    """
    if not isinstance(answers, Mapping):
        raise ValueError(f"answers are a dict, as in {{'dq': dq}}, and this is {kind_of(answers)}")
    if isinstance(digits, bool) or not isinstance(digits, int) or digits < 1:
        raise ValueError(f"`digits` is {digits!r}, and it must be a whole number from 1 up")
    question = question_of(code, output, inputs_of(inputs, named))
    if not answers:
        raise ValueError("no answer is named; give a dict, as in {'dq': dq}")
    asked = unfound(answers, question, digits)
    rows = tuple(judged(name, yours, question, digits, asked) for name, yours in answers.items())
    return AnswerReport("answers", rows, sum(r.verdict == RIGHT for r in rows) / len(rows))


def grade_numbers(
    answers: Mapping[str, Any],
    /,
    points: float,
    *,
    code: Any,
    at: Mapping[str, Any],
    digits: int = 2,
    output: str = "f",
) -> float:
    """Print the report of `check_numbers` and return the points earned, to 0.01.

    Each answer counts alike; `at` is the dict of inputs. A learner's fault costs points and is
    said in a sentence.
    """
    return earned(
        points, lambda: check_numbers(answers, code, digits=digits, output=output, inputs=at)
    )


@dataclass(frozen=True)
class Question:
    """The code that the answers are about: every value, and every gradient from low to high."""

    output: str
    values: Mapping[str, float]
    gradients: Mapping[str, tuple[float, float]]
    inputs: tuple[str, ...]

    def bounds(self, name: str) -> tuple[float, float]:
        """What is right for `q` or `dq`, from low to high; these differ at a kink alone."""
        if name in self.values:
            return self.values[name], self.values[name]
        if name.startswith("d") and name[1:] in self.gradients:
            return self.gradients[name[1:]]
        known = ", ".join([*self.values, *(f"d{of}" for of in self.gradients)])
        raise ValueError(f"the code has no `{name}` to ask for; it has {known}")

    def asks(self, name: str) -> str:
        """What is asked for, in words."""
        if name in self.values:
            return f"the value of `{name}`"
        return f"the gradient on `{name[1:]}`"


def question_of(code: Any, output: str, inputs: Mapping[str, Any]) -> Question:
    """Run and nudge the code."""
    recording = recorded(code, inputs, output)
    truth = measure(code, inputs, output=output)
    everything = {**recording.inputs, **recording.values()}
    values = {
        name: float(a) for n, v in everything.items() for name, a in one_by_one(n, numbers(v))
    }
    slopes = {n: truth.gradient(n) for n in (*everything, output)}
    gradients = {
        name: (float(low), float(high))
        for n, s in slopes.items()
        if s
        for (name, low), (_, high) in zip(one_by_one(n, s.low), one_by_one(n, s.high), strict=True)
    }
    known = {name for n in inputs for name, _ in one_by_one(n, numbers(inputs[n]))}
    return Question(output, values, gradients, tuple(n for n in values if n in known))


def one_by_one(name: str, array: np.ndarray | None) -> list[tuple[str, Any]]:
    """A number under its name, and those of a short list under `w[0]`, `w[1]` and so on."""
    if array is None or array.ndim > 1 or array.size > MOST_IN_A_LIST:
        return []
    return (
        [(f"{name}[{i}]", part) for i, part in enumerate(array)] if array.ndim else [(name, array)]
    )


def typed_number(text: str) -> float | str | None:
    """What was typed, as a number; None for nothing, the text itself for what is no number.

    Where people write a decimal comma, `0,5` is a number: pages without a kernel read it so as well.
    """
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    try:
        return float(text.replace(",", ".", 1)) if text else None
    except ValueError:
        return text


def unfound(answers: Mapping[str, Any], question: Question, digits: int) -> frozenset[str]:
    """The names whose right number is asked for and not found yet, so that no sentence gives it away."""
    return frozenset(
        name
        for name, yours in answers.items()
        if not_numbers(yours)
        or np.ndim(yours)
        or not is_near(float(yours), *question.bounds(name), digits)
    )


def judged(
    name: str, yours: Any, question: Question, digits: int, asked: frozenset[str] = frozenset()
) -> Answer:
    """The row of one answer; of `asked`, no number is said that is the answer to another of them."""
    low, high = question.bounds(name)
    if yours is None or yours is ...:
        return Answer(
            name,
            MISSING,
            None,
            "missing",
            f"`{name}` is not answered yet.",
            remedy=how(name, question),
        )
    label, words = "", ""
    if found := not_a_number(yours):
        label, words = found
    elif is_near(float(yours), low, high, digits):
        return Answer(name, RIGHT, yours)
    else:
        label, words = what_it_is(name, yours, question, digits, asked)
    return Answer(
        name,
        NOT_YET,
        yours,
        label,
        f"`{name}` is not right yet: {words}.",
        remedy=how(name, question),
    )


def not_a_number(yours: Any) -> tuple[str, str] | None:
    array = numbers(yours)
    if found := not_numbers(yours):
        said = (
            "write a plain number, such as -3 or 0.5"
            if found[0] == "not_a_number"
            else "write a finite number"
        )
        return found[0], f"{show(yours)} is no number that can be compared; {said}"
    if array is not None and array.ndim:
        return "not_a_number", "it is a list; write one number"
    return None


def is_near(yours: float, low: float, high: float, digits: int) -> bool:
    """Whether a number is right when it is rounded to so many significant digits."""
    return low - unit(low, digits) <= yours <= high + unit(high, digits)


def unit(value: float, digits: int) -> float:
    """Half a unit of the last digit asked for, and of a zero what rounding leaves of it."""
    size = abs(value)
    if size < 1e-12:
        return 1e-9
    return 0.5001 * 10.0 ** (math.floor(math.log10(size)) - digits + 1)


def what_it_is(
    name: str, typed: Any, question: Question, digits: int, asked: frozenset[str]
) -> tuple[str, str]:
    """The label of a wrong number and what it is instead, as the numbers show it."""
    low, high = question.bounds(name)
    yours, shown = float(typed), show(typed)
    if is_near(-yours, low, high, digits) and yours:
        return "wrong_sign", f"{shown} has the right size and the wrong sign"
    if (factor := missing_factor(name, yours, question, digits)) is not None:
        return "missing_factor", f"{shown} times `{factor}` would be it"
    others = {
        n: g for n, g in question.gradients.items() if f"d{n}" != name and n != question.output
    }
    for other, bounds in others.items():
        if yours and is_near(yours, *bounds, digits):
            return (
                "gradient_of_another",
                f"{shown} is the gradient on {called(other, f'd{other}', asked)}, "
                f"and {question.asks(name)} was asked for",
            )
    for other, value in question.values.items():
        if yours and other != name and is_near(yours, value, value, digits):
            return (
                "forward_value_instead_of_gradient"
                if name not in question.values
                else "value_of_another",
                f"{shown} is the value of {called(other, other, asked)}, "
                f"and {question.asks(name)} was asked for",
            )
    return size_of_it(yours, low, high, question.asks(name), shown)


def called(other: str, answer: str, asked: frozenset[str]) -> str:
    """The name whose number was typed; "another name" where that number is yet to be found."""
    return "another name" if answer in asked else f"`{other}`"


def missing_factor(name: str, yours: float, question: Question, digits: int) -> str | None:
    """Of a value, the one input by which it is still to be multiplied; None where none or several fit."""
    low, high = question.bounds(name)
    if name not in question.values or not yours:
        return None
    fit = [n for n in question.inputs if is_near(yours * question.values[n], low, high, digits)]
    return fit[0] if len(fit) == 1 else None


def size_of_it(yours: float, low: float, high: float, asks: str, shown: str) -> tuple[str, str]:
    """What can be said of a number that is like none of the others."""
    middle = (low + high) / 2
    if yours == 0:
        return "wrong_size", f"{asks} is not zero"
    if middle == 0:
        return "wrong_size", f"{shown} is not {asks}: ask whether that moves anything at all"
    if yours * middle < 0:
        return "wrong_sign", f"{shown} has the wrong sign, and not the right size either"
    return (
        "wrong_size",
        f"{shown} has the right sign and is too {'large' if abs(yours) > abs(middle) else 'small'}",
    )


def how(name: str, question: Question) -> str:
    """How the number can be found, without saying it."""
    if name in question.values:
        return f"Go through the code line by line, on paper, until `{name}` has its value."
    return (
        f"Let `{name[1:]}` grow by a tiny h while everything before it stays, and follow what becomes "
        f"of it, line by line, up to `{question.output}`: by how many times h does that change?"
    )
