"""Handwritten layers as people write them for the assignments of CS231n: right ones, and wrong ones.

Each layer is a forward pass of a dict of parameters, the parameters, and a backward pass that gives
the right gradients. A slip is another backward pass. `layers()` are the right ones, at points with
ties and dead units among them, and `slips()` the wrong ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Grads = dict[str, Any]


@dataclass(frozen=True)
class Layer:
    """A forward pass, its parameters, and what its backward pass gives for them."""

    name: str
    kind: str
    forward: Callable[[Grads], Any]
    params: Grads
    grads: Grads
    upstream: Any = None


@dataclass(frozen=True)
class Slip:
    """A layer with wrong gradients, the parameters that are wrong, and a label if one applies."""

    name: str
    layer: Layer
    grads: Grads
    wrong: frozenset[str]
    label: str | None = None


Build = Callable[[np.random.Generator], Iterator[Layer | tuple[str, Layer, Grads, str | None]]]
BUILDERS: list[Build] = []


def collect(build: Build) -> Build:
    BUILDERS.append(build)
    return build


def built(seed: int) -> Iterator[Any]:
    from tests.layers import extremes, losses, nets, plain, sequences  # noqa: F401  they register themselves

    for build in BUILDERS:
        yield from build(np.random.default_rng([seed, len(build.__name__)]))


def layers(seed: int = 0) -> list[Layer]:
    """The right layers, with parameters drawn from a seed."""
    return [item for item in built(seed) if isinstance(item, Layer)]


def slips(seed: int = 0) -> list[Slip]:
    """The wrong ones; what is wrong in them is what differs from the right gradients."""
    return [slip(*item) for item in built(seed) if not isinstance(item, Layer)]


def slip(name: str, layer: Layer, changed: Grads, label: str | None) -> Slip:
    grads = {**layer.grads, **changed}
    return Slip(f"{layer.name}: {name}", layer, grads, frozenset(changed), label)
