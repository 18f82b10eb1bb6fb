// Numbers as the figures of the kit write them: the same rules as numerals.py, to the last digit.

const MINUS = "\u2212"; // as wide as a plus, unlike the hyphen

// Two decimals as in the notes; none in a figure of whole numbers; three digits for what is tiny or huge.
export function written(number, whole = false) {
    const size = Math.abs(number);
    let text;
    if (Number.isNaN(number)) text = "nan";
    else if (size === Infinity) text = number < 0 ? "-\u221e" : "\u221e";
    else if (whole && size < 1e9) text = String(Math.trunc(number) + 0);
    else if (size >= 1e6 || (size > 0 && size < 0.005)) text = threeDigits(number);
    else text = twoDecimals(number);
    return text.replaceAll("-", MINUS);
}

// What a learner typed, as a number; nan for what is none.
export function numberFrom(text) {
    const typed = text.trim().replaceAll(MINUS, "-").replace(",", ".");
    return typed === "" ? NaN : Number(typed);
}

// As Python rounds: to the nearest, and a tie (only eighths can be one) to the even digit.
function twoDecimals(number) {
    const eighths = number * 8;
    if (!Number.isInteger(eighths) || eighths % 2 === 0) return (number + 0).toFixed(2);
    const below = Math.floor(number * 100);
    return ((below % 2 === 0 ? below : below + 1) / 100).toFixed(2);
}

// Python's `.3g`.
function threeDigits(number) {
    let [digits, exponent] = number.toExponential(2).split("e").map(Number);
    if (isTie(number, exponent)) {
        [digits, exponent] = tieToEven(number, exponent).toExponential(2).split("e").map(Number);
    }
    if (exponent >= -4 && exponent < 3) return String(Number(number.toPrecision(3)));
    const sign = exponent < 0 ? "-" : "+";
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

// Whether a large number lies amid two that have three digits.
function isTie(number, exponent) {
    return exponent > 2 && Math.abs(number) % tens(exponent - 2) === tens(exponent - 2) / 2;
}

function tieToEven(number, exponent) {
    const unit = tens(exponent - 2);
    const below = Math.floor(Math.abs(number) / unit);
    return Math.sign(number) * (below % 2 === 0 ? below : below + 1) * unit;
}

// A power of ten; 10 ** n is off by a digit for some n.
function tens(exponent) {
    return Number(`1e${exponent}`);
}
