"""What a class got wrong, as one page that needs nothing else: for light and dark, without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from autograder.class_answers import Cause, ClassReport, Exercise, average, share
from autograder.course import number_of_learners
from backprop_kit.report_html import code_spans

STYLE = """
:root { color-scheme: light dark; --bar: #0a7d33; --rest: #d9d9d9; --quiet: #5f5f5f; }
@media (prefers-color-scheme: dark) { :root { --bar: #56d364; --rest: #444; --quiet: #aaa; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
.bar { display: flex; width: 10rem; height: .8rem; background: var(--rest); margin-top: .35rem; }
.bar span { background: var(--bar); }
h3 { margin: 2rem 0 .3rem; }
.quiet { color: var(--quiet); }
details { margin: .4rem 0; }
code { font-family: ui-monospace, monospace; }
"""


def page(reports: Sequence[ClassReport]) -> str:
    """Give the whole page."""
    titles = escape(", ".join(report.assignment for report in reports))
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>{titles}</title>"
        f"<style>{STYLE}</style></head><body>{''.join(map(section, reports))}</body></html>\n"
    )


def section(report: ClassReport) -> str:
    """Give one assignment: the table of its exercises, then what went wrong in each."""
    head = (
        "<tr><th scope='col'>exercise</th><th scope='col'>right</th><th></th>"
        "<th scope='col' class='number'>points on average</th></tr>"
    )
    return (
        f"<h1>{escape(report.assignment)}</h1><p>{number_of_learners(report.learners)}</p>"
        f"<table>{head}{''.join(map(row, report.exercises))}</table>"
        f"{''.join(map(details, report.exercises))}"
    )


def row(exercise: Exercise) -> str:
    """Give the row of one exercise, with a bar for the share that is right."""
    part = exercise.right / exercise.answers if exercise.answers else 0.0
    name = escape(exercise.name)
    return (
        f"<tr><td><a href='#{name}'>{name}</a></td>"
        f"<td><div class='bar' role='img' aria-label='{part:.0%} right'>"
        f"<span style='width:{part:.0%}'></span></div></td>"
        f"<td class='number'>{share(exercise)}</td><td class='number'>{average(exercise)}</td></tr>"
    )


def details(exercise: Exercise) -> str:
    """Give what went wrong in one exercise, the most frequent first, and in whose answer."""
    causes = "".join(map(cause, exercise.most_frequent)) or "<p>Everybody has it right.</p>"
    name = escape(exercise.name)
    return f"<h3 id='{name}'>{name} <span class='quiet'>{escape(exercise.notebook)}</span></h3>{causes}"


def cause(found: Cause) -> str:
    """Give one cause; what a learner typed stands in it as text."""
    learners = ", ".join(map(escape, found.learners))
    return (
        f"<details open><summary>{len(found.learners)} &times; {escape(found.words)}</summary>"
        f"<p><span class='quiet'>{escape(found.whose)}</span> "
        f"{code_spans(found.sentence)}</p><p class='quiet'>{learners}</p></details>"
    )
