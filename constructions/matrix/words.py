"""Sums of scalar monomials times words in named matrices: the algebra under `formula.py`.

Words do not commute; scalars (1×1 symbols) do. Joined matrices are sums of inclusions, [A; B] = ι_0 A + ι_1 B, so that
every operation keeps the blocks apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.matrix.arithmetic import Unsupported
from constructions.matrix.notation import sum_text, term_text
from constructions.matrix.sizes import Part, equal, text

Monomial = tuple[tuple[str, int], ...]  # scalar symbols with exponents, sorted by name
Word = tuple[tuple[str, bool], ...]  # matrix symbols in order, each with a flag "transposed"; () is the identity
Terms = dict[tuple[Monomial, Word], Fraction]

MOST_TERMS = 5000  # nobody reads longer formulas, and expanding them takes for ever


class Inclusion(str, Part):
    """ι_k: the inclusion of summand k into a direct sum of the given sizes; its transpose is the projection."""

    number: int
    sizes: tuple[Any, ...]

    def __new__(cls, number: int, sizes: tuple[Any, ...]) -> Inclusion:
        made = super().__new__(cls, f"ι_{number}({'|'.join(map(text, sizes))})")
        made.number, made.sizes = number, sizes
        return made

    def siblings(self) -> list[Inclusion]:
        return parts_of(self.sizes)


def parts_of(sizes: tuple[Any, ...]) -> list[Inclusion]:
    """The inclusions of all summands of a direct sum."""
    return [Inclusion(k, sizes) for k in range(len(sizes))]


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
        terms = {(m, tuple((name, not t) for name, t in reversed(word))): c for (m, word), c in self.terms.items()}
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


def sum_of(terms: list[tuple[tuple[Monomial, Word], Fraction]]) -> Terms:
    total: Terms = {}
    for key, c in terms:
        total[key] = total.get(key, Fraction(0)) + c
    return {key: c for key, c in total.items() if c}


def product(a: Formula, b: Formula, rows: Any, columns: Any) -> Formula:
    if len(a.terms) * len(b.terms) > MOST_TERMS:
        raise Unsupported(f"a formula of more than {MOST_TERMS} terms")
    terms = []
    for (m, word), c in a.terms.items():
        for (k, tail), e in b.terms.items():
            exponents = dict(m)
            for name, power in k:
                exponents[name] = exponents.get(name, 0) + power
            monomial = tuple(sorted((name, power) for name, power in exponents.items() if power))
            joined = _joined(word, tail)
            if joined is not None:
                terms.append(((monomial, joined), c * e))
    return Formula(rows, columns, sum_of(terms))


def _joined(word: Word, tail: Word) -> Word | None:
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
