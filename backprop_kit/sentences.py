"""The sentences a learner gets, written once for each label: what and where, then why and what to do.

The braces take the learner's own names and lines. No sentence gives the finished formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Words:
    """What is said of a mistake: `what` with the learner's names, `rule` for every line like it.

    `briefly` is the mistake in a few words, for where two cannot be told apart, and for lists.
    """

    what: str
    rule: str
    briefly: str


@dataclass(frozen=True)
class Found:
    """A cause that fits: its label, and what its sentence speaks of."""

    label: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """A cause: its label, the sentence that says it, and another label that fits as well.

    `rule` is the part of the sentence that holds for every such line; `line` and `text` are where
    the slip is, which need not be where the row was last written.
    """

    label: str
    sentence: str
    also: tuple[str, ...] = ()
    rule: str = ""
    line: int | None = None
    text: str = ""


# In the order of the labels: of several causes that fit equally well, the first is named.
WORDS: dict[str, Words] = {
    "missing": Words(
        "I see no `{name}`.",
        "Write a line for the gradient on `{of}` and call it `{name}`, or return it under that name.",
        "a gradient that is not there",
    ),
    "raises": Words(
        "`{name}` was not reached: {where} stopped the {part} pass.",
        "Mend that line first; the gradients after it come into being then.",
        "a line that stops with an error",
    ),
    "not_finite": Words(
        "`{name}` on line {line} (`{text}`) is {found}, where the gradient is a finite number.",
        "Look for a division by zero, a log of zero or an overflow on the way to it.",
        "a value that is no number",
    ),
    "integer_dtype": Words(
        "Line {made} (`{making}`) makes `{name}` an array of whole numbers ({dtype}), and what is "
        "stored in it loses everything after the decimal point.",
        "Begin a gradient as floats: `np.zeros(shape)` gives them, `np.zeros_like` of an array of "
        "integers does not.",
        "an array of integers",
    ),
    "changed_forward": Words(
        "The forward pass is not the one that was given: {differing}.",
        "Put the given lines back and change only what stands after them.",
        "a changed forward pass",
    ),
    "aliased_gradient": Words(
        "`{name}` and `{other}` are one and the same array, so line {line} (`{text}`) changes both.",
        "An assignment gives an array a second name and makes no copy; where a gradient is handed on "
        "to two variables, give one of them a `.copy()`, or write `a = a + b` instead of `+=`.",
        "two names for one array",
    ),
    "mutates_upstream": Words(
        "Line {later} (`{changing}`) changes {changed} in place, {needing}.",
        "A gradient or a cached value that is still needed must stay as it is: make a new array, or "
        "change a copy.",
        "an array changed while it is still needed",
    ),
    "stale_cache": Words(
        "Line {line} (`{text}`) reads `{wrote}`, which {stale}.",
        "A name that is given a second value loses its first: keep every value that the backward pass "
        "needs under a name of its own.",
        "a name that holds another value by now",
    ),
    "used_before_complete": Words(
        "Line {line} (`{text}`) reads `{wrote}` before line {later} has added its part to it.",
        "Finish a gradient before it is used: go through the stages from the last to the first, and "
        "collect all contributions to a variable before passing it on.",
        "a gradient used before it is complete",
    ),
    "overwrite_at_fork": Words(
        "Line {line} (`{text}`) overwrites what {earlier} put into `{name}`.",
        "Gradients add up at forks: use {adding}.",
        "`=` where `+=` was needed",
    ),
    "missing_path": Words(
        "`{name}` lacks what comes back through {stages}.",
        "Every line that reads `{of}` hands something back to it, and all of it is added up.",
        "a path that is left out",
    ),
    "subtract_instead_of_add": Words(
        "Line {line} (`{text}`) takes a contribution away from `{name}` that should be added to it.",
        "What comes back along different paths is always added up; a minus of the forward pass belongs "
        "to the local derivative.",
        "a contribution that is taken away",
    ),
    "tie_double_count": Words(
        "Line {line} (`{text}`) gives a winner the whole gradient though another that ties with it gets "
        "it as well, and so it counts more than once.",
        "A max hands on as much as it gets: at a tie one input may have all of it, or they share it.",
        "a tie that counts twice",
    ),
    "inverted_mask": Words(
        "Line {line} (`{text}`) hands the gradient to what lost{condition}.",
        "A max (and with it a ReLU) is a switch: the gradient goes to the input that won, and the "
        "others get nothing.",
        "a mask the wrong way round",
    ),
    "max_passes_value": Words(
        "Line {line} (`{text}`) lets a forward value through, where a max hands on the gradient alone.",
        "A max is a switch, not a product: whoever won gets the gradient as it is.",
        "a value where a max only routes",
    ),
    "missing_unbroadcast_sum": Words(
        "{unsummed}",
        "To repeat a value along an axis, as broadcasting does, is a fork: its gradient is the sum "
        "over that axis.",
        "a sum over a broadcast axis left out",
    ),
    "wrong_sum_axis": Words(
        "Line {line} (`{text}`) does not sum over the axes that it should.",
        "Sum over just those axes along which the variable was repeated; what is left has its shape, "
        "here {left}.",
        "a sum over another axis",
    ),
    "dropped_keepdims": Words(
        "`{name}` has shape {found} and `{of}` has shape {shape}: the numbers are right, an axis is lost.",
        "A sum takes its axis away; `keepdims=True` keeps it, with length 1.",
        "an axis of length 1 lost",
    ),
    "extra_keepdims_shape": Words(
        "`{name}` has shape {found} and `{of}` has shape {shape}: the numbers are right, an axis is too many.",
        "A gradient has exactly the shape of its variable: leave `keepdims` out, or reshape.",
        "an axis of length 1 too many",
    ),
    "wrong_shape": Words(
        "`{name}` has shape {found}, and `{of}` has shape {shape}.",
        "A gradient has exactly the shape of its variable: write the shapes of what the line reads "
        "beside it, and see which product or sum leads there.",
        "another shape",
    ),
    "mean_instead_of_sum": Words(
        "Line {line} (`{text}`) takes a mean where a sum belongs{times}.",
        "Contributions are added up; they are divided only where the forward pass divides.",
        "a mean for a sum",
    ),
    "double_batch_scale": Words(
        "Line {line} (`{text}`) {dividing}.",
        "A mean in the forward pass is one division by the number of its terms, and so it is in the "
        "backward pass: once, on the way from the mean to what it was taken of.",
        "a division by the number of examples that is missing or done twice",
    ),
    "missing_transpose": Words(
        "Line {line} (`{text}`) has a transpose too few or too many in `{wrote}`.",
        "In the gradient of a matrix product the other operand stands transposed: check the shapes, and "
        "where they cannot tell, follow one entry by hand.",
        "a transpose left out or too many",
    ),
    "swapped_matmul_order": Words(
        "On line {line} (`{text}`) the operands of the matrix product stand in the wrong order.",
        "`A @ B` is not `B @ A`: the operand beside the variable keeps the side it had, and the gradient "
        "from above takes the place of the variable.",
        "a matrix product in the wrong order",
    ),
    "elementwise_instead_of_matmul": Words(
        "Line {line} (`{text}`) has {wrote} where {meant} belongs.",
        "The kind of product that the forward pass takes comes back in the gradient: `@` for `@`, and "
        "`*` for `*`.",
        "the wrong kind of product",
    ),
    "multiply_not_swapped": Words(
        "Line {line} (`{text}`) takes `{wrote}` where the factor beside `{of}` in {stage_text} belongs.",
        "A product hands each input the *other* one times the gradient: the inputs are swapped.",
        "a product whose inputs are not swapped",
    ),
    "product_of_three": Words(
        "Line {line} (`{text}`) does not have the factors that stand beside `{of}` in {stage_text}.",
        "The gradient on one factor is the gradient from above times all of the others, each once.",
        "a factor of a long product left out or mistaken",
    ),
    "same_input_twice": Words(
        "`{of}` stands more than once in {stage_text}, and line {line} (`{text}`) counts one of them.",
        "Each place where a variable is read hands something back, in the same line too; add them up.",
        "a variable that is read twice, counted once",
    ),
    "equally_misread_as_half": Words(
        "Line {line} (`{text}`) shares the gradient out among the inputs of a sum.",
        "An add gate copies: every input gets the whole gradient, however many there are.",
        "a gradient shared out by a sum",
    ),
    "missing_upstream_factor": Words(
        "Line {line} (`{text}`) is a local derivative alone; the gradient from above, `{meant}`, is not in it.",
        "The chain rule multiplies: gradient from above times local derivative.",
        "the gradient from above left out",
    ),
    "missing_local_gradient": Words(
        "Line {line} (`{text}`) hands the gradient on without the local derivative of {stage_text}{part}.",
        "The chain rule multiplies: gradient from above times local derivative.",
        "the local derivative left out",
    ),
    "forward_value_instead_of_gradient": Words(
        "Line {line} (`{text}`) reads `{wrote}`, a value of the forward pass, where {gradient} was meant.",
        "What flows backward are the gradients; forward values come in as factors only.",
        "a forward value for its gradient",
    ),
    "pre_vs_post_activation": Words(
        "Line {line} (`{text}`) reads `{wrote}`, from the wrong side of the activation.",
        "Look whether the rule you use is written with what goes into the function or with what comes out.",
        "the wrong side of an activation",
    ),
    "wrong_cached_variable": Words(
        "Line {line} (`{text}`) {misread}.",
        "{look}",
        "another forward value than the one needed",
    ),
    "missing_power_factor": Words(
        "Line {line} (`{text}`) is off by the factor {ratio}, which a power should have brought down.",
        "A power brings its exponent down as a factor; a square brings 2, a root one half.",
        "the factor of a power left out",
    ),
    "lost_minus": Words(
        "Line {line} (`{text}`) has lost a minus.",
        "The local derivative of {stage_text} has a minus of its own: what is subtracted or divided "
        "by pulls the other way.",
        "a lost minus",
    ),
    "wrong_sign": Words(
        "What line {line} (`{text}`) hands back to `{of}` has the wrong sign.",
        "Nudge `{of}` up in your mind: does {stage_text} go up or down with it?",
        "the wrong sign",
    ),
    "wrong_local_derivative": Words(
        "On line {line} (`{text}`) the factor beside the gradient from above is not the derivative of "
        "{stage_text}.",
        "Work that one rule out on paper, for `{of}` alone.",
        "another derivative rule",
    ),
    "unknown": Words(
        "`{name}` on line {line} (`{text}`) is not the gradient on `{of}`, and I cannot tell why.",
        "Work on paper {paper}.",
        "an unknown cause",
    ),
}
LABELS = tuple(WORDS)

# Where no cause is known, but more than that the row is wrong.
ONE_LINE = Words(
    "Line {line} (`{text}`) does not hand back to `{of}` what belongs there, and I cannot tell why; "
    "what the other lines add to `{name}` is right.",
    "Work on paper {paper}.",
    "an unknown cause",
)
NO_NUMBERS = Words(
    "`{name}` on line {line} (`{text}`) is {kind}, and a gradient is numbers.",
    "Let the line give a number, or an array of the shape of `{of}`.",
    "a value that is no number",
)
SAME_EVERYWHERE = Words(
    "`{name}` on line {line} (`{text}`) is a number, the same for all inputs, and it is not the gradient "
    "on `{of}` everywhere.",
    "Write it with the names of the values that it is made of: then it holds for other inputs, too.",
    "a number where names are needed",
)
SPOILT = Words(
    "`{name}` was right until line {line} (`{text}`) changed it.",
    "What is made of a gradient that is complete gets a name of its own.",
    "a gradient changed after it was right",
)
BEGINNING = Words(
    "`{name}` on line {line} (`{text}`) is where the backward pass begins, and it must be 1.",
    "The output moves exactly as much as itself.",
    "another beginning than 1",
)
BEGINNING_OF_ARRAYS = Words(
    "`{name}` on line {line} (`{text}`) is where the backward pass begins, and it must be the "
    "gradient that comes from above.",
    "Take it as it is handed in: it has one number for each element of the output.",
    "another beginning than the gradient from above",
)


# Labels that neither numbers nor the text of a line can always tell apart: both are then named.
TWINS = {
    "mutates_upstream": ("aliased_gradient",),
    "stale_cache": ("wrong_cached_variable",),
    "subtract_instead_of_add": ("wrong_sign", "lost_minus"),
    "inverted_mask": ("wrong_sign",),
    "mean_instead_of_sum": ("double_batch_scale",),
    "missing_transpose": ("swapped_matmul_order",),
    "elementwise_instead_of_matmul": ("missing_unbroadcast_sum",),
    "multiply_not_swapped": ("wrong_cached_variable", "forward_value_instead_of_gradient"),
    "product_of_three": ("wrong_local_derivative", "wrong_cached_variable"),
    "same_input_twice": ("missing_power_factor",),
    "missing_local_gradient": ("lost_minus", "wrong_local_derivative"),
    "pre_vs_post_activation": ("wrong_cached_variable", "wrong_local_derivative"),
    "wrong_cached_variable": ("wrong_local_derivative", "missing_power_factor"),
    "missing_power_factor": ("wrong_local_derivative", "same_input_twice"),
    "lost_minus": ("wrong_local_derivative", "wrong_sign"),
    "wrong_local_derivative": ("lost_minus", "missing_power_factor", "wrong_cached_variable"),
    "max_passes_value": ("forward_value_instead_of_gradient",),
}  # fmt: skip


class Blank(dict[str, Any]):
    """Facts that are not known read as three dots, so that no sentence ever fails."""

    def __missing__(self, key: str) -> str:
        return "..."


def told(
    label: str,
    facts: Mapping[str, Any],
    also: tuple[str, ...] = (),
    words: Words | None = None,
) -> Finding:
    """The finding with its sentence, and a few words on another label that fits as well."""
    words, known = words or WORDS[label], Blank({**DEFAULTS, **facts})
    known.setdefault("misread", MISREAD.format_map(known))
    what, rule = words.what.format_map(known), words.rule.format_map(known)
    other = "".join(f" (The numbers fit another cause as well: {WORDS[a].briefly}.)" for a in also)
    known_rule = "" if label == "unknown" else rule
    line, text = facts.get("line"), facts.get("text", "")
    return Finding(label, f"{what} {rule}{other}", also, known_rule, line, text)


MISREAD = "reads `{wrote}`, and that is not the forward value that belongs there"
DEFAULTS = {
    "adding": "`+=`",
    "condition": "",
    "part": "",
    "times": "",
}
