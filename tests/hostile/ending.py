"""The protocol and the process spoiled: ended, held up, filled."""

from tests.hostile import FULL, but
from tests.hostile.answers import judged, last, wrong_with


@judged()
def every_open_file_written_to(handed):
    wrong_with(
        handed,
        "import os\n"
        "for number in range(3, 100):\n"
        "    for words in (b'{\"score\": 2.0, \"ok\": true}\\n', b'\\xff' * 64):\n"
        "        try:\n            os.write(number, words)\n"
        "        except OSError:\n            pass",
    )


@judged()
def every_open_file_closed(handed):
    wrong_with(handed, "import os\nos.closerange(3, 200)")


@judged(scores=but(fork=0))
def exits_when_it_is_called(handed):
    last(handed, "import os\nos._exit(0)")


@judged(scores=but(fork=0))
def stops_the_interpreter(handed):
    last(handed, "raise SystemExit(0)")


@judged(scores=but(fork=0))
def crashes_the_interpreter(handed):
    last(handed, "import ctypes\nctypes.string_at(1)")


@judged(scores=but(fork=0))
def recursion_without_end(handed):
    last(handed, "return fork(x, y, z)", above="import sys\nsys.setrecursionlimit(10**8)\n")


@judged(scores=but(fork=0), dangerous=True)
def loops_and_cannot_be_interrupted(handed):
    last(
        handed,
        "import signal\n"
        "for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except BaseException:\n        pass",
    )


@judged(scores=but(fork=0), dangerous=True)
def sleeps_for_ever(handed):
    last(handed, "import time\ntime.sleep(10**6)")


@judged(scores=but(fork=0), dangerous=True)
def waits_for_input(handed):
    last(handed, "import sys\nreturn float(sys.stdin.readline())")


@judged("sandbox", FULL)
def a_thread_that_never_ends(handed):
    code = (
        "import threading, time\n\n\ndef on():\n    while True:\n        time.sleep(0.01)\n\n\n"
        "threading.Thread(target=on).start()\n"
    )
    handed.answer()
    cell = handed.cell("slope-solution")
    cell.source = code + cell.source
    handed.save()


@judged("sandbox", FULL)
def stderr_warnings_and_output(handed):
    code = (
        "import sys, warnings\nwarnings.warn('careful')\nprint('a word', file=sys.stderr)\n"
        "print('x' * 100_000)\n"
    )
    handed.answer()
    for name in FULL:
        cell = handed.cell(f"{name}-solution")
        cell.source = code + cell.source
    handed.save()


@judged("sandbox", FULL, dangerous=True)
def output_without_measure(handed):
    handed.answer()
    cell = handed.cell("slope-solution")
    cell.source = "for _ in range(200):\n    print('x' * 1_000_000)\n" + cell.source
    handed.save()
