"""A real JupyterLab, or Notebook 7, in a real Chromium: start it, open a notebook, run it, look at it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Route
from playwright.sync_api import TimeoutError as TooLate

from autograder.lab import lab_command, settings_for

SECONDS_TO_START = 60
SECONDS_TO_RUN = 90

# Every cell is in the page, seen or not, so that it can be looked for; nobody is asked about news.
SETTINGS = {
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
}
OPTIONS = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",  # the port that was asked for, or none
    "--IdentityProvider.token=",
    "--ServerApp.disable_check_xsrf=True",
]


@dataclass(frozen=True)
class App:
    """One of the applications that show notebooks."""

    module: str
    place: str  # where a notebook opens
    exposed: str  # the option that puts it into window.jupyterapp, which the tests talk to


LAB = App("jupyterlab", "doc/tree", "--LabApp.expose_app_in_browser=True")
NOTEBOOK = App("notebook", "notebooks", "--JupyterNotebookApp.expose_app_in_browser=True")

# What the applications say themselves of an empty folder of settings, or of a file that is not there yet.
ITS_OWN = ("Failed to load resource",)

READY = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    const kernel = panel?.sessionContext?.session?.kernel;
    return panel?.context?.isReady && kernel?.status === 'idle';
}"""
# Not awaited: the promise may outlive what the browser's driver is ready to wait for.
RUN_ALL = """() => {
    window.ranAll = false;
    window.jupyterapp.commands.execute('notebook:run-all-cells').finally(() => {
        window.ranAll = true;
    });
}"""
CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code')
    .map(cell => ({
        source: cell.model.sharedModel.getSource(),
        outputs: cell.model.outputs.toJSON(),
        shown: cell.outputArea.node.innerText,
        svgs: [...cell.outputArea.node.querySelectorAll('.jp-OutputArea-output svg')]
            .map(svg => svg.textContent),
    }))"""

PANELS = "[...document.querySelectorAll('.jp-WindowedPanel-outer')]"
PANEL_HEIGHT = f"() => Math.max(...{PANELS}.map(panel => panel.scrollHeight))"
TO_THE_TOP = f"() => {PANELS}.forEach(panel => panel.scrollTo(0, 0))"


@dataclass(frozen=True)
class Cell:
    """A code cell as the browser shows it."""

    source: str
    outputs: list[dict[str, Any]]
    shown: str
    svgs: list[str]

    @property
    def error(self) -> str:
        """The exception that the cell ended on, if it did."""
        errors = (o for o in self.outputs if o["output_type"] == "error")
        return next((f"{o['ename']}: {o['evalue']}" for o in errors), "")


@dataclass
class OpenNotebook:
    """A notebook in the browser, its kernel ready."""

    page: Page
    outside: list[str] = field(default_factory=list)  # requests to other machines, all refused
    complaints: list[str] = field(default_factory=list)  # errors that the browser's console shows

    def heard(self, message: ConsoleMessage) -> None:
        """Notes what the page complains of, but for what the application does in any case."""
        if message.type == "error" and not any(known in message.text for known in ITS_OWN):
            self.complaints.append(message.text)

    def change_theme(self, theme: str) -> None:
        """Makes the application dark or light by its own command: `JupyterLab Dark`."""
        self.page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        light = "true" if theme.endswith("Light") else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")

    def run_all(self) -> list[Cell]:
        """Runs all cells from the top and gives the code cells as they then are."""
        self.page.evaluate(RUN_ALL)
        try:
            self.page.wait_for_function("() => window.ranAll", timeout=SECONDS_TO_RUN * 1000)
        except TooLate:
            raise AssertionError(f"The notebook did not finish; it shows {self.cells()}") from None
        return self.cells()

    def cells(self) -> list[Cell]:
        return [Cell(**cell) for cell in self.page.evaluate(CELLS)]

    def run(self, source: str) -> Cell:
        """Runs a new cell at the end of the notebook."""
        self.page.evaluate(
            """source => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                const model = notebook.model.sharedModel;
                model.insertCell(model.cells.length, {cell_type: 'code', source});
                notebook.activeCellIndex = model.cells.length - 1;
                window.ranCell = false;
                window.jupyterapp.commands.execute('notebook:run-cell').finally(() => {
                    window.ranCell = true;
                });
            }""",
            source,
        )
        self.page.wait_for_function("() => window.ranCell", timeout=SECONDS_TO_RUN * 1000)
        return self.cells()[-1]

    def photograph(self, path: Path, around: str = ".jp-Notebook") -> None:
        """A picture of all of the notebook, or of what a CSS selector finds, as tall as it is."""
        height = self.page.evaluate(PANEL_HEIGHT)
        self.page.set_viewport_size({"width": 1100, "height": int(height) + 200})
        self.page.evaluate(TO_THE_TOP)
        self.page.locator(around).first.screenshot(path=path)


class Lab:
    """A JupyterLab server on a folder, or one of Notebook 7."""

    def __init__(self, url: str, browser: Browser, app: App = LAB) -> None:
        self.url = url
        self.browser = browser
        self.app = app

    @contextlib.contextmanager
    def open(self, notebook: str, **context: Any) -> Iterator[OpenNotebook]:
        """Opens a notebook of the folder; `context` is handed to the browser (`color_scheme`)."""
        opened = self.browser.new_context(viewport={"width": 1100, "height": 900}, **context)
        try:
            page = opened.new_page()
            shown = OpenNotebook(page)
            page.route(lambda url: not url.startswith(self.url), lambda r: refuse(r, shown.outside))
            page.on("console", lambda message: shown.heard(message))
            page.on("pageerror", lambda error: shown.complaints.append(str(error)))
            page.goto(f"{self.url}/{self.app.place}/{notebook}?reset")
            try:
                page.wait_for_function(READY, timeout=SECONDS_TO_START * 1000)
            except TooLate:
                said = page.locator("body").inner_text()
                raise AssertionError(f"{notebook} did not open; the page says: {said}") from None
            yield shown
        finally:
            opened.close()


def refuse(route: Route, outside: list[str]) -> None:
    """Lets nothing out of this machine, and notes what tried."""
    if route.request.url.startswith(("data:", "blob:")):
        route.continue_()
        return
    outside.append(route.request.url)
    route.abort()


@contextlib.contextmanager
def running_lab(
    folder: Path,
    home: Path,
    browser: Browser,
    exchange: Path | None = None,
    app: App = LAB,
    start_in: Path | None = None,
) -> Iterator[Lab]:
    """An application on a folder, with settings and kernels of its own, until the block ends.

    With an exchange it is the one that `backprop open --exchange` starts. One that is started in
    a course has what teachers have: nbgrader's pages take the settings of that folder.
    """
    settings = home / "settings"
    for name, value in SETTINGS.items():
        (settings / name).parent.mkdir(parents=True, exist_ok=True)
        (settings / name).write_text(json.dumps(value))
    port = free_port()
    for_teachers = [f"--ServerApp.root_dir={folder}"]
    command = [sys.executable, "-m", app.module, *OPTIONS, app.exposed, f"--ServerApp.port={port}"]
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((home / "server.log").open("w"))
        environ = stack.enter_context(settings_for(exchange, folder))
        server = subprocess.Popen(
            [*command, *(for_teachers if start_in else lab_command(folder, exchange)[3:])],
            env={**environ, "JUPYTERLAB_SETTINGS_DIR": str(settings)},
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=start_in,
        )  # fmt: skip
        stack.callback(end, server)
        url = f"http://127.0.0.1:{port}"
        wait_until_it_answers(server, url, home / "server.log")
        yield Lab(url, browser, app)


def end(server: subprocess.Popen[bytes]) -> None:
    """Ends the server, which ends its kernels when it is asked to; its group goes in any case."""
    server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(timeout=15)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def wait_until_it_answers(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{url}/api/status", timeout=1).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start; it said:\n{log.read_text()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
