"""What is found, by `check_gradient` and by the rules of its peers: `python -m tests.layers.table`.

The peers' rules are applied here, in our words, to a numerical gradient or to one random projection,
with their step and their tolerance; what a shape must be is no part of them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from backprop_kit import check_gradient
from backprop_kit.plain import numbers
from tests.layers import Grads, Layer, layers, slips

README = Path(__file__).with_name("README.md")
HEAD = """# Handwritten layers, right and wrong

Which of them are told apart, by `check_gradient` and by the rules that other checkers go by. A gradient that is wrong should be found, one that is right should not be rejected. Made by

```sh
python -m tests.layers.table
```

| kind | wrong | {names} | right | {names} |
|---|--:|{dashes}|--:|{dashes}|
"""
TAIL = """
Left of the second count is how many of the wrong ones are found, right of it how many of the right ones are rejected.

- *CS231n*: central differences with h = 1e-5, relative error at most 1e-4, which its notes allow where there are kinks.
- *allclose*: the same differences and `np.allclose` at its defaults.
- *torch*: central differences with h = 1e-6, atol = 1e-5, rtol = 1e-3.
- *projection*: one random direction, as autograd's `check_grads` takes it: h = 1e-6, 1e-6 absolute or relative.
"""


def ours(layer: Layer, grads: Grads) -> bool:
    return bool(check_gradient(layer.forward, layer.params, grads, layer.upstream))


def value(layer: Layer, params: Grads) -> float:
    above = 1.0 if layer.upstream is None else layer.upstream
    return float(np.sum(above * np.asarray(layer.forward(params))))


def moved(layer: Layer, steps: Grads) -> Grads:
    return {
        name: np.asarray(p, dtype=float) + steps.get(name, 0.0) for name, p in layer.params.items()
    }


def differences(layer: Layer, h: float) -> Grads:
    """The gradient of every parameter, element by element, by central differences."""
    found = {}
    for name in layer.grads:
        shape = np.shape(np.asarray(layer.params[name]))
        found[name] = np.zeros(shape)
        for at in np.ndindex(shape):
            step = np.zeros(shape)
            step[at] = h
            ahead, behind = (value(layer, moved(layer, {name: s})) for s in (step, -step))
            found[name][at] = (ahead - behind) / (2 * h)
    return found


def by_element(h: float, agree: Callable[[Any, Any], Any]) -> Callable[[Layer, Grads], bool]:
    """A rule on a numerical gradient with this step; arrays that do not fit into one another are wrong."""

    def rule(layer: Layer, grads: Grads) -> bool:
        with np.errstate(all="ignore"):
            numeric = differences(layer, h)
            try:
                return all(bool(np.all(agree(as_array(grads[n]), numeric[n]))) for n in numeric)
            except ValueError:
                return False

    return rule


def as_array(value: Any) -> np.ndarray:
    return np.asarray(numbers(value), dtype=float)


def relative_error(a: np.ndarray, b: np.ndarray) -> Any:
    return np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)) <= 1e-4


def projection(layer: Layer, grads: Grads) -> bool:
    rng, h = np.random.default_rng(0), 1e-6
    steps = {name: rng.standard_normal(np.shape(np.asarray(layer.params[name]))) for name in grads}
    with np.errstate(all="ignore"):
        ahead, behind = (
            value(layer, moved(layer, {n: s * h / 2 for n, s in steps.items()} if side > 0 else {n: -s * h / 2 for n, s in steps.items()}))
            for side in (1, -1)
        )  # fmt: skip
        numeric = (ahead - behind) / h
        try:
            claimed = sum(float(np.sum(as_array(grads[n]) * s)) for n, s in steps.items())
        except ValueError:
            return False
        off = abs(numeric - claimed)
        return bool(off < 1e-6 or off / abs(numeric + claimed) < 1e-6)


RULES: dict[str, Callable[[Layer, Grads], bool]] = {
    "check_gradient": ours,
    "CS231n": by_element(1e-5, relative_error),
    "allclose": by_element(1e-5, np.allclose),
    "torch": by_element(1e-6, lambda a, b: np.allclose(a, b, atol=1e-5, rtol=1e-3)),
    "projection": projection,
}


def counts(kind: str | None) -> list[int]:
    """How many are wrong, found by each rule, right, and rejected by each."""
    wrong = [(s.layer, s.grads) for s in slips() if kind in (None, s.layer.kind)]
    right = [(layer, layer.grads) for layer in layers() if kind in (None, layer.kind)]
    found = [sum(not rule(*case) for case in wrong) for rule in RULES.values()]
    rejected = [sum(not rule(*case) for case in right) for rule in RULES.values()]
    return [len(wrong), *found, len(right), *rejected]


def table() -> str:
    names, dashes = " | ".join(RULES), "|".join("--:" for _ in RULES)
    kinds = list(dict.fromkeys(layer.kind for layer in layers()))
    rows = [(kind, counts(kind)) for kind in kinds]
    total = [sum(column) for column in zip(*(row for _, row in rows), strict=True)]
    lines = [f"| {kind} | {' | '.join(map(str, row))} |" for kind, row in [*rows, ("all", total)]]
    return HEAD.format(names=names, dashes=dashes) + "\n".join(lines) + "\n" + TAIL


if __name__ == "__main__":
    README.write_text(table(), encoding="utf-8")
    print(README.read_text(encoding="utf-8"))
