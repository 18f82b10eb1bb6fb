"""How a sentence speaks of a wire and its gate: names, formulas, and local gradients in the learner's names."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_kit.dot import SUPERSCRIPT, typeset
from backprop_kit.gate_text import GRADIENT, OUTPUT, filled, formulas_of
from backprop_kit.numerals import MINUS
from backprop_kit.tidy import tidied
from backprop_kit.wire import Wire

LONGEST = 40  # letters of a formula that stands in the place of a name

WIDEST = 60  # letters of a local gradient
UNSAID = "?"  # an operand that takes too many words: a formula in which it stands is not said

# Local gradients as a person would say them, where the declaration takes care of rounding or of ties.
SHORTER = {
    "sigmoid": ("(1 - {f}) * {f}",),
    "maximum": ("{0} >= {1}", "{1} > {0}"),
    "minimum": ("{0} <= {1}", "{1} < {0}"),
    "power": ("{1} * {0} ** ({1} - 1)", "{f} * log({0})"),
    "relu": ("{0} > 0",),
    "absolute": ("sign of {0}",),
}


def said(wire: Wire) -> str:
    """A wire's name, or its formula where it is short, as `w[0] × x[0]`; else the gate it comes from."""
    if wire.name is not None:
        return wire.name
    text = spelled(wire)
    return print_of(text) if text is not None else f"the output of {typeset(wire.label or '')}"


def formula(wire: Wire) -> str | None:
    """What the gate of a wire computes, in the names of its operands: `q × z`; None for an input."""
    text = computed(wire) if wire.gate is not None else None
    return None if text is None else print_of(text)


def locals_of(wire: Wire) -> list[str | None]:
    """The local gradient of a wire on each of its operands, as a formula: `z` and `q` for `q × z`."""
    closed = [enclosed(spelled(operand) or UNSAID) for operand in wire.operands]
    own = enclosed(wire.name or spelled(wire) or UNSAID)
    found = [local(wire, i, closed, own) or UNSAID for i in range(len(closed))]
    return [
        None if UNSAID in text or len(text) > WIDEST else print_of(in_few_brackets(text))
        for text in found
    ]


def local(wire: Wire, at: int, operands: list[str], own: str) -> str | None:
    """One local gradient as Python text."""
    assert wire.gate is not None
    if wire.gate.name == "power" and not isinstance(wire.operands[1], Wire):
        return power_rule(operands[0], float(wire.operands[1]))
    if wire.gate.name in SHORTER and wire.gate.is_ours:
        return SHORTER[wire.gate.name][at].format(*operands, f=own)
    formulas = formulas_of(wire.gate)
    if formulas is None:
        return None
    parts: dict[str, ast.expr] = {
        name: ast.Name(text) for name, text in zip(formulas.inputs, operands, strict=False)
    }
    parts |= {OUTPUT: ast.Name(own), GRADIENT: ast.Constant(1)}
    return without_underscores(ast.unparse(tidied(filled(formulas.shares[at], parts))))


def power_rule(base: str, n: float) -> str:
    """`2 * x` for the square, and so on."""
    if n in (0.0, 1.0):
        return str(int(n))
    if n == -1.0:
        return f"-1 / {base} ** 2"
    return f"{short(n)} * {base}" + ("" if n == 2.0 else f" ** {short(n - 1)}")


# ----- formulas in names ---------------------------------------------------------------------------


def spelled(value: Any) -> str | None:
    """A wire by its name or its formula, a constant by its digits; None where that is too long."""
    if not isinstance(value, Wire):
        return short(value)
    text = value.name if value.name is not None or value.gate is None else computed(value)
    return text if text is not None and len(text) <= LONGEST else None


def computed(wire: Wire) -> str | None:
    """A gate's operation on the names of its operands: `x + y`, `exp(x)`."""
    assert wire.gate is not None
    parts = [spelled(operand) for operand in wire.operands]
    if any(part is None for part in parts):
        return None
    return in_few_brackets(operation(wire, [part for part in parts if part is not None]))


def in_few_brackets(text: str) -> str:
    """The same formula with no more brackets than Python needs."""
    try:
        return ast.unparse(ast.parse(text, mode="eval"))
    except SyntaxError:  # a name that is no Python, such as a key of a dict
        return text


SPOKEN = {"maximum": "max", "minimum": "min", "absolute": "abs"}
COMPARISONS = {">": ">", "≥": ">=", "<": "<", "≤": "<=", "==": "==", "≠": "!="}


def operation(wire: Wire, parts: Sequence[str]) -> str:
    """A gate's operation on texts, as Python."""
    assert wire.gate is not None
    name, symbol = wire.gate.name, wire.gate.symbol
    formulas = formulas_of(wire.gate)
    infix = formulas is not None and isinstance(formulas.value, ast.BinOp)
    if name == "copy":
        return parts[0]
    if name == "neg":
        return f"-{enclosed(parts[0])}"
    if len(parts) == 2 and (infix or name == "power" or symbol in COMPARISONS):
        return f"{enclosed(parts[0])} {COMPARISONS.get(symbol, symbol)} {enclosed(parts[1])}"
    return f"{SPOKEN.get(name, name)}({', '.join(parts)})"


def enclosed(text: str) -> str:
    """A formula in brackets where it stands inside another."""
    return f"({text})" if " " in text or text.startswith("-") else text


def short(value: Any) -> str | None:
    """A constant as text; None for an array."""
    if np.ndim(value):
        return None
    return str(int(value)) if float(value).is_integer() else f"{value:.3g}"


def without_underscores(text: str) -> str:
    """The kit's own functions by the names that everybody knows: `_cos` is cos."""
    return re.sub(r"\b_(?=[a-z])", "", text)


def print_of(text: str) -> str:
    """A formula as print has it: × for *, a true minus, x² for x ** 2."""
    squared = re.sub(r" \*\* (\d)\b(?!\.)", lambda found: found[1].translate(SUPERSCRIPT), text)
    for typed, printed in PRINTED.items():
        squared = squared.replace(typed, printed)
    return squared


PRINTED = {" ** ": "^", "*": "×", "-": MINUS, ">=": "≥", "<=": "≤", "!=": "≠"}
