// Comparing: your d-variables beside the true gradients, and the first wrong gate with the reason.

import { element } from "./elements.js";
import { drawn } from "./plot.js";

const SYMBOLS = { right: "\u2714", wrong: "\u2718", inherits: "\u21b3", missing: "\u2026" };
const HEADS = ["", "d-variable", "yours", "true", "verdict"];
const MEANS = { inherits: "inherits: right for what it was handed" };

export function comparing(stage) {
    const found = () => stage.host.read("compared") ?? stage.score.compared;
    const table = element("table", { class: "play-compared" });
    const reason = element("p", { class: "play-reason" });
    stage.places.tools.append(element("section", { class: "play-panel", "aria-label": "Your gradients" }, reason, table));
    const start = stage.score.dials.map((dial) => dial.value);
    let notes = [];

    // Your number below the true one, on each wire that has a d-variable.
    function build() {
        notes.forEach(({ node }) => node.remove());
        notes = [];
        for (const row of found().rows) {
            const slot = row.wire === null ? null : stage.figure.slots.find((each) => each.wire === stage.figure.drawn(row.wire));
            if (!slot?.gradient) continue;
            const { node: below } = slot.gradient;
            const node = drawn("text", { class: "play-yours", x: below.getAttribute("x"), y: Number(below.getAttribute("y")) + 13, "text-anchor": "middle" });
            stage.figure.wire(slot.wire).append(node);
            notes.push({ node, row });
        }
        show();
    }

    function show() {
        const { first, problem, headline, ok } = found();
        const stale = isStale();
        for (const { node, row } of notes) {
            node.textContent = `yours ${yoursIn(stage, row)} ${SYMBOLS[row.verdict]}`;
            node.dataset.verdict = row.verdict;
            node.classList.toggle("play-late", stale);
        }
        stage.figure.mark("play-first-wrong", first ? [...first.gates.map((n) => stage.figure.gate(n)), ...first.wires.map((n) => stage.figure.wire(stage.figure.drawn(n)))] : []);
        reason.replaceChildren(...(first ? [element("strong", {}, `\u2718 First slip: ${first.name}. `), first.said] : [problem || `${ok ? "\u2714 " : ""}${headline}.`]));
        if (stale && !stage.host.live) reason.append(" (Your numbers are those of the inputs at the start: this page cannot run your code.)");
        table.hidden = found().rows.length === 0;
        table.replaceChildren(element("thead", {}, rowOf("th", HEADS)), element("tbody", {}, ...found().rows.map((row) => lineFor(stage, row, first))));
    }

    // Your numbers are the kernel's to compute: until it answers, and on a page without one, they stay.
    function isStale() {
        if (stage.host.live) return found().count < stage.host.count;
        return start.some((number, i) => number !== stage.numbers[i]);
    }

    stage.host.on("compared", build);
    stage.bus.on("laid out", build);
    stage.bus.on("replayed", show);
    build();
}

function yoursIn(stage, row) {
    if (row.yours === null) return row.verdict === "missing" ? "missing" : row.found;
    return stage.figure.said(Number(row.yours));
}

function lineFor(stage, row, first) {
    const truth = row.wire === null ? NaN : stage.tape.gradients[row.wire];
    const right = Number.isFinite(truth) ? stage.figure.said(truth) : row.wanted;
    const cells = [SYMBOLS[row.verdict], row.name, yoursIn(stage, row), right, MEANS[row.verdict] ?? row.verdict];
    const made = rowOf("td", cells);
    made.dataset.verdict = row.verdict;
    if (first?.name === row.name) made.dataset.first = "true";
    return made;
}

function rowOf(tag, texts) {
    return element("tr", {}, ...texts.map((text) => element(tag, {}, text)));
}
