"""One wire of a circuit: a number that remembers the gate it came from.

Arithmetic on wires is what builds a circuit: `x + y` is a new wire behind an add gate. Whatever
would quietly turn a wire back into a bare number, and so cut the gradient off, is refused here with
a sentence that says what to write instead.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from backprop_kit import gates, math_gates
from backprop_kit.parts import Parts, TraceError, exactly

if TYPE_CHECKING:
    from backprop_kit.declaring import Gate
    from backprop_kit.tape import Tape


PLAIN = (float, int, bool)
NONE: dict[str, Any] = {}  # the settings of a gate that has none


# What NumPy's functions, and the methods and attributes of arrays, mean on wires: `array_calls.py`
# fills these in.
NUMPY: dict[Any, Callable[..., Any]] = {}
METHODS: dict[str, Callable[..., Any]] = {}
ATTRIBUTES: dict[str, Callable[[Wire], Any]] = {}


class Wire(Parts):
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
        self.d = 0.0
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
        if not isinstance(other, Wire | int | float | np.ndarray):
            return NotImplemented
        return self.tape.apply(math_gates.equal, self, other)

    def __ne__(self, other: object) -> Any:
        if not isinstance(other, Wire | int | float | np.ndarray):
            return NotImplemented
        return self.tape.apply(math_gates.not_equal, self, other)

    def __invert__(self) -> Any:
        if self._kind() != "b":
            self.refuse(f"`~` turns a mask round, and {self.title} is none; write `-` for a minus")
        return self.tape.apply(math_gates.equal, self, False)

    def __and__(self, other: Any) -> Any:
        return self._both_masks(other, "&", gates.mul)

    def __or__(self, other: Any) -> Any:
        return self._both_masks(other, "|", gates.maximum)

    __rand__, __ror__ = __and__, __or__

    def _both_masks(self, other: Any, sign: str, gate: Gate) -> Any:
        kind = other._kind() if isinstance(other, Wire) else np.asarray(other).dtype.kind
        if self._kind() + kind != "bb":
            self.refuse(f"`{sign}` joins two masks such as `x > 0`; {self.title} or the other is none")
        return self.tape.apply(gate, self, other)

    def _kind(self) -> str:
        return str(np.asarray(self.value).dtype.kind)

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
        self.refuse(
            f"{self.title} is put into a plain array, where it would lose its gate; begin with "
            "`np.zeros(...)` inside the code that is traced, or join values with `np.array([x, y])`"
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(
                name
            )  # Python and NumPy ask a number for these, and take no for it
        if not isinstance(self.value, np.ndarray):
            self.refuse(
                f"{self.title} is a single number here, so it has no `.{name}`; "
                "use the operators and functions of `math` on it"
            )
        if name in ATTRIBUTES:
            return ATTRIBUTES[name](self)
        if name in METHODS:
            return functools.partial(METHODS[name], self.tape, self)
        if not hasattr(self.value, name):
            self.refuse(f"{self.title} is an array, and arrays have no `.{name}`")
        self.refuse(f"`.{name}` {NO_GATE}")

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


def gate_label(gate: Gate, operands: tuple[Any, ...], settings: Mapping[str, Any] = NONE) -> str:
    """A gate's symbol with its constants and settings written in, the way the notes write them."""
    symbol = gate.symbol
    if gate.settings:
        return with_settings(symbol, settings)
    if len(operands) != 2 or all(isinstance(o, Wire) for o in operands):
        return symbol
    left, right = operands
    if symbol[0].isalpha():
        shown = ", ".join("x" if isinstance(o, Wire) else constant(o) for o in operands)
        return f"{symbol}({shown})"
    if isinstance(left, Wire):
        return f"{symbol}{constant(right)}"
    return f"{symbol}{constant(left)}" if symbol in ("+", "*") else f"{constant(left)}{symbol}x"


def with_settings(symbol: str, settings: Mapping[str, Any]) -> str:
    """A gate of arrays with what it was told: `sum axis 0`, `[1:, 0]`, `ij,jk->ik`."""
    if "index" in settings:
        return symbol.replace(" ", written_index(settings["index"]))
    if "spec" in settings:
        return str(settings["spec"])
    axis = settings.get("axis")
    return symbol if axis is None else f"{symbol} axis {axis}"


def written_index(index: Any) -> str:
    """What stands between the brackets, as it is typed; a long array as its size."""
    if isinstance(index, tuple):
        return ", ".join(map(written_index, index))
    if isinstance(index, slice):
        ends = ["" if end is None else str(end) for end in (index.start, index.stop, index.step)]
        return ":".join(ends if index.step is not None else ends[:2])
    if isinstance(index, np.ndarray):
        if index.dtype == bool:
            return "mask"
        return str(index.tolist()) if index.size <= 3 else f"{index.size} places"
    return {None: "None", ...: "..."}.get(index, str(index))


def plain(number: Any) -> Any:
    """A plain Python number, or an array of numbers; anything else is refused."""
    if type(number) in PLAIN:
        return number
    if isinstance(number, np.generic) or (isinstance(number, np.ndarray) and number.ndim == 0):
        return plain(number.item())
    if isinstance(number, int | float):
        return float(number) if isinstance(number, float) else int(number)
    if isinstance(number, np.ndarray):
        return plain_array(number)
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


def plain_array(array: np.ndarray) -> np.ndarray:
    """An array of real numbers or truth values, as it is; any other is refused."""
    if array.dtype.kind in "biuf":
        return array
    found = "complex numbers" if array.dtype.kind == "c" else f"elements of type `{array.dtype}`"
    raise TraceError(
        f"an array of {found} meets a wire here, and circuits carry real numbers; make it one of "
        "floats, in which every row has the same length"
    )


def constant(number: Any) -> str:
    """A constant as short as it can be read: `1` for 1.0, three digits for a long one."""
    number = plain(number)
    if isinstance(number, np.ndarray):
        return f"({'×'.join(map(str, number.shape))})"
    text = repr(number)
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e6:
        return str(int(number))
    return text if len(text) <= 5 else f"{number:.3g}"
