"""How a number is written beside a wire."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

MINUS = "−"  # as wide as a plus, unlike the hyphen


def all_whole(numbers: Iterable[Any]) -> bool:
    """Whether a figure can do without decimals, as the first one of the notes does."""
    return all(math.isfinite(n) and float(n).is_integer() for n in numbers)


def written(number: Any, whole: bool = False) -> str:
    """Two decimals as in the notes: `−0.20`; none in a figure of whole numbers: `−12`.

    Where two decimals would hide a value behind `0.00`, three significant digits: `0.00123`.
    """
    if isinstance(number, bool):
        return str(number).lower()
    if not math.isfinite(number):
        text = {math.inf: "∞", -math.inf: "-∞"}.get(number, "nan")
    elif whole and abs(number) < 1e9:
        text = str(int(number))
    elif abs(number) >= 1e6 or 0 < abs(number) < 0.005:
        text = f"{number:.3g}"
    else:
        text = f"{number + 0.0:.2f}"
    return text.replace("-", MINUS)
