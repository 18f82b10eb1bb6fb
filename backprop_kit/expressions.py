"""Values and shapes as expressions: what a written backward pass reads, under which name or formula.

Shapes are known by trying: whatever is written is also carried out, on the values of the circuit.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop_kit.circuit import Circuit
from backprop_kit.gate_text import formula
from backprop_kit.lines import constant_shape, said, said_index, sum_to
from backprop_kit.naming import Names
from backprop_kit.nodes import Node, nodes_of
from backprop_kit.parts import TraceError
from backprop_kit.spelled import by_its_rule, constant_text, index_text, spelled
from backprop_kit.tidy import tidied, weight
from backprop_kit.wording import Wording


class Expressions:
    """The names and formulas of one circuit; `module` is where its functions of single numbers come from."""

    def __init__(self, circuit: Circuit, flat: bool) -> None:
        self.circuit, self.flat = circuit, flat
        self.nodes = nodes_of(circuit)
        if not any(node.gate is not None and node.live for node in self.nodes):
            raise TraceError(
                f"`{circuit.output_name}` is computed from no input, so there is no gradient to write; "
                f"write a stage such as `{circuit.output_name} = x * y`"
            )
        self.reserved = {*circuit.code.handed_in, *circuit.code.literals, *circuit.plain_names}
        self.names = Names(circuit, self.nodes, self.reserved, flat)
        self.wording = Wording(circuit, self.nodes, self.names.of, flat)
        self.values: dict[str, Any] = dict(self.wording.values)
        self.stage = stages_of(self.nodes, self.names.of)
        self.inputs = {id(wire) for wire in circuit.inputs.values()}
        arrays = any(isinstance(node.value, np.ndarray) for node in self.nodes)
        self.module = "np" if arrays or self.wording.prefers_numpy() else "math"

    def name_again(self) -> None:
        """Give names once more, from the inputs on, so that each can be made of those before it."""
        wanted = [n for n in self.nodes if id(n) in self.names.of and n.wire.name is None]
        self.names = Names(self.circuit, self.nodes, self.reserved, self.flat)
        self.wording = Wording(self.circuit, self.nodes, self.names.of, self.flat)
        for node in wanted:
            if id(node) not in self.names.of:
                self.names.invent(node, self.stage.get(id(node)), self.circuit.output_name)

    def dname(self, name: str) -> str:
        """`dw[0]` for `w[0]`."""
        return f"d{name}"

    def know(self, node: Node) -> None:
        """Make the value of a named node known, so that what is written can be tried out."""
        name = self.names.of.get(id(node))
        if name is not None and name.isidentifier():
            self.values[name] = node.value
        elif name is not None:
            base = name.partition("[")[0]
            self.values.setdefault(base, self.circuit.given.get(base))

    # -- values ---------------------------------------------------------------------------------

    def value(self, node: Node) -> ast.expr:
        """The value of a node where the backward pass reads it: its name, or a formula of one operation."""
        name = self.names.of.get(id(node))
        if name is not None:
            return ast.parse(name, mode="eval").body
        if node.gate is None:
            return constant_text(node.value)
        written = self.formula(node)
        if weight(written) <= 1 and not self.reads_changing(node):
            return written
        return ast.Name(self.named(node), ast.Load())

    def reads_changing(self, node: Node) -> bool:
        """Whether a node takes a part of an array that goes on changing."""
        return any(
            id(o) in self.names.in_place
            or (isinstance(o, Node) and o.wire.name is None and self.reads_changing(o))
            for o in node.operands
        )

    def operand(self, operand: Any, node: Node) -> ast.expr:
        """What goes into a gate, as the backward pass reads it."""
        if isinstance(operand, Node):
            return self.value(operand)
        return self.wording.name_of_number(operand, self.stage.get(id(node))) or constant_text(
            operand
        )

    def named(self, node: Node) -> str:
        """The name of a node, which gets one if it has none."""
        found = self.names.of.get(id(node))
        if found is None:
            stage = self.stage.get(id(node))
            found = self.names.invent(node, stage, self.circuit.output_name)
            self.know(node)
        return found

    def formula(self, node: Node) -> ast.expr:
        """How a node is computed, from names and, inside it, from formulas of what has none."""
        assert node.gate is not None
        stage = self.stage.get(id(node))
        parts: list[ast.expr] = []
        for o in node.operands:
            if not isinstance(o, Node):
                parts.append(self.wording.name_of_number(o, stage) or constant_text(o))
            elif id(o) in self.names.of:
                parts.append(ast.parse(self.names.of[id(o)], mode="eval").body)
            else:
                parts.append(constant_text(o.value) if o.gate is None else self.formula(o))
        words = {"getitem": self.index, "reshape": self.shape_words}.get(node.gate.name)
        index = words(node) if words else None
        own = None if node.gate.is_ours else by_its_rule(node.gate, parts)
        return own or spelled(node, parts, index, self.module)

    def shape_words(self, node: Node) -> ast.expr | None:
        """The shape that a line asks for, in its own words."""
        stage = self.stage.get(id(node))
        for words in self.wording.shapes(stage) if stage is not None else ():
            written = words[0] if len(words) == 1 else ast.Tuple(words, ast.Load())
            found = eval(said(written), dict(self.values))
            if np.array_equal(np.atleast_1d(found), np.atleast_1d(node.settings["shape"])):
                return ast.List(words, ast.Load())
        return None

    def index(self, node: Node) -> ast.expr:
        """What stands between the brackets: in the code's own words where they mean the same here."""
        wanted = node.settings["index"]
        stage = (
            node
            if node.gate is not None and node.gate.name == "setitem"
            else self.stage.get(id(node))
        )
        for said_so in self.wording.indices(stage) if stage is not None else ():
            try:
                there = eval(
                    f"__index__[{said_index(said_so)}]", {**self.values, "__index__": Indexed()}
                )
            except Exception:
                continue
            if same_index(there, wanted):
                return said_so
        return index_text(wanted)

    # -- shapes ---------------------------------------------------------------------------------

    def tried(self, node: ast.expr) -> Any:
        """What an expression gives here."""
        with np.errstate(all="ignore"):
            return eval(ast.unparse(ast.fix_missing_locations(node)), self.values)

    def shape(self, node: ast.expr) -> tuple[int, ...]:
        """The shape of what an expression gives here."""
        return np.shape(self.tried(node))

    def in_shape(self, value: ast.expr, to: Node, name: str, op: str) -> ast.expr:
        """A gradient is as large as its variable; one number for all of it is written out so."""
        shape = self.shape(value)
        if shape == to.shape or op == "+=":
            return value
        if to.shape == ():
            return formula("np.sum(x)", x=value)
        return tidied(ast.BinOp(value, ast.Mult(), formula(f"np.ones_like({name})")))

    def summed(self, value: ast.expr, node: Node, to: Node) -> ast.expr:
        """The sum over the axes along which the operand was repeated."""
        full = np.broadcast_shapes(self.shape(value), node.shape)
        if self.shape(value) != full:
            whole = next((o for o in (node, *node.operands) if isinstance(o, Node)
                          and o.shape == full and id(o) in self.names.of), None)  # fmt: skip
            ones = f"np.ones_like({self.names.of[id(whole)]})" if whole else f"np.ones({full})"
            value = tidied(ast.BinOp(value, ast.Mult(), formula(ones)))
        return sum_to(value, full, to.shape)

    def kept_shape(self, node: Node) -> tuple[int, ...]:
        """The shape of a reduction with its axes kept."""
        shape, axis = np.shape(node.operands[0].value), node.settings.get("axis")
        axes = range(len(shape)) if axis is None else {a % len(shape) for a in np.atleast_1d(axis)}
        return tuple(1 if i in axes else n for i, n in enumerate(shape))

    def kept(self, node: Node, value: ast.expr) -> ast.expr:
        """A value behind a reduction, with the lost axes put back where broadcasting needs them."""
        axis, ndim = node.settings.get("axis"), len(np.shape(node.operands[0].value))
        if node.settings.get("keepdims") or axis is None or self.shape(value) == ():
            return value
        lost = sorted(a % ndim for a in np.atleast_1d(axis))
        parts: list[Any] = [None if i in lost else slice(None) for i in range(ndim)]
        while parts and parts[0] is None:
            parts.pop(0)  # axes in front are put back by broadcasting itself
        while parts and parts[-1] == slice(None):
            parts.pop()
        if not parts:
            return value
        return ast.Subscript(value, index_text(tuple(parts)), ast.Load())

    def count(self, node: Node) -> ast.expr:
        """How many elements a mean is of, in words of the code."""
        x, axis = node.operands[0], node.settings.get("axis")
        shape = np.shape(x.value)
        n = math.prod(shape) if axis is None else math.prod(shape[a] for a in np.atleast_1d(axis))
        known = self.wording.name_of_length(int(n))
        if known is not None:
            return known
        name = self.like(x)
        if name is None:
            return ast.Constant(int(n))
        if axis is None:
            return formula(f"{name}.size")
        sizes = " * ".join(f"{name}.shape[{a}]" for a in np.atleast_1d(axis))
        return formula(sizes)

    def mean_of(self, node: Node) -> ast.expr | None:
        """The name of the mean over the same axes, where the code has taken it."""
        for other in self.nodes:
            same = (
                other.gate is not None
                and other.gate.name == "mean"
                and other.operands[0] is node.operands[0]
            )
            if (
                same
                and id(other) in self.names.of
                and other.settings.get("axis") == node.settings.get("axis")
            ):
                return self.kept(other, self.value(other))
        return None

    def like(self, node: Node) -> str | None:
        """A name of something with the shape of a node: its own, or of what it is made from."""
        found = self.names.of.get(id(node))
        inside = [o for o in node.operands if isinstance(o, Node) and o.shape == node.shape]
        return found or next(filter(None, map(self.like, inside)), None) or self.twin(node.shape)

    def twin(self, shape: tuple[int, ...]) -> str | None:
        """A name of something with this shape."""
        return next((self.names.of[id(n)] for n in reversed(self.nodes)
                     if n.shape == shape and id(n) in self.names.of), None)  # fmt: skip

    def shape_text(self, node: Node) -> ast.expr:
        """`x.shape`, or the numbers."""
        name = self.names.of.get(id(node))
        return formula(f"{name}.shape") if name else constant_shape(node.shape)


class Indexed:
    """Gives back what stands between the brackets."""

    def __getitem__(self, index: Any) -> Any:
        return index


def same_index(a: Any, b: Any) -> bool:
    """Whether two indices name the same places."""
    if isinstance(a, tuple) or isinstance(b, tuple):
        both = isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b)
        return both and all(map(same_index, a, b))
    if isinstance(a, slice) or isinstance(b, slice):
        return isinstance(a, slice) and isinstance(b, slice) and repr(a) == repr(b)
    if a is None or b is None or a is ... or b is ...:
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and (a.dtype == bool) == (b.dtype == bool) and bool(np.all(a == b))


def stages_of(nodes: list[Node], named: Mapping[int, str]) -> dict[int, Node]:
    """For each node, the named one in whose line it is computed."""
    found: dict[int, Node] = {}
    for node in reversed(nodes):
        if id(node) in named:
            found[id(node)] = node
        stage = found.get(id(node))
        for o in node.operands:
            if isinstance(o, Node) and id(o) not in named and stage is not None:
                found[id(o)] = stage
    return found
