"""JupyterLab for a learner: started on a folder, quiet, with the parts of nbgrader that are of use."""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder.course import CourseError

# nbgrader is here to hand notebooks out; its pages for instructors would complain about a
# folder that holds no course, and its list of assignments where there is no exchange.
NOT_FOR_LEARNERS = ("course-list", "formgrader", "create-assignment")
ONLY_WITH_EXCHANGE = ("assignment-list", "menu")


def start_lab(folder: Path, exchange: Path | None = None) -> int:
    """Runs JupyterLab on a folder until it is stopped; gives its exit code."""
    if not importlib.util.find_spec("jupyterlab"):
        raise CourseError(
            "JupyterLab is not installed in this environment: run `python3 course`, "
            "or install the project with its extra named course."
        )
    print(f"Starting JupyterLab on {folder}; stop it with Ctrl-C.", flush=True)
    with (
        settings_for(exchange, folder) as environ,
        subprocess.Popen(lab_command(folder, exchange), env=environ) as lab,
    ):
        while True:
            try:
                return lab.wait()
            except KeyboardInterrupt:
                continue  # Ctrl-C reached JupyterLab as well: it asks, then ends


@contextlib.contextmanager
def settings_for(exchange: Path | None, folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which JupyterLab shows a learner what is for learners."""
    with tempfile.TemporaryDirectory(prefix="backprop-") as place:
        write_json(Path(place, "labconfig", "page_config.json"), page_settings(exchange))
        if exchange:
            write_json(Path(place, "nbgrader_config.json"), exchange_settings(exchange, folder))
        path = os.pathsep.join(filter(None, [place, os.environ.get("JUPYTER_CONFIG_PATH")]))
        yield {**os.environ, "JUPYTER_CONFIG_PATH": path}


def write_json(path: Path, content: object) -> None:
    """Writes a file of settings."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def page_settings(exchange: Path | None) -> dict[str, dict[str, bool]]:
    """The menus and side bars of nbgrader that a learner is not shown."""
    hidden = NOT_FOR_LEARNERS + (() if exchange else ONLY_WITH_EXCHANGE)
    return {"disabledExtensions": {f"@jupyter/nbgrader:{name}": True for name in hidden}}


def exchange_settings(exchange: Path, folder: Path) -> dict[str, dict[str, str]]:
    """Where nbgrader's list of assignments finds the exchange, and fetches to.

    Left to itself it fetches into the folder in which the server was started, which the server need
    not show, and then refuses to validate what lies outside.
    """
    return {"Exchange": {"root": str(exchange), "assignment_dir": str(folder.resolve())}}


def lab_command(folder: Path, exchange: Path | None = None) -> list[str]:
    """JupyterLab quiet enough that the address it prints can be seen."""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    pages = {"course_list": False, "formgrader": False, "assignment_list": exchange is not None}
    extensions = {f"nbgrader.server_extensions.{name}": shown for name, shown in pages.items()}
    command.append(f"--ServerApp.jpserver_extensions={extensions}")
    command += ["--ServerApp.log_level=ERROR", "--LabApp.log_level=ERROR"]
    if not has_display():
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers; the server still asks for its token
    return command


def has_display() -> bool:
    """Whether a browser could show itself here."""
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
