"""What divisors are at least: polynomials that are not negative, seen by their coefficients.

A quotient P/Q is at least c μ, for a number c > 0 and a product μ of powers of positive parameters, where Q has no negative
coefficient and P − c μ Q is a sum of squares of a simple kind: even powers of what may be negative with positive coefficients, out
of which every other term is paid for, |c m₁m₂| ≤ a m₁² + b m₂² with 4ab ≥ c².
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.matrix import Unsupported
from verify.arithmetic.factored_sums import Atoms, Sum
from verify.arithmetic.flint_numbers import fmpq, fraction
from verify.arithmetic.polynomial import Quotient
from verify.arithmetic.quadratic import QuadraticArithmetic


@dataclass(frozen=True)
class Lower:
    """A positive number times powers of positive parameters, by their keys."""

    number: Fraction
    powers: tuple[tuple[Any, int], ...] = ()

    def sum(self, atoms: Atoms) -> Sum:
        term = sorted((atoms.number(key, True), power) for key, power in self.powers)
        return Sum(atoms, {tuple(term): self.number})


@dataclass(frozen=True, eq=False)
class Signs:
    """The keys of the variables of a ring that are parameters or data, and which of the first are positive; all others are not."""

    functions: QuadraticArithmetic
    keys: Sequence[Any]
    positive: Sequence[bool]

    def never_zero(self, entry: Quotient) -> bool:
        """Whether a divisor is known to be positive everywhere, or negative: one term is, and the others do not outweigh it."""
        ring = entry.top.context()
        for top in (entry.top, -entry.top):
            for powers, c in top.terms():
                if c > 0 and self._sure(powers) and self.not_negative(top - ring.from_dict({powers: c})):
                    return True
        return False

    def _sure(self, powers: Sequence[int]) -> bool:
        return all(not p or self._is_positive(k) for k, p in enumerate(powers))

    def _is_positive(self, number: int) -> bool:
        """Whether a variable is one of the positive parameters; what was named on the way is none."""
        return number < len(self.positive) and self.positive[number]

    def least(self, entry: Quotient) -> Lower:
        """What a divisor is at least: a number where one is found, else with parameters. Raises `Unsupported` where nothing is."""
        top, bottom, ring = entry.top, entry.bottom, entry.top.context()
        if all(self.even(m) and c > 0 for m, c in bottom.terms()):
            for shift in self._shifts(top, bottom):
                ratios = [fraction(_at(top, m, shift) / c) for m, c in bottom.terms()]
                over, under = ([max(sign * p, 0) for p in shift] for sign in (1, -1))
                c = min(ratios)
                scaled = ring.from_dict({tuple(over): fmpq(c)}) * bottom
                if c > 0 and self.not_negative(top * ring.from_dict({tuple(under): 1}) - scaled):
                    return Lower(c, tuple((self.keys[k], p) for k, p in enumerate(shift) if p))
        raise Unsupported("a composed bound where a divisor is not known to stay away from 0")

    def _shifts(self, top: Any, bottom: Any) -> Iterator[tuple[int, ...]]:
        """The powers of μ: what some term of P has more than the first one of Q; none comes first."""
        ((first, _), *_) = bottom.terms()
        found = {tuple(p - q for p, q in zip(m, first, strict=True)) for m, c in top.terms() if c > 0}
        yield from sorted((s for s in found if self._sure(s)), key=lambda shift: (any(shift), shift))

    def even(self, powers: Sequence[int]) -> bool:
        """Whether a monomial is not negative anywhere."""
        return all(not p % 2 or self._is_positive(k) for k, p in enumerate(powers))

    def not_negative(self, polynomial: Any) -> bool:
        """Whether the terms that may be negative are paid for by squares, half of their modulus by each of two."""
        credit = {m: c for m, c in polynomial.terms() if c > 0 and self.even(m)}
        return all(m in credit or self._paid(m, abs(c) / 2, credit) for m, c in polynomial.terms())

    def _paid(self, monomial: Sequence[int], half: Any, credit: dict[Any, Any]) -> bool:
        for first in credit:
            second = tuple(2 * m - f for m, f in zip(monomial, first, strict=True))
            if first != second and min(credit[first], credit.get(second, 0)) >= half:
                credit[first] -= half
                credit[second] -= half
                return True
        return False


def _at(polynomial: Any, powers: Sequence[int], shift: Sequence[int]) -> Any:
    """The coefficient of a shifted monomial."""
    moved = tuple(p + s for p, s in zip(powers, shift, strict=True))
    return polynomial[moved] if min(moved, default=0) >= 0 else 0
