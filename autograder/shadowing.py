"""Which files beside a notebook would be read by more than the notebook.

Python looks for modules beside the notebook before it looks anywhere else: `numpy.py` there stands
in for NumPy, in the kernel's own code too. Other names are read as settings.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Sequence
from importlib.machinery import PathFinder, all_suffixes

OURS = {"backprop_kit", "autograder"}
# Imported on their own, where they exist.
UNASKED = {"sitecustomize", "usercustomize", "conftest"}
SETTINGS = re.compile(
    r"(ipython|jupyter|nbgrader)\w*_config\.(py|json)|.*\.pth|.*\._pth|pyvenv\.cfg|matplotlibrc"
    r"|pyproject\.toml|setup\.(py|cfg)|tox\.ini|pytest\.ini|\..*",
    re.IGNORECASE,
)
# What operating systems and Jupyter leave behind by themselves: nobody needs to hear of it.
LITTER = re.compile(
    r"\.ipynb_checkpoints|__pycache__|\.DS_Store|__MACOSX|\._.*|Thumbs\.db|desktop\.ini|\.git"
    r"|\.~.*",
    re.IGNORECASE,
)
# What grading writes beside a notebook itself.
RESERVED = re.compile(r".*\.(verdicts|findings)\.json|feedback", re.IGNORECASE)
# Characters that some system gives a meaning to, or that show as something else.
ODD = re.compile(
    r'[\x00-\x1f\x7f-\x9f\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]'
)
LONGEST = 120


def is_litter(name: str) -> bool:
    """Tell whether a file is left out without a word."""
    return bool(LITTER.fullmatch(name)) and module_of(name) is None


def is_settings(name: str) -> bool:
    """Tell whether Python or Jupyter would read a file as settings."""
    return bool(SETTINGS.fullmatch(name))


def is_reserved(name: str) -> bool:
    """Tell whether a file has the name of one that grading writes."""
    return bool(RESERVED.fullmatch(name))


def is_odd(path: str) -> bool:
    """Tell whether a path has a part that works on one system only, or is there to mislead."""
    return any(
        len(part) > LONGEST or ODD.search(part) or part.startswith("-") or part.endswith((".", " "))
        for part in path.split("/")
    )


def module_of(name: str, inside: Collection[str] | None = None) -> str | None:
    """Give the module that a name would be imported as; `inside` are the names in a folder."""
    for suffix in sorted(all_suffixes(), key=len, reverse=True):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    if inside is None:
        return None
    package = any(module_of(inner) == "__init__" for inner in inside)
    return name if package or name.casefold() in OURS else None


def shadowed(module: str, path: Sequence[str]) -> bool:
    """Tell whether an importable name is taken: by Python, by us, or by a package on `path`."""
    names = {module, module.casefold()}
    if names & (OURS | UNASKED | set(sys.stdlib_module_names)):
        return True
    return any(
        PathFinder.find_spec(name, path) is not None for name in names if name.isidentifier()
    )
