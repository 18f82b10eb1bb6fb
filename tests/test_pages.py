"""Prose of learners is shown, and whatever in it a browser would run is not."""

import pytest

from autograder.pages import markdown_to_html


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
