"""One grade cell at a time: what counts as a score, and what is said where it is not full."""

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from autograder.classroom import reason
from autograder.preprocessors import ReadScores, is_kit_fault


def value(text: str) -> NotebookNode:
    return new_output("execute_result", data={"text/plain": text}, execution_count=1)


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def error(name: str, frames: str = "") -> NotebookNode:
    return new_output("error", ename=name, evalue="oh", traceback=[frames, name])


def read_scores(*outputs: NotebookNode) -> list[NotebookNode]:
    """The outputs of a grade cell of 4 points, as they are handed on to be scored."""
    cell = new_code_cell("grade(f, 4, at=inputs)", outputs=list(outputs))
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": 4}
    ReadScores().preprocess_cell(cell, {}, 0)
    return cell.outputs


@pytest.mark.parametrize("score", ["0.0", "2.67", "4.0"])
def test_a_plain_number_is_a_score(score):
    outputs = [stream("report"), value(score)]
    assert read_scores(*outputs) == outputs


@pytest.mark.parametrize("text", ["nan", "inf", "4.5", "-1.0", "np.float64(4.0)", "'4.0'", ""])
def test_anything_else_is_none(text):
    assert [output.get("ename") for output in read_scores(value(text))] == ["NoScore"]


def test_a_cell_without_a_value_has_no_score():
    assert read_scores()[-1].ename == "NoScore"
    assert read_scores(stream("4.0"))[-1].ename == "NoScore"


def test_a_second_value_is_one_too_many():
    assert read_scores(value("4.0"), value("4.0"))[-1].ename == "NoScore"


def test_a_value_does_not_outweigh_an_error():
    # nbgrader stops at the first value that it meets, so none may stand beside an error.
    (output,) = read_scores(value("4.0"), error("NameError"))
    assert output.ename == "NameError"


def test_a_warning_becomes_plain_text_and_an_error_stays():
    outputs = read_scores(stream("a warning", "stderr"), error("NameError"))
    assert [output.get("name") for output in outputs] == ["stdout", None]
    assert outputs[1].ename == "NameError"


def test_only_where_there_is_no_verdict_a_person_is_asked():
    fault = new_code_cell("", outputs=[error("NeedsPerson")])
    slip = new_code_cell("", outputs=[error("NameError", "Cell In[3], line 1")])
    assert is_kit_fault(fault)
    assert not is_kit_fault(slip)


@pytest.mark.parametrize(
    ("outputs", "sentence"),
    [
        ([error("NameError")], "NameError: oh"),
        (
            [stream("noise\nf: dx is not right; score 0.50\n  wrong dx 1\nUse +=.\nMore.\n")],
            "Use +=.",
        ),
        (
            [stream("f: every gradient is right\n  right dx 1\n"), value("4.0")],
            "f: every gradient is right",
        ),
        ([], ""),
    ],
)
def test_the_reason_is_the_first_sentence_after_the_rows(outputs, sentence):
    assert reason(new_code_cell("", outputs=outputs)) == sentence
