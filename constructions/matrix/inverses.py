"""Inverses of formulas: A⁻¹ as a letter with its defining identities, and 1/s as a power of a scalar with a value.

Both are keyed by the normal form of what is inverted, without a common scalar factor, which comes out: (cA)⁻¹ = c⁻¹ A⁻¹.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from constructions.matrix.arithmetic import Pole
from constructions.matrix.normal import Inverse, Monomial, Rule, powers
from constructions.matrix.sizes import equal, text
from constructions.matrix.symbols import Inclusion, Loop, Word, digest, flipped
from constructions.matrix.words import Formula, product

_seen: list[list[Formula]] = []


@contextmanager
def divisions() -> Iterator[list[Formula]]:
    """Inside, everything that is divided by, or whose inverse is taken, goes on the list."""
    found: list[Formula] = []
    _seen.append(found)
    try:
        yield found
    finally:
        _ = _seen.pop()


def noted(a: Formula) -> None:
    """Put what is divided by, or whose inverse or root is taken, on the lists of `divisions`."""
    for found in _seen:
        found.append(a)


class Total(str):
    """A sum of scalars as one scalar, so that it can be divided by. `formula` is its value."""

    formula: Formula
    shown: str

    def __new__(cls, formula: Formula) -> Total:
        made = super().__new__(cls, f"({key(formula)})")
        made.formula, made.shown = formula, f"({formula})"
        return made


def key(a: Formula) -> str:
    """A text that says which formula it is, and of which shape."""
    return digest((text(a.rows), text(a.columns), [(k, str(c)) for k, c in sorted(a.terms.items())]))


def primitive(a: Formula) -> tuple[Fraction, Monomial, Formula]:
    """c, m and the formula with a = c · m · formula: the coefficients of the formula have no common divisor, its first one is
    positive, and no scalar symbol divides it."""
    coefficients = [*a.terms.values()]
    size = Fraction(gcd(*(c.numerator for c in coefficients)), lcm(*(c.denominator for c in coefficients)))
    c = size if a.terms[min(a.terms)] > 0 else -size
    names = {name for monomial, _ in a.terms for name, _ in monomial}
    least = {name: min(dict(monomial).get(name, 0) for monomial, _ in a.terms) for name in names}
    common = tuple(sorted((name, power) for name, power in least.items() if power))
    terms = {(powers(m, inverted(common)), word): e / c for (m, word), e in a.terms.items()}
    return c, common, Formula(a.rows, a.columns, terms)


def inverted(monomial: Monomial) -> Monomial:
    return tuple((name, -power) for name, power in monomial)


def reciprocal_of(a: Formula) -> Formula:
    """1/a for a scalar a. Raises `Pole` at 0."""
    if not a.terms:
        raise Pole("division by zero")
    noted(a)
    c, common, core = primitive(a)
    scalars = inverted(common)
    if len(core.terms) > 1:
        scalars = powers(scalars, ((Total(core), -1),))
    return Formula(1, 1, {(scalars, ()): 1 / c})


def inverse_of(a: Formula) -> Formula:
    """A⁻¹ for square A. Raises `Pole` at 0."""
    if not a.terms:
        raise Pole("singular linear system")
    if not any(word for _, word in a.terms):  # a multiple of I
        scalar = reciprocal_of(Formula(1, 1, a.terms))
        return Formula(a.rows, a.columns, scalar.terms)
    noted(a)
    c, common, core = primitive(a)
    words = [word for _, word in core.terms]
    if len(words) == 1 and all(equal(name.rows, name.columns) for name, _ in words[0]):
        made = Formula(a.rows, a.columns, {((), ()): Fraction(1)})
        for name, turned in words[0]:  # (A B)⁻¹ = B⁻¹ A⁻¹ where both are square
            one = name.base if isinstance(name, Inverse) else _letter(_single(name), name.symmetric)
            made = product(one.flipped if turned else one, made, a.rows, a.columns)
    else:
        made = _inverse_letter(core)
    return product(Formula(1, 1, {(inverted(common), ()): 1 / c}), made, a.rows, a.columns)


def _single(name: Any) -> Formula:
    return Formula(name.rows, name.columns, {((), ((name, False),)): Fraction(1)})


def _inverse_letter(a: Formula) -> Formula:
    """A⁻¹, or the transpose of (Aᵀ)⁻¹: one of the two is a letter."""
    turned = a.flipped
    if turned.terms == a.terms:
        return _letter(a, True)
    return _letter(a, False) if key(a) <= key(turned) else _letter(turned, False).flipped


def _letter(base: Formula, symmetric: bool) -> Formula:
    alone = [len(word) for _, word in base.terms] == [1]
    shown = str(base) if alone else f"({base})"
    made = Inverse(f"⟨{key(base)}⟩⁻¹", base.rows, base.columns, symmetric, f"{shown}⁻¹")
    made.turned = "" if alone else f"({base.flipped})⁻¹"
    made.base, made.unit, made.rules, made.plain = base, (Fraction(1), ()), None, False
    if (lead := _leading(base)) is not None:
        monomial, word = lead
        c, scale = base.terms[lead], inverted(monomial)
        made.unit = (1 / c, scale)
        rest = tuple((e / c, powers(m, scale), w) for (m, w), e in base.terms.items() if (m, w) != lead)
        made.rules = (word, rest), _turned((word, rest)) if not symmetric else (word, rest)
    return _single(made)


def _turned(rule: Rule) -> Rule:
    lead, rest = rule
    return flipped(lead), tuple((c, m, flipped(w)) for c, m, w in rest)


def _leading(base: Formula) -> tuple[Monomial, Word] | None:
    """The longest word that stands once, without inclusions or places of inner dimension 1, times free scalar symbols.

    Those vanish nowhere but on a set without interior, so dividing by them is allowed: rational functions that agree on the
    rest of an open set agree on all of it.
    """
    words = [word for _, word in base.terms]
    good = [
        (m, word)
        for m, word in base.terms
        if word
        and words.count(word) == 1
        and not any(isinstance(name, (Loop, Total)) for name, _ in m)
        and not any(isinstance(name, Inclusion) or any(name.thin) for name, _ in word)
    ]
    return max(good, key=lambda term: (len(term[1]), term[1]), default=None)
