"""The learner's process: runs the cells of one notebook, and answers calls with recordings.

It holds no reference, no expected value and no hidden test. What it answers is believed by nobody:
it is read as numbers, and held against what the judge knows.
"""

from __future__ import annotations

import base64
import contextlib
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import backprop_kit
from autograder.answers import Answer, Raw, Unwritable, body_of, thinned, written
from autograder.cells import Bounded, Notebook, words_of
from autograder.frames import Broken, Channel, Frame, as_json
from autograder.put_off import check_later
from autograder.strict import report_to, value_from
from autograder.withheld import judged_answer, outside_of_answers, withhold
from backprop_kit import source
from backprop_kit.checker import check
from backprop_kit.declaring import ATTEMPTS
from backprop_kit.formula import Stopped, run
from backprop_kit.place import is_endless
from backprop_kit.plain import plain_copy, to_json
from backprop_kit.recorder import record, undisturbed
from backprop_kit.recording import Recording, Replacement
from backprop_kit.source import StagedError
from backprop_kit.staged import Clock

MOST_PRINTED = 2000
ENOUGH = 1 << 20  # characters of recordings in one answer: what is left is asked for again
ONCE_MORE = 1.0  # seconds for a run of code that did not come to an end before
MOST_CALLBACKS = 20_000  # of functions that an exercise hands in, for one question


def serve(channel: Channel) -> None:
    """Run what is asked for until nobody asks any more."""
    source.names_in_cells()  # looked up once, while nothing of the learner's has run
    withhold()
    # Files beside the notebook can be imported; last, so that none stands for somebody else's module.
    sys.path.append(os.getcwd())
    far = FarEnd(channel)
    while True:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            frame = channel.receive(None)
        except Broken:
            return
        far.handle(frame)


class FarEnd:
    """One notebook, and what can be asked about it."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.notebook = Notebook()
        self.callbacks = 0
        # Kept from before any cell has run: what a cell replaces in a module stays without effect.
        self.does: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "cell": self.cell,
            "begin": self.begin,
            "files": self.files,
            "describe": self.describe,
            "record": self.record,
            "check": self.check,
            "call": self.call,
            "value": self.value,
            "declared": self.declared,
            "gate": self.gate,
        }

    def handle(self, frame: Frame) -> None:
        """Do what is asked, and answer."""
        question = frame.json()
        self.callbacks = 0
        with interruptible():
            try:
                answer = self.does[question["do"]](question)
            except KeyboardInterrupt:
                answer = {"late": True}
            except StagedError as error:
                answer = {"refused": words_of(error)}
            except Unwritable as error:
                answer = {"odd": words_of(error)}
            except BaseException as error:  # a learner's doing, which the judge will say
                answer = {"stopped": [type(error).__name__, words_of(error)]}
        self.channel.send(b"A", body_of(answer, question["id"]), None)

    # ----- cells ---------------------------------------------------------------------------------

    def cell(self, question: dict[str, Any]) -> Answer:
        return {"outputs": self.notebook.run(question["source"], question["count"])}

    def begin(self, question: dict[str, Any]) -> Answer:
        """Set the random numbers, and say whether checks wait for somebody to look."""
        if question["puts_off"]:
            backprop_kit.check = outside_of_answers(check_later)
        random.seed(question["seed"])
        np.random.seed(question["seed"] % 2**32)
        return {}

    def files(self, question: dict[str, Any]) -> Answer:
        """Lay the files that were handed in beside the notebook into the folder it runs in."""
        for path, text in question["files"]:
            place = Path(path)
            with contextlib.suppress(OSError):  # without a folder of its own nothing is written
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(base64.b64decode(text))
        return {}

    # ----- answers to the judge ------------------------------------------------------------------

    def describe(self, question: dict[str, Any]) -> Answer:
        """Say what stands under a name: nothing, something that can be called, or a type's name."""
        name = question["name"]
        if name not in self.notebook.names:
            return {"absent": True}
        found = self.notebook.names[name]
        called = str(getattr(found, "__name__", type(found).__name__))
        return {"callable": callable(found), "type": type(found).__name__, "called": called}

    def record(self, question: dict[str, Any]) -> Answer:
        """Run a function before the recorder's eyes, at one place after the other."""
        printed, found = Bounded(), list[str]()
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            judged_answer(),
            undisturbed(question["quiet"]),
        ):
            for pairs in question["places"]:
                try:
                    recording = self.recorded(question, self.inputs(pairs))
                    found.append(written(thinned(recording).to_json))
                except Exception:
                    if not found:
                        raise
                    break  # it will be asked for by itself, and what stopped it be said there
                if is_endless(recording):
                    Clock.limit = ONCE_MORE  # it has had its time once
                    break
                if sum(map(len, found)) > ENOUGH:
                    break
        text = Raw(f"[{','.join(found)}]")
        return {"recordings": text, "printed": printed.getvalue()[:MOST_PRINTED]}

    def recorded(self, question: dict[str, Any], inputs: dict[str, Any]) -> Recording:
        """One run of a function, before the recorder's eyes."""
        put, backward = value_from(question["replace"]), question["backward"]
        return record(
            self.notebook.names[question["name"]],
            inputs,
            {name: Replacement(*pair) for name, pair in put.items()},
            output=question["output"],
            backward=self.notebook.names[backward] if backward else None,
            upstream=value_from(question["upstream"]),
            quiet=question["quiet"],
        )

    def check(self, question: dict[str, Any]) -> Answer:
        """Check a function in stages of its own; the judge takes the words, and not the verdict."""
        report = check(
            self.notebook.names[question["name"]],
            question["output"],
            wrt=question["wrt"],
            seed=question["seed"],
            like=question["like"],
            inputs=self.inputs(question["inputs"]),
        )
        return {"report": to_json(report_to(report))}

    def call(self, question: dict[str, Any]) -> Answer:
        """Call a function once, and give a copy of what it returns."""
        named = self.inputs(question["inputs"])
        with judged_answer():
            return self.stoppable(lambda: run(self.notebook.names[question["name"]], named=named))

    def value(self, question: dict[str, Any]) -> Answer:
        """Give what stands under a name."""
        if question["name"] not in self.notebook.names:
            return {"absent": True}
        return {"value": to_json(plain_copy(self.notebook.names[question["name"]]))}

    def declared(self, question: dict[str, Any]) -> Answer:
        return {"declared": question["name"] in ATTEMPTS}

    def gate(self, question: dict[str, Any]) -> Answer:
        """Run the rule of a declared gate, and its backward on each gradient from above."""
        gate = ATTEMPTS[question["name"]]
        inputs = tuple(self.inputs(question["inputs"]).values())
        with judged_answer():
            return self.gate_at(gate, inputs, question["above"])

    def gate_at(self, gate: Any, inputs: tuple[Any, ...], above: list[float]) -> Answer:
        try:
            result = run(gate.rule, inputs, copied=False)
        except Stopped as stop:
            return {"raises": str(stop)}
        pair = isinstance(result, tuple) and len(result) == 2 and callable(result[1])
        first = result[0] if isinstance(result, tuple) and result else result
        answer: Answer = {"value": to_json(plain_copy(first)), "backward": []}
        for df in above if pair else ():
            answer["backward"].append(self.stoppable(partial(run, result[1], (df,))))
        return answer

    def stoppable(self, deed: Callable[[], Any]) -> Answer:
        try:
            return {"value": to_json(deed())}
        except Stopped as stop:
            return {"raises": str(stop)}

    def inputs(self, pairs: list[list[Any]]) -> dict[str, Any]:
        """Read inputs by name; a function among them lives with the judge, and is called there."""
        return {
            name: self.called_back(name, each["function"])
            if "function" in each
            else value_from(each["plain"])
            for name, each in pairs
        }

    def called_back(self, name: str, called: str) -> Callable[..., Any]:
        def function(*args: Any, **kwargs: Any) -> Any:
            self.callbacks += 1
            if self.callbacks > MOST_CALLBACKS:
                raise RuntimeError(f"`{called}` has been called {MOST_CALLBACKS} times")
            asked = {"name": name, "args": to_json(list(args)), "named": to_json(kwargs)}
            self.channel.send(b"V", as_json(asked), None)
            answer = self.channel.receive(None).json()
            if "raises" in answer:
                raise ValueError(answer["raises"])
            return value_from(answer["value"])

        function.__name__ = function.__qualname__ = called
        return function


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let an interrupt end what runs; between two questions there is nothing to end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
