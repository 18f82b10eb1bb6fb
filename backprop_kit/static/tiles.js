// The tiles of an array above or below the line of its wire: numbers, or shades with signs and a caption.

import { ems } from "./type.js";

const LONG = "\u221210.00"; // there is room for this in every column
const SIGN = 7; // points: the type of a sign on a shade

// The two parts of a wire that carries an array: {value: Tiles, gradient: Tiles}.
export function tilesOf(group) {
    const shapes = [...group.children].filter((shape) => shape.tagName !== "title");
    const lines = shapes.filter((shape) => shape.tagName !== "text" && isLine(shape));
    const line = Math.max(...lines.map(heightOf));
    const tiles = shapes.filter((shape) => !isLine(shape) && !shape.classList.contains("ink"));
    return {
        value: new Tiles(tiles.filter((shape) => heightOf(shape) < line)),
        gradient: new Tiles(tiles.filter((shape) => heightOf(shape) > line)),
    };
}

class Tiles {
    constructor(shapes) {
        this.shapes = shapes;
        const texts = shapes.filter((shape) => shape.tagName === "text");
        this.numbers = texts.filter((text) => !isSign(text));
        this.shades = shapes.filter((shape) => shape.tagName !== "text" && !shape.classList.contains("frame"));
        this.signs = this.shades.map((shade) => {
            const next = shade.nextElementSibling;
            return next && isSign(next) ? next : null;
        });
        this.room = Math.max(...this.numbers.map((text) => ems(text.textContent)), ems(LONG));
    }

    // Puts in what the kernel says.
    show({ texts, shades, signs, caption }) {
        if (texts) texts.forEach((text, i) => this.write(this.numbers[i], text));
        if (!shades) return;
        shades.forEach((shade, i) => this.shades[i].setAttribute("class", shade));
        signs.forEach((sign, i) => this.sign(i, sign, shades[i]));
        this.numbers.at(-1).textContent = caption;
    }

    write(node, text) {
        node.textContent = text;
        this.type ??= Number(node.getAttribute("font-size"));
        node.setAttribute("font-size", (this.type * Math.min(1, this.room / ems(text))).toFixed(2));
    }

    sign(i, text, shade) {
        if (!this.signs[i] && text === "") return;
        this.signs[i] ??= this.newSign(this.shades[i]);
        this.signs[i].textContent = text;
        this.signs[i].setAttribute("class", `on-${shade}`);
    }

    newSign(tile) {
        const sign = document.createElementNS(tile.namespaceURI, "text");
        const ends = acrossOf(tile);
        sign.setAttribute("x", (Math.min(...ends) + Math.max(...ends)) / 2);
        sign.setAttribute("y", heightOf(tile) + SIGN / 3);
        sign.setAttribute("text-anchor", "middle");
        sign.setAttribute("font-size", SIGN);
        sign.setAttribute("font-family", "Helvetica,sans-serif");
        tile.after(sign);
        this.shapes.push(sign);
        return sign;
    }

    veil(hidden) {
        for (const shape of this.shapes) shape.setAttribute("visibility", hidden ? "hidden" : "visible");
    }
}

function isLine(shape) {
    return !shape.hasAttribute("class") || ["head", "line"].some((name) => shape.classList.contains(name));
}

function isSign(text) {
    return text.getAttribute("class").startsWith("on-");
}

// How far down the middle of a shape is.
function heightOf(shape) {
    if (shape.hasAttribute("y")) return Number(shape.getAttribute("y"));
    const heights = [...drawnBy(shape).matchAll(/-?[\d.]+,(-?[\d.]+)/g)].map((found) => Number(found[1]));
    return (Math.min(...heights) + Math.max(...heights)) / 2;
}

// Where a shape goes from left to right.
export function acrossOf(shape) {
    return [...drawnBy(shape).matchAll(/(-?[\d.]+),-?[\d.]+/g)].map((found) => Number(found[1]));
}

function drawnBy(shape) {
    return shape.getAttribute("points") ?? shape.getAttribute("d") ?? "";
}
