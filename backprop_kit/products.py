"""Every product of two arrays: matrix products with transposes, outer and inner products, stacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

from backprop_kit.stacks import behind, for_each, stacks_agree, unstacked
from backprop_kit.terms import Shape, Term, broadcast, met, said, together, views


def products(gradient: Term, other: Term, wanted: Shape) -> list[list[Term]]:
    """The products that have the wanted shape, each as the list of its spellings."""
    found: dict[object, list[Term]] = {}
    for term in tried(gradient, other, wanted):
        if term.shape == wanted:
            found.setdefault(term.meaning, []).append(term)
    return list(found.values())


def tried(gradient: Term, other: Term, wanted: Shape) -> Iterator[Term]:
    """Every product there is; where spellings agree, the one in the notes' manner comes first."""
    if not (gradient.shape and other.shape):
        yield from (scaled(a, b) for a, b in product(views(gradient), views(other)))
        return
    for left, right in matrix_pairs(gradient, other):
        term = times(left, right)
        if term is None:
            continue
        if left.ndim == 1 or right.ndim == 1:
            yield term
        elif stacks_agree(gradient, other, wanted):
            yield unstacked(term, wanted)
    if len(wanted) == gradient.ndim + other.ndim:
        yield from outer(gradient, other)
    yield from contracted(gradient, other)
    if max(gradient.ndim, other.ndim, len(wanted)) > 2:
        yield from entrywise(gradient, other)


def matrix_pairs(gradient: Term, other: Term) -> list[tuple[Term, Term]]:
    """Both orders with all transposes; a matrix stands before a vector, as in `W.T.dot(dD)`."""
    forward = list(product(views(gradient), views(other)))
    pairs = forward + [(b, a) for a, b in forward]
    return sorted(pairs, key=lambda pair: pair[0].ndim == 1 and pair[1].ndim > 1)


# ----- the kinds of products -----------------------------------------------------------------------


def scaled(number: Term, term: Term) -> Term:
    """A number times an array, or times a number."""
    shape = number.shape or term.shape
    return Term(
        text=f"{number.text} * {term.text}",
        shape=shape,
        axes=number.axes or term.axes,
        why=f"a number times {said(shape)} is {said(shape)}",
    )


def times(left: Term, right: Term) -> Term | None:
    """The matrix product by the rules of `@`, or None if the lengths that must meet differ."""
    meets = max(right.ndim - 2, 0)
    front = broadcast(left.batch, right.batch)
    if left.shape[-1] != right.shape[meets] or front is None:
        return None
    rows = range(left.ndim - 1)[-1:]  # what is neither in front nor summed over: one axis or none
    columns = range(right.ndim)[meets + 1 :]
    shape = (*front, *(left.shape[i] for i in rows), *(right.shape[i] for i in columns))
    flat = max(left.ndim, right.ndim) <= 2
    return Term(
        text=f"{left.text}.dot({right.text})" if flat else f"{left.text} @ {right.text}",
        shape=shape,
        axes=(
            *together(left, right, len(front)),
            *(left.axes[i] for i in rows),
            *(right.axes[i] for i in columns),
        ),
        summed=met([(left.axes[-1], right.axes[meets], left.shape[-1])]),
        why=f"{left.shape} times {right.shape} is {said(shape)}",
    )


def outer(left: Term, right: Term) -> Iterator[Term]:
    """Each number of one with each of the other, the axes of the two in any order that keeps theirs."""
    count = left.ndim + right.ndim
    for places in combinations(range(count), left.ndim):
        if places == tuple(range(count)[-left.ndim :]):
            yield outer_product(right, left)
        else:
            theirs = [i for i in range(count) if i not in places]
            yield ordered(outer_product(left, right), (*places, *theirs))


def outer_product(left: Term, right: Term) -> Term:
    shape = left.shape + right.shape
    function = "np.outer" if len(shape) == 2 else "np.multiply.outer"
    return Term(
        text=f"{function}({left.text}, {right.text})",
        shape=shape,
        axes=left.axes + right.axes,
        why=f"each number of {left.shape} with each of {right.shape} is {shape}",
    )


def ordered(term: Term, places: tuple[int, ...]) -> Term:
    """The same with its axes put at these places."""
    order = tuple(places.index(i) for i in range(term.ndim))
    if order == tuple(range(term.ndim)):
        return term
    shape = tuple(term.shape[i] for i in order)
    return replace(
        term,
        text=f"{term.text}.transpose{order}",
        shape=shape,
        axes=tuple(term.axes[i] for i in order),
        why=f"{term.why}, in another order {shape}",
    )


def contracted(gradient: Term, other: Term) -> Iterator[Term]:
    """One of the two with all its axes summed over, against as many axes of the other."""
    if gradient.ndim == other.ndim > 1:
        yield from (
            summed_up(gradient, view) for view in views(other) if view.shape == gradient.shape
        )
    small, big = sorted((gradient, other), key=lambda term: term.ndim)
    if small.ndim < big.ndim > 2:
        for at in combinations(range(big.ndim), small.ndim):
            if small.shape == tuple(big.shape[i] for i in at):
                yield against(small, big, at)


def summed_up(left: Term, right: Term) -> Term:
    return Term(
        text=f"np.sum({left.text} * {right.text})",
        shape=(),
        axes=(),
        summed=met(zip(left.axes, right.axes, left.shape, strict=True)),
        why=f"{left.shape} with {right.shape}, number by number and added up, is a number",
    )


def against(small: Term, big: Term, at: tuple[int, ...]) -> Term:
    """All axes of the small one summed over, against these axes of the big one."""
    count, first = small.ndim, f"np.tensordot({small.text}, {big.text}, axes="
    if at == tuple(range(count)):
        text = f"{first}{count})"
    elif at == tuple(range(big.ndim)[-count:]):
        text = f"np.tensordot({big.text}, {small.text}, axes={count})"
    else:
        text = f"{first}({list(range(count))}, {list(at)}))"
    rest = [i for i in range(big.ndim) if i not in at]
    shape = tuple(big.shape[i] for i in rest)
    return Term(
        text=text,
        shape=shape,
        axes=tuple(big.axes[i] for i in rest),
        summed=met(
            (axis, big.axes[i], big.shape[i]) for axis, i in zip(small.axes, at, strict=True)
        ),
        why=f"{small.shape} summed against the same lengths in {big.shape} leaves {shape}",
    )


def entrywise(gradient: Term, other: Term) -> Iterator[Term]:
    """A product of vectors, or of a matrix and a vector, for each entry of two stacks."""
    for count in range(1, min(gradient.ndim, other.ndim)):
        one, two = behind(gradient, count), behind(other, count)
        if gradient.shape[:count] == other.shape[:count] and one.ndim + two.ndim < 4:
            terms = [term for pair in matrix_pairs(one, two) if (term := times(*pair))]
            terms += outer(one, two) if one.ndim == two.ndim else ()
            yield from (for_each(gradient, other, count, term) for term in terms)
