"""A learner fetches, validates and submits in JupyterLab, and finds the feedback there."""

import getpass
import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from autograder.classroom import Classroom
from tests.browser.lab import Lab, refuse, running_lab
from tests.exchange_sides import teaching
from tests.test_class import RIGHT, make_course, right

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SECONDS = 60_000
STUB = "    # your lines here\n    pass\n"


@pytest.fixture
def classroom(tmp_path: Path) -> Classroom:
    """A course of one notebook, released into its exchange."""
    classroom = Classroom(make_course(tmp_path / "course", right))
    classroom.release()
    teaching(classroom.course.root).do("ReleaseAssignment")
    return classroom


def answer(notebook: Path) -> None:
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        text = "".join(cell["source"])
        if STUB in text:
            cell["source"] = text.replace(STUB, RIGHT)
    notebook.write_text(json.dumps(content))


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")
def test_a_learner_does_everything_in_the_list_of_assignments(
    classroom, chromium, tmp_path, pictures
):
    teacher = teaching(classroom.course.root)
    folder, home = tmp_path / "learner", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    with running_lab(folder, home, chromium, classroom.course.root / "exchange") as lab:
        page = opened(lab)
        page.get_by_role("button", name="Fetch", exact=True).click()
        page.get_by_role("button", name="Submit", exact=True).wait_for(timeout=SECONDS)
        notebook = folder / "backprop" / "01_section.ipynb"
        assert notebook.is_file()

        page.locator("#fetched_assignments_list a, #fetched_assignments a").first.click()
        assert "failed" in validated(page)
        answer(notebook)
        assert "Success" in validated(page)
        page.get_by_role("button", name="Submit", exact=True).click()
        page.get_by_role("button", name="Fetch Feedback").wait_for(timeout=SECONDS)
        page.screenshot(path=pictures / "assignment_list.png")

        teacher.do("Collect")
        classroom.autograde(getpass.getuser())
        classroom.give_feedback(getpass.getuser())
        teacher.do("ReleaseFeedback")
        page.get_by_role("button", name="Fetch Feedback").click()
        page.get_by_text("(view feedback)").wait_for(timeout=SECONDS)
        page.screenshot(path=pictures / "feedback_fetched.png")
    (feedback,) = folder.glob("backprop/feedback/*/01_section.html")
    assert "Score: 1.5 / 1.5" in feedback.read_text()


def opened(lab: Lab) -> Page:
    page = lab.browser.new_page(viewport={"width": 1100, "height": 800})
    page.route(lambda url: not url.startswith(lab.url), lambda route: refuse(route, []))
    page.goto(f"{lab.url}/lab")
    page.wait_for_function("() => window.jupyterapp?.restored", timeout=SECONDS)
    commands = page.evaluate(
        "() => window.jupyterapp.restored.then(() => window.jupyterapp.commands.listCommands())"
    )
    ours = [name for name in commands if name.startswith("nbgrader:")]
    assert ours == ["nbgrader:open-assignment-list"], "the rest is for instructors"
    page.evaluate("() => window.jupyterapp.commands.execute('nbgrader:open-assignment-list')")
    return page


def validated(page: Page) -> str:
    page.get_by_role("button", name="Validate", exact=True).click()
    page.locator(".jp-Dialog").wait_for(timeout=SECONDS)
    said = page.locator(".jp-Dialog").inner_text()
    page.locator(".jp-Dialog button").last.click()
    return said
