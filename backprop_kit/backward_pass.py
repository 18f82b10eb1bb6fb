"""The walk back through a circuit, written down: one line for each gradient, as it arrives.

The walk is made twice. The first one finds out which values inside the learner's lines need a name,
because the backward pass reads them or because their gradient is read more than once; the second one
knows all names.
"""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from backprop_kit.circuit import Circuit
from backprop_kit.expressions import Expressions, same_index, stages_of
from backprop_kit.gate_text import formula
from backprop_kit.handing_back import shares_of
from backprop_kit.lines import Line, like_given, sum_to
from backprop_kit.nodes import Node, output_of
from backprop_kit.shares import Share
from backprop_kit.tidy import constant, number, tidied, weight

# Gates that are told of no gradient but one in the full shape of their output.
WHOLE = ("dot", "matmul", "matvec", "vecmat", "matmuls", "matsvec", "vecmats", "outer", "einsum",
         "cumsum", "transpose", "reshape", "concatenate", "stack", "setitem", "softmax")  # fmt: skip
BATCHES = ("matmuls", "matsvec", "vecmats")  # a matrix for all of them is handed the sum
CUT = ("concatenate", "stack", "cumsum", "softmax")  # read the gradient more than once
PASSING = ("add", "sub", "neg", "mul", "copy", "sum", "mean", "getitem", "reshape", "transpose")
SHORT, LONG = 2, 4  # so many operations are written twice, or inside a formula, rather than named


class BackwardPass(Expressions):
    """The lines of the backward pass of one circuit, and the names that they made necessary.

    With `flat` the parts of a list have names of their own (`w_0` for `w[0]`), as compiled code wants.
    """

    def __init__(self, circuit: Circuit, flat: bool = False) -> None:
        super().__init__(circuit, flat)
        self.lines: list[Line] = []
        self.arrived: dict[int, list[ast.expr]] = {}
        self.begun: set[str] = set()
        self._walk_back()  # finds out which values need a name
        self.name_again()
        self._walk_back()  # writes with all of them known

    def _walk_back(self) -> None:
        self.values = dict(self.wording.values)
        self.written_in = stages_of(self.nodes, self.names.of)
        self.lines, self.arrived, self.begun = [], {}, set()
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
        if f"d{name}" in self.circuit.given:
            self.begun.add(f"d{name}")
            self.values[f"d{name}"] = out.wire.d
        elif out.shape:
            self.emit(Line(f"d{name}", "=", formula(f"np.ones_like({name})"), None), out.wire.d)
        else:
            self.arrived[id(out)] = [ast.Constant(1)]

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
        kind = node.gate.name if node.gate else ""
        if kind in BATCHES:
            value = sum_to(value, self.shape(value), to.shape)
        elif (
            node.shape != to.shape
            and node.gate
            and (node.gate.elementwise or kind == "broadcast_to")
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
        value = self.as_floats(self.in_shape(value, to, name, op))
        self.emit(Line(d, op, value, self.written_in.get(id(by or to))), None)

    def as_floats(self, value: ast.expr) -> ast.expr:
        """A gradient is made of floats, also where masks or whole numbers are all it is made from."""
        found = number(value)
        if found is not None:
            return constant(float(found), whole=False)
        kind = np.asarray(self.tried(value)).dtype.kind
        masked = kind == "b" or isinstance(value, ast.Compare)
        if not masked and (kind not in "iu" or self.shape(value) == ()):
            return value
        return ast.BinOp(ast.Constant(1.0), ast.Mult(), value)

    def store(self, share: Share, value: ast.expr, node: Node) -> None:
        """A gradient for a part: the whole begins as zeros."""
        name = self.named(share.to)
        stage = self.written_in.get(id(node))
        d = self.dname(name)
        if d not in self.begun:
            self.emit(Line(d, "=", formula(f"np.zeros_like({name})"), stage), None)
        self.emit(Line(d, "at" if share.repeats else "+=", value, stage, share.part), None)

    def unstore(self, node: Node, df: ast.expr) -> None:
        """Behind a store into a part: that part's gradient goes to what was stored, the rest stays."""
        before, stored = node.operands
        name, stage = self.named(node), self.written_in.get(id(node))
        d, part = ast.Name(f"d{name}", ast.Load()), self.index(node)
        added = self.added(node)
        if added is not None:
            self.hand(
                Share(added, self.fitted_part(ast.Subscript(d, part, ast.Load()), node, added)),
                node,
            )
            return
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

    def added(self, node: Node) -> Node | None:
        """What is added in `out[i] += p`: the gradient on the part goes to p, and stays on the part."""
        before, total = node.operands
        is_sum = isinstance(total, Node) and total.gate is not None and total.gate.name == "add"
        if (
            not is_sum
            or id(total) in self.names.of
            or self.names.of.get(id(before)) != self.names.of.get(id(node))
        ):
            return None
        part, other = total.operands
        takes = isinstance(part, Node) and part.gate is not None and part.gate.name == "getitem"
        if (
            not takes
            or part.operands[0] is not before
            or not isinstance(other, Node)
            or not other.live
        ):
            return None
        return other if same_index(part.settings["index"], node.settings["index"]) else None

    def kept_mask(self, node: Node, mask: ast.expr) -> ast.expr:
        """A mask under a name of its own, since it is read twice."""
        name = self.names.free(f"won{self.names.of.get(id(node.operands[0]), '')}")
        if not name.isidentifier():
            name = self.names.free("won")
        self.emit(Line(name, "=", mask, self.written_in.get(id(node))), None)
        return ast.Name(name, ast.Load())

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
        ahead = max(len(stored.shape) - len(shape), 0)  # axes of length 1 that a store drops
        summed = sum_to(taken, shape, stored.shape[ahead:])
        if not ahead:
            return summed
        return ast.Call(ast.Attribute(summed, "reshape", ast.Load()), [self.shape_text(stored)], [])

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


def merged(shares: list[Share]) -> list[Share]:
    """`x * x` hands x the same twice: written once, doubled."""
    if len(shares) == 2 and shares[0].to is shares[1].to and shares[0].part is None:
        first, second = shares
        if ast.dump(tidied(first.value)) == ast.dump(tidied(second.value)):
            return [Share(first.to, formula("2 * x", x=first.value))]
    return shares


def places(node: Node) -> np.ndarray:
    """Where a store stores."""
    there = np.zeros(node.shape, dtype=bool)
    there[node.settings["index"]] = True
    return there
