"""What a process that is not trusted may say, and what is refused of it."""

import json

import numpy as np
import pytest

from autograder.strict import Malformed, recording_from, report_from, report_to, value_from
from backprop_kit import check
from backprop_kit.plain import to_json
from backprop_kit.recorder import record

TEXT = "q = x + y\nf = q * z\ndz = q\ndq = z\ndx = dq\ndy = 1.0"
INPUTS = {"x": -2.0, "y": 5.0, "z": np.float64(-4.0)}


def data() -> dict:
    return dict(json.loads(record(TEXT, INPUTS).to_json())["dict"])


def recorded(**changed: object) -> dict:
    """A recording as data, with some of its fields changed."""
    return {"dict": [[name, value] for name, value in (data() | changed).items()]}


WRITES = dict(data()["writes"]["dict"])


def writes(**changed: object) -> dict:
    """The writes of a recording, by columns, some of them changed."""
    return {"dict": [[name, column] for name, column in (WRITES | changed).items()]}


def test_writes_that_nobody_changed_are_read():
    assert recording_from(recorded(writes=writes())).writes == record(TEXT, INPUTS).writes


def test_a_recording_is_read_as_it_was_written():
    recording = record(TEXT, INPUTS)
    assert recording_from(json.loads(recording.to_json())).to_json() == recording.to_json()


def test_a_report_is_read_as_it_was_written():
    report = check(TEXT, inputs=INPUTS)
    again = report_from(json.loads(json.dumps(to_json(report_to(report)))))
    assert str(again) == str(report)
    assert again.label == report.label


@pytest.mark.parametrize(
    "changed",
    [
        {"forward_end": -1},
        {"forward_end": 10**6},
        {"backward_at": 2.0},
        {"forward_end": True},
        {"function": None},
        {"writes": "none"},
        {"writes": {"dict": [["name", ["dx"]]]}},
        {"writes": writes(name=["dx"])},
        {"writes": writes(name=[*WRITES["name"], "more"])},
        {"writes": writes(name="dxdydz")},
        {"writes": writes(value=None)},
        {"writes": writes(step=[0.0] * len(WRITES["step"]))},
        {"writes": writes(text=["dx\ndy"] * len(WRITES["text"]))},
        {"writes": writes(more=[1] * len(WRITES["step"]))},
        {"code": {"tuple": ["x"]}},
        {"results": {"tuple": [{"tuple": [1, 2]}]}},
        {"ambiguous": {"dict": [["dx", 1]]}},
        {"inputs": []},
        {"failure": {"dict": []}},
        {"more": 1},
    ],
)
def test_a_field_of_another_kind_is_refused(changed):
    with pytest.raises(Malformed):
        recording_from(recorded(**changed))


@pytest.mark.parametrize(
    "value",
    [
        {"array": {"dtype": "|O8", "shape": [1], "base64": "AAAAAAAAAAA="}},
        {"array": {"dtype": "<f8,<f8", "shape": [1], "base64": ""}},
        {"array": {"dtype": "<f8", "shape": [-1], "base64": ""}},
        {"array": {"dtype": "<f8", "shape": [1] * 40, "base64": "AAAAAAAAAAA="}},
        {"array": {"dtype": "<f8", "shape": [10**9, 10**9], "base64": ""}},
        {"array": {"dtype": "<f8", "shape": [1.0], "base64": "AAAAAAAAAAA="}},
        {"array": {"dtype": "<f8", "shape": [1], "base64": "not base64"}},
        {"array": {"dtype": "<f8", "shape": [1], "base64": "AAAAAAAAAAA=", "more": 1}},
        {"array": "x"},
        {"scalar": 5},
        {"float": "one"},
        {"float": []},
        {"float": "1", "int": 2},
        {"pickle": "gASVAAAAAAAAAAAu"},
        {"complex": [1, 2, 3]},
        {"tuple": 5},
        {"dict": [[1]]},
        10**500,
        "x" * 1_000_000,
        [[]] * 2_000_000,
    ],
)
def test_a_value_of_another_kind_is_refused(value):
    with pytest.raises(Malformed):
        value_from(value)


def test_a_value_nested_without_an_end_is_refused():
    value: list = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(Malformed, match="nested too deeply"):
        value_from(value)


@pytest.mark.parametrize(
    "value", [0.1, float("nan"), np.arange(6.0).reshape(2, 3), [1, (2.0, None)], ...]
)
def test_plain_values_are_read_to_the_bit(value):
    again = value_from(json.loads(json.dumps(to_json(value))))
    np.testing.assert_equal(again, value)
