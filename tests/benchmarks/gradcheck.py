"""How long `check_gradient` takes, against its peers, as ratios in one run.

    python tests/benchmarks/gradcheck.py

The yardstick is the loop of the CS231n assignments, two forward passes an element, which finds one
point's gradient and leaves the comparing to the reader; for the large net it is timed on some of the
elements and scaled up. Peers that are not installed are left out. Each time is the best of several.
`check_grad` of SciPy gives one number and no verdict; autograd and torch check gradients of their
own, so they cannot be asked about a handwritten one.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # before NumPy: threads make small products erratic
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from backprop_kit import check_gradient  # noqa: E402

SOME = 200  # elements on which the loop is timed where there are many
REACH = {"affine": 4, "net": 75, "large net": 15_000}


class Case:
    """A forward pass in NumPy or in another library that is like it, and its handwritten gradients."""

    def __init__(self, name: str, sizes: tuple[int, ...], rows: int) -> None:
        rng = np.random.default_rng(0)
        self.name, self.sizes = name, sizes
        self.X, self.y = rng.normal(size=(rows, sizes[0])), rng.integers(sizes[-1], size=rows)
        self.params = {}
        for k, (wide, high) in enumerate(pairwise(sizes)):
            self.params[f"W{k}"] = rng.normal(size=(wide, high)) / np.sqrt(wide)
            self.params[f"b{k}"] = 0.01 * rng.normal(size=high)
        self.upstream = rng.normal(size=(rows, sizes[-1])) if len(sizes) == 2 else None
        self.count = sum(p.size for p in self.params.values())

    def forward(self, p: Any, np: Any = np) -> Any:
        if len(self.sizes) == 2:
            return np.dot(self.X, p["W0"]) + p["b0"]
        h = np.maximum(0, np.dot(self.X, p["W0"]) + p["b0"])
        s = np.dot(h, p["W1"]) + p["b1"]
        e = np.exp(s - np.max(s, axis=1, keepdims=True))
        probs = e / np.sum(e, axis=1, keepdims=True)
        return -np.mean(np.log(probs[np.arange(len(self.y)), self.y]))

    def backward(self) -> dict[str, Any]:
        p = self.params
        if self.upstream is not None:
            return {"W0": self.X.T.dot(self.upstream), "b0": self.upstream.sum(axis=0)}
        z = self.X.dot(p["W0"]) + p["b0"]
        h = np.maximum(0, z)
        e = np.exp(h.dot(p["W1"]) + p["b1"])
        d = e / e.sum(axis=1, keepdims=True)
        d[np.arange(len(self.y)), self.y] -= 1
        d /= len(self.y)
        dz = d.dot(p["W1"].T) * (z > 0)
        return {"W0": self.X.T.dot(dz), "b0": dz.sum(axis=0), "W1": h.T.dot(d), "b1": d.sum(axis=0)}


CASES = (
    Case("affine", (18, 5), 100),
    Case("net", (26, 18, 9), 100),
    Case("large net", (784, 100, 10), 256),
)


def seconds(act: Callable[[], Any], times: int) -> float:
    """The best of several times."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        found.append(time.perf_counter() - began)
    return min(found)


def ours(case: Case) -> float:
    grads = case.backward()

    def act() -> None:
        assert check_gradient(case.forward, case.params, grads, case.upstream).ok

    return seconds(act, 30 if case.count < 1000 else 15)


def loop(case: Case) -> float:
    """`eval_numerical_gradient_array`, in our words: every element a step up and a step down."""
    every = [(name, at) for name, p in case.params.items() for at in np.ndindex(p.shape)]
    some = (
        every
        if len(every) <= 1000
        else [every[k] for k in range(0, len(every), len(every) // SOME)]
    )
    above = 1.0 if case.upstream is None else case.upstream

    gradients = {name: np.zeros_like(p) for name, p in case.params.items()}

    def act(h: float = 1e-5) -> None:
        for name, at in some:
            x = case.params[name]
            old = x[at]
            x[at] = old + h
            ahead = np.copy(case.forward(case.params))
            x[at] = old - h
            behind = np.copy(case.forward(case.params))
            x[at] = old
            gradients[name][at] = np.sum((ahead - behind) * above) / (2 * h)

    return seconds(act, 3) * len(every) / len(some)


def scipy_check(case: Case) -> float | None:
    if not importlib.util.find_spec("scipy"):
        return None
    from scipy.optimize import check_grad

    names = list(case.params)
    ends = np.cumsum([case.params[name].size for name in names])
    flat = np.concatenate([case.params[name].ravel() for name in names])
    gradient = np.concatenate([case.backward()[name].ravel() for name in names])

    def f(x: Any) -> float:
        parts = np.split(x, ends[:-1])
        p = {n: v.reshape(case.params[n].shape) for n, v in zip(names, parts, strict=True)}
        output = case.forward(p)
        return float(output if case.upstream is None else np.sum(output * case.upstream))

    return seconds(lambda: check_grad(f, lambda x: gradient, flat, direction="random", seed=0), 10)


def autograd_check(case: Case) -> float | None:
    if not importlib.util.find_spec("autograd"):
        return None
    from autograd import numpy as anp
    from autograd.test_util import check_grads

    def f(p: Any) -> Any:
        return case.forward(p, anp)

    return seconds(lambda: check_grads(f, modes=["rev"], order=1)(case.params), 5)


def torch_check(case: Case) -> float | None:
    if not importlib.util.find_spec("torch"):
        return None
    import torch

    names = list(case.params)
    x, y = torch.tensor(case.X), torch.tensor(case.y)
    tensors = [torch.tensor(case.params[name], requires_grad=True) for name in names]

    def f(*p: Any) -> Any:
        if len(p) == 2:
            return x @ p[0] + p[1]
        return torch.nn.functional.cross_entropy(torch.relu(x @ p[0] + p[1]) @ p[2] + p[3], y)

    return seconds(lambda: torch.autograd.gradcheck(f, tensors, fast_mode=True), 5)


def evaluations(case: Case) -> tuple[int, int]:
    """Forward passes that it takes to name two wrong elements, and how many were named."""
    grads = case.backward()
    wrong = grads["W0"].reshape(-1)
    wrong[len(wrong) // 3] *= 1.001
    wrong[-len(wrong) // 5] *= -1
    report: Any = check_gradient(case.forward, case.params, grads, case.upstream)
    return report.evaluations, len(report.elements["W0"])


PEERS = {"scipy check_grad": scipy_check, "autograd check_grads": autograd_check, "torch gradcheck, fast": torch_check}  # fmt: skip


def main() -> None:
    print("how many times faster than the loop over all elements:")
    for case in CASES:
        yardstick, mine = loop(case), ours(case)
        print(f"  {case.name}, n = {case.count:,}: the loop takes {yardstick:.3g} s")
        print(
            f"    check_gradient        {yardstick / mine:>6,.0f}   (to reach: {REACH[case.name]:,})"
        )
        for name, peer in PEERS.items():
            try:
                took = peer(case)
            except (AssertionError, RuntimeError):
                print(f"    {name:<21} rejects these gradients, which are right")
                continue
            if took is not None:
                print(f"    {name:<21} {yardstick / took:>6,.0f}")
        passes, named = evaluations(case)
        print(f"    two wrong elements: {named} named in {passes} forward passes")


if __name__ == "__main__":
    main()
