"""`backprop new` makes a course that stands on its own, from a checkout and from the wheel alone."""

import json
import os
import re
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.__main__ import main
from autograder.course import Course, find_course
from autograder.demo_class import CLASS, hand_in
from autograder.new_course import course_id
from autograder.sections import read_section

ROOT = Path(__file__).resolve().parents[1]
OURS = find_course(ROOT / "course")
NOTEBOOK = "03_compound_expressions"


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_new_course_is_built_and_ready(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my course"]) == 0
    out = capsys.readouterr().out
    course = Course(tmp_path / "my course")
    assert out.startswith(f"{course.root} is a course of 10 notebooks. Go there")
    assert "nbgrader generate_assignment backprop" in out
    assert files(course.sections) == files(OURS.sections) - {"__pycache__"}
    assert files(course.root) - {f"sections/{name}" for name in files(course.sections)} == {
        ".gitignore",
        "README.md",
        "course.toml",
        "nbgrader_config.py",
        *(f"source/backprop/{path.stem}.ipynb" for path in OURS.sections.glob("*.py")),
    }
    assert 'course_id = "my_course"' in course.config.read_text()
    text = course.readme.read_text()
    assert text.startswith("# my course\n")
    assert "| A first network | `10_first_network` |" in text
    assert not re.search(r"ASSIGNMENT\b(?!/)", text.replace("STUDENT/ASSIGNMENT", ""))
    assert "/.grading/\n" in (course.root / ".gitignore").read_text()
    monkeypatch.chdir(course.sections)  # a course is found from anywhere in it
    assert main(["build", "--check"]) == 0
    assert capsys.readouterr().out == "All notebooks are in step with their sections.\n"


def test_each_section_may_be_an_assignment(tmp_path, capsys):
    folder = tmp_path / "deep" / "in"
    assert main(["new", str(folder), "--one-assignment-per", "section"]) == 0
    course = Course(folder)
    assert course.one_assignment_per == "section"
    assert course.notebook(NOTEBOOK) == folder / "source" / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    assert len(course.notebooks()) == 10
    assert "nbgrader generate_assignment 01_introduction" in capsys.readouterr().out
    assert "nbgrader generate_assignment 01_introduction" in course.readme.read_text()
    assert len({line.index("  # ") for line in commands(course.readme)}) == 1  # in one column
    assert main(["build", "--check", "--course", str(folder)]) == 0


def test_nothing_is_written_over(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["new", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert err == (
        f"backprop: {tmp_path} is not empty, and nothing in it is to be lost; name a new one.\n"
    )
    assert files(tmp_path) == {"notes.txt"}
    assert main(["new", str(tmp_path / "notes.txt")]) == 1
    assert "is a file; name a folder that is not there yet." in capsys.readouterr().err
    assert main(["new", str(tmp_path / "notes.txt" / "in")]) == 1
    assert "could not be made, because of" in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["cs [2026]", "what?", "100%", "a*b"])
def test_a_place_where_nbgrader_finds_nothing_is_refused(tmp_path, capsys, name):
    assert main(["new", str(tmp_path / name)]) == 1
    assert f"nbgrader cannot work in {tmp_path / name}, because of" in capsys.readouterr().err
    assert not files(tmp_path)


def test_an_empty_folder_may_be_there_already(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "."]) == 0
    assert (tmp_path / "source" / "backprop").is_dir()
    assert not list(tmp_path.glob(".new-*"))


@pytest.mark.parametrize(
    ("name", "given"),
    [("cs231n", "cs231n"), ("CS 231n+", "CS_231n"), ("Übung", "bung"), ("…", "backprop")],
)
def test_a_course_has_an_id_that_nbgrader_can_use(name, given):
    assert course_id(name) == given


class Installed:
    """The wheel, unpacked where nothing of the repository is; its dependencies are those of here."""

    def __init__(self, folder: Path) -> None:
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
        (wheel,) = folder.glob("*.whl")
        venv = folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        (packages,) = venv.glob("lib/python*/site-packages")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(packages)
        # A path is added and no .pth file in it read, so the repository stays out of sight.
        (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
        self.python = str(venv / "bin" / "python")
        scripts = str(Path(sys.executable).parent)
        path = os.pathsep.join([str(venv / "bin"), scripts, os.environ["PATH"]])
        self.environ = {
            **os.environ,
            "PATH": path,
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_PATH": str(Path(sys.prefix, "share", "jupyter")),
        }

    def run(self, folder: Path, line: str) -> str:
        """Run a line of the README, which is to end with 0; give what it said."""
        program, *words = line.split("#")[0].split()
        module = {"backprop": "autograder", "nbgrader": "nbgrader"}[program]
        done = subprocess.run(
            [self.python, "-P", "-m", module, *words],
            cwd=folder, env=self.environ, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr


def commands(readme: Path) -> list[str]:
    block = re.search(r"```sh\n(.*?)```", readme.read_text(), re.DOTALL)
    assert block is not None
    return block[1].splitlines()


@pytest.mark.timeout(400)
def test_the_wheel_makes_a_course_in_which_the_readme_comes_true(tmp_path):
    """An instructor who has the wheel alone goes through the README, line by line; a learner too."""
    installed = Installed(tmp_path)
    where = installed.run(tmp_path, "backprop new mine")
    assert "is a course of 10 notebooks" in where
    course = Course(tmp_path / "mine")
    for path in course.sections.glob("*.py"):
        if path.stem != NOTEBOOK:
            path.unlink()
            course.notebook(path.stem).unlink()

    learner = tmp_path / "learner"
    learner.mkdir()
    settings = {"Exchange": {"root": str(course.root / "exchange")}}
    settings["CourseDirectory"] = {"course_id": "mine", "student_id": "gia"}
    (learner / "nbgrader_config.json").write_text(json.dumps(settings))
    section = read_section(course.sections / f"{NOTEBOOK}.py")
    gia = next(student for student in CLASS if student.name == "gia")
    said = {}
    for line in commands(course.readme):
        words = line.split()
        said[words[1]] = installed.run(course.root, line)
        if words[1] == "release_assignment":
            installed.run(learner, "nbgrader fetch_assignment backprop")
            hand_in(gia, section, course.notebook(NOTEBOOK), learner / "backprop")
            installed.run(learner, "nbgrader submit backprop")
            # One comes by mail, without any note of nbgrader's.
            by_mail = course.root / "submitted" / "ada" / "backprop"
            hand_in(CLASS[0], section, course.notebook(NOTEBOOK), by_mail)
    assert "Wrote 2 learners, backprop to canvas.csv." in said["export"]
    table = (course.root / "canvas.csv").read_text().splitlines()
    assert table[1:] == ["    Points Possible,,,,,10", "ada,,,ada,,10", "gia,,,gia,,9"]

    installed.run(learner, "nbgrader fetch_feedback backprop")
    (page,) = (learner / "backprop" / "feedback").glob(f"*/{NOTEBOOK}.html")
    assert "Score: 9.0 / 10.0" in page.read_text()
    assert len(list((course.root / "exchange" / "mine" / "feedback").glob("*.html"))) == 2
