"""A circuit written out as the notes write it: the forward pass in stages, then a `d` for each name.

The notes: "Backprop in practice: Staged computation".
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backprop_kit.circuit import Circuit, trace
from backprop_kit.gate_text import formula
from backprop_kit.handing_back import Share, shares_of
from backprop_kit.naming import Names
from backprop_kit.nodes import Node, nodes_of, output_of
from backprop_kit.parts import TraceError
from backprop_kit.source import inputs_of
from backprop_kit.spelled import by_its_rule, constant_text, index_text, keywords, spelled
from backprop_kit.tidy import number, tidied, weight
from backprop_kit.wording import Wording

# Gates that are told of no gradient but one in the full shape of their output.
WHOLE = ("dot", "matmul", "matvec", "vecmat", "matmuls", "matsvec", "vecmats", "outer", "einsum",
         "cumsum", "transpose", "reshape", "concatenate", "stack", "setitem", "softmax")  # fmt: skip
CUT = ("concatenate", "stack", "cumsum", "softmax")  # read the gradient more than once
PASSING = ("add", "sub", "neg", "mul", "copy", "sum", "mean", "getitem", "reshape", "transpose")
SHORT, LONG = 2, 4  # so many operations are written twice, or inside a formula, rather than named


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
    return BackwardPass(circuit).source()


@dataclass(frozen=True)
class Line:
    """One line of the backward pass."""

    target: str
    op: str
    """`=`, `+=`, or `at` for `np.add.at(target, ...)`."""
    value: ast.expr
    stage: Node | None
    part: ast.expr | None = None

    def text(self) -> str:
        value, part = said(self.value), "" if self.part is None else said_index(self.part)
        if self.op == "at":
            return f"np.add.at({self.target}, {part}, {value})"
        return f"{self.target}{f'[{part}]' if part else ''} {self.op} {value}"


class BackwardPass:
    """Writes one circuit down; `module` is where its functions of single numbers come from."""

    def __init__(self, circuit: Circuit, flat: bool = False) -> None:
        self.circuit = circuit
        self.flat = flat
        self.nodes = nodes_of(circuit)
        if not any(node.gate is not None and node.live for node in self.nodes):
            raise TraceError(
                f"`{circuit.output_name}` is computed from no input, so there is no gradient to write; "
                f"write a stage such as `{circuit.output_name} = x * y`"
            )
        given = circuit.code.handed_in | set(circuit.code.literals)
        self.reserved = [*given, *circuit.plain_names]
        self.names = Names(circuit, self.nodes, self.reserved, flat)
        self.wording = Wording(circuit, self.nodes, self.names.of, flat)
        self.inputs = {id(wire) for wire in circuit.inputs.values()}
        arrays = any(isinstance(node.value, np.ndarray) for node in self.nodes)
        says = self.wording.text
        self.module = "np" if arrays or ("np." in says and "math." not in says) else "math"
        tree = ast.walk(circuit.code.source.tree)
        self.dots = ".dot(" in says and not any(isinstance(n, ast.MatMult) for n in tree)
        self.stage = stages_of(self.nodes, self.names.of)
        self._walk_back()  # finds out which values need a name
        self._name_again()
        self._walk_back()  # writes with all of them known

    def _name_again(self) -> None:
        """Give names once more, from the inputs on, so that each can be made of those before it."""
        wanted = [n for n in self.nodes if id(n) in self.names.of and n.wire.name is None]
        self.names = Names(self.circuit, self.nodes, self.reserved, self.flat)
        self.wording = Wording(self.circuit, self.nodes, self.names.of, self.flat)
        for node in wanted:
            if id(node) not in self.names.of:
                self.names.invent(node, self.stage.get(id(node)), self.circuit.output_name)

    # -- the walk back ----------------------------------------------------------------------------

    def _walk_back(self) -> None:
        self.values: dict[str, Any] = dict(self.wording.values)
        self.lines: list[Line] = []
        self.arrived: dict[int, list[ast.expr]] = {}
        self.begun: set[str] = set()
        for node in self.nodes:
            self.know(node)
        self._begin(output_of(self.circuit, self.nodes))
        for node in reversed(self.nodes):
            if node.gate is None or not node.live:
                continue
            df = self.gradient(node)
            if df is None:
                continue
            if node.gate.name == "setitem":
                self.unstore(node, df)
                continue
            for share in merged(shares_of(node, df, self)):
                self.hand(share, node)

    def _begin(self, out: Node) -> None:
        """The gradient on the output: given by name, or 1, which is not written for a number."""
        name = self.names.of[id(out)]
        if f"d{name}" in self.wording.circuit.code.handed_in and f"d{name}" in self.circuit.given:
            self.begun.add(f"d{name}")
            self.values[f"d{name}"] = out.wire.d
        elif out.shape:
            self.emit(Line(f"d{name}", "=", formula(f"np.ones_like({name})"), None), out.wire.d)
        else:
            self.arrived[id(out)] = [ast.Constant(1)]

    def know(self, node: Node) -> None:
        """Make the value of a named node known, so that what is written can be tried out."""
        name = self.names.of.get(id(node))
        if name is not None and name.isidentifier():
            self.values[name] = node.value
        elif name is not None:
            base = name.partition("[")[0]
            self.values.setdefault(base, self.circuit.given.get(base))

    def gradient(self, node: Node) -> ast.expr | None:
        """What has arrived at a node, as it is read from here on: by name, or as a short formula."""
        name = self.names.of.get(id(node))
        if name is not None and self.dname(name) in self.begun:
            return ast.parse(self.dname(name), mode="eval").body
        arrived = self.arrived.pop(id(node), [])
        if not arrived:
            return None
        if name is None and self.is_short(node, arrived):
            return arrived[0]
        if name is not None and number(arrived[0]) == 1:
            return arrived[0]
        return self.name_it(node, arrived)

    def is_short(self, node: Node, arrived: list[ast.expr]) -> bool:
        """Whether what arrived can be put into the next formula as it is."""
        assert node.gate is not None
        value, kind = arrived[0], node.gate.name
        if len(arrived) > 1 or (kind in WHOLE and self.shape(value) != node.shape):
            return False
        if kind in CUT or not weight(value):
            return isinstance(value, ast.Name) or kind not in CUT
        readers = sum(isinstance(o, Node) and o.live for o in node.operands)
        if readers > 1:
            return weight(value) < SHORT and kind not in WHOLE
        return weight(value) < SHORT or (kind in PASSING and weight(value) <= LONG)

    def name_it(self, node: Node, arrived: list[ast.expr]) -> ast.expr:
        """Give a value without a name one, and its gradient a line of its own."""
        name = self.named(node)
        for value in arrived:
            self.write(node, name, value)
        return ast.parse(self.dname(name), mode="eval").body

    def hand(self, share: Share, node: Node) -> None:
        """Bring a share to an operand: to its line if it has a name, else into what arrives there."""
        to, value = share.to, tidied(share.value)
        if share.part is not None:
            self.store(share, value, node)
            return
        if node.shape != to.shape and node.gate is not None and (
            node.gate.elementwise or node.gate.name in ("matmuls", "matsvec", "vecmats", "broadcast_to")
        ):
            value = self.summed(value, node, to)
        name = self.names.of.get(id(to))
        if name is None:
            self.arrived.setdefault(id(to), []).append(value)
        else:
            self.write(to, name, value, node)

    def write(self, to: Node, name: str, value: ast.expr, by: Node | None = None) -> None:
        """One line: `=` for what arrives first, `+=` after that."""
        d = self.dname(name)
        op = "+=" if d in self.begun else "="
        value = self.in_shape(value, to, name, op)
        if isinstance(value, ast.Constant) and isinstance(value.value, int):
            value = ast.Constant(float(value.value))
        self.emit(Line(d, op, value, self.stage.get(id(by or to))), None)

    def store(self, share: Share, value: ast.expr, node: Node) -> None:
        """A gradient for a part: the whole begins as zeros."""
        name = self.named(share.to)
        stage = self.stage.get(id(node))
        d = self.dname(name)
        if d not in self.begun:
            self.emit(Line(d, "=", formula(f"np.zeros_like({name})"), stage), None)
        self.emit(Line(d, "at" if share.repeats else "+=", value, stage, share.part), None)

    def unstore(self, node: Node, df: ast.expr) -> None:
        """Behind a store into a part: that part's gradient goes to what was stored, the rest stays."""
        before, stored = node.operands
        name, stage = self.named(node), self.stage.get(id(node))
        d, part = ast.Name(f"d{name}", ast.Load()), self.index(node)
        clears = self.is_covered(node)
        if isinstance(stored, Node) and stored.live:
            taken = ast.Subscript(d, part, ast.Load())
            if clears:
                self.named(stored)
            self.hand(Share(stored, self.fitted_part(taken, node, stored)), node)
        if not isinstance(before, Node):
            return
        old = self.named(before)
        if old == name:
            if clears:
                self.emit(Line(f"d{name}", "=", ast.Constant(0), stage, part), None)
        elif before.live and f"d{old}" in self.begun:
            rest = self.names.free(f"rest{old}")
            self.emit(Line(f"d{rest}", "=", formula(f"d{name}.copy()"), stage), None)
            self.emit(Line(f"d{rest}", "=", ast.Constant(0), stage, part), None)
            self.emit(Line(f"d{old}", "+=", ast.Name(f"d{rest}", ast.Load()), stage), None)
        elif before.live:
            self.emit(Line(f"d{old}", "=", formula(f"d{name}.copy()"), stage), None)
            self.emit(Line(f"d{old}", "=", ast.Constant(0), stage, part), None)

    def is_covered(self, node: Node) -> bool:
        """Whether a store went over something that had a gradient: an earlier store, or the array below."""
        here = places(node)
        before = node.operands[0]
        while isinstance(before, Node) and before.gate and before.gate.name == "setitem":
            if np.any(here & places(before)):
                return True
            before = before.operands[0]
        return isinstance(before, Node) and before.live

    def fitted_part(self, taken: ast.expr, node: Node, stored: Node) -> ast.expr:
        """The gradient on a part in the shape of what was stored there, of which one number may fill it all."""
        shape = np.shape(np.asarray(node.value)[node.settings["index"]])
        return taken if shape == stored.shape else sum_to(taken, shape, stored.shape)

    def emit(self, line: Line, value: Any) -> None:
        """Add a line, and carry it out, so that shapes are known by what they are."""
        self.lines.append(line)
        self.begun.add(line.target)
        base = line.target.partition("[")[0]
        if base != line.target and base not in self.values:
            self.values[base] = like_given(self.circuit.given[base[1:]])
        with np.errstate(all="ignore"):
            exec(line.text(), self.values)
        if value is not None:
            self.values[line.target] = value

    # -- shapes ---------------------------------------------------------------------------------

    def shape(self, node: ast.expr) -> tuple[int, ...]:
        """The shape of what an expression gives here."""
        with np.errstate(all="ignore"):
            return np.shape(eval(ast.unparse(ast.fix_missing_locations(node)), self.values))

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
        name = self.names.of.get(id(x)) or self.twin(shape)
        if name is None:
            return ast.Constant(int(n))
        if axis is None:
            return formula(f"{name}.size" if len(shape) != 1 else f"{name}.size")
        sizes = " * ".join(f"{name}.shape[{a}]" for a in np.atleast_1d(axis))
        return formula(sizes)

    def mean_of(self, node: Node) -> ast.expr | None:
        """The name of the mean over the same axes, where the code has taken it."""
        for other in self.nodes:
            same = other.gate is not None and other.gate.name == "mean" and other.operands[0] is node.operands[0]
            if same and id(other) in self.names.of and other.settings.get("axis") == node.settings.get("axis"):
                return self.kept(other, self.value(other))
        return None

    def twin(self, shape: tuple[int, ...]) -> str | None:
        """A name of something with this shape."""
        return next((self.names.of[id(n)] for n in reversed(self.nodes)
                     if n.shape == shape and id(n) in self.names.of), None)  # fmt: skip

    def shape_text(self, node: Node) -> ast.expr:
        """`x.shape`, or the numbers."""
        name = self.names.of.get(id(node))
        return formula(f"{name}.shape") if name else constant_shape(node.shape)

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
            id(o) in self.names.in_place or (isinstance(o, Node) and o.wire.name is None and self.reads_changing(o))
            for o in node.operands
        )

    def operand(self, operand: Any, node: Node) -> ast.expr:
        """What goes into a gate, as the backward pass reads it."""
        if isinstance(operand, Node):
            return self.value(operand)
        return self.wording.name_of_number(operand, self.stage.get(id(node))) or constant_text(operand)

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
        index = self.index(node) if node.gate.name == "getitem" else None
        own = None if node.gate.rule.__module__.startswith("backprop_kit.") else by_its_rule(node.gate, parts)
        return own or spelled(node, parts, index, self.module)

    def index(self, node: Node) -> ast.expr:
        """What stands between the brackets: in the code's own words where they mean the same here."""
        wanted = node.settings["index"]
        stage = node if node.gate is not None and node.gate.name == "setitem" else self.stage.get(id(node))
        for said_so in self.wording.indices(stage) if stage is not None else ():
            try:
                there = eval(f"__index__[{said_index(said_so)}]", {**self.values, "__index__": Indexed()})
            except Exception:  # noqa: S112  names that have no value here: other words are found
                continue
            if same_index(there, wanted):
                return said_so
        return index_text(wanted)

    def dname(self, name: str) -> str:
        """`dw[0]` for `w[0]`."""
        return f"d{name}"

    # -- the text -------------------------------------------------------------------------------

    def source(self) -> str:
        """All of it, as Python."""
        whole = "\n".join(self.body())
        heads = [f"import {m}{' as np' if m == 'numpy' else ''}" for m, used in (
            ("math", "math."), ("numpy", "np.")) if used in whole]  # fmt: skip
        text = "\n".join([*heads, *([""] if heads else []), *self.literal_lines(), whole]) + "\n"
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
        return dotted("\n".join(body)).split("\n") if self.dots else body

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
        if own is not None and not self.has_named_parts(node):
            return own
        if node.gate is None:
            return constant_text(node.value)
        return self.formula(node)

    def has_named_parts(self, node: Node) -> bool:
        """Whether a value inside the line of a stage is written as a stage of its own."""
        return any(
            id(other) in self.names.of and other.wire.name is None and self.stage.get(id(other)) is node
            for other in self.nodes
        )

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
        lines = listed(unshared(self.lines, self.values), self.circuit.given)
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


# ----- small parts ------------------------------------------------------------------------------------


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


def places(node: Node) -> np.ndarray:
    """Where a store stores."""
    there = np.zeros(node.shape, dtype=bool)
    there[node.settings["index"]] = True
    return there


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


def merged(shares: list[Share]) -> list[Share]:
    """`x * x` hands x the same twice: written once, doubled."""
    if len(shares) == 2 and shares[0].to is shares[1].to and shares[0].part is None:
        first, second = shares
        if ast.dump(tidied(first.value)) == ast.dump(tidied(second.value)):
            return [Share(first.to, formula("2 * x", x=first.value))]
    return shares


def sum_to(value: ast.expr, full: tuple[int, ...], shape: tuple[int, ...]) -> ast.expr:
    """`dscores.sum(axis=0)`: over every axis along which something of this shape was repeated."""
    if full == shape:
        return value
    if not shape:
        return method(value, "sum")
    ahead = len(full) - len(shape)
    inner = tuple(i + ahead for i, n in enumerate(shape) if n == 1 and full[i + ahead] != 1)
    leading = tuple(range(ahead))
    if not inner:
        return method(value, "sum", axis=leading[0] if ahead == 1 else leading)
    if not ahead:
        return method(value, "sum", axis=inner[0] if len(inner) == 1 else inner, keepdims=True)
    summed = method(value, "sum", axis=(*leading, *inner))
    return ast.Call(ast.Attribute(summed, "reshape", ast.Load()), [constant_shape(shape)], [])


def method(value: ast.expr, name: str, **settings: Any) -> ast.expr:
    """`x.sum(axis=0)`, or `np.sum(x * y, axis=0)` where x is a formula."""
    if isinstance(value, ast.Name | ast.Subscript | ast.Attribute | ast.Call):
        return ast.Call(ast.Attribute(value, name, ast.Load()), [], keywords(**settings))
    return ast.Call(formula(f"np.{name}"), [value], keywords(**settings))


def constant_shape(shape: tuple[int, ...]) -> ast.expr:
    return ast.parse(repr(shape), mode="eval").body


def like_given(value: Any) -> Any:
    """Zeros in the place of the numbers of a list."""
    if isinstance(value, list | tuple):
        return [like_given(v) for v in value]
    if isinstance(value, dict):
        return {k: like_given(v) for k, v in value.items()}
    return 0.0


def said(node: ast.expr) -> str:
    return ast.unparse(ast.fix_missing_locations(node))


def said_index(node: ast.expr) -> str:
    """An index as it stands between brackets: a tuple without its own."""
    if not isinstance(node, ast.Tuple) or not node.elts:
        return said(node)
    return ", ".join(map(said, node.elts)) + ("," if len(node.elts) == 1 else "")


def unshared(lines: list[Line], values: Mapping[str, Any]) -> list[Line]:
    """A copy where a gradient is handed on under a second name, and one of the two changes later."""
    found = []
    for i, line in enumerate(lines):
        shown = shares_array(line, values)
        later = {other.target for other in lines[i + 1 :] if other.op != "=" or other.part is not None}
        single = np.ndim(values.get(line.target, 0)) == 0
        if shown is not None and not single and line.op == "=" and line.part is None and later & {line.target, shown}:
            line = replace(line, value=method(line.value, "copy"))
        found.append(line)
    return found


def shares_array(line: Line, values: Mapping[str, Any]) -> str | None:
    """The name whose array a line's value shows, whole or in part; None if it is an array of its own."""
    node = line.value
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        if isinstance(node, ast.Call):
            keeps = isinstance(node.func, ast.Attribute) and node.func.attr in ("reshape", "transpose")
            if not keeps:
                return None
            assert isinstance(node.func, ast.Attribute)
            node = node.args[0] if said(node.func.value) == "np" else node.func.value
        else:
            node = node.value
    return node.id if isinstance(node, ast.Name) and isinstance(values.get(node.id), np.ndarray) else None


def listed(lines: list[Line], given: Mapping[str, Any]) -> list[Line]:
    """`dw = [x[0] * ddot, x[1] * ddot, ddot]`, where every element gets all it gets in one stage."""
    for base in dict.fromkeys(line.target.partition("[")[0] for line in lines if "[" in line.target):
        own = [line for line in lines if line.target.startswith(f"{base}[")]
        count = len(given[base[1:]])
        found = {line.target: line for line in own}
        targets = [f"{base}[{i}]" for i in range(count)]
        once = len(own) == count and sorted(found) == sorted(targets) and isinstance(given[base[1:]], list)
        if not once or any(line.op != "=" or line.stage is not own[0].stage for line in own):
            continue
        joined = ast.List([found[t].value for t in targets], ast.Load())
        last = lines.index(own[-1])
        kept = [line for line in lines[: last + 1] if line not in own]
        lines = [*kept, Line(base, "=", joined, own[0].stage), *lines[last + 1 :]]
    return lines


def beginnings(lines: list[Line], given: Mapping[str, Any]) -> list[str]:
    """`dw = [0.0, 0.0, 0.0]` for an input that is a list."""
    bases = dict.fromkeys(line.target.partition("[")[0] for line in lines if "[" in line.target)
    return [f"{base} = {like_given(given[base[1:]])!r}" for base in bases]


def dotted(text: str) -> str:
    """`X.dot(W)` for `X @ W`, in code that writes it so."""
    out = []
    for line in text.split("\n"):
        if "@" in line and not line.startswith("#"):
            tree = Dots().visit(ast.parse(line))
            line = ast.unparse(ast.fix_missing_locations(tree))
        elif "@" in line and " = " in line:
            head, _, rest = line.partition(" through ")
            line = f"{head} through {dotted(rest)}"
        out.append(line)
    return "\n".join(out)


class Dots(ast.NodeTransformer):
    """Turns `@` into `.dot`."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        return ast.Call(ast.Attribute(node.left, "dot", ast.Load()), [node.right], [])
