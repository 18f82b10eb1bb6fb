"""The verdict on one grade cell: what is handed to the judge, and what is shown of its answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from nbformat import NotebookNode

from autograder.cells import CONTROL, plain
from autograder.course import CourseError
from autograder.grade_calls import is_judged
from autograder.withheld import machines_in

TRUSTED = (
    "For the instructor: this cell does not end on grade(...), so it was run by the learner's own "
    "process, and what it says about the answer is trusted, not checked.\n"
)
MACHINE = (
    "For the instructor: the answer uses {names}. Such functions answer by themselves, and are not "
    "there while an answer is judged.\n"
)
MOST_HTML = 400_000  # characters; what is longer is shown as text
PERSON = "This could not be judged by the machine, so a person will look at it."


@dataclass(frozen=True)
class Verdict:
    """What one grade cell earned, and why not more; plain data, kept beside the graded notebook."""

    grade_id: str
    points: float
    most: float
    text: str
    """The report, as a plain kernel prints it."""
    html: str = field(default="", compare=False)
    """The same as a page shows it, made by the judge; empty where there are no more than words."""
    fault: str | None = None
    """None where there is a report; `learner` where the code could not be judged; `kit`: a person."""
    why: str = ""
    label: str | None = None
    first_wrong: str | None = None
    score: float = 0.0
    ok: bool = False
    rows: tuple[tuple[str, str, str | None], ...] = ()
    inputs: tuple[Any, ...] = ()
    """The points it was judged at; those beside them follow from the seed."""
    uses: tuple[str, ...] = ()
    """What the answer uses that would answer by itself."""
    trusted: bool = False
    """Whether the learner's own process decided."""
    seconds: float = field(default=0.0, compare=False)

    @property
    def needs_person(self) -> bool:
        return self.fault == "kit"

    def outputs(self, count: int) -> list[dict[str, Any]]:
        """What the grade cell shows: the report, then the score as a plain number."""
        said, notes = plain(self.text), self._notes()
        last = self._person() if self.needs_person else self._score(count)
        if not self.html or len(self.html) > MOST_HTML:
            return [*printed(said + notes), last]
        data = {"text/plain": said, "text/html": self.html}
        report = {"output_type": "display_data", "data": data, "metadata": {}}
        return [report, *printed(notes), last]

    def _notes(self) -> str:
        """What only the instructor needs to know."""
        uses = ", ".join(f"`{name}`" for name in self.uses)
        return MACHINE.format(names=uses) * bool(uses) + TRUSTED * self.trusted

    def _score(self, count: int) -> dict[str, Any]:
        return {
            "output_type": "execute_result",
            "data": {"text/plain": repr(float(self.points))},
            "metadata": {},
            "execution_count": count,
        }

    def _person(self) -> dict[str, Any]:
        said = f"{PERSON} ({plain(self.why)})"
        return {
            "output_type": "error",
            "ename": "NeedsPerson",
            "evalue": said,
            "traceback": [f"NeedsPerson: {said}"],
        }

    def as_data(self) -> dict[str, Any]:
        """The verdict as data for JSON; how a page shows it follows from the rest."""
        data = asdict(self)
        del data["html"]
        return data


def printed(text: str) -> list[dict[str, Any]]:
    """The output that shows a text; none where there is none."""
    return [{"output_type": "stream", "name": "stdout", "text": text}] if text else []


def verdict_from(grade_id: str, most: float, answer: dict[str, Any], uses: list[str]) -> Verdict:
    """Read what the judge answered, which comes from a process that read what learners wrote."""
    points = answer.get("points")
    if type(points) is not float or not 0.0 <= points <= most:
        answer = {"fault": "kit", "why": f"the judge gave {points!r} points", "text": ""}
        points = 0.0
    rows = answer.get("rows", ())
    return Verdict(
        grade_id=grade_id,
        points=points,
        most=most,
        text=str(answer.get("text", "")),
        html=CONTROL.sub("", str(answer.get("html", ""))),
        fault=answer.get("fault"),
        why=str(answer.get("why", "")),
        label=answer.get("label"),
        first_wrong=answer.get("first_wrong"),
        score=float(answer.get("score", 0.0)),
        ok=bool(answer.get("ok", False)),
        rows=tuple((str(n), str(v), label) for n, v, label in rows),
        inputs=tuple(answer.get("inputs", ())),
        uses=tuple(uses),
    )


def trusting(grade_id: str, most: float, outputs: list[dict[str, Any]], uses: list[str]) -> Verdict:
    """The verdict of a grade cell that only the learner's process can carry out: it is trusted.

    It earns the number it ends on; all points where it ends without an exception and without a
    value, as a cell of asserts does.
    """
    text = "".join(output["text"] for output in outputs if output["output_type"] == "stream")
    errors = [output for output in outputs if output["output_type"] == "error"]
    values = [o["data"]["text/plain"] for o in outputs if o["output_type"] == "execute_result"]
    points = 0.0 if errors else score_from(values, most)
    for error in errors:
        text += "\n".join(error["traceback"]) + "\n"
    return Verdict(
        grade_id, points, most, text, ok=points == most, uses=tuple(uses), trusted=True,
        score=points / most if most else 0.0,
    )  # fmt: skip


def score_from(values: list[str], most: float) -> float:
    """The points that a cell of asserts ends on; none for anything that is no number of points."""
    if not values:
        return most
    try:
        points = float(values[-1])
    except ValueError:
        return 0.0
    return points if len(values) == 1 and 0.0 <= points <= most else 0.0


# ----- what the judge is handed --------------------------------------------------------------------


class NoReference(CourseError):
    """The source notebook does not hold what is needed to judge an exercise."""


@dataclass(frozen=True)
class Reference:
    """The source of one notebook: what the judge runs for each of its grade cells."""

    cells: tuple[NotebookNode, ...]

    def job(self, grade_id: str, most: float, seed: int | None) -> dict[str, Any]:
        """What the judge is handed for one grade cell.

        Raises:
            NoReference: where the source has no such cell, in a sentence.

        """
        at = self._place(grade_id)
        name = grade_id.removesuffix("-grade")
        before = [c for c in self.cells[:at] if c.cell_type == "code" and _matters(c, name)]
        return {
            "before": [cell.source for cell in before],
            "grade": self.cells[at].source,
            "points": most,
            "seed": seed,
        }

    def is_judged(self, grade_id: str) -> bool:
        """Whether the source's grade cell ends on a call that is judged outside."""
        return is_judged(self.cells[self._place(grade_id)].source)

    def _place(self, grade_id: str) -> int:
        for at, cell in enumerate(self.cells):
            if _nbgrader(cell).get("grade_id") == grade_id and cell.cell_type == "code":
                return at
        raise NoReference(
            f"the source notebook has no grade cell {grade_id!r}; build it again with: backprop build"
        )


def _matters(cell: NotebookNode, name: str) -> bool:
    """Whether a cell of the source is part of an exercise, or sets all of them up."""
    found = _nbgrader(cell)
    grade_id = str(found.get("grade_id", ""))
    if found.get("grade"):
        return False
    if found.get("locked") and not found.get("solution"):
        return True
    own = grade_id == f"{name}-solution" or str(cell.get("id", "")).startswith(f"{name}-check")
    return own or (bool(found.get("solution")) and not grade_id.endswith("-solution"))


def _nbgrader(cell: NotebookNode) -> dict[str, Any]:
    found = cell.metadata.get("nbgrader", {})
    return found if isinstance(found, dict) else {}


def uses_of(cells: list[NotebookNode], grade_id: str) -> list[str]:
    """What the answers to an exercise use that would answer by itself; read, never run."""
    wanted = grade_id.removesuffix("-grade") + "-solution"
    texts = [c.source for c in cells if _nbgrader(c).get("grade_id") == wanted]
    return list(dict.fromkeys(name for text in texts for name in machines_in(text)))
