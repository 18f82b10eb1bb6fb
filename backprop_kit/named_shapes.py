"""What dimension analysis is given: names that are read as variables or gradients, and shapes."""

from __future__ import annotations

import keyword
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop_kit.source import StagedError

Shape = tuple[int, ...]
MOST_AXES = 8  # of an operand: the ways in which axes can be matched double with each

# Words that a forward value may well be called: `data` is no gradient on `ata`. Short ones such as
# `dt` and `dim` are left to the gradients on `t` and `im`.
FORWARD_WORDS = frozenset(
    [
        "data",
        "dates",
        "decoder",
        "degree",
        "degrees",
        "denominator",
        "dense",
        "density",
        "depth",
        "descriptors",
        "design",
        "diag",
        "dictionary",
        "diff",
        "difference",
        "differences",
        "digit",
        "digits",
        "directions",
        "discount",
        "dist",
        "distance",
        "distances",
        "distribution",
        "docs",
        "documents",
        "domain",
        "dropout",
        "duration",
    ]
)


# ----- names ---------------------------------------------------------------------------------------


def variable_of(gradient: Any, shapes: Mapping[str, Shape]) -> str:
    """The variable whose gradient is asked for: `W` for `dW`, and for `dfdW`."""
    if not isinstance(gradient, str):
        raise StagedError(
            f"The first argument is the name of a gradient as text, such as 'dW', and this is "
            f"{gradient!r}; shapes follow by name, as in W=(5, 10)."
        )
    if not (gradient.isidentifier() and gradient.startswith("d") and len(gradient) > 1):
        raise StagedError(
            f"`{gradient}` is no name of a gradient: that is a d and then the name of the variable, "
            f"as `dW` for `W`{suggested(gradient)}"
        )
    if gradient in shapes:
        raise StagedError(
            f"`{gradient}` is what is looked for, so its shape cannot be given; give `{gradient[1:]}=`, "
            "whose shape it must have, and the gradient that arrives, as in dD=(5, 3)."
        )
    if gradient[1:] in shapes:
        return gradient[1:]
    for output, variable in splits(gradient):
        if variable in shapes:
            refuse_unless_number(gradient, output, variable, shapes)
            return variable
    variable = next((v for f, v in splits(gradient) if f == "f"), gradient[1:])
    raise StagedError(
        f"`{gradient}` must have the shape of `{variable}`, which is not given; add it, as in "
        f"{variable}=(5, 10)."
    )


def suggested(name: str) -> str:
    """The gradient that was meant, if the name of a variable was given."""
    return f"; did you mean `d{name}`?" if name.isidentifier() and name[:1] != "d" else "."


def splits(gradient: str) -> list[tuple[str, str]]:
    """The ways to read a name as `d<output>d<variable>`."""
    at = [i for i in range(2, len(gradient) - 1) if gradient[i] == "d"]
    return [(gradient[1:i], gradient[i + 1 :]) for i in at]


def refuse_unless_number(
    gradient: str, output: str, variable: str, shapes: Mapping[str, Shape]
) -> None:
    """Only of a number is the gradient as large as the variable."""
    shape = shapes.get(output, shapes.get(f"d{output}", ()))
    if shape:
        raise StagedError(
            f"`{gradient}` is the local derivative of `{output}`, which has the shape {shape}, and it "
            f"holds a number for each pair of entries; ask for `d{variable}`, the gradient of the final "
            "number."
        )


def gradients_among(shapes: Mapping[str, Shape], variable: str) -> list[str]:
    """The operands that are gradients, by their names; each as large as its variable, if that is there."""
    found = [name for name in shapes if is_gradient(name, shapes) and name != variable]
    for name in found:
        for own in variables_of(name) & set(shapes):
            refuse_unless_alike(name, own, shapes)
    return found


def is_gradient(name: str, shapes: Mapping[str, Shape]) -> bool:
    """A d and a name behind it, unless it is a word, or has a gradient of its own (`den`, `dden`)."""
    if not name.startswith("d") or len(name) == 1 or f"d{name}" in shapes:
        return False
    return name[1:] in shapes or name not in FORWARD_WORDS


def variables_of(gradient: str) -> set[str]:
    """What a gradient can be the gradient of: `D` for `dD` and for `dfdD`."""
    return {gradient[1:], *(variable for output, variable in splits(gradient) if output == "f")}


def refuse_unless_alike(gradient: str, variable: str, shapes: Mapping[str, Shape]) -> None:
    if shapes[gradient] != shapes[variable]:
        raise StagedError(
            f"`{gradient}` has the shape {shapes[gradient]} and `{variable}` {shapes[variable]}, but a "
            "gradient has the shape of its variable; look again at which of the two is right."
        )


# ----- shapes --------------------------------------------------------------------------------------


def shapes_of(given: Mapping[str, Any]) -> dict[str, Shape]:
    """The shape of each operand; a tuple is a shape, anything else is numbers that have one."""
    if not given:
        raise StagedError(
            "No shapes are given; name the variable, the gradient that arrives and the other operand, "
            "as in dimensions('dW', dD=(5, 3), W=(5, 10), X=(10, 3))."
        )
    for name in given:
        refuse_name(name)
    return {name: shape_of(name, value) for name, value in given.items()}


def refuse_name(name: str) -> None:
    if name == "np":
        raise StagedError(
            "`np` stands for NumPy in the products that are listed; give the operand another name."
        )
    if not name.isidentifier() or keyword.iskeyword(name):
        raise StagedError(
            f"{name!r} is no name that Python code could use; give the operand another name."
        )


def shape_of(name: str, value: Any) -> Shape:
    return lengths(name, value if isinstance(value, tuple) else shape_of_numbers(name, value))


def lengths(name: str, shape: tuple[Any, ...]) -> Shape:
    """A shape that was given as such, with its lengths checked."""
    found = tuple(length(name, shape, item) for item in shape)
    negative = [item for item in found if item < 0]
    if negative:
        raise StagedError(
            f"`{name}` cannot have the shape {shape}: a length is 0 or more, and {negative[0]} is less; "
            "write the length itself."
        )
    if len(found) > MOST_AXES:
        raise StagedError(
            f"`{name}` has {len(found)} axes, and more than {MOST_AXES} are not looked through; leave out "
            "axes that all operands share."
        )
    return found


def length(name: str, shape: tuple[Any, ...], item: Any) -> int:
    try:
        if isinstance(item, bool | np.bool_):
            raise TypeError
        return operator.index(item)
    except TypeError:
        raise StagedError(
            f"`{name}` cannot have the shape {shape}: a length is a whole number, and {item!r} is not; "
            "numbers themselves go in a list or an array."
        ) from None


def shape_of_numbers(name: str, value: Any) -> Shape:
    """The shape of an array, of a list of numbers, or of one number."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise StagedError(
            f"`{name}` is a ragged list: its rows differ in length, so it has no shape; make them "
            "equally long."
        ) from None
    if array.dtype.kind not in "biufc":
        raise StagedError(
            f"`{name}` holds {held(array, value)} and not numbers; give a shape such as (5, 3), or an "
            "array of numbers."
        )
    return array.shape


def held(array: np.ndarray, value: Any) -> str:
    if array.dtype == object and not array.shape:
        return "None" if value is None else f"a {type(value).__name__}"
    return "objects (its dtype is object)" if array.dtype == object else "text or dates"
