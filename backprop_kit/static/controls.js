// A slider and a number box for every number that can be moved.

import { button, element } from "./elements.js";
import { numberFrom, written } from "./numerals.js";

export function controls(stage) {
    let rows = [];

    function build() {
        rows = stage.score.dials.map((dial, i) => rowOf(dial, i));
        const longest = Math.max(...stage.score.dials.map((dial) => dial.name.length), 0);
        stage.places.inputs.style.setProperty("--names", `${Math.min(longest, 12)}ch`); // all sliders begin alike
        const still = element("p", { class: "play-still" }, stage.score.still);
        still.hidden = stage.score.still === "";
        stage.places.inputs.replaceChildren(...rows.map((row) => row.element), still);
        stage.places.inputs.hidden = rows.length === 0 && still.hidden;
        show();
    }

    function rowOf(dial, i) {
        const { low, high, step, name } = dial;
        const slider = element("input", {
            type: "range", min: low, max: high, step, "aria-label": name,
            oninput: () => stage.move(i, Number(slider.value)),
            onchange: () => stage.release(),
            onpointerdown: () => (stage.held = true),
        });
        const box = element("input", {
            type: "text", inputmode: "decimal", size: 7, "aria-label": `${name}, as a number`,
            oninput: () => typed(box, i),
            onchange: () => { stage.release(); show(); },
        });
        const label = element("span", { class: "play-name", title: name }, name);
        return { element: element("div", { class: "play-input" }, label, slider, box), slider, box };
    }

    function typed(box, i) {
        const number = numberFrom(box.value);
        const fits = Number.isFinite(number) && !(stage.score.dials[i].whole && !Number.isInteger(number));
        box.setAttribute("aria-invalid", String(!fits));
        if (fits) stage.move(i, number);
    }

    // What sliders and boxes say; a box in which somebody is typing is left alone.
    function show() {
        rows.forEach(({ slider, box }, i) => {
            const number = stage.numbers[i];
            if (Number(slider.value) !== number) slider.value = number;
            slider.setAttribute("aria-valuetext", written(number));
            if (box.getRootNode().activeElement === box) return;
            box.value = exactly(number);
            box.removeAttribute("aria-invalid");
        });
    }

    stage.bus.on("replayed", show);
    stage.bus.on("dialled", build); // other inputs than before
    build();
}

// A way back from wherever the inputs were moved.
export function resetting(stage) {
    const start = stage.score.dials.map((dial) => dial.value);
    const reset = button("Reset", "Put every input back to where it was at first", () => {
        stage.moveAll(start);
        stage.release();
    });
    reset.classList.add("play-reset");
    reset.hidden = start.length === 0;
    stage.places.bar.append(reset);
}

// A number as it is typed, in as many digits as the box has room for.
function exactly(number) {
    return String(Number(number.toPrecision(6))).replace("-", "\u2212");
}
