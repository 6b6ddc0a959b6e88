"""Rational functions in the data and the parameters, exactly (FLINT): what is equal here is equal for all real numbers.

exp(u) is a new positive variable for every exponent u, with exp(u + v) = exp(u) exp(v) and no other relation known, and relu(u)
is a new variable for every kink u, with the relations that `kinks.py` proves and no other. So two formulas in exponentials and
relus that are equal here are equal, on every side of every kink; two that differ here may still be equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from typing import Any

import flint

from constructions.matrix import Matrix, Unsupported
from verify.arithmetic.entries import EntryArithmetic, Table
from verify.arithmetic.exponents import Exponents
from verify.arithmetic.flint_numbers import fmpq
from verify.arithmetic.kinks import Kinks

SHOWN = 6  # terms of a long polynomial that are printed


@dataclass(frozen=True, eq=False)
class Quotient:
    """top / bottom in lowest terms, the leading coefficient of the bottom being 1."""

    top: Any
    bottom: Any

    @staticmethod
    def reduced(top: Any, bottom: Any) -> Quotient:
        if bottom.is_one():
            return Quotient(top, bottom)
        if top.is_zero():
            return Quotient(top, bottom.context().constant(1))
        common = top.gcd(bottom)
        if not common.is_one():
            top, bottom = top / common, bottom / common
        unit = 1 / bottom.leading_coefficient()
        return Quotient(top * unit, bottom * unit)

    def __add__(self, other: Quotient) -> Quotient:
        if self.bottom == other.bottom:
            return Quotient.reduced(self.top + other.top, self.bottom)
        common = self.bottom.gcd(other.bottom)
        left, right = self.bottom / common, other.bottom / common
        return Quotient.reduced(self.top * right + other.top * left, self.bottom * right)

    def __mul__(self, other: Quotient) -> Quotient:
        if self.bottom.is_one() and other.bottom.is_one():
            return Quotient(self.top * other.top, self.bottom)
        a, b = Quotient.reduced(self.top, other.bottom), Quotient.reduced(other.top, self.bottom)
        return Quotient(a.top * b.top, a.bottom * b.bottom)

    def __neg__(self) -> Quotient:
        return Quotient(-self.top, self.bottom)

    def inverse(self) -> Quotient:
        return Quotient.reduced(self.bottom, self.top)

    def __str__(self) -> str:
        return _shown(self.top) if self.bottom.is_one() else f"({_shown(self.top)})/({_shown(self.bottom)})"


def _over_one(parts: Sequence[Quotient]) -> Quotient:
    """The sum of quotients over the same denominator; one alone is in lowest terms already."""
    first, *others = parts
    return Quotient.reduced(sum((part.top for part in others), first.top), first.bottom) if others else first


def _shown(polynomial: Any) -> str:
    """A polynomial, or the first terms of a long one."""
    if len(polynomial) <= SHOWN:
        return _unescaped(polynomial)
    first = polynomial.context().from_dict(dict(islice(polynomial.terms(), SHOWN)))
    return f"{_unescaped(first)} + … ({len(polynomial):,} terms)"


def _escaped(name: str) -> str:
    """FLINT takes names in ASCII only: η as \\u03b7, so that different names stay different."""
    return name.encode("ascii", "backslashreplace").decode()


def _unescaped(polynomial: Any) -> str:
    return str(polynomial).encode("ascii").decode("unicode_escape")


class PolynomialArithmetic(EntryArithmetic):
    """ℚ(variables, letters, exponentials, relus). `room`, `bends` and `letters` are how many independent exponentials, relus and
    other values of functions may occur."""

    name = "rational functions"

    def __init__(self, variables: Sequence[str], room: int = 0, bends: int = 0, letters: int = 0) -> None:
        others = (
            (f"{word}_{k}" for k in range(many)) for word, many in (("f", letters), ("exp", room), ("relu", bends))
        )
        names = [*map(_escaped, variables), *chain.from_iterable(others)]
        self.plain, self.count = len(variables), len(variables) + letters
        self.ring = flint.fmpq_mpoly_ctx.get(names, "degrevlex")
        self.room, self.bends, self.generators = room, bends, self.ring.gens()
        self.one = self.ring.constant(1)
        self.zero = Quotient(self.ring.constant(0), self.one)
        self.exponents = Exponents()
        self.kinks = Kinks(self.ring, self.count, self.count + room)
        self.poles = False  # whether anything was divided by that may vanish somewhere

    def variable(self, number: int) -> Quotient:
        return Quotient(self.generators[number], self.one)

    def constant(self, value: Fraction) -> Quotient:
        return Quotient(self.ring.constant(fmpq(value)), self.one)

    def is_zero(self, entry: Quotient) -> bool:
        return entry.top.is_zero() or (bool(self.kinks.keys) and self.reduced(entry).top.is_zero())

    def reduced(self, entry: Quotient) -> Quotient:
        """The same function, with relu(u)² = u relu(u) used wherever it can be."""
        top = self.kinks.reduced(entry.top) if self.kinks.keys else entry.top
        return entry if top is entry.top else Quotient.reduced(top, entry.bottom)

    def times(self, a: Table, b: Table) -> Table:
        return super().times(a, b).each(self.reduced)

    def scale(self, s: Table, a: Table) -> Table:
        return super().scale(s, a).each(self.reduced)

    def total(self, parts: Sequence[Quotient]) -> Quotient:
        """A sum over few denominators: numerators over one denominator are added first, and reduced once."""
        if len(parts) == 1:
            return self.reduced(parts[0])
        groups: list[list[Quotient]] = []
        for part in parts:
            for group in groups:
                if group[0].bottom == part.bottom:
                    group.append(part)
                    break
            else:
                groups.append([part])
        return self.reduced(super().total([_over_one(group) for group in groups]))

    def inverse(self, entry: Quotient) -> Quotient:
        """1/entry. Raises `Pole` where that is nowhere, `Unsupported` where a relu may make it so for whole regions of data."""
        entry = self.reduced(entry)
        if not (entry.top.is_constant() or self.kinks.positive(entry.top)):
            if self.kinks.occur(entry.top):
                self.unsupported("division by relus that may vanish")
            self.poles = True
        return super().inverse(entry)

    def opaque(self, entry: Quotient) -> bool:
        """Whether exponentials, relus or other letters occur in the numerator."""
        return any(entry.top.degrees()[self.plain :])

    def relu(self, a: Table) -> Table:
        return a.each(self.bent)

    def bent(self, entry: Quotient) -> Quotient:
        """relu of one entry: p/q = pq/q², and q² > 0 wherever q does not vanish; a q that is always > 0 comes out as it is."""
        if not self.bends:
            self.unsupported("relu")
        top, bottom = entry.top, entry.bottom
        if not self.kinks.positive(bottom):
            top, bottom = top * bottom, bottom * bottom
        try:
            return Quotient.reduced(self.kinks.relu(top), bottom)
        except LookupError as reason:
            raise Unsupported(f"{reason} have no value in {self.name}") from None

    def shown(self, entry: Quotient) -> str:
        """An entry as text, with the meaning of its relus."""
        powers = entry.top.degrees()[self.kinks.first :]
        met = [k for k in range(len(self.kinks.keys)) if powers[k] > 0]
        means = ", ".join(f"relu_{k} = relu({_shown(self.kinks.keys[k])})" for k in met[:SHOWN])
        return f"{entry} with {means}" if met else str(entry)

    def exponential(self, entry: Quotient) -> Quotient:
        if self.is_zero(entry):
            return Quotient(self.one, self.one)
        powers = self.exponents.powers(entry.top, entry.bottom)
        top = bottom = self.one
        for k, power in powers.items():
            if k >= self.room:
                raise Unsupported(f"more than {k} independent exponentials have no value in {self.name}")
            if power > 0:
                top = top * self.generators[self.count + k] ** power
            else:
                bottom = bottom * self.generators[self.count + k] ** -power
        return Quotient.reduced(top, bottom)


def matrix_of(arithmetic: EntryArithmetic, rows: int, columns: int, entries: Sequence[Any]) -> Matrix:
    """A matrix from its entries, row by row."""
    cells = [list(entries[i * columns : (i + 1) * columns]) for i in range(rows)]
    return Matrix(arithmetic, Table(cells, columns))
