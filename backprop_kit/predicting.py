"""Gradients to be predicted: which wires are asked for, how an answer is judged, the line to paste.

The truth is measured by nudging and stays in the kernel. A page gets the values, the words "right"
or "not yet" and what a wrong number is instead; no gradient, and no formula to compute one with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from backprop_kit.answers import MISSING, RIGHT
from backprop_kit.circuit import Circuit
from backprop_kit.typed import Question, judged, question_of, typed_number, unfound
from backprop_kit.wire import Wire

DIGITS = 2  # as figures show them


class Prediction:
    """What is asked about a circuit at its inputs; `asked` are the names by their wires' numbers."""

    def __init__(self, circuit: Circuit) -> None:
        self.question: Question = question_of(circuit.code, circuit.output_name, circuit.given)
        self.asked = asked(circuit, self.question)

    def judged(self, typed: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """The verdict on every wire that is asked for, with a sentence where an answer is not right yet."""
        answers = {d: typed_number(typed.get(d, "")) for d in self.asked.values()}
        secret = unfound(answers, self.question, DIGITS)
        return {d: self.verdict(d, answer, secret) for d, answer in answers.items()}

    def verdict(self, d: str, answer: Any, secret: frozenset[str]) -> dict[str, str]:
        found = judged(d, answer, self.question, DIGITS, secret)
        said = "" if found.verdict in (RIGHT, MISSING) else found.reason.replace("`", "")
        return {"verdict": found.verdict, "said": said}

    def line(self, typed: Mapping[str, str]) -> str:
        """What goes into an answer cell: `dq, dx = -4, 3`, each gradient under its name.

        So answers are typed in the course, where `grade_numbers({"dq": dq, "dx": dx}, ...)` takes
        them. The numbers of a list have no such names, and come as the dict itself.
        """
        numbers = {d: as_code(typed_number(typed.get(d, ""))) for d in self.asked.values()}
        if all(d.isidentifier() for d in numbers):
            return f"{', '.join(numbers)} = {', '.join(numbers.values())}"
        entries = (f'"{d}": {number}' for d, number in numbers.items())
        return f"answers = {{{', '.join(entries)}}}"


def asked(circuit: Circuit, question: Question) -> dict[int, str]:
    """The gradients that are asked for: one on each wire with a name, except the output's own.

    They come in the order of the backward pass, as one works them out.
    """
    places = {id(wire): i for i, wire in enumerate(circuit.wires)}
    names = {
        places[id(wire)]: f"d{name}"
        for name, wire in circuit.names.items()
        if isinstance(wire, Wire) and wire is not circuit.output and id(wire) in places
    }
    return {i: names[i] for i in sorted(names, reverse=True) if names[i][1:] in question.gradients}


def as_code(number: float | str | None) -> str:
    """A number as Python writes it, whole where it is; what is no number is not answered yet."""
    if not isinstance(number, float) or not math.isfinite(number):
        return "None"
    whole = number.is_integer() and abs(number) < 1e15
    return str(int(number)) if whole else repr(number)
