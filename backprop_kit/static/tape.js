// The tape: every wire in the order in which it was computed. Forward it is read from front to back,
// and backward from back to front, as Circuit does it in Python.

import { compiled, numberIn, truth } from "./formulas.js";

export class Tape {
    constructor(score) {
        this.score = score;
        this.gates = score.gates.map((gate) => ({
            value: compiled(gate.value),
            shares: gate.shares.map(compiled),
        }));
        this.values = Float64Array.from(score.wires, (wire) => numberIn(wire.value ?? 0));
        this.gradients = new Float64Array(score.wires.length);
        this.operands = score.wires.map((wire) => (wire.operands ?? []).map(operandIn));
        this.held = true; // whether the code would take the same branches
    }

    // The inputs (numbers in the order of score.dials) go forward, and the gradients back.
    replay(numbers) {
        this.score.dials.forEach((dial, i) => {
            if (dial.wire !== null) this.values[dial.wire] = numbers[i];
        });
        this.forward(this.values);
        this.held = this.score.guards.every((guard) => this.holds(guard));
        const { output, upstream } = this.score;
        this.backward(output, numberIn(upstream), this.gradients);
        if (!Number.isFinite(this.values[output])) this.gradients.fill(NaN); // of what has no value
    }

    forward(values) {
        this.score.wires.forEach((wire, at) => {
            if (wire.gate === undefined) return;
            values[at] = this.gates[wire.gate].value(this.inputsOf(at, values), 0, 0);
        });
    }

    // What the output would be if the wire `at` carried `number`, whatever its own gate says, and whether
    // the code would still take the same branches.
    tried(at, number) {
        const values = Float64Array.from(this.values);
        values[at] = number;
        this.score.wires.forEach((wire, i) => {
            if (wire.gate === undefined || i <= at) return;
            values[i] = this.gates[wire.gate].value(this.inputsOf(i, values), 0, 0);
        });
        const held = this.score.guards.every((guard) => this.holds(guard, values));
        return { value: values[this.score.output], held };
    }

    // Walks back from one wire into `gradients`; `within` leaves all other gates out.
    backward(from, upstream, gradients, within = null) {
        gradients.fill(0);
        gradients[from] = upstream;
        for (let at = this.score.wires.length - 1; at >= 0; at--) {
            // A gate that no gradient reaches has nothing to hand on, whatever its local gradient.
            if (gradients[at] === 0 || (within && !within.has(at))) continue;
            this.sharesOf(at, gradients[at]).forEach((share, i) => {
                const operand = this.operands[at][i];
                if (operand.wire !== null) gradients[operand.wire] += share; // they add up at forks
            });
        }
        return gradients;
    }

    inputsOf(at, values = this.values) {
        return this.operands[at].map((o) => (o.wire === null ? o.constant : values[o.wire]));
    }

    // What the gate of a wire hands back to each of its operands, given the gradient on its output.
    sharesOf(at, df) {
        const wire = this.score.wires[at];
        if (wire.gate === undefined) return [];
        const x = this.inputsOf(at);
        return this.gates[wire.gate].shares.map((share) => share(x, this.values[at], df));
    }

    // What a step of the figure hands back: for each of its inputs the local gradient, and that times
    // the gradient from above. A step is one gate, or a group drawn as one.
    handedBack(step, drawn) {
        return step.wires.length === 1 ? this.ofGate(step.wires[0], drawn) : this.ofGroup(step, drawn);
    }

    ofGate(at, drawn) {
        const local = this.sharesOf(at, 1);
        const df = this.gradients[at];
        const shares = df === 0 ? local.map(() => 0) : this.sharesOf(at, df);
        return this.operands[at].flatMap(({ wire }, i) => {
            if (wire === null) return [];
            const formula = this.score.wires[at].locals[i];
            return [{ input: drawn[wire], local: local[i], share: shares[i], formula }];
        });
    }

    // The chain rule inside a group: the local gradients on the way multiply, and ways add up.
    ofGroup(step, drawn) {
        const within = new Set(step.wires);
        const ends = step.wires.at(-1);
        const local = this.backward(ends, 1, new Float64Array(this.values.length), within);
        return [...new Set(step.inputs)].map((input) => ({
            input,
            local: this.sumOver(input, drawn, within, local),
            share: this.sumOver(input, drawn, within, this.gradients),
            formula: null,
        }));
    }

    // What the gates in `within` hand back to a wire of the figure, if these are the gradients behind them.
    sumOver(input, drawn, within, gradients) {
        let sum = 0;
        for (const at of within) {
            if (gradients[at] === 0) continue;
            this.sharesOf(at, gradients[at]).forEach((share, i) => {
                const { wire } = this.operands[at][i];
                if (wire !== null && !within.has(wire) && drawn[wire] === input) sum += share;
            });
        }
        return sum;
    }

    holds(guard, values = this.values) {
        const value = values[guard.wire];
        return guard.truth ? Number(truth(value)) === guard.found : value === numberIn(guard.found);
    }

    // The first wire that is no ordinary number although all that it is made from is.
    trouble() {
        const bad = (at) => !Number.isFinite(this.values[at]);
        const at = this.values.findIndex((_, i) => bad(i) && this.inputsOf(i).every(Number.isFinite));
        if (at >= 0) return { wire: at, part: "value" };
        for (let i = this.score.wires.length - 1; i >= 0; i--) {
            if (!Number.isFinite(this.gradients[i])) return { wire: i, part: "gradient" };
        }
        return null;
    }
}

function operandIn(data) {
    return typeof data === "number"
        ? { wire: data, constant: 0 }
        : { wire: null, constant: numberIn(data.constant) };
}
