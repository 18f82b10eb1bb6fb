"""A report as HTML: the learner's lines in a table, each verdict in words, symbol and colour.

There are no ids, so that many reports stand on one page; the colours follow the notebook's theme.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from backprop_kit.listing import Listed, Note
from backprop_kit.themes import on_pages

EMPHASIS = re.compile(r"\*(\w+)\*")
HEADS = ("verdict", "line", "your code", "it holds", "should be")


def page(
    mark: str,
    headline: str,
    lines: Sequence[Listed],
    before: Sequence[str],
    after: Sequence[str],
) -> str:
    """The whole report; the sentences before and after the lines may hold `code` in backticks."""
    return (
        f"<style>{STYLE}</style><div class='backprop-report'>"
        f"<p class='headline'><span aria-hidden='true'>{mark}</span> {code_spans(headline)}</p>"
        f"{paragraphs(before)}{table(lines)}{paragraphs(after)}</div>"
    )


def paragraphs(sentences: Sequence[str]) -> str:
    return "".join(f"<p>{code_spans(text)}</p>" for text in sentences)


def table(lines: Sequence[Listed]) -> str:
    """The lines and what is beside them; the last column only where something is wrong."""
    if not lines:
        return ""
    heads = HEADS if any(note.wanted for line in lines for note in line.notes) else HEADS[:-1]
    head = "".join(f"<th scope='col'>{word}</th>" for word in heads)
    body = "".join(rows(line, len(heads)) for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def rows(line: Listed, columns: int) -> str:
    """One row a note; a line without any has a row of its own."""
    notes: list[Note | None] = [*line.notes] or [None]
    return "".join(row(line, note, first=not i, columns=columns) for i, note in enumerate(notes))


def row(line: Listed, note: Note | None, *, first: bool, columns: int) -> str:
    number = f"{line.number}" if first and line.number is not None else ""
    code = f"<code>{html.escape(line.code, quote=False)}</code>" if first and line.code else ""
    cells = [
        f"<td class='verdict'>{verdict(note)}</td>",
        f"<th scope='row'>{number}</th>",
        f"<td class='code'>{code}</td>",
        f"<td>{html.escape(note.found, quote=False) if note else ''}</td>",
        f"<td>{html.escape(note.wanted.removeprefix('should be '), quote=False) if note else ''}</td>",
    ]
    marked = " at-fault" if note and note.at_fault else ""
    kind = f" class='{note.verdict}{marked}'" if note else " class='plain'"
    return f"<tr{kind}>{''.join(cells[:columns])}</tr>"


def verdict(note: Note | None) -> str:
    if note is None:
        return ""
    return f"<span aria-hidden='true'>{note.symbol}</span> {html.escape(note.verdict)}"


def code_spans(text: str) -> str:
    """Escape HTML, turn `name` into code and *word*, outside of code, into emphasis."""
    parts = html.escape(text, quote=False).split("`")
    return "".join(
        f"<code>{p}</code>" if i % 2 else EMPHASIS.sub(r"<em>\1</em>", p)
        for i, p in enumerate(parts)
    )


# Colours come in pairs, for a light and for a dark page; a page that does not say is light. Notebooks
# align, stripe and colour every table, with rules that only `!important` overrules.
PAIRS = {
    "good": ("#0a6b2d", "#56d364"),
    "follow": ("#6a5300", "#e3b341"),
    "bad": ("#b3261e", "#ff9b92"),
    "tint": ("#fdecea", "#4a2320"),
    "faint": ("#5f6368", "#a8adb3"),
}
RULES = """
{r} {overflow-x:auto; max-width:100%}
{r} p {margin:.4em 0; max-width:52em}
{r} p.headline {font-weight:600}
{r} table {border-collapse:collapse; margin:.6em 0; font-size:inherit; width:auto; table-layout:auto}
{r} th, {r} td {text-align:left !important; vertical-align:baseline; padding:1px 10px; border:0;
 max-width:none; white-space:pre; color:inherit; font-weight:normal}
{r} tr {background:none !important}
{r} tr.at-fault {background:var(--tint) !important; box-shadow:inset 3px 0 var(--bad)}
{r} thead th {color:var(--faint); border-bottom:1px solid var(--faint)}
{r} tbody th {text-align:right !important; color:var(--faint); font-variant-numeric:tabular-nums}
{r} td code {background:none !important; padding:0 !important; white-space:pre !important}
{r} .right .verdict {color:var(--good)}
{r} .inherits .verdict {color:var(--follow)}
{r} .at-fault .verdict {color:var(--bad); font-weight:600}
"""


def style() -> str:
    """The rules, with each pair of colours for either theme."""
    light = ";".join(f"--{name}:{shade}" for name, (shade, _) in PAIRS.items())
    dark = ";".join(f"--{name}:{shade}" for name, (_, shade) in PAIRS.items())
    rules = RULES.replace("{r}", "div.backprop-report").replace("\n", "")
    return f".backprop-report{{{light}}}{on_pages('.backprop-report', light, dark)}{rules}"


STYLE = style()
