// A tool that is only there when it is wanted: a button in the bar that opens and closes its panel.

import { element } from "./elements.js";

export function panelOf(stage, name, title) {
    const panel = element("section", { class: `play-panel play-${name.toLowerCase()}`, "aria-label": name, hidden: true });
    const button = element("button", { type: "button", title, "aria-pressed": "false", onclick: turn }, name);
    const tool = { panel, button, open: () => !panel.hidden, turned: () => {}, offer };

    function turn() {
        panel.hidden = !panel.hidden;
        button.setAttribute("aria-pressed", String(!panel.hidden));
        tool.turned(!panel.hidden);
    }

    // Whether there is a use for it in this circuit; without one it goes away.
    function offer(useful) {
        if (!useful && !panel.hidden) turn();
        button.hidden = !useful;
    }

    stage.places.bar.append(button);
    stage.places.tools.append(panel);
    return tool;
}
