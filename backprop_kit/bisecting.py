"""Which elements of a gradient are wrong, found by halving groups of them instead of nudging each.

A gradient claims how fast the output moves along any direction: the sum of its elements times those
of the direction. One random direction through all parameters tells whether anything is wrong; one
through half of them, on which side; and so on down to single elements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from backprop_kit.slopes import EPS
from backprop_kit.stepping import Landscape, Slope

CLOSE, CLOSE_SINGLE = 1e-6, 1e-3  # of an element: so much it may be off
QUICK, QUICK_SINGLE = 1e-12, 3e-6  # of a group: what is off by no more is looked at no further
QUICK_REAL = 1e-7  # likewise, where real steps measure
BESIDE = 1e-6  # of a group: so well it must agree with the slope right beside a kink
NEARER = 1e-3  # of the distance at which it is looked for
COMPARABLE = 1e-5  # parameters whose shares of the slope differ by more are looked at apart
MOST_NAMED, MOST_FINE, MOST_KINKS = 20, 6, 48  # elements of one parameter
ULPS = 16  # of the largest element of a parameter: a difference below is rounding


@dataclass(frozen=True)
class Wrong:
    """A wrong element: where in the flat array, and from what to what it may be."""

    at: int
    low: float
    high: float


@dataclass
class Verdict:
    """What was found: wrong elements, pairs that are wrong together (and whether they have too much), and what was left open."""

    wrong: list[Wrong] = field(default_factory=list)
    ties: list[tuple[int, int, bool]] = field(default_factory=list)
    suspects: dict[str, Slope] = field(
        default_factory=dict
    )  # names that do not fit, with their slope
    crowded: bool = False  # more kinks than were looked at


class Inquiry:
    """Holds a claimed gradient, flat, against a landscape."""

    def __init__(self, land: Landscape, claimed: np.ndarray, seed: int) -> None:
        self.land, self.claimed = land, claimed
        self.rng = np.random.default_rng([seed, 7])
        self.v = self.direction()
        self.last = (self.v, claimed * self.v)
        self.largest = np.empty(land.count)
        for cut in land.cuts.values():
            mine = claimed[cut]
            self.largest[cut] = max(mine.max(initial=0.0), -mine.min(initial=0.0))
        self.begin_again()

    def begin_again(self) -> None:
        """Forget what was found out about one group of parameters, before the next."""
        self.shift: np.ndarray | None = None  # where slopes are measured, if not at the point
        self.mirrored = False  # the mean of the slopes there and across the point
        self.noise = 0.0
        self.verdict = Verdict()
        self.land.imaginary = True

    def direction(self) -> np.ndarray:
        """A random direction that moves each element by about the size of its parameter, and none by little."""
        drawn = self.rng.random(self.land.count)
        drawn -= 0.5
        drawn += np.copysign(0.5, drawn)
        drawn *= self.land.sizes
        return drawn

    # -- is anything wrong? -----------------------------------------------------------------------

    def groups(self) -> list[list[str]]:
        """Parameters with comparable shares of the slope, so that none hides behind another."""
        shares = self.shares(self.v)
        sizes = {name: length(shares[cut]) for name, cut in self.land.cuts.items()}
        found: list[list[str]] = []
        for name in sorted(sizes, key=lambda name: -sizes[name]):
            if (found and sizes[name] > COMPARABLE * sizes[found[-1][0]]) or (
                found and sizes[name] == sizes[found[-1][0]] == 0.0
            ):
                found[-1].append(name)
            else:
                found.append([name])
        return found

    def part(self, cuts: Sequence[slice | np.ndarray], of: np.ndarray | None = None) -> np.ndarray:
        """A direction with only some of its elements."""
        of = self.v if of is None else of
        z = np.zeros(len(of))
        for cut in cuts:
            z[cut] = of[cut]
        return z

    def scale(self, z: np.ndarray, slope: float = 0.0) -> float:
        """The size of the terms that a slope along z is added up from."""
        return max(length(self.shares(z)), abs(slope))

    def shares(self, z: np.ndarray) -> np.ndarray:
        """What each element adds to the slope that is claimed; of the last direction it is remembered."""
        if self.last[0] is not z:
            self.last = (z, self.claimed * z)
        return self.last[1]

    def quick(self) -> float:
        if self.land.single:
            return QUICK_SINGLE
        return QUICK if self.land.imaginary else QUICK_REAL

    def floor(self, z: np.ndarray) -> float:
        """What rounding in the claimed gradient itself may come to."""
        return ULPS * self.land.eps * length(self.largest * z)

    def fits(self, z: np.ndarray, slope: Slope) -> bool:
        """Whether the claim agrees with a slope, to rounding."""
        off = abs(slope.value - float(self.shares(z).sum()))
        allowed = self.quick() * self.scale(z) + 10 * slope.error
        return off <= allowed or off <= allowed + self.floor(z)

    # -- groups -----------------------------------------------------------------------------------

    def look_into(self, names: Sequence[str], first: Slope) -> None:
        """Find what is wrong in parameters that do not fit; `first` is the slope along them all."""
        z = self.part([self.land.cuts[name] for name in names])
        if self.land.imaginary and first.error == 0.0:
            self.noise = 64 * self.land.eps * self.land.terms(z)
            if abs(first.value - float(self.claimed @ z)) <= self.noise:
                return
        if self.settled_aside(z, first):
            return
        for name in names:
            part = self.part([self.land.cuts[name]])
            slope = self.slope(part) if len(names) > 1 or self.shift is not None else first
            if not self.within(part, slope):
                self.verdict.suspects[name] = slope

    def settled_aside(self, z: np.ndarray, first: Slope) -> bool:
        """Whether the claim is the gradient right beside the point, on one side of every kink in it.

        Where it is not, but there are kinks, slopes are from now on measured on the side that it
        is nearest to: there they add up, as they do not at a kink.
        """
        if self.land.coarse:
            return False
        scale, claimed = self.scale(z, first.value), float(self.claimed @ z)
        blur = self.land.blur * scale + 10 * first.error
        found: list[tuple[float, np.ndarray, bool]] = []
        slopes = [first.value]
        for one in self.sides():
            if found and np.ptp(slopes) <= blur:
                break
            ahead, behind = (self.land.nearby(z, s).value for s in (one, -one))
            slopes += [ahead, behind]
            found += [
                (abs(ahead - claimed), one, False),
                (abs(behind - claimed), -one, False),
                (abs((ahead + behind) / 2 - claimed), one, True),
            ]
        if np.ptp(slopes) <= blur:
            return False
        off, self.shift, self.mirrored = min(found, key=lambda f: f[0])
        if off > BESIDE * scale:
            return False
        if self.land.imaginary:  # nearer still, what was only curvature is gone
            self.shift = NEARER * self.shift
            if abs(self.slope(z).value - claimed) > NEARER * BESIDE * scale + self.noise:
                return False
        other = self.part([z != 0], self.direction())
        slope = self.slope(other)
        off = abs(slope.value - float(self.claimed @ other))
        return off <= 10 * BESIDE * self.scale(other, slope.value)

    def sides(self) -> Iterator[np.ndarray]:
        """Places right beside the point, to be mirrored in it."""
        yield self.beside()
        yield np.abs(self.beside())

    def beside(self) -> np.ndarray:
        """A random place right beside the point, each element moved by little of its own size."""
        return self.land.aside * self.direction() / self.land.sizes * self.land.own_sizes()

    def slope(self, z: np.ndarray) -> Slope:
        """The slope along a direction, where slopes are measured now."""
        if self.shift is None:
            return self.land.along(z)
        one = self.land.nearby(z, self.shift)
        if not self.mirrored:
            return one
        other = self.land.nearby(z, -self.shift)
        return Slope((one.value + other.value) / 2, one.error + other.error)

    def within(self, z: np.ndarray, slope: Slope) -> bool:
        """As `fits`, for groups: what is measured beside a kink is a little blurred."""
        if self.fits(z, slope):
            return True
        share = np.sqrt(np.count_nonzero(z) / self.land.count)
        blur = NEARER * BESIDE if self.land.imaginary else 1e-4
        allowed = blur * self.scale(z) if self.shift is not None else 0.0
        off = abs(slope.value - float(self.claimed @ z))
        return off <= allowed + self.noise * share + 10 * slope.error

    # -- halving ----------------------------------------------------------------------------------

    def halve(self, name: str, leaf: Callable[[int], str]) -> None:
        """Halve a parameter down to elements that do not fit; `leaf` says what each of them is."""
        cut = self.land.cuts[name]
        ahead = [(np.arange(cut.start, cut.stop), self.verdict.suspects[name])]
        counts = {"wrong": 0, "fine": 0, "kink": 0}
        while ahead and not self.enough(counts):
            group, slope = ahead.pop()
            if self.within(self.part([group]), slope):
                continue
            if len(group) == 1:
                counts[leaf(int(group[0]))] += 1
                continue
            ahead += self.halves(group, slope)
        self.verdict.crowded |= counts["kink"] >= MOST_KINKS

    def enough(self, counts: dict[str, int]) -> bool:
        """Whether so many were named that more would tell nothing, or none seems to be wrong."""
        if counts["kink"] >= MOST_KINKS or counts["wrong"] >= MOST_NAMED:
            return True
        return counts["wrong"] == 0 and counts["fine"] >= MOST_FINE

    def halves(self, group: np.ndarray, slope: Slope) -> list[tuple[np.ndarray, Slope]]:
        """Both halves with their slopes, the one that is further off last; they add up to that of the whole."""
        middle = len(group) // 2
        one, other = group[:middle], group[middle:]
        z, rest = self.part([one]), self.part([other])
        first = self.slope(z)
        left = Slope(slope.value - first.value, slope.error + first.error)
        off = abs(left.value - float(self.claimed @ rest))
        rounding = EPS * self.scale(self.part([group]), slope.value)
        if 1e3 * rounding < off <= 1e5 * rounding or left.error > 0:
            left = self.slope(rest)  # too little is left of it to tell
        elif off <= 1e3 * rounding:
            left = Slope(float(self.claimed @ rest))
        pair = [(one, first), (other, left)]
        return sorted(pair, key=lambda p: self.off(p[0], p[1]))

    def off(self, group: np.ndarray, slope: Slope) -> float:
        return abs(slope.value - float(self.claimed[group] @ self.v[group]))


def length(array: np.ndarray) -> float:
    """The root of the sum of the squares."""
    return float(np.sqrt(np.dot(array, array)))
