"""The page of a circuit, opened from a disk with the network off: sliders, stepping, groups, keys, themes."""

import contextlib

import pytest

from backprop_kit import play, trace

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

NEURON = "dot = w[0]*x[0] + w[1]*x[1] + w[2]\nf = 1 / (1 + math.exp(-dot))"
AT = {"w": [2.0, -3.0, -3.0], "x": [-1.0, -2.0]}
FORK = "xpy = x + y\nnum = x * 3\nf = xpy * num"
# The numbers on each wire as the SVG has them, those that are hidden left out: [value, gradient].
WIRES = """() => [...document.querySelectorAll('.play-figure .value, .play-figure .gradient')]
    .map(text => [Number(text.parentNode.dataset.wire), text.getAttribute('class'), text.textContent])
    .filter(([, , text]) => text)"""
PLACES = """() => ['.play-inputs', '.play-figure', '.play-bar', '.play-sentence']
    .map(part => document.querySelector(part).getBoundingClientRect())
    .map(({top, height}) => [Math.round(top), Math.round(height)])"""


@pytest.fixture(scope="module")
def offline(chromium):
    """Opens pages without a network, and holds them to asking for nothing and complaining of nothing."""

    @contextlib.contextmanager
    def opened(path, width=1100, **options):
        context = chromium.new_context(
            offline=True, viewport={"width": width, "height": 800}, **options
        )
        page = context.new_page()
        complaints, requests = [], []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector(".play-figure svg")
        yield page
        assert complaints == []
        assert requests == [path.as_uri()]
        context.close()

    return opened


@pytest.fixture(scope="module")
def neuron(tmp_path_factory):
    return trace(NEURON, inputs=AT).to_html(tmp_path_factory.mktemp("pages") / "neuron.html")


@pytest.fixture(scope="module")
def fork(tmp_path_factory):
    return trace(FORK, x=3.0, y=-4.0).to_html(tmp_path_factory.mktemp("pages") / "fork.html")


def numbers(page):
    """{wire: [value, gradient]}, an empty text for what is hidden."""
    found: dict[int, list[str]] = {}
    for wire, part, text in page.evaluate(WIRES):
        found.setdefault(wire, ["", ""])[("value", "gradient").index(part)] = text
    return found


def drag(page, dial, to):
    """Moves a slider with the mouse to a place between 0 and 1."""
    box = page.locator(".play-input input[type=range]").nth(dial).bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 2 + to * (box["width"] - 4), middle, steps=5)


def test_it_is_small_and_shows_the_neuron_of_the_notes(offline, neuron, pictures):
    assert neuron.stat().st_size < 150_000
    with offline(neuron) as page:
        found = numbers(page)
        page.screenshot(path=pictures / "page-light.png", full_page=True)
    circuit = trace(NEURON, inputs=AT)
    place = {id(wire): i for i, wire in enumerate(circuit.wires)}
    assert found[place[id(circuit["w[1]"])]] == ["−3.00", "−0.39"]
    assert found[place[id(circuit["f"])]] == ["0.73", "1.00"]


def test_a_slider_moves_every_number_at_once(offline, neuron):
    with offline(neuron) as page:
        before = page.evaluate(PLACES)
        drag(page, 0, to=0.75)
        moved = float(page.locator(".play-input input[type=range]").first.input_value())
        held = numbers(page)
        page.mouse.up()
        expected = trace(NEURON, w=[moved, -3.0, -3.0], x=AT["x"])
        last = len(expected.wires) - 1
        assert moved != 2.0
        assert held[0] == [f"{moved:.2f}", f"{expected['w[0]'].d:.2f}".replace("-", "−")]
        assert held[last][0] == f"{expected['f'].value:.2f}"
        assert page.locator("tr[data-wire='0'] .value").inner_text() == held[0][0]
        assert page.evaluate(PLACES) == before
        page.get_by_role("button", name="Reset").click()
        assert numbers(page)[0] == ["2.00", "−0.20"]


def test_a_number_can_be_typed_and_what_is_none_is_marked(offline, neuron):
    with offline(neuron) as page:
        box = page.get_by_label("w[0], as a number")
        box.fill("-7.25")
        assert numbers(page)[0][0] == "−7.25"
        box.fill("seven")
        assert box.get_attribute("aria-invalid") == "true"
        assert numbers(page)[0][0] == "−7.25"
        box.press("Tab")
        assert box.input_value() == "−7.25"


def test_the_keys_step_forward_and_then_back(offline, fork):
    with offline(fork) as page:
        x, y, xpy, num, f = range(5)
        page.keyboard.press("ArrowRight")
        assert numbers(page) == {x: ["3.00", ""], y: ["−4.00", ""], xpy: ["−1.00", ""]}
        assert page.locator(".play-sentence").inner_text() == "xpy = x + y is −1.00."
        assert page.locator(".play-forward.gate").count() == 1
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        assert "The gradient of f on itself is 1.00" in page.locator(".play-spoken").inner_text()
        assert numbers(page)[f] == ["−9.00", "1.00"]
        page.keyboard.press("ArrowRight")
        assert page.locator(".play-sentence").inner_text().split("\n\n") == [
            "×: local gradient num = 9.00 times the gradient from above 1.00 gives 9.00 on xpy.",
            "×: local gradient xpy = −1.00 times the gradient from above 1.00 gives −1.00 on num.",
        ]
        page.keyboard.press("ArrowRight")
        assert numbers(page)[x] == ["3.00", "−3.00"]
        page.keyboard.press("ArrowRight")
        assert numbers(page)[x] == ["3.00", "6.00"]
        assert "x is a fork: its branches add up to −3.00 + 9.00 = 6.00." in (
            page.locator(".play-spoken").inner_text()
        )
        page.keyboard.press("ArrowLeft")
        assert numbers(page)[x] == ["3.00", "−3.00"]
        assert numbers(page)[y] == ["−4.00", ""]
        page.keyboard.press("Escape")
        assert numbers(page)[y] == ["−4.00", "9.00"]
        assert page.locator(".play-position").inner_text() == ""


def test_a_slider_moves_while_one_steps(offline, fork):
    with offline(fork) as page:
        for _ in range(6):
            page.keyboard.press("ArrowRight")
        page.get_by_label("x, as a number").fill("1")
        assert numbers(page)[0] == ["1.00", "−9.00"]  # one of two branches so far
        assert "gives −9.00 on x" in page.locator(".play-sentence").inner_text()


def test_a_group_opens_and_closes_and_the_gradients_outside_stay(offline, neuron):
    with offline(neuron) as page:
        before, places = numbers(page), page.evaluate(PLACES)
        page.locator(".play-open > text").click()
        closed = numbers(page)
        assert page.evaluate(PLACES) == places
        assert len(closed) == len(before) - 3
        assert closed.items() <= before.items()
        assert "drawn as one gate" in page.locator(".play-spoken").inner_text()
        for _ in range(7):
            page.keyboard.press("ArrowRight")
        assert page.locator(".play-sentence").inner_text() == (
            "σ: local gradient 0.20 times the gradient from above 1.00 gives 0.20 on dot."
        )
        page.keyboard.press("Escape")
        page.locator(".play-closed").focus()
        page.keyboard.press("Enter")
        assert numbers(page) == before
        assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"


def test_what_has_no_value_says_so_and_recovers(offline, tmp_path):
    path = trace("f = math.log(x) * y", x=0.5, y=2.0).to_html(tmp_path / "log.html")
    with offline(path) as page:
        box, places = page.get_by_label("x, as a number"), page.evaluate(PLACES)
        box.fill("-1")
        assert numbers(page)[2] == ["nan", "nan"]
        assert page.evaluate(PLACES)[:3] == places[:3]
        assert "The gate log has no value at −1.00" in page.locator(".play-notice").inner_text()
        box.fill("0.5")
        assert numbers(page)[2][0] == "−0.69"
        assert page.locator(".play-notice").is_hidden()


def test_another_branch_is_said_where_there_is_no_kernel(offline, tmp_path):
    code = "if x > 0:\n    f = x * y\nelse:\n    f = x + y"
    path = trace(code, x=1.0, y=2.0).to_html(tmp_path / "branch.html")
    with offline(path) as page:
        page.get_by_label("x, as a number").fill("-1")
        assert "the code takes another branch" in page.locator(".play-notice").inner_text()
        assert page.locator(".play-stale").count() == 1
        page.get_by_label("x, as a number").fill("1")
        assert page.locator(".play-stale").count() == 0


def test_a_page_without_scripts_shows_the_figure(chromium, neuron):
    page = chromium.new_page(java_script_enabled=False)
    page.goto(neuron.as_uri())
    assert page.locator("#still svg").is_visible()
    assert page.locator("#player").is_hidden()
    page.close()


def test_a_widget_writes_its_page_with_its_ranges(offline, tmp_path):
    path = play(FORK, x=(3.0, 0, 50), y=-4.0).to_html(tmp_path / "play.html")
    with offline(path) as page:
        slider = page.locator(".play-input input[type=range]").first
        assert [slider.get_attribute(end) for end in ("min", "max")] == ["0", "50"]


# ----- looks ---------------------------------------------------------------------------------------

CONTRASTS = """() => {
    const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
    const light = colour => {
        const [r, g, b] = numbers(colour).slice(0, 3).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const solid = colour => { const c = numbers(colour); return c.length === 3 || c[3] === 1; };
    const behind = element => {
        for (let e = element; e; e = e.parentElement)
            if (solid(getComputedStyle(e).backgroundColor)) return getComputedStyle(e).backgroundColor;
        return 'rgb(255, 255, 255)';
    };
    const filled = text => {  // what an SVG text stands on: a disc, a box, or the page
        const disc = text.closest('.gate')?.querySelector('.disc');
        const box = document.querySelector('.backprop-play .box');
        const colours = [behind(text.ownerSVGElement.parentElement)];
        if (box) colours.push(getComputedStyle(box).fill);
        return disc ? [getComputedStyle(disc).fill] : colours;
    };
    const ratio = (a, b) => {
        const [high, low] = [light(a), light(b)].sort((p, q) => q - p);
        return (high + 0.05) / (low + 0.05);
    };
    const svg = [...document.querySelectorAll('.backprop-play svg text')].filter(e => e.textContent)
        .map(e => [e.textContent, Math.min(...filled(e).map(c => ratio(getComputedStyle(e).fill, c)))]);
    const html = [...document.querySelectorAll('.backprop-play span, .backprop-play p, .backprop-play button:enabled, .backprop-play input[type=text]')]
        .filter(e => e.value || e.innerText)
        .map(e => [e.value || e.innerText, ratio(getComputedStyle(e).color, behind(e))]);
    return [...svg, ...html];
}"""


@pytest.mark.parametrize("palette", ["notes", "safe"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(offline, tmp_path, pictures, palette, scheme):
    path = trace(NEURON, inputs=AT).to_html(tmp_path / "page.html", palette=palette)
    with offline(path, width=700, color_scheme=scheme) as page:
        for _ in range(12):
            page.keyboard.press("ArrowRight")
        page.screenshot(path=pictures / f"page-{palette}-{scheme}.png", full_page=True)
        page.keyboard.press("Escape")
        found = page.evaluate(CONTRASTS)
        wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert len(found) > 40
    assert [each for each in found if each[1] < 4.5] == []
    assert wide <= 700
