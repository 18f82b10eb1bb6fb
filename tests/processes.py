"""The processes of a grader, found in /proc, each with what it is to the grader."""

from __future__ import annotations

from pathlib import Path


def descendants(pid: int) -> dict[int, str]:
    """All processes that come from one, each with what it is to the grader."""
    parents, commands = {}, {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_text().replace("\0", " ")
        except OSError:  # it has ended meanwhile
            continue
        parents[int(entry.name)], commands[int(entry.name)] = int(status[1]), command
    tree = [pid]
    for each in tree:
        tree += [child for child, parent in parents.items() if parent == each]
    return {each: role(each, pid, parents, commands) for each in tree[1:]}


def role(pid: int, root: int, parents: dict[int, int], commands: dict[int, str]) -> str:
    command, parent = commands[pid], parents[pid]
    if "autograder.children" in command:
        depth = 0
        while parent != root and "autograder.children" in commands.get(parent, ""):
            depth, parent = depth + 1, parents[parent]
        return ("server", "server", "child")[min(depth, 2)]
    if "intake_server" in command:
        return "intake"
    return "worker" if parent == root else "child"
