"""Circuits traced once and run as plain Python, beside code written by hand, micrograd and autograd.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/replay.py

Forward and backward, as ratios of times taken in one run: one is measured right after the other,
round after round, and the best round of each counts, so that a busy machine does not decide. What is
written by hand computes the same gradients, which is checked first.
"""

from __future__ import annotations

import gc
import importlib.util
import linecache
import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from by_hand import (
    ARRAYS,
    DATA,
    NAMES,
    NET,
    NEURON,
    STAGED,
    WEIGHTS,
    W,
    X,
    Y,
    mlp,
    mlp_by_hand,
    mlp_by_micrograd,
    net_by_hand,
    net_in_stages,
    neuron_by_hand,
    neuron_by_micrograd,
    over_samples,
    staged_by,
    staged_by_hand,
    staged_by_micrograd,
)

ROOT = Path(__file__).resolve().parents[2]
ROUND = 0.001  # seconds
ROUNDS = 1000
LONGEST = 15.0  # seconds for one ratio


@dataclass(frozen=True)
class Subject:
    """One circuit, and the same work done in other ways; each is called without arguments.

    `hand` comes with what others allow; a name that ends in "gc off" runs without the collector.
    """

    name: str
    function: Callable[[], Any]
    hand: Callable[[], Any]
    others: Mapping[str, Callable[[], Any]]


def neuron() -> Subject:
    from backprop_kit import trace

    circuit = trace(NEURON, w=W, x=X)
    function = circuit.function()
    others = {"circuit.run": ran(circuit, w=W, x=X)}
    if found("micrograd"):
        others |= {"micrograd": neuron_by_micrograd, "micrograd, gc off": neuron_by_micrograd}
    if found("autograd"):
        import autograd.numpy as anp
        from autograd import value_and_grad

        def forward(wx: Any) -> Any:
            w, x = wx
            return 1.0 / (1 + anp.exp(-(w[0] * x[0] + w[1] * x[1] + w[2])))

        gradient = value_and_grad(forward)
        others["autograd"] = lambda: flat(gradient((W, X)))
    return Subject("sigmoid neuron", lambda: function(W, X), lambda: neuron_by_hand(W, X), others)


def staged() -> Subject:
    from backprop_kit import trace

    circuit = trace(STAGED, x=3.0, y=-4.0)
    function = circuit.function()
    others = {"circuit.run": ran(circuit, x=3.0, y=-4.0)}
    if found("micrograd"):
        others |= {"micrograd": staged_by_micrograd, "micrograd, gc off": staged_by_micrograd}
    if found("autograd"):
        import autograd.numpy as anp
        from autograd import value_and_grad

        gradient = value_and_grad(lambda x, y: staged_by(anp.exp, x, y), (0, 1))
        others["autograd"] = lambda: flat(gradient(3.0, -4.0))
    return Subject(
        "staged example", lambda: function(3.0, -4.0), lambda: staged_by_hand(3.0, -4.0), others
    )


def mlp_subject() -> Subject:
    from backprop_kit import trace

    x, y = DATA[0]
    given = dict(zip(NAMES, (x, *WEIGHTS, y), strict=True))
    circuit = trace(mlp, inputs=given)
    function = circuit.function()

    def by_run(*args: Any) -> tuple:
        circuit.run(**dict(zip(NAMES, args, strict=True)))
        slopes = {label: wire.d for label, wire in circuit.inputs.items()}
        return circuit.output.value, *(
            shaped(slopes, n, v) for n, v in zip(NAMES, args, strict=True)
        )

    others = {"circuit.run": over_samples(by_run)}
    if found("micrograd"):
        others |= {"micrograd": mlp_by_micrograd, "micrograd, gc off": mlp_by_micrograd}
    if found("autograd"):
        from autograd import value_and_grad

        def forward(weights: Any, x: Any, y: Any) -> Any:
            return mlp(x, *weights, y)

        gradient = value_and_grad(forward)

        def by_autograd(x: Any, *rest: Any) -> tuple:
            *weights, y = rest
            f, found = gradient(list(weights), x, y)
            return f, None, *found, None

        others["autograd"] = over_samples(by_autograd)
    return Subject("MLP 2-16-16-1, 100 samples", over_samples(function), over_samples(mlp_by_hand), others)  # fmt: skip


def shaped(slopes: Mapping[str, float], label: str, value: Any) -> Any:
    """The gradients on the parts of a list, as lists."""
    if not isinstance(value, list):
        return slopes[label]
    return [shaped(slopes, f"{label}[{i}]", part) for i, part in enumerate(value)]


def net() -> Subject:
    from backprop_kit import trace

    code = f"N = X.shape[0]\n{NET}"
    circuit = trace(code, "loss", y=Y, **ARRAYS)
    function = circuit.function()
    order = list(circuit.given)

    def by_function() -> tuple:
        value, *found = function(*({**ARRAYS, "y": Y}[name] for name in order))
        named = dict(zip(order, found, strict=True))
        return value, *(named[name] for name in ARRAYS)

    others = {
        "by hand, stage by stage": lambda: net_in_stages(**ARRAYS, y=Y),
        "circuit.run": ran(circuit, **ARRAYS),
    }
    if found("autograd"):
        import autograd.numpy as anp
        from autograd import value_and_grad

        def forward(X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
            h = anp.maximum(0, anp.dot(X, W1) + b1)
            scores = anp.dot(h, W2) + b2
            e = anp.exp(scores - anp.max(scores, axis=1, keepdims=True))
            p = e / anp.sum(e, axis=1, keepdims=True)
            return -anp.sum(anp.log(p[np.arange(256), Y])) / 256

        gradient = value_and_grad(forward, tuple(range(5)))
        others["autograd"] = lambda: flat(gradient(*ARRAYS.values()))
    return Subject("softmax net 256x784-100-10", by_function, lambda: net_by_hand(**ARRAYS, y=Y), others)  # fmt: skip


# ----- measuring ----------------------------------------------------------------------------------------


def found(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def flat(value_and_gradients: tuple) -> tuple:
    value, gradients = value_and_gradients
    return value, *gradients


def ran(circuit: Any, **inputs: Any) -> Callable[[], tuple]:
    def run() -> tuple:
        circuit.run(**inputs)
        return circuit.output.value, *(circuit[name].d for name in inputs)

    return run


def seconds(function: Callable[[], Any], times: int, collect: bool = True) -> float:
    """How long that many calls take; Python's garbage collector as it is, or off."""
    if not collect:
        gc.collect()
        gc.disable()
    began = time.process_time()
    for _ in range(times):
        function()
    took = time.process_time() - began
    gc.enable()
    return took


def pair(first: Callable, second: Callable, collect: bool = True) -> float:
    """The time of the second in times of the first: measured in turn, the best round of each.

    What counts is the processor's time: other programs do not come into it, and nothing here waits.
    """
    calls = [min(seconds(f, 1) for _ in range(5)) for f in (first, second)]
    times = [max(1, int(ROUND / call)) for call in calls]
    rounds = int(min(ROUNDS, max(8, LONGEST / max(sum(calls), 2 * ROUND))))
    best = [math.inf, math.inf]
    for _ in range(rounds):
        for i, function in enumerate((first, second)):
            best[i] = min(best[i], seconds(function, times[i], collect or i == 0) / times[i])
    return best[1] / best[0]


def same(yours: Any, theirs: Any) -> bool:
    """Whether two answers hold the same numbers."""
    if isinstance(yours, list | tuple):
        return all(map(same, yours, theirs))
    return np.allclose(yours, theirs, rtol=1e-6, atol=1e-9)


def show(subject: Subject) -> None:
    print(subject.name)
    answer = subject.function()
    assert same(answer, subject.hand()), f"{subject.name}: the code by hand computes something else"
    hand = pair(subject.hand, subject.function)
    print(f"  function() / code by hand            {hand:8.2f}")
    for name, other in subject.others.items():
        assert same(answer, other()), f"{subject.name}: {name} computes something else"
        collect = not name.endswith("gc off")
        print(f"  {name + ' / function()':<36} {pair(subject.function, other, collect):8.2f}")


def main() -> None:
    missing = [p for p in ("micrograd", "autograd") if not found(p)]
    if missing:
        print(f"(pip install {' '.join(missing)} to see these beside it)")
    chosen = sys.argv[1:]
    for name, make in SUBJECTS.items():
        if not chosen or name in chosen:
            show(make())


SUBJECTS = {"neuron": neuron, "staged": staged, "mlp": mlp_subject, "net": net}

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    linecache.checkcache()
    main()
