"""A circuit: the forward pass on wires, and the gradient of the output on every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from backprop_kit.conditions import collector_paused, random_state, sentence_in
from backprop_kit.faithful import refuse_difference
from backprop_kit.groups import Group, groups_in
from backprop_kit.leaves import (
    Wires,
    as_numbers,
    constant_output,
    kind_of,
    leaves,
    names_of,
    only_numbers,
    plain_inputs,
    rebuilt,
)
from backprop_kit.operands import plain
from backprop_kit.parts import TraceError
from backprop_kit.staged import StagedFunction, inputs_of, staged
from backprop_kit.tape import Call, Guard, Tape
from backprop_kit.tracer import ForwardTracer, end_of_forward
from backprop_kit.wire import Wire

OFTEN = 20  # runs of one tape, after which it is compiled

__all__ = ["Call", "Circuit", "Guard", "TraceError", "Wire", "Wires", "trace"]


def trace(
    code: Any,
    /,
    output: str = "f",
    *,
    upstream: Any = None,
    inputs: Mapping[str, Any] | None = None,
    **named: Any,
) -> Circuit:
    """Follow the forward pass of a function, or of cell text, as a circuit of gates.

    Inputs are numbers, arrays (one wire each), or lists of numbers (`w = [2, -3, -3]` gives the
    wires `w[0]`, `w[1]`, `w[2]`), given by keyword or in `inputs=`. The gradients are of `output`,
    times `upstream` (1 where nothing else is said, so that the gradient of an array is that of its
    sum; an input named `d<output>` is it too), each in the shape of its value. Loops, helper
    functions, branches, names that are assigned again and arrays that change in place are followed
    as they run.

    Raises `TraceError`, or `StagedError` of which it is one kind, in a sentence that says what to
    change. The notes: "Compound expressions with chain rule".
    """
    given = inputs_of(inputs, named)
    handed = handed_in(code, output, given) if upstream is None else {}
    rest = {name: value for name, value in given.items() if name not in handed}
    circuit = Circuit(staged(code, rest), output, rest, handed.get(f"d{output}", upstream))
    circuit.handed = handed
    return circuit


def handed_in(code: Any, output: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The gradient on the output, where it is given by name to a forward pass that never reads it."""
    name = f"d{output}"
    if name not in given or staged(code, [n for n in given if n != name]).receives(name):
        return {}
    return {name: given[name]}


class Circuit:
    """Wires joined by gates: `circuit["q"].value` and `circuit["q"].d` are plain numbers, or arrays.

    `wires` lists them all in the order in which they were computed, `inputs` those that were given,
    and `output` is the one whose gradient is taken.
    """

    def __init__(
        self,
        staged: StagedFunction,
        output: str,
        given: Mapping[str, Any],
        upstream: Any = None,
    ) -> None:
        self.code = staged
        self.output_name = output
        self.upstream = upstream
        self.handed: dict[str, Any] = {}
        self._given = dict(given)
        self._trace(self._given)

    # -- looking --------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Any:
        """The wire of that name: an input as it came in, any other name as last written."""
        if name in self._names:
            return self._names[name]
        there = [known for known in self._names if "[" not in known]
        more = f", and {len(there) - 12} more" if len(there) > 12 else ""
        raise KeyError(f"no wire is called `{name}`; there are {', '.join(there[:12])}{more}")

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[Wire]:
        return iter(self.wires)

    def __repr__(self) -> str:
        gates = sum(wire.gate is not None for wire in self.wires)
        shown = [f"{n}={brief(w.value)} (d {brief(w.d)})" for n, w in list(self._names.items())[:8]]
        more = ", ..." if len(self._names) > 8 else ""
        count = f"{gates} gate{'s' if gates != 1 else ''}"
        return f"<Circuit of {count}: {', '.join(shown)}{more}>"

    @property
    def wires(self) -> list[Wire]:
        """Every wire, in the order in which they were computed."""
        return self._tape.wires

    @property
    def beyond(self) -> list[Wire]:
        """What is computed behind the output, for decisions that were taken on it."""
        return self._tape.beyond

    @property
    def guards(self) -> list[Guard]:
        """The decisions the code took on wires; while they stay the same, replaying is enough."""
        return self._tape.guards

    @property
    def groups(self) -> list[Group]:
        """Gates that belong together: helper calls of two gates or more, and sigmoids."""
        return groups_in(self.wires, self.output)

    @property
    def given(self) -> dict[str, Any]:
        """The inputs as they were given, the example values of a cell among them."""
        return {**self.code.literals, **self._given, **self.handed}

    @property
    def upstream_given(self) -> Any:
        """The gradient on the output with which the walk back begins: 1 where nothing else was said."""
        return self._upstream_of(self._given)

    @property
    def names(self) -> dict[str, Any]:
        """Every name of the forward pass, with its wire (or its list of wires)."""
        return dict(self._names)

    @property
    def has_arrays(self) -> bool:
        """Whether any wire carries an array."""
        return self._tape.arrays

    @property
    def decides_later(self) -> bool:
        """Whether a decision was taken on something that is computed behind the output."""
        return bool(self.beyond)

    @cached_property
    def _guarded(self) -> list[tuple[Guard, int]]:
        place = {id(wire): i for i, wire in enumerate(self.wires)}
        return [(guard, place[id(guard.wire)]) for guard in self.guards]

    # -- running --------------------------------------------------------------------------------

    def run(self, **new_inputs: Any) -> Circuit:
        """Feed new inputs forward, and walk back; returns the circuit itself.

        Inputs that are not given keep their values. The code is not traced again, unless it would
        take another branch with the new values, or an input is no longer a number or a list of the
        same length. Raises `TraceError` like `trace`, and is then as it was before.
        """
        given = {**self._given, **new_inputs}
        self.code.bind(given)  # refuses an unknown name by a sentence
        if self._run_quickly(new_inputs, given):
            return self
        before, state = dict(vars(self)), self._tape.state()
        try:
            if not self._replay(new_inputs):
                self._trace(given)
        except BaseException:
            vars(self).update(before)
            self._tape.restore(state)
            raise
        self._given = given
        return self

    def _run_quickly(self, new: Mapping[str, Any], given: dict[str, Any]) -> bool:
        """Run the compiled tape, once it has been worth compiling; False leaves it to the tape itself."""
        self._times += 1
        if self._times == OFTEN:
            self._quick = drawing_module("quick").quick_tape(self)
        fresh = self._fresh(new) if self._times >= OFTEN and self._quick is not None else None
        if fresh is None:
            return False
        try:
            sources = [fresh.get(id(w), w.value) for w in self.wires if w.gate is None]
            values, gradients = self._quick(sources, self._upstream_of(given))
        except (ArithmeticError, ValueError):
            return False  # the tape knows what to say of it
        at = self._guarded
        if sum(gradients) - sum(gradients) != 0.0 or any(
            guard.seen(values[i]) != guard.found for guard, i in at
        ):
            return False  # a nan, or another branch
        for wire, value, d in zip(self.wires, values, gradients, strict=True):
            wire.value, wire.d = value, d
        self._given = given
        return True

    def _fresh(self, new: Mapping[str, Any]) -> dict[int, Any] | None:
        """The new value of each wire that an input feeds; None where the circuit may be another one."""
        found: dict[int, Any] = {}
        for name, value in new.items():
            slots = self._leaves.get(name)
            # A flag or a text is no wire: whatever the code does with it, only the code knows.
            if slots is None or not only_numbers(value):
                return None
            fresh = dict(leaves(name, value))
            if fresh.keys() != slots.keys():
                return None
            if any(kind_of(fresh[label]) != kind_of(slots[label].value) for label in slots):
                return None
            found |= {id(wire): fresh[label] for label, wire in slots.items()}
        return found

    def function(self) -> Callable[..., tuple[Any, ...]]:
        """Forward and backward as one plain Python function: `f, dx, dy = circuit.function()(x, y)`.

        It takes the inputs in their order (lists as lists) and returns the output, then the gradient
        on each input. Nothing of the circuit is left in it: it is the source that `write_backward`
        prints, compiled, and as fast as code written by hand. Raises `TraceError` where the code took
        a branch on an input; `run` follows that.
        """
        made: Callable[..., tuple[Any, ...]] = drawing_module("replay").function_of(self)
        return made

    def _replay(self, new: Mapping[str, Any]) -> bool:
        fresh = self._fresh(new)
        if fresh is None:
            return False
        for wire in self.wires:
            wire.value = fresh.get(id(wire), wire.value)
        try:
            with np.errstate(all="ignore"):
                held = self._tape.replay()
        except (ArithmeticError, ValueError):
            return False  # perhaps a branch guards against just that: trace again and see
        if held:
            self._tape.backprop(self.output, self._upstream_of({**self._given, **new}))
        return held

    def _upstream_of(self, given: Mapping[str, Any]) -> Any:
        named = given.get(f"d{self.output_name}")
        upstream = self.upstream if self.upstream is not None else named
        found = 1.0 if upstream is None else plain(as_numbers(upstream))
        shape = np.shape(self.output.value)
        if np.shape(found) not in ((), shape):
            raise TraceError(
                f"the gradient on `{self.output_name}` has shape {np.shape(found)}, and "
                f"`{self.output_name}` has shape {shape}; give it the same"
            )
        return found

    def _trace(self, given: dict[str, Any]) -> None:
        bound = self.code.bind(given)
        tape = Tape()
        self._leaves: dict[str, dict[str, Wire]] = {}
        wired = {name: self._feed(tape, name, value) for name, value in bound.items()}
        tracer = self._run(tape, wired)
        if tape.arrays and not tracer.broken_off:
            refuse_difference(self.code, plain_inputs(bound), tracer)
        self._tape = tape
        self._times, self._quick = 0, None
        vars(self).pop("_guarded", None)
        self._names = names_of(tracer.written, wired)
        self.plain_names = {n: v for n, v in tracer.written.items() if n not in self._names}
        self.output: Wire = self._output_of(tracer)
        self.inputs = {n: w for group in self._leaves.values() for n, w in group.items()}
        tape.backprop(self.output, self._upstream_of(given))

    def _feed(self, tape: Tape, name: str, value: Any) -> Any:
        if name == f"d{self.output_name}":
            return value
        found = {label: tape.source(number) for label, number in leaves(name, value)}
        for label, wire in found.items():
            wire.name = label
            tape.given[id(wire)] = label
        self._leaves[name] = found
        return rebuilt(name, value, found)

    def _run(self, tape: Tape, wired: dict[str, Any]) -> ForwardTracer:
        end = end_of_forward(self.code, self.output_name)
        tracer = ForwardTracer(tape, self.output_name, end)
        before = random_state()
        try:
            with collector_paused(), np.errstate(all="ignore"):
                self.code.run(wired, tracer)
        except Exception as error:
            line = self.code.line_of(error)
            if not tracer.in_backward(line):
                raise TraceError(self._at(line, error)) from error
            tracer.broken_off = True
        if random_state() != before:
            raise TraceError(
                f"{self._code_name} draws random numbers, so each run is another circuit; draw them "
                "first and pass them in as inputs"
            )
        return tracer

    def _at(self, line: int | None, error: BaseException) -> str:
        sentence = sentence_in(error)
        if line is None:
            return sentence[0].upper() + sentence[1:]
        return f"Line {line} (`{self.code.source.text(line)}`): {sentence}"

    def _output_of(self, tracer: ForwardTracer) -> Wire:
        name = self.output_name
        if name not in tracer.written:
            raise TraceError(
                f"{self._code_name} never writes `{name}`, the output; call its last stage `{name}`, "
                "or say which name is the output with `output=`"
            )
        value = tracer.written[name]
        tape = tracer.tape
        if not isinstance(value, Wire):
            value = constant_output(tape, name, value)
        tape.read_anew((value,))
        self._names[name] = value
        tape.cut(max(tracer.length, tape.place_of(value) + 1))
        return value

    @property
    def _code_name(self) -> str:
        """How a sentence about the whole code begins."""
        return "The code" if self.code.source.is_text else f"`{self.code.name}`"

    # -- showing --------------------------------------------------------------------------------

    def to_html(self, path: str | Path, **options: Any) -> Path:
        """Write one page with the figure under sliders, which opens without a network; returns its path.

        The page steps through the circuit, too. `options` are those of `draw`, such as
        `palette="safe"`. With arrays, or with `show=` less than all, the figure stands still.
        """
        written: Path = drawing_module("live_page").write_page(self, Path(path), **options)
        return written

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """A notebook shows the circuit as `draw` does."""
        shown: dict[str, str] = drawing_module("drawing").draw(self)._repr_mimebundle_()
        return shown


def brief(value: Any) -> str:
    """A value on one line: of an array, its shape."""
    return f"array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)


def drawing_module(name: str) -> Any:
    """Drawing stands above circuits, so it is looked up by name, when somebody wants to see one."""
    return import_module(f"{__package__}.{name}")
