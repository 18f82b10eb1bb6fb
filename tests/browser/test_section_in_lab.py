"""A section in JupyterLab, as a learner meets it and as it looks when it is solved."""

import shutil
from pathlib import Path

import nbformat
import pytest

from autograder.release import released

SOURCE = Path(__file__).resolve().parents[2] / "course" / "source" / "backprop"
SECTION = "03_compound_expressions.ipynb"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_the_learners_notebook_runs_before_it_is_solved(lab, notebooks, pictures):
    nbformat.write(released(SOURCE / SECTION), notebooks / "learner.ipynb")
    with lab.open("learner.ipynb") as notebook:
        cells = notebook.run_all()
        notebook.photograph(pictures / "section-03-learner.png")
    assert [cell.error for cell in cells if cell.error] == []
    assert all(cell.outputs for cell in cells if cell.source.startswith(("draw", "check")))
    assert notebook.outside == []


def test_the_solved_notebook_shows_circuit_and_report(lab, notebooks, pictures):
    shutil.copy(SOURCE / SECTION, notebooks / "solved.ipynb")
    with lab.open("solved.ipynb") as notebook:
        cells = notebook.run_all()
        notebook.photograph(pictures / "section-03-solved.png")
    assert [cell.error for cell in cells if cell.error] == []
    circuit = next(cell for cell in cells if cell.svgs)
    text = circuit.svgs[0].replace("\N{MINUS SIGN}", "-")
    for number in ("-12", "-4", "-2", "5", "3", "1"):  # figure 1 of the notes
        assert number in text.split(), text
    report = next(cell for cell in cells if cell.source.startswith("check("))
    for name in ("dq", "dx", "dy", "dz"):
        assert name in report.shown
    assert "right" in report.shown
    assert "wrong" not in report.shown
