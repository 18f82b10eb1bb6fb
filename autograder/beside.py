"""The files beside a notebook, brought into the folder where its cells run.

Data, pictures and modules that a notebook reads come along as bytes; the sandbox writes them into
its own folder, which is gone with it. The intake has left out what would stand in for a module.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping
from pathlib import Path

NOT_TAKEN = (".ipynb", ".verdicts.json")


def files_beside(folder: Path) -> dict[str, bytes]:
    """Read what lies beside the notebooks of a folder that the intake has made."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and not path.name.endswith(NOT_TAKEN)
    }


def as_question(path: str, content: bytes) -> dict[str, str]:
    """Ask the learner's process to have a file."""
    return {"do": "file", "path": path, "content": base64.b64encode(content).decode()}


def place(question: Mapping[str, str]) -> None:
    """Write a file into the current folder, which modules are looked for in last."""
    path = Path(question["path"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(question["content"]))
    if (here := os.getcwd()) not in sys.path:
        sys.path.append(here)
