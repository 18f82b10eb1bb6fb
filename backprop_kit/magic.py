"""The cell magic `%%backprop x=-2 y=5 z=-4`: the notes' flat style, drawn and checked in place."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backprop_kit.checker import check
from backprop_kit.circuit import trace
from backprop_kit.drawing import draw
from backprop_kit.parts import TraceError
from backprop_kit.staged import StagedError, StagedFunction, gradient_of

WORDS = ("palette", "theme")  # options that are taken as they are written


def load_ipython_extension(ipython: Any) -> None:
    """Teach a notebook `%%backprop`; `%load_ext backprop_kit` calls this."""

    def backprop(line: str, cell: str) -> None:
        show(line, cell, ipython.user_ns)

    backprop.__doc__ = show.__doc__
    ipython.register_magic_function(backprop, "cell", "backprop")


def show(line: str, cell: str, namespace: Mapping[str, Any]) -> None:
    """Draw the circuit of the cell and, where the cell has a backward pass, check it.

        %%backprop x=-2 y=5 z=-4
        q = x + y
        f = q * z
        dq = z
        dz = q

    Inputs stand on the first line, as Python that the notebook can evaluate, or at the top of the
    cell as plain assignments (`x = -2`), which the first line overrides. The cell may call the
    notebook's functions. It writes nothing into the notebook's own variables.

    Options: `output=f`, the name whose gradients are taken; `upstream=1.0`, the gradient on it;
    `palette=safe`; `theme=dark`. Raises `StagedError` in a sentence that says what to change.
    """
    asked = Asked.on(line, namespace)
    # The magic line is line 1 of the cell, so that the sentences count as the reader does.
    code = StagedFunction("\n" + cell, asked.inputs, callables(namespace))
    upstream = f"d{asked.output}"
    if upstream not in asked.inputs and code.receives(upstream):
        asked.inputs[upstream] = 1.0 if asked.upstream is None else asked.upstream
        code = StagedFunction("\n" + cell, asked.inputs, callables(namespace))
    backward = has_backward(code, asked.output)
    show_circuit(code, asked, must=not backward)
    if backward:
        report = check(code, asked.output, upstream=asked.upstream, inputs=asked.inputs)
        displayed(report)


def show_circuit(code: StagedFunction, asked: Asked, must: bool) -> None:
    """Display the figure; one that cannot be had keeps nobody from the report, unless it `must` be."""
    try:
        circuit = trace(code, asked.output, upstream=asked.upstream, inputs=asked.inputs)
        displayed(draw(circuit, **asked.looks))
    except TraceError as error:
        if must:
            raise
        print(error)


def displayed(thing: Any) -> None:
    """Show a figure or a report where the cell shows its output."""
    from IPython.display import display

    display(thing)


def has_backward(code: StagedFunction, output: str) -> bool:
    """Whether the cell writes a gradient after its output."""
    split = code.split(output)
    known = {*code.handed_in, *(a.name for a in code.assignments[:split])}
    return any(gradient_of(a.name, known, output) for a in code.assignments[split:])


def callables(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook's functions and modules; a number of it must be named as an input to be one."""
    return {
        name: value
        for name, value in namespace.items()
        if not name.startswith("_") and (callable(value) or isinstance(value, types.ModuleType))
    }


# ----- the first line ----------------------------------------------------------------------------


@dataclass
class Asked:
    """What the first line of the cell asks for."""

    inputs: dict[str, Any] = field(default_factory=dict)
    output: str = "f"
    upstream: float | None = None
    looks: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def on(cls, line: str, namespace: Mapping[str, Any]) -> Asked:
        """Read the line, its values evaluated in `namespace`. Raises `StagedError`."""
        asked = cls()
        for name, text in arguments(line):
            if name == "output":
                asked.output = text.strip("'\"")
            elif name in WORDS:
                asked.looks[name] = text.strip("'\"")
            elif name == "upstream":
                asked.upstream = evaluated(name, text, namespace)
            elif name in asked.inputs:
                raise StagedError(f"`{name}` is given twice on the first line; give it once.")
            else:
                asked.inputs[name] = evaluated(name, text, namespace)
        return asked


def arguments(line: str) -> list[tuple[str, str]]:
    """`x=-2 w=[2, -3]` as pairs of name and text; spaces may stand wherever Python allows them.

    A word such as `y=5` begins a new argument, unless the one before it is not complete yet.
    """
    found: list[tuple[str, str]] = []
    tight = re.sub(r"\s*(?<![=!<>])=(?!=)\s*", "=", line)
    for word in tight.replace(",", ", ").split():
        name, equals, rest = word.partition("=")
        begins = bool(equals) and name.isidentifier() and not rest.startswith("=")
        if begins and (not found or is_complete(found[-1][1])):
            found.append((name, rest))
        elif found:
            name, text = found[-1]
            found[-1] = name, f"{text} {word}".strip()
        else:
            raise StagedError(needs_equals(word))
    for name, text in found:
        if not is_complete(text):
            raise StagedError(needs_equals(f"{name}={text}"))
    return [(name, text.rstrip(", ")) for name, text in found]


def needs_equals(found: str) -> str:
    """How to write the first line, for one that cannot be read."""
    return (
        f"the first line gives inputs as `name=value`, as in `%%backprop x=-2 y=5`, and here it "
        f"says `{found}`."
    )


def is_complete(text: str) -> bool:
    """Whether the text is one Python expression, with all its brackets closed."""
    try:
        ast.parse(text.rstrip(", "), mode="eval")
    except SyntaxError:
        return False
    return True


def evaluated(name: str, text: str, namespace: Mapping[str, Any]) -> Any:
    """The value of an input, computed as the notebook would compute it."""
    try:
        return eval(text, dict(namespace))
    except Exception as error:
        raise StagedError(
            f"`{name}={text}` on the first line has no value ({type(error).__name__}: {error}); "
            "write a number, or run the cell that defines it first."
        ) from None
