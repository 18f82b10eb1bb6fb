// The sentence under the figure, the notice in its place when something is amiss, and what a screen reader says.

import { element } from "./elements.js";
import { written } from "./numerals.js";

export function announcing(stage) {
    const { sentence, notice } = stage.places;
    let moved = null; // the dial that was moved last
    let shown = null;

    function summary() {
        const { score, tape, figure } = stage;
        const f = score.wires[score.output].said;
        const { shape } = score.wires[score.output];
        const start = `${f} is ${shape ? `of shape ${shape}` : figure.said(tape.values[score.output])}.`;
        if (score.dials.length === 0) return start;
        const dial = score.dials[moved];
        if (!dial || dial.wire === null) {
            return `${start} Move a slider, or step with \u2192: above each wire is its value, below it the gradient of ${f} on it.`;
        }
        const slope = tape.gradients[dial.wire];
        if (!Number.isFinite(slope)) return start;
        if (slope === 0) return `${start} Its gradient on ${dial.name} is 0: a small step of ${dial.name} leaves it where it is.`;
        return `${start} A small step of ${dial.name} moves it ${written(slope)} times as far.`;
    }

    function show() {
        const lines = linesOf(stage.sentence() ?? summary());
        const text = textOf(lines);
        if (text !== shown) sentence.replaceChildren(...lines.map(lineOf));
        shown = text;
        const amiss = stage.problem();
        notice.hidden = amiss === "";
        sentence.hidden = !notice.hidden; // one in the place of the other, so that nothing moves
        if (notice.textContent !== amiss) notice.textContent = amiss;
    }

    // While a slider moves nothing is read out; the sentence at the end of it is.
    function tell() {
        show();
        stage.announce(notice.textContent || shown);
    }

    stage.bus.on("moved", ({ dial }) => (moved = dial));
    stage.bus.on("replayed", show);
    for (const event of ["stepped", "released", "noticed"]) stage.bus.on(event, tell);
}

// A sentence is a text, or lines of parts: texts, and [class, text].
function linesOf(sentence) {
    return typeof sentence === "string" ? [[sentence]] : sentence;
}

function textOf(lines) {
    return lines.map((line) => line.map((part) => (Array.isArray(part) ? part[1] : part)).join("")).join(" ");
}

function lineOf(line) {
    const parts = line.map((part) => (Array.isArray(part) ? element("span", { class: `play-${part[0].replace(" ", " play-")}` }, part[1]) : part));
    return element("p", {}, ...parts);
}
