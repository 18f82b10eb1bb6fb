"""The code is clean, formatted and well typed, by the tools and settings of pyproject.toml."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHECKED = ["backprop_kit", "autograder", "course", "tests"]
LONGEST_FILE = 400


@pytest.mark.timeout(300)  # mypy without its cache reads the types of numpy and Jupyter first
@pytest.mark.parametrize(
    "command",
    [("ruff", "check"), ("ruff", "format", "--check", "--diff"), ("mypy",)],
    ids=["ruff check", "ruff format", "mypy"],
)
def test_the_tools_have_nothing_to_say(command):
    assert importlib.util.find_spec(command[0]), f"{command[0]} comes with the extra named test"
    folders = [] if command == ("mypy",) else CHECKED  # mypy takes its folders from pyproject.toml
    run = subprocess.run(
        [sys.executable, "-m", *command, *folders], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, f"\n{run.stdout}{run.stderr}"


def test_every_folder_with_code_is_checked():
    with_code = {path.name for path in ROOT.iterdir() if any(path.glob("*.py"))}
    assert {name for name in with_code if not name.startswith(".")} <= set(CHECKED)


def test_no_file_is_too_long_to_read():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in ("backprop_kit", "autograder", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "right"  # a collection of small programs is looked up, not read
    }
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}
    assert not long, f"more than {LONGEST_FILE} lines; give their parts files of their own: {long}"
