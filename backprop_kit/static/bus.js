// How the parts of the player hear of each other without knowing each other.

export class Bus {
    constructor() {
        this.listeners = new Map();
    }

    // Calls `act` whenever something is said; gives back what ends that.
    on(event, act) {
        const heard = this.listeners.get(event) ?? new Set();
        this.listeners.set(event, heard.add(act));
        return () => heard.delete(act);
    }

    say(event, detail = {}) {
        for (const act of this.listeners.get(event) ?? []) act(detail);
    }
}
