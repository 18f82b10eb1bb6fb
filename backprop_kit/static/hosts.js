// Who is on the other side: the kernel of a notebook, through a widget's model, or nobody.

const PAUSE = 100; // milliseconds: the kernel hears of a moving slider at most ten times a second

// The model of the widget. Every message has a number, and an answer says which message it answers:
// what is out of date by now must not pull a slider back.
export class Kernel {
    constructor(model) {
        this.model = model;
        this.live = true;
        this.count = model.get("count");
        this.last = 0;
        this.timer = null;
        this.ends = [];
    }

    score() {
        return this.model.get("score");
    }

    told() {
        return this.model.get("told");
    }

    played() {
        return this.model.get("played");
    }

    // Tells the kernel the numbers of the dials: soon, or at once.
    tell(numbers, atOnce = false) {
        clearTimeout(this.timer);
        const wait = atOnce ? 0 : this.last + PAUSE - performance.now();
        if (wait > 0) {
            this.timer = setTimeout(() => this.tell(numbers, true), wait);
            return;
        }
        this.last = performance.now();
        // Another view of the same widget may have counted on.
        this.count = Math.max(this.count, this.model.get("count")) + 1;
        this.model.set("told", [...numbers]);
        this.model.set("count", this.count);
        this.model.save_changes();
    }

    // Whether the kernel has seen the last that it was told.
    isUpToDate(count) {
        return count >= this.count;
    }

    // Calls `act` when the kernel changes something, until the view is closed.
    on(name, act) {
        const event = `change:${name}`;
        this.model.on(event, act);
        this.ends.push(() => this.model.off(event, act));
    }

    // The view is closed; the model, which other views may show, lives on.
    leave() {
        this.ends.forEach((end) => end());
    }

    // Another change, from or to the traits that a tool brings along.
    read(name) {
        return this.model.get(name);
    }

    save(name, value) {
        this.model.set(name, value);
        this.model.save_changes();
    }
}

// A page that stands alone: the score is in it, and nobody answers.
export class Nobody {
    constructor(score) {
        this.live = false;
        this.count = 0;
        this.kept = score;
    }

    score() {
        return this.kept;
    }

    told() {
        return this.kept.dials.map((dial) => dial.value);
    }

    played() {
        return {};
    }

    tell() {}

    isUpToDate() {
        return true;
    }

    on() {}

    leave() {}

    read() {
        return undefined;
    }

    save() {}
}
