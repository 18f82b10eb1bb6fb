"""The browser's part of `play` as one module: the files in `static/`, each after those that it imports."""

from __future__ import annotations

import re
from functools import lru_cache
from graphlib import TopologicalSorter
from importlib.resources import files

IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=function|class|const|async)", re.MULTILINE)
ENDS = "\nexport default { render };\nexport { Tape, open, written };\n"


@lru_cache(maxsize=1)
def script() -> str:
    """All of it, as the text of one ES module that imports nothing."""
    order = TopologicalSorter(needed_by("player.js")).static_order()
    return "\n".join(without_imports(source(name)) for name in order) + ENDS


def compact() -> str:
    """The same module without comments and indentation, for a page that carries it along."""
    lines = (line.strip() for line in script().splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def needed_by(start: str) -> dict[str, list[str]]:
    """What each file imports, for all files that a first one needs."""
    graph: dict[str, list[str]] = {}
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in graph:
            graph[name] = IMPORT.findall(source(name))
            ahead += graph[name]
    return graph


def without_imports(text: str) -> str:
    """A file as a part of one module: what it imports is there already, and nothing leaves it."""
    return EXPORT.sub("", IMPORT.sub("", text))


def style() -> str:
    """The style sheet of everything around the figure."""
    return source("live.css") + source("tools.css")


def source(name: str) -> str:
    """The text of a file in `static/`."""
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")
