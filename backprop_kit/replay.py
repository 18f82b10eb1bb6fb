"""The written circuit, compiled: forward and backward as one plain Python function.

Tracing finds out what the gates are; after that nothing is left of the tape. What runs is the source
that `write_backward` prints, at the speed of code written by hand.
"""

from __future__ import annotations

import linecache
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from backprop_kit.circuit import Circuit
from backprop_kit.nodes import output_of
from backprop_kit.parts import TraceError, exactly
from backprop_kit.writer import Written


def function_of(circuit: Circuit) -> Callable[..., tuple[Any, ...]]:
    """A function of the circuit's inputs, in their order, that returns the output and a gradient on each.

    Lists come in as lists, and their gradients go out as lists. Raises `TraceError` for a circuit that
    took a branch: with other inputs it might be another circuit, which only `Circuit.run` notices.
    """
    refuse_decisions(circuit)
    writing = Written(circuit, flat=True)
    text = source(circuit, writing)
    file = f"<circuit {id(circuit):x}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {**circuit.code.source.scope(), **writing.wording.values}
    exec(compile(text, file, "exec"), scope)
    made: Callable[..., tuple[Any, ...]] = scope["replay"]
    return made


def refuse_decisions(circuit: Circuit) -> None:
    """Straight-line code is true for all inputs only where none of them decided what is computed."""
    for guard in circuit.guards:
        if guard.seen is exactly and guard.wire.gate is None:
            continue  # labels used as an index: they are read anew at each call
        raise TraceError(
            f"this circuit took a decision on {guard.wire.title}, so with other inputs it may be another "
            "circuit; use `circuit.run(...)`, which looks again"
        )


def source(circuit: Circuit, writing: Written) -> str:
    """The text of the function."""
    given = circuit.given
    body = writing.body()
    written = {id(node.wire): writing.names.of[id(node)] for node in writing.nodes if not node.gate}
    names = {label: written[id(wire)] for label, wire in circuit.inputs.items()}
    heads = [f"{tuple_text(n, v, names)} = {n}" for n, v in given.items() if is_nested(v)]
    there = {line.target for line in writing.lines}
    results = [writing.names.of[id(output_of(circuit, writing.nodes))]]
    for name, value in given.items():
        if name != f"d{circuit.output_name}":
            results.append(gradient_text(name, value, names, there))
    lines = [*heads, *body, f"return {', '.join(results)}"]
    return f"def replay({', '.join(given)}):\n" + textwrap.indent("\n".join(lines), "    ") + "\n"


def is_nested(value: Any) -> bool:
    """Whether an input is made of parts that have names of their own."""
    return isinstance(value, list | tuple) and bool(value)


def tuple_text(label: str, value: Any, names: Mapping[str, str]) -> str:
    """`(w_0, w_1)`: the parts of a list, to be unpacked at once."""
    if not is_nested(value):
        return names[label]
    parts = [tuple_text(f"{label}[{i}]", v, names) for i, v in enumerate(value)]
    return f"({', '.join(parts)},)"


def gradient_text(label: str, value: Any, names: Mapping[str, str], there: set[str]) -> str:
    """`[dw_0, dw_1]`: the gradients on the parts of a list; None where an input has none."""
    if is_nested(value):
        parts = [gradient_text(f"{label}[{i}]", v, names, there) for i, v in enumerate(value)]
        return f"[{', '.join(parts)}]"
    if label not in names:
        return "None"
    d = f"d{names[label]}"
    if d in there:
        return d
    return "0.0" if getattr(value, "ndim", 0) == 0 else "None"
