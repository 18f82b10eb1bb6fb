// Force: an arrow on every wire says whether it wants to go up or down, and how strongly, so that f grows.

import { element } from "./elements.js";
import { written } from "./numerals.js";
import { panelOf } from "./panels.js";
import { drawn } from "./plot.js";

const LONGEST = 22; // of an arrow, in the figure's points
const SHORTEST = 5; // of one that is there at all
const PUSH = 0.04; // of its range: how far the strongest pull moves its slider at a time
const WHAT_FORCES_ARE = "Arrows: which way each wire wants to move, and how strongly, so that f grows";

export function forces(stage) {
    const tool = panelOf(stage, "Forces", WHAT_FORCES_ARE);
    const words = element("p", { "aria-live": "polite" });
    const follow = element("button", { type: "button", title: "Move every input a little along its arrow", onclick: push }, "Let them pull");
    tool.panel.append(words, follow);
    let arrows = [];
    let pulled = "";

    // One arrow for each wire of the figure that carries a number, at the right end of its line.
    function build() {
        tool.offer(stage.figure.slots.some((slot) => slot.gradient));
        arrows.forEach(({ arrow }) => arrow.remove());
        arrows = [];
        if (!tool.open()) return;
        for (const slot of stage.figure.slots) {
            if (!slot.gradient) continue;
            const place = footOf(slot);
            const arrow = drawn("path", { class: "play-force", transform: `translate(${place.x} ${place.y})` });
            stage.figure.wire(slot.wire).append(arrow);
            arrows.push({ arrow, wire: slot.wire });
        }
        show();
    }

    function show() {
        if (!tool.open()) return;
        const pulls = arrows.map(({ wire }) => Math.abs(stage.tape.gradients[wire])).filter(Number.isFinite);
        const most = Math.max(...pulls, 0);
        for (const { arrow, wire } of arrows) {
            const force = stage.tape.gradients[wire];
            const share = most > 0 && Number.isFinite(force) ? force / most : 0;
            arrow.setAttribute("d", shapeOf(share));
            arrow.setAttribute("stroke-width", (1.5 + 2.5 * Math.abs(share)).toFixed(2));
            arrow.dataset.force = share > 0 ? "up" : share < 0 ? "down" : "none";
        }
        words.textContent = said() + pulled;
    }

    // In words: every input, the strongest pull first.
    function said() {
        const { score, tape } = stage;
        const f = score.wires[score.output].said;
        const inputs = score.wires.map((_, at) => at).filter((at) => score.wires[at].gate === undefined && !score.wires[at].truth && at < score.drawn);
        const ordered = inputs.sort((a, b) => Math.abs(tape.gradients[b]) - Math.abs(tape.gradients[a]));
        return `So that ${f} grows: ${ordered.map((at) => pullOf(score.wires[at].said, tape.gradients[at], stage.figure.whole)).join(", ")}.`;
    }

    // A small step of all inputs at once, each by its own gradient.
    function push() {
        const { score, tape } = stage;
        const before = tape.values[score.output];
        const moving = score.dials.map((dial) => (dial.wire === null || dial.whole ? 0 : tape.gradients[dial.wire]));
        const rates = score.dials.map((dial, i) => (moving[i] === 0 ? Infinity : (PUSH * (dial.high - dial.low)) / Math.abs(moving[i])));
        const rate = Math.min(...rates);
        if (!Number.isFinite(rate)) {
            pulled = " No input pulls: there is nothing to follow.";
            show();
            return;
        }
        const numbers = score.dials.map((dial, i) => Math.min(dial.high, Math.max(dial.low, stage.numbers[i] + rate * moving[i])));
        pulled = "";
        stage.moveAll(numbers);
        stage.host.tell(stage.numbers, true);
        const after = tape.values[score.output];
        pulled = ` ${score.wires[score.output].said} went from ${written(before)} to ${written(after)}.`;
        show();
    }

    tool.turned = build;
    stage.bus.on("laid out", build);
    stage.bus.on("replayed", show);
    stage.bus.on("moved", () => (pulled = ""));
    build();
}

// Where an arrow starts: on the line of the wire, at its right end.
function footOf({ room, gradient, value }) {
    const middle = Number((value ?? gradient).node.getAttribute("x"));
    const below = Number(gradient.node.getAttribute("y"));
    const above = value ? Number(value.node.getAttribute("y")) : below - 24;
    return { x: middle + room / 2 - 5, y: (above + below) / 2 - 4.5 };
}

// An arrow from the line up or down; a dot for no force.
function shapeOf(share) {
    if (share === 0) return "M-3,0H3";
    const length = SHORTEST + (LONGEST - SHORTEST) * Math.abs(share);
    const tip = share > 0 ? -length : length;
    const head = share > 0 ? tip + 5 : tip - 5;
    return `M0,0V${tip.toFixed(2)}M-4,${head.toFixed(2)}L0,${tip.toFixed(2)}L4,${head.toFixed(2)}`;
}

function pullOf(name, force, whole) {
    if (!Number.isFinite(force)) return `${name} has no slope`;
    if (force === 0) return `${name} does not matter`;
    return `${name} wants ${force > 0 ? "up" : "down"} (${written(Math.abs(force), whole)})`;
}
