// Picking: a wire of the figure is pointed at, with the mouse or the keyboard, and every tool hears of it.

import { drawn } from "./plot.js";

export function picking(stage) {
    function build() {
        for (const { wire, value } of stage.figure.slots) {
            const group = stage.figure.wire(wire);
            if (!group || !value) continue;
            const { x, y, width, height } = group.getBBox();
            group.prepend(drawn("rect", { class: "play-hit", x: x - 2, y: y - 2, width: width + 4, height: height + 4, rx: 5 }));
            group.classList.add("play-wire");
            group.addEventListener("click", () => stage.pick(wire));
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
