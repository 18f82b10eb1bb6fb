"""An array in words: its numbers where they are few, else how far they reach, and what its shades mean."""

from __future__ import annotations

import html

import numpy as np

from backprop_kit.heat import HeatMap, mean_of
from backprop_kit.numerals import MINUS, written

SPACE = "\u2002"  # between two numbers of a row; HTML makes one of several plain ones
FEW = 12  # numbers that are written out
LONGEST = 4  # of them along one axis
WIDEST = 32  # characters in a row, the columns being equally wide


def numbers_in(array: np.ndarray, whole: bool) -> list[list[str]] | None:
    """The elements as they are written, in rows; None where they are too many, or too long."""
    across = array.shape[-1]
    if not 0 < array.size <= FEW or max(across, array.size // across) > LONGEST:
        return None
    rows = array.reshape(-1, across).tolist()
    texts = [[written(number, whole) for number in row] for row in rows]
    return texts if across * max(len(text) for row in texts for text in row) <= WIDEST else None


def alike_in(array: np.ndarray, whole: bool) -> str:
    """`all 1.00` for an array that is too large to be written out and has one number throughout."""
    if numbers_in(array, whole) is not None or not array.size:
        return ""
    first = array.flat[0]
    alike = np.all(array == first) or np.all(np.isnan(array))
    return f"all {written(first.item(), whole)}" if alike else ""


def reach_of(array: np.ndarray, whole: bool) -> str:
    """From where to where the elements of a heat map go: `−2.33 … 1.30`, or how many of a mask are true."""
    if array.dtype == bool:
        return said_range(array, whole)
    finite = array[np.isfinite(array)]
    if not finite.size:
        return said_range(array, whole)
    return " … ".join(ends_of(finite, whole))


def ends_of(finite: np.ndarray, whole: bool) -> tuple[str, str]:
    """The smallest and the largest element; with more digits where two decimals make them one."""
    low, high = finite.min().item(), finite.max().item()
    texts = written(low, whole), written(high, whole)
    if texts[0] == texts[1] and low != high:
        return precise(low), precise(high)
    return texts


def precise(number: float) -> str:
    """A number in three significant digits."""
    return f"{number:.3g}".replace("-", MINUS)


def said(array: np.ndarray, whole: bool) -> str:
    """The numbers of a small array in brackets, or the range and the mean of a large one."""
    texts = numbers_in(array, whole)
    if texts is None:
        return alike_in(array, whole) or said_range(array, whole)
    return bracketed(array.shape, [text for row in texts for text in row])


def bracketed(shape: tuple[int, ...], texts: list[str]) -> str:
    """Texts in the brackets of their shape: `[[1, 2], [3, 4]]`."""
    if not shape:
        return texts[0]
    step = len(texts) // shape[0]
    parts = [bracketed(shape[1:], texts[i : i + step]) for i in range(0, len(texts), step)]
    return f"[{', '.join(parts)}]"


def said_range(array: np.ndarray, whole: bool) -> str:
    """From where to where the elements go, their mean, and how many are not finite."""
    if not array.size:
        return "empty"
    if array.dtype == bool:
        return f"{np.count_nonzero(array):,} of {array.size:,} true"
    finite = array[np.isfinite(array)]
    parts = []
    if finite.size:
        low, high = ends_of(finite, whole)
        parts.append(f"min {low}, max {high}, mean {written(mean_of(finite))}")
    parts += [
        f"{count:,} {name}"
        for name, count in (
            ("nan", np.count_nonzero(np.isnan(array))),
            ("∞", np.count_nonzero(np.isposinf(array))),
            ("−∞", np.count_nonzero(np.isneginf(array))),
        )
        if count
    ]
    return ", ".join(parts)


def said_scale(array: np.ndarray, whole: bool = False) -> str:
    """What the shades of a heat map mean; nothing for an array that is not drawn as one."""
    if not array.size or alike_in(array, whole) or numbers_in(array, whole) is not None:
        return ""
    heat = HeatMap(array)
    down, across = heat.block
    block = f"{down}×{across}" if down > 1 < across else str(down * across)
    each = f"; a cell is the mean of up to {block} elements" if down * across > 1 else ""
    if array.dtype == bool:
        return f"shaded where true{each}"
    reach = written(heat.reach)
    if not heat.reach:
        return f"no shade is 0{each}"
    return f"shades from {written(-heat.reach)} to {reach}, none at 0{each}"


def tabled(array: np.ndarray) -> str:
    """An array in a cell of an HTML table: its numbers row below row, or its range."""
    texts = numbers_in(array, False)
    if texts is None:
        return html.escape(alike_in(array, False) or said_range(array, False))
    return "<br>".join(html.escape(SPACE.join(row)) for row in texts)
