"""Learn backpropagation by hand: draw the circuit of plain Python, check the backward pass you wrote.

    from backprop_kit import draw, check

Names are looked up when they are first used, so that importing the package costs next to nothing.
This is the one module that joins the two halves of the kit, calculus (gates, circuits) and
measurement (nudging, checking), which never import each other.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from backprop_kit import source

_HOME = {
    "Circuit": "circuit",
    "Drawing": "drawing",
    "GATES": "gates",
    "Gate": "gates",
    "GradientReport": "report",
    "Stage": "staged",
    "StagedError": "source",
    "Watcher": "staged",
    "WrongGradient": "report",
    "check": "checker",
    "draw": "drawing",
    "gate": "gates",
    "grade": "checker",
    "judge": "judging",
    "load_ipython_extension": "magic",
    "measure": "nudge",
    "record": "recording",
    "stages": "staged",
    "trace": "circuit",
}

__all__ = [*_HOME, "__version__"]  # every key is a string


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("backprop-kit")
    if name not in _HOME:
        raise AttributeError(f"backprop_kit has no `{name}`; it has {', '.join(_HOME)}")
    return getattr(import_module(f"backprop_kit.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def _names_in_cells() -> dict[str, Any]:
    """What cell text sees besides `math`: numpy as `np`, and the gates by name."""
    import numpy

    gates = import_module("backprop_kit.gates")
    return {"np": numpy, "numpy": numpy, **gates.GATES}


source.names_in_cells = _names_in_cells
