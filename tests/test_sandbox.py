"""The layers of the sandbox: tried out, named, and insisted upon."""

import sys

import pytest

from autograder.apart import bubblewrapped
from autograder.forkserver import ForkServer, Settings
from autograder.layers import LAYERS
from autograder.sandbox import NAMESPACES, REQUIRED, Protection, TooWeak
from autograder.session import Session
from tests.sandboxes import needs_sandbox

EVERYTHING = (NAMESPACES, *LAYERS)

# Each: a layer, and cells that only it stops when it is left alone with those that it needs.
ALONE = {
    "limits": ["bytearray(4 << 30)"],
    "landlock": ["import os; os.listdir('/')", "open('/etc/passwd').read()"],
    "seccomp": ["import os; os.fork()", "import socket; socket.socket()"],
}


def settings(*layers: str) -> Settings:
    """Settings with these layers alone."""
    without = tuple(name for name in EVERYTHING if name not in layers)
    return Settings(required=(), allow_weaker=True, without=without)


def shown(server: ForkServer, cell: str) -> str:
    with Session(server, 10) as session:
        return str(session.cell(cell, 1))


@pytest.mark.parametrize("layer", ALONE)
def test_each_layer_stops_by_itself_what_it_is_for(layer):
    needs_sandbox()
    with ForkServer(settings(layer)) as server:
        assert server.protection.active == (layer,)
        assert set(server.protection.missing) == set(EVERYTHING) - {layer}
        for cell in ALONE[layer]:
            assert "'output_type': 'error'" in shown(server, cell), cell
        others = [cell for name, cells in ALONE.items() if name != layer for cell in cells]
        assert any("'output_type': 'error'" not in shown(server, cell) for cell in others)


def test_what_is_not_there_is_named_and_nothing_is_graded_without_it():
    needs_sandbox()
    with (
        ForkServer(Settings(without=("seccomp",))) as server,
        pytest.raises(TooWeak, match=r"lacks seccomp \(left out\); install libseccomp .* --allow-"),
    ):
        server.fork("learner")


def test_who_allows_weaker_is_told_what_is_missing():
    needs_sandbox()
    with ForkServer(Settings(without=("seccomp",), allow_weaker=True)) as server:
        said = str(server.protection)
    assert "Missing: seccomp (left out)." in said
    assert "seccomp" not in said.partition("Missing")[0]


def test_fewer_than_required_is_refused_in_one_sentence():
    found = Protection(
        ("limits",), {"landlock": "ModuleNotFoundError: No module named 'landlockpy'"}
    )
    with pytest.raises(TooWeak, match=r"lacks landlock \(ModuleNotFoundError.*seccomp \(not tried"):
        found.insist(REQUIRED)
    found.insist(REQUIRED, allow_weaker=True)
    found.insist(("limits",))


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_are_told_where_to_grade(system, monkeypatch):
    monkeypatch.setattr(sys, "platform", system)
    with pytest.raises(TooWeak, match=r"Linux container"):
        Protection(("limits",), {}).insist(REQUIRED)


def test_bubblewrap_can_stand_for_the_namespaces(program):
    needs_sandbox()
    program("bwrap")
    server = ForkServer(Settings(bubblewrap=True))
    with server:
        try:
            protection = server.protection
        except Exception as error:  # a machine may have it, and not allow it
            pytest.skip(f"bubblewrap does not work here: {error}")
        assert protection.active[0] == "bubblewrap"
        assert set(REQUIRED) <= set(protection.active)
        assert "'output_type': 'error'" in shown(server, "open('/etc/passwd').read()")
        assert "'4'" in shown(server, "2 + 2")


def test_bubblewrap_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="apt-get install bubblewrap"):
        bubblewrapped([sys.executable])
