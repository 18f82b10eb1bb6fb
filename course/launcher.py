"""Makes the project's environment, then hands over to what was asked for in it.

`python3 course` runs this before anything is installed: it uses the standard library alone.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

USAGE = """\
usage: python3 course [open]        place the notebooks in course/learn and open JupyterLab there
       python3 course test [...]    run the tests; what follows is handed to pytest
       python3 course WORD [...]    any other word of the `backprop` command, such as demo

The first run makes the environment .venv beside the folder course and installs into it."""

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parents[1]
COURSE = ("course", "grade")
TEST = (*COURSE, "test")
# Nobody is there to answer questions, and a machine that is offline should hear so soon.
PIP_OPTIONS = ("--no-input", "--disable-pip-version-check", "--retries", "3")
# The tests of one file share what is slow to make, so a file stays with one worker.
ALL_TESTS = ("-n", "auto", "--dist", "loadfile")
# How pip and uv say that they could not reach a package index.
NETWORK_TROUBLE = (
    "Could not fetch",
    "Failed to establish a new connection",
    "NewConnectionError",
    "NameResolutionError",
    "Connection broken",
    "Temporary failure in name resolution",
    "ProxyError",
    "Read timed out",
    "ConnectTimeoutError",
    "Failed to fetch",
    "dns error",
    "error sending request",
)


class CannotStart(Exception):
    """Why the course cannot start, in one sentence that says what to do."""


class Environment:
    """The project's `.venv`: found, made, repaired, and stamped when everything is in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.stamp = self.folder / "backprop-kit.json"
        self.log = root / ".venv.log"
        self.scripts = self.folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / ("python.exe" if os.name == "nt" else "python")
        self.uv = shutil.which("uv")

    def prepare(self, extras: tuple[str, ...]) -> None:
        """Makes sure that the project and these extras are installed; quick when they are."""
        have = self.installed()
        if set(extras) <= have:
            return
        self.log.write_text("", encoding="utf-8")
        if not self.version():
            self.make()
        self.refuse_old_python()
        self.install(sorted(have.union(extras)))

    def installed(self) -> set[str]:
        """The extras that the stamp vouches for: none where anything it depends on has changed."""
        if not self.python.exists():
            return set()
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
            return set(stamp["extras"]) if stamp["made from"] == self.fingerprint() else set()
        except (OSError, ValueError, KeyError, TypeError):
            return set()

    def fingerprint(self) -> str:
        """A hash of what an installation depends on: the project, where it lies, the Python."""
        digest = hashlib.sha256(str(self.root).encode())
        for path in (self.root / "pyproject.toml", self.folder / "pyvenv.cfg"):
            digest.update(path.read_bytes() if path.exists() else b"")
        return digest.hexdigest()

    def version(self) -> tuple[int, ...]:
        """The version of the environment's Python; empty where it does not run."""
        ask = "import sys; print(*sys.version_info[:3])"
        try:
            answer = subprocess.run(
                [str(self.python), "-c", ask], capture_output=True, text=True, check=True
            )
            return tuple(int(part) for part in answer.stdout.split())
        except (OSError, ValueError, subprocess.CalledProcessError):
            return ()

    def make(self) -> None:
        """Makes `.venv`, in place of one whose making was cut short."""
        if self.folder.exists():
            say("The environment .venv does not work: making it again.")
        else:
            say("Making the environment .venv (this happens once).")
        if not self.uv:
            refuse_missing_venv()
        with_uv = [self.uv or "uv", "venv", "--clear", "--python", sys.executable, str(self.folder)]
        with_venv = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        if self.logged(with_uv if self.uv else with_venv) or not self.version():
            raise CannotStart(
                f"The environment .venv could not be made; the reason is at the end of {self.log}."
            )

    def refuse_old_python(self) -> None:
        """An environment that somebody else made may hold any Python."""
        version = self.version()
        if version < OLDEST_PYTHON:
            raise CannotStart(
                f"The environment .venv holds Python {dotted(version)}, and the course needs "
                f"{dotted(OLDEST_PYTHON)} or newer: delete the folder {self.folder} and run this again."
            )

    def install(self, extras: list[str]) -> None:
        """Installs the project in place, with its extras, and stamps the environment."""
        say(f"Installing what the course needs; this can take minutes (log: {self.log}).")
        self.stamp.unlink(missing_ok=True)
        project = f"{self.root}[{','.join(extras)}]"
        if self.logged([*self.installer(), "--editable", project]):
            raise CannotStart(self.why_not_installed())
        stamp = {"extras": extras, "made from": self.fingerprint()}
        self.stamp.write_text(json.dumps(stamp), encoding="utf-8")

    def installer(self) -> list[str]:
        """The command that installs: uv's where uv is there, else the environment's own pip."""
        python = str(self.python)
        if self.uv:
            return [self.uv, "pip", "install", "--python", python]
        if self.logged([python, "-m", "pip", "--version"]):  # made by uv, or half made
            refuse_missing_venv()
            if self.logged([python, "-m", "ensurepip", "--upgrade"]):
                raise CannotStart(
                    f"The environment .venv has no pip and cannot get one: delete the folder "
                    f"{self.folder} and run this again."
                )
        return [python, "-m", "pip", "install", *PIP_OPTIONS]

    def why_not_installed(self) -> str:
        """Tells a missing network, which the person can do something about, from the rest."""
        said = self.log.read_text(encoding="utf-8", errors="replace")
        if any(words in said for words in NETWORK_TROUBLE):
            return (
                "The packages could not be downloaded: check that this machine is online "
                f"and run this again (what the installer said is in {self.log})."
            )
        return f"The packages could not be installed; the reason is at the end of {self.log}."

    def logged(self, command: list[str]) -> int:
        """Runs a command, its output going to the log, and gives its exit code."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(command)}\n")
            log.flush()
            return count_seconds(
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
                )
            )

    def hand_over(self, arguments: list[str], cwd: Path | None = None) -> int:
        """Runs the environment's Python in place of this one, with its programs found first."""
        path = os.pathsep.join([str(self.scripts), os.environ.get("PATH", os.defpath)])
        environ = {**os.environ, "VIRTUAL_ENV": str(self.folder), "PATH": path}
        command = [str(self.python), *arguments]
        sys.stdout.flush()
        if os.name == "nt":
            return outlast(subprocess.Popen(command, cwd=cwd, env=environ))
        os.chdir(cwd or Path.cwd())
        return os.execve(command[0], command, environ)


def outlast(process: subprocess.Popen[bytes]) -> int:
    """Waits for a process that shares the terminal: Ctrl-C reached it too, and it decides."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def count_seconds(process: subprocess.Popen[bytes]) -> int:
    """Waits for a process, showing on a terminal that time passes for a reason."""
    started = time.monotonic()
    try:
        while True:
            try:
                return process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                if sys.stdout.isatty():
                    print(f"\r  {time.monotonic() - started:.0f} s ", end="", flush=True)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    finally:
        if sys.stdout.isatty():
            print("\r", end="")


def refuse_missing_venv() -> None:
    """Debian and its kin ship Python without what makes environments."""
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        raise CannotStart(
            "This Python cannot make environments, because its venv or ensurepip module is "
            "missing: install it (on Debian or Ubuntu: sudo apt install python3-venv), "
            "or install uv, and run this again."
        )


def dotted(version: tuple[int, ...]) -> str:
    """(3, 11) as 3.11."""
    return ".".join(str(part) for part in version)


def say(sentence: str) -> None:
    """Prints at once: the next step may take a while."""
    print(sentence, flush=True)


def run(words: list[str], root: Path) -> int:
    """Does what the words ask for; raises CannotStart with a sentence where it cannot."""
    if words and words[0] in ("-h", "--help"):
        say(USAGE)
        return 0
    environment = Environment(root)
    if words[:1] == ["test"]:
        environment.prepare(TEST)
        return environment.hand_over(["-m", "pytest", *(words[1:] or ALL_TESTS)], cwd=root)
    environment.prepare(COURSE)
    return environment.hand_over(["-m", "autograder", *(words or ["open"])])


def main(words: list[str] | None = None, root: Path = ROOT) -> int:
    """The command; gives its exit code."""
    try:
        return run(sys.argv[1:] if words is None else words, root)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
    except OSError as problem:
        where = problem.filename or root
        print(
            f"The course could not start, because of {where} ({problem.strerror}): "
            "put that right and run this again.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("\nStopped; run this again to go on.", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
