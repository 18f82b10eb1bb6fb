"""The answer of dimension analysis as HTML: products and reasons in a table, for light and dark pages."""

from __future__ import annotations

import html
from collections.abc import Sequence

from backprop_kit.themes import on_pages

ROOT = "backprop-candidates"
# For a light and for a dark page; a page that does not say is light, as for reports.
FAINT = ("#5f6368", "#a8adb3")


def page(headline: str, rows: Sequence[tuple[str, str]], notes: Sequence[str]) -> str:
    """A headline, a row for each product with the reason beside it, and the notes below."""
    paragraphs = "".join(f"<p>{code_spans(note)}</p>" for note in notes)
    return (
        f"<style>{STYLE}</style><div class='{ROOT}'>"
        f"<p class='headline'>{code_spans(headline)}</p>{table(rows)}{paragraphs}</div>"
    )


def table(rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    head = "<tr><th scope='col'>product</th><th scope='col'>why the dimensions fit</th></tr>"
    body = "".join(
        f"<tr><th scope='row'><code>{escaped(code)}</code></th><td>{code_spans(why)}</td></tr>"
        for code, why in rows
    )
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def escaped(text: str) -> str:
    return html.escape(text, quote=False)


def code_spans(text: str) -> str:
    """Escape HTML and turn `name` into code."""
    parts = escaped(text).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


# Notebooks align, stripe and colour every table, with rules that only `!important` overrules.
RULES = """
{r} {overflow-x:auto; max-width:100%}
{r} p {margin:.4em 0; max-width:52em}
{r} p.headline {font-weight:600}
{r} table {border-collapse:collapse; margin:.6em 0; font-size:inherit; width:auto; table-layout:auto}
{r} th, {r} td {text-align:left !important; vertical-align:baseline; padding:1px 10px; border:0;
 max-width:none; white-space:pre; color:inherit; font-weight:normal}
{r} tr {background:none !important}
{r} thead th {color:var(--faint); border-bottom:1px solid var(--faint)}
{r} tbody td {color:var(--faint); white-space:normal; max-width:40em}
{r} th code, {r} td code {background:none !important; padding:0 !important; white-space:pre !important}
"""


def style() -> str:
    """The rules, with the fainter of two inks for either theme."""
    light, dark = (f"--faint:{shade}" for shade in FAINT)
    rules = RULES.replace("{r}", f"div.{ROOT}").replace("\n", "")
    return f".{ROOT}{{{light}}}{on_pages(f'.{ROOT}', light, dark)}{rules}"


STYLE = style()
