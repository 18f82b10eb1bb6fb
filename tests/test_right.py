"""Right code is never accused, however it is written."""

import os

import numpy as np
import pytest

from backprop_kit import check
from tests import plainly
from tests.right import (
    arrays,
    cs231n,
    idioms,
    images,
    kinks,
    layers,
    numpy_calls,
    operations,
    scalars,
    scales,
    sequences,
    styles,
)

MODULES = (
    *(scalars, arrays, layers, operations),
    *(cs231n, images, sequences, numpy_calls),
    *(kinks, scales, styles, idioms),
)
CORPUS = [case for module in MODULES for case in module.CASES]
SEEDS = range(int(os.environ.get("BACKPROP_SEEDS", "2")))

# Where the output itself is lost in rounding, or the kinks of two stages cancel, its difference
# quotient is not the gradient; these are looked at only away from the point they are about.
UNMEASURED = {"lost_in_rounding", "cancellation_of_large_terms", "kinks_that_cancel"}

# Right in all that is asked for, with an intermediate that is not what its name says.
REMARKED = {"only_the_gradient_is_returned_scaled"}

every_program = pytest.mark.parametrize("case", CORPUS, ids=[case.name for case in CORPUS])


def test_the_corpus_is_large_and_no_program_is_in_it_twice():
    names = [case.name for case in CORPUS]
    assert len(names) == len(set(names)) >= 90


@every_program
def test_the_program_is_right(case):
    rng = np.random.default_rng(2)
    given = plainly.off(case, case.inputs)
    for _ in range(2):
        inputs = plainly.elsewhere(case.inputs, given, rng)
        for name, by in plainly.off(case, inputs).items():
            assert by < 1 or case.name in UNMEASURED, f"d{name} is {by} times what may be"
    assert case.name in UNMEASURED or max(given.values()) < 1, given


def inputs_for(case, seed):
    """The inputs of the program, and for every other seed others near them."""
    if seed % 2 == 0:
        return case.inputs
    names = plainly.gradients(case, plainly.as_doubles(case.inputs))
    return plainly.elsewhere(case.inputs, names, np.random.default_rng(seed))


@every_program
def test_right_code_is_not_accused(case):
    for seed in SEEDS:
        report = check(
            case.function,
            case.output,
            backward=case.backward,
            wrt=case.wrt,
            seed=seed,
            inputs=inputs_for(case, seed),
        )
        assert report.ok, report
        assert report.score == 1.0
        assert report.first_wrong is None
        assert {row.verdict for row in report.rows} == {"right"}, report
        assert bool(report.remarks) == (case.name in REMARKED), report
        if case.wrt is not None:
            assert {row.of for row in report.rows} >= set(case.wrt)
