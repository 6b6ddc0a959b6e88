"""The numbers that coefficients are made of: data as variables, κ = 1/√(2π), a knob that stays a symbol, exponentials.

κ is transcendental (π is), so a polynomial in κ and the data is zero only if it is the zero polynomial: κ is one more
variable. Exponentials of numbers may satisfy relations with each other and with κ, so there only balls say what is not zero.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Any

import flint
from flint.utils.flint_exceptions import DomainError

from verify.arithmetic.ball import precision, surely_nonzero
from verify.arithmetic.flint_numbers import fraction
from verify.arithmetic.polynomial import PolynomialArithmetic, Quotient

EXPONENTIALS = 12  # independent ones that may occur in coefficients
BITS = 256


class Symbols(PolynomialArithmetic):
    """ℚ(data, κ, knob, exponentials). The knob is a symbol only where exp(−knob) is what a series is in."""

    def __init__(self, data: Sequence[str] = (), knob: str = "", positive: Collection[str] = ()) -> None:
        super().__init__([*data, "kappa", *([f"knob_{knob}"] if knob else [])], EXPONENTIALS)
        self.signed = [number for number, name in enumerate(data) if name not in positive]
        self.data, self.knob_index = len(data), len(data) + 1 if knob else None

    @property
    def kappa(self) -> Quotient:
        return self.variable(self.data)

    @property
    def root_of_half_pi(self) -> Quotient:
        """√(π/2) = 1/(2κ); κ is no pole."""
        return Quotient.reduced(self.one, self.generators[self.data] * 2)

    @property
    def knob(self) -> Quotient:
        assert self.knob_index is not None
        return self.variable(self.knob_index)

    def holds_knob(self, entry: Quotient) -> bool:
        at = self.knob_index
        return at is not None and any(part.degrees()[at] > 0 for part in (entry.top, entry.bottom))

    def linear_in_knob(self, entry: Quotient) -> tuple[Fraction, Quotient] | None:
        """(c, rest) with entry = c · knob + rest for a rational c and a rest without the knob, or None."""
        at = self.knob_index
        if at is None or not self.holds_knob(entry):
            return Fraction(0), entry
        if entry.bottom.degrees()[at]:
            return None
        slope = entry.top.derivative(at)
        rest = Quotient.reduced(entry.top - slope * self.generators[at], entry.bottom)
        c = Quotient.reduced(slope, entry.bottom)
        if self.holds_knob(rest) or not (c.top.is_constant() and c.bottom.is_one()):
            return None
        leading = c.top.leading_coefficient()
        return fraction(leading), rest

    def root(self, entry: Quotient) -> Quotient | None:
        """The positive square root, where it is a rational function that is surely not negative; it is a pole of 1/√ where it
        is 0. Surely: all coefficients have one sign, and data of either sign occur in even powers."""
        roots = []
        for part in (entry.top, entry.bottom):
            try:
                root = part.sqrt()
            except DomainError:
                return None
            root = -root if root.leading_coefficient() < 0 else root
            if not all(c > 0 and not any(powers[k] % 2 for k in self.signed) for powers, c in root.terms()):
                return None
            roots.append(root)
        return Quotient.reduced(*roots)

    def certainly_nonzero(self, entry: Quotient) -> bool:
        """Not the zero function; with exponentials of numbers in it, only where balls exclude zero."""
        if self.is_zero(entry) or not self.opaque(entry):
            return not self.is_zero(entry)
        value = self.value(entry)
        return value is not None and surely_nonzero(value)

    def value(self, entry: Quotient) -> Any:
        """A ball around a coefficient, or None where data or the knob are variables in it."""
        with precision(BITS):
            values = self._values()
            top, bottom = (_evaluated(part, values) for part in (entry.top, entry.bottom))
            return None if top is None or bottom is None or bottom.contains(0) else top / bottom

    def _values(self) -> list[Any]:
        """A ball for every generator that is a number; None for the others. An exponent holds earlier symbols only."""
        values: list[Any] = [None] * len(self.generators)
        values[self.data] = 1 / (2 * flint.arb.pi()).sqrt()
        for number, (top, bottom) in enumerate(self.exponents.met):
            above, below = _evaluated(top, values), _evaluated(bottom, values)
            if above is not None and below is not None and not below.contains(0) and number < self.room:
                values[self.count + number] = (above / below).exp()
        return values


def _evaluated(polynomial: Any, values: Sequence[Any]) -> Any:
    total = flint.arb(0)
    for powers, coefficient in polynomial.to_dict().items():
        term = flint.arb(coefficient)
        for value, power in zip(values, powers, strict=True):
            if power and value is None:
                return None
            if power:
                term = term * value ** int(power)
        total += term
    return total
