"""Backward passes that are wrong, as people get them wrong, each with the label of its cause.

What the engine that finds causes is measured with. A label is decided by what the learner did and
by the meaning of the labels alone, never by what the engine says. A module of the bank keeps right
programs in `PROGRAMS` and the slips in them in `SLIPS`.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import dedent, indent
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Program:
    """A right program: a forward pass and its backward pass, as the text of a cell."""

    name: str
    forward: str
    backward: str
    inputs: Mapping[str, Any]
    wrt: tuple[str, ...]
    output: str = "f"
    upstream: Any = None

    def text(self, backward: str | None = None) -> str:
        """The whole cell, with its own backward pass or another one."""
        return self.forward + "\n" + (self.backward if backward is None else backward)


@dataclass(frozen=True)
class Slip:
    """A wrong backward pass of a program: which row is the first wrong one, and by what cause."""

    program: str
    label: str
    row: str  # the d-name that must be the first wrong one and carry the label
    backward: str  # the whole wrong backward pass
    by: str  # "hand" or "operator"
    why: str = ""  # where the label is debatable, or what the learner was thinking
    also: tuple[str, ...] = ()  # labels that numbers and text cannot tell from it
    others: tuple[tuple[str, str], ...] = ()  # (row, label) of further, independent slips


# Every label but changed_forward, which needs a reference to compare the forward pass with.
NAMES = """
missing raises not_finite integer_dtype aliased_gradient mutates_upstream stale_cache
used_before_complete overwrite_at_fork missing_path subtract_instead_of_add tie_double_count
inverted_mask max_passes_value missing_unbroadcast_sum wrong_sum_axis dropped_keepdims
extra_keepdims_shape wrong_shape mean_instead_of_sum double_batch_scale missing_transpose
swapped_matmul_order elementwise_instead_of_matmul multiply_not_swapped product_of_three
same_input_twice equally_misread_as_half missing_upstream_factor missing_local_gradient
forward_value_instead_of_gradient pre_vs_post_activation wrong_cached_variable
missing_power_factor lost_minus wrong_sign wrong_local_derivative unknown
"""
LABELS = tuple(NAMES.split())


def patched(text: str, old: str, new: str) -> str:
    """`text` with the lines `old`, which must stand in it exactly once, replaced by `new`.

    Both may be several consecutive lines, written without the indentation they have in `text`;
    an empty `new` leaves the lines out. Raises ValueError if `old` is not there once.
    """
    lines, wanted = text.splitlines(), tidy(old).splitlines()
    blocks = ["\n".join(lines[k : k + len(wanted)]) for k in range(len(lines))]
    found = [k for k, block in enumerate(blocks) if tidy(block) == "\n".join(wanted)]
    if len(found) != 1:
        raise ValueError(
            f"these lines stand {len(found)} times in the program:\n{old}\n---\n{text}"
        )
    first = lines[found[0]]
    margin = first[: len(first) - len(first.lstrip())]
    put = indent(tidy(new), margin).splitlines()
    return "\n".join([*lines[: found[0]], *put, *lines[found[0] + len(wanted) :]])


def tidy(text: str) -> str:
    """The lines of `text` without their common margin and the empty lines around them."""
    return dedent(text.strip("\n").rstrip())


def collector(programs: list[Program], slips: list[Slip]) -> tuple[Callable, Callable]:
    """Two functions that put what they are given into the lists: `program(...)`, `slip(...)`.

    `program(name, forward, backward, wrt, inputs, output="f", upstream=None)` takes `wrt` as names
    with spaces between. `slip(program, label, row, old, new, *more, why="", also=(), others=())`
    replaces lines of the right backward pass; `more` holds further pairs of old and new lines.
    """

    def program(
        name: str,
        forward: str,
        backward: str,
        wrt: str,
        inputs: Mapping[str, Any],
        output: str = "f",
        upstream: Any = None,
    ) -> None:
        required = tuple(wrt.split())
        programs.append(
            Program(name, tidy(forward), tidy(backward), inputs, required, output, upstream)
        )

    def slip(
        program: str,
        label: str,
        row: str,
        old: str,
        new: str,
        *more: tuple[str, str],
        why: str = "",
        also: tuple[str, ...] = (),
        others: tuple[tuple[str, str], ...] = (),
    ) -> None:
        (right,) = (p for p in programs if p.name == program)
        backward = right.backward
        for before, after in ((old, new), *more):
            backward = patched(backward, before, after)
        slips.append(Slip(program, label, row, backward, "hand", why, also, others))

    return program, slip


def modules() -> list[ModuleType]:
    """The modules of the bank, in the order of their names: those that keep `SLIPS`."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    loaded = [importlib.import_module(f"{__name__}.{name}") for name in names if name != "table"]
    return [module for module in loaded if hasattr(module, "SLIPS")]


def programs() -> dict[str, Program]:
    """Every right program of the bank, by its name."""
    return {
        program.name: program for module in modules() for program in getattr(module, "PROGRAMS", ())
    }


def slips() -> list[Slip]:
    """Every slip of the bank that was made by hand; `breeding` makes others."""
    return [slip for module in modules() for slip in module.SLIPS]
