"""The two sides of nbgrader's exchange, an instructor's and a learner's, step by step."""

import logging
from dataclasses import dataclass
from pathlib import Path

from traitlets.config import Config

from autograder.exchange_steps import exchange_step, learner_settings
from autograder.release import settings


@dataclass
class Side:
    """One side of the exchange: the steps of nbgrader with the settings of a folder."""

    folder: Path
    config: Config

    def do(self, step: str, **words: object) -> object:
        return exchange_step(step, self.config, "backprop", logging.getLogger("nbgrader"), **words)


def teaching(course: Path) -> Side:
    """The side of whoever works in the folder of a course."""
    return Side(course, settings(course / "nbgrader_config.py"))


def learning(folder: Path, teacher: Side, name: str) -> Side:
    """The side of a learner, who knows the exchange and nothing else of the course."""
    return Side(folder, learner_settings(teacher.config, name, folder))
