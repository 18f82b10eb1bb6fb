"""What goes through nbgrader's exchange arrives whole, and nothing that it replaces is lost."""

import logging
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.exchange import ExchangeError

from autograder.course import find_course
from autograder.release import settings
from tests.exchange_sides import Side, learning, teaching

# nbgrader leaves it to the garbage collector to close what it reads.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored.*FileIO:pytest.PytestUnraisableExceptionWarning"
)

ADA, BEN, EVE = "ada", "ben", "eve"


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty gradebook, which takes seconds to make."""
    settings(find_course().config)  # puts `alembic` on the path, which is needed here
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    Gradebook(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def teacher(tmp_path: Path, gradebook: Path) -> Side:
    """A course that has something to release, and has released it."""
    folder = tmp_path / "course"
    folder.mkdir()
    shutil.copy(find_course().config, folder)
    shutil.copy(gradebook, folder)
    path = folder / "release" / "backprop" / "01_section.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("what was released")
    side = teaching(folder)
    side.do("ReleaseAssignment")
    return side


@pytest.fixture
def learner(teacher, tmp_path):
    """Makes learners, each with a folder and the assignment in it."""

    def make(name: str) -> Side:
        folder = tmp_path / "learners" / name
        folder.mkdir(parents=True)
        side = learning(folder, teacher, name)
        side.do("FetchAssignment")
        assert work_of(side).read_text() == "what was released"
        return side

    return make


def work_of(side: Side) -> Path:
    return side.folder / "backprop" / "01_section.ipynb"


def submit(side: Side, text: str) -> None:
    work_of(side).write_text(text)
    side.do("Submit")


def collected(teacher: Side, student: str, step: str = "submitted") -> Path:
    return teacher.folder / step / student / "backprop"


def text_of(folder: Path) -> str:
    return (folder / "01_section.ipynb").read_text()


def inbox(teacher: Side) -> Path:
    return Path(teacher.config.Exchange.root) / "backprop" / "inbound"


def give_feedback(teacher: Side, student: str, text: str) -> Path:
    """What generate_feedback leaves: the page, beside the notes that came with the submission."""
    place = collected(teacher, student, "feedback")
    place.mkdir(parents=True, exist_ok=True)
    for note in collected(teacher, student).glob("*.txt"):
        shutil.copy(note, place)
        (place / note.name).chmod(0o444)
    (place / "01_section.html").write_text(text)
    return place


def pages(teacher: Side) -> list[str]:
    folder = Path(teacher.config.Exchange.root) / "backprop" / "feedback"
    return sorted(page.read_text() for page in folder.glob("*.html"))


def fetched(side: Side) -> list[str]:
    side.do("FetchFeedback")
    return sorted(page.read_text() for page in side.folder.glob("backprop/feedback/*/*.html"))


def test_a_newer_version_is_collected_and_the_earlier_one_kept(teacher, learner, caplog):
    ada = learner(ADA)
    submit(ada, "first")
    teacher.do("Collect")
    assert text_of(collected(teacher, ADA)) == "first"

    submit(ada, "second")
    teacher.do("Collect")
    assert text_of(collected(teacher, ADA)) == "first", "not without being asked"
    teacher.do("Collect", update=True)
    assert text_of(collected(teacher, ADA)) == "second"
    (kept,) = collected(teacher, ADA, "replaced").iterdir()
    assert text_of(kept) == "first"
    assert (kept / "submission_secret.txt").is_file()
    assert len(list(inbox(teacher).iterdir())) == 2

    teacher.do("Collect", update=True)  # nothing newer: nothing happens
    assert [text_of(each) for each in collected(teacher, ADA, "replaced").iterdir()] == ["first"]


def test_what_was_put_in_by_hand_is_kept_when_something_is_collected_in_its_place(teacher, learner):
    place = collected(teacher, ADA)
    place.mkdir(parents=True)
    (place / "01_section.ipynb").write_text("by hand")
    (place / "timestamp.txt").write_bytes(b"\xffnoon")  # no time that nbgrader could read
    for path in (*place.iterdir(), place):
        os.utime(path, (1e9, 1e9))
    submit(learner(ADA), "by nbgrader")
    teacher.do("Collect", update=True)
    assert text_of(place) == "by nbgrader"
    (kept,) = collected(teacher, ADA, "replaced").iterdir()
    assert text_of(kept) == "by hand"
    assert kept.name.startswith("2001-09-09_01-46-40")


def test_a_late_submission_is_collected_or_the_last_one_in_time_as_asked(teacher, learner):
    ada = learner(ADA)
    submit(ada, "in time")
    submit(ada, "late")
    first, last = sorted(inbox(teacher).iterdir(), key=lambda path: path.name)
    between = datetime.fromisoformat(first.name.split("+")[2].removesuffix(" UTC"))
    with Gradebook(teacher.config.CourseDirectory.db_url) as gradebook:
        gradebook.update_or_create_assignment(
            "backprop", duedate=between + timedelta(microseconds=1)
        )
    teacher.do("Collect")
    assert text_of(collected(teacher, ADA)) == "late"
    teacher.do("Collect", before_duedate=True)
    assert text_of(collected(teacher, ADA)) == "in time"
    assert [text_of(each) for each in collected(teacher, ADA, "replaced").iterdir()] == ["late"]


def test_no_learner_can_keep_others_from_being_collected(teacher, learner, caplog):
    ada, ben = learner(ADA), learner(BEN)
    secret = teacher.folder / "solution.ipynb"
    secret.write_text("the solution")
    submit(ada, "honest")
    work_of(ben).write_text("replaced by a link below")
    ben.do("Submit")
    (mine,) = inbox(teacher).glob("ben+*")
    (mine / "01_section.ipynb").unlink()
    (mine / "01_section.ipynb").symlink_to(secret)
    for junk in ("ada+backprop+noon+x", "..+backprop+2026-11-26 10:00:00 UTC+x", "+backprop+1+x"):
        (inbox(teacher) / junk).mkdir()
    (inbox(teacher) / "max+backprop+2026-11-26 10:00:00 UTC+x").write_text("a file, no folder")
    big = inbox(teacher) / "kim+backprop+2026-11-26 10:00:00 UTC+x"
    big.mkdir()
    with (big / "01_section.ipynb").open("wb") as file:
        file.truncate(200_000_000)

    with pytest.raises(ExchangeError, match=r"Not collected: kim\. All others are"):
        teacher.do("Collect")
    assert text_of(collected(teacher, ADA)) == "honest"
    link = collected(teacher, BEN) / "01_section.ipynb"
    assert link.is_symlink(), "what a link points at is not brought along"
    assert not (teacher.folder / "backprop").exists()
    assert sorted(path.name for path in (teacher.folder / "submitted").iterdir()) == [ADA, BEN]
    assert "kim is not collected, because of this: it has 200 MB" in caplog.text
    assert caplog.text.count("is no submission; it was left where it is.") == 3


def test_a_pipe_is_left_out_and_the_rest_is_collected(teacher, caplog):
    place = inbox(teacher) / "eve+backprop+2026-11-26 10:00:00 UTC+x"
    place.mkdir()
    (place / "01_section.ipynb").write_text("work")
    (place / "folder").mkdir(mode=0o555)
    os.mkfifo(place / "pipe")
    teacher.do("Collect")
    assert text_of(collected(teacher, EVE)) == "work"
    assert not (collected(teacher, EVE) / "pipe").exists()
    assert "pipe is no file and was left out." in caplog.text


def test_a_copy_that_was_cut_short_is_begun_again(teacher, learner):
    submit(learner(ADA), "whole")
    half = collected(teacher, ADA).with_name(".backprop.fresh")
    half.mkdir(parents=True)
    (half / "01_section.ipynb").write_text("who")
    teacher.do("Collect")
    assert text_of(collected(teacher, ADA)) == "whole"
    assert not half.exists()


def test_feedback_reaches_every_version_and_everybody(teacher, learner, caplog):
    caplog.set_level(logging.INFO)
    ada = learner(ADA)
    submit(ada, "first")
    teacher.do("Collect")
    give_feedback(teacher, ADA, "on the first")
    teacher.do("ReleaseFeedback")
    submit(ada, "second")
    teacher.do("Collect", update=True)
    give_feedback(teacher, ADA, "on the second")

    by_hand = collected(teacher, BEN)
    by_hand.mkdir(parents=True)
    (by_hand / "01_section.ipynb").write_text("by hand")
    give_feedback(teacher, BEN, "for ben")
    odd = collected(teacher, EVE)
    odd.mkdir(parents=True)
    (odd / "submission_secret.txt").write_bytes(b"\xff\xfe")
    (odd / "timestamp.txt").write_bytes(b"\xffnoon")
    give_feedback(teacher, EVE, "for eve")

    teacher.do("ReleaseFeedback")
    assert pages(teacher) == ["for ben", "for eve", "on the first", "on the second"]
    assert "ben was not submitted through the exchange" in caplog.text
    assert [path.name for path in by_hand.iterdir()] == ["01_section.ipynb"]
    assert (odd / "submission_secret.txt").read_bytes() == b"\xff\xfe"
    assert fetched(ada) == ["on the first", "on the second"]

    # Graded again: the page takes the place of the one before.
    shutil.rmtree(collected(teacher, BEN, "feedback"))
    give_feedback(teacher, BEN, "for ben, again")
    teacher.do("ReleaseFeedback")
    assert pages(teacher) == ["for ben, again", "for eve", "on the first", "on the second"]


def test_nobody_reads_the_feedback_of_whoever_copied_the_whole_folder(teacher, learner, caplog):
    ada = learner(ADA)
    submit(ada, "mine")
    teacher.do("Collect")
    shutil.copytree(collected(teacher, ADA), collected(teacher, BEN))
    for student in (ADA, BEN):
        give_feedback(teacher, student, f"for {student}")
    teacher.do("ReleaseFeedback")
    assert pages(teacher) == ["for ada", "for ben"]
    assert fetched(ada) == []
    assert "ada, ben handed in with one and the same secret" in caplog.text


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of traitlets, for what nbgrader does
def test_formgraders_buttons_do_the_same(teacher, learner):
    """Its page for assignments collects with --update, without saying so."""
    from nbgrader.apps.api import NbGraderAPI

    api = NbGraderAPI(config=teacher.config)
    ada = learner(ADA)
    for text in ("first", "second"):
        submit(ada, text)
        assert api.collect("backprop")["success"]
    assert text_of(collected(teacher, ADA)) == "second"
    assert [text_of(each) for each in collected(teacher, ADA, "replaced").iterdir()] == ["first"]
    give_feedback(teacher, ADA, "on the second")
    assert api.release_feedback("backprop")["success"]
    assert pages(teacher) == ["on the second"]
