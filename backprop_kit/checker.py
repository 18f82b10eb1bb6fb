"""`check` and `grade`: record, measure and judge a handwritten backward pass in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from backprop_kit.answers import earned
from backprop_kit.formula import places_of
from backprop_kit.plain import kind_of, numbers
from backprop_kit.points import refuse_input, refuse_seed
from backprop_kit.recorder import record
from backprop_kit.recording import Recording, Replacement
from backprop_kit.report import GradientReport
from backprop_kit.staged import StagedError, inputs_of, staged
from backprop_kit.stages_of_own import held_against, unwritten
from backprop_kit.trial import Judgement, Trial, is_scalar, worst_of

__all__ = ["check", "grade"]


def check(
    code: Any,
    /,
    output: str = "f",
    *,
    backward: Any = None,
    wrt: Sequence[str] | None = None,
    upstream: Any = None,
    seed: int = 0,
    like: Any = None,
    inputs: Mapping[str, Any] | None = None,
    **named: Any,
) -> GradientReport:
    """Judge a handwritten backward pass, one verdict a d-variable (the notes: "Staged computation").

    `code` is a plain function or cell text: a forward pass, then a backward pass in which `dq` (or
    `dfdq`) is the gradient of `output` on `q`. `backward` is a second function, for backward passes
    written apart, as `backward(dout, cache)`. Inputs are numbers, lists of numbers or arrays, given
    by keyword or in `inputs`; `wrt` names those whose gradient is required. `upstream` is the
    gradient on the output, of its shape. The same `seed` gives the same report.

    With `like`, an open formula such as `"f = 1 / (1 + math.exp(-x))"` or a function, the stages are
    the learner's own choice: `output` must be what the formula gives, and the inputs alone count.

    Raises `StagedError`, in one sentence, for code or inputs that cannot be judged.
    """
    place = inputs_of(inputs, named)
    return begun(code, output, backward, wrt, upstream, seed, like, place)()


def begun(
    code: Any,
    output: str,
    backward: Any,
    wrt: Sequence[str] | None,
    upstream: Any,
    seed: int,
    like: Any,
    inputs: Mapping[str, Any],
) -> Callable[[], GradientReport]:
    """Run the code once, as a check does; what is given back makes the report, and leaves no trace.

    Raises what `check` raises for code and inputs that cannot be judged at all.
    """
    if like is not None:
        names, function = asked(inputs, output, wrt), staged(code, inputs)
        if not any(stage.name == output for stage in function.assignments):
            return partial(unwritten, function, output, names, seed)
    trial = trial_of(code, output, backward, wrt, upstream, seed, inputs)
    first = trial.first_run()

    def report() -> GradientReport:
        return trial.judgement_on(first).report()

    if like is None:
        return report
    return partial(held_against, like, code, output, inputs, names, seed, report)


def grade(
    code: Any,
    /,
    points: float,
    *,
    at: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    backward: Any = None,
    output: str = "f",
    wrt: Sequence[str] | None = None,
    seed: int = 0,
    like: Any = None,
) -> float:
    """Print the report and return the points earned: `points` times the score, to 0.01.

    `at` is one dict of inputs, or several; the worst report counts. Required are the inputs in
    `wrt`, or every input that is a real number. `like` is that of `check`. A learner's fault costs points and is said in a
    sentence; it never raises. Raises ValueError for a grade that asks for nothing.
    """
    places = places_of(at)
    if not all(isinstance(place, Mapping) for place in places):
        raise ValueError(
            "`at` is a dict of inputs, or a list of them; the values are not asked for here"
        )
    required = [asked(place, output, wrt) for place in places]

    def judged(place: Mapping[str, Any], names: list[str]) -> Judgement:
        if like is not None:
            facts = {"backward": backward, "wrt": names, "seed": seed, "like": like}
            return Judgement.of(check(code, output, inputs=place, **facts))
        inputs = inputs_of(place, {})
        return trial_of(code, output, backward, names, None, seed, inputs).judgement()

    return earned(points, lambda: worst_of(map(judged, places, required)).report())


def refuse_settings(output: Any, wrt: Any, upstream: Any) -> None:
    """Refuse what stands in the place of a setting and is none, in one sentence."""
    if not isinstance(output, str):
        raise StagedError(
            f"The name of the output is {kind_of(output)}; give it as text, as in output='L', and inputs "
            "by name, as in x=3.0."
        )
    if wrt is not None and not isinstance(wrt, Iterable):
        raise StagedError(f"`wrt` is {kind_of(wrt)}; give names of inputs, as in wrt=['x', 'y'].")
    if upstream is not None and numbers(upstream) is None:
        raise StagedError(
            f"`upstream` is {kind_of(upstream)}; give the gradient on `{output}`, a number or an array."
        )


def asked(place: Mapping[str, Any], output: str, wrt: Sequence[str] | None) -> list[str]:
    """The gradients a grade requires: never a learner's choice."""
    names = (
        [n for n, v in place.items() if is_scalar(v) and n != "d" + output]
        if wrt is None
        else [wrt]
        if isinstance(wrt, str)
        else list(wrt)
    )
    if not names:
        raise ValueError("nothing to grade: no input is a real number, and `wrt` names none")
    return names


def trial_of(
    code: Any,
    output: str,
    backward: Any,
    wrt: Sequence[str] | None,
    upstream: Any,
    seed: int,
    inputs: Mapping[str, Any],
) -> Trial:
    """Read the code and the inputs, refusing in one sentence what cannot be judged."""
    refuse_seed(seed)
    refuse_settings(output, wrt, upstream)
    function = staged(code, inputs)
    inputs = {**function.literals, **inputs}
    for name, value in inputs.items():
        refuse_input(name, value)
    names = None if wrt is None else (wrt,) if isinstance(wrt, str) else tuple(wrt)
    for name in names or ():
        if name not in inputs:
            raise StagedError(
                f"`wrt` names `{name}`, which is no input; the inputs are {', '.join(inputs)}."
            )
    above = "d" + output
    given = inputs.get(above, upstream)
    if above in inputs and not (above in function.parameters and function.uses(above)):
        inputs = {n: v for n, v in inputs.items() if n != above}  # ignored, which will show
        function = staged(code, inputs)
    upstream = default_upstream(code, backward, output, inputs, seed) if given is None else given
    if upstream is not None and function.receives(above):
        inputs = {**inputs, above: upstream}
        function = staged(code, inputs)
    run = partial(recorded, function, output, backward, upstream)
    return Trial(run, function, output, inputs, names, upstream, seed, own=True)


def recorded(
    code: Any,
    output: str,
    backward: Any,
    upstream: Any,
    inputs: Mapping[str, Any],
    replace: Mapping[str, Replacement],
    quiet: bool,
) -> Recording:
    return record(
        code, inputs, replace, output=output, backward=backward, upstream=upstream, quiet=quiet
    )


def default_upstream(
    code: Any, backward: Any, output: str, inputs: Mapping[str, Any], seed: int
) -> Any:
    """1, or for an array a seeded random one; None where no code would be handed it."""
    name = "d" + output
    asks = staged(code, inputs).receives(name)
    if not asks and backward is None:
        return None
    probe = {**inputs, name: 1.0} if asks else inputs
    forward = record(code, probe, output=output, quiet=True, forward_only=True)
    array = numbers(forward.values().get(output))
    if array is None or array.ndim == 0:
        return 1.0
    return np.random.default_rng([seed, array.size]).standard_normal(array.shape)
