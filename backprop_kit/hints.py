"""Hints on the first slip of a report: which variable, which rule, and the shape of the formula.

No hint at any level holds the finished answer. What a learner wrote is not repaired here: the hints
come from the lines of the forward pass that read the variable.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from backprop_kit import rules
from backprop_kit.recording import Failure
from backprop_kit.rows import ReportRow
from backprop_kit.rules import Reading

MOST_RULES = 3
LONGEST = 60  # of a line that is quoted
ELEMENTS = "Each element gets what its own places hand back."


@dataclass(frozen=True)
class Reader:
    """A line of the forward pass that reads a variable."""

    stage: str
    text: str
    line: int
    readings: tuple[Reading, ...]
    looped: bool = False

    def __str__(self) -> str:
        return f"`{self.text}` (line {self.line})"


@dataclass(frozen=True)
class Paper:
    """What is known of a report's circuit.

    `code` is what was run and `forward` the lines of it that belong to the forward pass; `stages`
    says for each name that was nudged which stages move with it, and `shapes` has all shapes.
    """

    code: tuple[tuple[int, str], ...]
    forward: Collection[int]
    stages: Mapping[str, Sequence[str]]
    shapes: Mapping[str, tuple[int, ...]]
    output: str

    def readers(self, name: str) -> list[Reader]:
        """The lines of the forward pass that read `name`, in their order.

        One through which nothing comes back at this point counts: a max reads its losers too.
        """
        found: list[Reader] = []
        for statement, looped in self.statements():
            for stage, expression in written(statement):
                places = rules.readings(expression, name)
                if places and stage != name:
                    text = textwrap.shorten(ast.unparse(statement), LONGEST, placeholder=" ...")
                    found.append(Reader(stage, text, statement.lineno, tuple(places), looped))
        return found

    def statements(self) -> Iterator[tuple[ast.stmt, bool]]:
        """The assignments of the forward pass, and whether each stands in a loop."""
        tree = parsed(self.code[0]) if self.code else ast.Module([], [])
        loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
        looped = {id(node) for loop in loops for node in ast.walk(loop)}
        for node in assignments(tree):
            if node.lineno in self.forward:
                yield node, id(node) in looped

    def lines_of(self, name: str) -> list[int]:
        """The lines of the backward pass that write `name`."""
        tree = parsed(self.code[-1]) if self.code else ast.Module([], [])
        found = {n.lineno for n in assignments(tree) if name in dict(written(n))}
        return sorted(found)


def parsed(code: tuple[int, str]) -> ast.Module:
    """The code with the line numbers the learner sees."""
    first, text = code
    try:
        tree = ast.parse(textwrap.dedent(text))
    except SyntaxError:
        return ast.Module([], [])
    ast.increment_lineno(tree, first - 1)
    return tree


def assignments(tree: ast.Module) -> list[ast.stmt]:
    found = [node for node in ast.walk(tree) if isinstance(node, ASSIGNMENTS)]
    return sorted(found, key=lambda node: node.lineno)


ASSIGNMENTS = (ast.Assign, ast.AugAssign, ast.AnnAssign)


def written(statement: ast.stmt) -> list[tuple[str, ast.expr]]:
    """The names that a statement writes, each with the expression it is made from."""
    match statement:
        case ast.Assign(targets, value):
            return [pair for target in targets for pair in paired(target, value)]
        case ast.AugAssign(target, _, value) | ast.AnnAssign(target, _, ast.expr() as value):
            return paired(target, value)
    return []


def paired(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    """`a, b = x, y` makes `a` from `x`; `a, b = pair` makes both from the whole."""
    match target, value:
        case ast.Name(name), _:
            return [(name, value)]
        case ast.Subscript(inner), _:
            return paired(inner, value)
        case ast.Tuple(names), ast.Tuple(parts) if len(names) == len(parts):
            return [p for one, part in zip(names, parts, strict=True) for p in paired(one, part)]
        case ast.Tuple(names), _:
            return [p for one in names for p in paired(one, value)]
    return []


# ----- level 1: which variable -------------------------------------------------------------------


def where(row: ReportRow, others: Sequence[ReportRow], paper: Paper) -> str:
    """Which variable to look at, and where it is written."""
    if row.line is None:
        return f"`{row.name}`, the gradient on `{row.of}`, is still to be written." + later(others)
    lines = paper.lines_of(row.name)
    if len(lines) > 1:
        listed = ", ".join(map(str, lines[:-1])) + f" and {lines[-1]}"
        return f"Look at `{row.name}`, which is written on lines {listed}." + later(others)
    return f"Look at `{row.name}` on line {row.line}: `{row.text}`." + later(others)


def later(others: Sequence[ReportRow]) -> str:
    if not others:
        return ""
    names = " and ".join(f"`{row.name}`" for row in others[:2])
    if len(others) > 2:
        names = f"the {len(others)} others"
    return f" It comes first; {names} can wait."


# ----- level 2: which rule -----------------------------------------------------------------------


def which_rule(row: ReportRow, paper: Paper) -> str:
    """The rule of the notes that the line is about, taken from the lines that read the variable."""
    if row.of == paper.output:
        return f"`{row.name}` is where the backward pass begins: how much does `{row.of}` move when `{row.of}` itself moves?"
    readers = paper.readers(row.of)
    sentences = [row.rule] if row.rule else []
    if row.misshapen:
        sentences.append(rules.SHAPE)
    sentences += [read_by(row.of, readers)] if readers else [reached(row, paper)]
    known = dict.fromkeys(g for reader in readers for place in reader.readings for g in place.gates)
    sentences += [rules.RULES[gate] for gate in list(known)[:MOST_RULES]]
    if readers and not known:
        sentences.append(rules.WIRE)
    if row.ties:
        sentences.append(rules.TIE)
    if any(repeated(row.of, reader, paper) for reader in readers):
        sentences.append(rules.BROADCAST)
    if len(known) > MOST_RULES:
        sentences.append("There is more in this than one gate: give the parts names of their own.")
    return " ".join(dict.fromkeys(sentences))


def read_by(name: str, readers: Sequence[Reader]) -> str:
    """Which lines read the variable, and that what they hand back is added."""
    places = [place for reader in readers for place in reader.readings]
    again = " Each time round the loop counts." if any(r.looped for r in readers) else ""
    *most, last = dict.fromkeys(map(str, readers))
    if most:
        count = in_words(len(most) + 1).capitalize()
        lines = f"{count} lines read `{name}`: {', '.join(most)} and {last}."
        return f"{lines} {ELEMENTS if by_element(places) else rules.FORK + '.'}{again}"
    if by_element(places):
        return f"{readers[0]} reads elements of `{name}`. {ELEMENTS}{again}"
    if len(places) > 1:
        return f"{readers[0]} reads `{name}` in {in_words(len(places))} places, and each hands something back. {rules.FORK}.{again}"
    return (
        f"One line reads `{name}`: {readers[0]}.{again and f' It stands in a loop. {rules.FORK}.'}"
    )


def by_element(places: Sequence[Reading]) -> bool:
    """Whether parts of the variable are read, so that each part may have one term only."""
    return all(rules.PART in place.gates for place in places)


def in_words(count: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six")
    return words[count] if count < len(words) else str(count)


def reached(row: ReportRow, paper: Paper) -> str:
    """For a variable that no line reads by its name in a way that can be followed."""
    stages = " and ".join(f"`{stage}`" for stage in paper.stages.get(row.of, ()))
    if not stages:
        return f"Does `{paper.output}` depend on `{row.of}`? Follow it through the forward pass."
    return f"`{row.of}` moves {stages}: multiply what comes from there by the local derivative."


def repeated(name: str, reader: Reader, paper: Paper) -> bool:
    """Whether the variable was repeated to the shape of the stage that reads it."""
    own, whole = paper.shapes.get(name), paper.shapes.get(reader.stage)
    elementwise = any(set(place.gates) <= rules.ELEMENTWISE for place in reader.readings)
    return own is not None and whole is not None and own != whole and elementwise


# ----- level 3: the shape of the formula ---------------------------------------------------------


def formula(row: ReportRow, paper: Paper) -> str:
    """How many terms there are and what each is made of, but never the terms."""
    if row.of == paper.output:
        return f"`{row.name}` is no formula: it has the shape of `{row.of}` and no variable of the circuit is in it, unless it is handed in."
    if row.formula:
        return row.formula + shaped(row, paper)
    readers = paper.readers(row.of)
    terms = [term(row.of, place, reader, paper) for reader in readers for place in reader.readings]
    if not terms:
        return (
            f"Change `{row.of}` a little and follow it on paper, line by line, to `{paper.output}`."
            + shaped(row, paper)
        )
    looped = any(reader.looped for reader in readers)
    return (
        f"`{row.name}` is {added(terms, looped, [p for r in readers for p in r.readings])}."
        + shaped(row, paper)
    )


def added(terms: Sequence[str], looped: bool, places: Sequence[Reading]) -> str:
    """How many terms there are, and what they are."""
    again = ", added each time round the loop" if looped else ""
    if by_element(places):
        return f"put together element by element, from {either(terms)}{again}"
    if len(terms) == 1:
        return f"one term{again}: {terms[0]}"
    if len(set(terms)) == 1:
        return f"a sum of {in_words(len(terms))} terms{again}, each {terms[0]}"
    listed = "; plus ".join(terms[:4]) + ("; and so on" if len(terms) > 4 else "")
    return f"a sum of {in_words(len(terms))} terms{again}: {listed}"


def either(terms: Sequence[str]) -> str:
    return "; or ".join(dict.fromkeys(terms))


def term(name: str, place: Reading, reader: Reader, paper: Paper) -> str:
    """One contribution: its factor in brackets, and the gradient it multiplies."""
    gradient = f"the gradient on `{reader.stage}`"
    if rules.MATMUL in place.gates:
        return matrix_product(name, place, reader, paper)
    text = f"({factor(name, place.gates, place.partner)}) times {gradient}"
    if repeated(name, reader, paper):
        return f"{text}, summed back to the shape of `{name}`"
    return text


def factor(name: str, gates: Sequence[str], partner: str) -> str:
    """What the local derivative is made of."""
    left, several = set(gates) - LINEAR, gates.count(rules.MUL) > 1
    if not left or (left == {rules.MUL} and is_number(partner) and not several):
        return "a plain number"
    if left <= {rules.MAX, rules.SWITCH}:
        return "a switch, on or off"
    if left == {rules.MUL}:
        return "the other inputs of the product" if several else "the other input of the product"
    if left == {rules.MUL, rules.DIV}:
        return "something with the other inputs of the line"
    if left == {rules.DIV}:
        return "something with the denominator"
    if left in ({rules.EXP}, {rules.SQUASH}, {rules.INVERSE, rules.EXP}):
        return "something with a value that the forward pass has computed already"
    if len(left) == 1:
        return f"something with `{name}`"
    return "what the gates of that line make, one after the other"


LINEAR = {rules.ADD, rules.MINUS, rules.SUM, rules.MEAN, rules.MOVE, rules.PART}


def is_number(text: str) -> bool:
    try:
        return isinstance(ast.literal_eval(text), int | float)
    except (ValueError, SyntaxError):
        return False


def matrix_product(name: str, place: Reading, reader: Reader, paper: Paper) -> str:
    """A product of two matrices, told by their shapes; of vectors, only that it is one."""
    stage = f"the gradient on `{reader.stage}`"
    if set(place.gates) - {rules.MATMUL, rules.ADD, rules.MOVE}:
        return f"{stage}, taken back through one gate of that line after the other"
    if len(paper.shapes.get(name, ())) != 2 or len(paper.shapes.get(reader.stage, ())) != 2:
        return f"the other operand of the product times {stage}"
    other = (
        f"`{place.partner}`{of_shape(place.partner, paper)}"
        if place.partner
        else "the other operand"
    )
    return (
        f"a matrix product of {other} and {stage}{of_shape(reader.stage, paper)}, in the order and "
        "with the transpose that the shapes ask for"
    )


def of_shape(name: str, paper: Paper) -> str:
    shape = paper.shapes.get(name)
    return f" {shape}" if shape else ""


def shaped(row: ReportRow, paper: Paper) -> str:
    shape = paper.shapes.get(row.of, row.shape)
    return f" It has the shape of `{row.of}`, {shape}." if shape else ""


# ----- code that stops ---------------------------------------------------------------------------

REMEDIES = {
    "NameError": "A name is read there that has no value yet: look at its spelling, and at what is written before it.",
    "UnboundLocalError": "A name is read there that has no value yet: look at its spelling, and at what is written before it; `+=` needs a first value to add to.",
    "ZeroDivisionError": "Something is divided by there that is zero: look at what the denominator should be.",
    "TimeLimit": "A loop does not come to an end: look at what its condition waits for.",
    "IndexError": "A place is asked for there that the array does not have: hold the index against the shape.",
    "OverflowError": "A number grows too large there: look at its sign and at its size before it goes in.",
}  # fmt: skip


def remedy(failure: Failure, shapes: Mapping[str, tuple[int, ...]]) -> str:
    """What an exception of that kind usually means."""
    message = failure.message.lower()
    if failure.kind == "ValueError" and any(w in message for w in ("shape", "mismatch", "align")):
        named = re.findall(r"[A-Za-z_]\w*", failure.text)
        there = [f"`{n}` {shapes[n]}" for n in dict.fromkeys(named) if shapes.get(n)]
        return f"Two shapes do not go together there: {', '.join(there) or 'write them down'}. {rules.SHAPE}"
    if failure.kind == "TypeError" and "multiply sequence" in message:
        return "A list is not multiplied by a number, element by element: write it out, `[..., ...]`, or make it an array first."
    return REMEDIES.get(failure.kind, "Run that line by itself, and look at each value it reads.")


def kept_from(failure: Failure | None, rows: Sequence[ReportRow]) -> ReportRow | None:
    """The row that the line which failed was to write."""
    target = re.match(r"\w+", failure.text) if failure else None
    return next((row for row in rows if target and row.name == target[0]), None)
