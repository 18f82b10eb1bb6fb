// Right or not yet, on a page without a kernel: the gates' own formulas say what is right, and two digits will do.

import { numberFrom } from "./numerals.js";
import { Line } from "./steps.js";

const DIGITS = 2;

export function judgedHere(tape, asked, typed) {
    return Object.fromEntries(asked.map(({ wire, name }) => [name, verdictHere(tape, wire, name, typed[name] ?? "")]));
}

function verdictHere(tape, wire, name, text) {
    if (text.trim() === "") return { verdict: "missing", said: "" };
    const number = numberFrom(text);
    if (!Number.isFinite(number)) return { verdict: "not yet", said: `${name} is not right yet: ${text} is no number; write one such as \u22123 or 0.5.` };
    const [low, high] = bounds(new Line(tape, wire));
    if (low - unit(low) <= number && number <= high + unit(high)) return { verdict: "right", said: "" };
    const opposite = low - unit(low) <= -number && -number <= high + unit(high);
    return { verdict: "not yet", said: `${name} is not right yet${opposite ? ": it has the right size and the wrong sign" : ""}.` };
}

// At a kink every slope between those of the two sides is right.
function bounds(line) {
    const slopes = [line.gradient, ...(line.kink() ?? [])];
    return [Math.min(...slopes), Math.max(...slopes)];
}

// Half a unit of the last digit that is asked for.
function unit(value) {
    const size = Math.abs(value);
    return size < 1e-12 ? 1e-9 : 0.5001 * 10 ** (Math.floor(Math.log10(size)) - DIGITS + 1);
}
