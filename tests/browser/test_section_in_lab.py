"""Each section in JupyterLab, as a learner meets it and as it looks when it is solved."""

import shutil

import nbformat
import pytest
from playwright.sync_api import expect

from autograder.course import find_course
from autograder.release import released
from autograder.sections import read_course

COURSE = find_course()
SECTIONS = read_course(COURSE.sections)
SHOWS = ("draw(", "check", "sliders(", "play(", "dimensions(")
# The sliders of a cell and what stands under them.
SLIDERS = """() => [...document.querySelectorAll('.jp-OutputArea-output .widget-vbox')]
    .map(box => ({
        sliders: box.querySelectorAll('.slider, .noUi-target').length,
        below: box.querySelector('.widget-html-content')?.innerText ?? '',
        figures: box.querySelectorAll('.widget-html-content svg').length,
    }))"""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
every_section = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)


@every_section
def test_the_learners_notebook_runs_before_it_is_solved(lab, notebooks, pictures, section):
    nbformat.write(released(COURSE.notebook(section.name)), notebooks / "learner.ipynb")
    with lab.open("learner.ipynb") as notebook:
        cells = notebook.run_all()
        with_sliders = sum("\nsliders(" in f"\n{cell.source}" for cell in cells)
        notebook.page.wait_for_function(
            f"() => ({SLIDERS})().filter(box => box.sliders).length === {with_sliders}"
        )
        boxes = notebook.page.evaluate(SLIDERS)
        live = sum("\nplay(" in f"\n{cell.source}" for cell in cells)
        expect(notebook.page.locator(".backprop-play .play-drawn svg")).to_have_count(live)
        notebook.photograph(pictures / f"{section.name}-learner.png")
    assert [cell.error for cell in cells if cell.error] == []
    assert all(cell.outputs for cell in cells if cell.source.startswith(SHOWS))
    assert all(box["below"] or box["figures"] for box in boxes)
    assert notebook.outside == []


@every_section
def test_the_solved_notebook_shows_that_all_is_right(lab, notebooks, pictures, section):
    shutil.copy(COURSE.notebook(section.name), notebooks / "solved.ipynb")
    with lab.open("solved.ipynb") as notebook:
        cells = notebook.run_all()
        notebook.photograph(pictures / f"{section.name}-solved.png")
    assert [cell.error for cell in cells if cell.error] == []
    by_text = {cell.source: cell for cell in cells}
    for exercise in section.exercises:
        if exercise.by_hand:
            continue
        for check in exercise.checks:
            shown = by_text[check.source].shown
            assert "right" in shown, exercise.id
            assert "wrong" not in shown.replace("wrong_", ""), exercise.id
        assert by_text[exercise.grade.source].shown.rstrip().endswith(f"{exercise.points:.1f}")


def test_figure_1_of_the_notes_has_its_numbers(lab, notebooks):
    shutil.copy(COURSE.notebook("03_compound_expressions"), notebooks / "figure.ipynb")
    with lab.open("figure.ipynb") as notebook:
        cells = notebook.run_all()
    text = next(cell for cell in cells if cell.svgs).svgs[0].replace("\N{MINUS SIGN}", "-")
    for number in ("-12", "-4", "-2", "5", "3", "1"):
        assert number in text.split(), text


def test_moving_a_slider_changes_what_stands_below_it(lab, notebooks):
    nbformat.write(released(COURSE.notebook("02_simple_expressions")), notebooks / "move.ipynb")
    with lab.open("move.ipynb") as notebook:
        notebook.run_all()
        page = notebook.page
        page.wait_for_function(f"() => ({SLIDERS})().length > 0")
        before = page.evaluate(SLIDERS)
        handle = page.locator(".widget-vbox .noUi-handle").first
        handle.focus()
        handle.press("ArrowRight")
        page.wait_for_function(
            f"before => ({SLIDERS})()[0].below !== before", arg=before[0]["below"]
        )
        after = page.evaluate(SLIDERS)
    assert "promised" in after[0]["below"]
    assert after[1:] == before[1:]


def test_the_self_test_answers_at_once_and_goes_on(lab, notebooks, pictures):
    nbformat.write(released(COURSE.notebook("09_summary")), notebooks / "test.ipynb")
    with lab.open("test.ipynb") as notebook:
        notebook.run_all()
        page = notebook.page
        page.wait_for_selector("button.widget-button")
        box = page.locator(".widget-vbox", has=page.locator("button.widget-button")).first
        for field in box.locator("input").all():
            field.fill("1000")
        box.locator("button", has_text="Check").click()
        box.locator(".backprop-report").wait_for()
        said = box.inner_text()
        notebook.photograph(pictures / "self-test.png", around=".widget-vbox")
        box.locator("button", has_text="Next").click()
        box.get_by_text("Question 2 of").wait_for()
        expect(box.locator("input")).to_have_count(2)
    assert "Question 1 of" in said
    assert "0 of 3 right" in said
