"""What a sentence needs to know, put into phrases: from a cause and its evidence to a finding."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from backprop_kit.evidence import Evidence
from backprop_kit.formulas import Formula, constant
from backprop_kit.plain import as_array, kind_of, numbers
from backprop_kit.retelling import names_in
from backprop_kit.sentences import (
    BEGINNING,
    BEGINNING_OF_ARRAYS,
    NO_NUMBERS,
    ONE_LINE,
    SAME_EVERYWHERE,
    SPOILT,
    TWINS,
    Finding,
    Found,
    told,
)
from backprop_kit.suspects import Suspect

Facts = dict[str, Any]
MOST_BLAMED = 3  # forward lines that a sentence names


def finding(evidence: Evidence, suspect: Suspect | None, found: Sequence[Found]) -> Finding:
    """The sentence on the first cause, with the second one named beside it."""
    row = evidence.row
    facts: Facts = {"name": row.name, "of": row.of, "line": row.line, "text": row.text}
    if not found:
        return not_known(evidence, suspect, facts)
    label = found[0].label
    facts |= suspected(suspect, label) if suspect is not None else {}
    facts |= found[0].facts
    if "stage" in facts:
        facts["stage_text"] = f"`{text_of(evidence, facts['stage'])}`"
    phrase = PHRASES.get(label)
    facts |= phrase(facts, evidence) if phrase is not None else {}
    twins = [f.label for f in found[1:] if f.label in TWINS.get(label, ())]
    return told(label, facts, tuple(twins[:1]))


def suspected(suspect: Suspect, label: str) -> Facts:
    """The stage whose contribution is wrong, as its line says it, and the shapes."""
    return {
        "stage_text": blamed(suspect, label),
        "product": any(f.factors or f.multiplies_matrices for f in suspect.formulas),
        "shape": suspect.world.shape,
        "found": as_array(suspect.world.value).shape,
        **suspect.where(),
    }


def blamed(suspect: Suspect, label: str) -> str:
    """The forward lines whose contribution may be the wrong one, those first that the label fits."""
    fits = FITS.get(label, lambda formula: True)
    stages = [f.stage for f in suspect.formulas if fits(f)] or suspect.stages
    nearer = label in OF_THE_LINE
    read = (
        text
        for stage in stages
        for text in (reading(suspect, stage) if nearer else [text_of(suspect.evidence, stage)])
    )
    texts = list(dict.fromkeys(f"`{text}`" for text in read))
    if not texts or len(texts) > MOST_BLAMED:
        return f"a line that reads `{suspect.row.of}`"
    return " or ".join(texts)


# Sentences that speak of the line that reads the variable, not of the whole way to the stage.
OF_THE_LINE = ("wrong_local_derivative", "missing_local_gradient", "same_input_twice")


def reading(suspect: Suspect, stage: str) -> list[str]:
    """The line of a stage, if it reads the variable; else the lines on the way to it that do."""
    evidence, of = suspect.evidence, suspect.row.of
    lines = {w.text: evidence.listing.writer(w) for w in evidence.recording.forward}
    read = [t for t, s in lines.items() if s is not None and s.value and of in names_in(s.value)]
    own = text_of(evidence, stage)
    return [own] if own in read or not read else read


# What the forward line must have for a sentence that speaks of it to be true.
FITS: dict[str, Callable[[Formula], bool]] = {
    "lost_minus": lambda formula: formula.carries_minus,
    "multiply_not_swapped": lambda formula: bool(formula.factors),
    "product_of_three": lambda formula: len(formula.factors) > 2,
    "same_input_twice": lambda formula: formula.legs > 1,
}


def text_of(evidence: Evidence, stage: str) -> str:
    """The forward line that gives a stage its value."""
    lines = [w.text for w in evidence.recording.forward if w.name == stage]
    return lines[-1] if lines else stage


def not_known(evidence: Evidence, suspect: Suspect | None, facts: Facts) -> Finding:
    """What can be said where no cause is known: the line, and what to work on paper."""
    if evidence.row.of == evidence.recording.output:
        single = not np.ndim(evidence.recording.values()[evidence.row.of])
        return told("unknown", facts, words=BEGINNING if single else BEGINNING_OF_ARRAYS)
    if evidence.row.earlier:
        return told("unknown", facts, words=SPOILT)
    if numbers(evidence.row.yours) is None:
        return told("unknown", {**facts, "kind": kind_of(evidence.row.yours)}, words=NO_NUMBERS)
    if is_plain_number(evidence):
        return told("unknown", facts, words=SAME_EVERYWHERE)
    if suspect is None or not (place := suspect.only_line):
        return told("unknown", {**facts, "paper": paper(evidence, evidence.readers)})
    facts |= {**place, "paper": paper(evidence, suspect.stages)}
    return told("unknown", facts, words=ONE_LINE)


def is_plain_number(evidence: Evidence) -> bool:
    """Whether the row was written once, as a number: `dx = 5`."""
    writes = [w for w in evidence.recording.backward if w.name == evidence.row.name]
    statement = evidence.listing.writer(writes[0]) if len(writes) == 1 else None
    value = getattr(statement, "value", None)
    return value is not None and constant(value) is not None


def paper(evidence: Evidence, stages: Sequence[str]) -> str:
    """What to work on paper where no cause is known."""
    recording, row = evidence.recording, evidence.row
    readers = dict.fromkeys(text_of(evidence, stage) for stage in stages)
    if not readers:
        return f"how `{recording.output}` depends on `{row.of}`"
    through = " and through ".join(f"`{text}`" for text in readers)
    return f"what comes back to `{row.of}` through {through}"


# ----- one label each --------------------------------------------------------------------------


def forward_differs(facts: Facts, evidence: Evidence) -> Facts:
    name = facts["changed"]
    if any(write.name == name for write in evidence.recording.forward):
        place = f"line {facts['line']} (`{facts['text']}`)"
        return {"differing": f"`{name}` has another value after {place}"}
    return {"differing": f"there is no `{name}` in it"}


def raised(facts: Facts, evidence: Evidence) -> Facts:
    return {"where": f"line {facts['line']}" if facts["line"] else "an error"}


def stale(facts: Facts, evidence: Evidence) -> Facts:
    if "changing" in facts:
        by = f"line {facts['later']} (`{facts['changing']}`)"
        return {"stale": f"{by} has given another value by then"}
    return {"stale": "does not hold the value that the forward pass computed with there"}


def changed(facts: Facts, evidence: Evidence) -> Facts:
    if "wrote" in facts:  # a line reads what another one has changed
        needing = f"and line {facts['line']} (`{facts['text']}`) still needs it as it was"
        return {"changed": f"`{facts['wrote']}`", "needing": needing}
    name, other = facts["name"], facts.get("other")
    both = f"and `{name}` is the same array" if other else "though it is still needed as it was"
    return {
        "later": facts["line"], "changing": facts["text"],
        "changed": f"`{other or name}`", "needing": both,
    }  # fmt: skip


def overwritten(facts: Facts, evidence: Evidence) -> Facts:
    if facts.get("repeats"):
        return {
            "earlier": "an index that comes up twice had",
            "adding": "`np.add.at`, which counts every repetition",
        }
    same = facts["earlier"] == facts["line"]
    return {"earlier": "the round before" if same else f"line {facts['earlier']}"}


def left_out(facts: Facts, evidence: Evidence) -> Facts:
    texts = dict.fromkeys(f"`{text_of(evidence, stage)}`" for stage in facts["stages"])
    return {"stages": " and ".join(texts)}


def made_of_integers(facts: Facts, evidence: Evidence) -> Facts:
    first = next(w for w in evidence.recording.backward if w.name == facts["name"])
    return {"made": first.line, "making": first.text}


def condition(facts: Facts, evidence: Evidence) -> Facts:
    wrote = facts.get("wrote")
    return {"condition": f"; look at `{chosen_by(wrote)}`" if wrote else ""}


def chosen_by(text: str) -> str:
    """The condition of a choice, `a if condition else b` or `np.where(condition, a, b)`."""
    match ast.parse(text, mode="eval").body:
        case ast.IfExp(test=test) | ast.Call(func=ast.Attribute(attr="where"), args=[test, *_]):
            return ast.unparse(test)
    return text


def unsummed(facts: Facts, evidence: Evidence) -> Facts:
    if facts["found"] != facts["shape"]:
        sizes = f"`{facts['name']}` has shape {facts['found']} and `{facts['of']}` has shape {facts['shape']}"
        return {
            "unsummed": f"{sizes}: a sum is missing on line {facts['line']} (`{facts['text']}`)."
        }
    wrote = facts.get("wrote") or facts["name"]
    return {"unsummed": f"On line {facts['line']} (`{facts['text']}`) `{wrote}` is not summed."}


def kinds_of_product(facts: Facts, evidence: Evidence) -> Facts:
    return {k: "`*`" if facts[k] == "*" else facts[k] for k in ("wrote", "meant") if k in facts}


def shape_left(facts: Facts, evidence: Evidence) -> Facts:
    return {"left": facts["shape"] or "a single number"}


def averaged(facts: Facts, evidence: Evidence) -> Facts:
    count = facts.get("count")
    return {"times": f", and so is {count} times too small" if count else ""}


def divided(facts: Facts, evidence: Evidence) -> Facts:
    ratio = facts.get("ratio")
    if ratio is None:
        return {"dividing": "does not divide by the number of examples as often as it should"}
    count = facts["count"]
    if ratio > 1:
        return {"dividing": f"divides by {count} once too often"}
    return {"dividing": f"lacks a division by {count}"}


def factor(facts: Facts, evidence: Evidence) -> Facts:
    return {"ratio": f"{facts.get('ratio', 2.0):.6g}"}


def local_part(facts: Facts, evidence: Evidence) -> Facts:
    ratio = facts.get("ratio")
    return {"part": f"; it is off by the factor {ratio:.6g}" if ratio is not None else ""}


def gradient_meant(facts: Facts, evidence: Evidence) -> Facts:
    if "meant" in facts:
        return {"gradient": f"its gradient `{facts['meant']}`"}
    return {"gradient": "the gradient that the backward pass begins with"}


def another_value(facts: Facts, evidence: Evidence) -> Facts:
    if facts.get("wrote") in evidence.gradient_names.values():
        misread = f"has the gradient `{facts['wrote']}` in a place where a forward value belongs"
        return {"misread": misread, **where_to_look(facts)}
    return where_to_look(facts)


def where_to_look(facts: Facts) -> Facts:
    of, stage = facts["of"], facts.get("stage_text", "")
    read = re.search(rf"\b{re.escape(of)}\b", stage)
    line = stage if read and "=" in stage else f"the line that reads `{of}`"
    if facts.get("product"):
        return {"look": f"Look at {line} once more: which values stand beside `{of}` in it?"}
    question = "does its derivative need what goes in or what comes out"
    return {"look": f"Look at {line} once more: {question}?"}


PHRASES: dict[str, Callable[[Facts, Evidence], Facts]] = {
    "raises": raised,
    "integer_dtype": made_of_integers,
    "changed_forward": forward_differs,
    "mutates_upstream": changed,
    "stale_cache": stale,
    "overwrite_at_fork": overwritten,
    "missing_path": left_out,
    "inverted_mask": condition,
    "missing_unbroadcast_sum": unsummed,
    "wrong_sum_axis": shape_left,
    "elementwise_instead_of_matmul": kinds_of_product,
    "mean_instead_of_sum": averaged,
    "double_batch_scale": divided,
    "missing_power_factor": factor,
    "missing_local_gradient": local_part,
    "forward_value_instead_of_gradient": gradient_meant,
    "wrong_cached_variable": another_value,
}
