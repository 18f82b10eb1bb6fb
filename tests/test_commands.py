"""What the command says of itself: each of its parts has a help that is whole, and of one form."""

import importlib.metadata

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
