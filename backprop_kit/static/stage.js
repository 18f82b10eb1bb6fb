// The stage on which the tools play: what is shown, what the numbers are, and who is listening.

import { Bus } from "./bus.js";
import { element } from "./elements.js";
import { Figure } from "./figure.js";
import { KernelTape } from "./kernel_tape.js";
import { Tape } from "./tape.js";

const PLACES = ["inputs", "figure", "bar", "notice", "sentence", "tools", "spoken"];

export class Stage {
    constructor(host, root) {
        this.host = host;
        this.root = root;
        this.bus = new Bus();
        this.places = Object.fromEntries(PLACES.map((name) => [name, placeOf(name)]));
        root.append(...Object.values(this.places));
        const frame = element("div", { class: "play-drawn" });
        this.places.figure.append(frame);
        this.places.figure.tabIndex = 0; // so that a click gives it the keys
        this.places.figure.setAttribute("role", "group");
        this.places.figure.setAttribute("aria-label", `${host.score().title}: step with the arrow keys`);
        this.figure = new Figure(frame);
        this.speakers = []; // () => text or null: the first that has something to say says the sentence
        this.held = false; // a slider is in somebody's hand
        this.picked = null; // the wire that was picked last
        this.take(host.score());
        this.numbers = [...host.told()]; // of its own: the model must see a difference when it is told
    }

    // Takes a score up: at the start, and when the code has taken another branch.
    take(score) {
        this.score = score;
        this.tape = score.kernel ? new KernelTape(score) : new Tape(score);
        this.figure.lay(score, this.figure.key in score.figures ? this.figure.key : score.start);
    }

    // Opens or closes groups: puts the layout up in which these doors are closed.
    lay(key) {
        this.figure.lay(this.score, key);
        this.bus.say("laid out", { key });
        this.paint();
        this.places.figure.focus({ preventScroll: true }); // what had the focus may be gone
    }

    // A dial is moved by hand.
    move(dial, number) {
        this.numbers[dial] = number;
        this.bus.say("moved", { dial });
        this.replay();
        this.host.tell(this.numbers);
    }

    // The hand lets go.
    release() {
        this.held = false;
        this.host.tell(this.numbers, true);
        this.bus.say("released");
    }

    // All dials at once: what the kernel says, or where they were at first.
    moveAll(numbers) {
        this.numbers = [...numbers];
        this.replay();
    }

    replay() {
        this.tape.replay(this.numbers);
        this.bus.say("moving"); // for who decides what is written
        this.paint();
        this.bus.say("replayed");
    }

    paint() {
        this.figure.paint(this.tape);
        this.places.figure.classList.toggle("play-stale", !this.tape.held);
    }

    // Says something once, to who listens.
    announce(text) {
        this.places.spoken.textContent = text;
    }

    pick(wire) {
        this.picked = wire;
        this.bus.say("picked", { wire });
    }

    sentence() {
        for (const speak of this.speakers) {
            const text = speak();
            if (text) return text;
        }
        return null;
    }
}

function placeOf(name) {
    const live = name === "spoken" ? { "aria-live": "polite" } : {};
    return element("div", { class: `play-${name}`, ...live });
}
