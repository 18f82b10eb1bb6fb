"""What is said of each mistake, with an example: `python -m tests.mistakes.catalogue` writes it."""

import sys
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from backprop_kit.sentences import LABELS, TWINS, WORDS
from tests.mistakes import Program, Slip, programs, slips
from tests.mistakes.table import label_found, report_of

PATH = Path(__file__).with_name("CATALOGUE.md")
HEAD = """\
# What is said of a mistake

Every cause that `check` can name, in the order in which they are tried, each with a slip from the bank of mistakes in this folder and the sentences that `check` prints for it, word for word. The lines that are wrong are marked; what should stand there is for the learner to find. How often each cause is recognised is in [the table](README.md).

`python -m tests.mistakes.catalogue` writes this page, and a test says when it is out of step.
"""
NO_EXAMPLE = (
    "Named only in grading, where there is a given forward pass to hold the learner's own against; "
    "`check` takes the forward pass as it stands, so the bank has no example."
)
LEFT_OUT = "(a line was left out here)"

# Those of the best sentences that the README of the project quotes.
BEST = [
    "integer_dtype",
    "aliased_gradient",
    "used_before_complete",
    "missing_path",
    "inverted_mask",
    "missing_unbroadcast_sum",
    "same_input_twice",
    "missing_upstream_factor",
    "forward_value_instead_of_gradient",
    "lost_minus",
]


class Example(NamedTuple):
    """A slip that is named, and what is said of it."""

    program: Program
    slip: Slip
    sentence: str


@cache
def example(label: str) -> Example:
    """The shortest slip with this label that is named so, with no second choice if there is one."""
    named = []
    for slip in shortest(label):
        program = programs()[slip.program]
        report = report_of(program, slip.backward)
        if label_found(report, slip.row) == label:
            said = report.reason if report.failure else report[slip.row].reason
            named.append(Example(program, slip, said))
            if not any(row.also for row in report.rows):
                return named[-1]
    if not named:
        raise LookupError(f"none of the shortest slips with the label {label} is named so")
    return named[0]


def shortest(label: str, most: int = 4) -> list[Slip]:
    """The slips with one wrong row and this label, those of the shortest programs first."""
    right = programs()
    every = [s for s in slips() if s.label == label and not s.others]
    return sorted(every, key=lambda s: (len(right[s.program].text(s.backward)), s.backward))[:most]


def marked(program: Program, backward: str) -> str:
    """The cell with its line numbers, and a mark beside the lines that are not those of the program."""
    lines = [("", line) for line in program.forward.splitlines()]
    lines += compared(program.backward.splitlines(), backward.splitlines())
    count, text = 0, []
    for mark, line in lines:
        count += line != LEFT_OUT
        text.append(f"{mark:1} {count if line != LEFT_OUT else '':>2}  {line}".rstrip())
    return "\n".join(text)


def compared(right: list[str], wrong: list[str]) -> Iterator[tuple[str, str]]:
    """The wrong lines, each with its mark, and a note where a line is gone altogether."""
    for kind, start, stop, first, end in SequenceMatcher(None, right, wrong, False).get_opcodes():
        if kind == "delete" and not set(right[start:stop]) <= set(wrong):
            yield ">", LEFT_OUT
        yield from ((">" if kind != "equal" else "", line) for line in wrong[first:end])


def given(program: Program) -> str:
    """The inputs in a few words: single numbers as they are, arrays by their shape."""
    parts = [f"`{name}` {told(value)}" for name, value in program.inputs.items()]
    return f"With {', '.join(parts)}."


def told(value: Any) -> str:
    if isinstance(value, np.ndarray):
        whole = "whole numbers and of " if value.dtype.kind in "iu" else ""
        return f"of {whole}shape {value.shape}"
    return f"= {value}" if np.ndim(value) == 0 else f"a list of {len(value)}"


def entry(label: str) -> str:
    """The part of the page on one label."""
    title = f"## `{label}`\n\n{WORDS[label].briefly[0].upper()}{WORDS[label].briefly[1:]}."
    if label == "changed_forward":
        return f"{title}\n\n{NO_EXAMPLE}"
    program, slip, sentence = example(label)
    cell = f"```text\n{marked(program, slip.backward)}\n```"
    parts = [title, cell, given(program), f"> {sentence}"]
    twins = ", ".join(f"`{twin}`" for twin in TWINS.get(label, ()))
    return "\n\n".join([*parts, *([f"Not always to be told from {twins}."] if twins else [])])


def quoted(label: str) -> str:
    """A sentence with the forward pass it was printed for, as a list of the README has it."""
    program, _, sentence = example(label)
    lines = ", ".join(f"`{line}`" for line in program.forward.splitlines())
    return f"- For {lines}:\n  > {sentence}"


def best() -> str:
    """The list of the project's README."""
    return "\n".join(quoted(label) for label in BEST)


def page() -> str:
    """The whole catalogue, as Markdown."""
    return "\n".join([HEAD, *(f"{entry(label)}\n" for label in LABELS)])


def main(arguments: Sequence[str]) -> None:
    """Write the page; with `--best`, print the list for the project's README instead."""
    if "--best" in arguments:
        print(best())
    else:
        PATH.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
