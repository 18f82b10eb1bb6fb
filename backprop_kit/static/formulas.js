// A tree of arithmetic, as Python reads it off a gate's declaration, becomes a function.
//
// This is all the mathematics that the browser knows: arithmetic and the functions of Math. What a
// gate is, is said once, in Python. No text is ever run as code, so the strictest page allows it.

export const OPERATIONS = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "/": (a, b) => a / b,
    "**": (a, b) => a ** b,
    "<": (a, b) => Number(a < b),
    "<=": (a, b) => Number(a <= b),
    ">": (a, b) => Number(a > b),
    ">=": (a, b) => Number(a >= b),
    "==": (a, b) => Number(a === b),
    "!=": (a, b) => Number(a !== b),
    // As Python chooses: the first, unless the second is really larger (or smaller).
    max: (a, b) => (b > a ? b : a),
    min: (a, b) => (b < a ? b : a),
    neg: (a) => -a,
    not: (a) => Number(!truth(a)),
    exp: Math.exp, expm1: Math.expm1, log: Math.log, log2: Math.log2, log10: Math.log10,
    log1p: Math.log1p, sqrt: Math.sqrt, cbrt: Math.cbrt, abs: Math.abs,
    sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan,
    sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh,
    asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh,
    atan2: Math.atan2, hypot: Math.hypot, floor: Math.floor, ceil: Math.ceil,
};

// These look at one side first, and perhaps never at the other.
const CHOICES = {
    if: (test, yes, no) => (x, f, df) => (truth(test(x, f, df)) ? yes : no)(x, f, df),
    and: (a, b) => (x, f, df) => (truth(a(x, f, df)) ? b : a)(x, f, df),
    or: (a, b) => (x, f, df) => (truth(a(x, f, df)) ? a : b)(x, f, df),
};

const NUMBERS = { inf: Infinity, "-inf": -Infinity, nan: NaN };

// What Python takes for true: nan too.
export function truth(number) {
    return number !== 0;
}

// A number as JSON says it, which has no words for infinity and nan.
export function numberIn(data) {
    return typeof data === "number" ? data : NUMBERS[data];
}

// The function of a tree: of the inputs `x` of its gate, its output `f` and the gradient `df` on that.
export function compiled(tree) {
    if (typeof tree === "number") return () => tree;
    if (typeof tree === "string") return named(tree);
    const [name, ...rest] = tree;
    const parts = rest.map(compiled);
    if (name in CHOICES) return CHOICES[name](...parts);
    const operation = OPERATIONS[name];
    if (operation === undefined) throw new Error(`a formula asks for ${name}, which nobody knows here`);
    const [a, b] = parts;
    return parts.length === 1
        ? (x, f, df) => operation(a(x, f, df))
        : (x, f, df) => operation(a(x, f, df), b(x, f, df));
}

function named(name) {
    if (name === "f") return (x, f) => f;
    if (name === "df") return (x, f, df) => df;
    if (name in NUMBERS) return () => NUMBERS[name];
    const place = Number(name.slice(1));
    return (x) => x[place];
}
