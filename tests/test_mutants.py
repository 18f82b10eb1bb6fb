"""Wrong code is found: right backward passes with one slip in them, held against the checker.

A seeded selection is run; BACKPROP_MUTANTS=all runs every mutant of the corpus (about an hour).
With -s the table of what became of them is printed.
"""

import os
from functools import cache

import numpy as np
import pytest

from tests.mutants import hunt
from tests.mutants.breeding import Mutant, definition, mutants
from tests.mutants.operators import OPERATORS
from tests.test_right import CORPUS

EVERY_MUTANT = os.environ.get("BACKPROP_MUTANTS") == "all"
pytestmark = pytest.mark.timeout(7200 if EVERY_MUTANT else 300)  # whichever test is first runs them
OF_EACH_OPERATOR = 6
ENOUGH_NAMED = 0.97
ENOUGH_ALONE = 0.95  # batchnorm's short formula makes dx from dbeta, and is rightly wrong with it
MOST_NUMBERS, MOST_LINES = 40, 14  # the selection keeps to programs that are checked in a moment

# Programs of which a mutant once slipped through: a dead unit, a loss that is added to after its
# gradient, a placeholder that is returned as it was. All of theirs are run.
ELUSIVE = {"relu_of_relu", "svm_loss_naive", "placeholders_filled_in"}


def selected() -> list[Mutant]:
    """A few mutants of every operator, from all over the corpus."""
    rng = np.random.default_rng(6)
    bred = [m for case in CORPUS if EVERY_MUTANT or is_small(case) for m in mutants(case)]
    if EVERY_MUTANT:
        return bred
    found: dict[str, list[Mutant]] = {name: [] for name in (*OPERATORS, "lines_moved")}
    for at in rng.permutation(len(bred)):
        if len(found[bred[at].operator]) < OF_EACH_OPERATOR:
            found[bred[at].operator].append(bred[at])
    elusive = [m for case in CORPUS if case.name in ELUSIVE for m in mutants(case)]
    return [*elusive, *(mutant for group in found.values() for mutant in group)]


def is_small(case):
    numbers = sum(np.size(value) for value in case.inputs.values())
    return numbers <= MOST_NUMBERS and len(definition(case.function).body) <= MOST_LINES


@cache
def outcomes() -> list[hunt.Outcome]:
    return [hunt.outcome(mutant) for mutant in selected()]


def those(what):
    """The reports on all mutants that came to this, after the table of all; empty if none did."""
    found = [str(o) for o in outcomes() if o.what == what]
    return "\n\n".join([hunt.table(outcomes()), *found]) if found else ""


def test_no_mutant_brings_the_checker_down():
    print("\n" + hunt.table(outcomes()))
    assert not those(hunt.CRASHED), those(hunt.CRASHED)


def test_every_mutant_whose_numbers_differ_is_found():
    assert not those(hunt.MISSED), those(hunt.MISSED)


def test_every_mutant_that_is_right_all_the_same_is_cleared():
    assert not those(hunt.ACCUSED), those(hunt.ACCUSED)


def test_the_changed_line_is_the_first_one_named():
    asked = [o for o in outcomes() if o.named is not None]
    astray = "\n\n".join(str(o) for o in asked if not o.named)
    share = sum(bool(o.named) for o in asked) / len(asked)
    assert share >= ENOUGH_NAMED, f"{hunt.table(outcomes())}\n{astray}"


def test_lines_that_were_not_touched_are_seldom_called_wrong():
    asked = [o for o in outcomes() if o.named is not None]
    blamed = "\n\n".join(str(o) for o in asked if o.beside)
    share = sum(not o.beside for o in asked) / len(asked)
    assert share >= ENOUGH_ALONE, f"{hunt.table(outcomes())}\n{blamed}"


def test_the_selection_is_worth_the_name():
    kinds = {o.mutant.operator for o in outcomes() if o.what == hunt.FOUND}
    assert len(kinds) >= len(OPERATORS) - 3
    assert sum(o.what == hunt.UNCLEAR for o in outcomes()) < len(outcomes()) / 10
