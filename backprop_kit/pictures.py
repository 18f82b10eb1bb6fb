"""`curve` and `regions`: what training did, in two pictures that follow the page's own colours."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

# One for each class, told apart under every common colour blindness (Okabe and Ito, 2008), bright
# enough for dark paper and dark enough for white; the marks differ as well.
COLOURS = ("#3b8ed0", "#e69f00", "#1fa37a", "#cc79a7", "#d55e00", "#8a8d91")
MARKS = (
    '<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>',
    '<rect x="{left:.1f}" y="{top:.1f}" width="5.4" height="5.4"/>',
    '<path d="M{x:.1f},{peak:.1f}l3.6,6.2h-7.2z"/>',
)

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
    'height="{height}" role="img" aria-label="{alt}" style="max-width:100%;height:auto" '
    'font-size="12" font-family="sans-serif">{inside}</svg>'
)
WIDE, HIGH, LEFT, BELOW = 460, 200, 54, 34  # of a curve, in pixels: the plot, and room for its axes
SIDE, CELLS = 340, 85  # of regions: pixels along each side, and squares of one colour


@dataclass(frozen=True, repr=False)
class Picture:
    """A figure as SVG; the text says the same in words."""

    svg: str
    alt: str

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        return self.svg


# ----- a curve -----------------------------------------------------------------------------------


def curve(values: Sequence[float], name: str = "loss") -> Picture:
    """Draw numbers, one a step, as a curve: the loss during training, say.

    The vertical axis begins at 0, so that a curve that is flat looks flat. Numbers that are not
    finite leave a gap.

    Raises ValueError where no number is finite.
    """
    try:
        numbers = np.asarray(values, dtype=float).ravel()
    except (TypeError, ValueError):
        raise ValueError(
            f"a curve is drawn through numbers, one a step, and {str(values)[:40]!r} is none"
        ) from None
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        raise ValueError(f"there is nothing to draw: no number of the {name} is finite")
    top = tidy(max(float(finite.max()), 0.0)) or 1.0
    low = min(0.0, float(finite.min()))
    inside = "".join((*axes(len(numbers), low, top, name), *strokes(numbers, low, top)))
    alt = f"{name}: {numbers[0]:.3g} at the start, {numbers[-1]:.3g} after {len(numbers)} steps"
    size = {"width": LEFT + WIDE + 16, "height": HIGH + BELOW + 16}
    return Picture(SVG.format(**size, alt=html.escape(alt), inside=inside), alt)


def tidy(number: float) -> float:
    """The next larger number that is short to say: 1, 1.5, 2, 3 or 5, with any zeros."""
    if number <= 0:
        return 0.0
    unit = float(10 ** math.floor(math.log10(number)))
    return next(size * unit for size in (1, 1.5, 2, 3, 5, 10) if size * unit >= number)


def axes(steps: int, low: float, top: float, name: str) -> Iterator[str]:
    """Two axes with a number at each end, and their names."""
    at = height_of(np.array([0.0, top]), low, top)
    yield (
        '<g stroke="currentColor" stroke-opacity="0.5" fill="none">'
        f'<path d="M{LEFT},8V{HIGH + 8}H{LEFT + WIDE}"/>'
        f'<path d="M{LEFT},8H{LEFT + WIDE}" stroke-dasharray="2 4"/></g>'
    )
    yield '<g fill="currentColor" text-anchor="end">'
    yield from (
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}">{number:g}</text>'
        for number, y in zip((0.0, top), at, strict=True)
    )
    yield f'<text x="{LEFT + WIDE}" y="{HIGH + 26}">{steps} steps</text>'
    yield f'<text x="{LEFT - 6}" y="{HIGH / 2 + 8}">{html.escape(name)}</text></g>'


def strokes(numbers: np.ndarray, low: float, top: float) -> Iterator[str]:
    """The curve, in one piece for each run of finite numbers."""
    every = max(1, len(numbers) // WIDE)  # more than one a pixel cannot be seen
    chosen = np.unique(np.append(np.arange(0, len(numbers), every), len(numbers) - 1))
    x = LEFT + WIDE * chosen / max(1, len(numbers) - 1)
    y = height_of(numbers[chosen], low, top)
    points = list(zip(x, y, strict=True))
    for drawn, run in groupby(points, key=lambda point: bool(np.isfinite(point[1]))):
        if drawn:
            path = " ".join(f"{a:.1f},{b:.1f}" for a, b in run)
            yield f'<polyline points="{path}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"/>'


def height_of(numbers: np.ndarray, low: float, top: float) -> np.ndarray:
    return np.asarray(8 + HIGH * (1 - (numbers - low) / (top - low)))


# ----- regions -----------------------------------------------------------------------------------


def regions(
    classify: Callable[[np.ndarray], Any] | None, points: np.ndarray, labels: Any
) -> Picture:
    """Draw points in the plane with their classes, and where `classify` would put all others.

    `points` has a row of two numbers for each point, `labels` a class 0, 1, 2, … for each;
    `classify` takes such an array of points and gives a class for each. Without it (None) the
    points alone are drawn.

    Raises ValueError for arrays of other shapes, `classify`'s included.
    """
    points, labels = np.asarray(points, dtype=float), np.asarray(labels)
    if labels.dtype.kind not in "biuf" or np.any(labels != labels.astype(int)):
        raise ValueError("`labels` must be whole numbers, the class of each point: 0, 1, 2, …")
    if not points.size:
        raise ValueError("there is nothing to draw: `points` is empty")
    if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
        raise ValueError(
            f"regions are drawn in the plane: `points` must be (N, 2) and `labels` (N,), and these "
            f"are {points.shape} and {labels.shape}"
        )
    low, high = points.min() - 0.1, points.max() + 0.1
    alt = f"{len(points)} points of {len(np.unique(labels))} classes"
    ground = ""
    if classify is not None:
        ground = "".join(squares(classes(classify, lattice(low, high)).reshape(CELLS, CELLS)))
        right = float(np.mean(classes(classify, points) == labels))
        alt += f", {right:.1%} of them in the region of their own class"
    at = (points - low) / (high - low) * SIDE
    marks = "".join(mark(x, SIDE - y, int(k)) for (x, y), k in zip(at, labels, strict=True))
    size = {"width": SIDE, "height": SIDE}
    return Picture(SVG.format(**size, alt=alt, inside=ground + marks), alt)


def lattice(low: float, high: float) -> np.ndarray:
    """The middle of every square, row by row from the top."""
    middles = low + (np.arange(CELLS) + 0.5) / CELLS * (high - low)
    x, y = np.meshgrid(middles, middles[::-1])
    return np.stack([x.ravel(), y.ravel()], axis=1)


def classes(classify: Callable[[np.ndarray], Any], points: np.ndarray) -> np.ndarray:
    """What `classify` says of every point."""
    found = np.asarray(classify(points))
    if found.shape != points.shape[:1]:
        raise ValueError(
            f"`classify` is to give a class for each of {len(points)} points, an array of shape "
            f"({len(points)},), and this gave {found.shape}"
        )
    return found


def squares(found: np.ndarray) -> Iterator[str]:
    """The ground, a strip for each run of squares of one class."""
    side = SIDE / CELLS
    for row, line in enumerate(found):
        column = 0
        for kind, run in groupby(line):
            count = len(list(run))
            yield (
                f'<rect x="{column * side:g}" y="{row * side:g}" width="{count * side:g}" '
                f'height="{side:g}" fill="{colour(int(kind))}" fill-opacity="0.3" '
                'shape-rendering="crispEdges"/>'
            )
            column += count


def mark(x: float, y: float, kind: int) -> str:
    shape = MARKS[kind % len(MARKS)].format(x=x, y=y, left=x - 2.7, top=y - 2.7, peak=y - 3.8)
    return f'<g fill="{colour(kind)}" stroke="currentColor" stroke-width="0.6">{shape}</g>'


def colour(kind: int) -> str:
    return COLOURS[kind % len(COLOURS)]
