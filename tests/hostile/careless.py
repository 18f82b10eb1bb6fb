"""Honest notebooks as they come: with magics, other editors, leftovers. None of it costs a point."""

import json

from nbformat.v4 import new_code_cell

from tests.hostile import RIGHT, Handed, attack, but


def slope(handed: Handed, source: str) -> None:
    handed.answer(slope=source)
    handed.save()


@attack(careless=True)
def timed_cells(handed):
    handed.answer(**{name: f"%%time\n{text}" for name, text in RIGHT.items()})
    handed.save()


@attack(careless=True)
def captured_cells(handed):
    handed.answer(**{name: f"%%capture said\n{text}" for name, text in RIGHT.items()})
    handed.save()


@attack(careless=True)
def magics_that_assign(handed):
    slope(
        handed,
        "%time two = 2\nspent = %timeit -o -n1 -r1 1 + 1\n"
        + RIGHT["slope"].replace("2 *", "two *"),
    )


@attack(careless=True)
def shell_lines(handed):
    slope(
        handed, f"!pip install numpy\nfiles = !ls\n{RIGHT['slope']}\nslope?\n%matplotlib inline\n"
    )


@attack(careless=True)
def a_cell_that_waits(handed):
    slope(handed, f"import asyncio\nawait asyncio.sleep(0)\n{RIGHT['slope']}")


@attack(careless=True)
def a_module_written_by_a_cell(handed):
    handed.answer(slope=f"from mine import two\n\n\n{RIGHT['slope'].replace('2 *', 'two *')}")
    handed.cells.insert(
        handed.at("slope-solution"), new_code_cell("%%writefile mine.py\ntwo = 2\n")
    )
    handed.save()


@attack(careless=True)
def temporary_files(handed):
    slope(
        handed,
        "import tempfile\nwith tempfile.NamedTemporaryFile('w') as file:\n    file.write('x')\n"
        + RIGHT["slope"],
    )


@attack(careless=True)
def input_asked_for_and_packages_that_are_missing(handed):
    slope(handed, f"{RIGHT['slope']}\nimport torch_that_is_not_there\nname = input('who? ')\n")
    handed.cells.append(new_code_cell("1 / 0"))
    handed.cells.append(new_code_cell("exit()"))
    handed.save()


@attack(careless=True)
def what_is_printed_by_an_answer(handed):
    handed.answer(
        slope="def slope(x):\n    print('x is', x)\n    return 2 * x\n",
        fork=RIGHT["fork"].replace("    dz = q\n", "    print(q, f)\n    dz = q\n"),
    )
    handed.save()


@attack()
def gradients_kept_in_a_dict_beside_a_cache(handed):
    handed.answer(
        fork="def fork(x, y, z):\n    q = x + y\n    f = q * z\n    cache = {'x': x, 'y': y, 'z': z}\n"
        "    grads = {}\n    grads['z'] = q\n    grads['x'] = z\n    grads['y'] = z\n"
        "    return f, cache, grads\n"
    )
    handed.save()


@attack(careless=True)
def functions_of_other_makes(handed):
    slope(handed, "from functools import partial\nslope = partial(lambda k, x: k * x, 2)\n")


@attack(careless=True)
def saved_by_another_editor(handed):
    """As VS Code and Colab save it: settings of their own in every cell, and a number too many."""
    for number, cell in enumerate(handed.cells):
        cell.metadata["vscode"] = {"languageId": "python"}
        cell.metadata["id"] = f"Zx{number}"
        cell.metadata["colab"] = {"base_uri": "https://localhost:8080/"}
        cell.metadata["executionInfo"] = {"status": "ok", "user": {"displayName": "x"}}
    handed.notebook.metadata["colab"] = {"provenance": [], "toc_visible": True}
    handed.notebook.metadata["accelerator"] = "GPU"
    handed.notebook.metadata["kernelspec"]["display_name"] = ".venv"
    handed.save()


@attack(careless=True)
def formats_from_4_1_on(handed):
    data = json.loads(handed.path.read_text())
    data["nbformat_minor"] = 1
    for cell in data["cells"]:
        del cell["id"]
        cell["source"] = cell["source"].splitlines(keepends=True)
        cell["metadata"]["collapsed"] = True
    handed.path.write_text(json.dumps(data))


@attack(but(fork=2))
def half_an_answer(handed):
    """Right but for the fork's other leg: the points of the part are what a plain kernel gives."""
    handed.answer(fork=RIGHT["fork"].replace("dx = dq", "dx = -dq").replace("dz = q", "dz = -q"))
    handed.save()
