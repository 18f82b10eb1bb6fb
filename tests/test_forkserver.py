"""The fork server: fresh children, deadlines, and an end that leaves nothing behind."""

import os
import signal
import socket
import time
from collections.abc import Iterator

import pytest

from autograder.forkserver import Child, ForkServer, ServerLost
from autograder.frames import Broken, Channel, Late, as_json
from autograder.session import Session
from tests.sandboxes import needs_sandbox


@pytest.fixture
def server() -> Iterator[ForkServer]:
    needs_sandbox()
    with ForkServer() as server:
        yield server


def asked(child: Child, **question: object) -> dict:
    child.channel.send(b"Q", as_json({"id": 1, **question}))
    answer: dict = child.channel.receive(20).json()
    return answer


def run(child: Child, source: str) -> str:
    return str(asked(child, do="cell", source=source, count=1))


def test_children_share_nothing(server):
    first, second = server.fork("learner"), server.fork("learner")
    run(first, "mine = 1; import numpy; numpy.pi = 3; open('mine', 'w').write('x')")
    assert "NameError" in run(second, "mine")
    assert "3.14" in run(second, "import numpy; numpy.pi")
    assert "FileNotFoundError" in run(second, "open('mine')")
    assert "61" in run(second, "import os; os.getuid()") or os.geteuid() != 0
    for child in (first, second):
        child.end()


def test_a_child_that_is_ended_is_gone(server):
    child = server.fork("learner")
    run(child, "1")
    child.end()
    other = server.fork("learner")
    assert "'4'" in run(other, "2 + 2")
    other.end()


def test_a_server_that_died_is_started_again(server):
    server.fork("learner").end()
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    child = server.fork("learner")
    assert "'4'" in run(child, "2 + 2")
    child.end()


def test_a_server_that_dies_while_it_is_asked_is_started_once_more(server, monkeypatch):
    server.fork("learner").end()
    fork, times = ForkServer._fork, []

    def dying(self, role):
        times.append(role)
        raise Broken("gone")

    monkeypatch.setattr(ForkServer, "_fork", dying)
    with pytest.raises(ServerLost, match="ended twice"):
        server.fork("learner")
    assert len(times) == 2
    monkeypatch.setattr(ForkServer, "_fork", fork)
    server.fork("learner").end()


def test_the_end_of_the_server_is_the_end_of_its_children(server):
    child = server.fork("learner")
    run(
        child,
        "import threading; threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()",
    )
    server.close()
    with pytest.raises(Broken):
        child.channel.receive(20)
    child.end()


def test_the_time_of_a_session_is_kept(server):
    with Session(server, 1.0) as session:
        start = time.monotonic()
        said = str(session.cell("while True:\n    pass", 1))
        assert "NoEnd" in said
        assert "KeyboardInterrupt" not in said
        assert "'4'" in str(session.cell("2 + 2", 2))
    assert time.monotonic() - start < 60  # a loop would go on for ever


# ----- messages ------------------------------------------------------------------------------------


@pytest.fixture
def pair() -> Iterator[tuple[Channel, socket.socket]]:
    ours, theirs = socket.socketpair()
    yield Channel(ours), theirs
    ours.close()
    theirs.close()


def test_a_message_arrives_as_it_was_sent(pair):
    channel, other = pair
    Channel(other).send(b"A", as_json({"x": [1.5, None, "ä"]}))
    frame = channel.receive(5)
    assert (frame.kind, frame.json()) == (b"A", {"x": [1.5, None, "ä"]})


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"A\xff\xff\xff\xff", "are the most that is read"),
        (b"A\x00\x00", "has ended"),
        (b"A\x00\x00\x00\x09{}", "has ended"),
        (b"", "has ended"),
    ],
)
def test_what_is_no_message_is_refused(pair, sent, said):
    channel, other = pair
    other.sendall(sent)
    other.close()
    with pytest.raises(Broken, match=said):
        channel.receive(5)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"NaN", b'{"x": Infinity}', b"\xff"])
def test_what_is_no_json_is_refused(pair, body):
    channel, other = pair
    Channel(other).send(b"A", body)
    frame = channel.receive(5)
    with pytest.raises(Broken, match="no JSON"):
        frame.json()


def test_nobody_is_waited_for_longer_than_the_deadline(pair):
    channel, other = pair
    other.sendall(b"A\x00\x00")
    with pytest.raises(Late):
        channel.receive(0.05)
    with pytest.raises(Late):
        channel.send(b"A", bytes(8 << 20), 0.05)


def test_a_signal_to_what_has_ended_is_none():
    ours, theirs = socket.socketpair()
    theirs.close()
    child = Child(Channel(ours), 2**22 + 1, None)
    child.signal(signal.SIGINT)
    child.end()


def test_a_notebook_as_a_whole_has_its_time_and_its_room():
    """Many cells, each within its own deadline, do not hold up everybody else for hours."""
    needs_sandbox()
    with ForkServer() as server, Session(server, 0.4) as session:
        shown = [str(session.cell("import time; time.sleep(0.3)", n)) for n in range(20)]
        assert "NotRun" not in "".join(shown[:10])
        assert "all the time that one notebook has" in shown[-1]
    with ForkServer() as server, Session(server, 20) as session:
        shown = [
            str(session.cell("for _ in range(30): print('x' * 30_000)", n)) for n in range(200)
        ]
        assert sum(map(len, shown)) < 6_000_000
        assert "this notebook shows too much" in shown[-1]
