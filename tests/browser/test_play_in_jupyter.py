"""`play` in JupyterLab and in Notebook 7: dragged, stepped, opened, observed, in both themes."""

import contextlib
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from backprop_kit import trace
from tests.browser.lab import LAB, NOTEBOOK, running_lab
from tests.browser.test_live_page import AT, CONTRASTS, NEURON, drag

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
CELLS = [
    f"from backprop_kit import play\nimport ipywidgets\nNEURON = {NEURON!r}",
    f"neuron = play(NEURON, **{AT!r})\nipywidgets.VBox([neuron])",
    'branch = play("if x > 0:\\n    f = x * y\\nelse:\\n    f = x + y", x=(1.0, -2, 2), y=2.0)\nbranch',
    'import numpy as np\nlayer = play("h = W.dot(x)\\nf = np.sum(h)", W=np.eye(2), x=np.array([1.0, 2.0]))\nlayer',
]
SELECTED = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"


@pytest.fixture(scope="module", params=[LAB, NOTEBOOK], ids=["lab", "notebook"])
def shown(request, chromium, notebooks, tmp_path_factory):
    """One notebook with three circuits under sliders, run from the top, for all tests of an app."""
    cells = [new_code_cell(source) for source in CELLS]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), notebooks / "play.ipynb")
    home = tmp_path_factory.mktemp(request.param.module)
    with (
        running_lab(notebooks, home, chromium, app=request.param) as app,
        app.open("play.ipynb", reduced_motion="reduce") as notebook,
    ):
        notebook.complaints.clear()  # what the application said of itself while it started
        ran = notebook.run_all()
        assert [cell.error for cell in ran if cell.error] == []
        notebook.page.wait_for_function(
            "() => document.querySelectorAll('.backprop-play svg').length === 3"
        )
        yield notebook


@contextlib.contextmanager
def one(notebook, number):
    """One of the widgets, as if it were alone; nobody may complain, and nothing leave the machine."""
    widget = notebook.page.locator(".backprop-play").nth(number)
    widget.scroll_into_view_if_needed()
    yield widget
    assert notebook.complaints == []
    assert notebook.outside == []


def told(notebook, expression, expected):
    """Whether the kernel comes to say so: a cell may overtake the last message of a slider."""
    for _ in range(20):
        if notebook.run(expression).outputs[0]["data"]["text/plain"] == str(expected):
            return True
        time.sleep(0.1)
    return False


def wires(widget):
    """The texts on the wires, in the order of the figure."""
    return widget.locator(".play-figure .value").all_text_contents()


def gates(widget):
    """The symbols in the circles."""
    return [
        text.split("\n")[-1].strip()
        for text in widget.locator(".play-figure .gate > text").all_text_contents()
    ]


def test_a_slider_is_dragged_with_the_mouse(shown):
    page = shown.page
    with one(shown, 0) as widget:
        drag(page, 0, to=0.75)
        moved = float(widget.locator("input[type=range]").first.input_value())
        expected = trace(NEURON, w=[moved, -3.0, -3.0], x=AT["x"])
        assert moved != 2.0
        assert wires(widget)[-1] == f"{expected['f'].value:.2f}"  # while the mouse holds it
        page.mouse.up()
    assert told(shown, "neuron.inputs['w'][0]", moved)
    assert told(shown, "neuron.value", expected["f"].value)


def test_python_moves_the_sliders(shown):
    with one(shown, 0) as widget:
        shown.run("neuron.inputs = {'x': [0.5, 0.25]}")
        box = widget.get_by_label("x[1], as a number")
        shown.page.wait_for_function(
            "() => document.querySelector('[aria-label=\"x[1], as a number\"]').value === '0.25'"
        )
        assert box.input_value() == "0.25"


def test_the_keys_step_and_do_not_move_the_notebook(shown):
    with one(shown, 0) as widget:
        widget.locator(".play-figure .gate").first.click()
        before = shown.page.evaluate(SELECTED)
        for _ in range(9):
            shown.page.keyboard.press("ArrowRight")
        assert "Now backward" in widget.locator(".play-spoken").inner_text()
        shown.page.keyboard.press("ArrowRight")
        assert (
            "times the gradient from above 1.00 gives"
            in widget.locator(".play-sentence").inner_text()
        )
        assert widget.locator(".play-backward.gate").count() == 1
        shown.page.keyboard.press("Escape")
        slider = widget.locator("input[type=range]").nth(1)
        slider.focus()
        at = float(slider.input_value())
        shown.page.keyboard.press("ArrowRight")
        assert float(slider.input_value()) == pytest.approx(at + 0.1)
        assert shown.page.evaluate(SELECTED) == before


def test_a_group_is_opened_and_closed(shown):
    with one(shown, 0) as widget:
        before = wires(widget)
        widget.locator(".play-open > text").click()
        assert len(wires(widget)) == len(before) - 3
        widget.locator(".play-closed").click()
        assert wires(widget) == before


def test_another_branch_is_drawn_by_the_kernel(shown):
    with one(shown, 1) as widget:
        box = widget.get_by_label("x, as a number")
        assert gates(widget) == [">0", "×"]
        box.fill("-1")
        widget.locator(".gate").get_by_text("+", exact=True).wait_for()
        assert gates(widget) == [">0", "+"]
        assert wires(widget) == ["−1.00", "2.00", "false", "1.00"]
        assert widget.locator(".play-notice").is_hidden()
    assert told(shown, "branch.value", 1.0)


def test_arrays_follow_through_the_kernel(shown):
    with one(shown, 2) as widget:
        assert "kernel computes" in widget.locator(".play-still").inner_text()
        widget.get_by_label("W[0, 1], as a number").fill("3")
        widget.get_by_text("9.00", exact=True).wait_for()
        texts = widget.locator(".play-figure text").all_text_contents()
        assert {"7.00", "9.00", "3.00"} <= set(texts)


def test_a_step_through_arrays_says_their_numbers(shown):
    with one(shown, 2) as widget:
        widget.get_by_label("x[0], as a number").fill("1")
        widget.get_by_label("W[0, 1], as a number").fill("0")
        widget.get_by_text("9.00", exact=True).wait_for(state="hidden")  # of the test before
        step, told = widget.get_by_role("button", name="Step"), []
        for _ in range(5):
            step.click()
            told.append(widget.locator(".play-sentence").inner_text())
        said = "\n".join(told)
        assert "[1.00, 2.00], of shape (2,)" in said
        assert "W has its gradient, [1.00, 2.00, 1.00, 2.00]." in said
        assert "x has its gradient, [1.00, 1.00]." in said
        widget.get_by_role("button", name="Show all").click()


def test_two_views_of_one_widget_move_together(shown):
    shown.run("neuron")
    with one(shown, 0) as first, one(shown, 3) as second:
        for moved, other, number in (
            (first, second, "1"),
            (second, first, "2"),
            (first, second, "3"),
        ):
            moved.get_by_label("w[2], as a number").fill(number)
            other.locator(".play-figure").get_by_text(f"{number}.00", exact=True).first.wait_for()
            assert wires(other) == wires(moved)


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_it_can_be_read_in_both_themes(shown, pictures, theme):
    with one(shown, 0):
        shown.change_theme(theme)
        found = shown.page.evaluate(CONTRASTS)
        app = "notebook" if "/notebooks/" in shown.page.url else "lab"
        shown.photograph(pictures / f"play-{app}-{theme.split()[-1].lower()}.png")
        assert len(found) > 60
        assert [each for each in found if each[1] < 4.5] == []
