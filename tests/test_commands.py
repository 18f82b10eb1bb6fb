"""What the command says of itself: each of its parts has a help that is whole, and of one form."""

import errno
import importlib.metadata
import os
from pathlib import Path

import pytest

from autograder.__main__ import COMMANDS, main


def said_by(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_what_it_is_for_and_what_each_option_does(capsys, command):
    purpose = COMMANDS[command][2]
    assert f"{command} {purpose}" in said_by(capsys, "--help")
    said = said_by(capsys, command, "--help")
    assert f"{purpose[0].upper()}{purpose[1:]}." in said  # JupyterLab, not jupyterlab
    if "[--course FOLDER]" in said:
        assert "the folder of the course (default: the one that you are in)" in said


def test_the_version_is_that_of_the_package(capsys):
    assert said_by(capsys, "--version") == (
        f"backprop-kit {importlib.metadata.version('backprop-kit')}"
    )


@pytest.mark.parametrize(
    ("number", "way_out"),
    [(errno.ENOSPC, "Make room, and run"), (errno.EACCES, "an account that may write there")],
)
def test_what_the_system_refuses_is_one_sentence(tmp_path, capsys, monkeypatch, number, way_out):
    assert main(["new", str(tmp_path / "course")]) == 0
    with (tmp_path / "course" / "sections" / "02_simple_expressions.py").open("a") as section:
        section.write("\n# A remark.\n")

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "write_text", refuse)
    capsys.readouterr()
    assert main(["build", "--course", str(tmp_path / "course")]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"backprop: {tmp_path}/course/")
    assert os.strerror(number) in err
    assert way_out in err
    assert err.count("\n") == 1
