"""What the circle of a gate says: its symbol with its constants and settings, as the notes write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_kit.operands import plain
from backprop_kit.parts import Parts

if TYPE_CHECKING:
    from backprop_kit.declaring import Gate


def gate_label(gate: Gate, operands: tuple[Any, ...], settings: Mapping[str, Any]) -> str:
    """A gate's symbol with its constants and settings written in: `+`, `*-1`, `1/x`, `sum axis 0`."""
    symbol = gate.symbol
    if gate.settings:
        return with_settings(symbol, settings)
    if len(operands) != 2 or all(isinstance(o, Parts) for o in operands):
        return symbol
    left, right = operands
    if symbol[0].isalpha():
        shown = ", ".join("x" if isinstance(o, Parts) else constant(o) for o in operands)
        return f"{symbol}({shown})"
    if isinstance(left, Parts):
        return f"{symbol}{constant(right)}"
    return f"{symbol}{constant(left)}" if symbol in ("+", "*") else f"{constant(left)}{symbol}x"


def with_settings(symbol: str, settings: Mapping[str, Any]) -> str:
    """A gate of arrays with what it was told: `sum axis 0`, `[1:, 0]`, `ij,jk->ik`."""
    if "index" in settings:
        return symbol.replace(" ", written_index(settings["index"]))
    if "spec" in settings:
        return str(settings["spec"])
    axis = settings.get("axis")
    return symbol if axis is None else f"{symbol} axis {axis}"


def written_index(index: Any) -> str:
    """What stands between the brackets, as it is typed; a long array as its size."""
    if isinstance(index, tuple):
        return ", ".join(map(written_index, index))
    if isinstance(index, slice):
        ends = ["" if end is None else str(end) for end in (index.start, index.stop, index.step)]
        return ":".join(ends if index.step is not None else ends[:2])
    if isinstance(index, np.ndarray):
        if index.dtype == bool:
            return "mask"
        return str(index.tolist()) if index.size <= 3 else f"{index.size} places"
    return "..." if index is ... else str(index)


def constant(number: Any) -> str:
    """A constant as short as it can be read: `1` for 1.0, three digits for a long one."""
    number = plain(number)
    if isinstance(number, np.ndarray):
        return f"({'×'.join(map(str, number.shape))})"
    text = repr(number)
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e6:
        return str(int(number))
    return text if len(text) <= 5 else f"{number:.3g}"
