"""Checks in a notebook that is being graded: the code runs, and is judged only if somebody looks.

What a check says in the learner's process is believed by nobody, and the exercise's score says it
once more, from outside. So the report, which takes most of the time that a notebook takes, is
made when something of it is asked for: `report.ok` and `print(report)` are what they always are.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from autograder.withheld import refuse_in_answers
from backprop_kit.checker import begun, check
from backprop_kit.report import GradientReport
from backprop_kit.source import inputs_of

INSTEAD = "(Not judged here while the notebook is graded: the verdict stands beside the score.)"
ASKED = inspect.signature(check)


class PutOff:
    """A report that is made when something of it is asked for."""

    def __init__(self, make: Callable[[], GradientReport]) -> None:
        self._make = make

    @cached_property
    def _report(self) -> GradientReport:
        refuse_in_answers(check.__name__)
        return self._make()

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return GradientReport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._report, name)

    def __repr__(self) -> str:
        return repr(self._report)

    def __str__(self) -> str:
        return str(self._report)

    def __format__(self, spec: str) -> str:
        return format(self._report, spec)

    def __eq__(self, other: object) -> bool:
        return self._report == (other._report if type(other) is PutOff else other)

    def __hash__(self) -> int:
        return hash(self._report)


@wraps(check)
def check_later(*args: Any, **kwargs: Any) -> PutOff:
    """Run the code once, and put off what is said of it."""
    bound = ASKED.bind(*args, **kwargs)
    bound.apply_defaults()
    asked = dict(bound.arguments)
    return PutOff(begun(inputs=inputs_of(asked.pop("inputs"), asked.pop("named")), **asked))


def shown(value: Any) -> str:
    """The text in which a cell shows a value; of a report that nobody has asked for, that it is put off."""
    if type(value) is PutOff and "_report" not in vars(value):
        return INSTEAD
    return repr(value)
