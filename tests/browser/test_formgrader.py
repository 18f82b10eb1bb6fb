"""Graded by hand in nbgrader's formgrader, on the course's own settings: an answer in words, and an
attacker's notebook looked at by somebody who is signed in."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from autograder.classroom import Classroom
from autograder.course import ASSIGNMENT
from autograder.release import released
from tests.browser.lab import Lab, running_lab
from tests.hostile import NOTEBOOK, RIGHT, SECTION, Handed
from tests.hostile.cells import prose_that_runs_in_the_browser
from tests.hostile.classroom import make_course
from tests.sandboxes import needs_sandbox

pytestmark = pytest.mark.timeout(240)

IN_WORDS = """
# %% [markdown] exercise="words" role="prompt" kind="written" stars=1 minutes=5 points=3
# ### Exercise 4: in words
#
# Say what a fork does.

# %% [markdown] exercise="words" role="solution"
# ### BEGIN SOLUTION
# It adds gradients up.
# ### END SOLUTION
"""
PRINTED = "fork: every gradient is right (your point and 6 others)"
HOSTILE = (
    RIGHT["fork"]
    .replace("dx = dq", "dx = -dq")
    .replace(
        "    q = x + y\n", f"    print({PRINTED!r}, '<script>steal()</script>')\n    q = x + y\n"
    )
)


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A course with an exercise in words, and two learners whose work has been graded."""
    needs_sandbox()
    root = tmp_path_factory.mktemp("course")
    course = make_course(root, SECTION.rstrip() + "\n" + IN_WORDS)
    made = Classroom(course)
    made.release()
    blank = released(course.notebook(NOTEBOOK))
    for name in ("ada", "mallory"):
        folder = root / "submitted" / name / ASSIGNMENT
        folder.mkdir(parents=True)
        handed = Handed(root, folder, copy.deepcopy(blank))
        handed.answer()
        handed.cell("words-solution").source = "Gradients **add up** at a fork."
        if name == "mallory":
            prose_that_runs_in_the_browser(handed)
            handed.cell("fork-solution").source = HOSTILE
            handed.cell("words-solution").source = "Full marks. <img src=x onerror=steal()>"
        handed.save()
        made.autograde(name)
    made.give_feedback("mallory")
    return made


@pytest.fixture(scope="module")
def formgrader(
    classroom: Classroom, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    root, home = classroom.course.root, tmp_path_factory.mktemp("formgrader")
    with running_lab(root, home, chromium, start_in=root) as lab:
        yield lab


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page that notes whatever an attacker's script would do."""
    opened = chromium.new_page(viewport={"width": 1200, "height": 1400})
    opened.add_init_script("window.stolen = 0; window.steal = () => { window.stolen += 1; };")
    yield opened
    opened.close()


def open_submission(page: Page, formgrader: Lab, score: str) -> None:
    """Open the submission with that score for code, as somebody who grades by hand does."""
    page.goto(f"{formgrader.url}/formgrader/gradebook/{ASSIGNMENT}/{NOTEBOOK}")
    row = page.locator("tr", has_text=score)
    row.locator("a[href*='/formgrader/submissions/']").first.click()
    page.wait_for_selector("#words-solution")


def test_an_answer_in_words_is_graded_and_the_score_survives(page, formgrader, classroom, pictures):
    open_submission(page, formgrader, "8 / 8")
    assert "Gradients add up at a fork." in page.inner_text("body")
    with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT"):
        page.fill("#words-solution", "2.5")
        page.press("#words-solution", "Tab")
    with page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT"):
        page.fill("#words-solution-comment", "Well said.")
        page.press("#words-solution-comment", "Tab")
    page.screenshot(path=pictures / "formgrader-by-hand.png", full_page=True)

    page.reload()
    page.wait_for_function("() => document.querySelector('#words-solution').value === '2.5'")
    classroom.autograde("ada")  # again: what a person decided stays
    open_submission(page, formgrader, "8 / 8")
    page.wait_for_function("() => document.querySelector('#words-solution').value === '2.5'")
    assert page.input_value("#words-solution-comment") == "Well said."


def test_an_attack_is_read_as_text_with_its_report_beside_it(page, formgrader, pictures):
    open_submission(page, formgrader, "7 / 8")
    report = page.locator(".backprop-report", has_text="dx is not right")
    assert report.locator("tr.at-fault").count() == 1
    assert "dx = -dq" in report.inner_text()
    assert PRINTED not in report.inner_text()
    assert page.locator("pre", has_text=PRINTED).count() >= 1
    look_over(page)
    page.screenshot(path=pictures / "formgrader-attack.png", full_page=True)


def test_the_feedback_page_of_an_attack_runs_nothing(page, classroom, pictures):
    path = Path("feedback", "mallory", ASSIGNMENT, f"{NOTEBOOK}.html")
    page.goto((classroom.course.root / path).as_uri())
    assert page.locator(".backprop-report", has_text="dx is not right").count() == 1
    look_over(page)
    page.screenshot(path=pictures / "feedback-of-an-attack.png", full_page=True)


def look_over(page: Page) -> None:
    """See that nothing of the attacker's runs or could be run by a click."""
    page.wait_for_timeout(300)
    assert page.evaluate("window.stolen") == 0
    live = "[onerror], [onload], [onclick*='steal'], iframe, #notebook form, a[href^='javascript']"
    assert page.locator(live).count() == 0
    assert page.locator("script", has_text="steal()").count() == 0
