"""What would answer an exercise by itself is not there while a notebook is graded.

Cells that draw run all the same, and say that nothing was drawn. In an answer, what stands in is no
number and never becomes one. Finite differences cannot be withheld: they are five lines of Python.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

# Modules that compute gradients, or show them; whatever imports one of them goes with it.
MODULES = (
    *("writer", "replay", "numerical", "circuit", "drawing", "magic"),
    *("controls", "asking", "questions"),
    *(
        "widgets",
        "predicting",
        "comparing",
        "live_score",
        "live_page",
        "live_figures",
        "live_marks",
    ),
)
# The public names that answer by themselves, besides all that live in those modules.
ANSWERS = ("measure",)
DRAWS = ("draw", "play", "trace", "sliders", "self_test", "Circuit", "Drawing")
MACHINES = {
    *("write_backward", "numerical_gradient", "trace", "Circuit", "measure", "vjp", "expected"),
    *("check", "check_gradient", "check_values", "check_gate"),
}


class NotHere:
    """Stands in for what is not there while a notebook is graded, and for all that is asked of it."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> NotHere:
        return self

    def __getattr__(self, name: str) -> NotHere:
        if name.startswith("_"):  # what displays and copies look for
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> NotHere:
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __format__(self, spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"(`{self.__name__}` is not there while a notebook is graded.)"


def withhold() -> None:
    """Put the stand-ins in place, in this process and for good."""
    import backprop_kit
    from backprop_kit.gates import GATES

    for name, home in backprop_kit._HOME.items():
        if home in MODULES or name in ANSWERS:
            setattr(backprop_kit, name, NotHere(name))
    for name in MODULES:
        full = f"backprop_kit.{name}"
        module = types.ModuleType(full)
        module.__getattr__ = NotHere  # type: ignore[method-assign]
        sys.modules[full] = module
    for gate in GATES.values():
        object.__setattr__(gate, "rule", value_alone(gate.rule))


def value_alone(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule of one of the kit's gates without its way back."""

    def backward(df: Any) -> Any:
        raise RuntimeError(
            "the backward of the kit's own gates is not there while a notebook is graded; write "
            "the local gradient yourself"
        )

    def value(*inputs: Any, **settings: Any) -> Any:
        return rule(*inputs, **settings)[0], backward

    made = functools.update_wrapper(value, rule)
    made.__signature__ = inspect.signature(rule)  # type: ignore[attr-defined]
    del made.__wrapped__
    return made


def machines_in(answer: str) -> list[str]:
    """Name what an answer uses that would answer by itself; the text is read, and never run.

    Outside of functions drawing and checking is what a notebook is for; inside of one it is not.
    """
    try:
        tree = ast.parse(answer)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
        alone = name in MACHINES and name not in DRAWS and not name.startswith("check")
        if name in MACHINES and (id(node) in inside or alone):
            found[name] = None
    return list(found)
