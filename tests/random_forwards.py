"""Random forward passes on numbers and arrays, as cell text: for tests that hold for every program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

SHAPES = ((), (2,), (3,), (3, 2), (1, 2), (3, 1), (2, 3))
HELPER = "def mix(a, b):\n    c = a * b\n    return 0.3 * a + np.tanh(c)"

ANYTHING = (
    "np.tanh({0})", "-{0}", "{0} ** 2", "{0} * {0}", "np.exp(-{0} * {0})", "np.sin({0}) * {0}",
    "1 / (1 + np.exp(-{0}))", "np.log(1 + {0} ** 2)", "np.sqrt({0} * {0} + 1)", "np.maximum({0}, 0.1 * {0})",
    "np.abs({0} - 0.37)", "2 * {0} + 1", "np.maximum(0.21, {0})", "1 / (2 + {0} ** 2)", "{0} / 3 - {0}",
)  # fmt: skip
ARRAYS = (
    "np.sum({0})", "{0}.mean()", "{0}.sum(axis=0)", "np.mean({0}, axis=-1, keepdims=True)", "{0}.T",
    "{0}[0]", "{0}[-1:]", "{0}[::-1]", "{0}.reshape(-1)", "{0}[None]", "np.cumsum({0}, axis=0)",
    "np.exp({0}) / np.sum(np.exp({0}))", "{0}[[0, 1, 0]]", "np.prod({0}, axis=0)", "np.var({0}, axis=0)",
    "{0} - {0}.max(axis=0)", "np.where({0} > 0.13, {0}, 0.5 * {0})", "{0}[{0} > 0.11]", "{0} @ {0}.T",
    "np.concatenate([{0}, {0} * 2])", "np.stack([{0}, np.tanh({0})])", "np.linalg.norm({0} + 3)",
    "np.log(np.sum(np.exp({0}), axis=-1))", "{0}.std()", "np.outer({0}, {0})",
)  # fmt: skip
MATRICES = (
    "{0}[:, 0]", "{0}[1, :1]", "{0}.sum(axis=1, keepdims=True)", "{0}.mean(axis=(0, 1))", "{0}[:, ::-1]",
    "{0}.max(axis=1)", "np.transpose({0})", "{0}[[0, 1], [0, 0]]", "{0}.min(axis=0, keepdims=True)",
    "np.exp({0}) / np.exp({0}).sum(axis=1, keepdims=True)", "{0}.reshape({0}.shape[1], -1)",
    "({0} - {0}.mean(axis=0)) / np.sqrt({0}.var(axis=0) + 0.1)", "np.einsum('ij->ji', {0})",
)  # fmt: skip
PAIRS = (
    "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / (1.5 + {1} ** 2)", "np.maximum({0}, {1} + 0.17)", "mix({0}, {1})",
    "{0} @ {1}", "{0}.dot({1})", "np.where({0} > {1}, {0}, {1} * 0.3)", "np.outer({0}, {1})", "{0} * {1} * {0}",
    "({0} + {1}) * ({0} - {1})", "np.concatenate([{0}, {1}])", "np.minimum({0}, {1} - 0.23)", "{0} @ {1}.T",
    "np.einsum('ij,jk->ik', {0}, {1})", "np.einsum('i,ij->j', {0}, {1})", "np.array([{0}, {1}])",
)  # fmt: skip
STORES = (
    "{q} = {0} * 1\n{q}[0] = {1}", "{q} = {0} * 1\n{q}[0] += {1}", "{q} = {0} * 2\n{q} *= {1}", "{q} = {0} * 1\n{q}[1:] = {1}",
    "{q} = np.zeros((2, 2))\n{q}[0] = {0}\n{q}[1, 1] = {1}", "{q} = {0} + 0\n{q}[{q} > 0.19] = 0\n{q} += {1}",
    "{q} = {0}\nfor k in range(2):\n    {q} = np.tanh({q} * {1} + k)", "{q} = {0}.copy()\n{q}[:, 0] -= {1}",
    "{q} = np.zeros(3)\nfor k in range(3):\n    {q}[k] = {0}[k] * {1}",
)  # fmt: skip


@dataclass(frozen=True)
class Forward:
    """The text of a forward pass with inputs for it; its output is the number `f`."""

    code: str
    inputs: Mapping[str, Any]

    def __repr__(self) -> str:
        shapes = {name: np.shape(value) for name, value in self.inputs.items()}
        return f"\n{self.code}\n# {shapes}"


@st.composite
def forwards(draw: st.DrawFn, most: int = 6) -> Forward:
    """Stages that read any names before them; each fits the shapes that there are."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=2, max_size=3))
    inputs = {name: drawn(rng, shape) for name, shape in zip("xyz", shapes, strict=False)}
    lines = [HELPER]
    values = run("\n".join(lines), inputs)
    names = list(inputs)
    for k in range(draw(st.integers(1, most))):
        picks = [draw(st.sampled_from(names)) for _ in range(2)]
        ndim = np.ndim(values[picks[0]])
        fitting = [ANYTHING, PAIRS, PAIRS, STORES, ARRAYS, MATRICES][: 4 + min(ndim, 2)]
        stage = draw(st.sampled_from(draw(st.sampled_from(fitting)))).format(*picks, q=f"s{k}")
        line = stage if stage.startswith(f"s{k} ") else f"s{k} = {stage}"
        found = run("\n".join([*lines, line]), inputs)
        if is_tame(found.get(f"s{k}")):
            values = found
            lines.append(line)
            names.append(f"s{k}")
    ends = [
        name if np.ndim(values[name]) == 0 else f"np.sum({name} * {weights(rng)})" for name in names
    ]
    lines.append(f"f = {' + '.join(draw(st.permutations(ends)))}")
    return Forward("\n".join(lines), inputs)


def drawn(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Numbers away from 0, where many kinks are."""
    value = rng.choice([-1.0, 1.0], shape) * rng.uniform(0.2, 1.5, shape)
    return value if shape else float(value)


def weights(rng: np.random.Generator) -> float:
    return round(float(rng.uniform(0.3, 1.7)), 2)


def run(code: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The names after a run; none where some line cannot be run."""
    names: dict[str, Any] = {
        "np": np,
        **{n: np.copy(v) if np.ndim(v) else v for n, v in inputs.items()},
    }
    try:
        with np.errstate(all="raise"):
            exec(code, names)
    except (ValueError, IndexError, TypeError, AttributeError, FloatingPointError):
        return {}
    return names


def is_tame(value: Any) -> bool:
    """Whether a value is worth going on with: neither huge nor without elements."""
    if value is None:
        return False
    array = np.asarray(value, dtype=float)
    return 0 < array.size <= 24 and bool(np.max(np.abs(array)) < 50)
