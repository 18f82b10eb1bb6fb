"""nbconvert's exporter for pages, which remembers what it has made of a cell.

Most cells of a class are the same: the course's prose, its grade cells, the answers that are right.
Colouring code and setting prose is most of what a page costs, and it hangs on the text alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import nbformat
from bs4 import BeautifulSoup
from jinja2.runtime import Context, new_context
from nbconvert.exporters import html
from nbconvert.filters import Highlight2HTML
from nbformat import NotebookNode
from traitlets.utils.importstring import import_item

from autograder.unshared import Unshared

REMEMBERED = 2000  # texts
PROSE, CODE = "markdown2html", "highlight_code"


def warm(kind: type[Any]) -> type[Any]:
    """Give an exporter like this kind, that remembers; what is no exporter of pages stays as it is."""
    if not issubclass(kind, html.HTMLExporter):
        return kind
    html.BeautifulSoup = soup_where_needed  # type: ignore[assignment, attr-defined]
    return type("Warm", (Remembering, kind), {})


class Remembering(html.HTMLExporter):
    """The exporter of pages, with its two slow filters remembered."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.environment.context_class = Frugal
        self.optimistic_validation = True  # a notebook is looked over once, after all steps
        prose = self.filters.get(PROSE)  # nbconvert's own hangs on more than the text
        if prose is not None:
            function = import_item(prose) if isinstance(prose, str) else prose
            self.filters = {**self.filters, PROSE: lru_cache(REMEMBERED)(function)}
        self.highlighters: dict[str | None, Callable[..., str]] = {}
        own = self.filters.get(CODE)
        self.own_highlighter = own is not None
        if own is not None:
            made = remembered(import_item(own) if isinstance(own, str) else own)
            self.filters = {**self.filters, CODE: made}

    def from_file(self, file_stream: Any, resources: Any = None, **kw: Any) -> Any:
        """Make the page of a notebook in an open file, of which nobody else has a copy."""
        notebook = Unshared(nbformat.read(file_stream, as_version=4))
        return self.from_notebook_node(notebook, resources, **kw)

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> Any:
        """Make the page of a notebook."""
        about = nb.metadata.get("language_info", {})
        lexer = about.get("pygments_lexer", about.get("name"))
        if not self.own_highlighter:
            if lexer not in self.highlighters:
                made = Highlight2HTML(pygments_lexer=lexer, parent=self)
                self.highlighters[lexer] = remembered(made)
            self.filters = {**self.filters, CODE: self.highlighters[lexer]}
        return super().from_notebook_node(nb, resources, **kw)


class Frugal(Context):
    """A context of a template that shares with those made of it the blocks, which none changes.

    A page is made of hundreds of them, and each would copy all lists of blocks.
    """

    def derived(self, locals: dict[str, Any] | None = None) -> Context:
        """Make a context with more variables in it."""
        more = new_context(self.environment, self.name, {}, self.get_all(), True, None, locals)
        more.eval_ctx, more.blocks = self.eval_ctx, self.blocks
        return more


def remembered(highlight: Callable[..., Any]) -> Callable[..., str]:
    """Let a text that was coloured before not be coloured again."""

    @lru_cache(REMEMBERED)
    def known(source: str, language: str | None, magics: str | None) -> str:
        return str(highlight(source, language, {"magics_language": magics} if magics else None))

    def coloured(source: str, language: str | None = None, metadata: Any = None) -> str:
        return known(source, language, (metadata or {}).get("magics_language"))

    return coloured


class Untouched(str):
    """A page in which there is nothing to change, asked as if it had been taken apart."""

    __slots__ = ()

    def select(self, what: str) -> list[Any]:
        """Find nothing."""
        return []


def soup_where_needed(page: str, features: str) -> Any:
    """Take a page apart only where it holds what nbconvert changes: images, and JupyterLab's cells."""
    if "<img" in page or "jp-Notebook" in page:
        return BeautifulSoup(page, features=features)
    return Untouched(page)
