"""The judge: holds the reference, asks the learner's process, and works out the verdict.

It runs the instructor's cells alone: the setup, the reference, the grade cell with its hidden
inputs. In the place of `grade` and its kin stand functions that judge what the far end answers, in
the words and with the scores of a plain kernel. It lives in a process of its own, in the same
sandbox and by a deadline, since what it reads was written by others.
"""

from __future__ import annotations

import contextlib
import gc
import io
import linecache
from typing import Any

import numpy as np

import backprop_kit
from autograder.asking import Asking, Malicious, Unanswered
from autograder.frames import Broken, Channel, as_json
from autograder.grading import Grading
from autograder.strict import Malformed
from autograder.withheld import CHECKS, NotHere, withhold
from backprop_kit.source import StagedError

SAID = {
    "late": "The code did not come to an end in time and was stopped; look for a loop that never ends.",
    "gone": "The code ended the process that it was run in, so nothing could be asked of it; take out "
    "what exits, or needs more memory or time than there is.",
    "memory": "The code needs more memory than there is for one notebook; work with smaller arrays.",
    "deep": "The code calls itself without an end; look for what should stop it.",
    "odd": "What came back from the code is nothing that can be judged: numbers were asked for.",
}


def serve(channel: Channel) -> None:
    """Judge one exercise after the other until nobody asks any more."""
    withhold()
    spare_checks()
    gc.disable()  # it lives for one notebook, and has the memory for that
    while True:
        try:
            job = channel.receive(None).json()
        except Broken:
            return
        channel.send(b"R", as_json(judged(channel, job)), None)


def judged(channel: Channel, job: dict[str, Any]) -> dict[str, Any]:
    """Give the verdict on one exercise as plain data."""
    grading = Grading(Asking(channel), job["seed"])
    printed = io.StringIO()
    points, fault, why = 0.0, None, ""
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            points = earned_in(job, grading)
    except Unanswered as error:
        fault, why = "learner", SAID[error.why]
    except (Malformed, Malicious) as error:
        fault, why = "learner", f"{SAID['odd']} ({error or 'an answer that was not asked for'})"
    except StagedError as error:
        fault, why = "learner", str(error)
    except MemoryError:
        fault, why = "learner", SAID["memory"]
    except Exception as error:  # ours or the instructor's: a person is asked, nobody gains or pays
        fault, why = "kit", f"{type(error).__name__}: {error}"
    said = printed.getvalue()
    return {
        "points": points if fault is None else 0.0,
        "text": said if fault is None else f"{said}{why}\n",
        "html": grading.as_html() if fault is None else "",
        "fault": fault,
        "why": why,
        **grading.findings(),
    }


def earned_in(job: dict[str, Any], grading: Grading) -> float:
    """Run the instructor's cells and give the points that the last one ends on."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        for count, source in enumerate(job["before"]):
            run(source, f"<source {count}>", names)
    grading.take_over(names, job["grade"])
    value = run(job["grade"], "<grade>", names)
    if type(value) is not float or not 0.0 <= value <= job["points"]:
        raise RuntimeError(f"the grade cell ends on {value!r}, and a score was asked for")
    return value


def spare_checks() -> None:
    """Let the checks that a source holds cost nothing: nobody reads what they say of the reference.

    Such a cell is run at all because a grade cell may use what it defines.
    """
    for name in CHECKS:
        setattr(backprop_kit, name, NotHere(name))


def run(text: str, filename: str, names: dict[str, Any]) -> Any:
    """Run a cell of the source, and give the value of its last expression."""
    import ast

    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    tree = ast.parse(text, filename)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, filename, "exec", dont_inherit=True), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), filename, "eval", dont_inherit=True), names)
    return None
