"""How large rational functions would become, without computing them: a bound on the number of terms of every polynomial met.

Coefficients count 1 and nothing cancels, so the number of terms of a sum or product is at most the sum or product of the
numbers; and a polynomial of degree D in V variables has at most C(V + D, D) terms. A division creates a denominator factor
with an identity of its own. Where common factors cancel the quotient may have more terms than this says: the memory limit of
the worker stands behind it.

A relu r of a polynomial u with t terms counts as 2t terms of the degree of u. That is enough for r, for r − u, and after
reduction by r² = ur: give every r the weight t, and let N be the sum of the weights of all terms; then N(pq) ≤ N(p) N(q), a
reduction replaces t² by at most t · t, and the number of terms is at most N. The binomial bound says nothing of N, so it is
not used once there are relus.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import comb, factorial

import numpy as np

from constructions.matrix import Pole
from verify.arithmetic.entries import EntryArithmetic, Table

KINKS = 500  # relus of one entry; more are not tried
LETTERS = 64  # values of other functions; each makes all polynomials longer
BENT = 5  # so many times as many terms are allowed where there are relus, whose terms are counted too high

_identities = itertools.count()


class TooManyTerms(ArithmeticError):
    """A polynomial may have more terms than was allowed."""


@dataclass
class Budget:
    """Variables met so far, and the most terms that a polynomial in them may have."""

    most: int
    variables: int = 0
    kinks: int = 0

    def capped(self, terms: int, degree: int) -> int:
        if terms > self.variables and not self.kinks:
            terms = min(terms, comb(self.variables + degree, degree))
        most = self.most * (BENT if self.kinks else 1)
        if terms > most:
            among = f"a polynomial in {self.variables} variables"
            raise TooManyTerms(f"{among} may have {terms:,} terms, more than {most:,}")
        return terms


@dataclass(frozen=True, eq=False)
class Count:
    """At most `terms` terms of at most `degree`, over Π factor^multiplicity; a factor is (terms, degree, multiplicity)."""

    budget: Budget
    terms: int
    degree: int
    factors: Mapping[int, tuple[int, int, int]] = field(default_factory=dict)

    def __neg__(self) -> Count:
        return self

    def __mul__(self, other: Count) -> Count:
        factors = dict(self.factors)
        for key, (terms, degree, times) in other.factors.items():
            factors[key] = (terms, degree, times + factors.get(key, (0, 0, 0))[2])
        return self._made(self.terms * other.terms, self.degree + other.degree, factors)

    def __add__(self, other: Count) -> Count:
        if not self.terms or not other.terms:
            return self if self.terms else other
        factors = dict(self.factors)
        for key, (terms, degree, times) in other.factors.items():
            factors[key] = (terms, degree, max(times, factors.get(key, (0, 0, 0))[2]))
        a, b = self.over(factors), other.over(factors)
        return self._made(a.terms + b.terms, max(a.degree, b.degree), factors)

    def over(self, factors: Mapping[int, tuple[int, int, int]]) -> Count:
        """The same, over a multiple of its denominator."""
        count, degree = self.terms, self.degree
        for key, (terms, deg, times) in factors.items():
            missing = times - self.factors.get(key, (0, 0, 0))[2]
            count, degree = count * terms**missing, degree + deg * missing
        return self._made(count, degree, factors)

    def inverse(self) -> Count:
        denominator = self._made(1, 0, {}).over(self.factors)
        factors = {next(_identities): (self.terms, self.degree, 1)} if self.degree else {}
        return self._made(denominator.terms, denominator.degree, factors)

    def bent(self) -> Count:
        """relu(p/q) = relu(pq)/q²."""
        bottom = self._made(1, 0, {}).over(self.factors)
        factors = {key: (terms, degree, 2 * times) for key, (terms, degree, times) in self.factors.items()}
        return self._made(2 * self.terms * bottom.terms, self.degree + bottom.degree, factors)

    def _made(self, terms: int, degree: int, factors: Mapping[int, tuple[int, int, int]]) -> Count:
        return Count(self.budget, self.budget.capped(terms, degree), degree, factors if terms else {})


class TermArithmetic(EntryArithmetic):
    """Bounds on numbers of terms, and counts of exponentials, kinks and other letters. It notes whether anything is divided by."""

    name = "rational functions"  # of which it knows only how large they are

    def __init__(self, most: int) -> None:
        self.budget, self.exponentials, self.letters, self.divides = Budget(most), 0, 0, False

    def variable(self) -> Count:
        self.budget.variables += 1
        return Count(self.budget, 1, 1)

    def constant(self, value: Fraction) -> Count:
        return Count(self.budget, int(value != 0), 0)

    def is_zero(self, entry: Count) -> bool:
        return entry.terms == 0

    def inverse(self, entry: Count) -> Count:
        self.divides = self.divides or entry.degree > 0
        return super().inverse(entry)

    def exponential(self, entry: Count) -> Count:
        if not entry.terms:
            return self.constant(Fraction(1))
        self.exponentials += 1
        return self.variable()

    def letter(self) -> Count:
        self.letters += 1
        if self.letters > LETTERS:
            raise TooManyTerms(f"there are more than {LETTERS:,} values of functions")
        return self.variable()

    def smooth(self, function: str, a: Table, order: int = 0) -> Table:
        """g(u) is a letter, or a letter and u."""
        if order:
            self.unsupported(function)
        return a.each(lambda entry: self.letter() + entry if entry.terms else entry)

    def reciprocal_sqrt(self, a: Table) -> Table:
        self.divides = True
        return a.each(lambda entry: self.letter())

    def hardmax(self, a: Table, visible: np.ndarray) -> Table:
        zero = self.constant(Fraction(0))
        return Table([[self.letter() if see else zero for see in row] for row in visible.tolist()], a.width)

    def relu(self, a: Table) -> Table:
        return a.each(self.bent)

    def bent(self, entry: Count) -> Count:
        if not entry.terms:
            return entry
        self.budget.variables, self.budget.kinks = self.budget.variables + 1, self.budget.kinks + 1
        if self.budget.kinks > KINKS:
            raise TooManyTerms(f"there are more than {KINKS:,} kinks")
        return entry.bent()

    @property
    def kinks(self) -> int:
        return self.budget.kinks

    def solve(self, a: Table, b: Table) -> Table:
        """Cramer: determinants of k × k numerators over one denominator have at most k! · (terms)^k terms."""
        size, common = len(a.cells), self.total(a.entries)
        if not common.terms:
            raise Pole("a linear system that is always singular")
        self.divides = self.divides or common.degree > 0
        top = max((e.over(common.factors) for e in a.entries if e.terms), key=lambda e: e.terms)
        degree = max(e.over(common.factors).degree for e in a.entries if e.terms)
        minor = Count(self.budget, factorial(size - 1) * top.terms ** (size - 1), degree * (size - 1))
        determinant = Count(self.budget, factorial(size) * top.terms**size, degree * size)
        denominator = Count(self.budget, 1, 0).over(common.factors)
        inverse = minor * Count(self.budget, denominator.terms, denominator.degree) * determinant.inverse()
        columns = self.transpose(b).cells
        sums = [self.total([inverse * entry for entry in column]) for column in columns]
        return Table([list(sums) for _ in range(size)], b.width)
