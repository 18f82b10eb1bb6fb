"""What can be wrong with the file of a notebook: encodings, sizes, depth, formats, metadata."""

import json
from collections.abc import Callable
from typing import Any

from tests.hostile import Handed, attack, but


def rewritten(handed: Handed, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the JSON of the notebook."""
    data = json.loads(handed.path.read_text())
    change(data)
    handed.path.write_text(json.dumps(data))


# --- what is no notebook -------------------------------------------------------------------------


@attack(None, careless=True)
def empty_file(handed):
    handed.path.write_bytes(b"")


@attack(None, careless=True)
def breaks_off(handed):
    content = handed.path.read_bytes()
    handed.path.write_bytes(content[: len(content) // 2])


@attack(None, careless=True)
def web_page(handed):
    handed.path.write_text("<!DOCTYPE html><html><body>Not logged in</body></html>")


@attack(None, careless=True)
def zip_archive(handed):
    handed.path.write_bytes(b"PK\x03\x04" + bytes(range(256)))


@attack(None, careless=True)
def merge_conflict(handed):
    text = handed.path.read_text()
    handed.path.write_text(text.replace('"cells"', '<<<<<<< HEAD\n"cells"\n=======\n', 1))


@attack(None, careless=True)
def only_zeros(handed):
    handed.path.write_bytes(b"\x00" * 4096)


@attack(None)
def json_of_something_else(handed):
    handed.path.write_text('{"cells": "none", "nbformat": 4}')


@attack(None)
def json_of_a_list(handed):
    handed.path.write_text("[1, 2, 3]")


@attack(None)
def nested_without_end(handed):
    handed.path.write_text('{"cells": ' + "[" * 200_000 + "]" * 200_000 + "}")


@attack(None)
def metadata_nested_without_end(handed):
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    handed.path.write_text('{"nbformat": 4, "metadata": ' + deep + ', "cells": []}')


@attack(None)
def far_too_big(handed):
    with open(handed.path, "r+b") as file:
        file.truncate(60_000_000)


@attack(None)
def takes_all_memory(handed):
    handed.path.write_text('{"cells": [' + "[]," * 10_000_000 + "[]]}")


@attack(None)
def too_many_cells(handed):
    cell = {"cell_type": "code", "source": "1", "metadata": {}}
    rewritten(handed, lambda data: data["cells"].extend([cell] * 5000))


@attack(None)
def too_much_text(handed):
    cell = {"cell_type": "markdown", "source": "x" * 90_000, "metadata": {}}
    rewritten(handed, lambda data: data["cells"].extend([cell] * 30))


# --- what is one, if it is read kindly -----------------------------------------------------------


@attack(careless=True, found=("encoding",))
def utf_16(handed):
    handed.path.write_text(handed.path.read_text(), encoding="utf-16")


@attack(careless=True)
def lines_that_end_as_on_windows(handed):
    for cell in handed.cells:
        cell.source = cell.source.replace("\n", "  \r\n")
    handed.save()


@attack(careless=True)
def byte_order_mark(handed):
    handed.path.write_text(handed.path.read_text(), encoding="utf-8-sig")


@attack(careless=True, found=("not_utf8",))
def latin_1(handed):
    handed.cell("slope-solution").source = "# pour l'été\n" + handed.cell("slope-solution").source
    handed.save()
    handed.path.write_bytes(handed.path.read_text().replace("★", "*").encode("latin-1", "replace"))


@attack(careless=True, found=("old_format",))
def format_3(handed):
    def old(data: dict[str, Any]) -> None:
        for cell in data["cells"]:
            if cell["cell_type"] == "code":
                cell["input"] = cell.pop("source")
                cell["prompt_number"], cell["language"] = 3, "python"
        data["cells"].insert(0, {"cell_type": "heading", "level": 1, "source": "Old"})
        data["worksheets"] = [{"cells": data.pop("cells"), "metadata": {}}]
        data["nbformat"], data["nbformat_minor"] = 3, 0

    rewritten(handed, old)


@attack(careless=True)
def format_4_0(handed):
    def old(data: dict[str, Any]) -> None:
        data["nbformat_minor"] = 0
        for cell in data["cells"]:
            del cell["id"]

    rewritten(handed, old)


@attack(found=("new_format",))
def format_99(handed):
    rewritten(handed, lambda data: data.update(nbformat=99, nbformat_minor=99))


@attack()
def format_is_nonsense(handed):
    rewritten(handed, lambda data: data.update(nbformat={"a": []}, nbformat_minor="5"))


@attack()
def numbers_that_are_none(handed):
    def change(data: dict[str, Any]) -> None:
        data["metadata"]["x"] = [float("nan"), float("inf"), 10**4000]
        data["cells"][0]["metadata"]["y"] = float("-inf")

    rewritten(handed, change)


@attack()
def kernel_of_its_own(handed):
    spec = {"name": "../../evil", "language": "bash", "display_name": "x", "argv": ["/bin/sh"]}
    rewritten(handed, lambda data: data.update(metadata={"kernelspec": spec}))


@attack(careless=True)
def kernel_of_another_language(handed):
    spec = {"name": "julia-1.9", "language": "julia", "display_name": "Julia 1.9"}
    rewritten(handed, lambda data: data["metadata"].update(kernelspec=spec))


@attack(careless=True)
def metadata_is_gone(handed):
    """As some editors leave it: the text of the cells, and nothing else."""

    def strip(data: dict[str, Any]) -> None:
        data["metadata"] = {}
        for cell in data["cells"]:
            cell["metadata"] = {}
            cell.pop("id", None)

    rewritten(handed, strip)


@attack(careless=True, found=("attachments",))
def pictures_and_widgets(handed):
    def fill(data: dict[str, Any]) -> None:
        data["metadata"]["widgets"] = {
            "application/vnd.jupyter.widget-state+json": {"s": "x" * 9999}
        }
        data["cells"][0]["attachments"] = {"a.png": {"image/png": "A" * 5_000_000}}

    rewritten(handed, fill)


@attack(careless=True)
def outputs_of_many_megabytes(handed):
    output = {"output_type": "stream", "name": "stdout", "text": "line\n" * 2_000_000}
    rewritten(handed, lambda data: data["cells"][1].update(outputs=[output]))


@attack(found=("not_cells", "odd_sources", "cell_types"))
def cells_that_are_none(handed):
    def spoil(data: dict[str, Any]) -> None:
        data["cells"][:0] = [
            None, 3, "text", [], [[]],
            {}, {"cell_type": "code"}, {"cell_type": ["code"], "source": "x"},
            {"cell_type": "code", "source": {"a": 1}, "metadata": []},
            {"cell_type": "code", "source": ["1\n", ["2\n", None]], "metadata": {"nbgrader": 7}},
            {"cell_type": "evil", "source": "1 / 0", "metadata": {"tags": {"a": 1}}},
            {"cell_type": "code", "source": "2", "id": "../x", "metadata": {"nbgrader": {"grade_id": []}}},
        ]  # fmt: skip

    rewritten(handed, spoil)


@attack(but(slope=0), found=("characters",))
def characters_that_are_none(handed):
    handed.answer(slope="def slope(x):\n    return 2 *\x00 x\n# \x1b[2J \ud800")
    handed.path.write_text(json.dumps(handed.notebook))


@attack(but(slope=0), found=("long_cells",))
def a_cell_of_a_megabyte(handed):
    handed.answer(slope="#" * 1_000_000 + "\ndef slope(x):\n    return 2 * x\n")
    handed.save()


@attack(careless=True)
def all_ids_the_same(handed):
    rewritten(handed, lambda data: [cell.update(id="same") for cell in data["cells"]])
