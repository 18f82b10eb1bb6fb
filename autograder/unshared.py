"""A notebook that need not be copied."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode


class Unshared(NotebookNode):
    """A notebook that is nobody else's: who copies it, to be safe, may as well have it."""

    def __deepcopy__(self, memo: Any) -> Unshared:
        return self
