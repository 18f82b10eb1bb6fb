"""`play`: a circuit under sliders, with the values and gradients on every wire following along."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from backprop_kit.circuit import Circuit, trace
from backprop_kit.comparing import compared
from backprop_kit.declaring import as_tuple
from backprop_kit.drawing import SHOWN, draw
from backprop_kit.engine import NoEngine
from backprop_kit.film import film
from backprop_kit.live_inputs import Dial, dials_of, numbers_of, with_numbers, without_ranges
from backprop_kit.live_marks import forms_of, marks_of, refuse_large
from backprop_kit.live_page import write_score
from backprop_kit.live_score import as_number, score_of, without_gradients
from backprop_kit.live_script import script, style
from backprop_kit.palette import colours
from backprop_kit.parts import TraceError
from backprop_kit.predicting import Prediction
from backprop_kit.sketch import without_decimals
from backprop_kit.staged import inputs_of
from backprop_kit.wire import Wire

__all__ = ["Play", "play"]

MODES = ("explore", "predict", "compare")


def play(
    code: Any,
    /,
    output: str = "f",
    *,
    mode: str = "explore",
    palette: str = "notes",
    inputs: Mapping[str, Any] | None = None,
    **named: Any,
) -> Play:
    """Put the circuit of a function, or of cell text, under sliders: one for each number in its inputs.

    Inputs are those of `trace`. `x=3.0` lets the number pick a range; `x=(3.0, -5, 5)` says the value,
    the lowest and the highest; a list of numbers gets one slider for each (`w=[(2.0, 0, 4), -3.0]`).
    Values (above each wire) and gradients (below) follow at once: the browser computes them itself,
    from the formulas of the gates, and where it cannot (arrays, a branch taken the other way) the
    kernel does, and the widget says so. `palette` is `"notes"` or `"safe"`, as for `draw`.

    With `mode="predict"` the gradients are hidden and asked for, one on each wire that has a name:
    right or not yet at once, and a line to paste into an answer cell that `check_numbers` or
    `grade_numbers` judges. With `mode="compare"` the d-variables of a function that has a backward pass stand beside
    the true gradients, and the first wrong gate is marked with the reason that `check` gives.

    What it returns is an ipywidgets widget: `.inputs`, `.values` and `.gradients` are dicts by name, and
    `.value` is that of the output; they can be observed and linked, and setting `.inputs` moves the sliders.

    Raises `TraceError` in a sentence that says what to change.
    The notes: "Intuitive understanding of backpropagation".
    """
    if mode not in MODES:
        raise TraceError(f"there is no mode {mode!r}; choose one of {', '.join(map(repr, MODES))}")
    colours(palette, "auto")
    given, ranges = without_ranges(inputs_of(inputs, named))
    try:
        circuit = trace(code, output, inputs=given)
    except TraceError as error:
        raise TraceError(f"{error}{about_pairs(given)}") from None
    return Play(circuit, ranges, palette=palette, mode=mode)


def about_pairs(given: Mapping[str, Any]) -> str:
    """What to write for a range, where one may have been meant."""
    pairs = [n for n, v in given.items() if isinstance(v, tuple) and len(v) == 2]
    if not pairs:
        return ""
    return f"; if it is a range that you mean, write `{pairs[0]}=(value, lowest, highest)`"


class Play(anywidget.AnyWidget):
    """A circuit that can be moved: what `play` returns."""

    _esm = script()
    _css = style()

    # Between the kernel and the browser: `told` holds the numbers of the dials, `count` numbers the
    # browser's messages, and `played` answers one of them where the browser cannot compute by itself.
    score = traitlets.Dict().tag(sync=True)
    told: Any = traitlets.List().tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    played = traitlets.Dict().tag(sync=True)
    # What was typed at the wires, what is said of it, and the line to paste; what a check found.
    typed = traitlets.Dict().tag(sync=True)
    judged = traitlets.Dict().tag(sync=True)
    line = traitlets.Unicode().tag(sync=True)
    compared = traitlets.Dict().tag(sync=True)

    inputs = traitlets.Dict(help="The inputs by name, as the circuit has them now.")
    values = traitlets.Dict(help="The value of every name.")
    gradients = traitlets.Dict(help="The gradient of the output on every name.")
    value = traitlets.Any(help="The value of the output.")

    def __init__(
        self,
        circuit: Circuit,
        ranges: Mapping[str, tuple[float, float, float]] | None = None,
        *,
        palette: str = "notes",
        mode: str = "explore",
    ) -> None:
        self.circuit = circuit
        self._ranges = dict(ranges or {})
        self._palette, self._mode = palette, mode
        self._show = ("value",) if mode == "predict" else SHOWN
        self._dials = dials_of(circuit, self._ranges)
        self._busy = True  # until all is there
        self._whole = True
        refuse_large(circuit)
        if mode == "predict":
            asked_in(Prediction(circuit))
        super().__init__()
        with self.hold_trait_notifications():
            self.inputs = circuit.given
            self.told = [dial.value for dial in self._dials]
            self._write_score()
            self._publish()
        self._busy = False

    # -- being moved ----------------------------------------------------------------------------

    @traitlets.observe("told")
    def _when_told(self, change: Any) -> None:
        """The browser moved a dial."""
        if self._busy or len(self.told) != len(self._dials):
            return
        self._run(with_numbers(self.circuit.given, self._dials, self.told))

    @traitlets.validate("inputs")
    def _complete(self, proposal: Any) -> dict[str, Any]:
        """New values for some inputs leave the others as they are; unknown names are refused."""
        inputs = {**self.circuit.given, **proposal["value"]}
        self.circuit.code.bind(inputs)
        numbers_of(inputs, self._dials)
        return inputs

    @traitlets.observe("inputs")
    def _when_set(self, change: Any) -> None:
        """Python code, or a link, set the inputs."""
        if self._busy:
            return
        numbers = numbers_of(self.inputs, self._dials)
        self._run(self.inputs)
        self._busy = True
        try:
            self.told = numbers
        finally:
            self._busy = False

    def _run(self, inputs: dict[str, Any]) -> None:
        """Feed inputs through the circuit, and let everybody know."""
        tape, self._busy = self.circuit.wires, True
        try:
            self.circuit.run(**inputs)
            problem = ""
        except TraceError as error:
            problem = f"{error}."
        try:
            with self.hold_sync(), self.hold_trait_notifications():  # one message, not several
                self.inputs = inputs
                if self.circuit.wires is not tape:
                    self._write_score()
                self._publish(problem)
        finally:
            self._busy = False

    # -- what others see ------------------------------------------------------------------------

    def _write_score(self) -> None:
        """Tell the browser of the circuit as it is: at first, and after another branch."""
        self._dials = dials_of(self.circuit, self._ranges)
        marks = marks_of(self.circuit, self._whole, self._palette)
        self._forms = forms_of(marks)
        score = score_of(self.circuit, self._dials, self._palette, self._mode)
        if self._mode == "predict":
            self._prediction = Prediction(self.circuit)
            score = without_gradients({**score, "asked": asked_in(self._prediction)})
        self.score = score

    def _publish(self, problem: str = "") -> None:
        """Values and gradients by name; nan where these inputs have none."""
        circuit = self.circuit
        shown = (lambda number: number) if not problem else without_value
        self.values = {n: shown(w.value) for n, w in circuit.names.items()}
        self.gradients = {n: shown(w.d) for n, w in circuit.names.items()}
        self.value = shown(circuit.output.value)
        if self.score["kernel"]:
            self._answer(problem)
        if not problem:
            self._teach()

    def _teach(self) -> None:
        """Hold what the learner typed, or wrote, against the circuit as it is now."""
        if self._mode == "compare":
            self.compared = {**compared(self.circuit), "count": self.count}
        if self._mode == "predict":
            self.gradients = {}
            self._prediction = Prediction(self.circuit)
            self._judge()

    @traitlets.observe("typed")
    def _judge(self, change: Any = None) -> None:
        """Say of each number that was typed whether it is right, and write the line to paste."""
        if self._mode == "predict":
            self.judged = self._prediction.judged(self.typed)
            self.line = self._prediction.line(self.typed)

    def _answer(self, problem: str) -> None:
        """Tell the browser what it cannot compute; an array that needs another form is laid out anew."""
        self._whole = self._whole and without_decimals(self.circuit, self.circuit.wires, self._show)
        marks = marks_of(self.circuit, self._whole, self._palette)
        if forms_of(marks) != self._forms:
            self._write_score()
        played = {
            "count": self.count,
            "problem": problem,
            "values": [single(wire.value) for wire in self.circuit.wires],
            "gradients": [single(wire.d) for wire in self.circuit.wires],
            "handed": {str(n): handed_back(wire) for n, wire in enumerate(self.circuit.wires)},
            "marks": {str(number): parts for number, parts in marks.items()},
            "whole": self._whole,
        }
        self.played = forward_only(played) if self._mode == "predict" else played

    def to_html(self, path: str | Path) -> Path:
        """Write it as one page that opens without a network and without a kernel; returns its path."""
        score = score_of(self.circuit, self._dials, self._palette, self._mode)
        return write_score(self.circuit, Path(path), {**score, **self._lesson()}, self._palette)

    def to_svg(self, path: str | Path, moving: str | None = None) -> Path:
        """Write it as one SVG that runs nothing, for a page or a slide; returns its path.

        `moving` names a slider, as in `moving="x[0]"`, that goes to and fro through its range by itself,
        while every number on the wires follows. Raises `TraceError` where no slider is called so, where
        arrays are on the wires, and where another branch would be taken.
        """
        path = Path(path)
        if not path.parent.is_dir():
            raise TraceError(
                f"there is no folder `{path.parent}` to write `{path.name}` in; make it first"
            )
        if self._mode == "predict":
            raise TraceError(
                "gradients that are to be predicted are in no picture; use the mode 'explore'"
            )
        path.write_text(
            film(self.circuit, self._dials_now(), moving, self._palette), encoding="utf-8"
        )
        return path

    def _dials_now(self) -> list[Dial]:
        """The sliders where they stand."""
        return [replace(dial, value=v) for dial, v in zip(self._dials, self.told, strict=True)]

    def _lesson(self) -> dict[str, Any]:
        """What a page needs besides the circuit where no kernel answers."""
        if self._mode == "predict":
            return {"asked": asked_in(self._prediction)}
        return {"compared": self.compared} if self._mode == "compare" else {}

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """The widget, and for a page without widgets the figure as it was at first."""
        shown = super()._repr_mimebundle_(**options)
        data, *metadata = shown if isinstance(shown, tuple) else (shown or {},)
        try:
            figure = draw(self.circuit, palette=self._palette, show=self._show)._repr_mimebundle_()
        except NoEngine as missing:
            figure = {"text/plain": str(missing)}
        data = {**data, **figure}
        return (data, *metadata) if metadata else data


def asked_in(prediction: Prediction) -> list[dict[str, Any]]:
    """The wires that a gradient is asked for on; raises `TraceError` if there is none."""
    if not prediction.asked:
        raise TraceError(
            'there is no gradient to predict: mode="predict" asks for one on each wire that has a name '
            "and carries a number"
        )
    return [{"wire": wire, "name": name} for wire, name in prediction.asked.items()]


def single(number: Any) -> Any:
    """A number as JSON has it; None for an array."""
    return None if isinstance(number, np.ndarray) else as_number(number)


def forward_only(played: dict[str, Any]) -> dict[str, Any]:
    """An answer of the kernel without what is to be found out."""
    marks = {
        number: {part: there for part, there in parts.items() if part == "value"}
        for number, parts in played["marks"].items()
    }
    return {**played, "gradients": [0.0] * len(played["values"]), "handed": {}, "marks": marks}


def handed_back(wire: Wire) -> list[Any] | None:
    """The local gradient and the share of each operand, where all are numbers; None elsewhere."""
    numbers = [o.value if isinstance(o, Wire) else o for o in (wire, *wire.operands)]
    if wire.gate is None or any(isinstance(number, np.ndarray) for number in numbers):
        return None
    try:
        parts = [as_tuple(wire.backward(df)) for df in (1.0, wire.d)]
    except (ArithmeticError, ValueError):
        return None
    return [
        [single(local), single(share if wire.d else 0.0)]
        for local, share, operand in zip(*parts, wire.operands, strict=True)
        if isinstance(operand, Wire)
    ]


def without_value(number: Any) -> Any:
    """Nan in the form of a value: a number, a list or an array."""
    if isinstance(number, list):
        return [without_value(part) for part in number]
    return np.full(number.shape, math.nan) if isinstance(number, np.ndarray) else math.nan
