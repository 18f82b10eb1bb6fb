"""Masks on wires, `(x > 0) & (y > 0)`: truth values, through which no gradient passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backprop_kit import gates, math_gates
from backprop_kit.parts import Parts

if TYPE_CHECKING:
    from backprop_kit.declaring import Gate


class Masks(Parts):
    """What joins comparisons: each sign is a gate, and takes masks alone."""

    __slots__ = ()

    def __invert__(self) -> Any:
        if kind_of(self) != "b":
            self.refuse(f"`~` turns a mask round, and {self.title} is none; write `-` for a minus")
        return self.tape.apply(math_gates.equal, self, False)

    def __and__(self, other: Any) -> Any:
        return self._joined(other, "&", gates.mul)

    def __or__(self, other: Any) -> Any:
        return self._joined(other, "|", gates.maximum)

    def __xor__(self, other: Any) -> Any:
        return self._joined(other, "^", math_gates.not_equal)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def _joined(self, other: Any, sign: str, gate: Gate) -> Any:
        if kind_of(self) + kind_of(other) != "bb":
            self.refuse(
                f"`{sign}` joins two masks such as `x > 0`; {self.title} or the other is none"
            )
        return self.tape.apply(gate, self, other)


def kind_of(operand: Any) -> str:
    """What the elements are: truth values (`b`), whole numbers (`i`, `u`), decimals (`f`)."""
    return str(np.asarray(getattr(operand, "value", operand)).dtype.kind)
