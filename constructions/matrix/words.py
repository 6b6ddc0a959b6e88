"""Sums of scalar monomials times words in named matrices: the algebra under `formula.py`.

Words do not commute; scalars do, and a piece of a word between two places where the inner dimension is 1 is a scalar
(`normal.py`). Joined matrices are sums of inclusions, [A; B] = ι_0 A + ι_1 B, so that every operation keeps the blocks apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.matrix.arithmetic import Unsupported
from constructions.matrix.normal import ONE, Monomial, Term, joined, normal, powers
from constructions.matrix.notation import sum_text, term_text
from constructions.matrix.sizes import equal
from constructions.matrix.symbols import Inclusion, Word, flipped, parts_of

__all__ = ["Formula", "Inclusion", "Monomial", "Terms", "Word", "parts_of", "product", "sum_of"]

Terms = dict[tuple[Monomial, Word], Fraction]

MOST_TERMS = 5000  # nobody reads longer formulas, and expanding them takes for ever


@dataclass(frozen=True, eq=False)
class Formula:
    """A rows × columns sum of coefficient · monomial · word."""

    rows: Any
    columns: Any
    terms: Terms

    @property
    def shape(self) -> tuple[Any, Any]:
        return self.rows, self.columns

    @property
    def flipped(self) -> Formula:
        terms = {(m, flipped(word)): c for (m, word), c in self.terms.items()}
        return Formula(self.columns, self.rows, terms)

    def row_blocks(self) -> list[Formula] | None:
        """The block rows of a joined matrix, top to bottom; None if it was not joined."""
        fronts = [word[0] for _, word in self.terms if word]
        first = next((name for name, turned in fronts if isinstance(name, Inclusion) and not turned), None)
        if first is None:
            return None
        blocks: dict[str, Terms] = {name: {} for name in first.siblings()}
        for (monomial, word), c in self.terms.items():
            if not word:  # the identity is the sum of ι_k ι_kᵀ
                for name, block in blocks.items():
                    block[monomial, ((name, True),)] = c
            elif word[0][0] in blocks and not word[0][1]:
                blocks[word[0][0]][monomial, word[1:]] = c
            else:
                return None
        return [Formula(size, self.columns, block) for size, block in zip(first.sizes, blocks.values(), strict=True)]

    def __str__(self) -> str:
        if (rows := self.row_blocks()) is not None:
            return "[" + "; ".join(map(str, rows)) + "]"
        if (columns := self.flipped.row_blocks()) is not None:
            return "[" + "  ".join(str(block.flipped) for block in columns) + "]"
        scalar = equal(self.rows, 1) and equal(self.columns, 1)
        return sum_text([term_text(c, monomial, word, scalar) for (monomial, word), c in self.terms.items()])


def sum_of(terms: Iterable[tuple[tuple[Monomial, Word], Fraction]]) -> Terms:
    total: Terms = {}
    for key, c in terms:
        total[key] = total.get(key, Fraction(0)) + c
    return {key: c for key, c in total.items() if c}


def normal_sum(terms: Iterable[Term]) -> Terms:
    """The sum of terms whose words need not be in normal form."""
    found = []
    for c, monomial, word in terms:
        for e, m, w in normal(word):
            found.append(((powers(monomial, m), w), c if e is ONE else c * e))
        if len(found) > 4 * MOST_TERMS:
            raise Unsupported(f"a formula of more than {MOST_TERMS} terms")
    return sum_of(found)


def product(a: Formula, b: Formula, rows: Any, columns: Any) -> Formula:
    if len(a.terms) * len(b.terms) > MOST_TERMS:
        raise Unsupported(f"a formula of more than {MOST_TERMS} terms")
    terms = []
    for (m, word), c in a.terms.items():
        for (k, tail), e in b.terms.items():
            whole = joined(word, tail)
            if whole is not None:
                terms.append((c * e, powers(m, k), whole))
    return Formula(rows, columns, normal_sum(terms))
