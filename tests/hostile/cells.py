"""What can be done to the cells of a notebook: those of the course deleted, copied, moved, altered."""

import copy
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from tests.hostile import FULL, RIGHT, Handed, attack, but

NOTHING = dict.fromkeys(FULL, 0.0)
GRADES = ("slope-grade", "typed-grade", "fork-grade")


def drop(handed: Handed, *names: str) -> None:
    handed.notebook.cells = [cell for cell in handed.cells if cell.id not in names]


def move(handed: Handed, name: str, to: int) -> None:
    cell = handed.cell(name)
    handed.cells.remove(cell)
    handed.cells.insert(to, cell)


def twin(handed: Handed, name: str, source: str | None = None, below: bool = True) -> NotebookNode:
    """Copy a cell as JupyterLab pastes it: the same metadata, an id of its own."""
    cell = copy.deepcopy(handed.cell(name))
    cell.id += "-pasted"
    cell.source = cell.source if source is None else source
    handed.cells.insert(handed.at(name) + below, cell)
    return cell


def marks(handed: Handed, name: str) -> dict[str, Any]:
    found: dict[str, Any] = handed.cell(name).metadata["nbgrader"]
    return found


# --- points for nothing ----------------------------------------------------------------------------


@attack(NOTHING, found=("tags",))
def tag_that_skips_the_grading(handed):
    handed.blank(*FULL)
    for name in GRADES:
        handed.cell(name).metadata["tags"] = ["skip-execution"]
    handed.save()


@attack(found=("tags",))
def tags_everywhere(handed):
    for cell in handed.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "remove_cell"]
    handed.save()


@attack(NOTHING, found=("changed",))
def grade_cells_emptied(handed):
    handed.blank(*FULL)
    for name in GRADES:
        handed.cell(name).source = ""
    handed.save()


@attack(NOTHING, found=("changed",))
def grade_cells_rewritten(handed):
    handed.blank(*FULL)
    for name in GRADES:
        handed.cell(name).source = "4.0"
    handed.save()


@attack(NOTHING, found=("put_back",))
def grade_cells_deleted(handed):
    handed.blank(*FULL)
    drop(handed, *GRADES)
    handed.save()


@attack(NOTHING)
def outputs_that_claim_points(handed):
    handed.blank(*FULL)
    for name in GRADES:
        data = {"text/plain": "4.0"}
        handed.cell(name).outputs = [new_output("execute_result", data, execution_count=1)]
    handed.save()


@attack(NOTHING, found=("changed",))
def setup_that_gives_full_marks(handed):
    handed.blank(*FULL)
    handed.cell("setup").source = (
        "check = check_numbers = check_values = draw = print\n"
        "def grade(*_, **__): return 4.0\n"
        "grade_numbers = grade_values = lambda *_, **__: 2.0\n"
    )
    handed.save()


@attack(but(fork=0), found=("settings_changed",))
def points_raised(handed):
    handed.blank("fork")
    marks(handed, "slope-grade")["points"] = 100.0
    marks(handed, "typed-grade")["points"] = -3
    handed.save()


@attack(but(fork=0), found=("settings_changed",))
def grade_cell_unlocked_and_rewritten(handed):
    handed.blank("fork")
    marks(handed, "fork-grade").update(locked=False, grade=False, solution=True)
    handed.cell("fork-grade").source = "4.0"
    handed.save()


@attack(but(fork=0, typed=2))
def names_of_cells_exchanged(handed):
    """The easy exercise claims to be the hard one."""
    handed.blank("fork")
    first, second = handed.cell("slope-grade"), handed.cell("fork-grade")
    first.metadata, second.metadata = second.metadata, first.metadata
    first.id, second.id = second.id, first.id
    handed.save()


@attack(but(fork=0), found=("invented",))
def cells_of_ones_own_invention(handed):
    handed.blank("fork")
    for number in range(3):
        cell = new_code_cell("4.0")
        cell.metadata["nbgrader"] = dict(marks(handed, "fork-grade"), grade_id=f"bonus-{number}")
        handed.cells.append(cell)
    handed.save()


@attack(NOTHING, found=("copied",))
def grade_cells_copied_with_points_in_them(handed):
    handed.blank(*FULL)
    for name in GRADES:
        twin(handed, name, "4.0")
        twin(handed, name, "4.0", below=False).id = name
    handed.save()


@attack(but(fork=0), found=("type_changed",))
def grade_cell_made_prose(handed):
    handed.blank("fork")
    cell = handed.cell("fork-grade")
    cell.cell_type = "raw"
    del cell["outputs"], cell["execution_count"]
    handed.save()


@attack(NOTHING)
def nothing_but_the_title(handed):
    handed.notebook.cells = handed.cells[:1]
    handed.save()


@attack(NOTHING)
def no_cells(handed):
    handed.notebook.cells = []
    handed.save()


# --- accidents, which cost no points ---------------------------------------------------------------


@attack(careless=True, found=("copied",))
def graded_cell_pasted(handed):
    for name in GRADES:
        twin(handed, name)
    handed.save()


@attack(careless=True, found=("copied",))
def graded_cell_pasted_from_an_older_course(handed):
    """The copy that ends nbgrader's run for a whole class, as its metadata is of an old schema."""
    cell = twin(handed, "fork-grade")
    cell.metadata["nbgrader"] = {"grade_id": "fork-grade", "grade": True, "points": 4}
    handed.save()


@attack(careless=True)
def schemas_of_other_years(handed):
    for number, cell in enumerate(handed.cells):
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"]["schema_version"] = (0, 1, 2, 99, "x", None)[number % 6]
    handed.save()


@attack(careless=True)
def notes_of_the_course_spoiled(handed):
    for cell in handed.cells:
        if "nbgrader" in cell.metadata:
            name = cell.metadata["nbgrader"]["grade_id"]
            cell.metadata["nbgrader"] = {
                "grade_id": name,
                "points": {},
                "grade": "no",
                "locked": [],
            }
    handed.save()


@attack(careless=True, found=("put_back",))
def all_locked_cells_deleted(handed):
    keep = ("slope-solution", "typed-solution", "fork-solution")
    handed.notebook.cells = [cell for cell in handed.cells if cell.id in keep]
    handed.save()


@attack(careless=True, found=("put_back",))
def grade_cells_deleted_by_accident(handed):
    drop(handed, *GRADES)
    handed.save()


@attack(careless=True, found=("put_back",))
def setup_deleted(handed):
    drop(handed, "setup")
    handed.save()


@attack(careless=True, found=("moved",))
def grade_cells_moved_to_the_top(handed):
    for name in GRADES:
        move(handed, name, 0)
    handed.save()


@attack(careless=True, found=("moved",))
def setup_moved_to_the_end(handed):
    move(handed, "setup", len(handed.cells) - 1)
    handed.save()


@attack(careless=True, found=("moved",))
def exercises_in_another_order(handed):
    start, end = handed.at("fork-prompt"), handed.at("fork-grade") + 1
    last = handed.cells[start:end]
    del handed.cells[start:end]
    handed.cells[2:2] = last
    handed.save()


@attack(careless=True, found=("type_changed",))
def answer_made_prose(handed):
    """One key too many in JupyterLab."""
    cell = handed.cell("fork-solution")
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]
    handed.save()


@attack(careless=True, found=("copied",))
def answer_split_in_two(handed):
    cell = handed.cell("fork-solution")
    twin(handed, "fork-solution", RIGHT["fork"])
    cell.source = "# my first try did not work\nhalf = 0.5"
    handed.save()


@attack(careless=True, found=("copied",))
def answer_kept_beside_a_failed_try(handed):
    twin(handed, "fork-solution", "1 / 0", below=False)
    handed.save()


@attack(careless=True, found=("unmarked",))
def answer_written_into_a_cell_of_ones_own(handed):
    at = handed.at("fork-solution")
    drop(handed, "fork-solution")
    handed.cells.insert(at, new_code_cell(RIGHT["fork"]))
    handed.save()


@attack(careless=True, found=("unmarked", "put_back"))
def whole_exercise_rewritten_by_hand(handed):
    at = handed.at("fork-solution")
    drop(handed, "fork-solution", "fork-grade", "fork-check")
    handed.cells.insert(at, new_code_cell(RIGHT["fork"]))
    handed.save()


@attack(careless=True, found=("changed",))
def notes_in_the_prompt(handed):
    handed.cell("fork-prompt").source += "\n\nI think that a fork adds up."
    handed.save()


@attack(but(fork=0), found=("no_answer",))
def answer_deleted(handed):
    drop(handed, "fork-solution")
    handed.save()


@attack(careless=True)
def cells_of_ones_own(handed):
    for number in range(0, 20, 2):
        handed.cells.insert(number, new_code_cell("1 / 0"))
        handed.cells.insert(number, new_markdown_cell("A thought."))
    handed.save()


@attack(careless=True)
def checks_rewritten_as_experiments(handed):
    for name in ("slope-check", "typed-check", "fork-check"):
        handed.cell(name).source = "check = None  # I broke it"
    handed.save()


@attack(page=True)
def prose_that_runs_in_the_browser(handed):
    """Whoever reads it is signed in to formgrader, which could be made to give points."""
    text = (
        "A thought.\n\n<script>steal()</script>\n\n<img src=x onerror=steal()>\n\n"
        "<iframe srcdoc='<script>steal()</script>'></iframe>\n\n[look](javascript:steal())\n\n"
        "<svg onload=steal()></svg> <a href='javascript:steal()'>here</a>\n\n"
        "<style>body { display: none }</style> <form action='/formgrader/api'><button>ok</button></form>"
        "\n\n$\\href{javascript:steal()}{x}$\n"
    )
    handed.cells.insert(3, new_markdown_cell(text))
    cell = new_markdown_cell(text)
    cell.cell_type = "raw"
    cell.metadata["raw_mimetype"] = "text/html"
    handed.cells.insert(4, cell)
    handed.answer(fork=f"# {text!r}\n{RIGHT['fork']}")
    handed.save()
