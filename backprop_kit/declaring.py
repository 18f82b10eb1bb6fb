"""What a gate is, and how one is declared.

Kept apart from the gates themselves so that `gates.py` reads as what it is: a page of calculus.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any

import numpy as np

Backward = Callable[[Any], Any]
Rule = Callable[..., tuple[Any, Backward]]


@dataclass(frozen=True, eq=False)
class Gate:
    """One operation: how it is shown, what it computes, and how gradients pass back through it."""

    name: str
    symbol: str
    example: tuple[Any, ...]
    rule: Rule = field(repr=False)
    elementwise: bool = True
    settings: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether the kit declares it, and not a learner."""
        return _is_ours(self.rule)

    @property
    def takes_any_number(self) -> bool:
        """Whether it joins however many inputs it is given, as `concatenate` does."""
        kinds = (p.kind for p in inspect.signature(self.rule).parameters.values())
        return inspect.Parameter.VAR_POSITIONAL in kinds

    @property
    def pattern(self) -> str:
        """What the gate does with a gradient, in one sentence."""
        return (inspect.getdoc(self.rule) or "").partition("\n\n")[0].replace("\n", " ")

    def __call__(self, *inputs: Any, **settings: Any) -> Any:
        """The gate's value, such as `sigmoid(0.0) == 0.5`."""
        return self.vjp(*inputs, **settings)[0]

    def vjp(self, *inputs: Any, **settings: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """The value, and the function that turns a gradient on it into gradients on the inputs.

        `mul.vjp(3.0, -4.0)` gives `-12.0` and a function that maps `1.0` to `(-4.0, 3.0)`; `settings`
        are those of the gate, such as `axis=0`. The gradients have the shape of the inputs once
        they are summed over the axes along which these were repeated.
        Raises `WrongGate` if the number of inputs is not the gate's own.
        """
        if len(inputs) != len(self.example) and not self.takes_any_number:
            raise WrongGate(
                f"the gate `{self.name}` takes {_count(len(self.example), 'input')}, "
                f"but was given {len(inputs)}"
            )
        try:
            value, backward = self.rule(*inputs, **settings)
        except TypeError:
            self.refuse_text(inputs)
            raise
        return value, lambda df: as_tuple(backward(df))

    def refuse_text(self, inputs: tuple[Any, ...]) -> None:
        """Raise `WrongGate` for an input that is no number and no array of numbers."""
        for given in inputs:
            if given is None or np.asarray(given).dtype.kind in "US":
                raise WrongGate(
                    f"the gate `{self.name}` computes with numbers, and {given!r} is none"
                )


class WrongGate(ValueError):
    """A gate that cannot be right: the message says what was expected and what was found."""

    def _render_traceback_(self) -> list[str]:
        """Notebooks show the sentence alone."""
        return [f"WrongGate: {self}"]


GATES: dict[str, Gate] = {}
SPELLED: dict[Any, Gate] = {}
ATTEMPTS: dict[str, Gate] = {}
"""The last gate of a learner's own under each name, those too that were refused."""

# Set by the package to the check that holds a new gate against nudging; None while it is not.
verify: Callable[[Gate], None] | None = None


def gate(
    symbol: str, *, example: tuple[Any, ...], spelled: Any = (), elementwise: bool = True
) -> Callable[[Rule], Gate]:
    """Declare a gate: the decorated function returns its value and its `backward`.

    `symbol` is what a drawing shows; `example` holds one number (or array) for each input, where the
    gate is smooth; `spelled` names the Python functions that mean this gate, such as `math.exp`. The
    docstring's first sentence says what the gate does with a gradient. A gate treats the elements of
    arrays one by one, unless `elementwise=False` says that it does not. Arguments by keyword alone
    are its settings, such as an axis.

    A gate of your own is tried at its example at once: `WrongGate` says what does not fit. What
    is not written yet, and so gives None, is said, and counts as nan. A gate named like one of the kit's works under its name, but `GATES` keeps the kit's.
    """

    def declare(rule: Rule) -> Gate:
        parameters = inspect.signature(rule).parameters.values()
        settings = tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
        given = tuple(example) if isinstance(example, tuple | list) else (example,)
        made = Gate(rule.__name__, symbol, given, rule, elementwise, settings)
        if not _is_ours(rule):
            ATTEMPTS[made.name] = made
            made = _tried_out(made)
        if made.name not in GATES or _is_ours(rule) or not _is_ours(GATES[made.name].rule):
            GATES[made.name] = made
        for function in spelled if isinstance(spelled, tuple | list) else (spelled,):
            SPELLED[function] = made
        return made

    return declare


def _is_ours(rule: Rule) -> bool:
    return str(rule.__module__).startswith(f"{__package__}.")


def _tried_out(made: Gate) -> Gate:
    """Refuse a gate whose parts do not fit together, or whose backward disagrees with nudging.

    A gate that is not finished is given back with nan for what it lacks, so that what is there of
    it can be drawn.
    """
    inputs = len(inspect.signature(made.rule).parameters) - len(made.settings)
    if inputs != len(made.example):
        raise WrongGate(
            f"the gate `{made.name}` has {_count(inputs, 'input')}, but its example has "
            f"{_count(len(made.example), 'number')}: give one number for each input"
        )
    made.refuse_text(made.example)
    result: Any = made.rule(*made.example)
    if result is None:
        print(f"The gate `{made.name}` is not written yet: it returns nothing.")
        return replace(made, rule=_unwritten(made, lambda *inputs: np.nan))
    if not (isinstance(result, tuple) and len(result) == 2 and callable(result[1])):
        raise WrongGate(
            f"the gate `{made.name}` must return its value and its backward function, "
            "as in `return x * y, backward`"
        )
    gradients = as_tuple(result[1](np.ones_like(result[0], dtype=float)[()]))
    if all(each is None for each in gradients):
        print(f"The backward of the gate `{made.name}` is not written yet: it returns nothing.")
        return replace(made, rule=_unwritten(made, lambda *inputs: made.rule(*inputs)[0]))
    if len(gradients) != inputs:
        raise WrongGate(
            f"the backward of the gate `{made.name}` returns {_count(len(gradients), 'gradient')} "
            f"for {_count(inputs, 'input')}: return one for each, in the same order"
        )
    if verify is not None:
        verify(made)
    return made


def _unwritten(made: Gate, value: Callable[..., Any]) -> Rule:
    """The rule of a gate whose gradients are not known yet."""

    @wraps(made.rule)
    def rule(*inputs: Any) -> tuple[Any, Backward]:
        return value(*inputs), lambda df: (np.nan,) * len(inputs)

    return rule


def as_tuple(gradients: Any) -> tuple[Any, ...]:
    """What a `backward` returned, as one gradient for each input."""
    return tuple(gradients) if isinstance(gradients, tuple | list) else (gradients,)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def either(on_numbers: Callable[..., Any], on_arrays: Callable[..., Any]) -> Callable[..., Any]:
    """One function for both: on a single number `math` is several times faster than NumPy."""

    def function(*inputs: Any) -> Any:
        arrays = any(isinstance(x, np.ndarray) for x in inputs)
        return on_arrays(*inputs) if arrays else on_numbers(*inputs)

    function.on_numbers, function.on_arrays = on_numbers, on_arrays  # type: ignore[attr-defined]
    return function
