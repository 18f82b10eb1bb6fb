"""What a run of `backprop grade` ends with: everybody counted once, and the last word to what is next."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.gradebook import Standing
from autograder.results import show
from autograder.whole_class import Tally
from autograder.worker import Graded

CELL = SimpleNamespace(max_score=10.0)


@pytest.fixture
def assigned(tmp_path: Path) -> Any:
    """As much of an assignment as a table needs."""
    folders = SimpleNamespace(format_path=lambda step, student, name: str(tmp_path / student))
    noted = {"notebook": SimpleNamespace(graded=[CELL])}
    return SimpleNamespace(name="backprop", folders=folders, noted=noted)


def graded(student: str, *reasons: str) -> Graded:
    return Graded(student, Path(student), None, {}, {}, (), reasons)


def shown(
    capsys: pytest.CaptureFixture[str], assigned: Any, tally: Tally, **scores: float | None
) -> tuple[bool, str]:
    """Whether there is something to do, and what is printed of a class with these scores."""
    standings = {
        name: Standing(
            score or 0.0, () if score is not None else tuple(f"n: c{i}" for i in range(5))
        )
        for name, score in scores.items()
    }
    everybody = dict.fromkeys([*scores, *tally.waiting], "")
    to_do = show(tally, standings, everybody, assigned, 3.0)
    return to_do, capsys.readouterr().out


def test_everybody_is_counted_once(capsys, assigned):
    tally = Tally({"ada": graded("ada"), "ben": graded("ben", "it is empty")}, ["cleo", "dan"])
    tally.waiting["eve"] = "was written to while it was read"
    to_do, said = shown(capsys, assigned, tally, ada=7.0, ben=None, cleo=5.0, dan=None, finn=0.0)
    assert to_do
    counts = [int(line.split("│")[2]) for line in said.splitlines() if line.startswith("│")]
    assert counts == [1, 1, 2, 2]
    assert "Points of 10, of those who need no person: lowest 0, median 5, highest 7." in said
    assert "ben needs a person: it is empty\n" in said
    assert "dan needs a person: no score for n: c0, n: c1, n: c2 and 2 more\n" in said
    assert "Look at submitted/, and give points in formgrader, under Manual Grading.\n" in said
    assert "eve was not graded: it was written to while it was read; the next run tries" in said
    assert "eve needs a person" not in said


def test_pages_that_could_not_be_made_are_said(capsys, assigned):
    tally = Tally({"ada": graded("ada")}, without_pages={"ada": "took longer than it may"})
    to_do, said = shown(capsys, assigned, tally, ada=7.0)
    assert to_do
    assert "ada has no pages of feedback: making them took longer than it may\n" in said
    assert "Points of 10: lowest 7, median 7, highest 7." in said


def test_a_run_that_was_stopped_says_so_last(capsys, assigned):
    tally = Tally({"ben": graded("ben", "it is empty")}, stopped="Stopped as you asked")
    to_do, said = shown(capsys, assigned, tally, ben=None)
    assert to_do
    assert said.endswith("\nStopped as you asked; run the command again for the rest.\n")


def test_of_hundreds_the_first_are_named(capsys, assigned):
    names = {f"learner-{at:03}": None for at in range(100)}
    tally = Tally({name: graded(name, "it is empty") for name in names})
    said = shown(capsys, assigned, tally, **names)[1]
    assert said.count("it is empty") == 30
    assert "And 70 more.\n" in said


def test_nothing_is_said_of_a_class_without_trouble(capsys, assigned):
    to_do, said = shown(capsys, assigned, Tally(unchanged=["ada"]), ada=7.0)
    assert not to_do
    assert said.rstrip().endswith("highest 7.")


def test_answers_in_words_are_no_trouble_but_a_file_that_is_none_is(capsys, assigned):
    tally = Tally({"ada": graded("ada"), "ben": graded("ben", "it is empty")})
    words = Standing(2.0, by_hand=1)
    assert show(tally, {"ada": words, "ben": words}, {"ada": "", "ben": ""}, assigned, 3.0)
    said = capsys.readouterr().out
    assert "ada needs a person" not in said
    assert "ben needs a person: it is empty\n" in said
    assert (
        "Points so far of 10, of those who need no person: lowest 2, median 2, highest 2." in said
    )
    assert not show(tally, {"ada": words}, {"ada": ""}, assigned, 3.0)
