// The tape of a circuit that the browser cannot replay: what the kernel computed last.

export class KernelTape {
    constructor(score) {
        this.score = score;
        this.values = new Float64Array(score.wires.length).fill(NaN);
        this.gradients = new Float64Array(score.wires.length).fill(NaN);
        this.held = true;
    }

    // Nothing can be computed here: the answer of the kernel brings the numbers.
    replay() {}

    // Takes the kernel's answer; an array has no single number, and stands as nan.
    take({ values, gradients }) {
        this.values = Float64Array.from(values, (number) => number ?? NaN);
        this.gradients = Float64Array.from(gradients, (number) => number ?? NaN);
    }

    tried() {
        return { value: NaN, held: true };
    }

    handedBack() {
        return null;
    }

    trouble() {
        return null;
    }
}
