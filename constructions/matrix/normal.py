"""The normal form of a word: inverses meet what they invert, and what is 1×1 is a scalar.

1. A ⋯ A⁻¹ next to each other: where A = c·L + R with a leading word L, the identities A A⁻¹ = I = A⁻¹ A are read as the rules
   L A⁻¹ → (I − R A⁻¹)/c and A⁻¹ L → (I − A⁻¹ R)/c.
2. Between two places where the inner dimension is 1 a word is a scalar: x (uᵀ A v) yᵀ → (uᵀ A v)·x yᵀ.

Each step is an identity wherever both of its sides have a value.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from constructions.matrix.arithmetic import Unsupported
from constructions.matrix.sizes import text
from constructions.matrix.symbols import Inclusion, Letter, Loop, Word

Monomial = tuple[tuple[str, int], ...]  # scalar symbols with exponents, sorted by name
Term = tuple[Fraction, Monomial, Word]
Rule = tuple[Word, tuple[Term, ...]]  # a leading word L, and (A/c − L) as terms: L A⁻¹ → 1/c − (A/c − L) A⁻¹

ONE = Fraction(1)
MOST_STEPS = 400  # rewriting ends by itself in all cases of interest; in no case does it go on for ever


class Inverse(Letter):
    """A⁻¹. `base` is A (a formula), `rules` say what A⁻¹ and its transpose cancel with, `unit` is 1/c."""

    turned: str  # how its transpose is printed
    base: Any
    rules: tuple[Rule, Rule] | None
    unit: tuple[Fraction, Monomial]


def powers(m: Monomial, k: Monomial) -> Monomial:
    """The product of two monomials."""
    if not m or not k:
        return m or k
    exponents = dict(m)
    for name, power in k:
        exponents[name] = exponents.get(name, 0) + power
    return tuple(sorted((name, power) for name, power in exponents.items() if power))


def joined(word: Word, tail: Word) -> Word | None:
    """The product of two words, with ι_jᵀ ι_k = I or 0 (None)."""
    while word and tail:
        (last, turned), (first, up) = word[-1], tail[0]
        if not (isinstance(last, Inclusion) and isinstance(first, Inclusion)) or not turned or up:
            break
        if [*map(text, last.sizes)] != [*map(text, first.sizes)]:
            break
        if last != first:
            return None
        word, tail = word[:-1], tail[1:]
    return word + tail


def normal(word: Word) -> list[Term]:
    """The word as a sum of terms in normal form."""
    if all(name.plain for name, _ in word):
        return [(ONE, (), word)]
    if not any(isinstance(name, Inverse) for name, _ in word):
        return [closed(word)]
    queue: list[Term] = [(Fraction(1), (), word)]
    done: list[Term] = []
    for _ in range(MOST_STEPS):
        if not queue:
            return done
        c, monomial, word = queue.pop()
        rewritten = rewrite(word)
        if rewritten is None:
            _, m, w = closed(word)
            done.append((c, powers(monomial, m), w))
        else:
            queue += [(c * e, powers(monomial, m), w) for e, m, w in rewritten]
    raise Unsupported("cancelling inverses takes too many steps, so it")


def rewrite(word: Word) -> list[Term] | None:
    """One inverse cancelled with its neighbours; None where nothing cancels."""
    for i, (name, turned) in enumerate(word):
        if not isinstance(name, Inverse) or name.rules is None:
            continue
        lead, rest = name.rules[turned]
        start, stop = i - len(lead), i + 1 + len(lead)
        here = word[i : i + 1]
        if start >= 0 and word[start:i] == lead:
            return _replaced(name, word[:start], [(c, m, w + here) for c, m, w in rest], word[i + 1 :])
        if word[i + 1 : stop] == lead:
            return _replaced(name, word[:i], [(c, m, here + w) for c, m, w in rest], word[stop:])
    return None


def _replaced(name: Inverse, before: Word, rest: list[Term], after: Word) -> list[Term]:
    """before · (1/c − rest) · after."""
    found = []
    for c, monomial, word in [(*name.unit, ()), *((-c, m, w) for c, m, w in rest)]:
        front = joined(before, word)
        whole = None if front is None else joined(front, after)
        if whole is not None:
            found.append((c, monomial, whole))
    return found


def closed(word: Word) -> Term:
    """The word with every closed piece as a scalar."""
    places = [i for i, (name, turned) in enumerate(word) if name.thin[turned]]
    if word and word[-1][0].thin[not word[-1][1]]:
        places.append(len(word))
    if len(places) < 2:
        return ONE, (), word
    scalars: Monomial = ()
    for start, stop in pairwise(places):
        scalars = powers(scalars, ((Loop(word[start:stop]), 1),))
    return ONE, scalars, word[: places[0]] + word[places[-1] :]
