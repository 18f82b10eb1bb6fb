"""What would answer an exercise by itself is not there while a notebook is graded.

Cells that draw run all the same, and say that nothing was drawn. In an answer, what stands in is no
number and never becomes one. Finite differences cannot be withheld: they are five lines of Python.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

# Modules that compute gradients, or show them; whatever imports one of them goes with it.
MODULES = (
    *("writer", "replay", "numerical", "circuit", "drawing", "magic"),
    *("controls", "asking", "questions", "widgets", "picker", "comparing", "predicting"),
)
# The public names that answer by themselves, besides all that live in those modules.
ANSWERS = ("measure",)
# These say what is right: there for the cells that check, and not there for an answer that is judged.
CHECKS = ("check", "check_gradient", "check_values", "check_gate", "check_numbers")
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
    for name in CHECKS:
        setattr(backprop_kit, name, outside_of_answers(getattr(backprop_kit, name)))
    for gate in GATES.values():
        object.__setattr__(gate, "rule", value_alone(gate.rule))


_JUDGED = [False]


@contextlib.contextmanager
def judged_answer() -> Iterator[None]:
    """While this lasts, an answer runs in order to be judged."""
    _JUDGED[0] = True
    try:
        yield
    finally:
        _JUDGED[0] = False


def refuse_in_answers(name: str) -> None:
    """Refuse a check while an answer is run in order to be judged."""
    if _JUDGED[0]:
        raise RuntimeError(f"`{name}` is not there for an answer that is judged")


def outside_of_answers(check: Callable[..., Any]) -> Callable[..., Any]:
    """A check that is not there for an answer while that is judged."""

    @functools.wraps(check)
    def checked(*args: Any, **kwargs: Any) -> Any:
        refuse_in_answers(check.__name__)
        return check(*args, **kwargs)

    return checked


def no_way_back(df: Any) -> Any:
    raise RuntimeError(
        "the backward of the kit's own gates is not there while a notebook is graded; write "
        "the local gradient yourself"
    )


def value_alone(rule: Any) -> Any:
    """The rule of one of the kit's gates without its way back, of which nothing is kept either.

    The code of a rule holds that of its backward as a constant, where another takes its place; a
    rule around another rule holds that in a cell.
    """
    code = rule.__code__
    made = types.FunctionType(
        code.replace(co_consts=tuple(map(refusing, code.co_consts))),
        rule.__globals__,
        rule.__name__,
        rule.__defaults__,
        tuple(map(cell_alone, rule.__closure__ or ())),
    )
    made.__kwdefaults__ = rule.__kwdefaults__
    functools.update_wrapper(made, rule, updated=())
    made.__signature__ = inspect.signature(rule)  # type: ignore[attr-defined]
    del made.__wrapped__  # type: ignore[attr-defined]
    return made


def refusing(constant: Any) -> Any:
    """A constant of a rule's code; in the place of its backward, what refuses."""
    if isinstance(constant, types.CodeType) and constant.co_name == "backward":
        return no_way_back.__code__.replace(co_freevars=constant.co_freevars)
    return constant


def cell_alone(cell: types.CellType) -> types.CellType:
    found = cell.cell_contents
    return types.CellType(value_alone(found)) if isinstance(found, types.FunctionType) else cell


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
