"""What a sentence needs to know, put into phrases: from a cause and its evidence to a finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from backprop_kit.evidence import Evidence
from backprop_kit.plain import as_array
from backprop_kit.sentences import TWINS, Finding, Found, told
from backprop_kit.suspects import Suspect

Facts = dict[str, Any]


def finding(evidence: Evidence, suspect: Suspect | None, found: Sequence[Found]) -> Finding:
    """The sentence on the first cause, with the second one named beside it."""
    row = evidence.row
    facts: Facts = {"name": row.name, "of": row.of, "line": row.line, "text": row.text}
    if not found:
        return told("unknown", {**facts, "paper": paper(evidence)})
    facts |= suspected(suspect) if suspect is not None else {}
    facts |= found[0].facts
    label = found[0].label
    phrase = PHRASES.get(label)
    facts |= phrase(facts, evidence) if phrase is not None else {}
    twins = [f.label for f in found[1:] if f.label in TWINS.get(label, ())]
    return told(label, facts, tuple(twins[:1]))


def suspected(suspect: Suspect) -> Facts:
    """The stage whose contribution is wrong, as its line says it, and the shapes."""
    stage = next(iter(suspect.stages), suspect.evidence.recording.output)
    return {
        "stage_text": text_of(suspect.evidence, stage),
        "shape": suspect.world.shape,
        "found": as_array(suspect.world.value).shape,
        **suspect.where(),
    }


def text_of(evidence: Evidence, stage: str) -> str:
    """The forward line that gives a stage its value."""
    lines = [w.text for w in evidence.recording.forward if w.name == stage]
    return lines[-1] if lines else stage


def paper(evidence: Evidence) -> str:
    """What to work on paper where no cause is known."""
    recording, row = evidence.recording, evidence.row
    readers = dict.fromkeys(text_of(evidence, stage) for stage in evidence.readers)
    if not readers:
        return f"how `{recording.output}` depends on `{row.of}`"
    through = " and through ".join(f"`{text}`" for text in readers)
    return f"what comes back to `{row.of}` through {through}"


# ----- one label each --------------------------------------------------------------------------


def raised(facts: Facts, evidence: Evidence) -> Facts:
    return {"where": f"line {facts['line']}" if facts["line"] else "an error"}


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


def condition(facts: Facts, evidence: Evidence) -> Facts:
    wrote = facts.get("wrote")
    return {"condition": f"; look at `{wrote}`" if wrote else ""}


def unsummed(facts: Facts, evidence: Evidence) -> Facts:
    if facts["found"] != facts["shape"]:
        sizes = f"`{facts['name']}` has shape {facts['found']} and `{facts['of']}` has shape {facts['shape']}"
        return {
            "unsummed": f"{sizes}: a sum is missing on line {facts['line']} (`{facts['text']}`)."
        }
    wrote = facts.get("wrote") or facts["name"]
    return {"unsummed": f"On line {facts['line']} (`{facts['text']}`) `{wrote}` is not summed."}


def divided(facts: Facts, evidence: Evidence) -> Facts:
    ratio = facts.get("ratio")
    if ratio is None:
        return {"count": "the number of examples"}
    often = "it divides by it once too often" if ratio > 1 else "the division by it is missing"
    return {"dividing": often}


def factor(facts: Facts, evidence: Evidence) -> Facts:
    return {"ratio": f"{facts.get('ratio', 2.0):.6g}"}


def local_part(facts: Facts, evidence: Evidence) -> Facts:
    ratio = facts.get("ratio")
    return {"part": f"; it is off by the factor {ratio:.6g}" if ratio is not None else ""}


def another_value(facts: Facts, evidence: Evidence) -> Facts:
    return {"wrote": facts.get("wrote") or facts["name"]}


PHRASES: dict[str, Callable[[Facts, Evidence], Facts]] = {
    "raises": raised,
    "mutates_upstream": changed,
    "overwrite_at_fork": overwritten,
    "missing_path": left_out,
    "inverted_mask": condition,
    "missing_unbroadcast_sum": unsummed,
    "double_batch_scale": divided,
    "missing_power_factor": factor,
    "missing_local_gradient": local_part,
    "wrong_cached_variable": another_value,
}
