// Stepping: forward and then backward, one gate at a time, with the sentence that says what happens.

import { button, element } from "./elements.js";
import { stepSentence } from "./sentences.js";
import { sumOf, Walk } from "./walk.js";

export function stepping(stage) {
    const { figure, places, bus } = stage;
    let place = null; // where on the walk; null shows everything
    let walk = walkNow();
    let known = new Set();
    let arrived = new Map();

    function walkNow() {
        return new Walk(stage.score, figure.layout, stage.tape);
    }

    function go(to) {
        place = to;
        look();
        stage.paint();
        mark();
        bus.say("stepped", { place });
    }

    const forward = () => go(place === null ? 0 : place + 1 < walk.length ? place + 1 : null);
    const back = () => go(place === null ? walk.length - 1 : place > 0 ? place - 1 : null);
    const all = () => go(null);

    // What there is to see from here; asked again when the numbers change.
    function look() {
        if (place === null) return;
        known = walk.known(place);
        arrived = walk.arrived(place);
    }

    function shown(wire, part, text) {
        if (place === null) return text;
        if (part === "value") return known.has(wire) ? text : "";
        const parts = arrived.get(wire);
        if (!parts) return "";
        return parts.some((each) => each.share === null) ? text : figure.said(sumOf(parts));
    }

    function mark() {
        const now = place === null ? null : walk.at(place);
        const ahead = place === null ? [] : walk.steps.slice(place + 1);
        figure.mark("play-ahead", ahead.map((step) => figure.gate(step.number)));
        figure.mark("play-forward", now?.phase === "forward" ? partsOf(now.step) : []);
        figure.mark("play-backward", now?.phase === "backward" ? partsOf(now.step) : []);
        if (now?.step) figure.bringIntoView(figure.gate(now.step.number) ?? figure.wire(now.step.number));
        position.textContent = now === null ? "" : titleOf(now);
        showAll.disabled = now === null;
    }

    function partsOf(step) {
        return [figure.gate(step.number), ...[...step.inputs, ...step.outputs].map((n) => figure.wire(n))];
    }

    function titleOf({ phase, number }) {
        if (phase === "output") return "Between forward and backward";
        return `${phase === "forward" ? "Forward" : "Backward"} ${number} of ${walk.steps.length}`;
    }

    const position = element("span", { class: "play-position" });
    const showAll = button("Show all", "Show all values and gradients (Escape)", all);
    places.bar.append(
        element("span", { class: "play-steps", role: "group", "aria-label": "Step through the circuit" },
            button("\u25c0 Back", "One gate back (left arrow)", back),
            button("Step \u25b6", "One gate on: forward first, then backward (right arrow)", forward),
            showAll),
        position,
    );

    const keys = { ArrowRight: forward, ArrowLeft: back, Escape: all };
    // A page that stands alone has no other use for these keys, wherever the focus is.
    const ears = stage.host.live ? stage.root : document;
    ears.addEventListener("keydown", (event) => {
        const typing = event.target.tagName === "INPUT";
        const act = keys[event.key];
        if (!act || (typing && event.key !== "Escape") || event.altKey || event.ctrlKey || event.metaKey) return;
        if (event.key === "Escape" && place === null) return;
        event.preventDefault();
        event.stopPropagation();
        act();
    });

    figure.lenses.push(shown);
    stage.speakers.push(() => (place === null ? null : stepSentence(stage, walk, place, arrived)));
    bus.on("moving", look); // the numbers are new, and not yet written
    bus.on("laid out", () => {
        // The same gate need not be there any more: the walk begins anew.
        walk = walkNow();
        place = null;
        mark();
    });
    mark();
}
