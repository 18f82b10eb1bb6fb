"""Small changes to a line, each the opposite of one slip: if it makes the row right, that was the slip.

A rule looks at one node of the learner's line and yields what may have been meant instead, with
the label of the slip. Rules propose; only a change after which the row is right in every world
counts, so a rule need not be careful about what it proposes, only about how it is called.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from backprop_kit.formulas import terms_of
from backprop_kit.labelling import label_of_names
from backprop_kit.retelling import Edit, Simple, names_in
from backprop_kit.suspects import Suspect
from backprop_kit.syntax import elements, expressions, name, nodes, rebuilt, summed_terms


@dataclass(frozen=True)
class Change:
    """A node as it may have been meant, and the label of the slip that made it what it is."""

    label: str
    node: ast.expr
    wrote: str = ""
    meant: str = ""
    far: int = 0  # how far-fetched it is: a nearer one that fits as well is believed first


@dataclass(frozen=True)
class Repair:
    """A change together with the edit of the line that carries it out."""

    change: Change
    statement: Simple
    edit: Edit

    @property
    def label(self) -> str:
        return self.change.label


Rule = Callable[["Site"], Iterator[Change]]


@dataclass(frozen=True)
class Site:
    """A node of a line, in view of everything that is known about the row."""

    node: ast.expr
    suspect: Suspect
    statement: Simple
    is_term: bool = False  # one of the terms that are added up, to the whole value or in a sum
    is_summed: bool = False  # within a sum or a mean
    is_sum_of_terms: bool = False  # the sum that the whole value is

    @cached_property
    def names(self) -> set[str]:
        return names_in(self.node)


def repairs(suspect: Suspect, rules: Sequence[Rule]) -> Iterator[Repair]:
    """Every change that a rule proposes to one of the suspected lines."""
    alike: dict[tuple[str, str, str], dict[ast.stmt, ast.stmt | None]] = {}
    for one in each_line(suspect, rules):
        yield one
        key = (one.label, one.change.wrote, one.change.meant)
        if one.change.wrote or one.change.meant:
            alike.setdefault(key, {}).setdefault(one.statement, one.edit.becomes[one.statement])
            if len(alike[key]) > 1:  # the same slip on several lines
                yield replace(one, edit=Edit(dict(alike[key])))


def each_line(suspect: Suspect, rules: Sequence[Rule]) -> Iterator[Repair]:
    for statement in suspect.statements:
        for part in expressions(statement, suspect.row.name):
            terms = {id(t) for e in elements(part) for t in terms_of(e)}
            for node, is_summed in nodes(part):
                terms |= {id(t) for t in summed_terms(node)}
                site = Site(node, suspect, statement, id(node) in terms, is_summed, node is part)
                for propose in rules:
                    for change in propose(site):
                        edited = rebuilt(statement, node, change.node)
                        yield Repair(change, statement, Edit({statement: edited}))
        yield from everywhere(suspect, statement)


def everywhere(suspect: Suspect, statement: Simple) -> Iterator[Repair]:
    """A name exchanged for another one wherever the line reads it."""
    reads = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
    reads = [n for n in reads if isinstance(n.ctx, ast.Load)]
    for wrote in dict.fromkeys(n.id for n in reads):
        places = [n for n in reads if n.id == wrote]
        for meant in suspect.names if len(places) > 1 else ():
            label = label_of_names(suspect, wrote, meant) if meant != wrote else ""
            if label:
                edited: ast.AST = statement
                for node in places:
                    edited = rebuilt(edited, node, name(meant))
                change = Change(label, name(meant), wrote, meant)
                yield Repair(change, statement, Edit({statement: edited}))  # type: ignore[dict-item]
