// What is said of a prediction, gradient times step: how good it is here, and from which step on it is not.

import { TOLERANCE } from "./steps.js";

const TENTH = `${100 * TOLERANCE}\u00a0%`;
const TINY = 1e-3; // of the farthest step: a prediction that fails from there on fails for any step one can see

// A number in four digits.
export function digits(number) {
    return String(Number(number.toPrecision(4))).replaceAll("-", "\u2212");
}

const signed = (number) => (number > 0 ? "+" : "") + digits(Number(number.toPrecision(3)));

export function verdict(line, h, { f }) {
    const off = line.off(h);
    if (off === null) return `With this step ${f} has no value, or the code takes another branch.`;
    if (off === 0) return "The prediction is exact.";
    if (off === Infinity) return `No change was predicted, and ${f} moved.`;
    const percent = 100 * off;
    return `The prediction is off by ${percent < 0.1 ? "less than 0.1" : digits(Number(percent.toPrecision(2)))}\u00a0%.`;
}

// From which step on it is off by more than a tenth, on either side; at a kink, why.
export function limits(line, { left, right }, far, said) {
    const kink = line.kink();
    if (kink) return atKink(line, kink, said);
    if (line.gradient === 0 && [left, right].every(({ kind, h }) => kind === "off" && h < TINY * far)) {
        return `The gradient on ${said.wire} is 0 at this point alone: ${said.f} is flat here and bends away.`;
    }
    if (left.kind === "good" && right.kind === "good") {
        const straight = [-far, -far / 2, far / 2, far].every((h) => line.off(h) === 0);
        return straight
            ? `Along ${said.wire}, ${said.f} is a straight line as far as one can see: any step will do.`
            : `It stays within ${TENTH} for every step up to ${digits(far)}.`;
    }
    return [broken([left, -1], [right, 1]), ended([left, -1], [right, 1], said)].filter(Boolean).join(" ");
}

function atKink(line, [left, right], { wire, f }) {
    const sides = `to the left ${f} has the slope ${digits(Number(left.toPrecision(5)))}, to the right ${digits(Number(right.toPrecision(5)))}`;
    const alike = (slope) => Math.abs(slope - line.gradient) <= 1e-3 * Math.max(Math.abs(left), Math.abs(right));
    const whose = alike(left) ? "that of the left side" : alike(right) ? "that of the right side" : "neither of the two";
    return `This is a kink: ${sides}. The gradient on ${wire}, ${digits(line.gradient)}, is ${whose}.`;
}

function broken(...sides) {
    const off = sides.filter(([side]) => side.kind === "off").map(([{ h }, sign]) => signed(sign * h));
    if (off.length === 0) return "";
    const rest = sides.find(([side]) => side.kind === "good");
    const fine = rest ? `; the other way it holds as far as one can see` : "";
    return `It is off by more than ${TENTH} from h = ${off.join(" and from h = ")} on${fine}.`;
}

function ended(...args) {
    const said = args.pop();
    const ends = args.filter(([side]) => side.kind === "end").map(([{ h }, sign]) => signed(sign * h));
    if (ends.length === 0) return "";
    return `From h = ${ends.join(" and ")} on ${said.f} has no value, or the code takes another branch.`;
}
