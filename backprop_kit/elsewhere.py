"""Where else a gradient may stand: under another name, in a dict, or in its place among the results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from backprop_kit.plain import same
from backprop_kit.recording import Recording, Write


def stored(recording: Recording, of: str) -> Iterator[tuple[int, Write, Any]]:
    """Gradients on `of` that are kept as `grads["x"]`, `grads["dx"]` or `grad_x`, the last first."""
    for at, write in reversed(list(enumerate(recording.writes))):
        if write.name in other_names(of) and not recording.is_pending(write.name):
            yield at, write, write.value
        elif "grad" in write.name:
            yield from ((at, write, value) for value in entries(recording, write, of))


def entries(recording: Recording, kept: Write, of: str) -> Iterator[Any]:
    """The gradients on `of` in a dict, but for those that were still to be stored."""
    for key in (of, "d" + of) if isinstance(kept.value, dict) else ():
        if key in kept.value and not recording.is_pending(f"{kept.name}[{key!r}]"):
            yield kept.value[key]


def other_values(recording: Recording, of: str, wrt: list[str]) -> Iterator[Any]:
    """Where else a gradient may stand: `grad_x`, `grads["x"]`, or its place among the results.

    One value of each kind, the last: an answer that gives several at once is none.
    """
    after = recording.writes[recording.forward_end :]
    last = {w.name: w for w in after if not recording.is_pending(w.name)}
    final = {name: w.value for name, w in last.items()} | dict(recording.returned)
    given_back = (*recording.returned.values(), *(value for _, value in recording.results))
    kinds = (
        [final[name] for name in other_names(of) if name in final],
        [value for write in last.values() for value in entries(recording, write, of)],
        kept_in(given_back, "d" + of) or kept_in(given_back, of),
    )
    cached = recording.inputs.get(of)
    for values in kinds:  # a cache has an entry `x` as well, which is no gradient
        others = [value for value in values if not same(value, cached)] or values
        yield from others[-1:]
    yield from by_place(recording, of, wrt)


def kept_in(given_back: Iterable[Any], key: str) -> list[Any]:
    """What stands under a key in the dicts that were given back."""
    return [value[key] for value in given_back if isinstance(value, dict) and key in value]


def by_place(recording: Recording, of: str, wrt: list[str]) -> Iterator[Any]:
    """The result that stands in the place of the gradient on `of`, where there are as many."""
    results, gradients = recording.results, recording.gradients()
    if len(results) == 1 and isinstance(results[0][1], tuple):
        results = tuple(("", value) for value in results[0][1])
        if len(results) == len(wrt) + 1:
            output = recording.values().get(recording.output)
            results = results[1:] if same(results[0][1], output) else results
    if len(results) == len(wrt):
        name, value = results[wrt.index(of)]
        if gradients.get(name) not in wrt:  # the gradient on another input stands for that alone
            yield value


def other_names(of: str) -> tuple[str, ...]:
    """What else the gradient on `of` is called."""
    return f"grad_{of}", f"{of}_grad"
