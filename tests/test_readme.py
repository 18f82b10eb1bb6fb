"""The README says what is so: its examples run, its output is the output, its commands are tried."""

import contextlib
import io
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.mistakes import catalogue

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)

# Every command that the README gives, and what runs it.
TRIED_BY = {
    "python3 course": "tests/test_launcher.py, and by hand on a fresh clone",
    "python3 course test": ".ci/run",
    "python3 course demo": "tests/test_demo.py",
    "python3 course validate course/learn/03_compound_expressions.ipynb": "tests/test_validate.py",
    "python3 course build": "tests/test_build.py",
    "python3 course new my_course": "tests/test_new_course.py",
}
# The README of a new course has the way of an assignment too, and a test goes through it.
NEW_COURSE = (ROOT / "autograder" / "new_course.md").read_text(encoding="utf-8")
WAY = re.findall(r"```sh\n(.*?)```", NEW_COURSE, re.DOTALL)[0].replace("ASSIGNMENT", "backprop")


def examples():
    """Each Python block that is followed by a block with its output."""
    for (kind, code), (following, output) in pairwise(BLOCKS):
        if kind == "python" and following == "text":
            yield code, output


@pytest.mark.parametrize(("code", "output"), list(examples()))
def test_an_example_prints_what_the_readme_shows(code, output, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "example.py"
    path.write_text(code, encoding="utf-8")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, str(path), "exec"), {"__name__": "example"})
    assert printed.getvalue() == output


def test_there_is_an_example_with_its_output():
    assert len(list(examples())) >= 2
    assert all(kind in ("python", "text", "sh") for kind, _ in BLOCKS)


def test_every_command_is_tried_somewhere():
    blocks = [text for kind, text in BLOCKS if kind == "sh"]
    assert WAY in blocks
    blocks.remove(WAY)
    commands = {line for text in blocks for line in text.splitlines()}
    assert commands == set(TRIED_BY)
    for where in TRIED_BY.values():
        assert (ROOT / where.split(",")[0]).exists()


def test_the_sentences_it_quotes_are_printed():
    assert len(catalogue.BEST) == 10
    assert f"\n\n{catalogue.best()}\n\n" in README, "run: python -m tests.mistakes.catalogue --best"


def words(svg):
    return sorted(re.findall(r">([^<>\s][^<>]*)<", svg))


PICTURES = re.findall(r"!\[[^\]]+\]\(course/figures/(\w+\.svg)\)", README)


def test_there_are_pictures():
    assert PICTURES == ["fork.svg", "neuron.svg"]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_code_before_it_draws(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = next(code for code, _ in examples() if f'"{name}"' in code)
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, str(tmp_path / "example.py"), "exec"), {"__name__": "example"})
    drawn = (tmp_path / name).read_text(encoding="utf-8")
    path = ROOT / "course" / "figures" / name
    assert words(drawn) == words(path.read_text(encoding="utf-8")), (
        f"draw it again and save it as {path}"
    )
    assert path.stat().st_size < 40_000


def test_linked_files_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target
