"""What lies beside a notebook is there when its cells run, and stands in for nothing."""

from autograder.beside import files_beside
from autograder.forkserver import ForkServer
from autograder.session import Session
from tests.sandboxes import needs_sandbox

FILES = {
    "data/points.csv": b"1,2\n",
    "my_layers.py": b"def twice(x):\n    return 2 * x\n",
    "random.py": b"raise SystemExit\n",
}
READS = "print(open('data/points.csv').read().strip())"
IMPORTS = "import my_layers\nprint(my_layers.twice(21))"
TAKES_THE_REAL_ONE = "import random\nprint(random.random.__name__)"
BREAKS_IT = "open('data/points.csv', 'w').write('spoiled')\nimport os\nos._exit(1)"


def said(outputs):
    return "".join(output.get("text", "") for output in outputs).strip()


def test_files_are_read_and_modules_imported_but_never_in_place_of_others():
    needs_sandbox()
    with ForkServer() as server, Session(server, 10, files=FILES) as session:
        assert said(session.cell(READS, 1)) == "1,2"
        assert said(session.cell(IMPORTS, 2)) == "42"
        assert said(session.cell(TAKES_THE_REAL_ONE, 3)) == "random"


def test_they_are_there_again_after_the_process_has_ended():
    needs_sandbox()
    with ForkServer() as server, Session(server, 10, files=FILES) as session:
        session.cell(BREAKS_IT, 1)
        assert said(session.cell(READS, 2)) == "1,2"


def test_notebooks_records_and_links_stay_behind(tmp_path):
    for name in ("a.ipynb", "a.verdicts.json", "data.csv"):
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "data.csv")
    assert files_beside(tmp_path) == {"data.csv": b"x"}
