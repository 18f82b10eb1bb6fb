"""What a class got wrong is counted from the records, and nobody is counted for what is not theirs."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import arrivals
from autograder.__main__ import main
from autograder.class_answers import FINDINGS, INTAKE, ClassReport, class_report, told
from autograder.class_report import as_lines
from autograder.course import Course, find_course, number_of_learners
from autograder.records import Record

LOST = (
    "f: dx is not right; score 0.50\nLine 3 (`dx = <b>`) has lost a minus. *Mind* it.\n  wrong > 3"
)
RIGHT = "f: every gradient is right\n  right dx 1"


def verdict(points: float, label: str | None = None, text: str = RIGHT, **more: object) -> dict:
    cell = {"grade_id": "chain-grade", "points": points, "most": 4.0, "text": text, "label": label}
    return {**cell, "fault": None, "why": "", **more}


VERDICTS = {
    "ada": verdict(4.0),
    "ben": verdict(2.0, "lost_minus", LOST),
    "cleo": verdict(2.0, "lost_minus", LOST),
    "dan": verdict(1.0, None, "f: dx is not right; score 0.25\nI cannot tell why.\n"),
    "eve": verdict(0.0, None, "", fault="learner", why="`f` is not there."),
    "finn": verdict(0.0, None, "", fault="kit", why="the judge did not answer"),
    "lee": verdict(0.0, "missing", "f: dx is not right; score 0.00\nI see no `dx`.\n"),
}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course whose records are there, of seven learners; lee's notebook could not be read."""
    course = Course(tmp_path)
    course.sections.mkdir()
    shutil.copy(find_course().config, course.config)
    for student, found in VERDICTS.items():
        folder = tmp_path / "autograded" / student / "backprop"
        folder.mkdir(parents=True)
        where = {"student": student, "assignment": "backprop", "notebook": "01"}
        data = dict.fromkeys(Record.__dataclass_fields__, "") | where | {"verdicts": [found]}
        (folder / "01.verdicts.json").write_text(json.dumps(data))
    place = tmp_path / INTAKE / "lee"
    place.mkdir(parents=True)
    unread = {"for_person": {"01": {"instructor": "It breaks off."}}}
    (place / FINDINGS.format(assignment="backprop")).write_text(json.dumps(unread))
    return course


def test_answers_and_causes_are_counted(course):
    report = class_report(course, "backprop")
    assert report.learners == 7
    (exercise,) = report.exercises
    assert (exercise.right, exercise.answers) == (1, 5), "two have no points until a person looked"
    assert exercise.mean == pytest.approx((4 + 2 + 2 + 1 + 0) / 5)
    assert {cause.label: cause.learners for cause in exercise.most_frequent} == {
        "lost_minus": ["ben", "cleo"],
        "waits for a person": ["finn", "lee"],
        "no cause found": ["dan"],
        "could not be run": ["eve"],
    }


def test_the_table_says_what_was_told_to_whom(course, capsys):
    assert main(["report", "--course", str(course.root)]) == 0
    out = capsys.readouterr().out
    assert "backprop: 7 learners" in out
    assert "chain        1 of 5, 20%      1.8 of 4" in out
    assert "     2  lost minus: ben, cleo\n" in out
    assert "        finn: the judge did not answer\n" in out
    assert "ben is told: Line 3 (`dx = <b>`) has lost a minus." in out
    assert "     1  something else\n" in out


def test_the_page_names_everybody_and_keeps_their_code_as_text(course, capsys, tmp_path):
    page = tmp_path / "report.html"
    words = ["report", "backprop", "--course", str(course.root), "--html", str(page)]
    assert main(words) == 0
    text = page.read_text()
    assert all(student in text for student in VERDICTS if student != "ada")
    assert "<code>dx = &lt;b&gt;</code>) has lost a minus. <em>Mind</em> it." in text
    assert "It breaks off." not in text, "one sentence for each cause"
    assert "aria-label='20% right'><span style='width:20%'>" in text
    assert "<script" not in text
    assert main(words) == 1
    assert "is there already: name another file with --html, or add --force." in (
        capsys.readouterr().err
    )
    assert main([*words, "--force"]) == 0


def test_what_is_not_there_is_one_sentence(course, capsys, tmp_path):
    assert main(["report", "other", "--course", str(course.root)]) == 1
    assert capsys.readouterr().err == (
        "backprop: Nothing of 'other' was graded yet; of these there is: backprop.\n"
    )
    shutil.rmtree(course.root / "autograded")
    assert main(["report", "--course", str(course.root)]) == 1
    assert "yet; do it with: backprop grade" in capsys.readouterr().err


def test_whoever_reads_along_may_stop_reading(course):
    command = [sys.executable, "-m", "autograder", "report", "--course", str(course.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 1


def test_the_sentence_after_the_headline_is_the_one_that_is_told():
    assert told("so far\nf: dx is not right; score 0.50\n  > row\nMind the minus.\nMore.") == (
        "Mind the minus."
    )
    assert told("`f` is not there.") == "`f` is not there."


def test_the_findings_lie_where_the_intake_leaves_them(tmp_path):
    assert INTAKE == arrivals.FOLDER
    place = tmp_path / "backprop"
    assert arrivals.report_of(place).name == FINDINGS.format(assignment="backprop")


def test_one_learner_is_not_called_several():
    assert [number_of_learners(n) for n in (0, 1, 2)] == ["0 learners", "1 learner", "2 learners"]


def test_an_assignment_that_people_grade_alone_is_said_to_be():
    lines = list(as_lines(ClassReport("words", 3, ())))
    assert lines == ["words: 3 learners", "No exercise of it is graded by the machine."]
