"""The tape of a circuit of numbers, written out as Python and compiled, with every wire in it.

A circuit under a slider is run again and again. After a few times it pays to write the gates out, one
line for each value and one for each gradient that arrives, from the lines of their own declarations.
What comes out is what the tape gives, to the last digit; where it is not sure (a nan, an error, a
decision that falls the other way) it leaves the run to the tape.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from backprop_kit.circuit import Circuit
from backprop_kit.declaring import Gate, as_tuple
from backprop_kit.gate_text import GRADIENT, OUTPUT, filled, formulas_of
from backprop_kit.operands import plain
from backprop_kit.wire import Wire

MOST_GATES = 20_000  # more of them, and compiling takes longer than anybody will go on running
Quick = Callable[[Sequence[Any], float], tuple[list[Any], list[float]]]


def quick_tape(circuit: Circuit) -> Quick | None:
    """A function from the values of the inputs, and the gradient on the output, to all values and gradients.

    Both lists are in the order of the tape. None where the circuit is no case for it: where it has
    arrays or too many gates, or where what it decides on is computed behind the output.
    """
    wires = circuit.wires
    if circuit.has_arrays or len(wires) > MOST_GATES or circuit.decides_later:
        return None
    place = {id(wire): i for i, wire in enumerate(wires)}
    scope: dict[str, Any] = {"shares_of": as_tuple, "plain": plain}
    forward = [value_line(wire, place, scope) for wire in wires if wire.gate is not None]
    sources = ", ".join(f"v{i}" for i, wire in enumerate(wires) if wire.gate is None)
    backward = gradient_lines(wires, place, place[id(circuit.output)])
    values = ", ".join(f"v{i}" for i in range(len(wires)))
    gradients = ", ".join(f"d{i}" for i in range(len(wires)))
    lines = [f"({sources},) = given", *forward, *backward, f"return [{values}], [{gradients}]"]
    text = "def quick(given, upstream):\n    " + "\n    ".join(lines)
    exec(compile(text, "<quick>", "exec"), scope)
    made: Quick = scope["quick"]
    return made


def value_line(wire: Wire, place: dict[int, int], scope: dict[str, Any]) -> str:
    """`v3 = v0 * v1`, or a call of the gate where its lines cannot be read."""
    assert wire.gate is not None
    own, parts = place[id(wire)], [operand(o, place) for o in wire.operands]
    text = template(wire.gate)
    if text is None:
        scope[f"rule{own}"] = wire.gate.rule
        return f"v{own}, b{own} = rule{own}({', '.join(parts)}); v{own} = plain(v{own})"
    formulas = formulas_of(wire.gate)
    assert formulas is not None
    scope.update((n, formulas.scope[n]) for n in own_names(wire.gate) if n in formulas.scope)
    value = text[0].format(*parts)
    return f"v{own} = plain({value})" if "np." in value else f"v{own} = {value}"


def gradient_lines(wires: list[Wire], place: dict[int, int], output: int) -> list[str]:
    """`d0 = v1 * d3` for what arrives first at a wire, `d0 += ...` after that."""
    begun, lines = {output}, [f"d{output} = upstream"]
    for wire in reversed(wires):
        own = place[id(wire)]
        if own not in begun:
            lines.append(f"d{own} = 0.0")
            continue
        if wire.gate is None:
            continue
        for at, share in shares(wire, place):
            lines.append(f"d{at} {'+=' if at in begun else '='} {share}")
            begun.add(at)
    return lines


def shares(wire: Wire, place: dict[int, int]) -> list[tuple[int, str]]:
    """What a wire hands back, by the place of each of its operands."""
    assert wire.gate is not None
    own, parts = place[id(wire)], [operand(o, place) for o in wire.operands]
    text = template(wire.gate)
    found = []
    for i, o in enumerate(wire.operands):
        if not isinstance(o, Wire):
            continue
        if text is None:
            found.append((place[id(o)], f"shares_of(b{own}(d{own}))[{i}]"))
        else:
            found.append((place[id(o)], text[1 + i].format(*parts, f=f"v{own}", df=f"d{own}")))
    return found


def operand(value: Any, place: dict[int, int]) -> str:
    """The variable of a wire, or a constant; one that is not finite has no literal of its own."""
    if isinstance(value, Wire):
        return f"v{place[id(value)]}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    return f"({value!r})"


@lru_cache(maxsize=256)
def template(gate: Gate) -> tuple[str, ...] | None:
    """The gate's value and shares as text with places for its operands; None for one of a learner's own."""
    formulas = formulas_of(gate) if gate.is_ours else None
    if formulas is None or gate.settings:
        return None
    put: dict[str, ast.expr] = {n: ast.Name(f"__{i}__") for i, n in enumerate(formulas.inputs)}
    put |= {OUTPUT: ast.Name("__f__"), GRADIENT: ast.Name("__df__")}
    texts = [ast.unparse(filled(part, put)) for part in (formulas.value, *formulas.shares)]
    return tuple(marked(text, len(formulas.inputs)) for text in texts)


@lru_cache(maxsize=256)
def own_names(gate: Gate) -> frozenset[str]:
    """The names that the lines of a gate read: functions such as `_exp`, constants such as `LN2`."""
    formulas = formulas_of(gate)
    assert formulas is not None
    parts = (formulas.value, *formulas.shares)
    return frozenset(n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name))


def marked(text: str, inputs: int) -> str:
    """The text with `{0}`, `{f}`, `{df}` in the places of the names that stand for them."""
    text = text.replace("{", "{{").replace("}", "}}")
    for name in (*map(str, range(inputs)), "f", "df"):
        text = text.replace(f"__{name}__", f"{{{name}}}")
    return text
