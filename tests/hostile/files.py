"""What can be done with the files of a submission: links, pipes, names, and modules beside it."""

import os
import shutil
import socket

from tests.hostile import ASSIGNMENT, NOTEBOOK, Handed, attack

# A module that gives everybody full marks, and leaves a trace where it must not.
GRANTS = """\
import pathlib
pathlib.Path({trace!r}).write_text("loaded")
def grade(*_, **__): return 4.0
def grade_values(*_, **__): return 2.0
def grade_numbers(*_, **__): return 2.0
def check(*_, **__): return "right"
check_numbers = check_values = draw = check
"""


def grants(handed: Handed, name: str) -> str:
    return GRANTS.format(trace=str(handed.root / f"trace-of-{name}"))


def source_of(handed: Handed) -> str:
    return str(handed.root / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb")


@attack(None)
def notebook_is_a_link_to_the_source(handed):
    handed.path.unlink()
    handed.path.symlink_to(source_of(handed))


@attack(None)
def notebook_is_a_link_to_another_submission(handed):
    handed.path.unlink()
    handed.path.symlink_to(handed.root / "submitted" / "ada" / ASSIGNMENT / handed.path.name)


@attack(None)
def folder_is_a_link_to_the_source(handed):
    shutil.rmtree(handed.folder)
    handed.folder.symlink_to(os.path.dirname(source_of(handed)))


@attack(None)
def notebook_is_a_second_name_of_the_source(handed):
    handed.path.unlink()
    os.link(source_of(handed), handed.path)


@attack(None)
def notebook_is_a_pipe(handed):
    handed.path.unlink()
    os.mkfifo(handed.path)


@attack(None)
def notebook_is_a_folder(handed):
    handed.path.unlink()
    handed.path.mkdir()
    (handed.path / "inside.txt").touch()


@attack(None)
def notebook_is_a_loop_of_links(handed):
    handed.path.unlink()
    handed.path.symlink_to(handed.path.name)


@attack(found=("special",))
def pipe_beside_it(handed):
    os.mkfifo(handed.folder / "data.csv")


@attack(found=("special",))
def timestamp_is_a_pipe(handed):
    os.mkfifo(handed.folder / "timestamp.txt")


@attack(found=("timestamp",))
def timestamp_is_no_date(handed):
    handed.beside("timestamp.txt", "the day before yesterday" * 1000)


@attack(found=("special",))
def socket_beside_it(handed):
    here = os.getcwd()
    os.chdir(handed.folder)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("sock")
    finally:
        os.chdir(here)


@attack(found=("link",))
def link_to_the_gradebook(handed):
    (handed.folder / "data.db").symlink_to(handed.root / "gradebook.db")


@attack(found=("link",))
def link_to_the_folder_of_the_source(handed):
    (handed.folder / "data").symlink_to(os.path.dirname(source_of(handed)))


@attack(found=("hard_link",))
def second_name_of_the_settings(handed):
    os.link(handed.root / "nbgrader_config.py", handed.folder / "notes.txt")


@attack(found=("shadow",), leaves=("trace-of-launcher",))
def module_that_starts_the_kernel(handed):
    handed.beside("ipykernel_launcher.py", grants(handed, "launcher"))


@attack(found=("shadow",), leaves=("trace-of-numpy",))
def module_named_numpy(handed):
    handed.beside("numpy.py", grants(handed, "numpy"))


@attack({"slope": 0, "typed": 0, "fork": 0}, found=("shadow",), leaves=("trace-of-kit",))
def package_named_as_ours(handed):
    handed.blank("slope", "typed", "fork")
    handed.save()
    handed.beside("backprop_kit/__init__.py", grants(handed, "kit"))


@attack(found=("shadow",), leaves=("trace-of-site",))
def modules_that_python_loads_unasked(handed):
    for name in ("sitecustomize.py", "usercustomize.py", "conftest.py"):
        handed.beside(name, grants(handed, "site"))


@attack(found=("shadow",), leaves=("trace-of-json",))
def module_of_the_standard_library(handed):
    handed.beside("json.py", grants(handed, "json"))
    handed.beside("random/__init__.py", grants(handed, "json"))


@attack(found=("shadow",))
def compiled_module(handed):
    handed.beside("numpy.pyc", b"\x00")
    handed.beside("zmq.so", b"\x7fELF")


@attack(found=("settings",), leaves=("trace-of-settings",))
def settings_beside_it(handed):
    for name in ("ipython_config.py", "nbgrader_config.py", "jupyter_server_config.py", "a.pth"):
        handed.beside(name, grants(handed, "settings"))


@attack(found=("reserved",))
def records_forged(handed):
    handed.beside(f"{NOTEBOOK}.verdicts.json/x.txt", "x")
    handed.beside("backprop.findings.json", '{"for_person": {}}')


@attack(careless=True)
def module_of_ones_own(handed):
    handed.beside("my_layers.py", "def twice(x):\n    return 2 * x\n")
    handed.answer(slope="from my_layers import twice\n\n\ndef slope(x):\n    return twice(x)\n")
    handed.save()


@attack(found=("odd_name",))
def names_that_mislead(handed):
    for name in ("a\nb.txt", "..\\evil.txt", "-rf", "re\u202etxt.exe", "x" * 200, "c:con"):
        handed.beside(name, "x")
    with open(os.fsencode(handed.folder) + b"/\xff\xfe.txt", "wb"):
        pass


@attack(found=("many_files",))
def a_thousand_files(handed):
    for number in range(1000):
        handed.beside(f"data/{number}.txt", "x")


@attack(found=("many_files",))
def names_without_end(handed):
    for number in range(1000):
        handed.beside(f"-{number}.txt")
        handed.beside(f"{number}.ipynb", "{}")


@attack(found=("big_file",))
def a_file_without_end(handed):
    with open(handed.folder / "data.bin", "wb") as file:
        file.truncate(10**12)  # sparse: it takes no room


@attack(found=("deep_folder",))
def folders_in_folders(handed):
    handed.beside("/".join(["d"] * 60) + "/x.txt", "x")


@attack(careless=True)
def litter_beside_it(handed):
    handed.beside(f".ipynb_checkpoints/{NOTEBOOK}-checkpoint.ipynb", "{}")
    handed.beside(".DS_Store", b"\x00")
    handed.beside("__pycache__/x.pyc", b"\x00")


@attack(careless=True, found=("renamed",))
def notebook_renamed(handed):
    handed.path.rename(handed.folder / f"{NOTEBOOK} (1).ipynb")


@attack(careless=True, found=("renamed",))
def notebook_in_a_folder(handed):
    (handed.folder / "homework").mkdir()
    handed.path.rename(handed.folder / "homework" / handed.path.name)


@attack(careless=True, found=("stray",))
def another_notebook_beside_it(handed):
    shutil.copy(handed.path, handed.folder / "Untitled.ipynb")


@attack(None, careless=True, page=True)
def a_pdf_instead(handed):
    handed.path.unlink()
    handed.beside("homework.pdf", b"%PDF-1.7")


@attack(None, careless=True)
def nothing_at_all(handed):
    handed.path.unlink()
