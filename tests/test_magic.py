"""`%%backprop` draws and checks a cell that is written as the notes write theirs."""

from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from backprop_kit.circuit import Circuit
from backprop_kit.drawing import Drawing
from backprop_kit.report import GradientReport

FORWARD = "q = x + y\nf = q * z\n"
BACKWARD = "dq = z\ndz = q\ndx = dq\ndy = dq\n"


class Notebook:
    """A shell that keeps what a cell displays and prints."""

    def __init__(self, monkeypatch):
        self.shell = InteractiveShell()
        self.shell.run_line_magic("load_ext", "backprop_kit")
        self.shown: list[Any] = []
        monkeypatch.setattr("IPython.display.display", self.shown.append)

    def run(self, cell):
        self.shown.clear()
        with capture_output(display=False) as printed:
            self.result = self.shell.run_cell(cell)
        self.printed, self.errors = printed.stdout, printed.stderr
        return self.shown


@pytest.fixture
def notebook(monkeypatch):
    yield Notebook(monkeypatch)
    InteractiveShell.clear_instance()


def test_a_forward_pass_is_drawn(notebook):
    (figure,) = notebook.run("%%backprop x=-2 y=5 z=-4\n" + FORWARD)
    assert isinstance(figure, Drawing)
    assert "f −12, gradient 1" in repr(figure)
    assert notebook.errors == ""


def test_a_backward_pass_is_checked_as_well(notebook):
    figure, report = notebook.run("%%backprop x=-2 y=5 z=-4\n" + FORWARD + BACKWARD)
    assert isinstance(figure, Drawing)
    assert isinstance(report, GradientReport)
    assert report.ok


def test_lines_are_counted_as_the_reader_counts_them(notebook):
    wrong = FORWARD + BACKWARD.replace("dz = q", "dz = -q")
    _, report = notebook.run("%%backprop x=-2 y=5 z=-4\n" + wrong)
    assert report.first_wrong == "dz"
    assert report["dz"].line == 5


def test_leading_literals_are_inputs_and_the_first_line_overrides_them(notebook):
    cell = "x = -2\ny = 5\nz = -4\n" + FORWARD + BACKWARD
    figure, report = notebook.run("%%backprop\n" + cell)
    assert "f −12, gradient 1" in repr(figure)
    assert report.ok
    figure, _ = notebook.run("%%backprop x=1\n" + cell)
    assert "f −24, gradient 1" in repr(figure)


def test_inputs_are_evaluated_in_the_notebook(notebook):
    notebook.run("start = 3\nwidths = [2, -3]")
    (figure,) = notebook.run("%%backprop x=start * 2 w=widths\nf = w[0]*x + w[1]")
    assert "x 6, gradient 2" in repr(figure)
    assert "w[1] −3, gradient 1" in repr(figure)


@pytest.mark.parametrize(
    "line",
    [
        "w=[2, -3] x=dict(a=1, b=5)",
        "w=[2,-3] x=dict(a=1,b=5)",
        "w=[2, -3], x=dict(a = 1, b = 5)",
        "w = [2, -3] x = dict(a=1, b=5)",
    ],
)
def test_spaces_and_commas_may_stand_where_python_allows_them(notebook, line):
    notebook.run(f"%%backprop {line}\nf = w[0] * x['a'] + w[1] * x['b']")
    notebook.result.raise_error()
    assert "f −13, gradient 1" in repr(notebook.shown[0])


def test_options_name_the_output_its_gradient_and_the_look(notebook):
    cell = "%%backprop x=2 y=3 output=loss upstream=10 palette=safe theme=dark\nloss = x * y\ndx = 10 * y\ndy = 10 * x"
    figure, report = notebook.run(cell)
    assert (figure.palette, figure.theme) == ("safe", "dark")
    assert "x 2, gradient 30" in repr(figure)
    assert report.ok


def test_an_upstream_gradient_that_the_cell_reads_is_one_unless_given(notebook):
    cell = "f = x * y\ndx = y * df\ndy = x * df"
    figure, report = notebook.run("%%backprop x=2 y=3\n" + cell)
    assert "x 2, gradient 3" in repr(figure)
    assert report.ok
    figure, report = notebook.run("%%backprop x=2 y=3 df=10\n" + cell)
    assert "x 2, gradient 30" in repr(figure)
    assert report.ok


def test_the_cell_may_call_functions_of_the_notebook(notebook):
    notebook.run("def square(v):\n    return v * v")
    figure, report = notebook.run("%%backprop x=3\nf = square(x)\ndx = 2 * x")
    assert "f 9, gradient 1" in repr(figure)
    assert report.ok


def test_nothing_is_written_into_the_notebook(notebook):
    notebook.run("q = 'mine'")
    notebook.run("%%backprop x=-2 y=5 z=-4\n" + FORWARD)
    assert notebook.shell.user_ns["q"] == "mine"
    assert "f" not in notebook.shell.user_ns


def test_a_report_is_shown_also_where_no_figure_can_be_had(notebook):
    cell = "%%backprop x=-3.0\nf = x * np.sign(x)\ndx = np.sign(x)"
    (report,) = notebook.run(cell)
    assert report.ok
    assert "`np.sign` has no gate" in notebook.printed


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("%%backprop x=1\nf = x * k", r"`k` is read on line 2 \(`f = x \* k`\)"),
        ("%%backprop x=1\n\nf = math.gamma(x)", r"Line 3 .*`math.gamma` has no gate"),
        ("%%backprop x=1\ng = x * 2", "never writes `f`, the output"),
        ("%%backprop x=nothing\nf = x * 2", "`x=nothing` on the first line has no value"),
        ("%%backprop 3\nf = x * 2", "gives inputs as `name=value`.* says `3`"),
        ("%%backprop x=[1, 2\nf = x * 2", r"says `x=\[1, 2`"),
        ("%%backprop x=1 x=2\nf = x * 2", "`x` is given twice"),
        ("%%backprop x=1\nf = x *", "Line 2 is not Python"),
        ("%%backprop x=1 theme=blue\nf = x * 2", "no theme 'blue'"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(notebook, cell, sentence):
    notebook.run(cell)
    assert notebook.shown == []
    with pytest.raises(ValueError, match=sentence):
        notebook.result.raise_error()
    assert "Traceback" not in notebook.printed
    assert "backprop_kit/" not in notebook.printed


def test_a_circuit_shows_itself_in_a_notebook(notebook):
    notebook.run("from backprop_kit import trace\ncircuit = trace('f = x * y', x=2, y=3)\ncircuit")
    assert isinstance(notebook.result.result, Circuit)
    bundle = notebook.shell.display_formatter.format(notebook.result.result)[0]
    assert bundle["image/svg+xml"].startswith("<svg")
