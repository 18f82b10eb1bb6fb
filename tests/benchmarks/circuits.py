"""What tracing a circuit costs beside micrograd, and whether the cost is linear: all in one run.

    python tests/benchmarks/circuits.py

Prints ratios, since the seconds of one machine say little about another. Each measurement runs in a
process of its own, best of three.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
GATES = 65_000
CODE = "s = x\nfor k in range({pairs}):\n    s = s * y + x\nf = s"


def traced(gates: int) -> Any:
    from backprop_kit import trace

    return trace(CODE.format(pairs=gates // 2), x=0.5, y=0.99)


def built_by_micrograd(gates: int) -> Any:
    from micrograd.engine import Value

    x, y = Value(0.5), Value(0.99)
    s = x
    for _ in range(gates // 2):
        s = s * y + x
    return s


def differentiated_by_autograd(gates: int) -> Any:
    from autograd import value_and_grad

    def f(x: Any) -> Any:
        s = x
        for _ in range(gates // 2):
            s = s * 0.99 + x
        return s

    return value_and_grad(f)(0.5)


MAKERS: dict[str, Callable[[int], Any]] = {
    "trace": traced,
    "micrograd": built_by_micrograd,
    "autograd": differentiated_by_autograd,
}


def measure(maker: str, gates: int, what: str) -> float:
    """Seconds, or bytes at the peak, of making one circuit; called in a process of its own."""
    make = MAKERS[maker]
    make(10)  # imports are no part of it
    if what == "memory":
        tracemalloc.start()
        kept = make(gates)
        peak = tracemalloc.get_traced_memory()[1]
        del kept
        return peak
    began = time.perf_counter()
    kept = make(gates)
    took = time.perf_counter() - began
    del kept
    return took


def measured(maker: str, gates: int, what: str = "time", times: int = 3) -> float:
    """The best of several processes; the parent's `sys.path` is theirs."""
    command = [sys.executable, __file__, "--measure", maker, str(gates), what]
    runs = []
    for _ in range(1 if what == "memory" else times):
        run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        runs.append(json.loads(run.stdout))
    return min(runs)


def main() -> None:
    missing = [p for p in ("micrograd", "autograd") if importlib.util.find_spec(p) is None]
    if "micrograd" in missing:
        sys.exit(f"This benchmark needs other packages beside the kit: pip install {' '.join(missing)}")  # fmt: skip
    ours, theirs = measured("trace", GATES), measured("micrograd", GATES)
    print(f"{GATES:,} gates, tracing and walking back against micrograd's building alone:")
    print(f"  time    {ours:.2f} s / {theirs:.2f} s = {ours / theirs:.2f}")
    ours, theirs = (measured(maker, GATES, "memory") for maker in ("trace", "micrograd"))
    print(f"  memory  {ours / 1e6:.0f} MB / {theirs / 1e6:.0f} MB = {ours / theirs:.2f}")
    if "autograd" in missing:
        print("  (pip install autograd to see that one beside it)")
    else:
        ratio = measured("trace", GATES) / measured("autograd", GATES, times=1)
        print(f"  time against autograd, forward and backward: {ratio:.2f}")
    print("linear (1.0 = as much for each gate as at 1,000):")
    first = measured("trace", 1_000) / 1_000
    for gates in (10_000, 100_000):
        print(f"  {gates:>7,} gates: {measured('trace', gates) / gates / first:.2f}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if sys.argv[1:2] == ["--measure"]:
        _, _, maker_name, count, kind = sys.argv
        print(json.dumps(measure(maker_name, int(count), kind)))
    else:
        main()
