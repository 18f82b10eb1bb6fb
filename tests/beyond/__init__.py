"""Exercises that go beyond the notes, as others set them: long backward passes, stage by stage.

Each module holds one program, right from its first line to its last, with inputs, and slips in it:
what is written instead of what, and the row that must be named for it.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Slip:
    """One line of a backward pass, written wrong."""

    row: str
    """The gradient that the line is for, and that must be named."""
    old: str
    new: str
    label: str


@dataclass(frozen=True)
class Program:
    """A function that goes forward and back, and what is known of it."""

    function: Callable[..., Any]
    inputs: Mapping[str, Any]
    wrt: Sequence[str]
    slips: Sequence[Slip]
    output: str = "loss"

    @property
    def name(self) -> str:
        return self.function.__name__

    def text(self, *slips: Slip) -> str:
        """The lines of the function as a cell would hold them, some of them written wrong."""
        _, _, body = inspect.getsource(self.function).partition(":\n")
        lines, _, _ = textwrap.dedent(body).rpartition("return ")
        for slip in slips:
            assert lines.count(slip.old) == 1, (slip.old, lines.count(slip.old))
            lines = lines.replace(slip.old, slip.new)
        return lines
