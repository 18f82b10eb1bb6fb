"""nbgrader's exchange, where its own loses work, follows links, or lets one learner stop the class.

The course's settings put `Collect` and `ReleaseFeedback` in the place of nbgrader's. Its commands,
the pages of formgrader and what learners do stay the same.
"""

from __future__ import annotations

import glob
import itertools
import os
import re
import secrets
import shutil
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.utils import ignore_patterns, parse_utc

REPLACED = "replaced"
"""The step of nbgrader's folder structure in which lies what a newer submission has replaced."""
SECRET, TIMESTAMP = "submission_secret.txt", "timestamp.txt"
GOOD_SECRET = re.compile(rb"[0-9a-f]{64,128}")  # nbgrader writes 128 digits
MOST_READ = 1000  # bytes of a file of one line
NOBODY = {"username": "", "filename": "", "timestamp": datetime.min}


class Collect(ExchangeCollect):
    """Collects each submission by itself, whole or not at all, and keeps what it replaces."""

    src_records: list[dict[str, Any]]

    def init_src(self) -> None:
        """Find the submissions to collect."""
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"]]

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """Read a name in the inbox, where anybody may write: one that makes no sense is nobody's."""
        try:
            record: dict[str, Any] = super()._path_to_record(path)
            if os.path.isdir(path) and not os.path.islink(path) and is_name(record["username"]):
                return record
        except (ValueError, OverflowError, ExchangeError):
            pass
        self.log.error("%s is no submission; it was left where it is.", path)
        return NOBODY

    def copy_files(self) -> None:
        """Collect what was found; one that cannot be collected keeps no other from it."""
        if not self.src_records:
            self.log.warning("There is no submission of '%s'.", self.coursedir.assignment_id)
        failed = []
        for record in self.src_records:
            try:
                self.collect(record)
            except (OSError, shutil.Error, RuntimeError) as error:
                failed.append(record["username"])
                self.log.error("%s is not collected, because of this: %s", failed[-1], error)
        if failed:
            self.fail(
                f"Not collected: {', '.join(failed)}. All others are, and these are as they were "
                f"handed in, in {self.inbound_path}."
            )

    def collect(self, record: dict[str, Any]) -> None:
        """Collect one submission, unless the one that is there is to stay."""
        student, assignment = record["username"], self.coursedir.assignment_id
        source = os.path.join(self.inbound_path, record["filename"])
        place = self.folder(self.coursedir.submitted_directory, student)
        if place.is_dir() and not self.is_wanted(record, place):
            hint = "" if self.update else "; to look for newer ones, add --update"
            self.log.info("Already there: %s %s%s", student, assignment, hint)
            return
        self.warn_of_owner(source, student)
        fresh = place.with_name(f".{place.name}.fresh")
        if fresh.exists():  # an earlier attempt was cut short
            shutil.rmtree(fresh)
        self.do_copy(source, str(fresh))
        if place.is_dir():
            kept = free_name(self.folder(REPLACED, student) / stamp_of(place))
            kept.parent.mkdir(parents=True, exist_ok=True)
            place.rename(kept)
            self.log.info(
                "Updating submission: %s %s; the earlier one is now %s", student, assignment, kept
            )
        else:
            self.log.info("Collecting submission: %s %s", student, assignment)
        fresh.rename(place)

    def folder(self, step: str, student: str) -> Path:
        """Say where the assignment of a student lies in one step of the folder structure."""
        return Path(self.coursedir.format_path(step, student, self.coursedir.assignment_id))

    def is_wanted(self, record: dict[str, Any], place: Path) -> bool:
        """Tell whether a submission is to take the place of the one that is there."""
        there = time_of(place)
        if self.update and (there is None or record["timestamp"] > there):
            return True
        return bool(self.before_duedate) and there != record["timestamp"]

    def warn_of_owner(self, source: str, student: str) -> None:
        """Say where a submission belongs to somebody else than it claims."""
        if not self.check_owner:
            return
        try:
            owner = Path(source).owner()
        except (KeyError, NotImplementedError):
            owner = "an account that is not known here"
        if owner != student:
            self.log.warning("%s claims to be of %s, and belongs to %s.", source, student, owner)

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy a submission as it is: a link stays a link, and does not bring what it points at.

        Who collects may read the solutions and everybody's work; who hands in may not.
        """
        size, most = self.get_size(src), 1000 * self.coursedir.max_dir_size
        if size > most:
            raise RuntimeError(
                f"it has {size / 1e6:.0f} MB, and CourseDirectory.max_dir_size allows {most / 1e6:.0f}"
            )
        shutil.copytree(src, dest, symlinks=True, ignore=self.left_out)
        for folder, _, files in os.walk(dest):
            # Whoever handed it in may have made it read-only, and then it could not be moved.
            os.chmod(
                folder, os.stat(folder).st_mode | (0o2770 if self.coursedir.groupshared else 0o700)
            )
            for path in (Path(folder, name) for name in files):
                if self.coursedir.groupshared and not path.is_symlink():
                    path.chmod(path.stat().st_mode | 0o660)

    def left_out(self, folder: str, names: list[str]) -> list[str]:
        """Say what is not copied: what the course's settings leave out, and pipes and their kin."""
        settled = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        strange = [name for name in names if is_special(Path(folder, name))]
        for name in strange:
            self.log.warning("%s is no file and was left out.", Path(folder, name))
        return settled(folder, [name for name in names if name not in strange]) + strange


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Releases the feedback on every submission, those that came without nbgrader's notes too.

    A page is released under a name made from the secret that `nbgrader submit` wrote. Where there
    is none, or one that cannot be right, one is made up: it lies in `feedback/`, beside the folder
    of the pages, so that it stays the same. The submission is not touched.
    """

    def copy_files(self) -> None:
        """Complete what is missing, then release."""
        folders = sorted({Path(page).parent for page in glob.glob(f"{self.src_path}/*.html")})
        shared = defaultdict(list)
        for folder in folders:
            shared[line_of(folder / SECRET)].append(folder)
        for secret, those in shared.items():
            if len(those) > 1 and secret is not None:
                names = ", ".join(student_of(folder) for folder in those)
                self.log.warning(
                    "%s handed in with one and the same secret, which lets each of them read the "
                    "feedback of the other; it is not used: give them their pages by hand.",
                    names,
                )
            for folder in those:
                self.complete(folder, replace=len(those) > 1)
        super().copy_files()

    def complete(self, folder: Path, replace: bool = False) -> None:
        """Write the notes that one folder of pages lacks."""
        if replace or line_of(folder / SECRET) is None:
            own = folder.with_name(f"{folder.name}.secret.txt")
            if line_of(own) is None:
                own.touch(mode=0o600)
                own.write_text(secrets.token_hex(64), encoding="ascii")
            write(folder / SECRET, own.read_text(encoding="ascii"))
            self.log.info(
                "%s was not submitted through the exchange: give its pages back as it came, from %s",
                student_of(folder),
                folder,
            )
        if time_of(folder) is None:
            pages = max(page.stat().st_mtime for page in folder.glob("*.html"))
            write(
                folder / TIMESTAMP, f"{datetime.fromtimestamp(pages, UTC):%Y-%m-%d %H:%M:%S.%f UTC}"
            )


def is_name(student: str) -> bool:
    """Tell whether a name from the inbox can be that of a learner's folder."""
    return bool(student) and not student.startswith(".") and student.isprintable()


def is_special(path: Path) -> bool:
    """Tell whether this is a pipe, a socket or a device, which cannot be copied."""
    return not (path.is_symlink() or path.is_file() or path.is_dir())


def student_of(folder: Path) -> str:
    """Give the student of a folder of feedback: `feedback/STUDENT/ASSIGNMENT`."""
    return folder.parent.name


def time_of(folder: Path) -> datetime | None:
    """Read when a submission was handed in; None where that is not said, or makes no sense."""
    try:
        words = (folder / TIMESTAMP).read_bytes()[:MOST_READ].decode()
        return parse_utc(words.strip()) if words.strip() else None
    except (OSError, ValueError, OverflowError):
        return None


def line_of(path: Path) -> str | None:
    """Read a secret; None where there is none, or one that nbgrader cannot have written."""
    try:
        with path.open("rb") as file:
            found = GOOD_SECRET.fullmatch(file.read(MOST_READ).strip())
    except OSError:
        return None
    return found[0].decode() if found else None


def write(path: Path, text: str) -> None:
    """Write a file anew: what nbgrader has copied may be read-only."""
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")


def stamp_of(place: Path) -> str:
    """Give a submission a name by its time: when it was handed in, else last changed."""
    newest = max(path.lstat().st_mtime for path in (place, *place.rglob("*")))
    when = time_of(place) or datetime.fromtimestamp(newest, UTC)
    return f"{when:%Y-%m-%d_%H-%M-%S}"


def free_name(path: Path) -> Path:
    """Give the path, or one with a number at its end where that is taken."""
    candidates = itertools.chain([path], (Path(f"{path}-{n}") for n in itertools.count(2)))
    return next(each for each in candidates if not os.path.lexists(each))
