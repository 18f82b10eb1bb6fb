"""The steps of nbgrader's exchange, called one by one, for an instructor and for a learner."""

from __future__ import annotations

import copy
import logging
from pathlib import Path

from traitlets.config import Config


def exchange_step(
    step: str, config: Config, assignment: str, log: logging.Logger, **words: object
) -> object:
    """Do one step, such as "Submit", as the command of that name does with these settings."""
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange import ExchangeFactory

    config = copy.deepcopy(config)
    config.CourseDirectory.assignment_id = assignment
    make = getattr(ExchangeFactory(config=config), step)
    return make(
        coursedir=CourseDirectory(config=config, log=log),
        authenticator=Authenticator(config=config),
        config=config,
        log=log,
        **words,
    ).start()


def learner_settings(course: Config, student: str, folder: Path) -> Config:
    """Give the settings of a learner, who knows the exchange and nothing else of the course.

    `folder` is where assignments are fetched to, and where it is noted what was submitted.
    """
    config = Config()
    config.Exchange.root = course.Exchange.root
    config.Exchange.assignment_dir = str(folder)
    config.Exchange.cache = str(folder / ".cache")
    config.CourseDirectory.course_id = course.CourseDirectory.course_id
    config.CourseDirectory.student_id = student
    return config
