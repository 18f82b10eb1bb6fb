"""What a grade hangs on, as one hash: what was handed in, what it is held against, and the kit.

Where nothing of it has changed, a submission is not graded again. Times are not looked at: clocks
are set, and files are copied with times of any kind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.opening import Folder, Refused

MOST_OF_FILE = 40_000_000  # bytes; what is bigger is not opened by the intake either
MOST_NAMES = 5000


def hash_of(*parts: Any) -> str:
    """Give one hash for plain data."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def submission_hash(base: Path, parts: Sequence[str]) -> str:
    """Give the hash of a folder that somebody else filled; no link in it is followed."""
    try:
        folder = Folder.opened(base, parts)
    except (Refused, OSError) as error:
        return hash_of("not opened", str(error))
    try:
        found = []
        for entry in folder.entries():
            found.append((entry.path, "" if entry.is_folder else _file_hash(folder, entry.path)))
            if len(found) > MOST_NAMES:
                break
        return hash_of(found)
    except (Refused, OSError) as error:
        return hash_of("not read", str(error))
    finally:
        folder.close()


def _file_hash(folder: Folder, path: str) -> str:
    try:
        return hashlib.sha256(folder.read(path, MOST_OF_FILE)).hexdigest()
    except Refused as refused:
        return hash_of(refused.kind, refused.facts)


def files_hash(folder: Path, paths: Iterable[Path]) -> str:
    """Give the hash of files of our own, by their places in a folder."""
    return hash_of(
        [
            (p.relative_to(folder).as_posix(), hashlib.sha256(p.read_bytes()).hexdigest())
            for p in paths
        ]
    )


@lru_cache(maxsize=1)
def kit_hash() -> str:
    """Give the hash of all code that has a part in a verdict: the kit's and the autograder's."""
    root = Path(__file__).resolve().parent.parent
    paths = [path for name in ("backprop_kit", "autograder") for path in (root / name).glob("*.py")]
    return files_hash(root, sorted(paths))
