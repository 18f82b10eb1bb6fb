"""Prose of learners is shown, and whatever in it a browser would run is not."""

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook

from autograder.pages import highlight_code, markdown_to_html
from autograder.warm_exporter import warm


@pytest.mark.parametrize(
    "source",
    [
        "<script>steal()</script>",
        "<img src=x onerror=steal()>",
        "<svg onload=steal()></svg>",
        "<iframe srcdoc='<script>steal()</script>'></iframe>",
        "<style>body { display: none }</style>",
        "<form action=/api><button>ok</button></form>",
        "<meta http-equiv=refresh content=0>",
        "[look](javascript:steal())",
        "[look](JaVa&#115;cript:steal())",
        "<a href=' \tjavascript:steal()'>look</a>",
        "<math><a xlink:href='javascript:steal()'>x</a></math>",
        "![x](data:text/html,<script>steal()</script>)",
        r"$\href{javascript:steal()}{x}$",
    ],
)
def test_nothing_runs(source):
    html = markdown_to_html(source).lower()
    for live in ("<script", "onerror", "onload", "<iframe", "<style", "<form", "<meta", "<svg"):
        assert live not in html
    for scheme in ('="javascript', '="data', "\\href", "xlink"):
        assert scheme not in html


def test_prose_is_as_it_was():
    html = markdown_to_html(
        "# Title\n\nSome *words*, `a < b`, $a<b$ and\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "1. one\n2. two\n\n![f](figures/f.svg) [notes](https://cs231n.github.io/)\n\n"
        "```python\ndx += 1\n```\n\n<details><summary>Hint</summary>Add.</details>\n\n"
        r"$$\frac{\partial f}{\partial x} = y$$"
    )
    for part in (
        "<h1", "<em>words</em>", "<code>a &lt; b</code>", "$a&lt;b$", "<td>1</td>", "<li>one</li>",
        'src="figures/f.svg"', 'href="https://cs231n.github.io/"', "dx", "<summary>Hint</summary>",
        r"$$\frac{\partial f}{\partial x} = y$$",
    ):  # fmt: skip
        assert part in html


@pytest.mark.parametrize(
    "source",
    ["<div>" * 4000, r"\begin{a}" * 2000, "<b>" * 4000, "`a" * 20_000, "words " * 10_000],
)
def test_what_would_take_minutes_to_be_set_is_shown_as_it_stands(source):
    """Some of these take a minute and more, in the browser of whoever waits for the page."""
    page = markdown_to_html(source)
    assert "too long or too tangled" in page
    assert "<div>" not in page
    assert "<b>" not in page


def test_code_is_coloured_unless_that_would_take_long():
    assert "<span" in highlight_code("x = 1  # <b>")
    assert "<b>" not in highlight_code("x = 1  # <b>")
    for source in ("x" + ".a" * 9000, "x = 1\n" * 9000):
        assert highlight_code(f"{source} < 1").count("<") == 4


def test_a_page_remembers_what_it_coloured_also_by_the_filter_of_the_course():
    seen = []

    def coloured(source, language=None, metadata=None):
        seen.append(source)
        return highlight_code(source, language, metadata)

    exporter = warm(HTMLExporter)(filters={"highlight_code": coloured})
    notebook = new_notebook(cells=[new_code_cell(f"x = {n}") for n in (1, 2, 1)])
    first, _ = exporter.from_notebook_node(notebook)
    again, _ = exporter.from_notebook_node(notebook)
    assert first == again
    assert sorted(seen) == ["x = 1", "x = 2"]
