"""The tools on a page without a kernel: where a prediction breaks down, and answers that are judged there."""

import math

import pytest

from backprop_kit import play

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def opened(chromium, tmp_path):
    """A function that opens a widget as a page of its own, with the network off."""
    context = chromium.new_context(offline=True, viewport={"width": 700, "height": 900})

    def open_page(widget):
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(widget.to_html(tmp_path / "page.html").as_uri())
        page.wait_for_selector(".play-drawn svg")
        return page

    yield open_page
    context.close()


def broken_at(sign):
    """From which step on log(x) at 0.5 is off by a tenth of what its tangent says, by bisection."""
    low, high = 1e-6, 0.49
    for _ in range(60):
        h = sign * (low + high) / 2
        off = abs(math.log((0.5 + h) / 0.5) - h / 0.5) / abs(h / 0.5)
        low, high = (abs(h), high) if off <= 0.1 else (low, abs(h))
    return sign * high


@pytest.mark.parametrize(
    ("code", "inputs", "wire", "sentences"),
    [
        ("f = math.log(x) * y", {"x": 0.5, "y": 2.0}, "x",
         [f"off by more than 10 % from h = −{-broken_at(-1):.3g} and from h = +{broken_at(1):.3g} on"]),
        ("f = 2 * max(x, y)", {"x": 2.0, "y": 2.0}, "x",
         ["This is a kink: to the left f has the slope 0, to the right 2.", "2, is that of the right side"]),
        ("f = 2 * max(x, y)", {"x": 4.0, "y": 2.0}, "y",
         ["The prediction is exact.", "from h = +2 on; the other way it holds"]),
        ("f = x ** 2", {"x": 0.0}, "x",
         ["No change was predicted, and f moved.", "is 0 at this point alone: f is flat here and bends away"]),
        ("if x > 0:\n    f = x * y\nelse:\n    f = x + y", {"x": 0.5, "y": 2.0}, "x",
         ["From h = −0.5 on f has no value, or the code takes another branch."]),
        ("f = 3 * x + y", {"x": 1.0, "y": 1e9}, "x", ["a straight line as far as one can see"]),
    ],
)  # fmt: skip
def test_it_says_from_which_step_on_a_prediction_is_no_good(opened, code, inputs, wire, sentences):
    page = opened(play(code, **inputs))
    page.get_by_role("button", name="Sensitivity").click()
    page.locator(".play-panel select").select_option(label=wire)
    page.wait_for_function("() => document.querySelector('.play-verdict').textContent")
    said = page.locator(".play-verdict").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    for sentence in sentences:
        assert sentence in said
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 700


def test_a_page_judges_answers_by_the_formulas_that_it_has(opened):
    page = opened(play("m = max(x, y)\nf = m * z", mode="predict", x=2.0, y=2.0, z=-3.0))
    for name, text, verdict in [
        ("dm", "3", "not yet"), ("dm", "-3", "right"), ("dx", "-1.5", "right"), ("dy", "0.5", "not yet")
    ]:  # fmt: skip
        field = page.get_by_label(f"{name}, the gradient")
        field.fill(text)
        field.press("Enter")
        assert field.get_attribute("data-verdict") == verdict, (name, text)
    assert "2 of 4 right." in page.locator(".play-panel").inner_text()
    wires = page.locator("svg g.wire > title").all_text_contents()
    assert len(wires) == 5
    assert "gradient" not in "".join(wires)


# A model that keeps account of who listens to it, and a view of it that is closed at once.
CLOSED = """async ({source, state}) => {
    const heard = [];
    const model = {
        get: (name) => state[name],
        set: () => {},
        save_changes: () => {},
        on: (event, act) => heard.push([event, act]),
        off: (event, act) => heard.splice(heard.findIndex((one) => one[0] === event && one[1] === act), 1),
    };
    const made = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
    const close = made.default.render({model, el: document.body});
    const listening = heard.length;
    close();
    return [listening > 2, heard.length];
}"""


def affine(x, y):
    f = x * y
    dx = y
    dy = x
    return f, dx, dy


@pytest.mark.parametrize("mode", ["explore", "predict", "compare"])
def test_a_view_that_is_closed_listens_to_nothing_any_more(chromium, mode):
    widget = play(affine, mode=mode, x=2.0, y=-3.0)
    page = chromium.new_page()
    page.goto("about:blank")
    given = {"source": widget._esm, "state": widget.get_state()}
    given["state"] = {k: v for k, v in given["state"].items() if not k.startswith("_")}
    assert page.evaluate(CLOSED, given) == [True, 0]
    page.close()
