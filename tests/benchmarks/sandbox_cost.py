"""What the sandbox costs a notebook: from asking for a process to its first answer, with all layers and with none.

    python tests/benchmarks/sandbox_cost.py

The two take turns, so that other work on the machine falls on both alike.
"""

import statistics
import sys
import time

from autograder.forkserver import ForkServer, Settings
from autograder.frames import as_json
from autograder.layers import LAYERS
from autograder.sandbox import NAMESPACES

NOTEBOOKS = 100


def first_answer(server: ForkServer) -> float:
    """Milliseconds from asking for a child to its first answer."""
    start = time.perf_counter()
    child = server.fork("learner")
    child.channel.send(b"Q", as_json({"do": "describe", "name": "x", "id": 1}))
    child.channel.receive(10)
    took = time.perf_counter() - start
    child.end()
    time.sleep(0.02)  # the end of one is no part of the next
    return 1000 * took


def main() -> None:
    none = Settings(required=(), without=(NAMESPACES, *LAYERS), allow_weaker=True)
    with ForkServer() as with_all, ForkServer(none) as with_none:
        print(with_all.protection)
        pairs = [(first_answer(with_all), first_answer(with_none)) for _ in range(NOTEBOOKS)]
    all_layers, no_layers = zip(*pairs, strict=True)
    print(f"all layers: median {statistics.median(all_layers):.1f} ms")
    print(f"no layers:  median {statistics.median(no_layers):.1f} ms")
    costs = statistics.quantiles([a - b for a, b in pairs], n=4)
    print(f"the sandbox: median {costs[1]:.1f} ms, quartiles {costs[0]:.1f} to {costs[2]:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
