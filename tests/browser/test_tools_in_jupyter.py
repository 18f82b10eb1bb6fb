"""The tools of a circuit that can be played, in JupyterLab and in Notebook 7: what they say, to the letter."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.browser.lab import LAB, NOTEBOOK, running_lab
from tests.browser.test_live_page import CONTRASTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
FORK = """\
def fork(x, y):
    xpy = x + y
    num = x * 3
    f = xpy * num
    # backward pass
    dxpy = num
    dnum = xpy
    dx = dxpy
    dx = 3 * dnum
    dy = dxpy
    return f, dx, dy
"""
CELLS = {
    "explore": "from backprop_kit import check_numbers, dimensions, play\n"
    'explored = play("f = x ** 2 * y", x=(2.0, 0, 4), y=(3.0, -5, 5))\nexplored',
    "predict": 'code = "q = x + y\\nf = q * z"\n'
    'asked = play(code, mode="predict", x=-2, y=5, z=-4)\nasked',
    "compare": f'{FORK}\ncompared = play(fork, mode="compare", x=3.0, y=-4.0)\ncompared',
    "dimensions": 'shapes = dimensions("dW", dD=(5, 3), W=(5, 10), X=(10, 3)).play()\nshapes',
}

# The contrast of all that is written, in tables and puzzles too.
ALSO = "td, th, code, label, select, strong, legend, summary, small"
READABLE = CONTRASTS.replace(
    "'.backprop-play span,",
    "'"
    + "".join(f".backprop-{w} {tag}, " for w in ("play", "dimensions") for tag in ALSO.split(", "))
    + ".backprop-play span,",
).replace("'.backprop-play svg text'", "'.backprop-play svg text, .backprop-dimensions svg text'")


@pytest.fixture(scope="module", params=[LAB, NOTEBOOK], ids=["lab", "notebook"])
def opened(request, chromium, notebooks, tmp_path_factory):
    cells = [new_code_cell(source) for source in CELLS.values()]
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), notebooks / "tools.ipynb")
    home = tmp_path_factory.mktemp(request.param.module)
    with (
        running_lab(notebooks, home, chromium, app=request.param) as app,
        app.open("tools.ipynb") as opened,
    ):
        opened.complaints.clear()  # what the application said of itself while it started
        assert [cell.error for cell in opened.run_all() if cell.error] == []
        yield opened


@pytest.fixture
def widget(opened):
    """What one cell shows, by the name of the cell."""
    places = list(CELLS)

    def find(name):
        cell = opened.page.locator(".jp-CodeCell").nth(places.index(name))
        found = cell.locator(".backprop-play, .backprop-dimensions").first
        found.wait_for()
        return found

    return find


def says(place, *texts):
    """Waits until a place says all of it; a failure shows what it says."""
    for text in texts:
        try:
            place.filter(has_text=text).first.wait_for(timeout=8000)
        except Exception:
            raise AssertionError(f"{text!r} is not in {place.first.inner_text()!r}") from None


def asks(opened, expression):
    """What Python has, by way of a new cell."""
    outputs = opened.run(expression).outputs
    return outputs[-1]["data"]["text/plain"]


def comes_to(opened, expression, expected):
    """Whether Python comes to have it: a cell may overtake the last message of a widget."""
    for _ in range(20):
        if (found := asks(opened, expression)) == expected:
            return True
        opened.page.wait_for_timeout(100)
    raise AssertionError(f"{expression} is {found}")


def test_a_step_is_predicted_and_held_against_what_f_does(opened, widget):
    figure = widget("explore")
    figure.get_by_role("button", name="Sensitivity").click()
    panel = figure.get_by_role("region", name="Sensitivity")
    step = panel.get_by_label("step h, as a number")
    step.fill("0.1")
    says(panel, "gradient × h = 12 × 0.1", "change of f when x goes to 2.1")
    assert panel.locator("td:last-child").all_inner_texts() == ["1.2", "1.23", "0.03"]
    says(
        panel,
        "The prediction is off by 2.5",
        "off by more than 10 % from h = −0.4 and from h = +0.4 on",
    )
    figure.locator(".play-wire", has_text="y").click()
    says(panel, "a straight line as far as one can see")
    assert panel.locator("select option:checked").inner_text() == "y"
    assert panel.locator(".play-plot path").count() >= 3
    figure.get_by_role("button", name="Sensitivity").click()


def test_arrows_say_which_way_each_wire_wants_and_pull(opened, widget):
    figure = widget("explore")
    figure.get_by_role("button", name="Forces").click()
    panel = figure.get_by_role("region", name="Forces")
    says(panel, "So that f grows: x wants up (12.00), y wants up (4.00).")
    arrows = figure.locator(".play-force")
    assert {a.get_attribute("data-force") for a in arrows.all()} == {"up"}
    panel.get_by_role("button", name="Let them pull").click()
    says(panel, "f went from 12.00 to 1")
    moved = "explored.inputs['x'] > 2 and explored.inputs['y'] > 3 and explored.value > 12"
    assert comes_to(opened, moved, "True")
    figure.get_by_role("button", name="Forces").click()
    assert arrows.count() == 0


def test_predicted_gradients_are_judged_at_once_and_the_line_can_be_graded(opened, widget):
    figure = widget("predict")
    assert figure.locator("svg text.gradient").all_text_contents() == ["1"]
    assert figure.locator("svg .wire title").all_text_contents() == [
        "x: −2", "y: 5", "z: −4", "q: 3", "f: −12"
    ]  # fmt: skip
    says(figure, "Type it below the wire, beginning at f", "0 of 4 right.")
    dq = figure.get_by_label("dq, the gradient on q")
    dq.fill("4")
    dq.press("Enter")
    says(figure, "dq is not right yet: 4.0 has the right size and the wrong sign.")
    dq.fill("-4")
    dq.press("Enter")
    says(figure, "dq = -4 is right.", "1 of 4 right.")
    for name, text in [("dz", "3"), ("dy", "−4"), ("dx", "-4.0")]:
        field = figure.get_by_label(f"{name}, the gradient")
        assert field.evaluate("field => field === document.activeElement"), (
            name
        )  # Enter went on to it
        field.press_sequentially(text)
        field.press("Enter")
    says(figure, "All 4 right.", "For your answer cell")
    line = figure.locator(".play-line").inner_text()
    assert line == "dq, dz, dy, dx = -4, 3, -4, -4"
    x = figure.get_by_label("x, as a number")
    x.fill("1")
    says(figure, "These are other inputs than those you began with")
    assert not figure.locator(".play-line").is_visible()
    x.fill("-2")
    figure.locator(".play-line").wait_for()
    opened.run(line)
    assert "all 4 right" in asks(
        opened, "check_numbers({'dq': dq, 'dz': dz, 'dy': dy, 'dx': dx}, code, x=-2, y=5, z=-4)"
    )


def test_no_gradient_goes_to_the_page_in_predict_mode(opened):
    state = asks(
        opened,
        "shown = asked.get_state(); [g['shares'] for g in shown['score']['gates']], asked.gradients",
    )
    assert state == "([[], []], {})"


def test_the_first_slip_is_marked_with_its_reason_and_goes_away_where_it_does_not_show(
    opened, widget
):
    figure = widget("compare")
    says(
        figure,
        "First slip: dx. Line ",
        "overwrites what line",
        "Gradients add up at forks: use +=.",
    )
    rows = [row.inner_text().split("\t") for row in figure.locator("tbody tr").all()]
    assert ["✘", "dx", "−3.00", "6.00", "wrong"] in rows
    assert ["✔", "dy", "9.00", "9.00", "right"] in rows
    says(figure.locator("svg text.play-yours"), "yours −3.00 ✘", "yours 9.00 ✔")
    marked = figure.locator("svg .play-first-wrong text")
    assert "×3" in marked.all_text_contents()
    figure.get_by_label("x, as a number").fill("1")
    says(figure.locator("svg text.play-yours"), "yours −9.00 ✘")  # what the kernel found at x = 1


def test_operands_are_picked_with_the_keyboard_until_the_shapes_fit(opened, widget):
    puzzle = widget("dimensions")
    says(puzzle, "must have the shape of W, (5, 10). Which product has it?", "Found 0 of 1")
    first, _, second = puzzle.locator("fieldset").all()
    first.locator("input").first.focus()
    opened.page.keyboard.press("Space")
    second.locator("input").first.focus()
    opened.page.keyboard.press("Space")
    says(puzzle, "✘ no such product", "3 and 5 have to meet, and they are not equal")
    for _ in range(5):
        opened.page.keyboard.press("ArrowRight")
    says(
        puzzle,
        "✔ fits",
        "(5, 3) times (3, 10) is (5, 10), the shape of W.",
        "Found 1 of 1: dW = dD.dot(X.T)",
    )
    assert comes_to(opened, "shapes.found", "['dD.dot(X.T)']")


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_all_of_it_can_be_read_in_both_themes(opened, widget, pictures, request, theme):
    for name in ("Sensitivity", "Forces"):
        pressed = widget("explore").get_by_role("button", name=name)
        if pressed.get_attribute("aria-pressed") == "false":
            pressed.click()
    opened.change_theme(theme)
    found = opened.page.evaluate(READABLE)
    assert len(found) > 100
    assert [each for each in found if each[1] < 4.5] == []
    app = request.node.callspec.id.partition("-")[0]
    opened.photograph(pictures / f"tools-{app}-{theme.split()[-1].lower()}.png")


def test_nothing_left_the_machine_and_the_console_is_quiet(opened):
    assert opened.outside == []
    assert opened.complaints == []
