"""One wire of a circuit: a number, or an array, that remembers the gate it came from.

Arithmetic on wires is what builds a circuit: `x + y` is a new wire behind an add gate. Whatever
would quietly turn a wire back into a bare number, and so cut the gradient off, is refused here with
a sentence that says what to write instead.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from backprop_kit import gates, math_gates
from backprop_kit.labels import gate_label
from backprop_kit.masks import Masks
from backprop_kit.parts import Parts, exactly
from backprop_kit.refusals import NO_GATE, bare, finished
from backprop_kit.routes import ATTRIBUTES, METHODS, NUMPY, followed

if TYPE_CHECKING:
    from backprop_kit.declaring import Gate
    from backprop_kit.tape import Tape


NONE: dict[str, Any] = {}  # the settings of a gate that has none


class Wire(Masks, Parts):
    """A number or an array on its way through the circuit, with the gradient of the output on it.

    `value` and `d` are plain Python numbers, or arrays of one shape; `name` is the learner's own, or
    None. `gate` is the gate whose output this is (None for an input), `settings` are the gate's own
    (the axis of a sum), and `operands` are what went into it: wires, and bare numbers or arrays for
    constants.
    """

    __slots__ = (
        "backward", "call", "d", "gate", "line", "name", "operands", "settings", "tape", "value",
    )  # fmt: skip
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
        self.d: Any = 0.0
        self.gate = gate
        self.operands = operands
        self.settings = NONE
        self.backward = backward
        self.name: str | None = None
        self.line: int | None = None
        self.call = tape.call

    @property
    def label(self) -> str | None:
        """What the gate's circle says, a constant written into it: `+`, `*-1`, `+1`, `1/x`."""
        return None if self.gate is None else gate_label(self.gate, self.operands, self.settings)

    def __repr__(self) -> str:
        return f"Wire({self.name or self.label!r}, value={self.value!r}, d={self.d!r})"

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    # -- arithmetic: each operator is a gate --------------------------------------------------

    def __add__(self, other: Any) -> Any:
        return self.tape.apply(gates.add, self, other)

    def __radd__(self, other: Any) -> Any:
        if type(other) in (int, float) and other == 0:
            # the 0 that `sum` and `s = 0` begin with is no stage of the computation
            return self if type(self.value) is not np.ndarray else self.tape.copied(self)
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
        return self.tape.copied(self)

    def __copy__(self) -> Any:
        return self.tape.copied(self)

    def __deepcopy__(self, _: Any) -> Any:
        return self.tape.copied(self)

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
        return self._alike(math_gates.equal, other)

    def __ne__(self, other: object) -> Any:
        return self._alike(math_gates.not_equal, other)

    def _alike(self, gate: Gate, other: object) -> Any:
        rows = isinstance(self.value, np.ndarray) and isinstance(other, list | tuple)
        if not rows and not isinstance(other, Wire | int | float | np.ndarray | np.generic):
            return NotImplemented
        return self.tape.apply(gate, self, other)

    def __bool__(self) -> bool:
        if isinstance(self.value, np.ndarray) and self.value.size != 1:
            self.refuse(
                f"{self.title} has {self.value.size} elements, so it is neither true nor false as a "
                "whole; ask `.any()` or `.all()`, or choose element by element with `np.where`"
            )
        return self.tape.guard(self, bool)

    def __index__(self) -> int:
        if type(self.value) is not int:
            self.refuse(
                f"{self.title} is used as a count or an index, and it is {self.value!r}; "
                "give a whole number for it, such as 3"
            )
        return self.tape.guard(self, operator.index)

    # -- products and functions of arrays -------------------------------------------------------

    def __matmul__(self, other: Any) -> Any:
        return self._product(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return self._product(other, self)

    def _product(self, left: Any, right: Any) -> Any:
        if not isinstance(self.value, np.ndarray):
            self.refuse(
                f"`@` multiplies matrices, and {self.title} is a single number; write `*` instead"
            )
        return NUMPY[np.matmul](self.tape, left, right)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            self.refuse(f"`np.{ufunc.__name__}.{method}` {NO_GATE}")
        return self.tape.called(ufunc, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self.tape.called(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if isinstance(self.value, np.ndarray) and self.value.dtype.kind in "biu":
            self.tape.guard(self, exactly)
            return np.array(self.value, dtype)
        return self.refuse(
            f"{self.title} is put into a plain array, where it would lose its gate; begin with "
            "`np.zeros(...)` inside the code that is traced, or join values with `np.array([x, y])`"
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # Python and NumPy ask for these, and take no for it
        if not self.tape.arrays:
            self.refuse(
                f"{self.title} is a single number here, so it has no `.{name}`; "
                "use the operators and functions of `math` on it"
            )
        if name in ATTRIBUTES:
            return ATTRIBUTES[name](self)
        if name in METHODS:
            return functools.partial(followed, METHODS[name], f".{name}", self.tape, self)
        if not hasattr(np.ndarray, name):
            self.refuse(f"{self.title} is an array, and arrays have no `.{name}`")
        return self.refuse(f"`.{name}` {NO_GATE}")

    # -- what would cut the gradient off ------------------------------------------------------

    def _bare(self, how: str) -> NoReturn:
        if not self.tape.open:
            self.refuse(finished(self.title))
        self.refuse(bare(how, self.title))

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
