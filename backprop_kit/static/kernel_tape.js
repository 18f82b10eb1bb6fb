// The tape of a circuit that the browser cannot replay: what the kernel computed last.

import { numberIn } from "./formulas.js";

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
    take({ values, gradients, handed, marks, whole, problem }) {
        this.held = !problem; // what is shown then belongs to the inputs before
        const number = (data) => (data === null ? NaN : numberIn(data));
        this.values = Float64Array.from(values, number);
        this.gradients = Float64Array.from(gradients, number);
        Object.assign(this, { handed, marks, whole });
    }

    tried() {
        return { value: NaN, held: true };
    }

    // What a gate on numbers hands back; of arrays, and of groups, only the whole is known.
    handedBack(step, drawn) {
        const [wire] = step.wires;
        const found = step.wires.length === 1 ? this.handed?.[wire] : null;
        if (!found) return null;
        return this.score.wires[wire].operands.map((operand, i) => {
            const [local, share] = found[i].map(numberIn);
            return { input: drawn[operand], local, share, formula: null };
        });
    }

    trouble() {
        return null;
    }
}
