// Groups open and close at a click: the same circuit, drawn with a group as one gate or as its gates.

export function groups(stage) {
    const { figure, places } = stage;

    // Marks what can be clicked in the figure as it is now.
    function dress() {
        const { boxes, closed, steps } = figure.layout;
        boxes.forEach((door, i) => dressDoor(figure.parts.group[i], door, true));
        for (const [gate, door] of Object.entries(closed)) dressDoor(figure.gate(gate), door, false);
        for (const step of steps) {
            if (step.box === null) continue;
            figure.gate(step.number)?.setAttribute("data-door", boxes[step.box]);
        }
    }

    function dressDoor(element, door, isOpen) {
        const { name, gates } = stage.score.doors[door];
        const does = isOpen ? `Draw these ${gates} gates as one` : `Show the ${gates} gates inside`;
        const attributes = {
            "data-door": door, role: "button", tabindex: 0, "aria-expanded": isOpen,
            "aria-label": `${name}. ${does}`,
        };
        for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
        element.classList.add("play-door", isOpen ? "play-open" : "play-closed");
        titleOf(element).textContent = `${name}: ${does.toLowerCase()} (click)`;
    }

    function toggle(door, byKey) {
        const shut = new Set(figure.key === "" ? [] : figure.key.split(",").map(Number));
        if (!shut.delete(door)) shut.add(door);
        stage.lay([...shut].sort((a, b) => a - b).join(","));
        stage.announce(`${stage.score.doors[door].name} is ${shut.has(door) ? "drawn as one gate" : "open"}.`);
        if (byKey) figure.svg.querySelector(`.play-door[data-door="${door}"]`)?.focus({ preventScroll: true });
    }

    places.figure.addEventListener("click", (event) => {
        const found = event.target.closest("[data-door]");
        if (found) toggle(Number(found.dataset.door), false);
    });
    places.figure.addEventListener("keydown", (event) => {
        const found = event.target.closest(".play-door");
        if (!found || (event.key !== "Enter" && event.key !== " ")) return;
        event.preventDefault();
        event.stopPropagation();
        toggle(Number(found.dataset.door), true);
    });
    stage.bus.on("laid out", dress);
    dress();
}

function titleOf(element) {
    const found = element.querySelector(":scope > title");
    if (found) return found;
    const made = document.createElementNS(element.namespaceURI, "title");
    element.prepend(made);
    return made;
}
