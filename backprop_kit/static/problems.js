// What is amiss, in a sentence: no value at these inputs, another branch, or a kernel that is busy.

import { written } from "./numerals.js";

const SECOND = 1000;

export function problems(stage) {
    let waiting = false;
    let timer = null;

    function sentence() {
        const { score, tape, host } = stage;
        const answer = host.played();
        if (score.kernel && answer.problem) return answer.problem;
        if (waiting) return "The kernel is computing \u2026";
        if (!tape.held) {
            return host.live
                ? "With these inputs the code takes another branch: the kernel draws that circuit \u2026"
                : "With these inputs the code takes another branch, and this page has the circuit of the first one only. Move the input back, or play the code in a notebook.";
        }
        const found = tape.trouble();
        return found === null ? "" : said(found);
    }

    function said({ wire, part }) {
        const { score, tape } = stage;
        const { said: name, label } = score.wires[wire];
        if (part === "gradient") {
            return `The gradient on ${name} is ${written(tape.gradients[wire])} here: a gate behind it has no slope at this place. Move an input to go on.`;
        }
        const into = tape.inputsOf(wire).map((number) => written(number)).join(" and ");
        const what = Number.isNaN(tape.values[wire]) ? "has no value" : "is too large for a float, or divides by zero,";
        return `The gate ${label} ${what} at ${into}, and whatever is computed from it says so too. Move an input back to go on.`;
    }

    // A kernel that answers within a second need not be excused.
    function wait() {
        if (!stage.score.kernel && stage.tape.held) return;
        clearTimeout(timer);
        timer = setTimeout(() => {
            waiting = !stage.host.isUpToDate(stage.host.played().count ?? 0);
            stage.bus.say("noticed");
        }, SECOND);
    }

    function answered() {
        clearTimeout(timer);
        waiting = false;
        stage.bus.say("noticed");
    }

    stage.problem = sentence;
    stage.bus.on("moved", wait);
    stage.bus.on("answered", answered);
}
