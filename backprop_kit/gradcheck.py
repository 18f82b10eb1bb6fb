"""`check_gradient`: handwritten NumPy backward passes of any size, held against their forward pass."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backprop_kit.array_report import ArrayReport, row_of
from backprop_kit.bisecting import Inquiry, Wrong
from backprop_kit.elements import Elements
from backprop_kit.given import (
    Seen,
    as_float,
    has_changed,
    is_whole,
    lengths_around,
    listing,
    looked_over,
    quietly,
    upstream_of,
)
from backprop_kit.guesses import Guess, Wanted, guess
from backprop_kit.judging import MISSING, RIGHT, WRONG
from backprop_kit.moving import Unfinished, copied
from backprop_kit.plain import numbers
from backprop_kit.points import refuse_seed
from backprop_kit.source import StagedError
from backprop_kit.stepping import Landscape, Slope

__all__ = ["check_gradient"]

CLEARLY = 2000  # times the rounding of a group: so much off is no rounding of an element
PATIENCE, EVERY = 1.0, 0.3  # seconds until progress is shown, and between two showings


def check_gradient(
    f: Callable[[dict[str, Any]], Any],
    params: Mapping[str, Any],
    grads: Mapping[str, Any],
    upstream: Any = None,
    *,
    seed: int = 0,
) -> ArrayReport:
    """Judge gradients that a backward pass of your own worked out, however large they are.

    `f(params)` is the forward pass: it takes a dict like `params` and returns a number, or an array
    if `upstream`, the gradient on it and of its shape, is given. `grads` has a gradient for each
    parameter, by the parameter's name or with a `d` in front. Parameters are numbers, lists of
    numbers or arrays; integers among them that have no gradient in `grads` are left alone.

    The report names the wrong parameters in `.wrong` and wrong elements in `.elements`, as
    `{name: [(index, yours, expected), ...]}`, at most 20 of a parameter. What is random is drawn
    from `seed`.

    Raises `StagedError`, in one sentence, for what cannot be judged: an `f` that is random, that
    gives no floats, or that does not read what it is given.
    """
    refuse_seed(seed)
    progress = Progress()
    with quietly():
        try:
            return Checking(f, params, grads, upstream, seed, progress).report()
        finally:
            progress.end()


class Progress:
    """One line that says how far a long check is, once it has taken a second."""

    def __init__(self) -> None:
        self.out, self.began, self.width = sys.stdout, time.monotonic(), 0
        self.next = self.began + PATIENCE

    def __call__(self, evaluations: int) -> None:
        now = time.monotonic()
        if now < self.next:
            return
        self.next = now + EVERY
        text = f"checking: {evaluations} forward passes, {now - self.began:.0f} s"
        self.width = max(self.width, len(text))
        print(f"\r{text.ljust(self.width)}", end="", file=self.out, flush=True)

    def end(self) -> None:
        if self.width:
            print(f"\r{' ' * self.width}\r", end="", file=self.out, flush=True)


class Checking:
    """One check: what was given, looked over; then the slopes; then the rows."""

    def __init__(
        self,
        f: Callable[[dict[str, Any]], Any],
        params: Mapping[str, Any],
        grads: Mapping[str, Any],
        upstream: Any,
        seed: int,
        progress: Callable[[int], None],
    ) -> None:
        self.f, self.seed, self.progress = f, seed, progress
        self.params, self.keys = looked_over(f, params, grads)
        self.grads = {name: grads.get(key) for name, key in self.keys.items()}
        self.notes: list[str] = []
        self.rows: dict[str, Any] = {}
        self.elements: dict[str, list[tuple[Any, float, float]]] = {}
        self.yours = {name: numbers(grad) for name, grad in self.grads.items()}
        self.evaluations = 0
        self.begin(upstream)

    # -- the point --------------------------------------------------------------------------------

    def begin(self, upstream: Any) -> None:
        """Run `f` once as given, and see what it does with its argument."""
        seen = Seen({name: copied(value) for name, value in self.params.items()})
        output = self.ran(seen)
        changed = [
            n for n, v in self.params.items() if n in seen and has_changed(v, dict.get(seen, n))
        ]
        if changed:
            self.notes.append(
                f"`{self.called}` changes {listing(changed)} in place; every run here had a copy of its own."
            )
        self.unread = set(self.params) - seen.read
        whole = [name for name in self.keys if is_whole(self.params[name])]
        if whole:
            self.notes.append(
                f"{listing(whole)} {'holds' if len(whole) == 1 else 'hold'} integers, which cannot be "
                "moved a little; floats of the same values were moved instead."
            )
        if any(np.asarray(self.params[name]).dtype != float for name in self.keys):
            output = self.ran(self.as_moved())
        self.upstream = upstream_of(self.called, output, upstream)
        value = np.asarray(numbers(output), dtype=float)
        self.terms = float(np.sum(np.abs(self.upstream * value)))
        self.base = float(np.sum(self.upstream * value))
        self.refuse_values(value)
        kinds = [
            np.asarray(v) for v in (output, *self.grads.values(), *map(self.params.get, self.keys))
        ]
        self.single = any(k.dtype.kind == "f" and k.dtype.itemsize < 8 for k in kinds)
        self.rows_first = len(value.shape) and value.shape[0]

    def as_moved(self) -> dict[str, Any]:
        """The parameters as floats, in which steps can be taken."""
        return {n: as_float(v) if n in self.keys else copied(v) for n, v in self.params.items()}

    @property
    def called(self) -> str:
        return getattr(self.f, "__name__", "f").replace("<lambda>", "f")

    def ran(self, params: dict[str, Any]) -> Any:
        self.evaluations += 1
        try:
            return self.f(params)
        except Exception as error:
            raise StagedError(
                f"`{self.called}` stops with {type(error).__name__} ({error}) at the parameters that were "
                "given; it takes one dict and returns the loss or the output."
            ) from error

    def refuse_values(self, value: np.ndarray) -> None:
        if not np.all(np.isfinite(value)):
            raise StagedError(
                f"`{self.called}` is nan or infinite at this point, where nothing has a slope."
            )

    def refuse_random(self) -> None:
        again = numbers(self.ran(self.as_moved()))
        if again is None or float(np.sum(self.upstream * again)) != self.base:
            raise StagedError(
                f"`{self.called}` gives another value each time it is run; draw what is random once, "
                "outside of it, and let it use the same numbers every time."
            )

    def size(self, names: Any) -> int:
        return sum(int(np.size(np.asarray(self.params[name]))) for name in names)

    def landscape(self, names: list[str]) -> Landscape:
        def watch(count: int) -> None:
            self.evaluations += 1
            self.progress(self.evaluations)

        land = Landscape(self.f, self.params, names, self.upstream, watch)
        land.single, land.base, land.size = self.single, self.base, self.terms
        return land

    # -- judging ------------------------------------------------------------------------------------

    def report(self) -> ArrayReport:
        sound = [name for name in self.keys if self.is_sound(name)]
        if sound:
            self.judge(sound)
        self.refuse_unread()
        rows = tuple(self.rows.get(n) or self.row(n, RIGHT) for n in self.keys)
        right = sum(row.verdict == RIGHT for row in rows)
        ok = right == len(rows)
        return ArrayReport(
            function=self.called, output="f", rows=rows, ok=ok,
            score=1.0 if ok else min(0.9, right / len(rows)), seed=self.seed,
            notes=tuple(self.notes), elements=self.elements, evaluations=self.evaluations,
            count=self.size(self.keys),
            shapes={n: np.shape(np.asarray(self.params[n])) for n in self.keys},
        )  # fmt: skip

    def row(self, name: str, verdict: str, found: Guess | None = None) -> Any:
        expected = None if found is None else found.right
        shape = np.shape(np.asarray(self.params[name]))
        if expected is not None and expected.size == int(np.prod(shape)):
            expected = expected.reshape(shape)
        return row_of(self.keys[name], name, verdict, self.grads[name], expected, shape, found)

    def is_sound(self, name: str) -> bool:
        """Whether a gradient is there, of numbers, finite, and of the shape of its parameter."""
        yours, shape = self.yours[name], np.shape(np.asarray(self.params[name]))
        if self.grads[name] is None or self.grads[name] is ...:
            self.rows[name] = self.row(name, MISSING, Guess("missing"))
        elif yours is None:
            self.rows[name] = self.row(name, WRONG, Guess("unknown"))
        elif not np.all(np.isfinite(yours)):
            where = [at for at in np.ndindex(yours.shape) if not np.isfinite(yours[at])][:20]
            if yours.shape == shape:
                self.elements[name] = self.expected_at(name, where)
            self.rows[name] = self.row(name, WRONG, Guess("not_finite"))
        elif yours.shape != shape:
            self.rows[name] = self.row(name, WRONG, self.guessed(name))
        else:
            return True
        return False

    def expected_at(self, name: str, where: list[Any]) -> list[tuple[Any, float, float]]:
        """Elements with the slopes that were measured for them."""
        land, found = self.landscape([name]), []
        for at in where:
            z = np.zeros(land.shapes[name])
            z[at] = size = float(land.sizes[0])
            found.append(
                (at, float(np.asarray(self.yours[name])[at]), land.closely(z.ravel()).value / size)
            )
        return found

    def guessed(self, name: str) -> Guess:
        """What a gradient of another shape may be."""
        land = self.landscape([name])
        inquiry = Inquiry(land, np.zeros(land.count), self.seed)
        self.trust(inquiry, inquiry.v)
        yours = self.yours[name]
        assert yours is not None
        return guess(yours, self.wanted(inquiry, name, []))

    def wanted(self, inquiry: Inquiry, name: str, measured: list[Slope]) -> Wanted:
        cut, shape = inquiry.land.cuts[name], inquiry.land.shapes[name]

        def slope(direction: np.ndarray) -> Slope:
            z = np.zeros(inquiry.land.count)
            z[cut] = direction.ravel()
            return inquiry.slope(z)

        directions = [inquiry.v[cut].reshape(shape), inquiry.direction()[cut].reshape(shape)]
        return Wanted(shape, slope, directions, measured, self.single, self.lengths())

    def lengths(self) -> frozenset[int]:
        """Numbers of examples: the lengths of the arrays that `f` and its output are made with."""
        return frozenset(n for n in (*lengths_around(self.f), int(self.rows_first)) if n > 1)

    def judge(self, names: list[str]) -> None:
        """Hold the gradients against slopes; where they do not fit, find out where and why."""
        land = self.landscape(names)
        claimed = np.concatenate([np.ravel(np.asarray(self.yours[n], dtype=float)) for n in names])
        inquiry = Inquiry(land, claimed, self.seed)
        for group in inquiry.groups():
            z = inquiry.v
            if len(group) < len(names):
                z = inquiry.part([land.cuts[name] for name in group])
            inquiry.begin_again()
            slope = self.trust(inquiry, z)
            if not inquiry.fits(z, slope):
                self.refuse_random()
                inquiry.look_into(group, slope)
                self.explain(inquiry)

    def trust(self, inquiry: Inquiry, z: np.ndarray) -> Slope:
        """The slope along a direction, by imaginary steps if they agree with real ones."""
        land = inquiry.land
        if land.imaginary:
            try:
                tip = land.tip(z)
                if abs(tip.real - self.base) > 1e-6 * self.terms:
                    self.refuse_random()
                if land.confirms(z, tip.imag, inquiry.scale(z, tip.imag)):
                    return Slope(tip.imag)
            except Unfinished:
                pass
            land.imaginary = False
        left, right, error = land.both(z)
        if not np.isfinite(right):
            return land.closely(z)
        return Slope(right, error if left == right else error + 1e-9 * abs(right))

    def explain(self, inquiry: Inquiry) -> None:
        """Give each parameter that does not fit its label and its wrong elements."""
        verdict, elements = inquiry.verdict, Elements(inquiry)
        for name, slope in verdict.suspects.items():
            cut, yours = inquiry.land.cuts[name], np.asarray(self.yours[name], dtype=float)
            found = Guess("unknown")
            if inquiry.off(np.arange(cut.start, cut.stop), slope) > CLEARLY * inquiry.noise:
                found = guess(yours, self.wanted(inquiry, name, [slope]))
            if found.right is not None and inquiry.shift is None:
                self.accuse(name, found, differing(yours, found.right))
                continue
            before = len(verdict.wrong)
            inquiry.halve(name, elements.kind)
            wrong = verdict.wrong[before:]
            if wrong:
                shape = inquiry.land.shapes[name]
                self.accuse(name, found, [element(w, cut, shape, yours) for w in wrong])
        for *pair, twice in verdict.ties:
            for at in pair:
                self.accuse_tie(inquiry, at, "tie_double_count" if twice else "unknown")
        if verdict.crowded and not self.rows:
            self.notes.append(
                "So many elements stand on a kink that not each of them was looked at."
            )

    def accuse(self, name: str, found: Guess, elements: list[tuple[Any, float, float]]) -> None:
        if np.asarray(self.grads[name]).dtype.kind in "iub" and not isinstance(
            self.grads[name], int
        ):
            found = Guess("integer_dtype", found.right)
        if not any(expected for _, _, expected in elements) and self.is_ignored(name):
            found = Guess("ignored")
        self.elements[name] = sorted(elements, key=lambda e: e[0])
        self.rows[name] = self.row(name, WRONG, found)

    def accuse_tie(self, inquiry: Inquiry, at: int, label: str) -> None:
        land = inquiry.land
        name = next(n for n, cut in land.cuts.items() if cut.start <= at < cut.stop)
        index = np.unravel_index(at - land.cuts[name].start, land.shapes[name])
        place = tuple(map(int, index))
        value = float(inquiry.claimed[at])
        unit = land.sizes[at]
        z = np.zeros(land.count)
        z[at] = unit
        left, right, _ = land.both(z)
        one = (place, value, (left + right) / 2 / unit)
        self.elements.setdefault(name, []).append(one)
        if name not in self.rows:
            self.rows[name] = self.row(name, WRONG, Guess(label))

    # -- what does not move ---------------------------------------------------------------------------

    def is_ignored(self, name: str) -> bool:
        """Whether the output stays exactly the same however far a parameter is moved."""
        if name in self.unread:
            return True
        land = self.landscape([name])
        rng = np.random.default_rng([self.seed, 11])
        far = [land.height(s * land.sizes * rng.standard_normal(land.count)) for s in (0.1, 1, 10)]
        return all(value == self.base for value in far)

    def refuse_unread(self) -> None:
        """Refuse an `f` that reads none of what it is given: there is nothing to be judged by it."""
        wrong = [name for name, row in self.rows.items() if row.label == "ignored"]
        if self.unread >= set(self.keys) or (wrong and len(wrong) == len(self.keys)):
            raise StagedError(
                f"`{self.called}` gives the same value whatever {listing(list(self.keys))} may be: it does "
                "not read what it is given, but perhaps an array of the same name outside; let it read "
                f'`params["{next(iter(self.keys))}"]`.'
            )


# ----- elements, named -----------------------------------------------------------------------


def differing(yours: np.ndarray, right: np.ndarray) -> list[tuple[Any, float, float]]:
    """The elements that differ most, at most 20 of them."""
    off = np.abs(yours - right).ravel()
    worst = [at for at in np.argsort(-off, kind="stable")[:20] if off[at] > 1e-6 * np.max(off)]
    places = [tuple(map(int, np.unravel_index(at, yours.shape))) for at in worst]
    return [(place, float(yours[place]), float(right[place])) for place in places]


def element(
    wrong: Wrong, cut: slice, shape: tuple[int, ...], yours: np.ndarray
) -> tuple[Any, float, float]:
    place = tuple(map(int, np.unravel_index(wrong.at - cut.start, shape)))
    return place, float(yours[place]), (wrong.low + wrong.high) / 2
