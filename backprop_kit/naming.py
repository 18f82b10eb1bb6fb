"""Names for what the code left without one, made as the notes make them: `xpy` for `x + y`.

Every value that is written down needs a name of its own. The learner's names stay; where a loop
writes one name again and again, the earlier values are numbered, and the last one has the name.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from backprop_kit.circuit import Circuit
from backprop_kit.nodes import Node

LONGEST = 18
BINARY = {"add": "{0}p{1}", "sub": "{0}m{1}", "mul": "{0}{1}", "div": "{0}over{1}",
          "maximum": "max{0}{1}", "minimum": "min{0}{1}", "power": "{0}pow{1}"}  # fmt: skip
PRODUCTS = ("dot", "matmul", "matvec", "vecmat", "matmuls", "matsvec", "vecmats")
SWITCHES = (
    "maximum",
    "minimum",
    "relu",
    "sigmoid",
    "tanh",
)  # what goes into one is its pre-activation
SHORT = {"sigmoid": "sig", "transpose": "T", "amax": "max", "amin": "min", "absolute": "abs",
         "logsumexp": "lse", "getitem": "part", "concatenate": "joined"}  # fmt: skip


class Names:
    """Which name each node is written under; asked for one, it finds one that is free."""

    def __init__(
        self, circuit: Circuit, nodes: Iterable[Node], reserved: Iterable[str], flat: bool = False
    ) -> None:
        self.taken = {*reserved, "np", "math", "numpy"}
        self.of: dict[int, str] = {}
        self.numbers: dict[str, int] = {}  # the next one to try behind each stem
        final = {id(w): n for n, w in circuit.names.items() if not isinstance(w, list)}
        nodes = list(nodes)
        inputs = {id(wire) for wire in circuit.inputs.values()}
        known = {node.wire.name for node in nodes}
        for node in nodes:  # inputs and final values keep their names, whatever comes before
            name = node.wire.name
            if name is None:
                continue
            if id(node.wire) in inputs:
                self.give(node, self.free(identifier(name)) if flat and "[" in name else name)
            elif final.get(id(node.wire)) == name and name.isidentifier():
                gradient = (
                    name.startswith("d") and name[1:] in known
                )  # of another name, from here on
                self.give(node, self.free(f"{name}1") if gradient else name)
        self.in_place: set[int] = set()
        for node in reversed(nodes):
            self.share_name(node, nodes)
        for node in nodes:
            if node.wire.name is not None and id(node) not in self.of:
                self.give(node, self.free(identifier(node.wire.name)))

    def share_name(self, node: Node, nodes: list[Node]) -> None:
        """An array that is filled part by part keeps one name, if nothing reads it whole in between."""
        if node.gate is None or node.gate.name != "setitem" or id(node) not in self.of:
            return
        before = node.operands[0]
        readers = [n for n in nodes if any(o is before for o in n.operands) and n is not node]
        known = isinstance(before, Node) and before.wire.name == node.wire.name
        if known and id(before) not in self.of and all(is_part(n) for n in readers):
            self.of[id(before)] = self.of[id(node)]
            self.in_place.add(id(before))

    def give(self, node: Node, name: str) -> str:
        """Write a node under a name from here on."""
        self.of[id(node)] = name
        self.taken |= {name, f"d{name}"}
        return name

    def invent(self, node: Node, stage: Node | None, output: str) -> str:
        """A name for a value that has none; `stage` is the one whose line it is computed in."""
        near = identifier(self.of.get(id(stage), output))
        wish = self.wish(node)
        if (
            stage is not None
            and stage.gate
            and stage.gate.name in SWITCHES
            and node in stage.operands
        ):
            wish = f"pre{near}"
        if not wish or len(wish) > LONGEST or not wish.isidentifier():
            wish = f"{near}1"
        return self.give(node, self.free(wish))

    def spoken(self, node: Node) -> str:
        """How a value is called inside a longer name."""
        found = self.of.get(id(node))
        if found is not None:
            return identifier(found)
        inside = [o for o in node.operands if isinstance(o, Node)]
        if node.gate is not None and node.gate.elementwise and len(inside) == 1:
            return self.spoken(inside[0])  # a constant beside it is left unsaid
        return self.wish(node)

    def wish(self, node: Node) -> str:
        """A name that says how the value is made, of the names that it is made from."""
        if node.gate is None:
            return ""
        parts = [self.spoken(o) for o in node.operands if isinstance(o, Node)]
        kind = node.gate.name
        if not parts or not all(parts):
            return ""
        if kind == "power" and node.operands[1] == 2:
            return f"{parts[0]}sqr"
        if kind == "div" and len(parts) == 1 and not isinstance(node.operands[0], Node):
            return f"inv{parts[0]}"
        if len(parts) == 2 and kind in BINARY:
            return BINARY[kind].format(*parts)
        if len(parts) == 2 and kind in PRODUCTS:
            return f"{parts[0]}dot{parts[1]}"
        if kind in BINARY or len(parts) > 1:
            return ""
        return f"{SHORT.get(kind, kind)}{parts[0]}"

    def free(self, wish: str) -> str:
        """The wish itself, or with the first number behind it that makes it new."""
        if self.fits(wish):
            return wish
        stem = wish.rstrip("0123456789") or wish
        number = self.numbers.get(stem, 1)
        while not self.fits(f"{stem}{number}"):
            number += 1
        self.numbers[stem] = number + 1
        return f"{stem}{number}"

    def fits(self, name: str) -> bool:
        return (
            name not in self.taken and f"d{name}" not in self.taken and not keyword.iskeyword(name)
        )


def is_part(node: Node) -> bool:
    """Whether a node takes a part of an array."""
    return node.gate is not None and node.gate.name == "getitem"


def identifier(name: str) -> str:
    """A name that Python takes: `h_0` for `h[0]`, `sigmoid_e` for the `e` of a helper."""
    return re.sub(r"\W+", "_", name).strip("_") or "value"
