// Predicting: the gradients are not there; the learner types one on each wire, and is told at once.

import { button, element } from "./elements.js";
import { drawn } from "./plot.js";
import { judgedHere } from "./judging.js";

const PAUSE_IN_TYPING = 350; // milliseconds, after which what was typed counts
const MARKS = { right: "\u2714", "not yet": "\u2718", missing: "" };
const BOX = { width: 70, height: 24 };

export function predicting(stage) {
    const asked = () => stage.score.asked;
    const drawing = () => stage.figure.svg.querySelector("g"); // Graphviz moves all of it by one transform
    const typed = { ...(stage.host.read("typed") ?? {}) };
    const count = element("p", { class: "play-count" });
    const line = element("code", { class: "play-line" });
    const copied = element("span", { "aria-live": "polite" });
    const paste = element("p", {}, "For your answer cell: ", line, " ", button("Copy", "Copy this line", copy), " ", copied);
    const elsewhere = element("p", {}, "These are other inputs than those you began with: Reset puts them back, and the line for your answer cell with them.");
    const panel = element("section", { class: "play-panel", "aria-label": "Your predictions" }, count);
    const start = stage.score.dials.map((dial) => dial.value);
    let fields = new Map();
    let last = null; // the name that was typed at last
    let waiting = null;

    if (stage.host.live) {
        panel.append(paste, elsewhere);
    }
    stage.places.tools.append(panel);

    // A field below each wire that is asked for; Tab goes from the output back.
    function build() {
        fields = new Map();
        const { figure, score } = stage;
        for (const { wire, name } of asked()) {
            const slot = figure.slots.find((each) => each.wire === figure.drawn(wire));
            if (slot?.value) fields.set(name, fieldFor(name, slot));
        }
        const output = figure.slots.find((each) => each.wire === figure.drawn(score.output));
        if (output?.value) drawing().append(givenBelow(output, score.upstream ?? 1));
        show();
    }

    function fieldFor(name, slot) {
        const input = element("input", {
            type: "text", inputmode: "decimal", "aria-label": `${name}, the gradient on ${name.slice(1)}`, placeholder: name, autocomplete: "off",
            oninput: () => soon(name), onchange: () => take(name),
            onkeydown: (event) => event.key === "Enter" && next(name),
        });
        input.value = typed[name] ?? "";
        const mark = element("span", { class: "play-mark" });
        const { x, y } = belowThe(slot);
        const frame = drawn("foreignObject", { x: x - 27, y, ...BOX });
        frame.append(element("div", { class: "play-field" }, input, mark));
        drawing().append(frame);
        return { input, mark };
    }

    function soon(name) {
        clearTimeout(waiting);
        waiting = setTimeout(() => take(name), PAUSE_IN_TYPING);
    }

    function take(name) {
        clearTimeout(waiting);
        const text = fields.get(name).input.value;
        if (text === (typed[name] ?? "")) return;
        typed[name] = text;
        last = name;
        stage.host.save("typed", { ...typed });
        if (!stage.host.live) show();
    }

    function next(name) {
        take(name);
        const names = [...fields.keys()];
        fields.get(names[(names.indexOf(name) + 1) % names.length]).input.focus();
    }

    const verdicts = () => (stage.host.live ? stage.host.read("judged") : judgedHere(stage.tape, asked(), typed));

    function show() {
        const judged = verdicts();
        for (const [name, { input, mark }] of fields) {
            const verdict = (input.value.trim() && judged[name]?.verdict) || "missing";
            mark.textContent = MARKS[verdict];
            mark.title = verdict === "missing" ? "" : verdict;
            input.dataset.verdict = verdict;
            input.setAttribute("aria-invalid", String(verdict === "not yet"));
        }
        const right = asked().filter(({ name }) => judged[name]?.verdict === "right").length;
        count.textContent = right === asked().length ? `All ${right} right.` : `${right} of ${asked().length} right.`;
        line.textContent = stage.host.read("line") ?? "";
        const moved = start.some((number, i) => number !== stage.numbers[i]);
        elsewhere.hidden = !moved;
        paste.hidden = moved || Object.values(typed).every((text) => text.trim() === "");
        copied.textContent = "";
        stage.bus.say("noticed");
    }

    function sentence() {
        const verdict = last && verdicts()[last];
        if (!verdict || verdict.verdict === "missing") {
            const f = stage.score.wires[stage.score.output].said;
            return `What is the gradient of ${f} on each wire? Type it below the wire, beginning at ${f}; Enter goes on to the next.`;
        }
        if (verdict.verdict === "right") return `${last} = ${typed[last].trim()} is right.`;
        return verdict.said;
    }

    function copy() {
        navigator.clipboard?.writeText(line.textContent).then(() => (copied.textContent = "Copied."), select);
        if (!navigator.clipboard) select();
    }

    function select() {
        getSelection().selectAllChildren(line);
        copied.textContent = "Selected: copy it with Ctrl+C.";
    }

    stage.speakers.push(sentence);
    stage.host.on("judged", show);
    stage.host.on("line", show);
    stage.bus.on("laid out", build);
    stage.bus.on("replayed", show);
    build();
}

// The place below the line of a wire, in the middle of its numbers.
function belowThe({ value }) {
    return { x: Number(value.node.getAttribute("x")), y: Number(value.node.getAttribute("y")) + 6 };
}

// What is given: the gradient of the output on itself.
function givenBelow(slot, upstream) {
    const { x, y } = belowThe(slot);
    return drawn("text", { class: "gradient play-given", x, y: y + 15, "text-anchor": "middle", "font-size": 14 }, String(upstream));
}
