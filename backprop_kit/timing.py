"""Reasons: arrays with two names, and names that hold the value of another time."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

import numpy as np

from backprop_kit.plain import as_array
from backprop_kit.recording import Recording
from backprop_kit.retelling import Edit, Simple, names_in, written_by
from backprop_kit.sentences import Found
from backprop_kit.suspects import Suspect, place
from backprop_kit.syntax import rebuilt

MOST_VERSIONS = 40


def shared_array(suspect: Suspect) -> Iterator[Found]:
    """The array was right until a line that speaks of another name changed it."""
    retelling, row = suspect.world.retelling, suspect.row
    changes = [i for i, statement in retelling.slice.items() if statement is None]
    if changes and suspect.evidence.mends(Edit(unshared=True)):
        yield shared(suspect, suspect.world.recording, changes[0])
    base = suspect.evidence.base
    if base is None or suspect.evidence.guilty or base.fits(base.value):
        return
    writes = [i for i, w in enumerate(base.recording.writes) if w.name == row.name]
    writes = [i for i in writes if i >= base.recording.backward_at]
    for before, i in itertools.pairwise(writes):
        if base.recording.writes[i].how != "=" and base.fits(base.recording.writes[before].value):
            yield shared(suspect, base.recording, i)


def shared(suspect: Suspect, recording: Recording, at: int) -> Found:
    """A change to an array that has another name as well, or is still needed."""
    write = recording.writes[at]
    statement = suspect.evidence.listing.writer_of_line(write.line)
    others = written_by(statement) - {suspect.row.name} if statement is not None else set()
    facts = {"line": write.line, "text": write.text, "other": min(others, default="")}
    adds = isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add | ast.Sub)
    return Found("aliased_gradient" if adds and others else "mutates_upstream", facts)


def value_of_another_time(suspect: Suspect) -> Iterator[Found]:
    """A name that the line reads had the right value earlier, or gets it later."""
    recording = suspect.world.recording
    for statement in suspect.statements:
        here = [i for i, s in suspect.world.retelling.slice.items() if s is statement]
        for read in sorted(names_in(statement) - {suspect.row.name}):
            writes = [i for i, w in enumerate(recording.writes) if w.name == read]
            now = sum(i < here[0] for i in writes)
            if not 1 < len(writes) <= MOST_VERSIONS:
                continue
            for version, change in versions(len(writes), now, len(here)):
                if not may_be_meant(suspect, read, writes, now, version):
                    continue
                if suspect.evidence.mends(with_version(statement, read, version, change)):
                    yield other_time(suspect, statement, read, writes, now, version)


def may_be_meant(suspect: Suspect, read: str, writes: list[int], now: int, version: int) -> bool:
    """Whether somebody may have wanted that value of a name.

    What the backward pass works out for itself begins at nothing, and has no value of the forward
    pass that it should hold again; a part of it that is still to come is one of a gradient.
    """
    recording = suspect.world.recording
    if read in recording.values():
        return True
    if version >= now:
        return suspect.gradient_name(read)
    return version >= 0 and bool(np.any(as_array(recording.writes[writes[version]].value)))


def versions(writes: int, now: int, rounds: int) -> Iterator[tuple[int, int]]:
    """Which of its values a name may have been meant to have; in a loop, others from round to round."""
    yield from ((version, 0) for version in range(writes) if version != now - 1 and writes <= 8)
    if rounds > 1:
        yield from ((now - 1 - back, -1) for back in range(3))
        yield from ((ahead, 1) for ahead in range(3))


def other_time(
    suspect: Suspect, statement: Simple, read: str, writes: list[int], now: int, version: int
) -> Found:
    recording = suspect.world.recording
    facts = {**place(suspect, statement), "wrote": read}
    if version >= now:
        facts["later"] = recording.writes[writes[version]].line
        label = "used_before_complete" if suspect.gradient_name(read) else "stale_cache"
        return Found(label, facts)
    change = recording.writes[writes[min(version + 1, len(writes) - 1)]]
    facts |= {"later": change.line, "changing": change.text}
    scaled = suspect.evidence.listing.writer(change)
    match scaled:
        case ast.AugAssign(op=ast.Mult() | ast.Div()) if suspect.is_count(scaled.value):
            return Found("double_batch_scale", facts)
    return Found("stale_cache" if change.how in ("=", "input") else "mutates_upstream", facts)


def with_version(statement: Simple, read: str, version: int, change: int) -> Edit:
    """The statement, reading a name as it was after so many writes."""
    full = f"{read}@{version}"
    edited: ast.AST = statement
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and node.id == read and isinstance(node.ctx, ast.Load):
            edited = rebuilt(edited, node, ast.Name(full, ast.Load()))
    return Edit({statement: edited}, {full: (read, version, change)})  # type: ignore[dict-item]
