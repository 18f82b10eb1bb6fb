"""The learner's own backward lines, each with the verdicts on what it writes beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from backprop_kit.judging import MISSING
from backprop_kit.recording import Failure, Recording
from backprop_kit.rows import ReportRow, found, unwritten, wanted
from backprop_kit.source import without_comment

WIDTH = 100
WIDEST_CODE = 46  # beside longer code there is no room for what it holds
GAP, INDENT = "   ", 4
MOST_LINES = 24
AROUND = 1  # in a long listing, so many lines before and after a wrong one are shown
STOPS = "stops"
SYMBOL_OF_STOP = "⚠"


@dataclass(frozen=True)
class Note:
    """What stands beside a line: a verdict, what is there, and what should be."""

    verdict: str
    symbol: str
    found: str
    wanted: str = ""
    at_fault: bool = False


@dataclass
class Listed:
    """One line of the learner's code, or with `number` None a place for what no line writes."""

    number: int | None
    code: str
    notes: list[Note] = field(default_factory=list)

    @property
    def marked(self) -> bool:
        return any(note.at_fault for note in self.notes)


def backward_lines(recording: Recording) -> tuple[tuple[int, str], ...]:
    """The lines of the backward pass, with their numbers: from its first write to its last.

    A backward pass of its own is the second piece of code of the recording.
    """
    if not recording.code:
        return ()
    start, names = min(recording.backward_at, recording.forward_end), recording.gradients()
    numbers = [
        w.line
        for i, w in enumerate(recording.writes)
        if w.how != "input" and (i >= start or w.name in names)
    ]
    failure = recording.failure
    if failure is not None and failure.line is not None and not failure.forward:
        numbers.append(failure.line)
    first, text = recording.code[-1]
    lines = enumerate(text.split("\n"), start=first)
    last = max(numbers, default=0)
    return tuple((n, t) for n, t in lines if min(numbers, default=1) <= n <= last and t.strip())


def listed(
    code: Sequence[tuple[int, str]], rows: Sequence[ReportRow], failure: Failure | None = None
) -> list[Listed]:
    """The lines with the verdicts beside them; then what is missing, or came by no line."""
    lines = {number: Listed(number, text) for number, text in dedented(code)}
    for row in rows:
        if row.line is not None and row.line not in lines:
            lines[row.line] = Listed(row.line, row.text)
    for row in sorted(rows, key=lambda row: not row.at_fault):
        if row.line is not None:
            beside = [other for other in rows if other.line == row.line]
            stops = failure is not None and failure.line == row.line
            lines[row.line].notes.append(note(row, named=len(beside) > 1 or stops))
    if failure is not None and failure.line is not None:
        stopped = lines.setdefault(failure.line, Listed(failure.line, failure.text))
        stopped.notes.insert(0, Note(STOPS, SYMBOL_OF_STOP, failure.kind, at_fault=True))
    ordered = [lines[number] for number in sorted(lines)]
    rest = [row for row in rows if row.line is None]
    missing = [row for row in rest if row.verdict == MISSING]
    others = [Listed(None, "", [note(row)]) for row in rest if row.verdict != MISSING]
    if missing:
        together = replace(note(missing[0]), found=unwritten(missing))
        others.append(Listed(None, "", [together]))
    return [*shortened(ordered), *others]


def note(row: ReportRow, named: bool = True) -> Note:
    return Note(row.verdict, row.symbol, found(row, named), wanted(row), row.at_fault)


def dedented(code: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    margin = min((len(text) - len(text.lstrip()) for _, text in code), default=0)
    return [(number, text[margin:].rstrip()) for number, text in code]


def shortened(lines: list[Listed]) -> list[Listed]:
    """All lines of a short listing; of a long one those with a verdict, and those near a wrong one."""
    if len(lines) <= MOST_LINES:
        return lines
    wrong = [i for i, line in enumerate(lines) if line.marked]
    near = {i + step for i in wrong for step in range(-AROUND, AROUND + 1)}
    shown = [i for i, line in enumerate(lines) if line.notes or i in near]
    result: list[Listed] = []
    for before, i in zip([-1, *shown], shown, strict=False):
        if result and i > before + 1:
            result.append(Listed(None, "..."))
        result.append(lines[i])
    return result


# ----- as text ---------------------------------------------------------------------------------


def as_text(lines: Sequence[Listed]) -> list[str]:
    """The listing in a fixed-width font, at most 100 columns wide."""
    digits = max((len(str(line.number)) for line in lines if line.number is not None), default=0)
    columns = Columns(digits, max((len(fitted(line)) for line in lines), default=0))
    return [text for line in lines for text in columns.lines(line)]


def fitted(line: Listed) -> str:
    """The code of a line if what is beside it fits in too; its comment goes first."""
    code = line.code if len(line.code) <= WIDEST_CODE else without_comment(line.code).rstrip()
    return code if len(code) <= WIDEST_CODE else ""


@dataclass(frozen=True)
class Columns:
    """How wide the numbers and the code are."""

    digits: int
    code: int

    def lines(self, line: Listed) -> list[str]:
        """A line with the first note beside it; the others, or all if there is no room, below."""
        code = fitted(line)
        beside = bool(code or not line.code) and bool(line.notes)
        first = line.notes[0] if line.notes else None
        start = self.margin(line.number, first, line.marked)
        if not beside:
            below = [self.below(note, "", INDENT) for note in line.notes[:1]]
            head = [start + (code or self.clipped(line.code)), *below]
        else:
            text = start + code.ljust(self.code) + GAP
            head = [text + told(line.notes[0], len(text))]
        rest = [self.below(note, note.verdict, self.code + len(GAP)) for note in line.notes[1:]]
        return [text.rstrip() for text in (*head, *rest)]

    def margin(self, number: int | None, note: Note | None, marked: bool) -> str:
        mark = ">" if marked else " "
        shown = "" if number is None else str(number)
        return f"  {note.verdict if note else '':<8} {mark} {shown:>{self.digits}}  "

    def clipped(self, code: str) -> str:
        return clip(without_comment(code).rstrip(), WIDTH - self.digits - len("  inherits >   "))

    def below(self, note: Note, verdict: str, indent: int) -> str:
        start = self.margin(None, replace(note, verdict=verdict), note.at_fault and bool(verdict))
        return start + " " * indent + told(note, len(start) + indent)


def told(note: Note, at: int) -> str:
    """What is there and what should be; the latter on a line of its own if there is no room."""
    if not note.wanted:
        return clip(note.found, WIDTH - at)
    arrow = f"<- {note.wanted}"
    if at + len(note.found) + 2 + len(arrow) <= WIDTH:
        return f"{note.found}  {arrow}"
    return f"{note.found}\n{' ' * max(min(at, WIDTH - len(arrow)), 0)}{arrow}"


def clip(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 3] + "..."
