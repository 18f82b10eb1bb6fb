// The output along one wire, with the tangent that the gradient draws, as plain SVG.

const WIDTH = 420;
const HEIGHT = 210;
const EDGE = { left: 14, right: 14, top: 16, bottom: 26 };
const POINTS = 96;

export function drawn(tag, attributes = {}, text = "") {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
}

// `said` names what is seen: {wire, f, x} as texts; `good` is how far the prediction holds on either side.
export function plot(line, h, far, good, said) {
    const [low, high] = [line.at - far, line.at + far];
    const curve = line.curve(low, high, POINTS);
    const scale = scaleOf(line, curve, h, low, high);
    const svg = drawn("svg", { class: "play-plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${said.f} along ${said.wire}, with its tangent at ${said.x}` });
    svg.append(band(scale, line, good), ...axes(scale, line, said));
    svg.append(drawn("path", { class: "play-curve", d: pathOf(curve, scale) }));
    svg.append(drawn("path", { class: "play-tangent", d: tangent(line, scale, low, high) }));
    svg.append(...step(line, scale, h));
    return svg;
}

// From numbers to places. The tangent may leave the picture; f and both ends of the step may not.
function scaleOf(line, curve, h, low, high) {
    const heights = [...curve.map(({ y }) => y), line.f0, line.f0 + line.predicted(h)].filter((y) => y !== null);
    let [bottom, top] = [Math.min(...heights), Math.max(...heights)];
    const least = 1e-3 * Math.max(Math.abs(line.f0), 1e-9);
    if (top - bottom < least) [bottom, top] = [line.f0 - least, line.f0 + least];
    const room = 0.06 * (top - bottom);
    const across = (WIDTH - EDGE.left - EDGE.right) / (high - low);
    const upward = (HEIGHT - EDGE.top - EDGE.bottom) / (top - bottom + 2 * room);
    return {
        x: (x) => EDGE.left + (x - low) * across,
        y: (y) => HEIGHT - EDGE.bottom - (y - bottom + room) * upward,
    };
}

// Where the prediction is good to a tenth.
function band(scale, line, good) {
    const [from, to] = [scale.x(line.at - good.left), scale.x(line.at + good.right)];
    const height = HEIGHT - EDGE.top - EDGE.bottom;
    return drawn("rect", { class: "play-good", x: from, y: EDGE.top, width: Math.max(0, to - from), height });
}

function axes(scale, line, said) {
    const bottom = HEIGHT - EDGE.bottom;
    return [
        drawn("path", { class: "play-axis", d: `M${EDGE.left},${bottom}H${WIDTH - EDGE.right}M${scale.x(line.at)},${bottom}v5` }),
        drawn("text", { class: "play-tick", x: scale.x(line.at), y: HEIGHT - 8, "text-anchor": "middle" }, said.x),
        drawn("text", { class: "play-tick", x: WIDTH - EDGE.right, y: HEIGHT - 8, "text-anchor": "end" }, `${said.wire} \u2192`),
        drawn("text", { class: "play-tick", x: EDGE.left, y: 11 }, `\u2191 ${said.f}`),
    ];
}

function pathOf(curve, scale) {
    let pen = "M";
    let path = "";
    for (const { x, y } of curve) {
        if (y === null) {
            pen = "M";
            continue;
        }
        path += `${pen}${scale.x(x).toFixed(2)},${scale.y(y).toFixed(2)}`;
        pen = "L";
    }
    return path;
}

// The tangent from edge to edge, cut off where it leaves the picture.
function tangent(line, scale, low, high) {
    const ends = [low, high].map((x) => ({ x: scale.x(x), y: scale.y(line.f0 + line.predicted(x - line.at)) }));
    const [inside, bottom] = [EDGE.top - 8, HEIGHT - EDGE.bottom];
    const start = { x: scale.x(line.at), y: scale.y(line.f0) };
    const cut = ({ x, y }) => {
        const share = y < inside ? (inside - start.y) / (y - start.y) : y > bottom ? (bottom - start.y) / (y - start.y) : 1;
        return `${(start.x + share * (x - start.x)).toFixed(2)},${(start.y + share * (y - start.y)).toFixed(2)}`;
    };
    return `M${cut(ends[0])}L${cut(ends[1])}`;
}

// Where one is, where f goes, where the tangent says it goes, and the gap between the two.
function step(line, scale, h) {
    const f = line.f(h);
    const [x, predicted] = [scale.x(line.at + h), scale.y(line.f0 + line.predicted(h))];
    const marks = [drawn("circle", { class: "play-here", cx: scale.x(line.at), cy: scale.y(line.f0), r: 5 })];
    if (f !== null) marks.push(drawn("path", { class: "play-gap", d: `M${x},${predicted}V${scale.y(f)}` }));
    marks.push(drawn("circle", { class: "play-predicted", cx: x, cy: predicted, r: 4.5 }));
    if (f !== null) marks.push(drawn("circle", { class: "play-real", cx: x, cy: scale.y(f), r: 4 }));
    return marks;
}
