"""The two sides of nbgrader's exchange, an instructor's and a learner's, step by step."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from traitlets.config import Config

from autograder.release import settings


@dataclass
class Side:
    """One side of the exchange: the steps of nbgrader with the settings of a folder."""

    folder: Path
    config: Config

    def do(self, step: str, **words: object) -> object:
        config = Config(self.config)
        config.CourseDirectory.assignment_id = "backprop"
        folders = CourseDirectory(config=config, log=logging.getLogger("nbgrader"))
        done = getattr(ExchangeFactory(config=config), step)(
            coursedir=folders,
            authenticator=Authenticator(config=config),
            config=config,
            log=logging.getLogger("nbgrader"),
            **words,
        )
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            return done.start()
        finally:
            os.chdir(before)


def teaching(course: Path) -> Side:
    """The side of whoever works in the folder of a course."""
    return Side(course, settings(course / "nbgrader_config.py"))


def learning(folder: Path, teacher: Side, name: str) -> Side:
    """The side of a learner, who knows the exchange and nothing else of the course."""
    config = Config()
    config.Exchange.root = teacher.config.Exchange.root
    config.Exchange.cache = str(folder / ".cache")
    config.CourseDirectory.course_id = teacher.config.CourseDirectory.course_id
    config.CourseDirectory.student_id = name
    return Side(folder, config)
