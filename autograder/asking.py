"""The judge's questions to the learner's process, and what may come back.

Each question has a number that the answer must repeat. Everything in an answer is read strictly; a
function that an exercise hands in stays here and is called from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograder.frames import Broken, Channel, Frame, as_json
from autograder.strict import Malformed, inputs_to, recording_from, report_from, value_from
from backprop_kit.plain import to_json
from backprop_kit.recording import Recording, Replacement
from backprop_kit.report import GradientReport
from backprop_kit.source import StagedError

Pairs = list[list[Any]]  # inputs by name, written down
MOST_QUESTIONS = 20_000  # for one exercise


class Malicious(BaseException):
    """An answer to something that was not asked, or of a form that honest code never gives."""


class Unanswered(BaseException):
    """The learner's process gave no answer: it is `late`, `gone`, or the code needs too much.

    No `Exception`, since the kit takes those for what a learner's function raises.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Asking:
    """What can be asked about one notebook."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.count = 0
        self.functions: Mapping[str, Callable[..., Any]] = {}

    def ask(self, do: str, **question: Any) -> dict[str, Any]:
        """Ask one question and wait for its answer; whoever carries it keeps the time.

        Raises:
            Unanswered: where there is none.
            Malicious: where it is the answer to something else.
            StagedError: where the code cannot be judged, with the sentence of the kit.

        """
        self.count += 1
        if self.count > MOST_QUESTIONS:
            raise Unanswered("late")
        self.channel.send(b"Q", as_json({"do": do, "id": self.count, **question}), None)
        while (frame := self.channel.receive(None)).kind == b"V":
            self.channel.send(b"W", as_json(self.called_back(frame)), None)
        if frame.kind == b"X":
            raise Unanswered(str(frame.json()["why"]))
        try:
            answer = frame.json()
        except Broken as error:
            raise Malformed(str(error)) from None
        if not isinstance(answer, dict) or answer.get("id") != self.count:
            raise Malicious
        return settled(answer)

    def called_back(self, frame: Frame) -> dict[str, Any]:
        """Call one of the instructor's functions for the learner's code."""
        try:
            asked = frame.json()
            function = self.functions[asked["name"]]
            args, named = value_from(asked["args"]), value_from(asked["named"])
            return {"value": to_json(function(*args, **named))}
        except Exception as error:
            return {"raises": f"{type(error).__name__}: {error}"[:500]}

    # ----- the questions -------------------------------------------------------------------------

    def record(
        self,
        name: str,
        places: Sequence[Pairs],
        replace: Mapping[str, Replacement],
        quiet: bool,
        output: str,
        backward: str | None,
        upstream: Any,
    ) -> tuple[list[Recording], str]:
        """Have a function run at some places, and give the recordings and what was printed.

        There is a recording of the first place at least. The far end stops where an answer becomes
        long, or where the code is not to be run on: what is left can be asked for again.
        """
        put = {place: (r.after, r.value) for place, r in replace.items()}
        answer = self.ask(
            "record",
            name=name,
            places=places,
            replace=to_json(put),
            quiet=quiet,
            output=output,
            backward=backward,
            upstream=to_json(upstream),
        )
        printed, found = answer.get("printed", ""), answer.get("recordings")
        if not isinstance(found, list) or not 1 <= len(found) <= len(places):
            raise Malformed("not as many recordings as were asked for")
        return [recording_from(each) for each in found], printed if isinstance(printed, str) else ""

    def check(
        self,
        name: str,
        inputs: Mapping[str, Any],
        output: str,
        wrt: list[str],
        seed: int,
        like: str,
    ) -> GradientReport:
        """Have a function checked where it runs: words for stages that only its author has."""
        pairs = inputs_to(inputs, to_json)
        answer = self.ask(
            "check", name=name, inputs=pairs, output=output, wrt=wrt, seed=seed, like=like
        )
        return report_from(answer.get("report"))

    def describe(self, name: str) -> dict[str, Any]:
        """Ask what stands under a name."""
        return self.ask("describe", name=name)

    def value(self, name: str) -> Any:
        """Give the value of a variable; None where there is none."""
        answer = self.ask("value", name=name)
        return None if "absent" in answer else value_from(answer.get("value"))

    def call(self, name: str, inputs: Mapping[str, Any]) -> Any:
        """Call a function; what it raises is raised here as well."""
        self.functions = {n: v for n, v in inputs.items() if callable(v)}
        return outcome(self.ask("call", name=name, inputs=inputs_to(inputs, to_json)))

    def is_declared(self, name: str) -> bool:
        """Ask whether a gate of that name was declared, be it that it was refused."""
        return self.ask("declared", name=name).get("declared") is True

    def gate(self, name: str, inputs: tuple[Any, ...], above: tuple[float, ...]) -> dict[str, Any]:
        """Run a gate's rule, and its backward on each gradient from above."""
        pairs = inputs_to({str(at): value for at, value in enumerate(inputs)}, to_json)
        return self.ask("gate", name=name, inputs=pairs, above=list(above))


def settled(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, unless it says why there is none."""
    if "late" in answer:
        raise Unanswered("late")
    if "odd" in answer:
        raise Malformed(str(answer["odd"])[:200])
    if "refused" in answer:
        raise StagedError(one_line(str(answer["refused"])[:1000]))
    if "stopped" in answer:
        kind, said = map(str, answer["stopped"])
        if kind in ("MemoryError", "RecursionError"):
            raise Unanswered("memory" if kind == "MemoryError" else "deep")
        raise RuntimeError(f"where the code was run, there was {kind[:80]}: {said[:300]}")
    return answer


def one_line(text: str) -> str:
    """A sentence from the learner's process on one line, so that it cannot look like a report."""
    return " ".join(text.split())


def outcome(answer: Any) -> Any:
    """The value that came back, or the exception that came in its place."""
    if not isinstance(answer, dict):
        raise Malformed("no answer")
    if "raises" not in answer:
        return value_from(answer.get("value"))
    kind, _, said = one_line(str(answer["raises"])[:400]).partition(": ")
    raise type(kind if kind.isidentifier() else "Exception", (Exception,), {})(said)
