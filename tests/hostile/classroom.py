"""The course that is attacked, and the class that attacks it, graded by nbgrader."""

import hashlib
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.arrivals import report_of
from autograder.building import build
from autograder.classroom import Classroom
from autograder.course import Course, find_course
from autograder.release import released
from tests.hostile import (
    ASSIGNMENT,
    FULL,
    NOTEBOOK,
    SECRET,
    SECRET_OF_THE_ENVIRONMENT,
    SECTION,
    WORKED,
    Attack,
    Outcome,
    hand_in,
)

# Graded before and after all attacks: what is done to the class shows in them.
HONEST = (Attack("ada", lambda handed: None, FULL), Attack("zoe", lambda handed: None, FULL))
DEADLINE = 4  # seconds for one cell
SETTINGS = f"""
c.SandboxedExecute.timeout = {DEADLINE}
"""


def make_course(folder: Path, section: str = SECTION) -> Course:
    """Build a course of one section: that which all attacks are about, unless another is given."""
    course = Course(folder)
    course.sections.mkdir(parents=True)
    shutil.copy(find_course().config, course.config)
    (course.sections / f"{NOTEBOOK}.py").write_text(section, encoding="utf-8")
    arguments = type("Arguments", (), {"course": folder, "check": False})
    assert build(arguments) == 0  # type: ignore[arg-type]
    return course


def snapshot(folder: Path) -> dict[str, str]:
    """Tell what is in a folder, without following or opening what is no ordinary file."""
    if folder.is_symlink():
        return {".": os.readlink(folder)}
    return {str(path.relative_to(folder)): _look(path) for path in sorted(folder.rglob("*"))}


def _look(path: Path) -> str:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return os.readlink(path)
    if not stat.S_ISREG(status.st_mode) or status.st_size > 10**9:
        return oct(status.st_mode)
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Class:
    """A course, the students who hand in attacks, and what came of grading them all at once."""

    def __init__(self, folder: Path, attacks: Sequence[Attack]) -> None:
        """Release the course, and let everybody hand in."""
        self.attacks = [HONEST[0], *attacks, HONEST[1]]
        self.course = make_course(folder)
        with self.course.config.open("a") as config:
            config.write(SETTINGS)
        self.classroom = Classroom(self.course)
        self.classroom.release()
        self.listener = Listener()
        blank = released(self.course.notebook(NOTEBOOK))
        for attack in self.attacks:
            hand_in(attack, folder, blank, self.listener.port)
        self.before = {attack.name: snapshot(self.submitted(attack)) for attack in self.attacks}

    def submitted(self, attack: Attack) -> Path:
        return self.course.root / "submitted" / attack.name / ASSIGNMENT

    def grade(self) -> subprocess.CompletedProcess[str]:
        """Grade the whole class and write its feedback, by nbgrader's own commands."""
        done = self.nbgrader("autograde")
        for attack in self.attacks:
            if attack.page:
                self.nbgrader("generate_feedback", f"--student={attack.name}")
        self.listener.close()
        return done

    def nbgrader(self, command: str, *more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [Path(sys.executable).parent / "nbgrader", command, ASSIGNMENT, *more],
            cwd=self.course.root, capture_output=True, text=True,
            env={**os.environ, "WORD": SECRET_OF_THE_ENVIRONMENT},
        )  # fmt: skip

    def outcome(self, attack: Attack) -> Outcome:
        """Read what came of one submission."""
        scores = self.classroom.scores(attack.name)
        findings = json.loads(
            report_of(self.course.root / "intake" / attack.name / ASSIGNMENT).read_text()
        )
        return Outcome(
            {score.cell.removesuffix("-grade"): score.earned for score in scores},
            bool(scores) and all(score.needs_person for score in scores),
            tuple(finding["kind"] for finding in findings["findings"]),
            self.shown(attack),
        )

    def shown(self, attack: Attack) -> str:
        pages = [
            self.course.root / "autograded" / attack.name / ASSIGNMENT / f"{NOTEBOOK}.ipynb",
            self.course.root / "feedback" / attack.name / ASSIGNMENT / f"{NOTEBOOK}.html",
        ]
        return "\n".join(page.read_text(encoding="utf-8") for page in pages if page.exists())

    # --- what must not have happened -------------------------------------------------------------

    def problems(self, attack: Attack) -> Iterator[str]:
        """Say what came of an attack that must not have come of it."""
        try:
            outcome = self.outcome(attack)
        except Exception as error:
            yield f"there is no outcome: {type(error).__name__}: {error}"
            return
        if outcome.for_person != (attack.scores is None):
            yield f"for a person: {outcome.for_person}"
        expected = attack.scores or dict.fromkeys(FULL, 0.0)
        if dict(outcome.scores) != dict(expected):
            yield f"scores {dict(outcome.scores)}, deserved {dict(expected)}"
        if missing := set(attack.found) - set(outcome.findings):
            yield f"not found: {missing}, but {set(outcome.findings)}"
        shown = [
            word for word in (WORKED, SECRET, SECRET_OF_THE_ENVIRONMENT) if word in outcome.shown
        ]
        if shown:
            yield f"it shows {shown}"
        yield from (f"its page runs {what}" for what in self.live(attack))
        yield from self.traces(attack)

    def live(self, attack: Attack) -> list[str]:
        """Name what of the feedback page a browser would run."""
        page = self.course.root / "feedback" / attack.name / ASSIGNMENT / f"{NOTEBOOK}.html"
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        # A browser shows what is in <pre>, and MathJax passes over it.
        text = re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)
        return re.findall(r"<[^>]*steal\(\)[^>]*>|<script>steal|<iframe|<form|\\href", text)

    def traces(self, attack: Attack) -> Iterator[str]:
        """Say what an attack left behind."""
        if snapshot(self.submitted(attack)) != self.before[attack.name]:
            yield "what was handed in has changed"
        for name in attack.leaves:
            if (self.course.root / name).exists():
                yield f"it left {name}"
        if attack.marker and attack.marker in running():
            yield f"it left a process, {attack.marker}"


def running() -> str:
    """Give the command lines of all processes."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended meanwhile
    return "\n".join(lines)


class Listener:
    """Somebody who listens on this machine, and counts who calls."""

    def __init__(self) -> None:
        """Begin to listen."""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.calls = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self.socket.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()

    def close(self) -> None:
        """Stop listening."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
