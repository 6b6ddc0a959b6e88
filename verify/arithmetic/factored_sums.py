"""Sums of products of positive numbers, kept in factored form, so that two bounds with thousands of terms can be compared.

An entry is Σ c · Π a^k with rational c, whole k and *atoms* a. Atoms are: a parameter or an entry of the data, of which it is
known whether it is positive; the modulus |a| of one that may be negative; exp of a sum, relu of one whose sign is not known, and
a sum under a name of its own (which is never multiplied out); and a whole sum
of several terms, standing for itself as a factor (with what its terms have in common taken out). Nothing is multiplied out, so
an entry stays as long as the formula that made it. Two entries that are the same here are the same function, wherever both are
defined; two that differ here may still be the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from constructions.matrix import Pole
from verify.arithmetic.terms_of_sums import Term, factors_of, inverse, shared, times

MODULUS, RELU, EXP, NAMED = "|·|", "relu(·)", "exp(·)", "(·)"  # the kinds of atoms that are made of others
SHORT = 40  # terms of a sum that is factored
MOST = 4_000  # terms of a difference that is multiplied out


class TooLong(ValueError):
    """A sum that has too many terms when it is multiplied out."""


@dataclass
class Atoms:
    """Every atom that was met. `positive` says of which it is known that they are not negative."""

    keys: list[Any] = field(default_factory=list)
    positive: list[bool] = field(default_factory=list)
    known: dict[Hashable, int] = field(default_factory=dict)
    inside: dict[int, int] = field(default_factory=dict)  # of a modulus: the atom that it is the modulus of

    def number(self, key: Hashable, positive: bool) -> int:
        if key not in self.known:
            self.known[key] = len(self.keys)
            self.keys.append(key)
            self.positive.append(positive)
            if isinstance(key, tuple) and key[0] == MODULUS:
                self.inside[self.known[key]] = key[1]
        return self.known[key]

    def product(self, a: Term, b: Term) -> Term:
        """The product of two terms, with |a|² written as a²."""
        made = times(a, b)
        for atom, power in made if self.inside else ():
            if atom in self.inside and (even := power - power % 2):
                made = times(made, ((atom, -even), (self.inside[atom], even)))
        return made

    def signless(self, term: Term) -> bool:
        return all(self.positive[atom] or power % 2 == 0 for atom, power in term)


@dataclass(frozen=True, eq=False)
class Sum:
    """Σ coefficient · term; no coefficient is 0."""

    atoms: Atoms
    terms: Mapping[Term, Fraction]

    def _with(self, terms: Mapping[Term, Fraction]) -> Sum:
        return Sum(self.atoms, {term: c for term, c in terms.items() if c})

    def __add__(self, other: Sum) -> Sum:
        terms = dict(self.terms)
        for term, c in other.terms.items():
            terms[term] = terms.get(term, Fraction(0)) + c
        return self._with(terms)

    def __neg__(self) -> Sum:
        return Sum(self.atoms, {term: -c for term, c in self.terms.items()})

    def __mul__(self, other: Sum) -> Sum:
        if max(len(self.terms), len(other.terms)) > 1 and all(part._holds_a_sum for part in (self, other)):
            return Sum(self.atoms, dict([self.factored])) * Sum(self.atoms, dict([other.factored]))
        one, many = sorted((self, other), key=lambda part: len(part.terms))
        terms: dict[Term, Fraction] = {}
        for factor, c in one.terms.items():
            for term, d in many.terms.items():
                product = self.atoms.product(factor, term)
                terms[product] = terms.get(product, Fraction(0)) + c * d
        return self._with(terms)._opened

    def multiplied_out(self, other: Sum) -> Sum:
        """The product as a plain sum of terms where both have several, so that what cancels can be seen; else as `*`."""
        if min(len(self.terms), len(other.terms)) < 2:
            return self * other
        return self._with(_product(self.atoms, self.terms, other.terms))

    @property
    def _holds_a_sum(self) -> bool:
        """Whether it is a sum, or a product with sums among its factors: these are not multiplied out with each other."""
        if len(self.terms) != 1:
            return len(self.terms) > 1
        return any(isinstance(self.atoms.keys[atom], frozenset) for term in self.terms for atom, _ in term)

    @property
    def _opened(self) -> Sum:
        """A single term that is a number times a sum is that sum."""
        if len(self.terms) != 1:
            return self
        ((term, c),) = self.terms.items()
        if len(term) == 1 and term[0][1] == 1 and isinstance(group := self.atoms.keys[term[0][0]], frozenset):
            return Sum(self.atoms, {inner: c * d for inner, d in group})
        return self

    @cached_property
    def factored(self) -> tuple[Term, Fraction]:
        """The sum as one term: a number times what all terms share, times the atom of the rest."""
        if len(self.terms) == 1:
            return next(iter(self.terms.items()))
        content = shared(self.terms)
        rest = {times(term, inverse(content)): c for term, c in self.terms.items()}
        unit = rest[min(rest)]
        group = frozenset((term, c / unit) for term, c in rest.items())
        positive = all(c > 0 and self.atoms.signless(term) for term, c in group)
        return times(content, ((self.atoms.number(group, positive), 1),)), unit

    def inverse(self) -> Sum:
        if not self.terms:
            raise Pole("division by a number that is always zero")
        term, c = self.factored
        return Sum(self.atoms, {inverse(term): 1 / c})

    @property
    def signless(self) -> bool:
        """Whether it is surely not negative: no coefficient is, and nothing else can be."""
        return all(c > 0 and self.atoms.signless(term) for term, c in self.terms.items())

    @property
    def modulus(self) -> Sum:
        """|sum|, factor by factor."""
        if self.signless or (-self).signless:
            return self if self.signless else -self
        term, c = self.factored
        term, c = _in_factors(self.atoms, term, c)
        atoms, parts = self.atoms, []
        for atom, power in term:
            sure = atoms.positive[atom] or power % 2 == 0
            parts.append((atom if sure else atoms.number((MODULUS, atom), True), power))
        return Sum(atoms, {tuple(sorted(parts)): abs(c)})._opened

    @property
    def majorant(self) -> Sum:
        """Σ |c| Π |a|^k, which is not less than |sum|."""
        total: dict[Term, Fraction] = {}
        for term, c in self.terms.items():
            for size, d in Sum(self.atoms, {term: c}).modulus.terms.items():
                total[size] = total.get(size, Fraction(0)) + d
        return Sum(self.atoms, total)

    def at_most(self, other: Sum) -> bool:
        """Whether it surely does not exceed the other, wherever both are defined."""
        room = other + -self
        try:
            return room.signless or room.expanded.signless
        except TooLong:
            return False

    @property
    def expanded(self) -> Sum:
        """The sum with every factor that is a sum multiplied out."""
        total: dict[Term, Fraction] = {}
        for term, c in self.terms.items():
            made: dict[Term, Fraction] = {(): c}
            for atom, power in term:
                group = self.atoms.keys[atom]
                if not (isinstance(group, frozenset) and power > 0):
                    made = _product(self.atoms, made, {((atom, power),): Fraction(1)})
                    continue
                inner = Sum(self.atoms, dict(group)).expanded.terms
                for _ in range(power):
                    made = _product(self.atoms, made, inner)
            for t, d in made.items():
                total[t] = total.get(t, Fraction(0)) + d
        return self._with(total)


def _in_factors(atoms: Atoms, term: Term, c: Fraction) -> tuple[Term, Fraction]:
    """A term in which every sum that is a product of sums is replaced by these."""
    made: Term = ()
    for atom, power in term:
        group = atoms.keys[atom]
        if not isinstance(group, frozenset) or len(group) > SHORT:
            made = times(made, ((atom, power),))
            continue
        number, factors = factors_of(group)
        c *= number**power
        for terms, often in factors:
            one, d = Sum(atoms, terms).factored
            made, c = times(made, tuple((a, p * often * power) for a, p in one)), c * d ** (often * power)
    return made, c


def _product(atoms: Atoms, a: Mapping[Term, Fraction], b: Mapping[Term, Fraction]) -> dict[Term, Fraction]:
    made: dict[Term, Fraction] = {}
    for s, c in a.items():
        for t, d in b.items():
            product = atoms.product(s, t)
            made[product] = made.get(product, Fraction(0)) + c * d
        if len(made) > MOST:
            raise TooLong(f"more than {MOST} terms")
    return made
