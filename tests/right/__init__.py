"""Backward passes that are right, written as people write them. The checker must accuse none.

A module of the corpus holds one kind of them, in `CASES`. What makes a program right is measured
in `tests/plainly.py`, which knows nothing of the checker.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """One right program; it returns the output, then the gradients on `wrt` in this order.

    With `backward` it is a forward pass, and `backward(upstream, cache)` returns the gradients.
    `kink` says that the inputs stand on a kink, where several gradients are right.
    """

    function: Callable
    inputs: Mapping[str, Any]
    wrt: Sequence[str] | None = None
    output: str = "f"
    backward: Callable | None = None
    upstream: Any = None
    kink: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__


def collector(cases: list[Case]) -> Callable:
    """A decorator that puts programs into `cases`; its keywords are the inputs."""

    def right(
        wrt: Sequence[str] | None = None,
        /,
        output: str = "f",
        backward: Callable | None = None,
        upstream: Any = None,
        kink: bool = False,
        **inputs: Any,
    ) -> Callable:
        def register(function: Callable) -> Callable:
            cases.append(Case(function, inputs, wrt, output, backward, upstream, kink))
            return function

        return register

    return right
