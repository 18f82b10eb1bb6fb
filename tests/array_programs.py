"""Random programs on arrays, as text: forks, broadcasting, products, sums, parts, changes in place.

`programs()` draws `(code, inputs)`: the code reads the inputs `x`, `y` and `z`, and leaves a single
number in `f`. Every line has been run when it is drawn, so that shapes fit and numbers stay small.
"""

import copy
import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from backprop_kit import GATES

INPUTS = ("x", "y", "z")
SHAPES = ((), (2,), (3,), (3, 2), (2, 3), (1, 2), (3, 1), (2, 2), (2, 3, 2))

# {0}, {1} and {2} are names that are there already; {axis} is an axis or none, {keep} is a bool.
ALONE = (
    "np.tanh({0})", "sigmoid({0})", "np.exp(-{0} * {0})", "np.sin({0})", "-{0}", "{0} ** 2",
    "np.log({0} * {0} + 1)", "np.sqrt({0} ** 2 + 0.5)", "relu({0} - 0.1)", "abs({0} + 0.2)",
    "np.where({0} > 0.2, {0}, -0.5 * {0})", "np.clip({0}, -0.7, 0.8)", "{0} * ({0} > 0.1)",
    "1 / (1 + np.exp(-{0}))", "np.maximum(0.1, {0})", "np.square({0}) - 0.3", "2 ** {0}",
)  # fmt: skip
TOGETHER = (
    "{0} + {1}", "{0} * {1}", "{0} - {1}", "{0} / (1.5 + {1} * {1})", "np.maximum({0}, {1})",
    "np.minimum({0}, {1}) * {0}", "np.where({0} > {1}, {0}, 0.5 * {1})", "mixed({0}, {1})",
    "np.logaddexp({0}, {1})", "{0} * {1} + {2}", "({0} + {1}) * ({0} - {2})",
)  # fmt: skip
PRODUCTS = (
    "{0} @ {1}", "{0} @ {1}.T", "np.dot({0}, {1})", "{0}.dot({1})", "np.outer({0}, {1})",
    "np.einsum('ij,kj->ik', {0}, {1})", "np.einsum('ij,ij->j', {0}, {1})", "{0}.T @ {1}",
    "np.array([[0.5, -1.0], [0.3, 0.8]]) @ {0}",
)  # fmt: skip
OVER_AXES = (
    "np.sum({0}, axis={axis}, keepdims={keep})", "{0}.mean(axis={axis}, keepdims={keep})",
    "{0}.max(axis={axis}, keepdims={keep})", "np.min({0}, axis={axis})",
    "np.prod({0}, axis={axis})", "np.var({0}, axis={axis}, keepdims={keep})",
    "logsumexp({0}, axis={axis}, keepdims={keep})", "np.linalg.norm({0} + 2, axis={axis})",
    "softmax({0})", "np.cumsum({0}, axis={axis})", "{0} - {0}.mean(axis={axis}, keepdims=True)",
    "{0} / np.sqrt({0}.var(axis={axis}, keepdims=True) + 0.1)",
)  # fmt: skip
RESHAPED = (
    "{0}.T", "{0}.reshape(-1)", "{0}[None]", "{0}[..., None]", "np.transpose({0})", "{0}.copy()",
    "np.swapaxes({0}, 0, -1)", "{0}.ravel()", "np.squeeze({0})", "{0}", "np.broadcast_to({0}, (2, 3, 2))",
)  # fmt: skip
PARTS = (
    "{0}[0]", "{0}[-1]", "{0}[1:]", "{0}[::-1]", "{0}[:, 1]", "{0}[..., :1]", "{0}[[0, 0, 1]]",
    "{0}[{0} > 0].sum()", "{0}[np.array([1, 0])]", "{0}[:, [1, 1]]", "{0}[np.argmax({0}[:, 0])]",
    "{0}[np.arange(2), [1, 0]]", "np.flip({0})", "np.roll({0}, 1)", "np.diagonal({0})",
)  # fmt: skip
JOINED = (
    "np.concatenate([{0}, {1}])", "np.stack([{0}, {1}])", "np.array([{0}, {1}, {0}])",
    "np.concatenate(({0}, {1}), axis=-1)", "np.hstack([{0}, {1}])", "np.vstack(({0}, {1}))",
)  # fmt: skip
# {t} is an array of the code's own, which these change.
CHANGES = (
    "{t} += {0}", "{t} *= 0.5", "{t} -= {0} * {1}", "{t} /= 1.5 + {0} * {0}", "{t}[0] = {0}", "{t}[1:] = {0}",
    "{t}[:, 0] += {0}", "{t}[{t} < 0] = 0", "{t}[{t} > {0}] *= 0.5", "{t}[[0, 0]] = {0}", "{t}[0, 1] = {0}",
    "np.add({t}, {0}, out={t})", "np.multiply({t}, {t}, out={t})", "{t}.T[0] = {0}", "{t}[::-1][0] += {0}",
    "for row in {t}:\n    row += {0}", "for i in range(len({t})):\n    {t}[i] = {t}[i - 1] * 0.5 + {0}",
    "halved({t})", "{t}.reshape(-1)[1] = {0}", "{t}[np.array([True, False])] = {0}",
)  # fmt: skip
NEW = ("np.zeros((3, 2))", "np.ones(3)", "{0} * 1", "np.zeros_like({0})", "{0}.copy()")
EXPRESSIONS = ALONE + TOGETHER + PRODUCTS + OVER_AXES + RESHAPED + PARTS + JOINED
TRIES = 6  # most rules fit only some shapes
HELPERS = """\
def mixed(p, q):
    r = p * q
    return 0.3 * r + np.tanh(q)
def halved(t):
    t[t > 0.3] *= 0.5
"""


class Program:
    """Lines that run, and the arrays that they leave."""

    def __init__(self, inputs: dict[str, Any]) -> None:
        self.inputs = inputs
        self.lines = [HELPERS.rstrip()]
        self.values = self.run()

    @property
    def code(self) -> str:
        return "\n".join(self.lines)

    @property
    def names(self) -> list[str]:
        """Names of numbers and arrays, those of the inputs first."""
        return [*INPUTS, *(n for n in self.values if n.startswith("s"))]

    @property
    def own(self) -> list[str]:
        """Names of arrays that may be changed: no input shares their memory."""
        given = [self.values[name] for name in INPUTS]
        return [
            n
            for n in self.names
            if isinstance(a := self.values[n], np.ndarray)
            and a.ndim
            and a.flags.writeable
            and not any(np.may_share_memory(a, other) for other in given)
        ]

    def run(self) -> dict[str, Any]:
        gates = {name: GATES[name] for name in ("sigmoid", "relu", "softmax", "logsumexp")}
        names = {"np": np, "math": math, **copy.deepcopy(self.inputs)}
        scope = {**gates, **names}
        with np.errstate(all="ignore"):
            exec(self.code, scope)
        return {n: v for n, v in scope.items() if n not in gates and not n.startswith("__")}

    def add(self, line: str) -> bool:
        """Take a line in, if it runs and leaves numbers that are neither large nor many."""
        self.lines.append(line)
        try:
            values = self.run()
        except (ValueError, IndexError, TypeError, AttributeError):
            self.lines.pop()
            return False
        for name, value in values.items():
            if name.startswith("s") and not is_tame(value):
                self.lines.pop()
                return False
        self.values = values
        return True


def is_tame(value: Any) -> bool:
    array = np.asarray(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:  # which changes in place, unlike a number
        return False
    return array.dtype.kind == "f" and 0 < array.size <= 24 and bool(np.all(np.abs(array) < 50))


@st.composite
def programs(draw: st.DrawFn, longest: int = 9) -> tuple[str, dict[str, Any]]:
    """`(code, inputs)`, with a single number in `f` that depends on every name."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    inputs = {name: number_or_array(rng, draw(st.sampled_from(SHAPES))) for name in INPUTS}
    program = Program(inputs)
    for k in range(draw(st.integers(1, longest))):
        for _ in range(TRIES):
            if program.add(draw_line(draw, program, f"s{k}")):
                break
    used = [n for n in program.names if n in INPUTS or draw(st.booleans())]
    program.lines.append("f = " + " + ".join(f"np.sum(np.sin({n}))" for n in used))
    return program.code, inputs


def number_or_array(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.normal(size=shape) if shape else float(rng.normal())


def draw_line(draw: st.DrawFn, program: Program, name: str) -> str:
    """One more line: mostly a new name, sometimes a change of an array that is there."""
    names, own = program.names, program.own
    near = names[-3:] if draw(st.booleans()) else names
    picks = [draw(st.sampled_from(near)), *(draw(st.sampled_from(names)) for _ in range(2))]
    if own and draw(st.integers(0, 2)) == 0:
        target = draw(st.sampled_from(own))
        return draw(st.sampled_from(CHANGES)).format(*picks, t=target)
    rule = draw(st.sampled_from(EXPRESSIONS if draw(st.integers(0, 4)) else NEW))
    axis, keep = draw(st.sampled_from((None, 0, -1))), draw(st.booleans())
    return f"{name} = " + rule.format(*picks, axis=axis, keep=keep)
