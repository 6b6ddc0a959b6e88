"""Products of powers of atoms, and what sums of them have in common or are products of."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import flint

from verify.arithmetic.flint_numbers import fmpq, fraction

Term = tuple[tuple[int, int], ...]  # (atom, power), atoms in ascending order
Terms = dict[Term, Fraction]


def factors_of(terms: Iterable[tuple[Term, Fraction]]) -> tuple[Fraction, list[tuple[Terms, int]]]:
    """A number, and the factors with their multiplicities; no power of an atom may be negative."""
    given = list(terms)
    names = sorted({atom for term, _ in given for atom, _ in term})
    context = flint.fmpq_mpoly_ctx.get([f"x{atom}" for atom in names], "lex")
    powers = {tuple(dict(term).get(atom, 0) for atom in names): fmpq(c) for term, c in given}
    number, factors = context.from_dict(powers).factor()
    return fraction(number), [
        (
            {
                tuple((a, int(p)) for a, p in zip(names, key, strict=True) if p): fraction(c)
                for key, c in factor.terms()
            },
            int(often),
        )
        for factor, often in factors
    ]


def shared(terms: Iterable[Term]) -> Term:
    """The least power of every atom: what can be taken out of all terms."""
    first, *others = terms
    least = dict(first)
    for term in others:
        powers = dict(term)
        for atom in [atom for atom, power in least.items() if power > powers.get(atom, 0)]:
            least[atom] = powers.get(atom, 0)
        for atom, power in term:
            if power < least.get(atom, 0):
                least[atom] = power
    return tuple(sorted(item for item in least.items() if item[1]))


def times(a: Term, b: Term) -> Term:
    """The product of two terms."""
    if not a or not b:
        return a or b
    powers = dict(a)
    for atom, power in b:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(item for item in powers.items() if item[1]))


def inverse(a: Term) -> Term:
    return tuple((atom, -power) for atom, power in a)
