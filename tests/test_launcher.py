"""`python3 course` on all the machines it may meet, with stand-ins for what it would install."""

import importlib.util
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
spec = importlib.util.spec_from_file_location("launcher", ROOT / "course" / "launcher.py")
assert spec is not None
assert spec.loader is not None
launcher = importlib.util.module_from_spec(spec)
spec.loader.exec_module(launcher)

# Stands in for the environment's Python: notes what it is asked for, and answers as it is told.
PYTHON = """\
#!/bin/sh
echo "python $*" >> {calls}
case "$*" in
    "-c import sys"*) echo {version};;
    "-m pip --version") exit {no_pip};;
    "-m pip install"*) echo {said}; exit {pip_fails};;
esac
"""
# Stands in for uv: it makes an environment as the real one does, without pip.
UV = """\
#!/bin/sh
echo "uv $*" >> {calls}
for last; do :; done
case "$1" in
    venv) mkdir -p "$last/bin"; cp {python} "$last/bin/python"; echo "home = x" > "$last/pyvenv.cfg";;
esac
"""


class Machine:
    """A project folder and what is installed around it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = folder / "project"
        self.root.mkdir()
        (self.root / "pyproject.toml").write_text("[project]\n")
        self.calls_file = folder / "calls"
        self.calls_file.touch()
        self.tools = folder / "tools"
        self.tools.mkdir()
        self.folder = folder
        self.handed: list[str] = []
        self.patch = monkeypatch
        monkeypatch.setenv("PATH", f"{self.tools}{os.pathsep}/usr/bin{os.pathsep}/bin")
        monkeypatch.setattr(launcher.os, "execve", self.take_over)
        monkeypatch.chdir(folder)
        self.has_python()

    def take_over(self, path: str, command: list[str], environ: dict[str, str]) -> int:
        self.handed = command[1:]
        self.environ = environ
        self.cwd = Path.cwd()
        return 0

    def script(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def has_python(
        self, version: str = "3 12 1", no_pip: int = 0, pip_fails: int = 0, said: str = "Installed"
    ) -> None:
        """What `venv` will make from now on, and what `sys.executable -m venv` makes it with."""
        text = PYTHON.format(
            calls=self.calls_file, version=version, no_pip=no_pip, pip_fails=pip_fails,
            said=shlex.quote(said),
        )  # fmt: skip
        self.made = self.script(self.folder / "made", text)
        maker = f"""#!/bin/sh
echo "$*" >> {self.calls_file}
for last; do :; done
rm -rf "$last"; mkdir -p "$last/bin"; cp {self.made} "$last/bin/python"; echo "home = x" > "$last/pyvenv.cfg"
"""
        self.patch.setattr(
            launcher.sys, "executable", str(self.script(self.folder / "base", maker))
        )

    def has_uv(self) -> None:
        self.script(self.tools / "uv", UV.format(calls=self.calls_file, python=self.made))

    def has_environment(self) -> None:
        """One that the project's user made by other means: no stamp in it."""
        self.script(self.root / ".venv" / "bin" / "python", self.made.read_text())

    def start(self, *words: str) -> int:
        self.handed = []
        self.calls_file.write_text("")
        return launcher.main(list(words), self.root)

    @property
    def calls(self) -> list[str]:
        return [
            line for line in self.calls_file.read_text().splitlines() if "import sys" not in line
        ]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    if os.name == "nt":
        pytest.skip("The stand-ins are shell scripts.")
    return Machine(tmp_path, monkeypatch)


def test_a_fresh_machine_gets_an_environment_and_opens(machine, capsys):
    assert machine.start() == 0
    made, pip, install = machine.calls
    assert made == f"-m venv --clear {machine.root}/.venv"
    assert pip == "python -m pip --version"
    assert install.startswith("python -m pip install --no-input")
    assert install.endswith(f"--editable {machine.root}[course,grade]")
    assert machine.handed == ["-m", "autograder", "open"]
    assert "Making the environment" in capsys.readouterr().out


def test_the_environment_comes_first_for_what_is_started(machine):
    machine.start()
    assert machine.environ["PATH"].startswith(f"{machine.root}/.venv/bin{os.pathsep}")
    assert machine.environ["VIRTUAL_ENV"] == f"{machine.root}/.venv"


def test_a_repeat_runs_nothing_but_the_command(machine, capsys):
    machine.start()
    capsys.readouterr()
    assert machine.start("demo", "--keep", "here") == 0
    assert machine.calls == []
    assert machine.handed == ["-m", "autograder", "demo", "--keep", "here"]
    assert capsys.readouterr().out == ""


def test_uv_is_used_where_it_is(machine):
    machine.has_uv()
    assert machine.start() == 0
    venv, install = machine.calls
    assert venv.startswith("uv venv --clear --python ")
    assert install == (
        f"uv pip install --python {machine.root}/.venv/bin/python "
        f"--editable {machine.root}[course,grade]"
    )


def test_tests_run_from_the_project_with_what_tests_need(machine):
    assert machine.start("test") == 0
    assert machine.calls[-1].endswith("[course,grade,test]")
    assert machine.handed == ["-m", "pytest", "-n", "auto", "--dist", "loadfile"]
    assert machine.cwd == machine.root
    machine.start("test", "-k", "gates")
    assert machine.calls == []
    assert machine.handed == ["-m", "pytest", "-k", "gates"]


def test_what_tests_need_is_added_and_then_stays(machine):
    machine.start("open")
    machine.start("test")
    assert machine.calls[-1].endswith("[course,grade,test]")
    machine.start("open")
    assert machine.calls == []


def test_a_changed_project_is_installed_again(machine):
    machine.start()
    (machine.root / "pyproject.toml").write_text("[project]\nname = 'new'\n")
    machine.start()
    assert any("install" in call for call in machine.calls)
    assert not any("venv --clear" in call for call in machine.calls)


def test_an_environment_moved_elsewhere_is_installed_again(machine):
    machine.start()
    moved = machine.root.rename(machine.folder / "moved")
    machine.root = moved
    machine.start()
    assert machine.calls[-1].endswith(f"{moved}[course,grade]")


def test_an_environment_that_is_there_is_used(machine):
    machine.has_environment()
    assert machine.start() == 0
    assert not any("venv --clear" in call for call in machine.calls)
    assert machine.handed == ["-m", "autograder", "open"]


def test_an_environment_without_pip_gets_one(machine):
    machine.has_python(no_pip=1)
    machine.has_environment()
    assert machine.start() == 0
    assert "python -m ensurepip --upgrade" in machine.calls


def test_an_old_environment_is_named_and_left_alone(machine, capsys):
    machine.has_python(version="3 9 2")
    machine.has_environment()
    assert machine.start() == 1
    assert "holds Python 3.9.2, and the course needs 3.11 or newer" in capsys.readouterr().err
    assert machine.calls == []
    assert machine.handed == []


@pytest.mark.parametrize("left", ["nothing", "a folder", "a dead link", "a broken program"])
def test_a_half_made_environment_is_made_again(machine, capsys, left):
    python = machine.root / ".venv" / "bin" / "python"
    (python.parent.parent if left == "nothing" else python.parent).mkdir(parents=True)
    if left == "a dead link":
        python.symlink_to(machine.folder / "gone")
    if left == "a broken program":
        machine.script(python, "not a program")
    assert machine.start() == 0
    assert "does not work: making it again" in capsys.readouterr().out
    assert machine.handed == ["-m", "autograder", "open"]


def test_an_install_cut_short_is_taken_up_again(machine, monkeypatch, capsys):
    machine.start()
    stamp = machine.root / ".venv" / "backprop-kit.json"
    (machine.root / "pyproject.toml").write_text("changed")
    with monkeypatch.context() as context:
        context.setattr(launcher, "count_seconds", interrupt)
        assert machine.start() == 130
    assert "Stopped; run this again to go on." in capsys.readouterr().err
    assert not stamp.exists()
    assert machine.start() == 0
    assert json.loads(stamp.read_text())["extras"] == ["course", "grade"]


def interrupt(process):
    process.kill()
    process.wait()
    raise KeyboardInterrupt


@pytest.mark.parametrize("stamp", ["", "[]", "{", '{"extras": 3}'])
def test_an_unreadable_stamp_means_installing_again(machine, stamp):
    machine.start()
    (machine.root / ".venv" / "backprop-kit.json").write_text(stamp)
    assert machine.start() == 0
    assert any("install" in call for call in machine.calls)


def test_offline_is_one_sentence(machine, capsys):
    machine.has_python(pip_fails=1, said="Failed to establish a new connection: [Errno -3]")
    assert machine.start() == 1
    error = capsys.readouterr().err
    assert error.startswith("The packages could not be downloaded: check that this machine is on")
    assert str(machine.root / ".venv.log") in error
    assert "Errno -3" in (machine.root / ".venv.log").read_text()
    assert machine.handed == []


def test_another_failure_names_the_log(machine, capsys):
    machine.has_python(pip_fails=1, said="ERROR: No space left on device")
    assert machine.start() == 1
    error = capsys.readouterr().err
    assert error.startswith("The packages could not be installed; the reason is at the end of")


def test_a_python_without_venv_is_one_sentence(machine, capsys, monkeypatch):
    monkeypatch.setattr(launcher.importlib.util, "find_spec", {"venv": None}.get)
    assert machine.start() == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err
    assert not (machine.root / ".venv").exists()


def test_an_environment_that_cannot_be_made_is_one_sentence(machine, capsys):
    launcher.sys.executable = str(machine.script(machine.folder / "base", "#!/bin/sh\nexit 3\n"))
    assert machine.start() == 1
    assert "could not be made; the reason is at the end of" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_sentence(machine, capsys):
    (machine.root / ".venv.log").mkdir()
    assert machine.start() == 1
    error = capsys.readouterr().err
    assert error.startswith(f"The course could not start, because of {machine.root / '.venv.log'}")
    assert error.count("\n") == 1


def test_help_makes_nothing(machine, capsys):
    assert machine.start("--help") == 0
    assert "python3 course test" in capsys.readouterr().out
    assert list(machine.root.iterdir()) == [machine.root / "pyproject.toml"]


def test_the_entry_can_be_read_by_any_python_and_asks_for_a_newer_one(tmp_path):
    entry = (ROOT / "course" / "__main__.py").read_text()
    copy = tmp_path / "__main__.py"
    copy.write_text(entry.replace("sys.version_info < (3, 11)", "sys.version_info < (99,)"))
    assert copy.read_text() != entry
    run = subprocess.run([sys.executable, str(copy)], capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stderr.startswith("The course needs Python 3.11 or newer, and this is 3.")
    assert run.stderr.count("\n") == 1


def test_the_real_command_answers():
    run = subprocess.run(
        [sys.executable, str(ROOT / "course"), "--help"], capture_output=True, text=True
    )
    assert run.returncode == 0
    assert run.stdout.startswith("usage: python3 course")
