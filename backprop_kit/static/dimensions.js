// Dimension analysis by hand: pick two operands, see whether their sides meet and what comes out.
// Nothing is multiplied here. What becomes of each pick came along from Python.

const PLACES = { target: 75, left: 240, right: 400, made: 580 };
const MIDDLE = 74;
const MARKS = { fits: "✔ fits", otherwise: "≈ right shape, but", misfit: "✘ other shape", unmet: "✘ no such product" };
let pickers = 0;

function element(tag, options = {}, children = []) {
  const made = Object.assign(document.createElement(tag), options);
  made.append(...children);
  return made;
}

function drawn(tag, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
}

// ----- the picture: arrays as rectangles, as tall as they have rows and as wide as they have columns

const side = (length) => Math.min(84, 10 + 7 * length);

function extent(shape) {
  const [rows, columns] = shape.length > 1 ? shape.slice(-2) : [0, shape[0] ?? 0];
  return { width: shape.length ? side(columns) : 14, height: shape.length > 1 ? side(rows) : 14 };
}

function block(svg, x, shape, kind) {
  const { width, height } = extent(shape);
  const depth = Math.max(0, Math.min(shape.length - 2, 3));
  for (let behind = depth; behind >= 0; behind -= 1) {
    const at = { x: x - width / 2 + 5 * behind, y: MIDDLE - height / 2 - 5 * behind, width, height, rx: 3 };
    svg.append(drawn("rect", { ...at, class: kind }));
  }
  return { left: x - width / 2, right: x + width / 2, top: MIDDLE - height / 2, bottom: MIDDLE + height / 2 };
}

function labelled(svg, x, name, shape) {
  svg.append(drawn("text", { x, y: 16, class: "name" }, name));
  svg.append(drawn("text", { x, y: 142 }, shape));
}

function empty(svg, x, name) {
  svg.append(drawn("rect", { x: x - 32, y: MIDDLE - 26, width: 64, height: 52, rx: 3, class: "empty" }));
  svg.append(drawn("text", { x, y: MIDDLE + 5 }, name));
}

// Of a matrix product: the columns of the left one and the rows of the right one, and whether they are as many.
function meeting(svg, left, right, boxes) {
  const meet = right.shape.length > 1 ? right.shape.at(-2) : right.shape[0];
  const alike = left.shape.at(-1) === meet;
  const kind = alike ? "fits" : "clash";
  const middle = (PLACES.left + PLACES.right) / 2;
  const [from, to] = [boxes.left, boxes.right];
  svg.append(drawn("path", { class: `meet ${kind}`, d: `M${from.left},${from.bottom + 4}H${from.right}` }));
  const upright = right.shape.length > 1 ? `M${to.left - 4},${to.top}V${to.bottom}` : `M${to.left},${to.bottom + 4}H${to.right}`;
  svg.append(drawn("path", { class: `meet ${kind}`, d: upright }));
  svg.append(drawn("text", { x: middle, y: MIDDLE + 36, class: kind }, `${left.shape.at(-1)} ${alike ? "=" : "≠"} ${meet}`));
}

function picture(puzzle, choice, pick) {
  const svg = drawn("svg", { viewBox: "0 0 660 150", "aria-hidden": "true" });
  block(svg, PLACES.target, puzzle.shape, "wanted");
  labelled(svg, PLACES.target, puzzle.gradient, puzzle.said);
  svg.append(drawn("text", { x: 155, y: MIDDLE + 6, class: "sign" }, "="));
  const boxes = {};
  for (const place of ["left", "right"]) {
    const chosen = puzzle.choices[choice[place]];
    if (!chosen) {
      empty(svg, PLACES[place], place === "left" ? "first" : "second");
      continue;
    }
    boxes[place] = block(svg, PLACES[place], chosen.shape, "block");
    labelled(svg, PLACES[place], chosen.text, chosen.said);
  }
  const how = puzzle.ways[choice.how];
  svg.append(drawn("text", { x: 320, y: MIDDLE + 5, class: "name" }, how.sign));
  if (pick) outcome(svg, puzzle, choice, pick, boxes);
  return svg;
}

function outcome(svg, puzzle, choice, [verdict, , shape], boxes) {
  const [left, right] = [puzzle.choices[choice.left], puzzle.choices[choice.right]];
  if (puzzle.ways[choice.how].how === "dot" && left.shape.length && right.shape.length) meeting(svg, left, right, boxes);
  svg.append(drawn("text", { x: 490, y: MIDDLE + 6, class: "sign" }, "→"));
  if (shape === null) {
    svg.append(drawn("text", { x: PLACES.made, y: MIDDLE + 8, class: "sign clash" }, "✘"));
    return;
  }
  const fits = verdict === "fits" || verdict === "otherwise";
  block(svg, PLACES.made, shape, fits ? "wanted" : "block");
  const said = shape.length === 1 ? `(${shape[0]},)` : shape.length ? `(${shape.join(", ")})` : "a number";
  labelled(svg, PLACES.made, verdict === "fits" ? "✔" : "", said);
}

// ----- the buttons, the sentence, what has been found

function group(legend, kind, entries, chosen, pick) {
  const name = `backprop-pick-${(pickers += 1)}`;
  const labels = entries.map(({ text, small }, number) => {
    const input = element("input", { type: "radio", name, checked: number === chosen });
    input.addEventListener("change", () => pick(number));
    const label = element("label", {}, [input, element("code", { textContent: text })]);
    if (small) label.append(element("small", { textContent: small }));
    return label;
  });
  return element("fieldset", { className: kind }, [element("legend", { textContent: legend }), ...labels]);
}

function render({ model, el }) {
  const puzzle = model.get("puzzle");
  const root = element("div", { className: "backprop-dimensions" });
  // Or JupyterLab takes the arrow keys for itself: it asks the focused element, not what that stands in.
  root.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  const task = element("p", { className: "task", innerHTML: puzzle.texts.task });
  const figure = element("div");
  const said = element("p", { className: "said", ariaLive: "polite" });
  const found = element("p", { className: "found" });
  const answer = element("details", {}, [element("summary", { textContent: "Show all that fit" })]);
  answer.append(element("div", { innerHTML: puzzle.answer }));

  const set = (part) => (number) => {
    model.set("choice", { ...model.get("choice"), [part]: number });
    note(picked());
    model.save_changes();
  };
  const choice = model.get("choice");
  const operands = puzzle.choices.map(({ text, said: small }) => ({ text, small }));
  const signs = puzzle.ways.map(({ sign }) => ({ text: sign }));
  const groups = {
    left: group("first operand", "operand", operands, choice.left, set("left")),
    how: group("how", "how", signs, choice.how, set("how")),
    right: group("second operand", "operand", operands, choice.right, set("right")),
  };

  const picked = () => {
    const { left, how, right } = model.get("choice");
    if (left === null || right === null) return null;
    return puzzle.picks[(left * puzzle.ways.length + how) * puzzle.choices.length + right];
  };

  // A product counts once, however it is spelled.
  const note = (pick) => {
    if (pick?.[0] !== "fits") return;
    const before = model.get("found");
    const same = puzzle.picks.filter((other) => other[1] === pick[1]).map((other) => other[3]);
    if (before.some((text) => same.includes(text))) return;
    model.set("found", [...before, pick[3]]);
  };

  const progress = () => {
    const count = model.get("found").length;
    if (count === puzzle.count) return puzzle.texts.done;
    return puzzle.texts.more.replace("{found}", count).replace("{count}", puzzle.count);
  };

  const say = (pick) => {
    const { left, right } = model.get("choice");
    said.dataset.verdict = pick?.[0] ?? "";
    if (pick) {
      const [verdict, , , text, sentence] = pick;
      said.innerHTML = `<strong>${MARKS[verdict]}</strong><code></code> <span>${sentence}</span>`;
      said.querySelector("code").textContent = `${puzzle.gradient} = ${text}:`;
      if (verdict === "fits") said.insertAdjacentHTML("beforeend", ` <span>${progress()}</span>`);
    } else {
      said.innerHTML = left === null && right === null ? puzzle.texts.start : left === null ? puzzle.texts.second : puzzle.texts.first;
    }
  };

  const show = () => {
    const pick = picked();
    figure.replaceChildren(picture(puzzle, model.get("choice"), pick));
    say(pick);
    const products = model.get("found").map((text) => element("code", { textContent: `${puzzle.gradient} = ${text}` }));
    found.replaceChildren(`Found ${products.length} of ${puzzle.count}: `, ...products);
    for (const [part, fieldset] of Object.entries(groups)) {
      fieldset.querySelectorAll("input").forEach((input, number) => (input.checked = number === model.get("choice")[part]));
    }
  };

  root.append(task, figure, element("div", { className: "picks" }, [groups.left, groups.how, groups.right]), said, found, answer);
  el.append(root);
  model.on("change:choice", show);
  model.on("change:found", show);
  show();
  return () => {
    model.off("change:choice", show);
    model.off("change:found", show);
  };
}

export default { render };
