"""What becomes of two operands that a learner picked: a shape, whether it is the one needed, and why.

Nothing is searched here. A pick is one way to write a product, multiplied by NumPy's rules on shapes
alone; which products can be the gradient is what `products.py` found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from backprop_kit.products import outer_product, products, scaled, summed_up, times
from backprop_kit.stacks import unstacked
from backprop_kit.terms import Axis, Shape, Term, broadcast, said, views

DOT, TIMES, OUTER, SUM = "dot", "times", "outer", "sum"
FITS, OTHERWISE, MISFIT, UNMET = "fits", "otherwise", "misfit", "unmet"

Meaning = tuple[frozenset[str], object]  # which operands a product has, and which axes meet


@dataclass(frozen=True)
class Target:
    """The gradient that is looked for, and which two operands can be in it, what arrives first."""

    variable: str
    shape: Shape
    pairs: tuple[tuple[Term, Term], ...]

    @property
    def arriving(self) -> frozenset[str]:
        return frozenset(gradient.text for gradient, _ in self.pairs)

    @property
    def beside(self) -> frozenset[str]:
        return frozenset(other.text for _, other in self.pairs)


@dataclass(frozen=True)
class Pick:
    """A product as picked: how it is written, its shape if NumPy has one, and a sentence on it.

    `verdict` is `fits`, `misfit` (another shape), `unmet` (NumPy refuses), or `otherwise` (the shape
    is right, and this product of these two is not what shapes alone can settle). `number` counts the
    products that fit; two spellings of one share it.
    """

    text: str
    shape: Shape | None
    verdict: str
    sentence: str
    number: int | None = None


# ----- what can be picked --------------------------------------------------------------------------


def choices(operands: Iterable[Term]) -> list[Term]:
    """Each operand as it is and, from two axes on, transposed."""
    return [view for term in operands for view in views(term)]


def ways(operands: Sequence[Term], target: Target) -> tuple[str, ...]:
    """The ways to multiply that can come to anything with these operands."""
    vectors = sum(term.ndim == 1 for term in operands) > 1
    number = target.shape == () and any(term.ndim for term in operands)
    return (DOT, TIMES, *((OUTER,) if vectors else ()), *((SUM,) if number else ()))


def picks(choices: Sequence[Term], ways: Sequence[str], target: Target) -> list[Pick]:
    """Every pick there is: by the left operand, then the way, then the right operand."""
    numbered = numbers(target)
    return [
        pick(left, how, right, target, numbered)
        for left, how, right in product(choices, ways, choices)
    ]


def numbers(target: Target) -> dict[Meaning, int]:
    """The products that fit, numbered in the order in which `dimensions` lists them."""
    every = [
        (named(gradient, other), spellings[0].meaning)
        for gradient, other in target.pairs
        for spellings in products(gradient, other, target.shape)
    ]
    return {key: number for number, key in enumerate(every)}


def named(left: Term, right: Term) -> frozenset[str]:
    """The names of two operands, transposed or not."""
    return frozenset(term.text.partition(".")[0] for term in (left, right))


# ----- what becomes of it --------------------------------------------------------------------------


def pick(left: Term, how: str, right: Term, target: Target, numbered: dict[Meaning, int]) -> Pick:
    """Multiply the two, and say what came of it."""
    made = MULTIPLY[how](left, right)
    if isinstance(made, str):
        return Pick(written(left, how, right), None, UNMET, made)
    if len(target.shape) > 1 and made.ndim > 2:
        made = unstacked(made, target.shape)
    why = made.why[0].upper() + made.why[1:]
    if made.shape != target.shape:
        but = f"{why}, and `{target.variable}` has {said(target.shape)}."
        return Pick(made.text, made.shape, MISFIT, but)
    right_shape = f"{why}, the shape of `{target.variable}`."
    number = numbered.get((named(left, right), made.meaning))
    if number is not None:
        return Pick(made.text, made.shape, FITS, right_shape, number)
    but = otherwise(left, how, right, target)
    return Pick(made.text, made.shape, OTHERWISE, f"{right_shape} {but}")


def otherwise(left: Term, how: str, right: Term, target: Target) -> str:
    """Why a product of the right shape is not one that dimension analysis would take."""
    names = named(left, right)
    arriving = names & target.arriving
    if not arriving:
        return (
            f"But what arrives, {listed(target.arriving)}, is not in it, and the chain rule multiplies by "
            "what arrives."
        )
    rest = names - arriving
    if not rest:
        return (
            "But what arrives is a factor of a gradient once, beside a value of the forward pass."
        )
    if not rest & target.beside:
        return (
            f"But beside what arrives stands what `{target.variable}` was multiplied with, and that is "
            f"{listed(target.beside)}."
        )
    if how == TIMES:
        gradient = left if named(left, left) <= arriving else right
        added = "" if gradient.shape == target.shape else " and then summed over an axis"
        return (
            f"It is the gradient if the forward pass multiplied entry by entry{added}; of a matrix product "
            "it is not."
        )
    return "But its axes in front are not those of a stack that the forward pass could have made."


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `X` or `b`."""
    return " or ".join(f"`{name}`" for name in sorted(names))


# ----- by the rules of NumPy, on shapes alone; a sentence where NumPy has no such product -------------


def dotted(left: Term, right: Term) -> Term | str:
    if not (left.shape and right.shape):
        number = left if not left.shape else right
        return f"`{number.text}` is a number, and nothing is summed over: multiply by it with `*`."
    made = times(left, right)
    if made is not None:
        return made
    last, first = left.shape[-1], right.shape[max(right.ndim - 2, 0)]
    if last == first:
        return f"{left.shape} times {right.shape}: the axes in front do not go together."
    return f"{left.shape} times {right.shape}: {last} and {first} have to meet, and they are not equal."


def multiplied(left: Term, right: Term) -> Term | str:
    if not (left.shape and right.shape):
        return scaled(left, right)
    shape = broadcast(left.shape, right.shape)
    if shape is None:
        return (
            f"`*` goes entry by entry, and {left.shape} and {right.shape} do not lie on each other."
        )
    return Term(
        f"{left.text} * {right.text}",
        shape,
        tuple(side_by_side(left, right, len(shape))),
        why=f"entry by entry, {left.shape} times {right.shape} is {shape}",
    )


def side_by_side(left: Term, right: Term, count: int) -> Iterator[Axis]:
    """The axes as broadcasting lays them on each other; one of length 1 is repeated along the other."""
    for back in range(count, 0, -1):
        found = [(t.axes[-back], t.shape[-back]) for t in (left, right) if t.ndim >= back]
        long = [axis for axis, length in found if length != 1]
        yield frozenset[tuple[str, int]]().union(*long or [axis for axis, _ in found])


def outered(left: Term, right: Term) -> Term | str:
    if left.ndim == right.ndim == 1:
        return outer_product(left, right)
    other = left if left.ndim != 1 else right
    return f"`np.outer` takes two vectors, and `{other.text}` is {said(other.shape)}."


def summed(left: Term, right: Term) -> Term | str:
    if left.shape and left.shape == right.shape:
        return summed_up(left, right)
    return (
        f"Entry by entry and added up: that is for two arrays of one shape, and these are "
        f"{said(left.shape)} and {said(right.shape)}."
    )


MULTIPLY = {DOT: dotted, TIMES: multiplied, OUTER: outered, SUM: summed}


def written(left: Term, how: str, right: Term) -> str:
    """A product that NumPy does not have, as it would be written."""
    one, two = left.text, right.text
    if how == DOT:
        return f"{one}.dot({two})" if max(left.ndim, right.ndim) <= 2 else f"{one} @ {two}"
    if how == TIMES:
        return f"{one} * {two}"
    return f"np.outer({one}, {two})" if how == OUTER else f"np.sum({one} * {two})"
