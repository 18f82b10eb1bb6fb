// What a step does, in words: parts of a line are texts, or [class, text] to give one a colour.

import { sumOf } from "./walk.js";

const MOST_SAID = 6; // numbers of an array in one sentence

export function stepSentence(stage, walk, place, arrived) {
    const { phase, step } = walk.at(place);
    if (phase === "output") return outputLines(stage);
    return phase === "forward" ? forwardLines(stage, step) : backwardLines(stage, walk, step, arrived);
}

function forwardLines(stage, step) {
    const { wires } = stage.score;
    return [...new Set(step.outputs)].map((wire) => {
        const value = ["value", valueOf(stage, wire)];
        const formula = step.wires.length === 1 ? wires[step.wires[0]].formula : null;
        if (formula === null) return [`${step.label} gives ${wires[wire].said}: `, value, "."];
        const name = wires[wire].name;
        return [`${name === null || name === formula ? "" : `${name} = `}${formula} is `, value, "."];
    });
}

function outputLines(stage) {
    const { said } = stage.score.wires[stage.score.output];
    const start = ["gradient", stage.figure.said(stage.tape.gradients[stage.score.output])];
    return [[
        `Now backward. The gradient of ${said} on itself is `, start,
        "; each gate multiplies what comes from above by its local gradient and hands it on.",
    ]];
}

function backwardLines(stage, walk, step, arrived) {
    const handed = walk.handedBack(step);
    const lines = handed.map((each) => handedLine(stage, step, each));
    const forks = [...new Set(handed.map((each) => each.input))].filter((wire) => walk.branches(wire) > 1);
    return [...lines, ...forks.map((wire) => forkLine(stage, walk, wire, arrived.get(wire)))];
}

// "×: local gradient z = −4.00 times the gradient from above 1.00 gives −4.00 on q."
function handedLine(stage, step, { input, local, share, formula }) {
    const said = stage.figure.said.bind(stage.figure);
    const name = stage.score.wires[input].said;
    if (share === null) return [`${step.label}: ${step.title} Now `, ["gradient", `${name} has its gradient`], ...numbersBelow(stage, input)];
    if (step.label === "=") return [`${name} goes on under a second name: its gradient, `, ["gradient", said(share)], ", is handed on unchanged."];
    const above = ["gradient", said(stage.tape.gradients[step.outputs.at(-1)])];
    const spelled = formula === null || isNumber(formula) ? "" : `${formula} = `;
    return [
        `${step.label}: local gradient ${spelled}`, ["ink", said(local)], " times the gradient from above ", above,
        " gives ", ["gradient strong", said(share)], ` on ${name}.`,
    ];
}

// What stands below a wire whose gradient the kernel knows: ", 0.42." or ", [0.20, −0.39]."
function numbersBelow(stage, wire) {
    const { tape, figure, score } = stage;
    const number = score.wires[wire].shape ? inBrackets(tape.marks?.[wire]?.gradient) : figure.said(tape.gradients[wire]);
    return number === null ? ["."] : [", ", ["gradient strong", number], "."];
}

// The numbers of an array as they stand in its tiles; of a large one, from what to what they go.
function inBrackets(mark) {
    if (!mark) return null;
    if (mark.texts === undefined) return mark.caption ?? null;
    return mark.texts.length > MOST_SAID ? null : `[${mark.texts.join(", ")}]`;
}

function forkLine(stage, walk, wire, parts) {
    const said = stage.figure.said.bind(stage.figure);
    const { said: name } = stage.score.wires[wire];
    const rest = walk.branches(wire) - parts.length;
    if (parts.some((part) => part.share === null)) return [`${name} is read more than once: what comes back adds up.`];
    const sum = parts.map((part) => said(part.share)).join(" + ").replaceAll("+ \u2212", "\u2212 ");
    if (parts.length === 1) return [`${name} is read ${times(walk.branches(wire))}, and ${rest === 1 ? "one branch is" : `${rest} branches are`} still to come: they will be added up.`];
    const open = rest > 0 ? ` so far, and ${rest} still to come` : "";
    return [`${name} is a fork: its branches add up to ${sum} = `, ["gradient strong", said(sumOf(parts))], `${open}.`];
}

function valueOf(stage, wire) {
    const { tape, figure, score } = stage;
    if (score.wires[wire].shape) {
        const numbers = inBrackets(tape.marks?.[wire]?.value);
        return `${numbers === null ? "" : `${numbers}, `}of shape ${score.wires[wire].shape}`;
    }
    return score.wires[wire].truth ? String(tape.values[wire] !== 0) : figure.said(tape.values[wire]);
}

function times(number) {
    return number === 2 ? "twice" : `${number} times`;
}

function isNumber(text) {
    return !Number.isNaN(Number(text.replaceAll("\u2212", "-")));
}
