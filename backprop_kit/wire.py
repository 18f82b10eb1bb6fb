"""One wire of a circuit: a number that remembers the gate it came from.

Arithmetic on wires is what builds a circuit: `x + y` is a new wire behind an add gate. Whatever
would quietly turn a wire back into a bare number, and so cut the gradient off, is refused here with
a sentence that says what to write instead.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from backprop_kit import gates, math_gates
from backprop_kit.source import StagedError

if TYPE_CHECKING:
    from backprop_kit.declaring import Gate
    from backprop_kit.tape import Tape


PLAIN = (float, int, bool)


class TraceError(StagedError):
    """A forward pass that cannot be followed as a circuit; the message says what to change."""


class Wire:
    """A number on its way through the circuit, with the gradient of the output on it.

    `value` and `d` are plain Python numbers; `name` is the learner's own, or None. `gate` is the
    gate whose output this is (None for an input), and `operands` are what went into that gate:
    wires, and bare numbers for constants.
    """

    __slots__ = ("backward", "call", "d", "gate", "line", "name", "operands", "tape", "value")
    __array_ufunc__ = (
        None  # so that `array * wire` asks the wire, and does not make an object array
    )
    __hash__ = object.__hash__

    def __init__(
        self,
        tape: Tape,
        value: Any,
        gate: Gate | None = None,
        operands: tuple[Any, ...] = (),
        backward: Any = None,
    ) -> None:
        self.tape = tape
        self.value = value
        self.d = 0.0
        self.gate = gate
        self.operands = operands
        self.backward = backward
        self.name: str | None = None
        self.line: int | None = None
        self.call = tape.call

    @property
    def label(self) -> str | None:
        """What the gate's circle says, a constant written into it: `+`, `*-1`, `+1`, `1/x`."""
        return None if self.gate is None else gate_label(self.gate, self.operands)

    @property
    def title(self) -> str:
        """How to speak of the wire in a sentence."""
        return f"`{self.name}`" if self.name else "a value without a name"

    def __repr__(self) -> str:
        return f"Wire({self.name or self.label!r}, value={self.value!r}, d={self.d!r})"

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    # -- arithmetic: each operator is a gate --------------------------------------------------

    def __add__(self, other: Any) -> Any:
        return self.tape.apply(gates.add, self, other)

    def __radd__(self, other: Any) -> Any:
        if type(other) in (int, float) and other == 0:
            return self  # the 0 that `sum` and `s = 0` begin with is no stage of the computation
        return self.tape.apply(gates.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return self.tape.apply(gates.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.tape.apply(gates.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, list | tuple) and type(self.value) is int:
            return other * operator.index(self)  # `[0.0] * n`: n is a count
        return self.tape.apply(gates.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        if isinstance(other, list | tuple) and type(self.value) is int:
            return other * operator.index(self)
        return self.tape.apply(gates.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return self.tape.apply(gates.div, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.tape.apply(gates.div, other, self)

    def __pow__(self, other: Any) -> Any:
        return self.tape.apply(gates.power, self, other)

    def __rpow__(self, other: Any) -> Any:
        return self.tape.apply(gates.power, other, self)

    def __neg__(self) -> Any:
        return self.tape.apply(gates.neg, self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self.tape.apply(gates.absolute, self)

    # -- comparisons: gates too, whose answer may steer the code ------------------------------

    def __gt__(self, other: Any) -> Any:
        return self.tape.apply(math_gates.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return self.tape.apply(math_gates.greater_equal, self, other)

    def __lt__(self, other: Any) -> Any:
        return self.tape.apply(math_gates.less, self, other)

    def __le__(self, other: Any) -> Any:
        return self.tape.apply(math_gates.less_equal, self, other)

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, Wire | int | float):
            return NotImplemented
        return self.tape.apply(math_gates.equal, self, other)

    def __ne__(self, other: object) -> Any:
        if not isinstance(other, Wire | int | float):
            return NotImplemented
        return self.tape.apply(math_gates.not_equal, self, other)

    def __bool__(self) -> bool:
        return self.tape.guard(self, bool)

    def __index__(self) -> int:
        if type(self.value) is not int:
            self._refuse(
                f"{self.title} is used as a count or an index, and it is {self.value!r}; "
                "give a whole number for it, such as 3"
            )
        return self.tape.guard(self, operator.index)

    # -- what would cut the gradient off ------------------------------------------------------

    def _refuse(self, sentence: str) -> NoReturn:
        raise TraceError(sentence)

    def _bare(self, how: str) -> NoReturn:
        if not self.tape.open:
            self._refuse(finished(self.title))
        self._refuse(bare(how, self.title))

    def __float__(self) -> float:
        self._bare("float()")

    def __int__(self) -> int:
        self._bare("int()")

    def __complex__(self) -> complex:
        self._bare("complex()")

    def __round__(self, ndigits: int | None = None) -> Any:
        self._bare("round()")

    def __trunc__(self) -> int:
        self._bare("trunc()")

    def __floor__(self) -> int:
        self._bare("floor()")

    def __ceil__(self) -> int:
        self._bare("ceil()")

    def __floordiv__(self, other: Any) -> Any:
        self._bare("//")

    __rfloordiv__ = __floordiv__

    def __mod__(self, other: Any) -> Any:
        self._bare("%")

    __rmod__ = __mod__

    def __matmul__(self, other: Any) -> Any:
        self._refuse(
            f"`@` multiplies matrices, and {self.title} is a single number; write `*` instead"
        )

    __rmatmul__ = __matmul__

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        self._refuse(
            f"{self.title} is put into a NumPy array, where it would lose its gate; circuits are "
            "traced through single numbers: keep them in a list, and add and multiply them one by one"
        )

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        self._refuse(f"`np.{function.__name__}` {NO_GATE}")

    def __iter__(self) -> Any:
        self._refuse(f"{self.title} is a single number, so it has no parts to go through")

    def __len__(self) -> int:
        self._refuse(f"{self.title} is a single number, so it has no length")

    def __getitem__(self, index: Any) -> Any:
        self._refuse(f"{self.title} is a single number, so it has no part [{index!r}]")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(
                name
            )  # Python and NumPy ask a number for these, and take no for it
        return self._refuse(
            f"{self.title} is a single number here, so it has no `.{name}`; "
            "use the operators and functions of `math` on it"
        )


def bare(how: str, title: str) -> str:
    """Why `float(x)` and its like are refused, and what to do."""
    return (
        f"`{how}` turns {title} into a bare number, and no gradient flows through that; leave it out "
        "and compute with the value itself"
    )


def finished(title: str) -> str:
    """What to do with a wire of a circuit that is complete."""
    return (
        f"{title} is a wire of a complete circuit, not a number; its number is in `.value`, its "
        "gradient in `.d`"
    )


NO_GATE = (
    "has no gate, so the circuit would end there; build the value from + - * / ** and functions such "
    "as exp, log, tanh and max, or declare a gate for it with `@gate(..., spelled=...)`"
)


def gate_label(gate: Gate, operands: tuple[Any, ...]) -> str:
    """A gate's symbol with its constants written in, the way the notes write them."""
    symbol = gate.symbol
    if len(operands) != 2 or all(isinstance(o, Wire) for o in operands):
        return symbol
    left, right = operands
    if symbol[0].isalpha():
        shown = ", ".join("x" if isinstance(o, Wire) else constant(o) for o in operands)
        return f"{symbol}({shown})"
    if isinstance(left, Wire):
        return f"{symbol}{constant(right)}"
    return f"{symbol}{constant(left)}" if symbol in ("+", "*") else f"{constant(left)}{symbol}x"


def plain(number: Any) -> Any:
    """A plain Python number; anything that is none is refused."""
    if type(number) in PLAIN:
        return number
    if isinstance(number, np.generic) or (isinstance(number, np.ndarray) and number.ndim == 0):
        return plain(number.item())
    if isinstance(number, int | float):
        return float(number) if isinstance(number, float) else int(number)
    if isinstance(number, np.ndarray):
        raise TraceError(
            f"an array of shape {number.shape} meets a wire here, and circuits are traced through "
            "single numbers; take its elements one by one, as in `w[0]*x[0] + w[1]*x[1]`"
        )
    if callable(number):
        raise TraceError(
            f"a function meets a wire here (`{getattr(number, '__name__', number)}`); call it first"
        )
    if isinstance(number, list | tuple | dict):
        raise TraceError(
            f"a {type(number).__name__} of {len(number)} meets a single number here; take its elements "
            "one by one, as in `w[0]*x`"
        )
    raise TraceError(
        f"{number!r} meets a wire here, and it is no number; only numbers can go into a gate"
    )


def constant(number: Any) -> str:
    """A constant as short as it can be read: `1` for 1.0, three digits for a long one."""
    number = plain(number)
    text = repr(number)
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e6:
        return str(int(number))
    return text if len(text) <= 5 else f"{number:.3g}"
