"""`progress`: a loop that shows how far it is."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Any

EVERY = 0.1  # seconds between two showings: smooth to the eye, and next to nothing beside the work

BAR = '<progress max="{steps}" value="{done}" style="width:20em;max-width:60%"></progress> {text}'


@dataclass(frozen=True)
class Bar:
    """How far a loop is: as a bar on a page, as words elsewhere."""

    done: int
    steps: int
    said: str = ""

    def __repr__(self) -> str:
        return f"{self.done} of {self.steps}" + (f", {self.said}" if self.said else "")

    def _repr_html_(self) -> str:
        return BAR.format(steps=self.steps, done=self.done, text=html.escape(repr(self)))


def progress(steps: int, say: Callable[[], object] | None = None) -> Iterator[int]:
    """Count from 0 up to `steps` in a `for` loop, and show how far it is.

    `say` gives something to write beside the bar, such as the loss at the moment; it is called
    every now and then, when at least one step is done. A loop that is left early leaves its bar
    where it was. In a notebook the bar needs no widgets; elsewhere a line of text takes its place.
    """
    refuse_no_count(steps)
    show, shown = screen(Bar(0, steps)), time.monotonic()
    for step in range(steps):
        if step and time.monotonic() - shown >= EVERY:
            show(Bar(step, steps, words(say)))
            shown = time.monotonic()
        yield step
    if steps:
        show(Bar(steps, steps, words(say)))


def refuse_no_count(steps: Any) -> None:
    if isinstance(steps, bool) or not isinstance(steps, Integral) or steps < 0:
        raise ValueError(f"`steps` is {steps!r}, and it must be a whole number from 0 up")


def words(say: Callable[[], object] | None) -> str:
    return "" if say is None else str(say())


def screen(start: Bar) -> Callable[[Bar], Any]:
    """Show the start, and give what shows each later state in its place."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        return lambda bar: print(f"\r{bar!r}", end="\n" if bar.done == bar.steps else "")
    place: Any = display(start, display_id=True)
    return lambda bar: place.update(bar)
