"""What a formula consists of: its rows, what stands beside some scalars, and what stands behind a row."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from constructions.matrix.arithmetic import Unsupported
from constructions.matrix.normal import powers
from constructions.matrix.symbols import Inclusion, Word
from constructions.matrix.words import Formula, Terms, product, sum_of


def rows_of(a: Formula) -> list[Formula]:
    """The rows of a formula with a number of them, each 1 × columns."""
    if a.rows == 1:
        return [a]
    turned = [Formula(1, a.rows, {((), tuple((u, True) for u, _ in unit)): Fraction(1)}) for unit in units(a.rows)]
    return [product(unit, a, 1, a.columns) for unit in turned]


def linear_in(a: Formula, names: Iterable[str]) -> tuple[dict[str, Formula], Formula]:
    """The coefficient of every one of the scalars, and the rest. Raises `Unsupported` where a term has a product of them."""
    parts: dict[str, list[Any]] = {name: [] for name in names}
    rest: list[Any] = []
    for (monomial, word), c in a.terms.items():
        here = [(name, power) for name, power in monomial if name in parts]
        if not here:
            rest.append(((monomial, word), c))
        elif len(here) > 1 or here[0][1] != 1:
            raise Unsupported("attention weights are multiplied by each other")
        else:
            parts[here[0][0]].append(((powers(monomial, ((here[0][0], -1),)), word), c))
    shaped = {name: Formula(a.rows, a.columns, sum_of(terms)) for name, terms in parts.items()}
    return shaped, Formula(a.rows, a.columns, sum_of(rest))


def behind(a: Formula, letter: str) -> tuple[Formula, Formula]:
    """L and r with a = x L + r, where x is the row that the letter names and stands first in its terms."""
    found: Terms = {}
    rows: Any = None
    for (monomial, word), c in a.terms.items():
        if word and word[0] == (letter, False):
            found[monomial, word[1:]], rows = c, word[0][0].columns
    rest = {k: c for k, c in a.terms.items() if not (k[1] and k[1][0] == (letter, False))}
    return Formula(a.columns if rows is None else rows, a.columns, found), Formula(a.rows, a.columns, rest)


def units(size: int) -> list[Word]:
    """The word of every unit vector; of the only one of ℝ¹ the empty one."""
    return [()] if size == 1 else [((Inclusion(k, (1,) * size), False),) for k in range(size)]
