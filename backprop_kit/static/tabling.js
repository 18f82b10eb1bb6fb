// The table of a page: every name with its value and its gradient, which follow the sliders too.

export function tabling(stage) {
    const rows = [...document.querySelectorAll("tr[data-wire]")].map((row) => ({
        wire: Number(row.dataset.wire),
        value: row.querySelector("td.value"),
        gradient: row.querySelector("td.gradient"),
    }));

    stage.bus.on("replayed", () => {
        const { tape, figure, score } = stage;
        for (const { wire, value, gradient } of rows) {
            const truth = score.wires[wire].truth;
            value.textContent = truth ? String(tape.values[wire] !== 0) : figure.said(tape.values[wire]);
            gradient.textContent = figure.said(tape.gradients[wire]);
        }
    });
}
