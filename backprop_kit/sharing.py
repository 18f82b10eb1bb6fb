"""Names that share an array, and what becomes of them when it changes in place.

`h[0] = x` and `h += b` change an array for every name that it has, and for every array that shows a
part of it (`h.T`, `h[1:]`, a second name). On wires, the one that the code holds carries the new
value from there on, and what was computed from it before reads an `older` wire in its place on the
tape. A change of a view goes on to the array that it shows; the other views of that array are read
anew, by the gate that they came from, when the code reads them next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_kit import array_gates, gates
from backprop_kit.parts import TraceError
from backprop_kit.refusals import COMPLETE, changed_input
from backprop_kit.wire import NONE, Wire

if TYPE_CHECKING:
    from backprop_kit.declaring import Gate


Applied = tuple["Gate", tuple[Any, ...], Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class View:
    """How a wire shows the array of another: by which gate, and whether it can be stored into."""

    whole: Wire
    gate: Gate
    settings: Mapping[str, Any]
    look: Callable[
        [Any], Any
    ]  # what NumPy shows of an array: a view, so that its layout is NumPy's

    def back(self, old: Wire, view: Wire) -> Applied:
        """The gate that makes the whole array out of what it was and a view that has changed."""
        if self.gate is array_gates.getitem:
            return array_gates.setitem, (old, view), self.settings
        if self.gate is array_gates.transpose:
            axes = self.settings["axes"]
            turned = None if axes is None else tuple(int(i) for i in np.argsort(axes))
            return array_gates.transpose, (view,), {"axes": turned}
        if self.gate is array_gates.reshape:
            return array_gates.reshape, (view,), {"shape": old.value.shape}
        return gates.copy, (view,), NONE


class Sharing:
    """The part of a tape that follows changes in place, so that no name keeps an old value unseen."""

    wires: list[Wire]
    guards: list[Any]
    open: bool
    apply: Callable[..., Wire]
    apply_with: Callable[..., Wire]
    add: Callable[..., Wire]
    add_with: Callable[..., Wire]

    def __init__(self) -> None:
        self.given: dict[int, str] = {}  # inputs, by the id of their wire
        self.shows: dict[int, View] = {}
        self.views: dict[int, list[Wire]] = {}  # of an array, the wires that show it
        self.stale: set[int] = set()  # views that must be read anew
        self.unplaced: list[Wire] = []  # changed by the statement that is running

    # -- views ----------------------------------------------------------------------------------

    def shown(self, wire: Wire, whole: Any, look: Callable[[Any], Any] | None = None) -> Wire:
        """Note that a wire is a view of another, if NumPy made it one: `h.T`, `h[0]`, `h.ravel()`."""
        if type(whole) is not Wire or type(wire.value) is not np.ndarray:
            return wire
        if np.may_share_memory(wire.value, whole.value):
            gate, settings = wire.gate, wire.settings
            assert gate is not None
            look = look or (lambda value: gate.rule(value, **settings)[0])
            self.shows[id(wire)] = View(whole, gate, settings, look)
            self.views.setdefault(id(whole), []).append(wire)
        return wire

    def is_part(self, value: Any, whole: Wire, index: Any) -> bool:
        """Whether a value that is stored into an array is that very part of it."""
        view = self.shows.get(id(value))
        return (
            view is not None
            and view.whole is whole
            and view.gate is array_gates.getitem
            and id(value) not in self.stale
            and same_place(view.settings["index"], index)
        )

    def root(self, wire: Wire) -> Wire:
        """The wire whose array this one shows in the end."""
        while id(wire) in self.shows:
            wire = self.shows[id(wire)].whole
        return wire

    # -- changes --------------------------------------------------------------------------------

    def change(
        self, wire: Wire, gate: Gate, operands: tuple[Any, ...], settings: Mapping[str, Any] = NONE
    ) -> None:
        """Change an array in place: the wire carries the output of a gate from here on."""
        self.refuse_change(wire)
        self.read_anew((wire, *operands))
        refuse_other_kind(wire, gate, operands)
        self.renew(
            wire, lambda old: (gate, tuple(old if o is wire else o for o in operands), settings)
        )
        self.outdate(wire)
        self.spread(wire)
        self.watch()

    def renew(self, wire: Wire, applied: Callable[[Wire], Applied]) -> None:
        """Let a wire carry the output of a gate; what read it before reads an older wire instead."""
        old = self.older(wire)
        new = self.add_with(*applied(old))
        refuse_other_shape(old, new)
        wire.value, wire.gate, wire.operands = new.value, new.gate, new.operands
        wire.settings, wire.backward, wire.call = new.settings, new.backward, new.call
        if new.value.dtype != old.value.dtype:  # a change in place keeps the type, as of float32
            wire.value = new.value.astype(old.value.dtype)
        self.wires[-1] = wire

    def spread(self, wire: Wire) -> None:
        """What changes a view changes the array that it shows, and whatever that is a view of."""
        self.unplaced.append(wire)
        view = self.shows.get(id(wire))
        if view is None:
            return
        self.renew(view.whole, lambda old: view.back(old, wire))
        wire.value = view.look(view.whole.value)
        self.outdate(view.whole)
        self.stale.discard(id(wire))
        self.views.setdefault(id(view.whole), []).append(wire)
        self.spread(view.whole)

    def older(self, wire: Wire) -> Wire:
        """A wire for the value until now, in the place of this one and before the eyes of its readers."""
        old = Wire(wire.tape, wire.value, wire.gate, wire.operands, wire.backward)
        old.settings, old.name, old.line, old.call = wire.settings, wire.name, wire.line, wire.call
        at = self.place_of(wire)
        self.wires[at] = old
        for reader in self.wires[at + 1 :]:
            if any(o is wire for o in reader.operands):
                reader.operands = tuple(old if o is wire else o for o in reader.operands)
        for i, guard in enumerate(self.guards):
            if guard.wire is wire:
                self.guards[i] = replace(guard, wire=old)
        return old

    def place_of(self, wire: Wire) -> int:
        """Where a wire stands on the tape; those that change are mostly near its end."""
        return next(i for i in range(len(self.wires) - 1, -1, -1) if self.wires[i] is wire)

    def refuse_change(self, wire: Wire) -> None:
        """An input is the caller's, and some views cannot be stored into."""
        if not self.open:
            raise TraceError(COMPLETE)
        given = self.given.get(id(self.root(wire)))
        if given is not None:
            raise TraceError(changed_input(wire.title, given))
        view = self.shows.get(id(wire))
        if view is not None and not wire.value.flags.writeable:
            raise TraceError(
                f"{wire.title} only shows {view.whole.title} in another way, and NumPy does not let it "
                "be changed; make a copy with `.copy()` first"
            )

    # -- views of what has changed --------------------------------------------------------------

    def outdate(self, wire: Wire) -> None:
        """Views of an array that has changed show other numbers now."""
        for view in self.views.pop(id(wire), ()):
            self.stale.add(id(view))
            self.outdate(view)

    def read_anew(self, operands: tuple[Any, ...]) -> None:
        """Bring what is about to be read up to date."""
        for operand in operands:
            if id(operand) in self.stale:
                view = self.shows[id(operand)]
                self.read_anew((view.whole,))
                self.stale.discard(id(operand))
                self.renew(operand, lambda _, v=view: (v.gate, (v.whole,), v.settings))  # type: ignore[misc]
                operand.value = view.look(view.whole.value)
                self.views.setdefault(id(view.whole), []).append(operand)

    def watch(self) -> None:
        """Look at every operand from here on, if there is anything to look for."""
        fresh = not self.stale
        self.apply = self.add if fresh else self.add_anew
        self.apply_with = self.add_with if fresh else self.add_with_anew

    def add_anew(self, gate: Gate, *operands: Any) -> Wire:
        """`add`, where some views are out of date."""
        self.read_anew(operands)
        return self.add(gate, *operands)

    def add_with_anew(
        self, gate: Gate, operands: tuple[Any, ...], settings: Mapping[str, Any]
    ) -> Wire:
        """`add_with`, where some views are out of date."""
        self.read_anew(operands)
        return self.add_with(gate, operands, settings)

    def place(self, line: int, prefix: str) -> None:
        """What a statement has changed in place was last written on its line.

        Inside a helper that is so for the helper's own names; the others are the caller's, and wait.
        """
        waiting = []
        for wire in self.unplaced:
            if wire.name is not None and wire.name.startswith(prefix):
                wire.line = line
            elif prefix:
                waiting.append(wire)
        self.unplaced = waiting


def same_place(first: Any, second: Any) -> bool:
    """Whether two indices without arrays in them are one."""
    parts = [*(first if isinstance(first, tuple) else (first,))]
    others = [*(second if isinstance(second, tuple) else (second,))]
    if any(isinstance(part, np.ndarray) for part in (*parts, *others)):
        return False
    return parts == others


def refuse_other_shape(old: Wire, new: Wire) -> None:
    """A change in place keeps the shape of the array."""
    if np.shape(new.value) != np.shape(old.value):
        raise TraceError(
            f"{old.title} has shape {np.shape(old.value)}, and what is put into it in place has "
            f"shape {np.shape(new.value)}; write `h = h + b` where the shape grows"
        )


def refuse_other_kind(wire: Wire, gate: Gate, operands: tuple[Any, ...]) -> None:
    """Whole numbers and truth values keep no decimals, so the gradient would end there."""
    kind = wire.value.dtype.kind
    kinds = {np.asarray(getattr(o, "value", o)).dtype.kind for o in operands}
    if kind != "f" and ("f" in kinds or gate is gates.div):
        what = "truth values" if kind == "b" else "whole numbers"
        raise TraceError(
            f"{wire.title} is an array of {what}, which cannot take decimals in place; begin with "
            "floats, as `np.zeros(n)` does"
        )
