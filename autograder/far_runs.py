"""The learner's function, run at the far end: at many points with one question, and once at each.

To ask costs more than to run: each question passes through three processes. So the points that a
trial is going to look at are asked for together, and what was run without a trace at some inputs
is not run there again, be it for another part of the same exercise.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from autograder.asking import Asking
from autograder.strict import inputs_to
from backprop_kit.plain import size, to_json
from backprop_kit.recording import Recording, Replacement

MOST_REMEMBERED = 1_000_000  # numbers in all recordings that are kept


class FarRuns:
    """What a trial calls in order to have the code run."""

    def __init__(
        self,
        asking: Asking,
        name: str,
        output: str,
        backward: str | None,
        heard: Callable[[str], None],
    ) -> None:
        """`heard` is told what the code prints where it is not run without a trace."""
        self.ask = partial(asking.record, name, output=output, backward=backward)
        self.heard = heard
        self.done: dict[str, Recording] = {}
        self.room = MOST_REMEMBERED

    def run(
        self,
        upstream: Any,
        inputs: Mapping[str, Any],
        replace: Mapping[str, Replacement],
        quiet: bool,
    ) -> Recording:
        """One run; a quiet one where nothing is replaced is had once for all at the same inputs."""
        pairs = inputs_to(inputs, to_json)
        key = key_of(pairs, upstream) if quiet and not replace else ""
        if key in self.done:
            return self.done[key]
        if not quiet and self.room < 0:  # another place, after one with large arrays
            gc.collect()  # the judge does not look for garbage by itself
        [recording], printed = self.ask([pairs], replace, quiet, upstream=upstream)
        if printed and not quiet:
            self.heard(printed)
        if key:
            self.remember(key, recording)
        return recording

    def foresee(self, upstream: Any, places: Iterable[Mapping[str, Any]]) -> None:
        """Have the code run at these inputs, as far as it was not run there yet."""
        written = [inputs_to(place, to_json) for place in places]
        new = {key_of(pairs, upstream): pairs for pairs in written}
        new = {key: pairs for key, pairs in new.items() if key not in self.done}
        if len(new) > 1:
            recordings, _ = self.ask([*new.values()], {}, True, upstream=upstream)
            for key, recording in zip(new, recordings, strict=False):
                self.remember(key, recording)

    def remember(self, key: str, recording: Recording) -> None:
        self.room -= sum(size(write.value) for write in recording.writes)
        if self.room >= 0:
            self.done[key] = recording


def key_of(pairs: list[list[Any]], upstream: Any) -> str:
    """What two runs that must be alike have in common."""
    return json.dumps([pairs, to_json(upstream)])
