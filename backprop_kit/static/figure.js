// The figure: laid out once by Graphviz, after which only the texts on its wires change.

import { written } from "./numerals.js";
import { acrossOf, tilesOf } from "./tiles.js";
import { ems } from "./type.js";

const TYPE = 14; // points, as Graphviz set it
const PIXELS = 4 / 3; // to a point
const SMALLEST = 0.6; // of the natural size, where text is 11 pixels; on a narrower page the figure scrolls
const MARGIN = 40; // pixels beside what is brought into view
export class Figure {
    constructor(box) {
        this.box = box;
        this.lenses = []; // (wire, part, text) => text: what tools let through to the reader
    }

    // Puts one of the score's layouts up; `key` says which doors are closed in it.
    lay(score, key) {
        const layout = score.figures[key];
        Object.assign(this, { score, key, layout, whole: this.whole ?? score.whole });
        this.box.innerHTML = layout.svg;
        this.svg = this.box.querySelector("svg");
        this.fit();
        this.svg.setAttribute("role", "group");
        this.svg.removeAttribute("aria-labelledby");
        this.svg.setAttribute("aria-label", score.title);
        this.parts = { wire: [], gate: [], group: [] };
        // Ids would be there twice when the same widget is shown twice.
        for (const element of this.svg.querySelectorAll("[id]")) {
            const [kind, number] = element.id.split("-");
            element.removeAttribute("id");
            if (kind in this.parts) {
                element.dataset[kind] = number;
                this.parts[kind][Number(number)] = element;
            }
        }
        this.svg.querySelector(":scope > desc")?.remove(); // it would soon be out of date
        this.svg.querySelector(":scope > title")?.remove(); // and this would follow the mouse everywhere
        this.slots = layout.wires.map((wire) => slotsOf(wire, this.parts.wire[wire]));
    }

    // Every layout in one scale, and room for the largest: opening a group moves nothing below it.
    fit() {
        const sizes = Object.values(this.score.figures).map(({ svg }) => sizeIn(svg));
        const widest = Math.max(...sizes.map(([width]) => width));
        const highest = Math.max(...sizes.map(([, height]) => height));
        const [width] = sizeIn(this.layout.svg);
        this.svg.removeAttribute("width");
        this.svg.removeAttribute("height");
        this.svg.setAttribute("style", `width:${(100 * width) / widest}%`);
        const natural = widest * PIXELS;
        this.box.style.setProperty("--natural", `${natural}px`);
        this.box.style.setProperty("--least", `${natural * SMALLEST}px`);
        this.box.style.setProperty("--form", `${widest} / ${highest}`);
    }

    // Keeps a part of a figure that is wider than the page in sight, without moving the page.
    bringIntoView(element) {
        const frame = this.box.parentElement.getBoundingClientRect();
        const { left, right } = element?.getBoundingClientRect() ?? frame;
        const over = Math.max(0, right + MARGIN - frame.right) - Math.max(0, frame.left - left + MARGIN);
        this.box.parentElement.scrollLeft += over;
    }

    // A number as this figure writes it.
    said(number) {
        return written(number, this.whole);
    }

    wire(number) {
        return this.parts.wire[number] ?? null;
    }

    gate(number) {
        return this.parts.gate[number] ?? null;
    }

    // The wire of the figure that stands for a wire of the tape.
    drawn(wire) {
        return this.layout.drawn[wire] ?? wire;
    }

    // Writes values and gradients on every wire; `marks` are what the kernel says of arrays.
    paint({ values, gradients, marks, whole }) {
        this.whole = this.whole && (whole ?? this.isWhole(values, gradients));
        for (const slot of this.slots) {
            if (slot.value) this.write(slot, "value", this.text(slot.wire, "value", values));
            if (slot.gradient) this.write(slot, "gradient", this.text(slot.wire, "gradient", gradients));
            if (slot.array) this.paintArray(slot, marks?.[slot.wire]);
        }
    }

    paintArray(slot, marks) {
        for (const part of ["value", "gradient"]) {
            if (marks?.[part]) slot.array[part].show(marks[part]);
            slot.array[part].veil(this.seen(slot.wire, part, "array") === "");
        }
    }

    // Once a decimal has been shown all numbers keep theirs, or they would flicker under the slider.
    isWhole(values, gradients) {
        return this.slots.every(
            ({ wire }) => Number.isInteger(values[wire]) && Number.isInteger(gradients[wire]),
        );
    }

    text(wire, part, numbers) {
        const number = numbers[wire];
        const truth = part === "value" && this.score.wires[wire].truth;
        const text = truth ? String(number !== 0) : written(number, this.whole);
        return this.seen(wire, part, text);
    }

    // What the tools let through.
    seen(wire, part, text) {
        return this.lenses.reduce((shown, lens) => lens(wire, part, shown), text);
    }

    write(slot, part, text) {
        const place = slot[part];
        if (place.shown === text) return;
        place.shown = text;
        place.node.textContent = text;
        const size = Math.min(TYPE, (slot.room / ems(text)) || TYPE);
        if (size !== place.size) place.node.setAttribute("font-size", (place.size = size).toFixed(2));
    }

    // Takes a class off wherever it is, and puts it on these parts.
    mark(name, elements) {
        for (const element of this.svg.querySelectorAll(`.${name}`)) element.classList.remove(name);
        for (const element of elements) element?.classList.add(name);
    }
}

// Where the numbers of a wire stand, and how much room they have.
function slotsOf(wire, group) {
    const slot = { wire, room: 0, value: null, gradient: null, array: null };
    if (!group) return slot;
    if (group.classList.contains("array")) return { ...slot, array: tilesOf(group) };
    for (const part of ["value", "gradient"]) {
        const node = group.querySelector(`text.${part}`);
        if (node) slot[part] = { node, shown: node.textContent, size: TYPE };
    }
    const ends = [...group.querySelectorAll("polygon, polyline, path")].flatMap(acrossOf);
    const middle = Number((slot.value ?? slot.gradient)?.node.getAttribute("x"));
    slot.room = 2 * (Math.max(...ends) - middle) - 2;
    return slot;
}

// Width and height of an SVG in points.
function sizeIn(svg) {
    const [, width, height] = svg.match(/viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"/);
    return [Number(width), Number(height)];
}
