"""Reasons: contributions that are overwritten, left out, taken away or counted twice."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from backprop_kit.arithmetic import Unclear
from backprop_kit.formulas import called
from backprop_kit.labelling import label_of_sign
from backprop_kit.retelling import Edit, Simple, target_for, targets, written_by
from backprop_kit.sentences import Found
from backprop_kit.suspects import Suspect, place

Spelling = Callable[[Simple, str], "ast.stmt | None"]


def overwritten(suspect: Suspect) -> Iterator[Found]:
    """An earlier contribution was there and is gone, from the row or from a name it is made of."""
    everything = suspect.world.retelling.statements
    own = [s for s in everything if suspect.row.name in written_by(s)]
    for chosen in [*([s] for s in own), own, *([s] for s in everything if s not in own)]:
        for spelling in (added, added_at):
            new = {s: spelling(s, min(written_by(s), default="")) for s in chosen}
            written = [s for s in chosen if new[s] is not None]
            if written and suspect.evidence.mends(Edit({s: new[s] for s in written})):
                yield Found("overwrite_at_fork", overwriting(suspect, written[-1], spelling))
                return


def overwriting(suspect: Suspect, last: Simple, spelling: Spelling) -> dict[str, Any]:
    """The line that overwrites, the name, and the line of what is lost."""
    name = min(written_by(last))
    lines = [w.line for w in suspect.world.recording.writes if w.name == name]
    earlier = [line for line in lines if line < last.lineno] or lines[:1]
    found = place(suspect, last) | {"earlier": min(earlier, default=last.lineno)}
    return found | {"name": name, "repeats": spelling is added_at}


def added(statement: Simple, name: str) -> ast.stmt | None:
    """`dx = ...` as `dx += ...`."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    try:
        target = target_for(statement, name)
    except Unclear:
        return None
    if isinstance(statement.targets[0], ast.Tuple):
        return None
    return ast.copy_location(ast.AugAssign(target, ast.Add(), statement.value), statement)  # type: ignore[arg-type]


def added_at(statement: Simple, name: str) -> ast.stmt | None:
    """`dE[idx] += ...` so that repeated indices add up."""
    if isinstance(statement, ast.AugAssign) and not isinstance(statement.op, ast.Add):
        return None
    found = targets(statement)
    if len(found) != 1 or not isinstance(found[0], ast.Subscript) or statement.value is None:
        return None
    add = ast.parse("np.add.at", mode="eval").body
    call = ast.Call(add, [ast.Name(name, ast.Load()), found[0].slice, statement.value], [])
    return ast.copy_location(ast.Expr(call), statement)


def path_without_line(suspect: Suspect) -> Iterator[Found]:
    """The value is what some of the stages contribute, without the others."""
    readers = suspect.evidence.readers
    worlds = suspect.evidence.worlds
    for stages in suspect.choices():
        if len(stages) == len(readers):
            continue
        if all(w.fits(w.value, w.target(stages)) for w in worlds):
            left = [s for s in readers if s not in stages]
            if any(reads(suspect, suspect.evidence.d_name(s)) for s in left):
                return  # there is a line for it, and something is wrong with that line
            yield Found("missing_path", {"stages": left, "stage": left[0]})
            return


def reads(suspect: Suspect, name: str) -> bool:
    """Whether a line of the row reads this gradient."""
    nodes = (n for statement in suspect.statements for n in ast.walk(statement))
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for n in nodes
    )


def subtracted(suspect: Suspect) -> Iterator[Found]:
    """`-=` for `+=`, or the reverse."""
    for statement in suspect.world.retelling.statements:
        if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add | ast.Sub):
            adds = isinstance(statement.op, ast.Add)
            other = ast.Sub() if adds else ast.Add()
            new = ast.AugAssign(statement.target, other, statement.value)
            if suspect.evidence.mends(Edit({statement: ast.copy_location(new, statement)})):
                label = label_of_sign(suspect) if adds else "subtract_instead_of_add"
                yield Found(label, place(suspect, statement))
        elif isinstance(statement, ast.Expr) and called(statement.value) == "at":
            yield from taken_away_at(suspect, statement)


def taken_away_at(suspect: Suspect, statement: ast.Expr) -> Iterator[Found]:
    """`np.subtract.at` for `np.add.at`, or the reverse."""
    assert isinstance(statement.value, ast.Call)
    adds = "add" in ast.unparse(statement.value.func)
    function = ast.parse(f"np.{'subtract' if adds else 'add'}.at", mode="eval").body
    new = ast.Expr(ast.Call(function, statement.value.args, []))
    if suspect.evidence.mends(Edit({statement: new})):
        label = label_of_sign(suspect) if adds else "subtract_instead_of_add"
        yield Found(label, place(suspect, statement))


def counted_twice_at_a_tie(suspect: Suspect) -> Iterator[Found]:
    """Each input of the max alone may have this gradient, but not both."""
    base = suspect.evidence.base
    if base is not None and base.fits(base.value) and not suspect.row.earlier:
        yield Found("tie_double_count", {})
