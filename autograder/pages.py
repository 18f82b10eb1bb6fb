"""What a submission may show in the browser of whoever reads it.

An instructor who grades by hand is signed in, and a script in a learner's prose could give points
in their name. nbconvert shows the HTML in prose as it stands, so its filter for Markdown is
replaced, in the course's settings, by one that lets through what prose is made of.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Any

import bleach
from nbconvert.filters import Highlight2HTML
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


# Prose within these takes milliseconds; beyond them, some can take minutes, and everybody waits.
MOST_PROSE, MOST_TAGS, MOST_ENVIRONMENTS = 20_000, 300, 60
TOO_MUCH = "<p>This text is too long or too tangled to be set as prose:</p><pre>{}</pre>"


MOST_CODE, LONGEST_LINE = 20_000, 240
CODE = '<div class="highlight"><pre>{}</pre></div>\n'


@lru_cache(maxsize=1)
def highlighter() -> Highlight2HTML:
    """Give what colours code, made once."""
    return Highlight2HTML(pygments_lexer="ipython3")


def highlight_code(source: str, language: str | None = None, metadata: Any = None) -> str:
    """Give the HTML of code in its colours; what would take long to be coloured stays plain."""
    lines = source.split("\n")
    if len(source) > MOST_CODE or max(map(len, lines)) > LONGEST_LINE:
        return CODE.format(html.escape(source))
    return str(highlighter()(source, language=language, metadata=metadata))


def markdown_to_html(source: str) -> str:
    """Give the HTML of Markdown, without anything in it that a browser would run or fetch as a page.

    What would take long to be read is shown as it stands.
    """
    tangled = source.count("<") > MOST_TAGS or source.count("\\begin") > MOST_ENVIRONMENTS
    if len(source) > MOST_PROSE or tangled:
        return TOO_MUCH.format(html.escape(source))
    renderer = IPythonRenderer(escape=False, anchor_link_text="¶")
    page = MarkdownWithMath(renderer=renderer).render(source)
    clean: str = bleach.clean(
        page, tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS, strip=True
    )
    return MATHJAX_COMMANDS.sub(r"\\text ", clean)
