"""Functions of t on (0, t_0] as t^k (c_0 + c_1 t + … + c_{n−1} t^{n−1} + r(t) t^n), the c in balls and r(t) in one ball for all t.

That is Taylor's theorem at 0 with the remainder of Lagrange, and division by a power of t is exact. So an error whose first
coefficients are known to vanish is bounded by a constant times the first power that is left, for all t ≤ t_0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from constructions.matrix import Matrix, Pole, Unsupported
from verify.arithmetic.entries import EntryArithmetic, Table
from verify.arithmetic.far import LACKS, behind_the_largest, grows, vanishing
from verify.arithmetic.series_functions import NeedsMoreTerms
from verify.arithmetic.smooth import FACTOR_VALUES, SERIES, ball, coefficients


@dataclass(frozen=True, eq=False)
class Germ:
    """t^start (Σ known_k t^k + rest · t^len(known)); nothing is left out where `rest` is exactly zero."""

    ring: GermArithmetic
    start: int
    known: tuple[Any, ...]
    rest: Any

    @property
    def end(self) -> int:
        return self.start + len(self.known)

    @property
    def exact(self) -> bool:
        return self.rest.is_zero()

    def coefficient(self, power: int) -> Any:
        if power >= self.end and not self.exact:
            raise NeedsMoreTerms(f"the coefficient of power {power} is not known")
        return self.known[power - self.start] if self.start <= power < self.end else flint.arb(0)

    def over(self, power: int) -> Any:
        """A ball around f(t)/t^power on (0, t_0], given that all coefficients below that power are zero."""
        if self.end < power and not self.exact:
            raise NeedsMoreTerms(f"the terms from power {power} on are not known")
        return self.ring.horner([self.coefficient(k) for k in range(power, self.end)], self.rest)

    def _from(self, start: int, end: int) -> tuple[list[Any], Any]:
        """The same function written from `start` on and up to `end`."""
        padded = [flint.arb(0)] * (self.start - start) + list(self.known)
        padded += [flint.arb(0)] * (end - start - len(padded)) if self.exact else []
        return padded[: end - start], self.ring.horner(padded[end - start :], self.rest)

    def __add__(self, other: Germ) -> Germ:
        start = min(self.start, other.start)
        ends = [germ.end for germ in (self, other) if not germ.exact]
        end = max(start, min(ends) if ends else max(self.end, other.end))
        (a, p), (b, q) = self._from(start, end), other._from(start, end)
        return self.ring.germ(start, [x + y for x, y in zip(a, b, strict=True)], p + q)

    def __neg__(self) -> Germ:
        return Germ(self.ring, self.start, tuple(-c for c in self.known), -self.rest)

    def __mul__(self, other: Germ) -> Germ:
        a, b, ring = self.known, other.known, self.ring
        counts = [len(germ.known) for germ in (self, other) if not germ.exact]
        whole = [flint.arb(0)] * max(0, len(a) + len(b) - 1)
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                whole[i + j] += x * y
        count = min([len(whole), *counts])
        rest = ring.horner(whole[count:], flint.arb(0))
        for germ, factor in ((self, other), (other, self)):
            if not germ.exact:
                rest += germ.rest * ring.up_to(len(germ.known) - count) * ring.horner(factor.known, flint.arb(0))
        if not (self.exact or other.exact):
            rest += self.rest * other.rest * ring.up_to(len(a) + len(b) - count)
        return ring.germ(self.start + other.start, whole[:count], rest)

    def range(self) -> Any:
        """A ball around every value of Σ known_k t^k + rest t^n."""
        return self.ring.horner(self.known, self.rest)

    def compose(self, function: Callable[[Any], Any]) -> Germ:
        """function(self), for a smooth function of power series and a self that stays bounded as t → 0."""
        if self.start < 0 and self.known:
            raise Unsupported("a function of what grows beyond all bounds with the knob")
        middle, n = self.coefficient(0), self.ring.width
        shifted = self if self.start > 0 else self.ring.germ(1, self.known[1 - self.start :], self.rest)
        values = self.range() * self.ring.up_to(self.start)
        near = coefficients(function, middle, n)
        if self.ring.is_zero(shifted):
            return self.ring.germ(0, near[:1], flint.arb(0))
        last = coefficients(function, values.union(middle), n + 1)[n]
        out = self.ring.germ(0, [near[-1]], flint.arb(0))
        for c in reversed(near[:-1]):
            out = out * shifted + self.ring.germ(0, [c], flint.arb(0))
        slope = shifted.range() * self.ring.up_to(shifted.start - 1)
        out = out + Germ(self.ring, n, (), last * math.prod([slope] * n))
        if not out.rest.is_finite():
            raise Unsupported("a function that may have a pole for some t ≤ t_0")
        return out

    def leading(self) -> Germ:
        """self / t^start, whose first coefficient excludes zero."""
        if not self.known:
            raise NeedsMoreTerms("the first term is not known")
        if self.known[0].contains(0):
            raise Unsupported("the first coefficient may be zero")
        return Germ(self.ring, 0, self.known, self.rest)

    def shifted(self, power: int) -> Germ:
        return Germ(self.ring, self.start + power, self.known, self.rest)

    def inverse(self) -> Germ:
        return self.leading().compose(lambda s: s.inv()).shifted(-self.start)

    def reciprocal_sqrt(self) -> Germ:
        if self.start % 2:
            raise Unsupported("1/√ of an odd power of the knob")
        if not self.leading().range() > 0:
            raise Pole("1/√ of a number that may not be positive")
        return self.leading().compose(lambda s: s.rsqrt()).shifted(-self.start // 2)

    def relu(self) -> Germ:
        if self.ring.is_zero(self) or self.range() >= 0:
            return self
        if self.range() <= 0:
            return self.ring.germ(0, [], flint.arb(0))
        raise Unsupported("relu of a number whose sign may change for some t ≤ t_0")


class GermArithmetic(EntryArithmetic):
    """Germs of `width` coefficients on (0, t_0]."""

    name = "Taylor series with remainder in the knob"

    def __init__(self, width: int, t_0: Fraction) -> None:
        self.width = width
        self.t_0, self.unit = t_0, flint.arb(0).union(ball(t_0))  # [0, t_0], and a little more

    def up_to(self, power: int) -> Any:
        """The values of t^power; FLINT's own power of a ball around zero is no number."""
        return flint.arb(1) if not power else flint.arb(0).union(ball(self.t_0**power))

    def horner(self, known: Sequence[Any], rest: Any) -> Any:
        for c in reversed(known):
            rest = c + self.unit * rest
        return rest

    def germ(self, start: int, known: Sequence[Any], rest: Any) -> Germ:
        """Exact zeros in front are dropped; `width` coefficients are kept, and the others go into the remainder."""
        first = next((k for k, c in enumerate(known) if not c.is_zero()), len(known))
        kept, beyond = known[first : first + self.width], known[first + self.width :]
        rest = self.horner(beyond, rest)
        return Germ(self, start + first if kept or not rest.is_zero() else 0, tuple(kept), rest)

    def power(self, exponent: int) -> Germ:
        return self.germ(exponent, [flint.arb(1)], flint.arb(0))

    def constant(self, value: Fraction) -> Germ:
        return self.germ(0, [ball(value)], flint.arb(0))

    def is_zero(self, entry: Germ) -> bool:
        return not entry.known and entry.exact

    def of_balls(self, a: Matrix) -> Matrix:
        """A matrix of balls (data in a box) as constants."""
        cells = [[self.germ(0, [c], flint.arb(0)) for c in row] for row in a._entries.tolist()]
        return Matrix(self, Table(cells, a.shape[1]))

    def exponential(self, entry: Germ) -> Germ:
        if not grows(entry):
            return entry.compose(lambda s: s.exp())
        if self.growth(entry) > 0:
            raise Unsupported("exp of what grows beyond all bounds with the knob")
        return self.flat(vanishing(-entry.leading().range(), -entry.start, 2 * self.width, self.t_0))

    def flat(self, bound: Any) -> Germ:
        """Something of which nothing is known but that its absolute value is at most bound · t^(2 width)."""
        return Germ(self, 2 * self.width, (), (-bound).union(bound))

    def growth(self, u: Germ) -> int:
        """The sign of u = t^−k (…) for all t ≤ t_0."""
        values = u.leading().range()
        if values > 0 or values < 0:
            return 1 if values > 0 else -1
        raise Unsupported("a function of what grows beyond all bounds with the knob, its sign not being certain")

    def far(self, function: str, u: Germ) -> Germ:
        """GeLU of what grows: u where it is positive, else 0, and what GeLU lacks there."""
        power, a, c = LACKS[function]
        least = abs(u.leading().range()).lower()
        lack = ball(c) * vanishing(ball(a) * least**power, -u.start * power, 2 * self.width, self.t_0)
        return u + self.flat(lack) if self.growth(u) > 0 else self.flat(lack)

    def softmax(self, a: Table, visible: np.ndarray) -> Table:
        return super().softmax(behind_the_largest(self, a, visible), visible)

    def relu(self, a: Table) -> Table:
        return a.each(Germ.relu)

    def smooth(self, function: str, a: Table, order: int = 0) -> Table:
        if order:
            self.unsupported(f"a derivative of {function}")
        return a.each(lambda u: self.far(function, u) if grows(u) else u.compose(SERIES[function]))

    def reciprocal_sqrt(self, a: Table) -> Table:
        return a.each(Germ.reciprocal_sqrt)

    def factor(self, word: str) -> Table:
        return Table([[self.germ(0, [FACTOR_VALUES[word]()], flint.arb(0))]], 1)
