"""Dimension analysis by hand: pick two operands and how to multiply them, until the shapes fit.

Every pick is worked out beforehand and goes along, so that an answer needs no kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from backprop_kit.candidates_html import code_spans
from backprop_kit.fitting import DOT, OUTER, SUM, TIMES, Pick, Target, choices, picks, ways
from backprop_kit.palette import colours
from backprop_kit.source import StagedError
from backprop_kit.terms import Term, operand, said
from backprop_kit.themes import on_pages

if TYPE_CHECKING:
    from backprop_kit.shapes import Candidates

STATIC = Path(__file__).parent / "static"
MOST_OPERANDS = 10
SIGNS = {DOT: ".dot", TIMES: "*", OUTER: "np.outer", SUM: "sum of *"}
TASK = "`{gradient}` must have the shape of `{variable}`, {shape}. Which product has it?"
START = "Pick a first and a second operand, with the mouse or with the Tab and arrow keys."
FIRST, SECOND = "Now pick the second operand.", "Now pick the first operand."
ONLY = "No other product of two of them does."
ALL = "These are all: {count} fit, and which of them is right, shapes cannot say."
MORE = "Found {found} of {count}: which others fit?"
BEYOND = "Others that fit are written in other ways; they stand in the list."
NONE = "This time no product fits; the list says why."
WITHOUT = (
    "`{gradient}` must have the shape of `{variable}`, {shape}. Which product of {operands} has it? "
    "Where buttons cannot be shown, work it out on paper; then `dimensions` itself says what fits."
)


class DimensionPicker(anywidget.AnyWidget):
    """The puzzle in a notebook: `found` lists the products found so far, `choice` is what is picked.

    Both can be observed and linked. `choice` holds the numbers of the left operand, the way to
    multiply and the right operand, None for what is not picked yet.
    """

    _esm = STATIC / "dimensions.js"
    _css = traitlets.Unicode().tag(sync=True)
    puzzle = traitlets.Dict().tag(sync=True)
    choice = traitlets.Dict().tag(sync=True)
    found = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, candidates: Candidates, pairs: Sequence[tuple[Term, Term]]) -> None:
        puzzle = puzzle_of(candidates, tuple(pairs))
        super().__init__(
            puzzle=puzzle, choice={"left": None, "how": 0, "right": None}, _css=style()
        )
        self._without = without(candidates)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """A page that has no widgets shows the question, and not its answer."""
        made = super()._repr_mimebundle_(**options)
        shown, about = made if isinstance(made, tuple) else (made or {}, {})
        page = f"<p>{code_spans(self._without)}</p>"
        return {**shown, "text/html": page, "text/plain": self._without}, about


def puzzle_of(candidates: Candidates, pairs: tuple[tuple[Term, Term], ...]) -> dict[str, Any]:
    """All that the page shows, in any state that can be picked. Raises `StagedError`."""
    operands = [operand(name, shape) for name, shape in candidates.shapes.items()]
    if len(operands) > MOST_OPERANDS:
        raise StagedError(
            f"These are {len(operands)} operands, and more than {MOST_OPERANDS} are too many to pick from; "
            "leave out those that are not in the operation."
        )
    target = Target(candidates.variable, candidates.shape, pairs)
    picked = choices(operands)
    signs = ways(picked, target)
    tried = picks(picked, signs, target)
    reached = {pick.number for pick in tried if pick.number is not None}
    return {
        "gradient": candidates.gradient,
        "variable": candidates.variable,
        "shape": list(candidates.shape),
        "said": said(candidates.shape),
        "choices": [
            {"text": t.text, "shape": list(t.shape), "said": said(t.shape)} for t in picked
        ],
        "ways": [{"how": how, "sign": sign(how, picked)} for how in signs],
        "picks": [as_list(pick) for pick in tried],
        "count": len(reached),
        "texts": texts(candidates, len(reached)),
        "answer": candidates._repr_html_(),
    }


def sign(how: str, operands: Sequence[Term]) -> str:
    """How a way to multiply is written; stacks of matrices are multiplied with `@`."""
    return "@" if how == DOT and any(term.ndim > 2 for term in operands) else SIGNS[how]


def as_list(pick: Pick) -> list[Any]:
    """Without names, for there are hundreds of them."""
    shape = None if pick.shape is None else list(pick.shape)
    return [pick.verdict, pick.number, shape, pick.text, code_spans(pick.sentence)]


def texts(candidates: Candidates, count: int) -> dict[str, str]:
    """The sentences that say how far one is, as HTML; the page puts numbers into some."""
    task = TASK.format(
        gradient=candidates.gradient, variable=candidates.variable, shape=said(candidates.shape)
    )
    done = ALL.format(count=count) if count > 1 else ONLY
    if len(candidates) > count:
        done = f"{ALL.format(count=count)} {BEYOND}"
    start = START if len(candidates) else f"{START} {NONE}"
    every = {"task": task, "start": start, "first": FIRST, "second": SECOND, "more": MORE}
    every["done"] = done
    return {name: code_spans(text) for name, text in every.items()}


def without(candidates: Candidates) -> str:
    """The question in words."""
    listed = ", ".join(f"`{n}` {said(s)}" for n, s in candidates.shapes.items())
    return WITHOUT.format(
        gradient=candidates.gradient,
        variable=candidates.variable,
        shape=said(candidates.shape),
        operands=listed,
    )


# ----- colours -------------------------------------------------------------------------------------

ROOT = ".backprop-dimensions"


def style() -> str:
    """The style sheet, its colours those of the figures; `safe`, since right and wrong are told apart."""
    light, dark = (properties(theme) for theme in ("light", "dark"))
    sheet = f"{ROOT}{{{light}}}@media (prefers-color-scheme:dark){{{ROOT}{{{dark}}}}}"
    sheet += on_pages(ROOT, light, dark)
    return sheet + (STATIC / "dimensions.css").read_text(encoding="utf-8")


def properties(theme: str) -> str:
    shade = colours("safe", theme)
    every = {
        "paper": shade.paper,
        "ink": shade.ink,
        "tile": shade.group,
        "border": shade.border,
        "fits": shade.value,
        "clash": shade.gradient,
    }
    return "".join(f"--{name}:{colour};" for name, colour in every.items())
