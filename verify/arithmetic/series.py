"""Power series in a knob t, t → 0, that may start at a negative power. The coefficients are exact rational functions.

A series is known up to a certain power, and knows which; a series that ends is known for ever. So a coefficient that is zero
is exactly zero, and what was cut off is never taken for zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from constructions.matrix import Pole, Unsupported
from verify.arithmetic.convolution import convolved, product
from verify.arithmetic.entries import EntryArithmetic, Table
from verify.arithmetic.even_parts import WithEven
from verify.arithmetic.far import behind_the_largest
from verify.arithmetic.polynomial import PolynomialArithmetic, Quotient
from verify.arithmetic.series_functions import (
    SMOOTH,
    NeedsMoreTerms,
    exp_series,
    reciprocal_sqrt_series,
    term_text,
)
from verify.arithmetic.symbols import Symbols

FLAT = 10**6  # what is smaller than every power of t is O(t^FLAT)


class NeedsFinerScale(ArithmeticError):
    """An exponent is no whole multiple of 1/q; q must be a multiple of the number given."""

    def __init__(self, multiple: int) -> None:
        super().__init__(multiple)
        self.multiple = multiple


@dataclass(frozen=True, eq=False)
class Series:
    """t^start (c_0 + c_1 t + …), the c_k listed being all there are if `exact`, else those that are known."""

    ring: SeriesArithmetic
    start: int
    known: list[Quotient]
    exact: bool

    @property
    def end(self) -> int:
        """The first power that is not listed."""
        return self.start + len(self.known)

    def __str__(self) -> str:
        parts = [term_text(str(c), self.start + k) for k, c in enumerate(self.known) if not self.ring.field.is_zero(c)]
        return (" + ".join([*parts, *([] if self.exact else [f"O(t^{self.end})"])]) or "0").replace("+ -", "- ")

    def coefficient(self, power: int) -> Quotient:
        if power >= self.end and not self.exact:
            raise NeedsMoreTerms(f"the coefficient of power {power} is not known")
        inside = self.start <= power < self.end
        return self.known[power - self.start] if inside else self.ring.field.zero

    def __add__(self, other: Series) -> Series:
        if not isinstance(other, Series):
            return NotImplemented
        if self.ring.is_zero(self) or self.ring.is_zero(other):
            return self if self.ring.is_zero(other) else other
        ends = [series.end for series in (self, other) if not series.exact]
        start, end = min(self.start, other.start), min(ends) if ends else max(self.end, other.end)
        if end >= FLAT // 2 and self.known + other.known:  # more is known than is kept
            end = start + self.ring.width
        known, total = [], self.ring.field.total
        for power in range(start, end):
            mine, its = power - self.start, power - other.start
            here = [self.known[mine]] if 0 <= mine < len(self.known) else []
            here += [other.known[its]] if 0 <= its < len(other.known) else []
            known.append(total(here) if here else self.ring.field.zero)
        return self.ring.series(start, known, exact=not ends) if start < end else self.ring.series(end, [], not ends)

    def __neg__(self) -> Series:
        return Series(self.ring, self.start, [-c for c in self.known], self.exact)

    def __mul__(self, other: Series) -> Series:
        if not isinstance(other, Series):
            return NotImplemented
        if self.ring.is_zero(self) or self.ring.is_zero(other):
            return self.ring.nothing
        counts = [len(series.known) for series in (self, other) if not series.exact]
        count = min([len(self.known) + len(other.known) - 1, self.ring.width, *counts])
        exact = not counts and count == len(self.known) + len(other.known) - 1
        return self.ring.series(
            self.start + other.start, product(self.ring.field, self.known, other.known, count), exact
        )

    def inverse(self) -> Series:
        if not self.known:
            raise NeedsMoreTerms("division by a series whose first term is not known")
        first = self.ring.field.inverse(self.known[0])
        exact = self.exact and len(self.known) == 1
        out, count = [first], 1 if exact else self.ring.width if self.exact else len(self.known)
        for k in range(1, count):
            out.append(-(first * self.ring.convolved([self.ring.zero, *self.known[1:]], out, k)))
        return self.ring.series(-self.start, out, exact)

    def exp(self) -> Series:
        return exp_series(self)

    def relu(self) -> Series:
        """max(self, 0) for small t > 0, by the sign of the first term, if that is a number."""
        if self.ring.is_zero(self):
            return self
        if not self.known:
            raise NeedsMoreTerms("relu of a series whose first term is not known")
        sign = self.ring.sign(self.known[0]) if self.ring.positive else 0
        if not sign:
            raise Unsupported("relu of a series whose sign is not certain")
        return self if sign > 0 else self.ring.nothing


class SeriesArithmetic(EntryArithmetic):
    """Series with `width` terms over a field. `positive` says that the knob is. With a `fineness` q the variable is
    t = e^{−β/q}, and β itself is a symbol of the field, larger than every number and smaller than every power of 1/t."""

    name = "power series"

    def __init__(self, field: PolynomialArithmetic, width: int, positive: bool = True, fineness: int = 0) -> None:
        self.field, self.width, self.positive, self.fineness = field, width, positive, fineness
        self.zero, self.nothing = field.zero, Series(self, 0, [], exact=True)

    @property
    def kappa(self) -> Quotient:
        """1/√(2π)."""
        if not isinstance(self.field, Symbols):
            raise Unsupported("1/√(2π) has no value over rational functions alone")
        return self.field.kappa

    def sign(self, entry: Quotient) -> int:
        """1 or −1 where a coefficient is a number that is certainly not zero, else 0."""
        if entry.top.is_constant() and entry.bottom.is_one():
            leading = entry.top.leading_coefficient()
            return (leading > 0) - (leading < 0)
        value = self.field.value(entry) if isinstance(self.field, Symbols) else None
        return 0 if value is None else int(value > 0) - int(value < 0)

    def decayed(self, exponent: Quotient) -> tuple[int, Quotient]:
        """(k, rest) with e^exponent = t^k e^rest and no knob in the rest."""
        if not (self.fineness and isinstance(self.field, Symbols)):
            return 0, exponent
        split = self.field.linear_in_knob(exponent)
        if split is None:
            raise Unsupported("exp of the knob times what varies is no power of exp of the knob")
        power = -split[0] * self.fineness
        if power.denominator != 1:
            raise NeedsFinerScale(power.denominator)
        return int(power), split[1]

    def series(self, start: int, known: list[Quotient], exact: bool) -> Series:
        """Zeros in front are dropped; `width` terms are kept."""
        first = 0
        while first < len(known) and self.field.is_zero(known[first]):
            first += 1
        kept = known[first : first + self.width]
        return Series(self, start + first, kept, exact and len(kept) == len(known) - first)

    def power(self, exponent: int) -> Series:
        return self.series(exponent, [self.field.constant(Fraction(1))], exact=True)

    def of(self, entry: Quotient) -> Series:
        return self.series(0, [entry], exact=True)

    def constant(self, value: Fraction) -> Series:
        return self.of(self.field.constant(value))

    def is_zero(self, entry: Series | WithEven) -> bool:
        return isinstance(entry, Series) and entry.exact and not entry.known

    def flat(self) -> Series:
        """Something of which nothing is known but that it is smaller than every power of t."""
        return Series(self, FLAT, [], exact=False)

    def convolved(self, a: list[Quotient], b: list[Quotient], power: int) -> Quotient:
        """Σ a_i b_{power−i}."""
        return convolved(self.field, a, b, power)

    def inverse(self, entry: Series) -> Series:
        if self.is_zero(entry):
            raise Pole("division by zero at every value of the knob")
        return entry.inverse()

    def exponential(self, entry: Series) -> Series:
        return entry.exp()

    def relu(self, a: Table) -> Table:
        return a.each(Series.relu)

    def softmax(self, a: Table, visible: np.ndarray) -> Table:
        return super().softmax(behind_the_largest(self, a, visible), visible)

    def growth(self, u: Series) -> int:
        """The sign of what grows beyond all bounds with the knob."""
        sign = self.sign(u.known[0]) if self.positive else 0
        if not sign:
            raise Unsupported("a function of what grows beyond all bounds with the knob, its sign not being certain")
        return sign

    def smooth(self, function: str, a: Table, order: int = 0) -> Table:
        if order or function not in SMOOTH:
            self.unsupported(f"a derivative of {function}" if order else function)
        return a.each(SMOOTH[function])

    def reciprocal_sqrt(self, a: Table) -> Table:
        return a.each(reciprocal_sqrt_series)

    def factor(self, word: str) -> Table:
        if word != "√(π/2)" or not isinstance(self.field, Symbols):
            self.unsupported(f"the number {word}")
        return Table([[self.of(self.field.root_of_half_pi)]], 1)
