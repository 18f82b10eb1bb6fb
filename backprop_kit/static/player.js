// The player: a circuit under sliders, in a notebook or on a page that stands alone.
//
// How a tool plugs in. A tool is a function `tool(stage)` in a file of its own, listed under its mode in
// TOOLS below. It never knows another tool; it has the stage, and hears of the rest from the bus.
//
//   stage.score      the circuit as plain data (live_score.py): wires, gates, guards, dials, figures
//   stage.numbers    the numbers of the dials, in the order of score.dials
//   stage.tape       values[wire], gradients[wire]; handedBack(step, drawn) gives local gradients and
//                    shares; tried(wire, number) gives {value, held}: f if that wire carried another number
//   stage.figure     layout.steps (what is computed one after the other in this layout), wire(n) and
//                    gate(n) (SVG groups), drawn(n), mark(class, elements), lenses (push a function
//                    (wire, part, text) => text to hide or replace what is written on a wire; then
//                    call stage.paint())
//   stage.places     elements to put things into: bar (buttons), tools (panels), sentence, notice
//   stage.speakers   push a function () => text or null, to say the sentence under the figure; after a
//                    change say stage.bus.say("stepped") or ("noticed") so that it is asked again
//   stage.host       live (is there a kernel?), read(trait), save(trait, value), on(trait, act)
//                    until the view is closed
//   stage.bus        on(event, act): "replayed" (there are new numbers), "laid out" (the figure is a
//                    new SVG: look elements up again), "scored" (another circuit: everything is new),
//                    "moved" {dial}, "released", "picked" {wire}, "stepped", "noticed", "answered"

import { announcing } from "./announcing.js";
import { comparing } from "./comparing.js";
import { controls, resetting } from "./controls.js";
import { forces } from "./forces.js";
import { groups } from "./groups.js";
import { Kernel, Nobody } from "./hosts.js";
import { picking } from "./picking.js";
import { predicting } from "./predicting.js";
import { problems } from "./problems.js";
import { sensitivity } from "./sensitivity.js";
import { Stage } from "./stage.js";
import { stepping } from "./stepping.js";
import { tabling } from "./tabling.js";

const TOOLS = {
    explore: [stepping, groups, picking, sensitivity, forces],
    predict: [groups, predicting],
    compare: [stepping, groups, picking, comparing],
};

export function play(host, root, more = []) {
    const score = host.score();
    root.classList.add("backprop-play", `backprop-${score.palette}`);
    keepKeys(root);
    const style = document.createElement("style");
    style.textContent = score.css;
    root.append(style);
    const stage = new Stage(host, root);
    for (const tool of [problems, controls, announcing, ...TOOLS[score.mode], resetting, ...more]) tool(stage);
    listenTo(host, stage);
    if (stage.score.kernel) answer(host, stage);
    stage.replay();
    return () => host.leave();
}

// Keys belong to the player while something in it has the focus. A notebook asks for this attribute,
// and asks the element itself: its shortcuts are for whatever has the focus in a selected cell.
function keepKeys(root) {
    const keep = (element) => element.setAttribute("data-lm-suppress-shortcuts", "true");
    keep(root);
    root.addEventListener("focusin", (event) => keep(event.target));
}

// What the kernel changes by itself, or answers.
function listenTo(host, stage) {
    host.on("told", () => {
        const same = host.told().every((number, i) => number === stage.numbers[i]);
        if (!same && !stage.held && host.isUpToDate(host.read("count"))) stage.moveAll(host.told());
    });
    host.on("score", () => {
        const names = (score) => score.dials.map((dial) => dial.name).join();
        const others = names(stage.score) !== names(host.score());
        stage.take(host.score());
        if (others) {
            stage.numbers = [...host.told()];
            stage.bus.say("dialled");
        }
        stage.bus.say("scored");
        stage.bus.say("laid out", { key: stage.figure.key });
        if (stage.score.kernel) answer(host, stage);
        stage.replay();
    });
    host.on("played", () => answer(host, stage));
}

// Takes the kernel's answer, unless a later question is on its way.
function answer(host, stage) {
    const played = host.played();
    if (stage.score.kernel && played.values) {
        stage.tape.take(played);
        stage.bus.say("moving");
        stage.paint();
        stage.bus.say("replayed");
    }
    if (host.isUpToDate(played.count ?? 0)) stage.bus.say("answered");
}

// What a notebook calls.
export function render({ model, el }) {
    return play(new Kernel(model), el);
}

// What a page that stands alone calls; `still` is the figure that it begins with.
export function open(score, root, still = null) {
    if (still) {
        const svg = still.cloneNode(true);
        svg.querySelector(":scope > style")?.remove(); // the score has the colours
        score.figures[score.start].svg = svg.outerHTML;
    }
    return play(new Nobody(score), root, [tabling]);
}
