"""Matrices of factored sums: bounds as formulas in parameters that are symbols."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import flint

from constructions.matrix import Matrix
from verify.arithmetic.entries import EntryArithmetic, Table
from verify.arithmetic.factored_sums import EXP, MODULUS, NAMED, RELU, Atoms, Sum
from verify.arithmetic.smooth import ball
from verify.arithmetic.terms_of_sums import Term

SHORT = 3  # factors of a term that needs no name


class MagnitudeArithmetic(EntryArithmetic):
    """Matrices of sums."""

    name = "sums of magnitudes"

    def __init__(self) -> None:
        self.atoms = Atoms()

    def constant(self, value: Fraction) -> Sum:
        return Sum(self.atoms, {(): value} if value else {})

    def is_zero(self, entry: Sum) -> bool:
        return not entry.terms

    def variable(self, key: Hashable, positive: bool) -> Sum:
        return Sum(self.atoms, {((self.atoms.number(key, positive), 1),): Fraction(1)})

    def relu(self, a: Table) -> Table:
        return a.each(self.positive_part)

    def modulus(self, a: Table) -> Table:
        return a.each(lambda entry: entry.modulus)

    def positive_part(self, entry: Sum) -> Sum:
        """relu(u) = (|u| + u)/2 for one term, and an atom of its own for a sum whose sign is not known."""
        if entry.signless:
            return entry
        if len(entry.terms) == 1 or (-entry).signless:
            return self.constant(Fraction(1, 2)) * (entry.modulus + entry)
        return self.variable((RELU, frozenset(entry.terms.items())), True)

    def exponential(self, entry: Sum) -> Sum:
        """exp of a sum is an atom of its own, and positive."""
        return self.variable((EXP, frozenset(entry.terms.items())), True) if entry.terms else self.constant(Fraction(1))

    def named(self, a: Table) -> Table:
        return a.each(self.name_of)

    def name_of(self, entry: Sum) -> Sum:
        """A long sum as an atom of its own; its value is what its terms have."""
        if len(entry.terms) < 2 and all(len(term) < SHORT for term in entry.terms):
            return entry
        return self.variable((NAMED, frozenset(entry.terms.items())), entry.signless)

    def matrix(self, cells: list[list[Sum]], width: int) -> Matrix:
        return Matrix(self, Table(cells, width))

    def values(self, entries: Sequence[Sum], given: Mapping[Hashable, Any]) -> list[Any]:
        """The entries at numbers (balls) for all parameters."""
        known: dict[int, Any] = {}

        def of_atom(atom: int) -> Any:
            if atom not in known:
                key = self.atoms.keys[atom]
                kind = key[0] if isinstance(key, tuple) else ""
                if isinstance(key, frozenset):
                    known[atom] = of_terms(dict(key))
                elif kind == MODULUS:
                    known[atom] = abs(of_atom(key[1]))
                elif kind in (RELU, EXP, NAMED):
                    inner = of_terms(dict(key[1]))
                    known[atom] = inner if kind == NAMED else inner.exp() if kind == EXP else inner.nonnegative_part()
                else:
                    known[atom] = given[key]
            return known[atom]

        def of_terms(terms: Mapping[Term, Fraction]) -> Any:
            total = flint.arb(0)
            for term, c in terms.items():
                part = ball(c)
                for atom, power in term:
                    part = part * of_atom(atom) ** power if power > 0 else part / of_atom(atom) ** -power
                total = total + part
            return total

        return [of_terms(entry.terms) for entry in entries]
