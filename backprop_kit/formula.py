"""The open formula that an answer is held against: what was asked for, in plain Python.

`like="f = x ** 3"` is the question, so it may stand in a learner's notebook; the truth is computed
or measured from it, and no answer is kept anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from backprop_kit.plain import kind_of, numbers, plain_copy
from backprop_kit.recorder import record, undisturbed
from backprop_kit.recording import Recording
from backprop_kit.rows import show
from backprop_kit.source import StagedError

Asked = Callable[[Mapping[str, Any]], Any]
"""From inputs by name to the value that was asked for."""


def asked_for(like: Any, output: str = "f") -> Asked:
    """The formula as a function of inputs: cell text that computes `f`, or any function.

    Raises ValueError for anything else, and when used where the text does not arrive at `f`.
    """
    if isinstance(like, str):
        return lambda inputs: value_of(like, inputs, output)
    if callable(like):
        return lambda inputs: like(**inputs)
    raise ValueError(
        f"`like` is cell text that computes `{output}`, or a function, and this is {like!r}"
    )


def value_of(code: Any, inputs: Mapping[str, Any], output: str) -> Any:
    """What the forward pass of `code` leaves in `output`."""
    recording = recorded(code, inputs, output)
    values = recording.values()
    if output not in values:
        raise ValueError(f"the formula never gives `{output}` a value: {code!r}")
    return values[output]


def recorded(code: Any, inputs: Mapping[str, Any], output: str) -> Recording:
    """Run the code that a question is about, where any trouble is its author's: a ValueError."""
    try:
        recording = record(code, inputs, output=output, quiet=True)
    except StagedError as error:
        raise ValueError(f"the question cannot be read: {error}") from error
    if recording.failure is not None:
        raise ValueError(f"the question stops: {recording.failure.message}")
    return recording


def places_of(at: Any) -> list[Any]:
    """One point or several as a list of points. Raises ValueError where there is none."""
    if not isinstance(at, Iterable) or isinstance(at, str):
        raise ValueError(
            f"`at` is {kind_of(at)}; give a dict of inputs, as in {{'x': 3.0}}, or a list of them"
        )
    places = [at] if isinstance(at, Mapping) or is_pair(at) else list(at)
    for place in places:
        if not (isinstance(place, Mapping) or is_pair(place)):
            raise ValueError(
                f"a point of `at` is {kind_of(place)}; each is a dict of inputs, as in {{'x': 3.0}}, "
                "or such a dict with its value"
            )
    if not places:
        raise ValueError(
            "`at` names no point to judge at; give a dict of inputs, or a list of them"
        )
    return places


def is_pair(at: Any) -> bool:
    """Whether this is one point with its value, `({"x": 3.0}, 9.0)`."""
    return isinstance(at, tuple) and len(at) == 2 and isinstance(at[0], Mapping)


# ----- a learner's own code ----------------------------------------------------------------------


class Stopped(Exception):
    """What a learner's code raised, in a few words."""


def run(
    function: Callable[..., Any],
    args: Sequence[Any] = (),
    named: Mapping[str, Any] | None = None,
    *,
    copied: bool = True,
) -> Any:
    """Call what a learner wrote, unheard, and give a copy of what it returns. Raises `Stopped`."""
    with undisturbed():
        try:
            result = function(*args, **(named or {}))
            return plain_copy(result) if copied else result
        except (Exception, SystemExit) as error:  # a finding about the answer, not a fault
            raise Stopped(in_words(error)) from None


def in_words(error: BaseException) -> str:
    said = str(error).strip().split("\n")[0].removesuffix(".")
    return f"{type(error).__name__}: {said[:200]}" if said else type(error).__name__


def not_numbers(value: Any) -> tuple[str, str] | None:
    """The label and the words for what is no finite number or array of them; None where it is."""
    if value is None or value is ...:
        return "missing", "gives nothing"
    array = numbers(value)
    if array is None or isinstance(value, bool):
        return "not_a_number", f"gives {kind_of(value)}, which is no number"
    if not all(isfinite(v) for v in array.ravel()):
        return "not_finite", "gives nan or an infinity"
    return None


def named(value: Any) -> str:
    """The name under which a learner knows a function, an array or a number."""
    return str(getattr(value, "__name__", "")) or show(value)


def called(function: str, inputs: Mapping[str, Any]) -> str:
    """A call as it would be typed: `slope(f=square, x=3.0)`."""
    return f"{function}({', '.join(f'{name}={named(value)}' for name, value in inputs.items())})"


def refuse_no_function(function: Any) -> None:
    """Refuse what cannot be called, in a sentence."""
    if not callable(function):
        raise StagedError(
            f"A function is asked for, and this is {kind_of(function)}; define it with `def`."
        )
