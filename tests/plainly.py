"""What a program of the corpus computes, run as plain Python, and what its gradients must be.

The checker is held against this file, so nothing of the checker is used here: a gradient is the
difference quotient of the output, taken to both sides of the point, one element at a time.
"""

import copy
import sys
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any

import numpy as np

from tests.right import Case

STEP = 1e-5


def ran(function: Callable, args: tuple, inputs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What the function returns, and its local names at the end."""
    names: dict[str, Any] = {}

    def leaving(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is function.__code__:
            names.update(frame.f_locals)

    first = function.__code__.co_posonlyargcount
    args = (*args, *(inputs[n] for n in function.__code__.co_varnames[len(args) : first]))
    inputs = {n: v for n, v in inputs.items() if n not in function.__code__.co_varnames[:first]}
    before = sys.getprofile()
    sys.setprofile(leaving)
    try:
        with np.errstate(all="ignore"):
            return function(*args, **inputs), names
    finally:
        sys.setprofile(before)


def forward(case: Case, inputs: Mapping[str, Any]) -> np.ndarray:
    """The output, with the upstream gradient multiplied into it: always one number."""
    result, _ = ran(case.function, (), prepared(case, inputs))
    output = result[0] if isinstance(result, tuple) else result
    return np.sum(np.asarray(output, dtype=float) * upstream(case))


def upstream(case: Case) -> Any:
    return 1.0 if case.upstream is None else case.upstream


def prepared(case: Case, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that the program may change, with the upstream gradient where it is an input."""
    given = copy.deepcopy(dict(inputs))
    name = "d" + case.output
    if name in case.function.__code__.co_varnames[: case.function.__code__.co_argcount]:
        given[name] = upstream(case)
    return given


def gradients(case: Case, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The gradients that the program gives back, by input."""
    result, names = ran(case.function, (), prepared(case, inputs))
    if case.backward is not None:
        cache = result[1] if isinstance(result, tuple) and len(result) == 2 else result
        result, _ = ran(case.backward, (copy.deepcopy(upstream(case)), cache), {})
        return by_input(case, result if isinstance(result, tuple | dict) else (result,))
    if case.wrt is None:
        named = {q: names[d] for q in inputs for d in (f"d{q}", f"df{'d' + q}") if d in names}
        if named:
            return named
    given = result[1] if len(result) == 2 and isinstance(result[1], dict) else result[1:]
    return by_input(case, given)


def by_input(case: Case, given: Any) -> dict[str, Any]:
    if isinstance(given, dict):
        return {q: given[key] for q in case.inputs for key in (q, "d" + q) if key in given}
    return dict(zip(case.wrt or case.inputs, given, strict=True))


def quotients(case: Case, inputs: Mapping[str, Any], name: str) -> tuple[np.ndarray, ...]:
    """Bounds of the slope of each element, and how far off rounding may put them."""
    value = np.array(inputs[name], dtype=float)
    low, high, noise = (np.zeros(value.shape) for _ in range(3))
    base = forward(case, as_doubles(inputs))
    for at in np.ndindex(value.shape):
        step = STEP * (abs(float(value[at])) or 1.0)
        ends = [forward(case, moved(inputs, name, at, side * step)) for side in (-2, -1, 1, 2)]
        right = (4 * ends[2] - ends[3] - 3 * base) / (2 * step)
        left = -(4 * ends[1] - ends[0] - 3 * base) / (2 * step)
        low[at], high[at] = min(left, right), max(left, right)
        noise[at] = 16 * np.finfo(float).eps * max(map(abs, [base, *ends])) / step
    return low, high, noise


def moved(inputs: Mapping[str, Any], name: str, at: tuple[int, ...], step: float) -> dict[str, Any]:
    value = np.array(inputs[name], dtype=float)
    value[at] += step
    return {**as_doubles(inputs), name: like(inputs[name], value)}


def as_doubles(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {n: np.float64(v) if is_single(v) else v for n, v in inputs.items()}


def is_single(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic) and value.dtype == np.float32


def like(value: Any, array: np.ndarray) -> Any:
    """The numbers of `array` in a container such as `value` is."""
    if isinstance(value, tuple):
        return tuple(like(v, a) for v, a in zip(value, array, strict=True))
    if isinstance(value, list):
        return [like(v, a) for v, a in zip(value, array, strict=True)]
    if isinstance(value, np.ndarray):
        return np.asarray(array)
    return float(array)


def elsewhere(
    inputs: Mapping[str, Any], names: Iterable[str], rng: np.random.Generator, far: bool = False
) -> dict[str, Any]:
    """The inputs with those in `names` moved off any kink: by a tenth or so, or to anywhere."""
    found = dict(as_doubles(inputs))
    for name in names:
        value = np.array(inputs[name], dtype=float)
        size = np.where(value == 0, np.max(np.abs(value), initial=0.0) or 1.0, np.abs(value))
        there = np.zeros_like(value) if far else value
        reach = 2.0 if far else 0.1
        found[name] = like(inputs[name], there + reach * size * rng.standard_normal(value.shape))
    return found


def off(case: Case, inputs: Mapping[str, Any]) -> dict[str, float]:
    """How far each gradient is outside its bounds, in units of what the measurement allows."""
    found = {}
    for name, yours in gradients(case, as_doubles(inputs)).items():
        low, high, noise = quotients(case, inputs, name)
        array = np.array(yours, dtype=float)
        assert array.shape == low.shape, f"{case.name}: d{name} has shape {array.shape}"
        scale = np.max(np.maximum(abs(low), abs(high)), initial=0.0)
        outside = np.maximum(low - array, array - high)
        found[name] = float(np.max(outside / (noise + 1e-5 * scale + 1e-300)))
    return found
