"""An answer of the learner's process, written down as the body of a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from autograder.cells import words_of
from autograder.frames import as_json
from backprop_kit.place import is_endless
from backprop_kit.recording import Recording

ENOUGH_WRITES = 5000  # of a loop without an end
Answer = dict[str, Any]


class Unwritable(Exception):
    """Values that JSON cannot hold, such as an integer of a million digits."""


def written(write: Callable[[], Any]) -> Any:
    """What is written, or `Unwritable`: what values a learner's code leaves is no fault of ours."""
    try:
        return write()
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Unwritable(words_of(error)) from None


def body_of(answer: Answer, number: int) -> bytes:
    """An answer as the body of a message."""
    raw = answer.pop("recordings", None)
    try:
        body = written(lambda: as_json({**answer, "id": number}))
    except Unwritable as error:
        return as_json({"odd": words_of(error), "id": number})
    if isinstance(raw, Raw):  # recordings have been written as JSON once; that is enough
        return b'{"recordings":' + raw.encode() + b"," + bytes(body[1:])
    return bytes(body)


class Raw(str):
    """JSON that has been written already."""

    __slots__ = ()


def thinned(recording: Recording) -> Recording:
    """The recording of a loop without an end with the first of its writes alone; others as they are.

    What the loop was writing when it was stopped is pending, whatever its value.
    """
    if is_endless(recording) and max(recording.forward_end, recording.backward_at) < ENOUGH_WRITES:
        return replace(recording, writes=recording.writes[:ENOUGH_WRITES])
    return recording
