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
    "AnswerReport": "answers",
    "Candidates": "shapes",
    "Circuit": "circuit",
    "Drawing": "drawing",
    "GATES": "gates",
    "Gate": "gates",
    "GradientReport": "report",
    "Stage": "staged",
    "StagedError": "source",
    "Watcher": "staged",
    "WrongGate": "gates",
    "WrongGradient": "report",
    "check": "checker",
    "check_gate": "own_gates",
    "check_gradient": "gradcheck",
    "check_numbers": "typed",
    "check_values": "values",
    "curve": "pictures",
    "dimensions": "shapes",
    "draw": "drawing",
    "gate": "gates",
    "grade": "checker",
    "grade_gate": "own_gates",
    "grade_numbers": "typed",
    "grade_values": "values",
    "judge": "judging",
    "load_ipython_extension": "magic",
    "measure": "nudge",
    "numerical_gradient": "numerical",
    "play": "widgets",
    "progress": "bar",
    "record": "recorder",
    "regions": "pictures",
    "self_test": "asking",
    "sliders": "controls",
    "stages": "staged",
    "trace": "circuit",
    "write_backward": "writer",
}

__all__ = [*_HOME, "__version__"]  # every key is a string


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("backprop-kit")
    if name not in _HOME:
        raise AttributeError(f"backprop_kit has no `{name}`; {_meant(name)}")
    if _HOME[name] in ("gates", "own_gates"):
        _gates()
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def _meant(name: str) -> str:
    """The public name that is spelled much like this one, or all of them."""
    from difflib import get_close_matches

    near = get_close_matches(name, _HOME, 1)
    return f"did you mean `{near[0]}`?" if near else f"it has {', '.join(_HOME)}"


def __dir__() -> list[str]:
    return sorted(__all__)


# ----- where the two halves meet ---------------------------------------------------------------


def _gates() -> dict[str, Any]:
    """The gates by name; from here on a new one is held against nudging when it is declared."""
    from backprop_kit import declaring, gates, own_gates

    declaring.verify = _held_against_nudging
    own_gates.find = declaring.ATTEMPTS.get
    return dict(gates.GATES)


def _held_against_nudging(gate: Any) -> None:
    """Refuse a gate whose backward is not what nudging its inputs at its example shows."""
    import numpy as np

    from backprop_kit.declaring import WrongGate
    from backprop_kit.slopes import slopes

    value, backward = gate.vjp(*gate.example)
    # Each element of the output has a weight of its own, so that none can stand for another.
    weights = np.linspace(1.0, 2.0, np.size(value)).reshape(np.shape(value))
    claimed = backward(weights[()])
    for at, given in enumerate(gate.example):
        if claimed[at] is None:
            raise WrongGate(f"the backward of `{gate.name}` gives nothing for input {at + 1}")
        for place in np.ndindex(np.shape(given)):

            def move(step: float, at: int = at, place: tuple[int, ...] = place) -> float:
                moved = np.array(gate.example[at], dtype=float)
                moved[place] += step
                inputs = [*gate.example[:at], moved[()], *gate.example[at + 1 :]]
                return float(np.sum(weights * gate(*inputs)))

            found = slopes(move, abs(float(np.asarray(given)[place])) or 1.0)
            low, high = sorted((float(found.left), float(found.right)))
            allowed = 1e-6 * max(abs(low), abs(high)) + 10 * float(found.error)
            yours = float(np.broadcast_to(claimed[at], np.shape(given))[place])
            if not low - allowed <= yours <= high + allowed:
                values = ", ".join(_brief(x) for x in gate.example)
                which = f"input {at + 1}" + (f"{list(place)}" if place else "")
                raise WrongGate(
                    f"the backward of `{gate.name}` gives {yours:g} for {which} at "
                    f"{gate.name}({values}), and nudging that input gives {low:g}"
                )


def _brief(value: Any) -> str:
    """A number, or the shape of an array."""
    shape = getattr(value, "shape", ())
    return f"array of shape {shape}" if shape else f"{value:g}"


def _names_in_cells() -> dict[str, Any]:
    """What cell text sees besides `math`: numpy as `np`, and the gates by name.

    Of those that only arrays need, cells see the two that NumPy has no function for: `sum`, say,
    must stay Python's own.
    """
    import numpy

    gates = _gates()
    seen = {
        n: g
        for n, g in gates.items()
        if not str(g.rule.__module__).endswith(("array_gates", "axis_gates"))
    }
    return {"np": numpy, "numpy": numpy, **seen, **{n: gates[n] for n in ("softmax", "logsumexp")}}


source.names_in_cells = _names_in_cells
