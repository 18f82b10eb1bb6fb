// The sentence under the figure, which a screen reader says too; and the notice when something is amiss.

import { written } from "./numerals.js";

export function announcing(stage) {
    const { sentence, notice } = stage.places;
    let moved = null; // the dial that was moved last

    function summary() {
        const { score, tape, figure } = stage;
        const f = score.wires[score.output].said;
        const start = `${f} is ${written(tape.values[score.output], figure.whole)}.`;
        const dial = score.dials[moved];
        if (!dial || dial.wire === null) return `${start} Move a slider: green is a value, red the gradient of ${f} on it.`;
        const slope = tape.gradients[dial.wire];
        if (!Number.isFinite(slope)) return start;
        if (slope === 0) return `${start} Moving ${dial.name} a little leaves ${f} where it is: its gradient is 0.`;
        return `${start} Move ${dial.name} up by a small step, and ${f} moves ${written(slope)} times as far.`;
    }

    function show() {
        const text = stage.sentence() ?? summary();
        if (sentence.textContent !== text) sentence.textContent = text;
        const amiss = stage.problem();
        notice.hidden = amiss === "";
        if (notice.textContent !== amiss) notice.textContent = amiss;
    }

    stage.bus.on("moved", ({ dial }) => (moved = dial));
    stage.bus.on("replayed", show);
    stage.bus.on("stepped", show);
    stage.bus.on("noticed", show);
}
