"""What lies outside of the sandbox: files, the network, processes, memory, the work of others."""

from tests.hostile import FULL, but
from tests.hostile.answers import NOTHING, TRY, WORKED, judged, last, right_with, wrong_with


@judged("sandbox", FULL, leaves=("trace-of-writing",))
def writes_into_the_course(handed):
    right_with(handed, f"open({str(handed.root / 'trace-of-writing')!r}, 'w').write('x')")


@judged("sandbox", FULL, leaves=("/dev/shm/backprop-trace", "/var/tmp/backprop-trace"))
def writes_where_everybody_may(handed):
    right_with(
        handed,
        "worked = 0\n"
        "for folder in '/dev/shm', '/var/tmp':\n"
        "    try:\n"
        "        open(folder + '/backprop-trace', 'w').write('x')\n"
        "        worked += 1\n"
        "    except OSError:\n        pass\n"
        "assert worked",
    )


@judged("sandbox", FULL)
def reads_the_source(handed):
    path = str(handed.root / "source" / "backprop" / "01_section.ipynb")
    right_with(handed, f"print(open({path!r}).read())")


@judged("sandbox", FULL)
def lists_the_course(handed):
    right_with(handed, f"import os\nprint(os.listdir({str(handed.root)!r}))")


@judged("sandbox", FULL)
def reads_another_submission(handed):
    path = str(handed.root / "submitted" / "ada" / "backprop" / "01_section.ipynb")
    right_with(handed, f"print(open({path!r}).read())")


@judged("sandbox", NOTHING)
def gives_itself_points_in_the_gradebook(handed):
    path = str(handed.root / "gradebook.db")
    wrong_with(
        handed,
        TRY.format(
            lines="    import sqlite3\n"
            f"    with sqlite3.connect({path!r}, timeout=1) as gradebook:\n"
            "        gradebook.execute('UPDATE grade SET manual_score = 4')\n"
            "        gradebook.execute('SELECT 1 FROM grade').fetchone()\n"
            f"    {WORKED.strip()}"
        ),
    )


@judged("sandbox", FULL)
def reads_the_environment(handed):
    right_with(
        handed,
        "import os\n"
        "found = [value for value in os.environ.values() if 'of-the-environment' in value]\n"
        "print(*found)\nassert found",
    )


@judged("sandbox", FULL)
def reads_the_environment_of_its_parents(handed):
    right_with(
        handed,
        "import os\nfound = b''\n"
        "for number in [os.getppid(), *filter(str.isdigit, os.listdir('/proc'))]:\n"
        "    try:\n        found += open(f'/proc/{number}/environ', 'rb').read()\n"
        "    except OSError:\n        pass\n"
        "assert b'word-of-the-environ' in found",
    )


@judged("sandbox", FULL)
def reads_the_memory_of_its_parent(handed):
    right_with(
        handed,
        "import os\nwith open(f'/proc/{os.getppid()}/mem', 'rb', 0) as memory:\n"
        "    maps = open(f'/proc/{os.getppid()}/maps').readline()\n"
        "    memory.seek(int(maps.split('-')[0], 16))\n    memory.read(16)",
    )


@judged("sandbox", FULL)
def reads_the_home(handed):
    right_with(
        handed, "import os\nassert os.listdir(os.environ.get('REAL_HOME', '/root')) is not None"
    )


@judged("sandbox", FULL)
def connects_to_the_network(handed):
    right_with(
        handed,
        f"import socket\nsocket.create_connection(('127.0.0.1', {handed.port}), timeout=2).close()",
    )


@judged("sandbox", FULL)
def listens_on_the_network(handed):
    right_with(handed, "import socket\nsocket.create_server(('127.0.0.1', 0)).close()")


@judged("sandbox", FULL, marker="backprop-left-behind")
def leaves_a_process(handed):
    right_with(
        handed,
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)',\n"
        "    'backprop-left-behind'], start_new_session=True)\nraise ValueError",
    )


@judged("sandbox", FULL, marker="backprop-twice-removed")
def leaves_a_process_twice_removed(handed):
    right_with(
        handed,
        "import os, sys\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(600)',\n"
        "            'backprop-twice-removed'])\n"
        "    os._exit(0)\nraise ValueError",
    )


@judged("sandbox", FULL)
def deletes_another_submission(handed):
    path = str(handed.root / "submitted" / "ada")
    right_with(handed, f"import shutil\nshutil.rmtree({path!r})")


@judged("sandbox", FULL)
def opens_its_own_folder_to_all(handed):
    path = str(handed.root / "intake")
    right_with(handed, f"import os\nos.chmod({path!r}, 0o777)")


@judged("sandbox", but(fork=0), dangerous=True)
def kills_its_parent(handed):
    last(handed, "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nreturn None")


@judged("sandbox", but(fork=0), dangerous=True)
def takes_all_memory_there_is(handed):
    last(handed, "keep = []\nwhile True:\n    keep.append(bytearray(50_000_000))")


@judged("sandbox", but(fork=0), dangerous=True)
def fills_the_disk(handed):
    last(
        handed,
        "with open('big', 'wb') as file:\n    for _ in range(4000):\n"
        "        file.write(bytes(1_000_000))\n        file.flush()\nreturn None",
    )


@judged("sandbox", but(fork=0), dangerous=True, marker="backprop-bomb")
def forks_without_end(handed):
    last(
        handed,
        "import subprocess, sys\nwhile True:\n"
        "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', 'backprop-bomb'])",
    )
