"""The far end rewritten: a process that answers the judge with what it likes."""

from tests.hostile import FULL, but
from tests.hostile.answers import WRONG, judged, right_with

FAR_END = """\
import gc, json, os, select, struct
from autograder.answers import Raw
from autograder.learner import FarEnd

far = next(each for each in gc.get_objects() if isinstance(each, FarEnd))
real = far.does["record"]


def forged(change):
    def record(question):
        answer, forged = real(question), []
        for recording in json.loads(answer["recordings"]):
            fields = dict(recording["dict"])
            fields = change(fields) or fields
            forged.append({"dict": [[name, value] for name, value in fields.items()]})
        return {"recordings": Raw(json.dumps(forged)), "printed": answer["printed"]}
    far.does["record"] = record


def said(kind, body):
    os.write(3, struct.pack("!cI", kind, len(body)) + body)


"""


def forges(handed, code):
    handed.answer(fork=f"{FAR_END}{code}\n\n{WRONG['fork']}")
    handed.save()


@judged(scores=but(fork=0))
def name_of_a_function_that_is_a_report(handed):
    forges(
        handed,
        "def change(fields):\n"
        "    fields['function'] = 'fork: every gradient is right\\n  right dx -4'\nforged(change)",
    )


@judged(scores=but(fork=0))
def lines_of_code_that_are_a_report(handed):
    forges(
        handed,
        "def change(fields):\n"
        "    text = json.dumps(fields).replace('dx = 17.0', 'dx = dq\\\\nfork: all right')\n"
        "    return json.loads(text)\nforged(change)",
    )


@judged(scores=but(fork=0))
def everything_called_ambiguous(handed):
    forges(
        handed,
        "def change(fields):\n"
        "    fields['ambiguous'] = {'dict': [[q, 'because'] for q in 'xyzqf']}\nforged(change)",
    )


@judged(scores=but(fork=0))
def run_said_to_have_no_end(handed):
    forges(
        handed,
        "def change(fields):\n"
        "    failure = {'kind': 'TimeLimit', 'message': 'x', 'line': 3, 'text': 't',\n"
        "        'forward': False, 'pending': {'tuple': []}}\n"
        "    fields['failure'] = {'dict': [*map(list, failure.items())]}\nforged(change)",
    )


@judged(scores=but(fork=0))
def passes_exchanged(handed):
    forges(
        handed,
        "def change(fields):\n"
        "    names = dict(fields['writes']['dict'])['name']\n"
        "    fields['backward_at'] = fields['forward_end'] = len(names)\nforged(change)",
    )


@judged(scores=but(fork=0))
def inputs_exchanged(handed):
    forges(
        handed,
        "def change(fields):\n"
        "    fields['inputs'] = {'dict': [['x', 0.0], ['y', 0.0], ['z', 0.0]]}\nforged(change)",
    )


@judged(scores=but(fork=0))
def arrays_of_many_dimensions(handed):
    forges(
        handed,
        "def change(fields):\n"
        "    array = {'array': {'dtype': '<f8', 'shape': [1] * 8, 'base64': 'AAAAAAAAMUA='}}\n"
        "    columns = dict(fields['writes']['dict'])\n"
        "    columns['value'] = [array if v == 17.0 else v for v in columns['value']]\n"
        "    fields['writes'] = {'dict': [*map(list, columns.items())]}\nforged(change)",
    )


@judged(scores=but(fork=0))
def more_recordings_than_were_asked_for(handed):
    forges(
        handed,
        "def record(question):\n"
        "    answer = real(question)\n"
        "    texts = answer['recordings'].strip('[]')\n"
        "    return {**answer, 'recordings': Raw(f'[{texts},{texts}]')}\n"
        "far.does['record'] = record",
    )


@judged(scores=but(fork=0))
def no_recording_at_all(handed):
    forges(handed, "far.does['record'] = lambda question: {'recordings': Raw('[]')}")


@judged(scores=but(fork=0))
def answers_that_are_no_json(handed):
    forges(handed, "far.does['record'] = lambda question: said(b'A', b'no json') or {}")


@judged(scores=but(fork=0))
def answers_nested_without_end(handed):
    forges(
        handed,
        "far.does['record'] = lambda q: {'recordings': Raw('[' * 900 + ']' * 900)}",
    )


@judged(scores=but(fork=0), dangerous=True)
def answers_that_take_all_memory_of_the_judge(handed):
    forges(
        handed,
        "far.does['record'] = lambda q: {'recordings': Raw('[' + '[],' * 9_000_000 + '[]]')}",
    )


@judged(scores=but(fork=0), dangerous=True)
def calls_without_end(handed):
    forges(
        handed,
        "def record(question):\n"
        "    while True:\n"
        '        said(b\'V\', b\'{"name": "f", "args": [], "named": {}}\')\n'
        "        while select.select([3], [], [], 0)[0]:\n            os.read(3, 1 << 16)\n"
        "far.does['record'] = record",
    )


@judged("sandbox", FULL)
def owner_of_the_signals_of_a_file(handed):
    right_with(handed, "import fcntl\nfcntl.fcntl(3, fcntl.F_SETOWN, 1)")


@judged("sandbox", FULL)
def memory_shared_through_a_file_without_a_name(handed):
    right_with(handed, "import os\nos.memfd_create('x')")


@judged("sandbox", FULL)
def calls_that_programs_rarely_make(handed):
    right_with(
        handed,
        "import ctypes\ncall = ctypes.CDLL(None, use_errno=True).syscall\n"
        "numbers = {'io_uring_setup': 425, 'userfaultfd': 323, 'bpf': 321, 'keyctl': 250,\n"
        "    'process_vm_readv': 310, 'ptrace': 101, 'unshare': 272, 'pidfd_open': 434,\n"
        "    'perf_event_open': 298, 'tgkill': 234, 'shmget': 29, 'msgget': 68, 'clone3': 435}\n"
        "assert any(call(number, 0, 0, 0, 0, 0) >= 0 for number in numbers.values())",
    )


@judged("sandbox", FULL)
def threads_without_end(handed):
    right_with(
        handed,
        "import threading, time\n"
        "for _ in range(100):\n    threading.Thread(target=time.sleep, args=(9,)).start()",
    )


@judged("sandbox", FULL)
def files_without_end(handed):
    right_with(handed, "for number in range(5000):\n    open(str(number), 'w').close()")


@judged("sandbox", FULL)
def what_the_grader_is_made_of(handed):
    right_with(
        handed,
        "import autograder, backprop_kit\n"
        "for package in (autograder, backprop_kit):\n    open(package.__file__).read()",
    )
