"""A handwritten backward pass beside the circuit: your gradient on every wire, and the first wrong gate.

The verdicts and the reason are those of `check`, which measures; what stands beside them in a figure
is what the circuit computes. Here the two are only put side by side, wire by wire.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backprop_kit.checker import check
from backprop_kit.circuit import Circuit
from backprop_kit.plain import numbers
from backprop_kit.recorder import record
from backprop_kit.report import GradientReport
from backprop_kit.report_html import EMPHASIS
from backprop_kit.rows import ReportRow, found, show, show_point, wanted
from backprop_kit.source import StagedError
from backprop_kit.wire import Wire

WORDS = re.compile(r"[A-Za-z_]\w*")
LUCKY = "At these inputs your number happens to be right; at {point} it is not."


def compared(circuit: Circuit) -> dict[str, Any]:
    """What `check` finds at the inputs of a circuit, as plain data that is laid onto its wires.

    `rows` has a row for each d-variable: its wire (None where no single wire is meant), what you
    have there, what it should be, and the verdict. `first` is the first that is wrong, with the gates
    to mark and the sentence that says why. Where nothing can be judged `problem` says so instead.
    """
    try:
        report = check(circuit.code, circuit.output_name, inputs=circuit.given)
        yours = written_here(circuit)
    except StagedError as error:
        return {"rows": [], "first": None, "ok": False, "headline": "", "problem": str(error)}
    return {
        "rows": [plain for row in report.rows for plain in plain_rows(row, yours, circuit)],
        "first": first_wrong(report, yours, circuit),
        "ok": report.ok,
        "headline": report.headline(),
        "problem": "",
    }


def written_here(circuit: Circuit) -> dict[str, Any]:
    """Every d-variable at the inputs of the circuit, for a report may speak of other inputs."""
    recording = record(circuit.code, circuit.given, output=circuit.output_name, quiet=True)
    return {write.name: write.value for write in recording.backward}


# ----- rows ----------------------------------------------------------------------------------------


def plain_rows(row: ReportRow, yours: Mapping[str, Any], circuit: Circuit) -> list[dict[str, Any]]:
    """A d-variable as one row, or, where it is a list on several wires, as one for each."""
    here = row.yours if row.point is None else yours.get(row.name)
    said = {"verdict": row.verdict, "symbol": row.symbol, "line": row.line}
    wires = circuit.names.get(row.of)
    if isinstance(wires, list) and np.shape(here if here is not None else ()) == (len(wires),):
        return [
            {"name": f"{row.name}[{i}]", "wire": place_of(wire, circuit), "yours": number(part),
             "found": show(float(part)), "wanted": "", **said}
            for i, (wire, part) in enumerate(zip(wires, np.asarray(here), strict=True))
        ]  # fmt: skip
    wire = wires if isinstance(wires, Wire) else None
    return [
        {"name": row.name, "wire": place_of(wire, circuit), "yours": number(here),
         "found": found(row, named=False), "wanted": wanted(row).removeprefix("should be "), **said}
    ]  # fmt: skip


def number(value: Any) -> float | str | None:
    """A number as JSON can say it; None for an array, and for what is no number."""
    array = numbers(value)
    if array is None or array.ndim:
        return None
    return float(array) if np.isfinite(array) else repr(float(array))


def place_of(wire: Wire | None, circuit: Circuit) -> int | None:
    """The number of a wire on the tape."""
    return next((i for i, other in enumerate(circuit.wires) if other is wire), None)


# ----- the first wrong gate ------------------------------------------------------------------------


def first_wrong(
    report: GradientReport, yours: Mapping[str, Any], circuit: Circuit
) -> dict[str, Any] | None:
    """The first slip: its wire, the gates through which it came, and the report's own sentence."""
    row = report.first
    if report.ok or row is None:
        return None
    wires = circuit.names.get(row.of)
    listed = wires if isinstance(wires, list) else [wires]
    places = [n for n in (place_of(wire, circuit) for wire in listed) if n is not None]
    sentence = report.reason
    if is_lucky(row, yours, wires):
        sentence = f"{sentence} {LUCKY.format(point=show_point(row.point or {}))}"
    return {
        "name": row.name,
        "wires": places,
        "gates": gates_to_mark(row, places, circuit),
        "said": plain_text(sentence),
        "label": report.label,
    }


def plain_text(sentence: str) -> str:
    """A sentence without its marks: `code` and *emphasis*."""
    parts = sentence.split("`")
    return "".join(part if i % 2 else EMPHASIS.sub(r"\1", part) for i, part in enumerate(parts))


def is_lucky(row: ReportRow, yours: Mapping[str, Any], wire: Any) -> bool:
    """Whether a wrong line gives the right number at these inputs."""
    here = numbers(yours.get(row.name))
    if row.point is None or here is None or not isinstance(wire, Wire):
        return False
    return here.shape == np.shape(wire.d) and bool(np.allclose(here, wire.d, rtol=1e-6, atol=1e-12))


def gates_to_mark(row: ReportRow, wires: Sequence[int], circuit: Circuit) -> list[int]:
    """The gates of the stages that read a wire: of those that its line speaks of, else of all."""
    tape = Tape(circuit)
    stages = [tape.stage_from(reader) for n in wires for reader in tape.readers[n]]
    spoken = set(WORDS.findall(row.text.partition("=")[2]))
    chosen = [stage for stage in stages if tape.gradient_names(stage) & spoken] or stages
    return sorted({gate for stage in chosen for gate in stage})


class Tape:
    """Who reads which wire of a circuit, by their numbers."""

    def __init__(self, circuit: Circuit) -> None:
        self.output = circuit.output_name
        places = {id(wire): i for i, wire in enumerate(circuit.wires)}
        self.names: dict[int, set[str]] = {}
        for name, wire in circuit.names.items():
            if id(wire) in places:
                self.names.setdefault(places[id(wire)], set()).add(name)
        self.readers: list[list[int]] = [[] for _ in places]
        for i, wire in enumerate(circuit.wires):
            for operand in {id(o) for o in wire.operands} & places.keys():
                self.readers[places[operand]].append(i)

    def stage_from(self, gate: int) -> list[int]:
        """The gates from this one to where a value gets a name: the line of code that it is in."""
        found, ahead = [gate], [gate]
        while ahead:
            at = ahead.pop()
            further = [] if at in self.names else [i for i in self.readers[at] if i not in found]
            found += further
            ahead += further
        return found

    def gradient_names(self, stage: Sequence[int]) -> set[str]:
        """How a line may call the gradient that comes into a stage."""
        names = {name for gate in stage for name in self.names.get(gate, ())}
        return {f"d{name}" for name in names} | {f"d{self.output}d{name}" for name in names}
