// Sensitivity: take a step on one wire, and hold what the gradient predicts against what f does.

import { element } from "./elements.js";
import { numberFrom } from "./numerals.js";
import { panelOf } from "./panels.js";
import { plot } from "./plot.js";
import { digits, limits, verdict } from "./predictions.js";
import { Line } from "./steps.js";

const AT_FIRST = 0.1; // the step, as a share of the farthest
const WHAT_A_STEP_SHOWS = "Take a step on one wire: what the gradient predicts, and what f does";

export function sensitivity(stage) {
    const tool = panelOf(stage, "Sensitivity", WHAT_A_STEP_SHOWS);
    const choice = element("select", { onchange: () => stage.pick(Number(choice.value)) });
    const slider = element("input", { type: "range", step: "any", "aria-label": "step h", oninput: () => step(Number(slider.value)) });
    const box = element("input", { type: "text", inputmode: "decimal", size: 7, "aria-label": "step h, as a number", oninput: typed, onchange: () => step(h) });
    const numbers = element("table", { class: "play-change" });
    const words = element("p", { class: "play-verdict", "aria-live": "polite" });
    const picture = element("div", { class: "play-picture" });
    let [wire, h, far, planned] = [null, 0, 1, false];

    tool.panel.append(
        element("div", { class: "play-step-row" }, element("label", {}, "step along ", choice), element("span", {}, "h"), slider, box),
        element("div", { class: "play-beside" }, element("div", {}, numbers, words), picture),
    );

    function list() {
        const wires = choices(stage);
        choice.replaceChildren(...wires.map((at) => element("option", { value: at }, stage.score.wires[at].said)));
        stage.pick([stage.picked, wire].find((at) => wires.includes(at)) ?? wires[0]);
    }

    function take(at) {
        choice.value = String(at);
        if (wire === at) return soon();
        wire = at;
        far = reach(stage, at);
        slider.min = -far;
        slider.max = far;
        step(AT_FIRST * far);
    }

    function step(to) {
        h = to;
        if (Number(slider.value) !== h) slider.value = h;
        if (box.getRootNode().activeElement !== box) box.value = digits(h);
        soon();
    }

    function typed() {
        const number = numberFrom(box.value);
        box.setAttribute("aria-invalid", String(!Number.isFinite(number)));
        if (Number.isFinite(number)) step(number);
    }

    // At most once a frame, and only where somebody looks.
    function soon() {
        if (planned || !tool.open()) return;
        planned = true;
        requestAnimationFrame(() => {
            planned = false;
            show();
        });
    }

    function show() {
        const { score, tape } = stage;
        const said = { wire: score.wires[wire].said, f: score.wires[score.output].said, x: digits(tape.values[wire]) };
        const line = new Line(tape, wire);
        if (!line.exists) {
            numbers.replaceChildren();
            picture.replaceChildren();
            words.textContent = `${said.f} has no slope here: move an input.`;
            return;
        }
        const sides = { left: line.breakdown(-1, far), right: line.breakdown(1, far) };
        numbers.replaceChildren(...rows(line, h, said));
        words.textContent = `${verdict(line, h, said)} ${limits(line, sides, far, said)}`;
        picture.replaceChildren(plot(line, h, far, { left: sides.left.h, right: sides.right.h }, said));
    }

    // In a circuit that the kernel computes, nobody here can take a step.
    function offer() {
        tool.offer(!stage.score.kernel);
    }

    tool.turned = (open) => (open ? list() : stage.pick(null));
    stage.bus.on("picked", ({ wire: at }) => tool.open() && choices(stage).includes(at) && take(at));
    stage.bus.on("scored", () => {
        wire = null;
        offer();
    });
    stage.bus.on("laid out", () => tool.open() && list());
    stage.bus.on("replayed", soon);
    offer();
}

// The wires one can step along: those of the figure that carry a number, the inputs first; not the output.
function choices({ score, figure }) {
    const wires = figure.layout.wires.filter((at) => at !== score.output && !score.wires[at].truth);
    return [...wires.filter((at) => score.wires[at].gate === undefined), ...wires.filter((at) => score.wires[at].gate !== undefined)];
}

// How far the step may go: as far as the slider of an input, or about as far as the number is large.
function reach({ score, tape }, at) {
    const dial = score.dials.find(({ wire }) => wire === at);
    if (dial) return (dial.high - dial.low) / 2;
    const size = Math.max(Math.abs(tape.values[at]), 0.5) || 1;
    return 2 ** Math.ceil(Math.log2(size)) * 2;
}

function rows(line, h, said) {
    const real = line.real(h);
    const predicted = line.predicted(h);
    const row = (head, how, number) => element("tr", {}, element("th", { scope: "row" }, head), element("td", {}, how), element("td", {}, number));
    return [
        row("predicted", `gradient \u00d7 h = ${digits(line.gradient)} \u00d7 ${digits(h)}`, digits(predicted)),
        row("real", `change of ${said.f} when ${said.wire} goes to ${digits(line.at + h)}`, real === null ? "none" : digits(real)),
        row("off by", "", real === null ? "" : digits(line.off(h) === 0 ? 0 : real - predicted)), // less than rounding is nothing
    ];
}
