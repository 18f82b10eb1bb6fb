"""Verdicts: a recording of a learner's backward pass held against what nudging measured.

Nothing here runs the learner's code. Where one more run is needed (with other gradients put in
place of the learner's, to see whether a line is right for whatever it is handed), it is asked for
through a `Rerun`, which may sit in this process or at the far end of a pipe.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backprop_kit.elsewhere import other_names, other_values, stored
from backprop_kit.plain import numbers, same
from backprop_kit.recording import Recording, Replacement
from backprop_kit.truth import Interval, Known, Truth, gather
from backprop_kit.view import CLOSE, Jitter, Rerun, View, along, spread, within

MOST_ELEMENTS = 512  # so many elements of slips are measured one by one, to put the truth in place
RIGHT, INHERITS, WRONG, MISSING = "right", "inherits", "wrong", "missing"


@dataclass(frozen=True)
class Row:
    """One d-variable at one point; `required` if it is the gradient on an input that is asked for."""

    name: str
    of: str
    verdict: str
    yours: Any = None
    expected: Interval | None = None
    line: int | None = None
    text: str = ""
    required: bool = False
    zero: bool = False
    earlier: bool = False  # right by a value it held before its last write
    first: int = 0  # position of its first and last write
    last: int = 0


def judge(
    recording: Recording,
    truth: Truth,
    wrt: Collection[str] = (),
    rerun: Rerun | None = None,
    seed: int = 0,
    settled: Collection[str] = (),
) -> list[Row]:
    """One row a d-variable, in the order of the first writes; missing ones last.

    Without `rerun` no row can inherit: a row is then right, wrong or missing. On rows in `settled`,
    found wrong at another point, no second look is spent.
    """
    wrt = wrt or default_wrt(recording)
    jitter = Jitter(recording, rerun, seed) if rerun is not None else None
    view = View(recording, truth.names, truth.expected, truth, jitter, frozenset(settled))
    rows = first_verdicts(view, wrt)
    if rerun is not None and any(row.verdict == WRONG for row in rows):
        rows = Replays(view, rerun, seed).follow_through(rows)
    return sorted(rows, key=lambda row: (row.verdict == MISSING, row.first))


def default_wrt(recording: Recording) -> list[str]:
    """The inputs whose gradient is written."""
    written = set(recording.gradients().values())
    return [name for name in recording.inputs if name in written]


# ----- right, wrong, missing -------------------------------------------------------------------


def first_verdicts(view: View, wrt: Collection[str]) -> list[Row]:
    recording = view.recording
    names = {
        d: q for d, q in recording.gradients().items() if q in view.nudged or q == recording.output
    }
    rows = [verdict(view, d, q, wrt) for d, q in names.items()]
    covered = {row.of for row in rows}
    rows += [unwritten(view, q, wrt) for q in wrt if q not in covered]
    return refuse_joints(view, rows)


def verdict(view: View, name: str, of: str, wrt: Collection[str]) -> Row:
    """Judge one d-variable by its values."""
    required = of in wrt
    recording = view.recording
    places = [
        i for i, w in enumerate(recording.writes) if w.name == name and i >= recording.backward_at
    ]
    last = recording.writes[places[-1]]
    age = view.passes(name, of, required)
    row = Row(
        name=name,
        of=of,
        verdict=WRONG if age is None else RIGHT,
        yours=recording.returned.get(name, last.value) if required else last.value,
        expected=view.truth.gradient(of),
        line=last.line,
        text=last.text,
        required=required,
        zero=is_zero(view, of),
        earlier=bool(age),
        first=places[0],
        last=places[-1],
    )
    if age is None and required and name not in recording.returned:
        row = given_back(view, row, wrt)
    return replace(row, verdict=MISSING) if recording.is_pending(name) else row


def is_zero(view: View, of: str) -> bool:
    return of in view.expected and not np.any(view.expected[of].slope.size)


def unwritten(view: View, of: str, wrt: Collection[str]) -> Row:
    """A required gradient that has no name: right if it is what the function gives back, else missing."""
    name = view.recording.spelled(of)
    missing = Row(name, of, MISSING, expected=view.truth.gradient(of), required=True)
    missing = replace(missing, zero=is_zero(view, of), first=len(view.recording.writes))
    if of not in view.nudged:
        return missing
    return given_back(view, missing, wrt)


def given_back(view: View, row: Row, wrt: Collection[str]) -> Row:
    """The row, right after all if the function gives the gradient back without that name."""
    for value in other_values(view.recording, row.of, list(wrt)):
        if view.fits(row.of, -1, value, exact=True):
            return replace(row, verdict=RIGHT, yours=value)
    return row if row.line is not None else wrong_elsewhere(view, row)


def wrong_elsewhere(view: View, row: Row) -> Row:
    """The row, wrong instead of missing if a gradient stands under another clear name: `grads["x"]`."""
    for at, write, value in stored(view.recording, row.of):
        place = {"line": write.line, "text": write.text, "first": at, "last": at}
        return replace(row, verdict=WRONG, yours=value, **place)  # type: ignore[arg-type]
    return row


def returned_for(recording: Recording, names: Collection[str]) -> set[str]:
    """The inputs among `names` whose gradient the function gives back, under any of its names."""
    names_of = {q: ("d" + q, f"d{recording.output}d{q}") for q in names}
    found = {q for q, called in names_of.items() if any(d in recording.returned for d in called)}
    for called, value in recording.results:
        keys = value if isinstance(value, dict) else ()
        found |= {q for q in names if q in keys or "d" + q in keys or called in other_names(q)}
    return found


def refuse_joints(view: View, rows: list[Row]) -> list[Row]:
    """Gradients that are allowed one by one, but not together, are all wrong."""
    rows = list(rows)
    for nudged, expected in zip(view.truth.joints, view.truth.joint_expected, strict=True):
        taking_part = [i for i, row in enumerate(rows) if row.of in nudged.directions]
        values = {
            rows[i].of: final_array(view, rows[i]) for i in taking_part if rows[i].verdict == RIGHT
        }
        if set(values) != set(nudged.directions) or any(v is None for v in values.values()):
            continue
        found = along(values, nudged)  # type: ignore[arg-type]
        allowed = CLOSE * expected.scale + expected.slope.error
        if not within(found, expected.slope, allowed):
            for i in taking_part:
                rows[i] = replace(rows[i], verdict=WRONG)
    return rows


def final_array(view: View, row: Row) -> np.ndarray | None:
    return spread(numbers(row.yours), view.nudged[row.of].directions[row.of].shape[1:], False)


# ----- inherits --------------------------------------------------------------------------------


class Replays:
    """Runs in which d-variables, once complete, are replaced by random gradients."""

    def __init__(self, view: View, rerun: Rerun, seed: int) -> None:
        self.view, self.rerun, self.seed = view, rerun, seed
        self.done: dict[frozenset[str], View | None] = {}
        self.mended: dict[frozenset[str], View | None] = {}
        self.judged: set[str] = set()

    def follow_through(self, rows: list[Row]) -> list[Row]:
        """Tell the rows that only pass a slip on from those that hold one."""
        self.judged = {row.of for row in rows}
        written = self.view.recording.gradients()
        everything = frozenset(row.name for row in rows if row.name in written)
        failing = sorted((r for r in rows if r.verdict == WRONG), key=lambda row: row.last)
        passing = {r.name for r in failing if self.passes(r, everything)}
        spoiled = self.spoiled(rows, [r for r in failing if r.name in passing], everything)
        slips = {name for name, verdict in spoiled.items() if verdict == WRONG}
        verdicts = dict(spoiled)
        for row in failing:
            before = frozenset(r.name for r in rows if r.name in slips and r.last < row.last)
            if (
                row.name in passing
                or (slips and self.passes(row, frozenset(slips)))
                or self.mended_by(row, before)
            ):
                verdicts[row.name] = INHERITS
            else:
                verdicts[row.name] = WRONG
                slips |= {row.name} & written.keys()
        if WRONG not in verdicts.values():
            verdicts = dict.fromkeys(verdicts, WRONG)
        return [replace(row, verdict=verdicts.get(row.name, row.verdict)) for row in rows]

    def spoiled(
        self, rows: list[Row], passing: list[Row], everything: frozenset[str]
    ) -> dict[str, str]:
        """Intermediates that were right once, but handed something else on to a row that fails.

        Some of them are handed that themselves, and then the next one may be to blame.
        """
        found: dict[str, str] = {}
        while passing:
            read = {stage for row in passing for stage in self.view.truth.names[row.of].effects}
            new = [r for r in rows if r.verdict == RIGHT and r.earlier and r.of in read]
            new = [row for row in new if row.name not in found]
            passing = [row for row in new if self.ends_well(row, everything)]
            found |= {row.name: INHERITS if row in passing else WRONG for row in new}
        return found

    def ends_well(self, row: Row, names: frozenset[str]) -> bool:
        """Whether what it ends on is right for what it is handed.

        Half of `dz = dq`, `dz += dq` is the truth by accident where `dq` came twice too large.
        """
        view = self.view_of(names)
        return view is not None and view.passes(row.name, row.of, row.required) == 0

    def passes(self, row: Row, names: frozenset[str]) -> bool:
        """Whether the row is what it must be when these d-variables hold random gradients."""
        if row.name in self.view.settled:
            return False
        return self.holds_in(self.view_of(names), row)

    def mended_by(self, row: Row, slips: frozenset[str]) -> bool:
        """Whether the row comes right by itself once the slips before it hold their true gradients.

        A line may leave out paths whose gradients cancel: right code, though not for whatever it
        is handed.
        """
        if not slips or row.zero or row.name in self.view.settled:
            return False
        if slips not in self.mended:
            self.mended[slips] = self.view_of_truth(slips)
        view = self.mended[slips]
        return view is not None and self.moved(view, row) and self.holds_in(view, row)

    def view_of_truth(self, slips: frozenset[str]) -> View | None:
        """The run in which these hold their true gradients, if that is known and can be compared."""
        base, gradients = self.view, self.view.recording.gradients()
        known = self.measured_in_full({gradients[name] for name in slips})
        if known is None:
            return None
        put = {name: self.replacement(name, known[gradients[name]], 0) for name in slips}
        recording = self.comparable(put)
        if recording is None:
            return None
        jitter = Jitter(base.recording, self.rerun, self.seed, put)
        return View(recording, base.nudged, base.expected, base.truth, jitter)

    def comparable(self, put: Mapping[str, Replacement]) -> Recording | None:
        """The run with these put in, or None if it did not go the same way as the first."""
        recording = self.rerun.record(put)
        same_way = recording.shape_of_run() == self.view.recording.shape_of_run()
        return recording if same_way and not recording.failure else None

    def measured_in_full(self, names: set[str]) -> dict[str, np.ndarray] | None:
        """The true gradients on these; None where one is an interval, or too large to measure."""
        truth, left = self.view.truth, {q for q in names if self.view.truth.gradient(q) is None}
        if sum(self.view.nudged[q].directions[q][0].size for q in left) > MOST_ELEMENTS:
            return None
        fine = self.rerun.measure(each=left, names=left, hold=()) if left else truth
        found = {q: (fine if q in left else truth).gradient(q) for q in names}
        full = {
            q: g.low for q, g in found.items() if g is not None and np.array_equal(g.low, g.high)
        }
        return full if len(full) == len(names) else None

    def moved(self, view: View, row: Row) -> bool:
        """Whether the row holds something else than it did."""
        return not same(
            self.view.recording.writes[row.last].value, view.recording.writes[row.last].value
        )

    def holds_in(self, view: View | None, row: Row) -> bool:
        """Whether the row is in that run what it must be."""
        if view is None or row.of not in view.nudged:
            return False
        if row.name in self.view.recording.gradients():
            return view.passes(row.name, row.of, row.required) is not None
        latest = next((value for _, _, value in stored(view.recording, row.of)), None)
        return view.fits(row.of, -1, latest, exact=True)

    def view_of(self, names: frozenset[str], ages: Mapping[str, int] | None = None) -> View | None:
        """The run in which these are random; `ages` says how many writes before the last they are."""
        if names not in self.done:
            self.done[names] = self.replayed(names, ages or {})
        return self.done[names]

    def replayed(self, names: frozenset[str], ages: Mapping[str, int]) -> View | None:
        base = self.view.recording
        gradients = base.gradients()
        handed = {q: self.random(q) for q in sorted({gradients[name] for name in names})}
        put = {
            name: self.replacement(name, handed[gradients[name]], ages.get(name, 0))
            for name in names
        }
        recording = self.comparable(put)
        if recording is None:
            return None
        stages = {q for q in handed if q != base.output}
        truth = self.rerun.measure(hold=stages, names=self.judged & set(self.view.nudged))
        known = {q: Known.exactly(value) for q, value in handed.items()}
        known.setdefault(base.output, Known.exactly(np.asarray(truth.upstream, dtype=float)))
        expected = {q: gather(nudged, known) for q, nudged in truth.names.items()}
        jitter = Jitter(base, self.rerun, self.seed, put)
        return View(recording, truth.names, expected, truth, jitter, handed=known)

    def random(self, q: str) -> np.ndarray:
        output = self.view.truth.output
        shape = (
            np.shape(self.view.truth.upstream)
            if q == output
            else self.view.nudged[q].directions[q].shape[1:]
        )
        seed = [self.seed, *q.encode()]
        return np.asarray(np.random.default_rng(seed).standard_normal(shape))

    def replacement(self, name: str, value: np.ndarray, age: int) -> Replacement:
        recording = self.view.recording
        after = sum(w.name == name for w in recording.writes) - age
        last = [w.value for w in recording.backward if w.name == name][-1]
        if isinstance(last, list) or (isinstance(last, np.ndarray) is False and value.ndim == 0):
            return Replacement(after, value.tolist())
        return Replacement(after, value)
