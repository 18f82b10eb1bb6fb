"""Grades leave nbgrader's gradebook as Canvas and Moodle want them, and nothing is passed over."""

import csv
import io
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.__main__ import main
from autograder.course import find_course
from autograder.export import guarded
from autograder.release import settings

# nbgrader's gradebook uses SQLAlchemy in ways that newer releases of it warn about.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

NAMES = {
    "ada": ("Ada", "Lovelace, Countess", "ada@example.org"),
    "ben": ('Ben "B"', "Ωmega", None),
    "eve": ("=HYPERLINK(A1)", "@SUM", "eve@example.org"),
    "lee": (None, None, None),
    "kim": ("Kim", "Late", "kim@example.org"),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a gradebook: somebody graded, one who waits, one who handed in nothing."""
    root = tmp_path_factory.mktemp("graded")
    (root / "sections").mkdir()
    shutil.copy(find_course().config, root)
    for student in ("ada", "zoe"):
        (root / "submitted" / student / "backprop").mkdir(parents=True)
    url = settings(root / "nbgrader_config.py").CourseDirectory.db_url
    with Gradebook(url) as book:
        book.add_assignment("backprop", duedate=datetime(2026, 11, 26, 12))
        book.add_notebook("01", "backprop")
        book.add_grade_cell("one", "01", "backprop", max_score=10, cell_type="code")
        for student, (first, last, email) in NAMES.items():
            book.add_student(student, first_name=first, last_name=last, email=email)
        for student, score in {"ada": 7.5, "ben": 10.0, "eve": -0.0, "kim": 9.0}.items():
            book.add_submission("backprop", student, timestamp=datetime(2026, 11, 26, 13))
            grade = book.find_grade("one", "01", "backprop", student)
            grade.auto_score, grade.needs_manual_grade = score, student == "kim"
        book.find_submission("backprop", "ada").notebooks[0].late_submission_penalty = 1.0
        book.db.commit()
    return root


def run(course: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["export", *words, "--course", str(course)])
    return code, *capsys.readouterr()


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_nbgraders_columns_with_the_status(graded, capsys):
    code, out, err = run(graded, capsys, "--to", "-")
    assert code == 0
    head, *rows = table(out)
    assert head[:4] == ["assignment", "duedate", "timestamp", "student_id"]
    assert head[-3:] == ["score", "max_score", "status"]
    by_id = {row[3]: row for row in rows}
    assert by_id["ada"][4:] == [
        "Lovelace, Countess", "Ada", "ada@example.org", "7.5", "1", "6.5", "10", "graded",
    ]  # fmt: skip
    assert by_id["ben"][4:6] == ["Ωmega", 'Ben "B"']
    assert by_id["eve"][4:6] == ["'@SUM", "'=HYPERLINK(A1)"]
    assert by_id["lee"][-4:] == ["0", "0", "10", "missing"]
    assert by_id["kim"][-3:] == ["9", "10", "needs a person"]
    assert by_id["zoe"][-1] == "not graded yet"
    assert "backprop: 1 (lee) with nothing handed in: 0 points." in err
    assert "backprop: 1 (zoe) handed in and not graded yet" in err
    assert "backprop: 1 (kim) to be graded by a person" in err


def test_nbgraders_own_export_has_the_same_columns(graded, tmp_path):
    from nbgrader.plugins import CsvExportPlugin

    url = settings(graded / "nbgrader_config.py").CourseDirectory.db_url
    with Gradebook(url) as book:
        CsvExportPlugin(to=str(tmp_path / "theirs.csv")).export(book)
    assert main(["export", "--to", str(tmp_path / "ours.csv"), "--course", str(graded)]) == 0
    theirs, ours = (table((tmp_path / f"{who}.csv").read_text()) for who in ("theirs", "ours"))
    assert ours[0] == [*theirs[0], "status"]


def test_canvas_gets_its_columns_and_the_row_of_points(graded, capsys):
    code, out, err = run(graded, capsys, "--format", "canvas", "--to", "-")
    assert code == 0
    head, points, *rows = table(out)
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "backprop"]
    assert points == ["    Points Possible", "", "", "", "", "10"]
    by_id = {row[3]: (row[0], row[5]) for row in rows}
    assert by_id == {
        "ada": ("Lovelace, Countess, Ada", "6.5"),
        "ben": ('Ωmega, Ben "B"', "10"),
        "eve": ("'@SUM, =HYPERLINK(A1)", "0"),
        "lee": ("lee", ""),
        "kim": ("Late, Kim", ""),
        "zoe": ("zoe", ""),
    }
    assert (
        "backprop: 1 (kim) to be graded by a person, under Manual Grading in formgrader: an empty"
        in err
    )
    assert "If Canvas does not know somebody or an assignment again, add --roster FILE" in err
    out = run(graded, capsys, "--format", "canvas", "--to", "-", "--provisional")[1]
    assert {row[3]: row[5] for row in table(out)}["kim"] == "9"


def test_a_roster_of_canvas_says_who_is_who_and_what_the_assignment_is_called(
    graded, tmp_path, capsys
):
    roster = tmp_path / "canvas_export.csv"
    roster.write_text(
        "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,backprop (4711),Final Score\n"
        "    Points Possible,,,,,10,(read only)\n"
        '"Lovelace, Ada",101,S1,ada,Monday,,\n'
        "Kim,102,kim,k.late,Monday,,\n"
    )
    words = ("--format", "canvas", "--to", "-", "--roster", str(roster))
    code, out, err = run(graded, capsys, *words)
    assert code == 0
    assert table(out) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "backprop (4711)"],
        ["    Points Possible", "", "", "", "", "10"],
        ["Lovelace, Ada", "101", "S1", "ada", "Monday", "6.5"],
        ["Kim", "102", "kim", "k.late", "Monday", ""],
    ]
    assert f"Not in {roster}, so not in the table: ben, eve, lee, zoe." in err


def test_moodle_gets_who_and_what_and_its_own_columns_where_it_names_them(graded, tmp_path, capsys):
    head, *rows = table(run(graded, capsys, "--format", "moodle", "--to", "-")[1])
    assert head == ["First name", "Last name", "Username", "Email address", "backprop"]
    assert rows[0] == ["Ada", "Lovelace, Countess", "ada", "ada@example.org", "6.5"]
    roster = tmp_path / "moodle_export.csv"
    roster.write_text(
        "First name,Last name,ID number,Email address,Assignment: backprop (Real),Course total\n"
        "A.,L.,77,ada@example.org,-,-\n"
    )
    out = run(graded, capsys, "--format", "moodle", "--to", "-", "--roster", str(roster))[1]
    assert table(out) == [
        ["First name", "Last name", "ID number", "Email address", "Assignment: backprop (Real)"],
        ["A.", "L.", "77", "ada@example.org", "6.5"],
    ]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-x", "'-x"),
        ("@cmd", "'@cmd"),
        ("  =1", "'  =1"),
        ("\t=1", "' =1"),
        ("＝1", "'＝1"),
        ("two\nlines", "two lines"),
        ("O'Brien", "O'Brien"),
        (-1.0, "-1"),
        (66.6667, "66.6667"),
    ],
)
def test_a_name_is_never_a_formula_and_a_number_stays_one(cell, written):
    assert guarded(cell) == written


def test_a_file_that_is_there_is_not_written_over(graded, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(graded, capsys, "--format", "moodle")
    assert code == 0
    assert out.startswith("Wrote 6 learners, backprop to moodle.csv.")
    (tmp_path / "moodle.csv").write_text("with my remarks")
    code, _, err = run(graded, capsys, "--format", "moodle")
    assert code == 1
    assert (
        err
        == "backprop: moodle.csv is there already: name another file with --to, or add --force.\n"
    )
    assert (tmp_path / "moodle.csv").read_text() == "with my remarks"
    assert run(graded, capsys, "--format", "moodle", "--force")[0] == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["other"], "The gradebook has no assignment 'other'; it has: backprop."),
        (["--roster", "x.csv"], "--roster goes with --format canvas or --format moodle."),
        (
            ["--format", "canvas", "--roster", "x.csv"],
            "x.csv cannot be read as a table, because of this: No such file",
        ),
        (
            ["--format", "moodle", "--roster", __file__],
            "is not what Moodle exports of its gradebook",
        ),
        (
            ["--to", "no/such/folder.csv"],
            "no/such/folder.csv cannot be written, because of this: No",
        ),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(graded, capsys, words, sentence, monkeypatch):
    monkeypatch.chdir(graded)
    code, _, err = run(graded, capsys, *words)
    assert code == 1
    assert sentence in err
    assert err.count("\n") == 1


def test_without_a_gradebook_it_says_what_comes_first(tmp_path, capsys):
    (tmp_path / "sections").mkdir()
    shutil.copy(find_course().config, tmp_path)
    code, _, err = run(tmp_path, capsys)
    assert code == 1
    assert "There is no gradebook in" in err
    assert "grade it first" in err
    assert not (tmp_path / "gradebook.db").exists()


def test_a_gradebook_that_is_none_is_one_sentence(tmp_path, capsys):
    (tmp_path / "sections").mkdir()
    shutil.copy(find_course().config, tmp_path)
    (tmp_path / "gradebook.db").write_text("no database at all, though long enough for a header")
    code, _, err = run(tmp_path, capsys)
    assert code == 1
    assert "cannot be read, because of this:" in err
    assert err.count("\n") == 1


def test_a_format_that_is_none_is_told_which_there_are(graded, capsys):
    with pytest.raises(SystemExit) as ended:
        run(graded, capsys, "--format", "excel")
    assert ended.value.code == 2
    assert "invalid choice: 'excel' (choose from" in capsys.readouterr().err
