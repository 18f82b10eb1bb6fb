"""What dimension analysis says besides its products: why none fits, and what else would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backprop_kit.products import matrix_pairs, times
from backprop_kit.stacks import stacks_agree
from backprop_kit.terms import Shape, Term, broadcast, said


def listing(names: Iterable[str]) -> str:
    """Names in a sentence: `dD`, `X` and `b`."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def shown(term: Term) -> str:
    return f"`{term.text}` {term.shape}"


# ----- why no product fits -------------------------------------------------------------------------


def why_not(gradient: Term, other: Term, target: Term) -> str:
    """Which dimensions cannot meet."""
    two = f"{shown(gradient)} and {shown(other)}"
    if is_no_such_stack(gradient, other, target):
        return (
            f"{shown(gradient)} does not have the axes in front that `{target.text}` {target.shape} times "
            f"{shown(other)} would have: a product is a stack just as its operands are."
        )
    absent = [n for n in target.shape if n != 1 and n not in gradient.shape + other.shape]
    if absent:
        return (
            f"`{target.text}` has an axis of length {absent[0]}, and neither {shown(gradient)} nor "
            f"{shown(other)} has one."
        )
    if not (gradient.shape and other.shape):
        return f"{two}: a number changes no shape, so their product does not become {said(target.shape)}."
    made = {term.shape for pair in matrix_pairs(gradient, other) if (term := times(*pair))}
    if made:
        possible = " or ".join(said(shape) for shape in sorted(made, key=lambda s: (len(s), s)))
        return f"{two} can be multiplied, transposed or not, to {possible} only."
    return (
        f"{two} cannot meet in a matrix product, transposed or not: it sums over a length that both "
        f"have, and {unmet(gradient, other)}."
    )


def unmet(gradient: Term, other: Term) -> str:
    if set(gradient.shape) & set(other.shape):
        return "the lengths they share do not stand in the places that would have to meet"
    return f"no length of `{gradient.text}` is one of `{other.text}`"


def is_no_such_stack(gradient: Term, other: Term, target: Term) -> bool:
    """Whether the axes in front of the gradient cannot come from the product of the two."""
    dims = [term.ndim for term in (gradient, other, target)]
    return min(dims) > 1 and max(dims) > 2 and not stacks_agree(gradient, other, target.shape)


def itself(variable: str, fits: bool) -> str:
    """What it means that the variable had to be its own partner."""
    if not fits:
        return f"No other operand is given; add what `{variable}` is combined with."
    return (
        f"No other operand is given, so `{variable}` is multiplied with itself in the forward pass, "
        "where each of its places hands back a product of its own; add the other operand if there is one."
    )


# ----- what fits without a product -----------------------------------------------------------------


def without_a_product(gradient: Term, target: Term) -> Iterator[str]:
    """An elementwise operation, or a variable that was broadcast, needs no product."""
    if gradient.shape == target.shape == ():
        return
    if gradient.shape == target.shape:
        yield (
            f"`{gradient.text}` has that shape already: if `{target.text}` went through an elementwise "
            f"operation, its gradient is `{gradient.text}` times a local derivative, entry by entry."
        )
    elif broadcast(target.shape, gradient.shape) == gradient.shape:
        yield (
            f"`{summed_to(gradient, target.shape)}` has that shape, too: if `{target.text}` was "
            "broadcast in the forward pass, as a bias is, its gradient is summed over those axes."
        )


def summed_to(gradient: Term, shape: Shape) -> str:
    """The gradient summed over the axes along which a variable of this shape is repeated."""
    new = gradient.ndim - len(shape)
    once = [i for i in range(new, gradient.ndim) if shape[i - new] == 1 != gradient.shape[i]]
    text = gradient.text
    if once:
        text += f".sum(axis={axes_written(once)}, keepdims=True)"
    if new == gradient.ndim:
        text += ".sum()"
    elif new:
        text += f".sum(axis={axes_written(range(new))})"
    return text


def axes_written(axes: Iterable[int]) -> str:
    found = tuple(axes)
    return str(found[0]) if len(found) == 1 else str(found)


# ----- how the call was read -----------------------------------------------------------------------


def readings(
    given: Mapping[str, Any], shapes: Mapping[str, Shape], arriving: list[str]
) -> Iterator[str]:
    """What the learner may have meant otherwise."""
    if len(arriving) > 1:
        yield (
            f"{listing(arriving)} are read as gradients, of which one product has only one; a forward "
            "value among them needs a name that does not begin with a d."
        )
    whole = [name for name, value in given.items() if type(value) is int]
    if whole:
        name, value = whole[0], given[whole[0]]
        yield (
            f"{listing(whole)} {'is' if len(whole) == 1 else 'are'} read as numbers, not as lengths; a "
            f"vector of length {value} is `{name}=({value},)`."
        )
    lists = [name for name, value in given.items() if isinstance(value, list)]
    if lists:
        name = lists[0]
        yield (
            f"{listing(lists)} came as {'a list' if len(lists) == 1 else 'lists'}: before the product "
            f"is run, make arrays of lists, as in `{name} = np.array({name})`."
        )
    empty = [name for name, shape in shapes.items() if 0 in shape]
    if empty:
        yield (
            f"{listing(empty)} {'has' if len(empty) == 1 else 'have'} an axis of length 0, so there "
            "are no numbers in it: the shapes fit or not as always, and a sum over that axis is 0."
        )
