"""A circuit under a slider in JupyterLab: `play`, beside the plain way with a slider and an Output.

    python tests/benchmarks/live.py

Both move the first weight of the notes' neuron, in one notebook, with a real mouse in headless
Chromium. How many times a second the figure is new while the mouse drags without a pause; and how long
it takes from a single movement of the mouse until the figure shows it (the median).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.lab import OpenNotebook, running_lab  # noqa: E402

SECONDS = 5.0  # of dragging
SINGLE = 40  # movements that are timed one by one
ROUNDS = 3  # the best of each counts, so that a busy machine does not decide
FASTEST, SLOWEST = 50, 5  # updates a second, and milliseconds: what is claimed

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
NEURON = "dot = w[0]*x[0] + w[1]*x[1] + w[2]\nf = 1 / (1 + math.exp(-dot))"
START = f"from backprop_kit import draw, play\nNEURON = {NEURON!r}"
PLAY = "play(NEURON, w=[2.0, -3.0, -3.0], x=[-1.0, -2.0])"
PLAIN = """\
import ipywidgets
from IPython.display import display

slider, screen = ipywidgets.FloatSlider(2.0, min=-5, max=5, step=0.1), ipywidgets.Output()


def show(change=None):
    with screen:
        screen.clear_output(wait=True)
        display(draw(NEURON, w=[slider.value, -3.0, -3.0], x=[-1.0, -2.0]))


slider.observe(show, names="value")
show()
ipywidgets.VBox([slider, screen])"""

# Notes when the figure is new (the number on the wire of the weight changes with each step of the slider), and how long after the last movement of the mouse.
WATCH = """root => {
    const shown = () => root.querySelector('svg.backprop-circuit .value')?.textContent;
    const seen = { moved: 0, text: shown(), changes: [] };
    window.addEventListener('pointermove', event => { seen.moved = performance.now(); }, true);
    new MutationObserver(() => {
        const text = shown();
        if (text === undefined || text === seen.text) return;
        seen.text = text;
        seen.changes.push([performance.now(), performance.now() - seen.moved]);
    }).observe(root, { subtree: true, childList: true, characterData: true });
    window.seen = seen;
}"""


@dataclass(frozen=True)
class Found:
    """How one way did: updates a second while dragging, and milliseconds after a single movement."""

    updates: float
    latency: float


def main() -> None:
    with opened() as notebook:
        ways = {"play": ".play-input input[type=range]", "slider and Output": ".noUi-handle"}
        best = {name: measured(notebook.page, handle) for name, handle in ways.items()}
    print(f"{'':20}{'updates/s':>12}{'median latency':>18}")
    for name, found in best.items():
        print(f"{name:20}{found.updates:12.1f}{found.latency:15.2f} ms")
    play, plain = best.values()
    print(f"{'ratio':20}{play.updates / plain.updates:12.1f}{plain.latency / play.latency:15.1f}")
    if play.updates < FASTEST or play.latency > SLOWEST:
        sys.exit(f"play is claimed to give {FASTEST} updates a second, within {SLOWEST} ms")


@contextmanager
def opened() -> Iterator[OpenNotebook]:
    """JupyterLab with both ways in one notebook."""
    cells = [new_code_cell(source) for source in (START, PLAY, PLAIN)]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        notebooks = Path(folder) / "notebooks"
        notebooks.mkdir()
        nbformat.write(new_notebook(cells=cells, metadata=KERNEL), notebooks / "live.ipynb")
        with (
            running_lab(notebooks, Path(folder) / "home", browser) as lab,
            lab.open("live.ipynb") as notebook,
        ):
            assert not [cell.error for cell in notebook.run_all() if cell.error]
            notebook.page.locator(".noUi-handle").wait_for()
            yield notebook


def measured(page: Page, selector: str) -> Found:
    """The best of some rounds, at the first slider that the selector finds."""
    handle = page.locator(selector).first
    output = page.locator(".jp-Cell-outputArea").filter(has=page.locator(selector))
    output.scroll_into_view_if_needed()
    output.evaluate(WATCH)
    rounds = [(dragging(page, handle), singly(page, handle)) for _ in range(ROUNDS)]
    return Found(max(updates for updates, _ in rounds), min(latency for _, latency in rounds))


def dragging(page: Page, handle: Locator) -> float:
    """Updates a second while the mouse goes to and fro without a pause."""
    with held(page, handle) as (x, y):
        page.evaluate("() => { seen.changes = []; }")
        start, place = time.perf_counter(), 0
        while time.perf_counter() - start < SECONDS:
            place = (place + 3) % 240
            page.mouse.move(x + (place if place < 120 else 240 - place) - 60, y)
        seconds = time.perf_counter() - start
        return float(page.evaluate("() => seen.changes.length")) / seconds


def singly(page: Page, handle: Locator) -> float:
    """Milliseconds from one movement to the new number; each waits for the one before."""
    with held(page, handle) as (x, y):
        page.wait_for_timeout(1000)
        page.evaluate("() => { seen.changes = []; }")
        for number in range(SINGLE):
            there = page.evaluate("() => seen.changes.length")
            page.mouse.move(x - 60 + 6 * (number % 20), y)
            try:
                page.wait_for_function(f"() => seen.changes.length > {there}", timeout=2000)
            except TooLate:
                continue  # the slider has not moved
            page.wait_for_timeout(50)
        return median(latency for _, latency in page.evaluate("() => seen.changes"))


@contextmanager
def held(page: Page, handle: Locator) -> Iterator[tuple[float, float]]:
    """The mouse holds the handle of a slider; gives where."""
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    yield x, y
    page.mouse.move(x, y)
    page.mouse.up()
    page.wait_for_timeout(500)


if __name__ == "__main__":
    main()
