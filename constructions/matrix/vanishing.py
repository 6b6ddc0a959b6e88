"""Whether a formula is zero wherever it has a value: a search for a proof, which may miss one and never makes one up.

A sum in normal form without terms is zero. One with terms and inverses may still be, and each of these steps is safe:

* times a scalar that was divided by: it is not 0 where the formula has a value;
* times A, from the left (or right) where a term starts (ends) with A⁻¹: A is invertible where the formula has a value;
* without a first (last) letter that all terms share: a zero times it is zero;
* by parts: the terms that start (end) with the same letter, if they vanish for each letter;
* uᵀ B v from B: a scalar product is zero if the matrix in its middle is.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

from constructions.matrix.inverses import Total
from constructions.matrix.normal import Inverse, Monomial, joined, powers
from constructions.matrix.symbols import Inclusion, Loop, Word, flipped
from constructions.matrix.words import Formula, Terms, normal_sum, sum_of

MOST_TRIALS = 60  # a proof that exists is found within a few
MOST_DEPTH = 8


def left_over(a: Formula) -> Formula:
    """The zero formula where `a` is shown to vanish wherever it has a value, else `a`."""
    terms = completed(a.terms)
    if not terms or vanishes(terms, [MOST_TRIALS]):
        return Formula(a.rows, a.columns, {})
    return a


def vanishes(terms: Terms, trials: list[int], depth: int = MOST_DEPTH) -> bool:
    """Whether a sum of terms is shown to be zero; `trials` counts down over the whole search."""
    terms = stripped(cleared(terms))
    if not terms:
        return True
    trials[0] -= 1
    if depth == 0 or trials[0] <= 0 or not any(map(inverts, terms)):
        return False
    for part in alternatives(terms):
        if vanishes(part, trials, depth - 1):
            return True
    return any(
        len(parts) > 1 and all(vanishes(part, trials, depth - 1) for part in parts)
        for parts in (by_letter(terms, 0), by_letter(terms, -1))
    )


def inverts(term: tuple[Monomial, Word]) -> bool:
    """Whether an inverse stands in a term, or in one of its scalars."""
    words = [term[1], *(name.word for name, _ in term[0] if isinstance(name, Loop))]
    return any(isinstance(name, Inverse) for word in words for name, _ in word)


def completed(terms: Terms) -> Terms:
    """With the last ι_k ι_kᵀ of a direct sum as I minus the others, so that the identity has one form."""
    queue, done = [(c, m, word) for (m, word), c in terms.items()], []
    while queue:
        c, monomial, word = queue.pop()
        i = next((i for i, pair in enumerate(pairwise(word)) if _closing(*pair)), None)
        if i is None:
            done.append((c, monomial, word))
            continue
        front, back = word[:i], word[i + 2 :]
        if (whole := joined(front, back)) is not None:
            queue.append((c, monomial, whole))
        queue += [(-c, monomial, (*front, (k, False), (k, True), *back)) for k in word[i][0].siblings()[:-1]]
    return normal_sum(done)


def _closing(first: tuple[Any, bool], second: tuple[Any, bool]) -> bool:
    """Whether two letters are ι_k ι_kᵀ for the last k."""
    name, turned = first
    return isinstance(name, Inclusion) and not turned and second == (name, True) and name.number + 1 == len(name.sizes)


def cleared(terms: Terms) -> Terms:
    """Times the scalars that were divided by, the outermost first."""
    while totals := {name for monomial, _ in terms for name, _ in monomial if isinstance(name, Total)}:
        inner = {name for total in totals for name in _within(total)}
        outer = min(total for total in totals if total not in inner)
        most = max(0, *(-dict(monomial).get(outer, 0) for monomial, _ in terms))
        found: list[tuple[Fraction, Monomial, Word]] = []
        for (monomial, word), c in terms.items():
            exponents = dict(monomial)
            rest = tuple((name, power) for name, power in monomial if name != outer)
            for m, e in _power(outer.formula, most + exponents.get(outer, 0)).items():
                found.append((c * e, powers(rest, m), word))
        terms = normal_sum(found)
    return terms


def _within(total: Total) -> Iterator[Total]:
    for monomial, _ in total.formula.terms:
        for name, _ in monomial:
            if isinstance(name, Total):
                yield name
                yield from _within(name)


def _power(scalar: Formula, k: int) -> dict[Monomial, Fraction]:
    """A scalar formula to the power k, as monomials."""
    result: dict[Monomial, Fraction] = {(): Fraction(1)}
    for _ in range(k):
        pairs = [((powers(m, n), ()), c * e) for m, c in result.items() for (n, _), e in scalar.terms.items()]
        result = {m: c for (m, _), c in sum_of(pairs).items()}
    return result


def stripped(terms: Terms) -> Terms:
    """Without the first and last letters that all words share."""
    for place, rest in ((0, slice(1, None)), (-1, slice(None, -1))):
        while terms and len({word[place] if word else () for _, word in terms}) == 1 and all(w for _, w in terms):
            terms = sum_of(((m, word[rest]), c) for (m, word), c in terms.items())
    return terms


def by_letter(terms: Terms, place: int) -> list[Terms]:
    """The terms sorted by their first (or last) letter; as one part where a term has none."""
    parts: dict[Any, Terms] = {}
    for (monomial, word), c in terms.items():
        if not word:
            return [terms]
        parts.setdefault(word[place], {})[monomial, word] = c
    return list(parts.values())


def alternatives(terms: Terms) -> Iterator[Terms]:
    """Sums of terms each of which is zero only if the given one is."""
    for name, turned in sorted({word[0] for _, word in terms if word}):
        if isinstance(name, Inverse):
            yield times_base(terms, name, turned)
    for name, turned in sorted({word[-1] for _, word in terms if word}):
        if isinstance(name, Inverse):
            mirrored = {(m, flipped(word)): c for (m, word), c in terms.items()}
            yield times_base(mirrored, name, not turned and not name.symmetric)
    yield from opened(terms)


def times_base(terms: Terms, name: Inverse, turned: bool) -> Terms:
    """A times the sum, where A⁻¹ = name (transposed if `turned`)."""
    base = name.base.flipped if turned else name.base
    found = []
    for (monomial, word), c in terms.items():
        if word[:1] == ((name, turned),):
            found.append((c, monomial, word[1:]))
            continue
        found += [(c * e, powers(monomial, m), w + word) for (m, w), e in base.terms.items()]
    return normal_sum(found)


def opened(terms: Terms) -> Iterator[Terms]:
    """A sum of scalars as a sum of words, one from each term, that start with the same letter."""
    if any(word for _, word in terms):
        return
    (first, _), *_ = terms
    for name, power in first:
        if isinstance(name, Loop) and power == 1:
            for start in {name.word[0], flipped(name.word)[0]}:
                chosen = [_starting(monomial, start) for monomial, _ in terms]
                if all(chosen):
                    pairs = [(pair, c) for pair, c in zip(chosen, terms.values(), strict=True) if pair]
                    yield sum_of(pairs)


def _starting(monomial: Monomial, start: tuple[Any, bool]) -> tuple[Monomial, Word] | None:
    """The monomial without a scalar product that starts with a letter, and that as a word."""
    for name, power in monomial:
        if isinstance(name, Loop) and power == 1:
            word = next((w for w in (name.word, flipped(name.word)) if w[0] == start), None)
            if word:
                return tuple(pair for pair in monomial if pair[0] != name), word
    return None
