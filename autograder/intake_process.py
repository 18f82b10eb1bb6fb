"""The process that reads one submission, so that no other process has to.

It is given a folder and the cells that were released, on its standard input, and answers on its
standard output with notebooks that are safe to open. It holds limits from its first moment on, and
has nothing to lose: no gradebook, no other submission. Plain Python, so that it starts fast.
"""

from __future__ import annotations

import base64
import gc
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.findings import Finding, found
from autograder.handed_in import Released
from autograder.opening import DEEPEST, Entry, Folder, Refused
from autograder.reading import read_cells
from autograder.restoring import restored
from autograder.safe_notebook import as_text
from autograder.shadowing import is_litter, is_odd, is_reserved, is_settings, module_of, shadowed

SUFFIX = ".ipynb"
FILES = ""
"""What is asked for where no notebook is wanted, only the files beside them."""
MOST_FILES, MOST_STRAYS, MOST_FINDINGS = 200, 20, 100
TIMESTAMP, LONGEST_TIMESTAMP = "timestamp.txt", 100


def main() -> None:
    """Read the request, take the limits upon itself, answer."""
    gc.disable()  # it would look through millions of lists again and again, and free none
    carry_out(json.load(sys.stdin))


def carry_out(request: Mapping[str, Any]) -> None:
    """Take the limits of a request upon this process, and answer it."""
    limit(request["limits"])
    answer = Submission(request).answer()
    # Escaped, so that no character of the submission stands in what the parent reads.
    json.dump(answer, sys.stdout)


def limit(limits: Mapping[str, int]) -> None:
    """Let the process have so much memory and time, and so much to say."""
    try:
        import resource
    except ImportError:  # Windows; the deadline of the parent remains
        return
    for name, most in {
        "RLIMIT_AS": limits["memory"],
        "RLIMIT_CPU": limits["seconds"],
        "RLIMIT_FSIZE": limits["answer"],
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 64,
    }.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most))


class Submission:
    """One folder that was handed in, and what is made of it."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        """Take the request as it was read from JSON."""
        self.base, self.parts = Path(request["base"]), request["parts"]
        self.only: str | None = request["only"]
        self.path: list[str] = request["path"]
        self.most = request["limits"]["notebook"]
        self.room = self.most_beside = request["limits"]["files"]
        self.most_of_one = request["limits"]["file"]
        self.released: dict[str, list[Released]] = {
            name: [Released(**cell) for cell in cells]
            for name, cells in request["released"].items()
        }
        self.findings: list[Finding] = []
        self.notebooks: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.for_person: dict[str, Finding] = {}

    def answer(self) -> dict[str, Any]:
        """Read the folder and give what came of it, as plain data."""
        try:
            self.folder = Folder.opened(self.base, self.parts)
            entries = list(self.folder.entries())
        except Refused as refused:
            return self._nothing(found(refused.kind, **refused.facts))
        chosen = self.choose([entry for entry in entries if entry.name.endswith(SUFFIX)])
        if not chosen:
            names = ", ".join(entry.path for entry in entries if not is_litter(entry.name))
            return self._nothing(found("no_notebook", name=names or "the folder is empty"))
        if self.only in (None, FILES):
            self.take_files(entries)
        for name, path in chosen.items():
            if self.only in (None, name):
                self.take_notebook(name, path)
        return self._as_data()

    def _nothing(self, finding: Finding) -> dict[str, Any]:
        self.for_person = dict.fromkeys(self.released, finding)
        return self._as_data()

    def _as_data(self) -> dict[str, Any]:
        return {
            "notebooks": self.notebooks,
            "files": self.files,
            "findings": [finding.as_data() for finding in self.findings],
            "for_person": {name: each.as_data() for name, each in self.for_person.items()},
        }

    def say(self, kind: str, notebook: str = "", **facts: Any) -> None:
        """Note a finding."""
        self.findings.append(found(kind, notebook, **facts))

    # --- notebooks -----------------------------------------------------------------------------

    def choose(self, entries: Sequence[Entry]) -> dict[str, str]:
        """Say which file is which notebook: by its name, else by the exercises in it."""
        by_name = {entry.path.removesuffix(SUFFIX): entry.path for entry in entries}
        chosen = {name: by_name[name] for name in self.released if name in by_name}
        strays = [
            entry.path
            for entry in entries
            if entry.path not in chosen.values() and ".ipynb_checkpoints" not in entry.path
        ]
        wanted = len(chosen) < len(self.released)
        if len(strays) > MOST_STRAYS:
            self.say("many_files", most=MOST_STRAYS)
            strays = strays[:MOST_STRAYS]
        homes = {path: self._home(path) if wanted else None for path in strays}
        for path, name in homes.items():
            alone = list(homes.values()).count(name) == 1
            if name is None or name in chosen or not alone:
                self.say("stray", name=path)
            else:
                self.say("renamed", name, name=path, other=name + SUFFIX)
                chosen[name] = path
        return chosen

    def _home(self, path: str) -> str | None:
        """Name the notebook whose graded cells are in a file of another name."""
        try:
            cells = read_cells(self.folder.read(path, self.most), _silently)
        except Refused:
            return None
        marked = {cell.marked or cell.id for cell in cells}
        for name, released in self.released.items():
            scored = {each.name for each in released if each.scored}
            if scored and scored & marked and len(scored & marked) * 2 >= len(scored):
                return name
        return None

    def take_notebook(self, name: str, path: str) -> None:
        """Make a notebook safe to open, or say why a person has to look at it."""
        own: list[Finding] = []

        def say(kind: str, **facts: Any) -> None:
            own.append(found(kind, name, **facts))

        try:
            cells = read_cells(self.folder.read(path, self.most), say)
        except Refused as refused:
            self.for_person[name] = found(refused.kind, name, **refused.facts)
            return
        cells = restored(cells, self.released[name], say)
        self.findings += own
        told = [each.learner for each in self.findings if each.notebook in ("", name)]
        self.notebooks[name] = as_text(cells, told)

    # --- files beside them ---------------------------------------------------------------------

    def take_files(self, entries: Sequence[Entry]) -> None:
        """Take along the files that a notebook may need, and name those that are left out."""
        left_out: list[str] = []
        for entry in entries:
            if entry.path.startswith(tuple(left_out) or "\0"):
                continue
            if len(self.findings) >= MOST_FINDINGS:
                self.say("many_files", most=MOST_FINDINGS)
                return
            if entry.path.endswith(SUFFIX) or is_litter(entry.name) or self.refuses(entry):
                left_out.append(entry.path + "/")
            elif not entry.is_folder and not self.take_file(entry.path):
                return

    def refuses(self, entry: Entry) -> bool:
        """Tell whether a name is left out, and say why."""
        kind = None
        module = None if entry.depth else module_of(entry.name, self._inside(entry))
        if module is not None and shadowed(module, self.path):
            self.say("shadow", name=entry.path, module=module)
            return True
        if is_settings(entry.name):
            kind = "settings"
        elif is_reserved(entry.name):
            kind = "reserved"
        elif is_odd(entry.path):
            kind = "odd_name"
        elif entry.is_folder and entry.depth >= DEEPEST:
            kind = "deep_folder"
        if kind:
            self.say(kind, name=entry.path)
        return kind is not None

    def _inside(self, entry: Entry) -> list[str] | None:
        if not entry.is_folder:
            return None
        inner = self.folder.folder(entry.name)
        try:
            return inner.names()
        finally:
            inner.close()

    def take_file(self, path: str) -> bool:
        """Take one file along; False once there is no room for any more."""
        if len(self.files) >= MOST_FILES:
            self.say("many_files", most=MOST_FILES)
            return False
        try:
            content = self.folder.read(path, min(self.room, self.most_of_one))
        except Refused as refused:
            if refused.kind == "too_big":
                one, most = self.most_of_one / 1e6, self.most_beside / 1e6
                self.say("big_file", name=path, one=one, most=most)
            else:
                self.say(refused.kind, **refused.facts)
            return True
        if path == TIMESTAMP and not is_date(content):
            self.say("timestamp")
            return True
        self.room -= len(content)
        self.files[path] = base64.b64encode(content).decode()
        return True


def _silently(kind: str, **facts: Any) -> None:
    """Note nothing."""


def is_date(content: bytes) -> bool:
    """Tell whether a note of when something was handed in can be read."""
    from datetime import datetime

    words = content[: LONGEST_TIMESTAMP + 1].decode("ascii", errors="replace").strip()
    # nbgrader writes `2026-11-26 10:00:00.123456 UTC`.
    try:
        datetime.fromisoformat(words.removesuffix(" UTC"))
    except ValueError:
        return False
    return len(content) <= LONGEST_TIMESTAMP


if __name__ == "__main__":
    main()
