"""nbgrader imported without what it takes along and grading never calls.

A third of the time that importing nbgrader takes goes to a web server's handlers, a package
installer and the formats of web addresses. What is put off here is still there: it is imported
when it is used, or by whoever imports it by its own name.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

# From these, nbgrader imports functions by their names when it is imported itself; the others are
# imported as modules, and looked into only by what uses them.
LATER: dict[str, tuple[str, ...]] = {
    "setuptools.archive_util": ("unpack_archive", "unpack_tarfile", "unpack_zipfile"),
    **{
        f"nbgrader.server_extensions.{name}": ("load_jupyter_server_extension",)
        for name in ("assignment_list", "course_list", "validate_assignment", "formgrader")
    },
    **dict.fromkeys(("requests", "soupsieve", "yaml"), ()),
}
# With these, jsonschema checks formats of text where it is asked to, which nobody does who reads
# notebooks. The first builds a grammar of three thousand rules, which takes 2.5 seconds.
FORMATS = (
    "rfc3987_syntax",
    "rfc3986_validator",
    "isoduration",
    "webcolors",
    "uri_template",
    "fqdn",
)


def import_nbgrader() -> None:
    """Import what nbgrader grades with; nothing happens where nbgrader has been imported."""
    if "nbgrader" not in sys.modules:
        with standing_in(), uncollected():
            importlib.import_module("nbgrader.converters")


@contextmanager
def uncollected() -> Iterator[None]:
    """Spare the search for garbage while modules are imported, which are there to stay."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()


@contextmanager
def standing_in() -> Iterator[None]:
    """Let others stand for modules that nobody has imported yet, as long as this lasts."""
    stand_ins: dict[str, ModuleType | None] = {
        **dict.fromkeys(FORMATS),  # None: as if they were not installed
        **{name: StandIn(name) for name in LATER},
    }
    mine = {name: each for name, each in stand_ins.items() if name not in sys.modules}
    sys.modules.update(mine)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name, each in mine.items():
            if sys.modules.get(name) is each:
                del sys.modules[name]


class StandIn(ModuleType):
    """Stands for a module, which is imported when something in it is used."""

    def __getattr__(self, name: str) -> Any:
        if name in LATER[self.__name__]:
            return self._later(name)
        if name.startswith("__"):  # what Python asks of a module on its own account
            raise AttributeError(f"{self.__name__} has not been imported yet")
        return getattr(self._imported(), name)

    def _imported(self) -> ModuleType:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)

    def _later(self, name: str) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            return getattr(self._imported(), name)(*args, **kwargs)

        return called
