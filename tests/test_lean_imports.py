"""What grading imports of nbgrader, and that what it leaves out is there for whoever uses it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import nbgrader
from alembic.script import ScriptDirectory

from autograder.gradebook import newest_version


def in_a_new_process(code: str, *words: str) -> str:
    """Run code where nothing has been imported yet, and give what it prints."""
    command = [sys.executable, "-c", "from autograder.lean_imports import *\n" + code, *words]
    root = Path(__file__).parent.parent
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_grading_does_not_call_is_not_imported() -> None:
    code = (
        "import_nbgrader()\n"
        "import autograder.whole_class, autograder.results\n"
        "left_out = ['jupyter_server.base.handlers', 'alembic', *LATER, *FORMATS]\n"
        "print([name for name in left_out if name in sys.modules])"
    )
    assert in_a_new_process(code) == "[]\n"


def test_what_is_put_off_is_there_when_it_is_used(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "handed-in.zip", "w") as file:
        file.writestr("answer.txt", "42")
    code = (
        "import_nbgrader()\n"
        "import nbgrader, nbgrader.utils, nbgrader.auth.jupyterhub as hub\n"
        "nbgrader.utils.unpack_archive(sys.argv[1] + '/handed-in.zip', sys.argv[1])\n"
        "import bs4, requests, yaml\n"
        "print(hub.requests.request is requests.request, yaml.safe_load('[1]'))\n"
        "print([each.text for each in bs4.BeautifulSoup('<p>a', 'html.parser').select('p')])\n"
        "from nbgrader.server_extensions.formgrader import load_jupyter_server_extension as load\n"
        "print(load.__module__, nbgrader.load_formgrader.__qualname__)"
    )
    said = in_a_new_process(code, str(tmp_path)).splitlines()
    assert said[:2] == ["True [1]", "['a']"]
    assert said[2].startswith("nbgrader.server_extensions.formgrader")
    assert (tmp_path / "answer.txt").read_text() == "42"


def test_nothing_is_changed_where_nbgrader_was_imported_before() -> None:
    code = (
        "import nbgrader\n"
        "before = dict(sys.modules)\n"
        "import_nbgrader()\n"
        "print(before == dict(sys.modules))"
    )
    assert in_a_new_process(code) == "True\n"


def test_the_newest_version_is_the_one_that_alembic_finds() -> None:
    scripts = ScriptDirectory(str(Path(nbgrader.__file__).parent / "alembic"))
    assert newest_version() == scripts.get_current_head()
