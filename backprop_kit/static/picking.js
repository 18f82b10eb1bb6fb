// Picking: a wire of the figure is pointed at, with the mouse or the keyboard, and every tool hears of it.

import { drawn } from "./plot.js";

export function picking(stage) {
    function build() {
        for (const slot of stage.figure.slots) {
            const group = stage.figure.wire(slot.wire);
            if (!group || !slot.value) continue;
            group.prepend(drawn("rect", { class: "play-hit", rx: 5, ...boxOf(group, slot) }));
            group.classList.add("play-wire");
            group.addEventListener("click", () => stage.pick(slot.wire));
        }
        mark();
    }

    function mark() {
        stage.figure.mark("play-picked", stage.picked === null ? [] : [stage.figure.wire(stage.figure.drawn(stage.picked))]);
    }

    stage.bus.on("laid out", build);
    stage.bus.on("picked", mark);
    build();
}

// What a click may hit: all that is written on a wire. Asked of the attributes, since at first the figure is not on the page.
function boxOf(group, { value, room }) {
    const [middle, line] = [Number(value.node.getAttribute("x")), Number(value.node.getAttribute("y")) + 5];
    const left = Math.min(middle - room / 2, ...[...group.querySelectorAll("text")].map((text) => Number(text.getAttribute("x")) - 4));
    return { x: left, y: line - 22, width: middle + room / 2 - left, height: 44 };
}
