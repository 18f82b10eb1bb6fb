"""Long backward passes beyond the notes: right ones are right on every row, and slips are found."""

import numpy as np
import pytest

from backprop_kit import check, trace, write_backward
from tests.beyond import convolution, language_model, lstm

PROGRAMS = [language_model.PROGRAM, lstm.PROGRAM, convolution.PROGRAM]
SLIPS = [(program, slip) for program in PROGRAMS for slip in program.slips]

every_program = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
every_slip = pytest.mark.parametrize(
    ("program", "slip"), SLIPS, ids=[f"{program.name}:{slip.row}" for program, slip in SLIPS]
)


def checked(program, *slips):
    text = program.text(*slips)
    return check(text, program.output, inputs=program.inputs, wrt=program.wrt)


def rows(report, *verdicts):
    return [row.name for row in report.rows if row.verdict in verdicts]


@pytest.mark.timeout(180)
@every_program
def test_every_stage_of_a_right_backward_pass_is_right(program):
    report = check(program.function, program.output, inputs=program.inputs, wrt=program.wrt)
    assert report.ok, report
    assert rows(report, "right") == [row.name for row in report.rows]


def test_the_language_model_has_its_26_gradients():
    assert len(checked(language_model.PROGRAM).rows) == 26


@pytest.mark.timeout(180)
@every_slip
def test_a_slip_is_named_at_its_own_stage_and_nowhere_else(program, slip):
    report = checked(program, slip)
    assert rows(report, "wrong", "missing") == [slip.row], report
    assert report.first_wrong == slip.row
    assert report.label == slip.label, report


@pytest.mark.timeout(180)
@every_program
def test_several_slips_at_once_are_told_apart(program):
    slips = program.slips[::2]
    report = checked(program, *slips)
    assert set(rows(report, "wrong", "missing")) == {slip.row for slip in slips}, report
    assert report.first_wrong == slips[0].row
    assert rows(report, "inherits")


@pytest.mark.timeout(180)
@every_program
def test_the_circuit_and_the_written_backward_pass_agree_with_the_handwritten_one(program):
    yours = {row.of: row.yours for row in checked(program).rows}
    circuit = trace(program.function, program.output, inputs=program.inputs)
    written = write_backward(program.function, program.output, inputs=program.inputs)
    found = {**program.inputs, "np": np}
    exec(written, found)
    for name, gradient in yours.items():
        scale = 1e-9 * max(1.0, float(np.max(np.abs(gradient))))
        np.testing.assert_allclose(circuit[name].d, gradient, atol=scale, err_msg=name)
        np.testing.assert_allclose(found[f"d{name}"], gradient, atol=scale, err_msg=name)
