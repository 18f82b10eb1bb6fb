"""Ctrl-C asks once: whoever presses it again does not break off what the first one has begun to end."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

Handler = Callable[[int, FrameType | None], object]


def ignore_more() -> None:
    """Hear no further Ctrl-C: this process is about to end, and puts things away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def interrupted_once() -> Iterator[None]:
    """Raise KeyboardInterrupt at the first Ctrl-C, and let no second one disturb the tidying up."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        ignore_more()
        raise KeyboardInterrupt

    with handled(stop, signal.SIGINT):
        yield


@contextlib.contextmanager
def stops_on_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Do no more than call `stop` at Ctrl-C, and when the process is told to end."""

    def heard(number: int, frame: FrameType | None) -> None:
        ignore_more()
        stop()

    with handled(heard, signal.SIGINT, signal.SIGTERM):
        yield


@contextlib.contextmanager
def handled(handler: Handler, *signals: signal.Signals) -> Iterator[None]:
    """Handle signals, and then as before; but what has come to be ignored stays ignored."""
    before = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, earlier in before.items():
            if signal.getsignal(number) is handler:
                signal.signal(number, earlier)
