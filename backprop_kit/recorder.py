"""Run a staged function and write down what it does: every write, and every change without one.

This is where a learner's code is run. What comes out is a `Recording`, which is plain data.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import random
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, TextIO

import numpy as np
from numpy import random as numpy_random  # 10 ms, which are no part of a learner's first check

from backprop_kit.assignments import names_changed, still_to_come
from backprop_kit.branching import Branches
from backprop_kit.plain import is_mutable, overwrite, plain_copy, same, size
from backprop_kit.recording import Failure, Recording, Replacement, Write
from backprop_kit.staged import (
    Assignment,
    Clock,
    StagedError,
    StagedFunction,
    Stop,
    TimeLimit,
    Watcher,
    gradient_of,
    staged,
)

MOST_WRITES = 100_000  # of one run: an endless loop gets there within seconds
MOST_NUMBERS = 64_000_000  # in all copies of one run, half a gigabyte


def record(
    code: Any,
    inputs: Mapping[str, Any],
    replace: Mapping[str, Replacement] | None = None,
    *,
    output: str = "f",
    backward: Any = None,
    upstream: Any = None,
    quiet: bool = False,
    forward_only: bool = False,
) -> Recording:
    """Run `code` (a function or cell text) on a copy of `inputs` and write down what it did.

    `replace` puts other values in place of names once they are complete. With `backward`, a
    second function, `code` is the forward pass alone and `backward(upstream, cache)` follows it.
    With `forward_only` the run ends where the backward pass begins.
    An exception in the learner's code ends the recording and is part of it; `StagedError` is
    raised for code that cannot be read and for inputs that do not fit.
    """
    function = staged(code, inputs)
    recorder = Recorder(function, output, replace or {})
    recorder.end = backward_of(function, output) if forward_only else None
    apart = None if backward is None else backward_apart(backward)
    bound = {name: copy.deepcopy(value) for name, value in function.bind(inputs).items()}
    with undisturbed(quiet):
        try:
            result = function.call((), bound, recorder)
            if apart is not None:
                recorder.follow(apart, result, upstream)
        except (Exception, SystemExit) as error:  # what the learner's code raises is a finding
            recorder.failed(error)
    return recorder.recording()


QUIET: ContextVar[bool] = ContextVar("QUIET", default=False)


@contextlib.contextmanager
def undisturbed(quiet: bool = True) -> Iterator[None]:
    """Run a learner's code without its warnings; with `quiet`, without a trace of it at all.

    Within a quiet one a further one changes nothing, and costs nothing: keeping and restoring the
    state of the random numbers is a good part of a short run.
    """
    if quiet and QUIET.get():
        yield
        return
    token = QUIET.set(quiet)
    states = (random.getstate(), numpy_random.get_state()) if quiet else None
    with unheard(io.StringIO() if quiet else sys.stdout):
        try:
            yield
        finally:
            QUIET.reset(token)
            if states is not None:
                random.setstate(states[0])
                numpy_random.set_state(states[1])


@contextlib.contextmanager
def unheard(out: TextIO) -> Iterator[None]:
    """Run code without its warnings; whatever it prints goes to `out`."""
    with (
        warnings.catch_warnings(action="ignore"),
        np.errstate(all="ignore"),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        yield


class Recorder(Watcher):
    """Writes down every write, and notices arrays that change without one."""

    def __init__(
        self, function: StagedFunction, output: str, replace: Mapping[str, Replacement]
    ) -> None:
        self.function, self.output, self.replace = function, output, replace
        self.first = function
        self.writes: list[Write] = []
        self.count: dict[str, int] = {}
        self.live: dict[str, tuple[Any, Any]] = {}
        self.reads: dict[str, list[int]] = {}  # in which steps, since the last write of a name
        self.entered: set[str] = set()
        self.twice: list[tuple[int, str]] = []  # (write, name): written again after being read
        self.steps = self.kept = 0
        self.branches = Branches()
        self.first_read: dict[str, int] = {}  # how many writes there were by then
        self.clock = Clock()
        self.results: tuple[Any, ...] = ()
        self.by_return: dict[str, Any] = {}
        self.failure: Failure | None = None
        self.forced_split: int | None = None
        self.end: Assignment | None = None  # where to stop

    # -- Watcher --------------------------------------------------------------------------------

    def wrote(self, name: str, value: Any, line: int, augmented: bool) -> Any:
        place = self.place(name, line, augmented)
        if name in self.function.parameters and name not in self.entered:
            self.entered.add(name)
            return self.noted(name, value, line, "input", True)
        how = place.how if place else "+=" if augmented else "="
        return self.noted(name, value, line, how, not (place.reads_itself if place else augmented))

    def stored(self, name: str, value: Any, line: int) -> Any:
        return self.noted(name, value, line, "part", False)

    def read(self, name: str, value: Any, line: int) -> Any:
        reads = self.reads.setdefault(name, [])
        if not reads:
            self.first_read.setdefault(name, len(self.writes))
        if len(reads) < 2:  # whether there was one, and one more, is all that is asked
            reads.append(self.steps)
        return value

    def test(self, value: Any, line: int) -> Any:
        self.clock.look()
        self.branches.decided(f"condition on line {line}", self.steps, value)
        return value

    def compared(self, value: Any, line: int) -> Any:
        self.branches.decided(f"comparison on line {line}", self.steps, value)
        return value

    def call(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        self.branches.called(fn, args, self.steps)
        return fn(*args, **kwargs)

    def step(self, line: int) -> None:
        """Arrays and lists that differ from what was last seen have been changed in place."""
        changed = [(n, v, plain_copy(v)) for n, (v, seen) in self.live.items() if not same(v, seen)]
        for name, value, found in changed:
            replacement = self.noted(name, value, line, "in place", False, found)
            if replacement is not value:
                overwrite(value, replacement)
        for name, value, _ in changed:  # they may be one array
            self.live[name] = (value, plain_copy(value))
        self.steps += 1
        self.clock.look()

    def returned(self, value: Any, line: int) -> Any:
        for node in self.function.returns.get(line, ()):
            self.give_back(node, value)
            self.results = tuple(self.besides_output(node, value))
        return value

    def besides_output(self, node: ast.expr, value: Any) -> Iterator[Any]:
        """What is returned next to the output, in order."""
        several = isinstance(node, ast.Tuple) and length(value) == len(node.elts)
        nodes, values = (node.elts, value) if several else ([node], [value])  # type: ignore[attr-defined]
        for part, one in zip(nodes, values, strict=True):
            if not (isinstance(part, ast.Name) and part.id == self.output):
                yield part.id if isinstance(part, ast.Name) else "", plain_copy(one)

    # -- keeping notes --------------------------------------------------------------------------

    def noted(
        self, name: str, value: Any, line: int, how: str, fresh: bool, found: Any = None
    ) -> Any:
        """Write a value down, and give back what is to be in its place."""
        if self.end is not None and (name, line) == (self.end.name, self.end.line):
            raise Stop
        if self.rewrites(name, how):
            self.twice.append((len(self.writes), name))
        self.reads.pop(name, None)
        text = self.text(name, line)
        seen = plain_copy(value) if found is None else found
        self.look_at_length(seen)
        self.writes.append(Write(name, seen, line, text, how, fresh, self.steps))
        self.count[name] = self.count.get(name, 0) + 1
        replacement = self.replace.get(name)
        if replacement is not None and replacement.after == self.count[name]:
            value = copy.deepcopy(replacement.value)
        if is_mutable(value):
            self.live[name] = (value, plain_copy(value))
        else:
            self.live.pop(name, None)
        return value

    def look_at_length(self, value: Any) -> None:
        """Raise `TimeLimit` where more is being written than can be kept and judged."""
        self.kept += size(value)
        if len(self.writes) >= MOST_WRITES:
            raise TimeLimit(
                f"it has written {MOST_WRITES} values and goes on; is there a way out of the loop? "
                "If there is, check with smaller inputs"
            )
        if self.kept > MOST_NUMBERS:
            raise TimeLimit(
                f"it has written {MOST_NUMBERS} numbers, each write of an array being kept, and "
                "goes on; is there a way out of the loop? If there is, check with smaller arrays"
            )

    def rewrites(self, name: str, how: str) -> bool:
        """Whether this write gives a name that has been read a second meaning.

        A statement that changes an array in place names it once to do so; that is no reading.
        """
        reads = self.reads.get(name, [])
        if how == "in place":
            return len(reads) > 1 or any(step < self.steps for step in reads)
        if how == "part":
            return bool(reads)
        return name in self.count and (bool(reads) or how not in ("=", "input"))

    def text(self, name: str, line: int) -> str:
        place = self.place(name, line)
        if place:
            return place.text
        return self.function.long_statements.get(line) or self.function.source.text(line)

    def place(self, name: str, line: int, augmented: bool | None = None) -> Assignment | None:
        found = self.function.places.get((name, line), [])
        if augmented is not None and len(found) > 1:
            found = [a for a in found if (a.how != "=") == augmented] or found
        return found[-1] if found else None

    def give_back(self, node: ast.expr, value: Any) -> None:
        """Match what is returned with the names in the return statement."""
        if isinstance(node, ast.Name):
            self.by_return[node.id] = plain_copy(value)
        elif isinstance(node, ast.Tuple | ast.List) and length(value) == len(node.elts):
            for part, one in zip(node.elts, value, strict=True):
                self.give_back(part, one)
        elif isinstance(node, ast.Dict) and isinstance(value, dict):
            for key, part in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in value:
                    self.give_back(part, value[key.value])

    # -- a backward pass of its own -------------------------------------------------------------

    def follow(self, backward: StagedFunction, result: Any, upstream: Any) -> None:
        """Run `backward` on the upstream gradient, and on the cache or the names it asks for."""
        values = {w.name: w.value for w in self.writes}
        cache = result[1] if isinstance(result, tuple) and len(result) == 2 else result
        self.by_return, self.results, self.forced_split = {}, (), len(self.writes)
        self.entered = set()
        first, *rest = backward.parameters
        inputs = {first: upstream}
        for name in rest:
            if name in values:
                inputs[name] = copy.deepcopy(values[name])
            elif name not in backward.defaulted:
                inputs[name] = cache
        self.function = backward
        self.live = {}
        backward.call((), backward.bind(inputs), self)

    # -- the result -----------------------------------------------------------------------------

    def failed(self, error: BaseException) -> None:
        line = self.function.line_of(error)
        body = self.function.source.tree.body
        later = still_to_come(body, line) if line is not None else ()
        pending = tuple(dict.fromkeys(name for node in later for name in names_changed(node)))
        text = self.text("", line) if line is not None else ""
        kind, message = type(error).__name__, str(error)
        self.failure = Failure(kind, message, line, text, self.in_forward(line), pending)

    def in_forward(self, line: int | None) -> bool:
        """Whether a run that ended on `line` had not finished its forward pass."""
        if self.forced_split is not None or self.output not in self.count:
            return self.forced_split is None
        backward = self.function.first_gradient(self.output)
        return bool(line is not None and backward and line < backward.line)

    def recording(self) -> Recording:
        end, start = self.split()
        both = (self.first, self.function)
        entry = self.writes if self.forced_split is None else self.writes[: self.forced_split]
        return Recording(
            function=self.first.name,
            output=self.output,
            inputs={w.name: w.value for w in entry if w.how == "input"},
            writes=tuple(self.writes),
            forward_end=end,
            backward_at=start,
            returned=self.by_return,
            results=self.results,
            failure=self.failure,
            ambiguous=self.ambiguous(end),
            replaced=tuple(self.replace),
            ways=tuple(self.branches.ways),
            second_names=self.second_names(end),
            code=tuple(dict.fromkeys(f.source.listing for f in both)),
            helpers=tuple(dict.fromkeys(h for f in both for h in f.source.helpers)),
            around={n: plain_copy(v) for f in both for n, v in f.source.constants().items()},
        )

    def second_names(self, end: int) -> dict[str, str]:
        """Plain copies that the forward pass never reads, each with the name that it does read."""
        found = {}
        for write in self.writes[:end]:
            kept, _, of = write.text.replace(" ", "").partition("=")
            of = of.removesuffix(".copy()")
            alone = self.count[write.name] == 1 and self.first_read.get(write.name, end) >= end
            if alone and kept == write.name != self.output and of in self.count:
                found[kept] = of
        return found

    def split(self) -> tuple[int, int]:
        """Where the forward pass ends, and where the backward pass begins.

        The one ends with the output's last write, the other begins with the first gradient after
        it; what lies between belongs to neither.
        """
        written = [i for i, w in enumerate(self.writes) if w.name == self.output]
        if self.forced_split is not None:
            ends = [i + 1 for i in written if i < self.forced_split]
            return (ends[-1] if ends else self.forced_split), self.forced_split
        if not written:
            return len(self.writes), len(self.writes)
        after = self.first_gradient(written[-1] + 1)
        # Gradients may also be written on the way, in the loop that adds up a loss.
        begin = self.first_gradient(written[0] + 1) if after is None else after
        return written[-1] + 1, len(self.writes) if begin is None else begin

    def first_gradient(self, start: int) -> int | None:
        known = {w.name for w in self.writes[:start]}
        for i in range(start, len(self.writes)):
            if gradient_of(self.writes[i].name, known, self.output):
                return i
        return None

    def ambiguous(self, split: int) -> dict[str, str]:
        """Forward names whose gradient could mean two things, each with a sentence that says so."""
        found = {}
        for at, name in self.twice:
            if at < split and self.writes[at].how != "input":
                lines = [w.line for w in self.writes[:split] if w.name == name]
                found[name] = (
                    f"`{name}` is assigned on line {lines[0]} and again on line {self.writes[at].line}, "
                    f"so `d{name}` could mean two things; give the second value its own name."
                )
        return found


def backward_of(function: StagedFunction, output: str) -> Assignment | None:
    """The line where the forward pass is over for good, if there is one."""
    written = [at for at, a in enumerate(function.assignments) if a.name == output]
    start = function.split(output)
    return function.first_gradient(output) if written and written[-1] < start else None


def backward_apart(code: Any) -> StagedFunction:
    """A backward pass of its own, which must have room for the gradient on the output."""
    function = staged(code)
    if not function.parameters:
        raise StagedError(
            f"`{function.name}` takes no argument, and a backward pass of its own is handed the "
            "gradient on the output first, and then what it asks for; write it as "
            "`def backward(df, cache)`."
        )
    return function


def length(value: Any) -> int:
    return len(value) if isinstance(value, tuple | list) else -1
