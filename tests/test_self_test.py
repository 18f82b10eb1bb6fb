"""The self-test asks for every pattern, with fresh numbers, and answers at once."""

import random

import pytest

from backprop_kit import self_test, trace
from backprop_kit.asking import SelfTest
from backprop_kit.questions import FACTORS, PATTERNS, SMALL, Question

SIGMOID = next(p for p in PATTERNS if "sigmoid" in p.code)
every_pattern = pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.rule.split()[1])


def gradients(question: Question) -> dict[str, float]:
    """What the calculus half of the kit says, which the check never asks."""
    circuit = trace(question.code, inputs=question.inputs)
    return {f"d{name}": circuit[name].d for name in question.asked}


def solve(test: SelfTest) -> None:
    for name, gradient in gradients(test.question).items():
        field = next(f for f in test.fields.children if f.description == name)
        field.value = f"{gradient:.4f}"


def press(test: SelfTest, label: str) -> None:
    next(b for b in test.buttons.children if b.description == label).click()


@every_pattern
@pytest.mark.parametrize("seed", range(20))
def test_a_question_takes_the_right_answer_and_no_other(pattern, seed):
    question = pattern.question(random.Random(seed))
    right = gradients(question)
    assert question.check(**right).ok
    for name in right:
        assert not question.check(**{**right, name: right[name] + 1.0}).ok
        assert question.check(**{**right, name: None}).label == "missing"


@every_pattern
def test_numbers_are_fresh_and_a_seed_repeats_them(pattern):
    drawn = {pattern.question(random.Random(seed)).drawing().svg for seed in range(12)}
    assert len(drawn) > 6
    first, again = (pattern.question(random.Random(3)) for _ in range(2))
    assert first == again


@every_pattern
def test_a_figure_keeps_the_gradients_to_itself_until_they_are_found(pattern):
    question = pattern.question(random.Random(1))
    assert "gradient" not in repr(question.drawing())
    assert "gradient" in repr(question.drawing(solved=True))


@pytest.mark.parametrize("x", SMALL)
@pytest.mark.parametrize("factor", FACTORS)
def test_the_two_decimals_of_a_figure_are_enough_for_the_sigmoid(x, factor):
    question = Question("", SIGMOID.code.format(factor=factor), {"x": float(x)}, ("s", "x"))
    s = round(trace(question.code, x=float(x))["s"].value, 2)
    assert question.check(ds=factor, dx=(1 - s) * s * factor).ok


def test_a_round_through_all_questions_says_how_it_went():
    test = SelfTest(random.Random(0))
    for at, _ in enumerate(PATTERNS):
        assert f"Question {at + 1} of {len(PATTERNS)}" in test.head.value
        assert test.answer.value == ""
        if at == 1:
            press(test, "Check")
            assert "not answered yet" in test.answer.value
            assert ", gradient" not in test.figure.value
        solve(test)
        press(test, "Check")
        assert "all" in test.answer.value
        assert test.question.rule.split("(")[0] in test.answer.value
        assert ", gradient" in test.figure.value
        press(test, "Next")
    assert f"{len(PATTERNS) - 1} of {len(PATTERNS)} right at once" in test.answer.value
    assert "Question 1 of" in test.head.value


def test_the_rule_is_told_with_the_second_wrong_answer():
    test = SelfTest(random.Random(0))
    test.fields.children[0].value = "1/2"
    press(test, "Check")
    assert "no number" in test.answer.value
    assert test.question.rule not in test.answer.value
    press(test, "Check")
    assert test.question.rule in test.answer.value


def test_other_numbers_may_be_asked_for():
    test = SelfTest(random.Random(0))
    before = test.question
    test.fields.children[0].value = "7"
    press(test, "Other numbers")
    assert test.question != before
    assert test.question.rule == before.rule
    assert {field.value for field in test.fields.children} == {""}


def test_each_call_is_another_test_and_a_page_without_buttons_shows_the_first_question():
    pages = [self_test()._repr_mimebundle_() for _ in range(4)]
    assert len({page["text/html"] for page in pages}) > 1
    assert "Question 1 of" in pages[0]["text/html"]
    assert "<svg" in pages[0]["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in pages[0]
