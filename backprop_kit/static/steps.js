// How far a gradient can be trusted: the real change of f for a step on one wire, and where the
// prediction, gradient times step, is off by more than a tenth.

export const TOLERANCE = 0.1; // of the predicted change
const FINEST = 1e-6; // of the size of the number: the smallest step that is tried
const PROBES = 48; // steps on either side, from the finest to the farthest, evenly on a logarithmic scale

// One wire of a replayed tape, to be stepped along: f(number) gives {f, held}.
export class Line {
    constructor(tape, wire) {
        this.tape = tape;
        this.at = tape.values[wire];
        this.gradient = tape.gradients[wire];
        this.f0 = tape.values[tape.score.output];
        this.wire = wire;
        this.size = Math.max(Math.abs(this.at), 0.1);
        // Below this a difference is rounding: f was computed from numbers as large as these.
        this.noise = 1e-13 * tape.values.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1e-3);
    }

    // Whether there is a slope to go by.
    get exists() {
        return Number.isFinite(this.gradient) && Number.isFinite(this.f0);
    }

    // f where the wire carries its number and h; null where there is none, or another branch is taken.
    f(h) {
        if (h === 0) return this.f0;
        const { value, held } = this.tape.tried(this.wire, this.at + h);
        return held && Number.isFinite(value) ? value : null;
    }

    predicted(h) {
        return this.gradient * h;
    }

    real(h) {
        const f = this.f(h);
        return f === null ? null : f - this.f0;
    }

    // How far off the prediction is, as a share of it; 0 where they agree to rounding, Infinity where nothing was predicted.
    off(h) {
        const real = this.real(h);
        if (real === null) return null;
        const gap = Math.abs(real - this.predicted(h));
        if (gap <= this.noise) return 0;
        return gap / Math.abs(this.predicted(h));
    }

    // The slope on one side (sign +1 or -1), from a step so small that only a kink can still differ.
    slope(sign, step = 10 * FINEST * this.size) {
        const real = this.real(sign * step);
        return real === null ? null : real / (sign * step);
    }

    // The slopes on both sides if they differ however small the step, as at a kink; else null.
    kink() {
        const near = [-1, 1].map((sign) => this.slope(sign));
        const nearer = [-1, 1].map((sign) => this.slope(sign, FINEST * this.size));
        if ([...near, ...nearer].includes(null)) return null;
        const [wide, narrow] = [near, nearer].map(([left, right]) => Math.abs(right - left));
        const rounding = (4 * this.noise) / (FINEST * this.size);
        return narrow > rounding && narrow > 0.5 * wide && narrow > 1e-4 * Math.max(...nearer.map(Math.abs)) ? near : null;
    }

    // On one side, up to `far`: from which step on the prediction is off by more than a tenth, or where f
    // ends. {kind: "good"} if neither happens, else {kind: "off" | "end", h}.
    breakdown(sign, far) {
        let good = 0;
        const finest = FINEST * this.size;
        for (let i = 0; i <= PROBES; i += 1) {
            const h = finest * (far / finest) ** (i / PROBES);
            const off = this.off(sign * h);
            if (off === null) return { kind: "end", h: this.between(good, h, (x) => this.f(sign * x) !== null) };
            if (off > TOLERANCE) return { kind: "off", h: this.between(good, h, (x) => !(this.off(sign * x) > TOLERANCE)) };
            good = h;
        }
        return { kind: "good", h: far };
    }

    // Where `fine` ends between a step at which it holds and one at which it does not.
    between(low, high, fine) {
        for (let i = 0; i < 40 && high - low > 1e-9 * high; i += 1) {
            const middle = (low + high) / 2;
            if (fine(middle)) low = middle;
            else high = middle;
        }
        return high;
    }

    // Points of f from `low` to `high`, for a plot; gaps are null.
    curve(low, high, count) {
        return Array.from({ length: count + 1 }, (_, i) => {
            const x = low + ((high - low) * i) / count;
            return { x, y: this.f(x - this.at) };
        });
    }
}
