"""How far the grading of a class is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Protocol

BETWEEN_LINES = 5.0  # seconds, so that a log stays short


class Meter(Protocol):
    """Shows how far something is."""

    def show(self, done: int, doing: str) -> None: ...


@contextlib.contextmanager
def meter(total: int, what: str) -> Iterator[Meter]:
    """Show how far a deed is while it lasts."""
    if sys.stdout.isatty():
        with bar(total, what) as shown:
            yield shown
    else:
        yield Lines(total, what)


class Lines:
    """A line now and then, for logs and pipes."""

    def __init__(self, total: int, what: str) -> None:
        self.total, self.what = total, what
        self.began = self.last = time.monotonic()

    def show(self, done: int, doing: str) -> None:
        now = time.monotonic()
        if now - self.last < BETWEEN_LINES:
            return
        self.last = now
        left = (now - self.began) / done * (self.total - done) if done else None
        soon = "" if left is None else f", about {duration(left)} left"
        more = doing and f"; {doing}"
        print(f"{done} of {self.total} {self.what}{soon}{more}", flush=True)


@contextlib.contextmanager
def bar(total: int, what: str) -> Iterator[Meter]:
    """Draw a bar, which is drawn anew only when it is told to: there is no thread behind it."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        *(TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()),
        *(TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.description}")),
    )
    with Progress(*columns, auto_refresh=False, get_time=time.monotonic) as progress:
        task = progress.add_task("", total=total)

        class Bar:
            def show(self, done: int, doing: str) -> None:
                progress.update(task, completed=done, description=doing)
                progress.refresh()

        yield Bar()


def duration(seconds: float) -> str:
    """Say how long that is: 40 s, 3 min, 2 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
