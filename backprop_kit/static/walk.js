// The way through a circuit: forward gate by gate, the gradient of 1 on the output, and back again.

export class Walk {
    constructor(score, layout, tape) {
        Object.assign(this, { score, layout, tape });
        this.steps = layout.steps;
        this.length = 2 * this.steps.length + 1;
    }

    // What is done at a place of the walk: {phase: "forward" | "output" | "backward", step, number}.
    at(place) {
        const count = this.steps.length;
        if (place < count) return { phase: "forward", step: this.steps[place], number: place + 1 };
        if (place === count) return { phase: "output", step: null, number: 0 };
        return { phase: "backward", step: this.steps[2 * count - place], number: place - count };
    }

    // The wires that have a value by then: what no step computes is there from the start.
    known(place) {
        const later = this.steps.slice(Math.min(place + 1, this.steps.length));
        const hidden = new Set(later.flatMap((step) => step.outputs));
        return new Set(this.layout.wires.filter((wire) => !hidden.has(wire)));
    }

    // What has arrived at each wire by then: the branches of a fork one after the other.
    // Where only the kernel knows the parts, they are not told apart: {share: null}.
    arrived(place) {
        const found = new Map();
        if (place < this.steps.length) return found;
        const start = this.tape.gradients[this.score.output];
        found.set(this.layout.drawn[this.score.output], [{ from: null, share: start }]);
        for (let at = this.steps.length + 1; at <= place; at++) {
            const { step } = this.at(at);
            for (const { input, share } of this.handedBack(step)) {
                found.set(input, [...(found.get(input) ?? []), { from: step, share }]);
            }
        }
        return found;
    }

    handedBack(step) {
        return (
            this.tape.handedBack(step, this.layout.drawn) ??
            [...new Set(step.inputs)].map((input) => ({ input, local: null, share: null, formula: null }))
        );
    }

    // How many branches lead out of a wire: so many gradients will be added up on it.
    branches(wire) {
        const legs = this.steps.flatMap((step) => this.handedBack(step));
        return legs.filter((leg) => leg.input === wire).length;
    }
}

export function sumOf(parts) {
    return parts.reduce((sum, part) => sum + part.share, 0);
}
