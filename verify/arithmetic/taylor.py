"""Taylor models: on a box, a function is a polynomial with ball coefficients plus a remainder ball, rigorously.

What cancels, cancels between coefficients. So |f − g| is bounded over a whole box where balls alone would be useless. The box
is normalised: every variable is middle + radius · s, with s in [−1, 1].
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from constructions.matrix import Unsupported
from verify.arithmetic.bernstein import Exponents, range_of
from verify.arithmetic.entries import EntryArithmetic, Table
from verify.arithmetic.smooth import FACTOR_VALUES, SERIES, ball, coefficients

Interval = tuple[Any, Any]


@dataclass(frozen=True, eq=False)
class Taylor:
    """Σ c_e s^e over |e| ≤ order, plus any value of the remainder."""

    terms: dict[Exponents, Any]
    remainder: Any
    order: int
    arity: int

    def constant(self, value: Any) -> Taylor:
        return Taylor({(0,) * self.arity: ball(value)}, flint.arb(0), self.order, self.arity)

    def _with(self, terms: dict[Exponents, Any], remainder: Any) -> Taylor:
        return Taylor(terms, remainder, self.order, self.arity)

    def __add__(self, other: Any) -> Taylor:
        other = other if isinstance(other, Taylor) else self.constant(other)
        terms = dict(self.terms)
        for e, c in other.terms.items():
            terms[e] = terms[e] + c if e in terms else c
        return self._with(terms, self.remainder + other.remainder)

    __radd__ = __add__

    def __neg__(self) -> Taylor:
        return self._with({e: -c for e, c in self.terms.items()}, -self.remainder)

    def __sub__(self, other: Any) -> Taylor:
        return self + -other

    def __mul__(self, other: Any) -> Taylor:
        if not isinstance(other, Taylor):
            factor = ball(other)
            return self._with({e: c * factor for e, c in self.terms.items()}, self.remainder * factor)
        small, large = sorted((self, other), key=lambda model: len(model.terms))
        by_degree: list[list[tuple[Exponents, Any]]] = [[] for _ in range(self.order + 1)]
        for e, c in large.terms.items():
            by_degree[sum(e)].append((e, c))
        tails = [flint.arb(0)]  # |s^e| ≤ 1, so terms of too high a degree are at most the sum of their coefficients
        for part in reversed(by_degree):
            tails.append(sum((abs(c) for _, c in part), tails[-1]))
        terms: dict[Exponents, Any] = {}
        beyond = flint.arb(0)
        for e, c in small.terms.items():
            degree = sum(e)
            beyond += abs(c) * tails[degree]
            for f, d in itertools.chain(*by_degree[: self.order + 1 - degree]):
                key = tuple(map(int.__add__, e, f))
                terms[key] = terms[key] + c * d if key in terms else c * d
        return self._with(terms, beyond * flint.arb(0, 1) + self._crossed(other))

    __rmul__ = __mul__

    def _crossed(self, other: Taylor) -> Any:
        """What the remainders contribute to a product."""
        remainder = self.remainder * other.remainder
        if not self.remainder.is_zero():
            remainder += self.remainder * range_of(other.terms, self.arity)
        return (
            remainder if other.remainder.is_zero() else remainder + other.remainder * range_of(self.terms, self.arity)
        )

    def range(self) -> Any:
        """A ball around every value on the box."""
        return range_of(self.terms, self.arity) + self.remainder

    def at(self, point: Sequence[int | Fraction]) -> Any:
        """A ball around the value at an exact point of [−1, 1]^k."""
        powers = [[flint.arb(1)] for _ in point]
        for axis, s in zip(powers, map(ball, point), strict=True):
            axis += itertools.islice(itertools.accumulate(itertools.repeat(s), flint.arb.__mul__), self.order)
        values = self.remainder
        for e, c in self.terms.items():
            for axis, k in zip(powers, e, strict=True):
                c = c * axis[k] if k else c
            values = values + c
        return values

    def compose(self, function: Callable[[Any], Any]) -> Taylor:
        """function(self), for a smooth function of power series: its Taylor polynomial, and the remainder of Lagrange."""
        middle = self.terms.get((0,) * self.arity, flint.arb(0)).mid()
        shifted, values = self - middle, self.range()
        whole, width = values.union(middle), values - middle
        near = coefficients(function, middle, self.order + 1)
        last = coefficients(function, whole, self.order + 2)[-1]
        out = self.constant(near[-1])
        for c in reversed(near[:-1]):
            out = out * shifted + c
        return out + self._with({}, math.prod([width] * (self.order + 1), start=last))

    def inverse(self) -> Taylor:
        return self.compose(lambda s: s.inv())

    def exp(self) -> Taylor:
        return self.compose(lambda s: s.exp())

    def relu(self) -> Taylor:
        """max(self, 0) where the sign is the same on the whole box."""
        values = self.range()
        if values.lower() >= 0:
            return self
        if values.upper() <= 0:
            return self.constant(0)
        raise Unsupported("relu has no Taylor model on a box where its argument changes sign")

    def enclosed_relu(self) -> Taylor:
        """max(self, 0), a kink included: max(u, 0) − λu is convex, so for 0 ≤ λ ≤ 1 and u in [a, b], a < 0 < b, it lies
        between 0 and its greater end, max(−λa, (1 − λ)b). λ = b/(b − a) makes the two ends equal."""
        values = self.range()
        low, high = values.lower(), values.upper()
        if low >= 0:
            return self
        if high <= 0:
            return self.constant(0)
        slope = (high / (high - low)).mid()
        if not (values.is_finite() and 0 <= slope <= 1):
            return self._with({}, flint.arb.nan())
        widest = (-slope * low).max((1 - slope) * high).upper()
        return self * slope + self._with({}, flint.arb(0).union(widest))

    def is_finite(self) -> bool:
        return self.remainder.is_finite() and all(c.is_finite() for c in self.terms.values())


class TaylorArithmetic(EntryArithmetic):
    """Matrices of Taylor models on one box."""

    name = "Taylor models"

    def __init__(self, box: Sequence[Interval], order: int) -> None:
        self.box, self.order = [(Fraction(low), Fraction(high)) for low, high in box], order

    def variable(self, number: int) -> Taylor:
        low, high = self.box[number]
        unit = tuple(int(k == number) for k in range(len(self.box)))
        terms = {(0,) * len(self.box): ball((low + high) / 2), unit: ball((high - low) / 2)}
        return Taylor(terms, flint.arb(0), self.order, len(self.box))

    def constant(self, value: Fraction) -> Taylor:
        return Taylor({(0,) * len(self.box): ball(value)}, flint.arb(0), self.order, len(self.box))

    def is_zero(self, entry: Taylor) -> bool:
        return entry.remainder.is_zero() and all(c.is_zero() for c in entry.terms.values())

    def exponential(self, entry: Taylor) -> Taylor:
        return entry.exp()

    def relu(self, a: Table) -> Table:
        return a.each(Taylor.relu)

    def smooth(self, function: str, a: Table, order: int = 0) -> Table:
        if order:
            self.unsupported(f"a derivative of {function}")
        return a.each(lambda entry: entry.compose(SERIES[function]))

    def reciprocal_sqrt(self, a: Table) -> Table:
        return a.each(lambda entry: entry.compose(lambda s: s.rsqrt()))

    def factor(self, word: str) -> Table:
        return Table(
            [[Taylor({(0,) * len(self.box): FACTOR_VALUES[word]()}, flint.arb(0), self.order, len(self.box))]], 1
        )

    def power(self, exponent: int) -> Taylor:
        """The first variable to a power; to a negative one where the box keeps it away from 0."""
        base = self.variable(0) if exponent >= 0 else self.variable(0).inverse()
        return math.prod([base] * abs(exponent), start=self.constant(Fraction(1)))
