"""`sliders`: turn a function's inputs into sliders, and see what it gives while you move them."""

from __future__ import annotations

import html
import inspect
import math
from collections.abc import Callable
from typing import Any

MOST_DIGITS = 6


def sliders(function: Callable[..., Any], /, **ranges: tuple[float, float, float]) -> Any:
    """Show what a function returns, under one slider for each input: `x=(start, lowest, highest)`.

    The function is called with all inputs by name, at the start and whenever a slider moves. It may
    return a drawing, a report, a number or text. Where sliders cannot show themselves, the page
    shows the value at the start.

    Raises ValueError, in one sentence, for what is no function of these, or no such range.
    """
    import ipywidgets as widgets

    def slider(name: str, start: float, low: float, high: float) -> Any:
        step = step_of(start, low, high)
        return widgets.FloatSlider(start, min=low, max=high, step=step, description=name)

    refuse_other_inputs(function, ranges)
    knobs = {name: slider(name, *range_of(name, given)) for name, given in ranges.items()}
    screen = widgets.HTML()

    def show(change: Any = None) -> None:
        screen.value = as_html(function, {name: knob.value for name, knob in knobs.items()})

    for knob in knobs.values():
        knob.observe(show, names="value")
    show()
    return with_start(widgets.VBox([*knobs.values(), screen]), screen.value)


def refuse_other_inputs(function: Any, ranges: dict[str, Any]) -> None:
    """Refuse what is no function of these inputs."""
    if not callable(function):
        raise ValueError(f"sliders move the inputs of a function, and {function!r} is none")
    try:
        inspect.signature(function).bind(**ranges)
    except TypeError as error:
        raise ValueError(f"the sliders do not fit the function: {error}") from None
    except ValueError:  # a function that does not say what it takes
        return


def range_of(name: str, given: Any) -> tuple[float, float, float]:
    """Start, lowest and highest number of a slider, which must be in reach of one another."""
    try:
        start, low, high = map(float, given)
    except (TypeError, ValueError):
        start = low = high = math.nan
    if not (low <= start <= high and low < high and math.isfinite(high - low)):
        raise ValueError(
            f"the slider of `{name}` takes (start, lowest, highest), three finite numbers with the "
            f"start between the others, as in {name}=(1, -5, 5), and was given {given!r}"
        )
    return start, low, high


def step_of(start: float, low: float, high: float) -> float:
    """A power of ten, so that round numbers can be met, and the start is one of the stops.

    A slider in the browser moves to its nearest stop by itself, the moment it appears.
    """
    digits = max(0, 1 - math.floor(math.log10((high - low) / 5)))
    while digits < MOST_DIGITS and not (
        round(start, digits) == start and round(low, digits) == low
    ):
        digits += 1
    return float(10.0**-digits)


def as_html(function: Callable[..., Any], inputs: dict[str, float]) -> str:
    """What the function returns, as a notebook shows it; an exception becomes its sentence."""
    try:
        result = function(**inputs)
    except Exception as error:  # the code under the sliders is the learner's
        return f"<pre>{html.escape(f'{type(error).__name__}: {error}')}</pre>"
    if hasattr(result, "_repr_mimebundle_"):
        shown = result._repr_mimebundle_()
        return str(shown.get("text/html") or f"<pre>{html.escape(shown['text/plain'])}</pre>")
    if hasattr(result, "_repr_html_"):
        return str(result._repr_html_())
    return f"<pre>{html.escape(str(result))}</pre>"


def with_start(box: Any, page: str) -> Any:
    """Let a page that has no widgets show the value at the start instead."""
    widget_view = box._repr_mimebundle_

    def both(**options: Any) -> dict[str, Any]:
        return {**(widget_view(**options) or {}), "text/html": page}

    box._repr_mimebundle_ = both
    return box
