"""The golden cases: code, inputs, and the rows that every check of it must give."""

import json
from pathlib import Path

import numpy as np
import pytest

from backprop_kit import check

CASES = json.loads((Path(__file__).parent / "golden.json").read_text())
NAMES = [case["name"] for case in CASES]


def inputs_of(case):
    """Lists are float arrays, but `y` and `idx` integer ones, and those in `as_lists` stay lists."""
    found = {}
    for name, value in case["inputs"].items():
        if isinstance(value, list) and name not in case["as_lists"]:
            value = np.array(value, dtype=int if name in ("y", "idx") else float)
        found[name] = value
    return found


def as_text(case):
    return f"{case['forward']}\n{case['backward']}"


def as_function(case, folder):
    """The same code as a function in a file, which returns the output and nothing else."""
    lines = as_text(case).splitlines()
    body = "\n".join("    " + line for line in lines)
    source = (
        f"import math\nimport numpy as np\n\ndef learner({', '.join(case['inputs'])}):\n{body}\n"
    )
    path = folder / "learner.py"
    path.write_text(source + f"    return {case['output']}\n")
    scope: dict = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    return scope["learner"]


def matches(report, case):
    rows = {row.name: row.verdict for row in report.rows}
    if "df" not in case["rows"] and rows.get("df") == "right":
        del rows["df"]
    assert rows == case["rows"], report
    assert report.ok is case["ok"]
    assert bool(report) is case["ok"]
    if case["score"] is not None:
        assert report.score == pytest.approx(case["score"], abs=1e-12)
    if case["first_wrong"] != "not checked":
        assert report.first_wrong == case["first_wrong"]
    if case["label"] is not None:
        assert report.label == case["label"], report


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_golden_as_cell_text(case):
    report = check(as_text(case), case["output"], wrt=case["wrt"], inputs=inputs_of(case))
    matches(report, case)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_golden_as_a_function(case, tmp_path):
    function = as_function(case, tmp_path)
    report = check(function, case["output"], wrt=case["wrt"], inputs=inputs_of(case), seed=3)
    matches(report, case)
