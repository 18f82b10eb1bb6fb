"""Arrays that change in place: which names share one, and what a change does to the tape."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_kit.parts import TraceError
from backprop_kit.wire import Wire, plain


class Sharing:
    """The part of a tape that follows changes in place, so that no name keeps an old value unseen."""

    wires: list[Wire]
    guards: list[Any]

    def __init__(self) -> None:
        self.given: dict[int, str] = {}  # inputs, by the id of their wire
        self.base: dict[int, Wire] = {}  # of a view, the wire whose array it shows
        self.views: dict[int, list[Wire]] = {}
        self.stale: dict[int, str] = {}  # views of an array that has changed since
        self.open_change: Wire | None = None

    # -- views ----------------------------------------------------------------------------------

    def note_view(self, view: Wire, of: Wire) -> None:
        """`view` shows (a part of) the array on `of`, as `h.T` and `h[0]` do."""
        self.base[id(view)] = of
        self.views.setdefault(id(of), []).append(view)

    def is_view(self, wire: Wire) -> bool:
        """Whether a wire shows the array of another."""
        return id(wire) in self.base

    # -- `h[i] += v`: Python reads the part, adds to it, and stores it ------------------------------

    def unsettled(self, part: Wire, gate: Any, other: Any) -> Wire:
        """The sum that is about to be stored; until it is, nothing else may be computed."""
        whole = self.base[id(part)]
        made: Wire = self.apply(gate, part, self.as_operand(other))  # type: ignore[attr-defined]
        self.open_change = whole
        self.apply = self.apply_with = self.refuse_unsettled  # type: ignore[method-assign]
        return made

    def settle(self, whole: Wire, index: Any) -> None:
        """The part has come back to where it was taken from."""
        if self.open_change is whole:
            self.open_change = None
            del self.apply, self.apply_with  # those of the class again
            self.watch_for_stale()

    def refuse_unsettled(self, *_: Any) -> Wire:
        """Stand in for `apply` while a part of an array has changed and the array has not."""
        assert self.open_change is not None
        raise TraceError(
            f"a part of {self.open_change.title} is changed in place through another list or name, "
            f"which changes {self.open_change.title} too, and a circuit cannot follow that; store "
            "into the array itself, as in `h[0] += b`"
        )

    # -- changes --------------------------------------------------------------------------------

    def overwrite(self, wire: Wire, gate: Any, operands: tuple[Any, ...], settings: Any) -> None:
        """Let a wire carry the output of a gate from here on; what read it before keeps its old value."""
        self.refuse_change(wire)
        old = self.older(wire)
        try:
            new = self.apply_with(  # type: ignore[attr-defined]
                gate, tuple(old if o is wire else o for o in operands), settings
            )
            refuse_other_shape(wire, new)
        except BaseException:
            self.put_back(wire, old)
            raise
        wire.value, wire.gate, wire.operands = new.value, new.gate, new.operands
        wire.settings, wire.backward, wire.call = new.settings, new.backward, new.call
        wire.line = None
        self.wires[-1] = wire
        self.outdate(wire)

    def older(self, wire: Wire) -> Wire:
        """A wire for the value until now, in the place of this one and before the eyes of its readers."""
        old = Wire(wire.tape, wire.value, wire.gate, wire.operands, wire.backward)
        old.settings, old.name, old.line, old.call = wire.settings, wire.name, wire.line, wire.call
        self.exchange(wire, old)
        return old

    def put_back(self, wire: Wire, old: Wire) -> None:
        """Undo `older`: the change did not come about."""
        self.exchange(old, wire)

    def exchange(self, out: Wire, into: Wire) -> None:
        """Put one wire in the place of another: on the tape, in the gates that read it, in the guards."""
        at = next(i for i in range(len(self.wires) - 1, -1, -1) if self.wires[i] is out)
        self.wires[at] = into
        for reader in self.wires[at + 1 :]:
            if any(o is out for o in reader.operands):
                reader.operands = tuple(into if o is out else o for o in reader.operands)
        for i, guard in enumerate(self.guards):
            if guard.wire is out:
                self.guards[i] = type(guard)(into, guard.seen, guard.found)

    def refuse_change(self, wire: Wire) -> None:
        """An input is the caller's, and a view changes what it shows."""
        if id(wire) in self.given:
            raise TraceError(
                f"`{self.given[id(wire)]}` is an input, and it is changed in place here, which changes "
                f"the caller's array too; write the result under a name of its own, as in "
                f"`h = {self.given[id(wire)]}.copy()`, and change that"
            )
        if id(wire) in self.base:
            whole = self.base[id(wire)]
            raise TraceError(
                f"{wire.title} shows the same array as {whole.title}, so changing it in place changes "
                f"both, and a circuit cannot follow that; write `h = h + b` in place of `h += b`, or "
                "make a copy with `.copy()`"
            )

    def outdate(self, wire: Wire) -> None:
        """Views of an array that has changed show other numbers now: they may not be read any more."""
        for view in self.views.pop(id(wire), ()):
            self.stale[id(view)] = f"{view.title} shows the array of {wire.title}"
            self.outdate(view)
        self.watch_for_stale()

    def watch_for_stale(self) -> None:
        """Look at every operand from here on, if there is anything to look for."""
        if self.stale:
            self.apply = self.fresh_only(type(self).apply)  # type: ignore[attr-defined, method-assign]
            self.apply_with = self.fresh_only(type(self).apply_with)  # type: ignore[attr-defined, method-assign]

    def fresh_only(self, apply: Any) -> Any:
        """`apply` that refuses an operand which shows an array as it was before it changed."""

        def checked(gate: Any, *rest: Any) -> Any:
            for operand in rest[0] if rest and type(rest[0]) is tuple else rest:
                if id(operand) in self.stale:
                    raise TraceError(
                        f"{self.stale[id(operand)]}, which has been changed in place since, and a "
                        "circuit cannot follow that; read it anew, or make a copy with `.copy()` first"
                    )
            return apply(self, gate, *rest)

        return checked


def refuse_other_shape(wire: Wire, new: Wire) -> None:
    """A change in place keeps shape and type of the array."""
    if np.shape(new.value) != np.shape(wire.value):
        raise TraceError(
            f"{wire.title} has shape {np.shape(wire.value)}, and what is put into it in place has "
            f"shape {np.shape(new.value)}; write `h = h + b` where the shape grows"
        )
    if plain(wire.value).dtype.kind in "iu" and new.value.dtype.kind == "f":
        raise TraceError(
            f"{wire.title} is an array of whole numbers, which cannot take decimals in place; begin "
            "with floats, as `np.zeros(n)` does"
        )
