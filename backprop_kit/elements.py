"""One element of a gradient: whether it is right, at a kink too, and whether two agree that share one.

At a kink the slope is one number to the left and another to the right, and any number between them
is right. Two elements that meet in a kink, as in a tie of a max, share what one of them may have.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backprop_kit.bisecting import CLOSE, CLOSE_SINGLE, ULPS, Inquiry, Wrong
from backprop_kit.moving import Unfinished

FEW, MORE = 3, 8  # places around a point at which slopes are measured
FAINT = 4  # ulps of the output: less than that cannot be told from rounding
DOUBTFUL = 1e4  # times the error of real steps, which they do not always know
SHAKY = 1e5  # ulps of the terms: a backward pass may lose more digits than the slope does
HARDLY = 1e-2  # of an element
LARGE = 100  # a variable far larger than 1 is moved by larger steps
MOST_PARTNERS, MOST_CROWDS = 2, 4


class Elements:
    """Looks at single elements of an inquiry."""

    def __init__(self, inquiry: Inquiry) -> None:
        self.inquiry, self.land = inquiry, inquiry.land
        self.shifts = [inquiry.beside() for _ in range(MORE)]
        self.done: set[int] = set()
        self.crowds = 0  # kinks in which more than two elements meet

    def kind(self, at: int) -> str:
        """Whether an element is "wrong", "fine", or fine as one of the slopes of a "kink"."""
        unit = self.land.sizes[at]
        z = self.one(at)
        left, right, error = (x / unit for x in self.land.both(z))
        values = [left, right]
        if self.land.imaginary or left != right:  # real steps have seen what is near
            values += self.around(z, unit, [] if self.land.coarse else self.shifts[:FEW])
        if not np.all(np.isfinite(values)):
            return "fine"  # a jump, or the edge of where the function is defined: nothing to hold it against
        claimed = float(self.inquiry.claimed[at])
        scale = max(abs(claimed), *map(abs, values))
        slack = 10 * self.land.blur * scale + 10 * error + self.faint(at)
        if np.ptp(values) <= slack or np.ptp(values) <= slack + self.rounding(at):
            middle = (left + right) / 2
            if self.is_close(at, middle, error):
                return "fine"
            self.inquiry.verdict.wrong.append(Wrong(at, middle, middle))
            return "wrong"
        values += self.around(z, unit, [] if self.land.coarse else self.shifts[FEW:])
        return self.at_kink(at, np.array(values), 10 * error)

    def one(self, at: int) -> np.ndarray:
        z = np.zeros(self.land.count)
        z[at] = self.land.sizes[at]
        return z

    def around(self, z: np.ndarray, unit: float, shifts: list[np.ndarray]) -> list[float]:
        """Slopes at places beside the point."""
        return [self.land.nearby(z, shift).value / unit for shift in shifts]

    def is_close(self, at: int, slope: float, error: float) -> bool:
        """Whether an element is its slope, within what rounding can do to either."""
        claimed = float(self.inquiry.claimed[at])
        off, size = abs(claimed - slope), max(abs(claimed), abs(slope))
        close = CLOSE_SINGLE if self.land.single else CLOSE
        rounding = ULPS * self.land.eps * self.inquiry.largest[at]
        if off <= close * size + rounding + 10 * error:
            return True
        if off <= self.faint(at) and (off <= HARDLY * size or claimed == 0.0):
            return True
        if not self.land.imaginary:
            return off <= DOUBTFUL * error and self.seconded(at, close)
        return off <= self.rounding(at)

    def seconded(self, at: int, close: float) -> bool:
        """Whether an imaginary step, though it was not confirmed, finds what is claimed."""
        claimed = float(self.inquiry.claimed[at])
        try:
            found = self.land.tip(self.one(at)).imag / float(self.land.sizes[at])
        except Unfinished:
            return False
        return abs(found - claimed) <= 1e3 * close * max(abs(found), abs(claimed))

    def faint(self, at: int) -> float:
        """What rounding in the output amounts to in a slope."""
        size = float(self.land.sizes[at])
        return FAINT * self.land.eps * self.land.size / (min(size, 1.0) * max(size / LARGE, 1.0))

    def rounding(self, at: int) -> float:
        """What rounding in the terms of a slope amounts to; a part of the error of real steps."""
        if not self.land.imaginary:
            return 0.0
        try:
            terms = self.land.terms(self.one(at)) / float(self.land.sizes[at])
        except Unfinished:
            return 0.0
        return SHAKY * self.land.eps * terms

    # -- kinks ------------------------------------------------------------------------------------

    def at_kink(self, at: int, values: np.ndarray, error: float) -> str:
        """Whether an element lies between the slopes on the sides of the kinks it stands on."""
        low, high = bounds(values)
        slack = self.land.blur * max(abs(low), abs(high)) + error
        claimed = float(self.inquiry.claimed[at])
        if low - slack <= claimed <= high + slack:
            if self.counts_twice(at):
                return "wrong"
            return "kink"
        self.inquiry.verdict.wrong.append(Wrong(at, float(np.min(values)), float(np.max(values))))
        return "wrong"

    def counts_twice(self, at: int) -> bool:
        """Whether a partner that meets this element in a kink and the element itself both take too much."""
        if at in self.done or self.land.coarse or self.crowds > MOST_CROWDS:
            return False
        pair = self.partner(at)
        if pair is None:
            return False
        other, z = pair
        flips = [sign * self.land.far * self.one(k) for k in (at, other) for sign in (1, -1)]
        places = [s + flip for s, flip in zip(self.shifts, (*flips, *flips), strict=False)]
        values = np.array(self.around(z, 1.0, [*places, *self.shifts]))
        if not np.all(np.isfinite(values)):
            return False
        low, high = bounds(values)
        claimed, slack = float(self.inquiry.claimed @ z), 0.01 + 10 * self.land.blur
        if low - slack <= claimed <= high + slack:
            return False
        self.done |= {at, other}
        self.inquiry.verdict.ties.append((at, other, claimed > high))
        return True

    def partner(self, at: int) -> tuple[int, np.ndarray] | None:
        """The one other element that loses what this one wins, and the direction in which none does."""
        aside = self.land.far * self.one(at)
        up, down = self.shifts[0] + aside, self.shifts[0] - aside

        def change(z: np.ndarray) -> float:
            return self.land.nearby(z, up).value - self.land.nearby(z, down).value

        own = change(self.one(at))
        if not np.isfinite(own) or own == 0.0:
            return None
        found = list(self.support(change, at, abs(own)))
        if len(found) != 1:
            self.crowds += 1
            return None
        other, theirs = found[0]
        return other, self.one(at) / own - self.one(other) / theirs

    def support(self, change: object, at: int, own: float) -> Iterator[tuple[int, float]]:
        """The other elements whose slope changes too; none is told of a crowd."""
        assert callable(change)
        ahead = [np.delete(np.arange(self.land.count), at)]
        found = 0
        while ahead and found < MOST_PARTNERS:
            group = ahead.pop()
            moved = change(self.inquiry.part([group])) if len(group) else 0.0
            if abs(moved) <= 1e-2 * own:
                continue
            if len(group) == 1:
                found += 1
                yield int(group[0]), change(self.one(int(group[0])))
                continue
            middle = len(group) // 2
            ahead += [group[:middle], group[middle:]]


def bounds(values: np.ndarray) -> tuple[float, float]:
    """From what to what slopes may be; where several kinks meet, further than was seen."""
    low, high = float(np.min(values)), float(np.max(values))
    width = high - low
    between = (values > low + 0.01 * width) & (values < high - 0.01 * width)
    return (low - width, high + width) if np.any(between) else (low, high)
