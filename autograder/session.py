"""One notebook between two processes: the learner's, which runs it, and the judge's, which decides.

Everything that either says to the other passes through here, unread, with a cap and by a deadline.
So it is always known whom a delay or an end belongs to: code that does not end, or ends its
process, costs its own exercise; the cells before it are run again in a new process for the others.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Sequence
from typing import Any

from autograder.forkserver import Child, ForkServer
from autograder.frames import Broken, Frame, Late, as_json

GRACE = 2.0  # seconds to answer after an interrupt, before the process is killed
JUDGING = 90.0  # seconds the judge may think, all answers to its questions being there
MOST_OF_CELL = 4 << 20  # bytes of what one cell shows
MOST_ANSWER = 32 << 20  # bytes of what is handed on to the judge
MOST_RESTARTS = 3
MOST_CALLS = 50_000  # of functions that an exercise hands in, for one question
MOST_OUTPUTS, MOST_SHOWN = 200, 4 << 20  # of one cell; bytes of all cells of a notebook together
CELLS_OF_FULL_TIME = 10  # may a notebook have: its cells together get so many times the time of one
NO_END = "The code did not end in time and was stopped; look for a loop that never ends."
ENDED = "The code ended the process it was run in; the cells before it were run again for the rest."
NO_TIME = (
    "Not run: the cells before it took all the time that one notebook has. Look for what is slow, and "
    "try it on less."
)
NOT_RUN = "Not run: cells of this notebook ended their process again and again."
ODD = "The cell gave something that is no output."
MORE = "\n... what follows is left out: this notebook shows too much."


class Session:
    """The processes of one notebook; closed, nothing of them is left."""

    def __init__(
        self,
        server: ForkServer,
        seconds: float = 30.0,
        seed: int = 0,
        files: Sequence[tuple[str, bytes]] = (),
        puts_off: bool = False,
    ) -> None:
        """With `puts_off`, checks are judged only where their report is read."""
        self.server, self.seconds, self.seed, self.puts_off = server, seconds, seed, puts_off
        self.files = [[path, base64.b64encode(content).decode()] for path, content in files]
        self.learner: Child | None = None
        self.judge: Child | None = None
        self.history: list[tuple[str, int]] = []  # what ran to its end, or to an exception
        self.restarts = -1
        self.ended = False
        """Whether a process ended of which an answer was awaited, by whomever's doing."""
        self.count = 0
        self.left = seconds * CELLS_OF_FULL_TIME  # of the learner's time, for the whole notebook
        self.thinking = 2 * JUDGING  # of the judge's time, likewise
        self.room = MOST_SHOWN

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End both processes."""
        for child in (self.learner, self.judge):
            if child is not None:
                child.end()
        self.learner = self.judge = None

    # ----- cells ---------------------------------------------------------------------------------

    def cell(self, source: str, count: int) -> list[dict[str, Any]]:
        """Run one cell in the learner's process and give its outputs, which nobody vouches for."""
        learner = self._living()
        if learner is None or self.left <= 0:
            return [failure("NotRun", NOT_RUN if learner is None else NO_TIME)]
        question = {"do": "cell", "source": source, "count": count}
        try:
            answer, late = self._asked(learner, question, self.seconds)
        except (Broken, Late) as error:
            self._bury(error)
            return [
                failure("NoEnd", NO_END) if isinstance(error, Late) else failure("Ended", ENDED)
            ]
        self.history.append((source, count))
        shown = self._with_room(outputs_from(answer.get("outputs")))
        return [*without_interrupt(shown), failure("NoEnd", NO_END)] if late else shown

    def _with_room(self, outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The outputs that there is room for: many cells that show much make a page nobody can open."""
        kept: list[dict[str, Any]] = []
        for output in outputs[:MOST_OUTPUTS]:
            self.room -= len(str(output))
            if self.room < 0:
                return [*kept, {"output_type": "stream", "name": "stdout", "text": MORE}]
            kept.append(output)
        return kept

    def _asked(self, child: Child, question: dict[str, Any], seconds: float) -> tuple[Any, bool]:
        """Ask a question of ours; also say whether it took an interrupt to be answered."""
        self.count += 1
        number = -self.count  # the judge's questions count upwards
        child.channel.send(b"Q", as_json({**question, "id": number}), GRACE)
        frame, late = self._answer(child, seconds, MOST_OF_CELL)
        answer = frame.json()
        if frame.kind != b"A" or not isinstance(answer, dict) or answer.get("id") != number:
            raise Broken("the answer to something that was not asked")
        return answer, late

    def _answer(self, child: Child, seconds: float, most: int) -> tuple[Frame, bool]:
        start = time.monotonic()
        try:
            return child.channel.receive(min(seconds, max(self.left, 0.0)), most), False
        except Late:
            child.interrupt()
            return child.channel.receive(GRACE, most), True
        finally:
            self.left -= time.monotonic() - start

    # ----- the learner's process -----------------------------------------------------------------

    def _living(self) -> Child | None:
        """The learner's process, started anew with what has run so far where the last one ended."""
        while self.learner is None and self.restarts < MOST_RESTARTS:
            self.restarts += 1
            self.learner = self.server.fork("learner")
            self._run_again(self.learner)
        return self.learner

    def _run_again(self, learner: Child) -> None:
        try:
            seed = seed_of_learner(self.seed)
            begin = {"do": "begin", "seed": seed, "puts_off": self.puts_off}
            self._asked(learner, begin, self.seconds)
            if self.files:
                self._asked(learner, {"do": "files", "files": self.files}, self.seconds)
            for source, count in self.history:
                self._asked(learner, {"do": "cell", "source": source, "count": count}, self.seconds)
        except (Broken, Late) as error:
            self._bury(error)

    def _bury(self, error: Broken | Late) -> None:
        self.ended |= isinstance(error, Broken)
        if self.learner is not None:
            self.learner.end()
        self.learner = None

    # ----- the judge -----------------------------------------------------------------------------

    def judged(self, job: dict[str, Any]) -> dict[str, Any]:
        """Have the judge work out a verdict, carrying its questions to the learner's process."""
        try:
            if self.judge is None:
                self.judge = self.server.fork("judge")
            self.judge.channel.send(b"J", as_json(job), JUDGING)
            return Carrying(self, self.judge).verdict()
        except (Broken, Late) as error:
            self.ended |= isinstance(error, Broken)
            if self.judge is not None:
                self.judge.end()
            self.judge = None
            why = "did not come to an end" if isinstance(error, Late) else f"ended: {error}"
            return {"points": 0.0, "text": "", "fault": "kit", "why": f"the judge {why}"}


def seed_of_learner(seed: int) -> int:
    """What random numbers of a notebook are drawn from: not what its fresh inputs are drawn from."""
    return int.from_bytes(hashlib.sha256(f"learner {seed}".encode()).digest()[:7])


class Carrying:
    """The questions and answers of one verdict, with the time that the learner's code takes."""

    def __init__(self, session: Session, judge: Child) -> None:
        self.session, self.judge = session, judge
        self.left = session.seconds

    def verdict(self) -> dict[str, Any]:
        """Carry until the judge has decided. Raises `Late` or `Broken` for the judge alone."""
        end = time.monotonic() + JUDGING + self.session.seconds
        while True:
            start = time.monotonic()
            frame = self.judge.channel.receive(min(self.session.thinking, end - start))
            self.session.thinking -= time.monotonic() - start
            if frame.kind == b"R":
                verdict: dict[str, Any] = frame.json()
                return verdict
            self._answer(frame)

    def _answer(self, question: Frame) -> None:
        learner = self.session._living()
        if learner is None:
            return self._none("gone")
        if self.left <= 0 or self.session.left <= 0:
            return self._none("late")
        try:
            learner.channel.send(b"Q", question.body, GRACE)
            return self._carry(learner)
        except (Broken, Late) as error:
            self.session._bury(error)
            return self._none("late" if isinstance(error, Late) else "gone")

    def _carry(self, learner: Child) -> None:
        """Carry what the learner's process says until it is the answer.

        What the judge computes on the way is asked for by the learner's code, so it is on its time.
        """
        end = time.monotonic() + self.left
        try:
            for _ in range(MOST_CALLS):
                left = max(0.0, end - time.monotonic())
                frame, _ = self.session._answer(learner, left, MOST_ANSWER)
                if frame.kind not in (b"A", b"V"):
                    raise Broken("a message of a kind that is not known")
                self.judge.channel.send(frame.kind, frame.body, JUDGING)
                if frame.kind == b"A":
                    return
                value = self.judge.channel.receive(JUDGING)
                learner.channel.send(b"W", value.body, GRACE)
            raise Broken("no end of calls")
        finally:
            self.left = end - time.monotonic()

    def _none(self, why: str) -> None:
        self.judge.channel.send(b"X", as_json({"why": why}), JUDGING)


# ----- outputs, of which nothing is believed -------------------------------------------------------


def failure(name: str, sentence: str) -> dict[str, Any]:
    """An output that says why there is no other."""
    text = f"{name}: {sentence}"
    return {"output_type": "error", "ename": name, "evalue": sentence, "traceback": [text]}


def outputs_from(found: Any) -> list[dict[str, Any]]:
    """What a cell shows, or that it is nothing that can be shown."""
    if not isinstance(found, list):
        return [failure("Odd", ODD)]
    return [output for each in found if (output := checked(each))]


def without_interrupt(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The outputs of a cell that was stopped, without the exception that stopped it."""
    return [each for each in outputs if each.get("ename") != "KeyboardInterrupt"]


def checked(output: Any) -> dict[str, Any] | None:
    """An output as text that may stand on any page; None for what is none."""
    from autograder.cells import plain

    def text(value: Any) -> str:
        return plain(value) if isinstance(value, str) else ""

    match output:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(said)}:
            return {"output_type": "stream", "name": name, "text": text(said)}
        case {"output_type": "error", "ename": name, "evalue": said, "traceback": list(lines)}:
            name = "Error" if text(name) in OURS else text(name)
            frames = [text(line) for line in lines[:80]]
            return failure(name, text(said)) | {"traceback": frames}
        case {
            "output_type": "display_data" | "execute_result" as kind,
            "data": {"text/plain": said},
        }:
            shown = {"output_type": kind, "data": {"text/plain": text(said)}, "metadata": {}}
            return shown | ({"execution_count": None} if kind == "execute_result" else {})
    return None


OURS = ("NoEnd", "Ended", "NotRun", "Odd", "NoScore", "NeedsPerson")
