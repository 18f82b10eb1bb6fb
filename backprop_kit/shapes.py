"""Dimension analysis: which products of these arrays have the shape that the gradient must have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from itertools import chain
from typing import Any

from backprop_kit import candidates_html, misfits
from backprop_kit.named_shapes import gradients_among, shapes_of, variable_of, variables_of
from backprop_kit.products import products
from backprop_kit.source import StagedError
from backprop_kit.terms import Shape, Term, operand

__all__ = ["Candidate", "Candidates", "dimensions"]

NEVER = (
    "Shapes never settle a sign, a factor such as 1/N, or whether the operation was elementwise or a "
    "matrix product."
)
LENGTHS = (
    "Where lengths are equal, shapes cannot choose. If the forward pass also runs with lengths that "
    "all differ, ask again with those: the formula is the same for every length."
)
OPERANDS = "Which of the other operands is multiplied with `{variable}` stands in the forward pass."
MOST_SPELLINGS = 2  # of one product, besides the first


def dimensions(gradient: str, /, **shapes_or_arrays: Any) -> Candidates:
    """List the products of two operands that have the shape a gradient must have.

        >>> from backprop_kit import dimensions
        >>> dimensions("dW", dD=(5, 3), W=(5, 10), X=(10, 3))
        `dW` must have the shape of `W`, (5, 10). Exactly one product of `dD` and `X` has it:
          dW = dD.dot(X.T)   (5, 3) times (3, 10) is (5, 10)
        Shapes never settle a sign, a factor such as 1/N, or whether the operation was elementwise or a matrix product.

    `gradient` names what is looked for: `dW`, or `dfdW`, has the shape of `W`. The operands follow by
    name: the variable, the gradient that arrives (a name with a d in front), and what the variable
    was multiplied with. A tuple is a shape; a list, an array or a number is taken for what it
    holds, so `x=3` is a number and `x=(3,)` a vector. Numbers, vectors, matrices and stacks of them
    can be mixed: of a stack the last two axes are transposed, and an axis in front that the
    variable does not have is summed away.

    A product is one gradient that arrives times one forward value: a gradient is linear in what
    arrives. `W` itself is no factor of the gradient on `W`, for `W.dot(X)` is linear in `W` (only
    if there is no other operand, `W` is multiplied with itself), and neither is the output `D`
    of that product. Two spellings of one product, such as `W.T.dot(dD)` and `dD.dot(W)` for a vector
    `dD`, count once.

    Raises `StagedError`, in one sentence, for names and shapes that cannot be used: a variable
    or a gradient that is missing, a length that is negative or not whole, a ragged list, an array of
    objects.

    Source: the notes' section "Gradients for vectorized operations".
    """
    shapes = shapes_of(shapes_or_arrays)
    variable = variable_of(gradient, shapes)
    arriving = gradients_among(shapes, variable)
    if not arriving:
        raise StagedError(
            f"No gradient arrives, and without one a product is no gradient; give the one on the output of "
            f"the operation, a name with a d in front, as in dD=(5, 3){misread(shapes, variable)}."
        )
    pairs = pairs_of(shapes, variable, arriving)
    found = tuple(chain.from_iterable(candidates_of(*pair, shapes[variable]) for pair in pairs))
    return Candidates(
        gradient=gradient,
        variable=variable,
        shape=shapes[variable],
        candidates=found,
        operands=tuple(dict.fromkeys(term.text for term in chain.from_iterable(pairs))),
        notes=tuple(notes(shapes_or_arrays, shapes, variable, arriving, pairs, found)),
        shapes=dict(shapes),
    )


@dataclass(frozen=True)
class Candidate:
    """One product: an expression that Python runs, its shape, and why the dimensions fit.

    `operands` are the names of the gradient that arrives and of what it is multiplied with; `same`
    are other spellings of the product.
    """

    expression: str
    shape: Shape
    why: str
    operands: tuple[str, str]
    same: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Candidates:
    """The products that `dimensions` found, in no order of merit; it iterates over them.

    `operands` are the names of the arrays that were multiplied, `shapes` those of all that was given,
    and `notes` the sentences that belong to the answer. `.play()` asks instead of answering.
    """

    gradient: str
    variable: str
    shape: Shape
    candidates: tuple[Candidate, ...]
    operands: tuple[str, ...]
    notes: tuple[str, ...] = ()
    shapes: Mapping[str, Shape] = field(default_factory=dict, compare=False)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self.candidates)

    def __len__(self) -> int:
        return len(self.candidates)

    def __getitem__(self, at: int) -> Candidate:
        return self.candidates[at]

    @property
    def unique(self) -> bool:
        """Whether the shapes leave exactly one product."""
        return len(self) == 1

    @property
    def expressions(self) -> tuple[str, ...]:
        """The products as Python, with the operands by name and NumPy as `np`."""
        return tuple(candidate.expression for candidate in self)

    @property
    def headline(self) -> str:
        """What shape is needed, and how many products have it."""
        operands = misfits.listing(self.operands)
        of = f"of {operands}" if len(self.operands) == 2 else f"of two among {operands}"
        if not self.candidates:
            count = f"No product {of} has it"
        elif self.unique:
            count = f"Exactly one product {of} has it"
        else:
            count = f"{len(self)} products {of} have it, and the shapes do not tell which is right"
        return (
            f"`{self.gradient}` must have the shape of `{self.variable}`, {self.shape}. "
            f"{count}{':' if self.candidates else '.'}"
        )

    def play(self) -> Any:
        """Ask which product fits, in place of saying it: a widget to pick the two operands in.

        Its `found` lists the products found so far, and can be observed. Where widgets cannot be
        shown, the page asks the question in words.
        """
        arriving = gradients_among(dict(self.shapes), self.variable)
        pairs = pairs_of(dict(self.shapes), self.variable, arriving)
        # Looked up by name, when somebody wants to play: it stands above what it shows.
        return import_module(f"{__package__}.picker").DimensionPicker(self, pairs)

    def __repr__(self) -> str:
        lines = [f"{self.gradient} = {candidate.expression}" for candidate in self]
        width = max(map(len, lines), default=0)
        rows = [
            f"  {line.ljust(width)}   {remark(candidate)}"
            for line, candidate in zip(lines, self, strict=True)
        ]
        return "\n".join((self.headline, *rows, *self.notes))

    def _repr_html_(self) -> str:
        rows = [(f"{self.gradient} = {c.expression}", remark(c, "`")) for c in self]
        return candidates_html.page(self.headline, rows, self.notes)


def remark(candidate: Candidate, quote: str = "") -> str:
    """Why the dimensions fit, and how else the product is written."""
    same = " or ".join(f"{quote}{text}{quote}" for text in candidate.same)
    return f"{candidate.why}; also written {same}" if same else candidate.why


# ----- what is multiplied --------------------------------------------------------------------------


def pairs_of(
    shapes: dict[str, Shape], variable: str, arriving: list[str]
) -> list[tuple[Term, Term]]:
    """Each gradient that arrives with each forward value that can be a factor beside it."""
    forward = [name for name in shapes if name not in (variable, *arriving)]
    pairs = [(d, name) for d in arriving for name in forward if name not in variables_of(d)]
    pairs = pairs or [(d, variable) for d in arriving]
    return [(operand(d, shapes[d]), operand(name, shapes[name])) for d, name in pairs]


def candidates_of(gradient: Term, other: Term, wanted: Shape) -> Iterator[Candidate]:
    for first, *rest in products(gradient, other, wanted):
        same = tuple(dict.fromkeys(term.text for term in rest if term.text != first.text))
        names = (gradient.text, other.text)
        yield Candidate(first.text, first.shape, first.why, names, same[:MOST_SPELLINGS])


# ----- what is said --------------------------------------------------------------------------------


def notes(
    given: dict[str, Any],
    shapes: dict[str, Shape],
    variable: str,
    arriving: list[str],
    pairs: list[tuple[Term, Term]],
    found: tuple[Candidate, ...],
) -> Iterator[str]:
    """The sentences under the products."""
    target = operand(variable, shapes[variable])
    if not found:
        yield from (misfits.why_not(gradient, other, target) for gradient, other in pairs)
    if any(other.text == variable for _, other in pairs):
        yield misfits.itself(variable, bool(found))
    if len({c.operands for c in found}) < len(found):
        yield LENGTHS
    if len({c.operands for c in found}) > 1:
        yield OPERANDS.format(variable=variable)
    for name in arriving:
        yield from misfits.without_a_product(operand(name, shapes[name]), target)
    yield from misfits.readings(given, shapes, arriving)
    yield NEVER


def misread(shapes: dict[str, Shape], variable: str) -> str:
    """A word that begins with a d and was not taken for a gradient."""
    words = [name for name in shapes if name[:1] == "d" and len(name) > 1 and name != variable]
    return f" (`{words[0]}` is read as a forward value)" if words else ""
