"""What a submission may show in the browser of whoever reads it.

An instructor who grades by hand is signed in, and a script in a learner's prose could give points
in their name. nbconvert shows the HTML in prose as it stands, so its filter for Markdown is
replaced, in the course's settings, by one that lets through what prose is made of.
"""

from __future__ import annotations

import re

import bleach
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

PROSE = """
a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure
h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup
table tbody td tfoot th thead tr u ul var
"""
TAGS = frozenset(PROSE.split())
ATTRIBUTES = {
    "*": ["class", "id", "title"],
    "a": ["href"],
    "img": ["src", "alt", "width", "height"],
    "ol": ["start"],
    "td": ["align", "colspan", "rowspan"],
    "th": ["align", "colspan", "rowspan", "scope"],
}
PROTOCOLS = frozenset({"http", "https", "mailto"})
# With these, a formula can carry a link or take over the looks of the page.
MATHJAX_COMMANDS = re.compile(r"\\(?=(href|require|cssId|class|style|unicode)(?![a-zA-Z]))")


def markdown_to_html(source: str) -> str:
    """Give the HTML of Markdown, without anything in it that a browser would run or fetch as a page."""
    renderer = IPythonRenderer(escape=False, anchor_link_text="¶")
    html = MarkdownWithMath(renderer=renderer).render(source)
    clean: str = bleach.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS, strip=True
    )
    return MATHJAX_COMMANDS.sub(r"\\text ", clean)
