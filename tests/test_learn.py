"""`backprop open` gives every learner the newest notebooks and never touches their work."""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder import learn
from autograder.course import Course, CourseError
from autograder.lab import exchange_settings, lab_command, page_settings, settings_for

NAME = "03_compound_expressions.ipynb"
CHANGED = "the learner's own work"


class Learner:
    """A course of one notebook, and the learner it is opened for."""

    def __init__(self, root: Path) -> None:
        self.course = Course(root)
        self.course.sections.mkdir(parents=True)
        self.course.notebook("any").parent.mkdir(parents=True)
        self.course.config.touch()
        self.folder = root / "learn"

    def course_has(self, prose: str, name: str = NAME) -> None:
        cell = nbformat.v4.new_markdown_cell(prose, id="prose")
        notebook = nbformat.v4.new_notebook(cells=[cell])
        nbformat.write(notebook, self.course.notebook(Path(name).stem))

    def course_has_code(self, code: str) -> None:
        graded = {"grade": True, "grade_id": "one", "locked": True, "points": 4.0}
        graded |= {"schema_version": 3, "solution": False, "task": False, "cell_type": "code"}
        cell = nbformat.v4.new_code_cell(code, id="code", metadata={"nbgrader": graded})
        nbformat.write(
            nbformat.v4.new_notebook(cells=[cell]), self.course.notebook(Path(NAME).stem)
        )

    def open(self) -> int:
        return learn.open_course(
            argparse.Namespace(course=self.course.root, no_lab=True, exchange=None)
        )

    def has(self, name: str = NAME) -> str:
        return nbformat.read(self.folder / name, as_version=4).cells[0].source

    def works(self, name: str = NAME, words: str = CHANGED) -> None:
        notebook = nbformat.read(self.folder / name, as_version=4)
        notebook.cells[0].source = words
        nbformat.write(notebook, self.folder / name)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.name != learn.RECORD)


@pytest.fixture
def learner(tmp_path: Path) -> Learner:
    learner = Learner(tmp_path / "course")
    learner.course_has("first version")
    return learner


def test_the_first_opening_places_the_notebooks(learner, capsys):
    assert learner.open() == 0
    assert learner.files() == [NAME]
    assert learner.has() == "first version"
    assert f"{NAME} is placed in" in capsys.readouterr().out


def test_opening_again_changes_and_says_nothing(learner, capsys):
    learner.open()
    before = (learner.folder / NAME).stat().st_mtime_ns
    capsys.readouterr()
    learner.open()
    assert (learner.folder / NAME).stat().st_mtime_ns == before
    assert capsys.readouterr().out == ""


def test_an_untouched_notebook_follows_the_course(learner, capsys):
    learner.open()
    learner.course_has("second version")
    learner.open()
    assert learner.has() == "second version"
    assert learner.files() == [NAME]
    assert "is replaced by its new version; you had not changed it" in capsys.readouterr().out


def test_opening_and_running_a_notebook_is_not_yet_work(learner):
    learner.course_has_code("1 + 1")
    learner.open()
    path = learner.folder / NAME
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.cells[0].metadata["nbgrader"]["points"] = 4  # a browser's 4.0
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="2")]
    path.write_text(nbformat.writes(notebook, indent=4))
    learner.open()
    assert "language_info" in nbformat.read(path, as_version=4).metadata
    learner.course_has("second version")
    learner.open()
    assert learner.has() == "second version"
    assert learner.files() == [NAME]


def test_a_notebook_broken_by_hand_is_still_work(learner):
    learner.open()
    (learner.folder / NAME).write_text('{"cells": 3')
    learner.course_has("second version")
    learner.open()
    assert (learner.folder / NAME).read_text() == '{"cells": 3'
    assert learner.has("03_compound_expressions.new.ipynb") == "second version"


def test_work_is_left_alone_while_the_course_stays_the_same(learner, capsys):
    learner.open()
    learner.works()
    capsys.readouterr()
    learner.open()
    assert learner.has() == CHANGED
    assert learner.files() == [NAME]
    assert capsys.readouterr().out == ""


def test_a_new_version_goes_beside_work(learner, capsys):
    learner.open()
    learner.works()
    learner.course_has("second version")
    learner.open()
    assert learner.has() == CHANGED
    assert learner.has("03_compound_expressions.new.ipynb") == "second version"
    assert "its new version lies beside it as 03_compound_expressions.new.ipynb" in (
        capsys.readouterr().out
    )
    learner.open()
    assert len(learner.files()) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("worked_in", [True, False])
def test_a_version_beside_is_never_overwritten_either(learner, worked_in):
    learner.open()
    learner.works()
    learner.course_has("second version")
    learner.open()
    if worked_in:
        learner.works("03_compound_expressions.new.ipynb", "work in the second")
    learner.course_has("third version")
    learner.open()
    second = "work in the second" if worked_in else "second version"
    assert learner.has() == CHANGED
    assert learner.has("03_compound_expressions.new.ipynb") == second
    assert learner.has("03_compound_expressions.new2.ipynb") == "third version"


def test_a_version_beside_is_not_placed_twice_when_its_record_was_lost(learner):
    learner.open()
    learner.works()
    learner.course_has("second version")
    learner.open()
    (learner.folder / learn.RECORD).unlink()
    learner.open()
    assert learner.files() == ["03_compound_expressions.ipynb", "03_compound_expressions.new.ipynb"]


@pytest.mark.parametrize("record", ["", "[]", "{", '{"a": 1}'])
def test_without_a_readable_record_every_notebook_counts_as_work(learner, record):
    learner.open()
    (learner.folder / learn.RECORD).write_text(record)
    learner.course_has("second version")
    learner.open()
    assert learner.has() == "first version"
    assert learner.has("03_compound_expressions.new.ipynb") == "second version"


def test_taking_the_new_version_joins_the_course_again(learner):
    learner.open()
    learner.works()
    learner.course_has("second version")
    learner.open()
    (learner.folder / "03_compound_expressions.new.ipynb").replace(learner.folder / NAME)
    learner.open()
    learner.course_has("third version")
    learner.open()
    assert learner.has() == "third version"
    assert learner.files() == [NAME]


def test_a_deleted_notebook_comes_back_fresh(learner):
    learner.open()
    learner.works()
    (learner.folder / NAME).unlink()
    learner.open()
    assert learner.has() == "first version"


def test_a_write_cut_short_leaves_the_old_file_and_no_rubbish(learner, monkeypatch):
    learner.open()
    learner.course_has("second version")

    def full_disk(*_):
        raise OSError(28, "No space left on device", NAME)

    with monkeypatch.context() as context:
        context.setattr(os, "replace", full_disk)
        with pytest.raises(CourseError, match=r"because of 03_comp.* \(No space left on device\)"):
            learner.open()
    assert learner.files() == [NAME]
    assert learner.has() == "first version"
    learner.open()
    assert learner.has() == "second version"


def test_other_files_of_the_learner_stay(learner):
    learner.open()
    (learner.folder / "scratch.ipynb").write_text("mine")
    learner.course_has("a second section", name="04_patterns.ipynb")
    learner.open()
    assert learner.files() == [NAME, "04_patterns.ipynb", "scratch.ipynb"]
    assert (learner.folder / "scratch.ipynb").read_text() == "mine"


def test_a_course_without_notebooks_says_how_to_make_them(learner):
    learner.course.notebook(Path(NAME).stem).unlink()
    with pytest.raises(CourseError, match="run `backprop build` to make them"):
        learner.open()


def test_without_jupyterlab_it_says_how_to_get_it(learner, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", {"jupyterlab": None}.get)
    with pytest.raises(CourseError, match="JupyterLab is not installed in this environment: run"):
        learn.open_course(
            argparse.Namespace(course=learner.course.root, no_lab=False, exchange=None)
        )
    assert learner.files() == [NAME]


@pytest.mark.parametrize(
    ("environ", "platform", "display"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "10.0.0.1 22"}, "darwin", False),
        ({}, "win32", True),
    ],
)
def test_a_browser_opens_only_where_it_can_be_seen(
    monkeypatch, tmp_path, environ, platform, display
):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert ("--no-browser" not in lab_command(tmp_path)) is display


def test_the_real_command_places_the_real_course(tmp_path):
    source = Path(__file__).resolve().parents[1] / "course"
    course = Course(tmp_path)
    for folder in ("sections", "source"):
        (tmp_path / folder).symlink_to(source / folder)
    course.config.write_text((source / "nbgrader_config.py").read_text())
    run = subprocess.run(
        [sys.executable, "-m", "autograder", "open", "--no-lab", "--course", str(tmp_path)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    placed = sorted((tmp_path / "learn").glob("*.ipynb"))
    assert [path.name for path in placed] == [path.name for path in course.notebooks()]
    for path in placed:
        assert "BEGIN SOLUTION" not in path.read_text()
        assert "BEGIN HIDDEN TESTS" not in path.read_text()
    assert set(json.loads((tmp_path / "learn" / learn.RECORD).read_text())) == {
        path.name for path in placed
    }


def test_with_an_exchange_nothing_is_placed_and_the_list_of_assignments_is_shown(tmp_path, capsys):
    exchange = tmp_path / "exchange"
    (exchange / "backprop" / "outbound").mkdir(parents=True)
    course = Course(tmp_path / "course")
    arguments = argparse.Namespace(course=course.root, no_lab=True, exchange=exchange)
    assert learn.open_course(arguments) == 0
    assert f"{exchange} can be used, from {Path.cwd()}." in capsys.readouterr().out
    hidden = page_settings(exchange)["disabledExtensions"]
    assert "@jupyter/nbgrader:formgrader" in hidden
    assert "@jupyter/nbgrader:assignment-list" not in hidden
    assert "@jupyter/nbgrader:assignment-list" in page_settings(None)["disabledExtensions"]
    with settings_for(exchange, tmp_path) as environ:
        place = Path(environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0])
        settings = json.loads((place / "nbgrader_config.json").read_text())
        assert settings == exchange_settings(exchange, tmp_path)
    assert not place.exists()


def test_a_folder_that_is_no_exchange_is_named(tmp_path):
    arguments = argparse.Namespace(course=None, no_lab=False, exchange=tmp_path)
    with pytest.raises(CourseError, match="is no exchange in which anything was released: ask"):
        learn.open_course(arguments)
