"""A circuit written out as the notes write it: the forward pass in stages, then a `d` for each name.

The notes: "Backprop in practice: Staged computation".
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from backprop_kit.backward_pass import BackwardPass
from backprop_kit.circuit import trace
from backprop_kit.lines import beginnings, dotted, listed, said, said_index, unshared
from backprop_kit.nodes import Node
from backprop_kit.parts import TraceError
from backprop_kit.spelled import constant_text


def write_backward(
    code: Any,
    /,
    output: str = "f",
    *,
    inputs: Mapping[str, Any] | None = None,
    **named: Any,
) -> str:
    """Write the forward and the backward pass of a function, or of cell text, as the notes write them.

    Returns Python: the stages of the forward pass under the learner's own names, then one line for
    each gradient, the last gate first: `dx = ...` for the first contribution to it, `dx += ...` for
    further ones. It runs as it stands wherever the inputs have values, and for every name `q` on the
    way leaves the gradient of `output` on it in `dq`, in the shape of `q`. Loops, branches and
    helpers are written out as they ran. Where the output is an array, the gradient on it is an input
    named `d<output>`, or else ones.

    Raises `TraceError` in a sentence for code that cannot be followed as a circuit.
    The notes: "Backprop in practice: Staged computation".
    """
    circuit = trace(code, output, inputs=inputs, **named)
    return Written(circuit).source()


class Written(BackwardPass):
    """Both passes of one circuit as text."""

    titles: dict[int, str]

    def source(self) -> str:
        """All of it, as Python."""
        whole = "\n".join(self.body())
        heads = [f"import {m}{' as np' if m == 'numpy' else ''}" for m, used in (
            ("math", "math."), ("numpy", "np.")) if used in whole]  # fmt: skip
        text = "\n".join([*heads, *([""] if heads else []), *self.literal_lines(), whole])
        self.compare(text)
        return text

    def body(self) -> list[str]:
        """The lines of both passes, with what each belongs to."""
        backward = self.backward_lines()
        forward = self.forward_lines()
        plain = self.wording.definitions([*forward, *(text for text, _ in backward)])
        body = ["# forward pass", *plain, *forward, "", "# backward pass"]
        stage: Node | None = None
        for text, of in backward:
            if of is not None and of is not stage:
                body.append(f"# backward through {self.titles[id(of)]}")
                stage = of
            body.append(text)
        return dotted("\n".join(body)).split("\n") if self.wording.says_dot() else body

    def compare(self, text: str) -> None:
        """Only what gives the circuit's own gradients is handed out."""
        found = run(text, self.circuit.given, self.wording.circuit.code.source.scope())
        largest = max(float(np.max(np.abs(node.wire.d), initial=0.0)) for node in self.nodes)
        for node in self.nodes:
            name = self.names.of.get(id(node))
            if name is None or not name.isidentifier() or self.dname(name) not in self.begun:
                continue
            if id(node) in self.names.in_place or (node.gate and node.gate.name == "setitem"):
                continue  # the array has gone on changing since
            yours = np.asarray(found[self.dname(name)])
            if yours.shape != node.shape or not agree(yours, node.d, largest):
                raise TraceError(
                    f"the gradient on `{name}` cannot be written down here: its formula loses too "
                    "much to rounding, or has no value, at these inputs; try other values"
                )

    def literal_lines(self) -> list[str]:
        """The example values that the cell itself begins with."""
        literals = self.circuit.code.literals
        lines = [f"{n} = {self.circuit.given.get(n, v)!r}" for n, v in literals.items()]
        return [*lines, ""] if lines else []

    def forward_lines(self) -> list[str]:
        """The stages, in order: in the code's own words where no value inside them has got a name."""
        lines: list[str] = []
        self.titles: dict[int, str] = {}
        for node in self.nodes:
            name = self.names.of.get(id(node))
            if name is None or id(node.wire) in self.inputs:
                continue
            if node.gate is not None and node.gate.name == "setitem":
                lines += self.store_lines(node, name)
            else:
                lines.append(f"{name} = {said(self.right_side(node))}")
            self.titles[id(node)] = lines[-1]
        return lines

    def right_side(self, node: Node) -> ast.expr:
        own = self.wording.right_side(node)
        if own is not None and id(node) not in self.parted:
            return own
        if node.gate is None:
            return constant_text(node.value)
        return self.formula(node)

    @cached_property
    def parted(self) -> set[int]:
        """Stages in whose line some value is written as a stage of its own."""
        inner = {id(n) for n in self.nodes if id(n) in self.names.of and n.wire.name is None}
        readers = (n for n in self.nodes if any(id(o) in inner for o in n.operands))
        return {id(self.stage.get(id(node))) for node in readers}

    def store_lines(self, node: Node, name: str) -> list[str]:
        before, stored = node.operands
        old = self.value(before) if isinstance(before, Node) else constant_text(before)
        same = self.names.of.get(id(before)) == name
        value = self.wording.name_of_number(stored, node) if not isinstance(stored, Node) else None
        put = value or (
            self.formula_or_name(stored) if isinstance(stored, Node) else constant_text(stored)
        )
        store = f"{name}[{said_index(self.index(node))}] = {said(put)}"
        if same:
            return [store]
        own = "" if isinstance(old, ast.Call) else ".copy()"
        return [f"{name} = {said(old)}{own}", store]

    def formula_or_name(self, node: Node) -> ast.expr:
        name = self.names.of.get(id(node))
        if name is not None:
            return ast.parse(name, mode="eval").body
        return constant_text(node.value) if node.gate is None else self.formula(node)

    def backward_lines(self) -> list[tuple[str, Node | None]]:
        """The lines with copies where two names would share an array that changes, and lists joined."""
        outward = {
            self.dname(self.names.of[id(n)]) for n in self.nodes if id(n.wire) in self.inputs
        }
        lines = listed(unshared(self.lines, self.values, outward), self.circuit.given)
        begun = beginnings(lines, self.circuit.given)
        return [(text, None) for text in begun] + [
            (line.text(), line.stage) for line in lines
        ] + [(text, None) for text in self.untouched()]  # fmt: skip

    def untouched(self) -> list[str]:
        """Inputs on which the output does not depend have a gradient too: zero."""
        found = []
        for node in self.nodes:
            name = self.names.of.get(id(node))
            if id(node.wire) not in self.inputs or name is None or self.dname(name) in self.begun:
                continue
            if np.asarray(node.value).dtype.kind != "f" and np.ndim(node.value):
                continue  # labels and masks
            if name.isidentifier():
                zero = f"np.zeros_like({name})" if node.shape else "0.0"
                found.append(f"d{name} = {zero}")
        return found


def run(text: str, given: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """What the names mean once the text has run on the inputs."""
    names = {**scope, **copy.deepcopy(dict(given))}
    with np.errstate(all="ignore"):
        exec(text, names)
    return names


def agree(yours: np.ndarray, expected: Any, largest: float) -> bool:
    """Whether two gradients are the same but for rounding; of one that cancels to nothing that is all."""
    scale = float(np.max(np.abs(expected), initial=0.0))
    single = np.float32 in (yours.dtype, np.asarray(expected).dtype)
    close, nothing = (1e-3, 1e-5) if single else (1e-7, 1e-11)
    return bool(np.all(np.abs(yours - expected) <= close * scale + nothing * largest))
