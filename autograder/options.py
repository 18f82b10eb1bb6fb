"""What several commands take in the same way, so that it is said in the same words."""

from __future__ import annotations

import argparse
from pathlib import Path


def course_option(parser: argparse.ArgumentParser) -> None:
    """Declare the option by which every command is told of another course."""
    parser.add_argument(
        "--course",
        type=Path,
        metavar="FOLDER",
        help="the folder of the course (default: the one that you are in)",
    )


def number_from_one(text: str) -> int:
    """Read a count, or so many seconds."""
    if (number := whole_number(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def whole_number(text: str) -> int:
    """Read a number; what is none is said to be, in place of the name of a function."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
