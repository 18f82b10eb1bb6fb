"""The command `backprop`: open, build and grade the course."""

from __future__ import annotations

import argparse
import errno
import importlib
import importlib.metadata
import os
import sys
from collections.abc import Sequence

from autograder.course import CourseError
from autograder.interrupts import ignore_more

# Each command: the module that does it, its function, and what it is for. A module is imported
# only when its command is asked for, since grading tools take seconds to import.
COMMANDS = {
    "open": ("autograder.learn", "open_course", "open the notebooks in JupyterLab"),
    "validate": ("autograder.validating", "validate", "say what a notebook would earn as it is"),
    "new": ("autograder.new_course", "new", "make a course folder of your own"),
    "build": ("autograder.building", "build", "make the notebooks from the sections"),
    "grade": ("autograder.grade_class", "grade", "grade all that was handed in"),
    "report": ("autograder.class_report", "report", "say what a class got wrong, and who"),
    "export": (
        "autograder.export",
        "export",
        "write the grades as a table, as Canvas or Moodle import it too",
    ),
    "replay": ("autograder.replay", "replay", "judge one answer again as it was judged"),
    "demo": ("autograder.demo", "demo", "grade an invented class, from release to feedback"),
}

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; anything a person must put right is one sentence."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(words).parse_args(words)
    module, function, _ = COMMANDS[arguments.command]
    try:
        code: int = getattr(importlib.import_module(module), function)(arguments)
        sys.stdout.flush()
    except CourseError as error:
        print(f"backprop: {error}", file=sys.stderr)
        return error.code
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in ("autograder", "backprop_kit"):
            raise
        print(f"backprop: {_how_to_install(arguments.command, error.name)}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever reads along, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno not in (*NO_ROOM, *NO_RIGHT):
            raise
        print(f"backprop: {_in_the_way(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        if argv is None:  # else this process goes on
            ignore_more()
        print("backprop: stopped.", file=sys.stderr)
        return 130
    return code


def _in_the_way(error: OSError) -> str:
    why = f"{error.filename or 'A file'} could not be used: {error.strerror}"
    if error.errno in NO_ROOM:
        return f"{why}. Make room, and run the command again."
    return f"{why}. See whose it is, and run the command with an account that may write there."


def _how_to_install(command: str, module: str) -> str:
    return (
        f"`backprop {command}` needs {module}, which is not installed in this environment; run it "
        f"through `python3 course {command}`, or install backprop-kit with its extra named grade."
    )


def _version() -> str:
    return importlib.metadata.version("backprop-kit")


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="backprop", description="Backward passes by hand: the course and its grading."
    )
    parser.add_argument("--version", action="version", version=f"backprop-kit {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, _, purpose) in COMMANDS.items():
        command = commands.add_parser(
            name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}."
        )
        if name in words[:1]:
            importlib.import_module(module).add_arguments(command)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
