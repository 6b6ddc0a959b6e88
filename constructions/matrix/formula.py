"""Matrices as formulas: sums of scalar monomials times words in named matrices, e.g. (η/n)·W_0 − (η/n)·I.

Running a builder on formulas prints its weights as the paper does. Words do not commute; scalars (1×1 symbols) do. Joined
matrices are sums of inclusions, [A; B] = ι_0 A + ι_1 B, so that every operation keeps the blocks apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.matrix.notation import numbers_text, sum_text, term_text
from constructions.matrix.opaque import Arithmetic, Matrix, Pole
from constructions.matrix.sizes import Size, equal

Monomial = tuple[tuple[str, int], ...]  # scalar symbols with exponents, sorted by name
Word = tuple[tuple[str, bool], ...]  # matrix symbols in order, each with a flag "transposed"; () is the identity
Terms = dict[tuple[Monomial, Word], Fraction]


class Inclusion(str):
    """ι_k: the inclusion of summand k into a direct sum of the given sizes; its transpose is the projection."""

    index: int
    sizes: tuple[Any, ...]

    def __new__(cls, index: int, sizes: tuple[Any, ...]) -> Inclusion:
        made = super().__new__(cls, f"ι_{index}({'|'.join(map(str, sizes))})")
        made.index, made.sizes = index, sizes
        return made

    def siblings(self) -> list[Inclusion]:
        return [Inclusion(k, self.sizes) for k in range(len(self.sizes))]


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
        first = next((word[0][0] for _, word in self.terms if word and isinstance(word[0][0], Inclusion) and not word[0][1]), None)
        if not isinstance(first, Inclusion):
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


class FormulaArithmetic(Arithmetic):
    """Formulas in named symbols; defines only what builders of weights need."""

    name = "formulas"

    def lift(self, exact: Matrix) -> Formula:
        rows, columns = exact.shape
        values = exact._entries.fractions()
        if not any(entry for row in values for entry in row):
            return Formula(rows, columns, {})
        diagonal = values[0][0]
        if rows == columns and all(e == (diagonal if i == j else 0) for i, row in enumerate(values) for j, e in enumerate(row)):
            return Formula(rows, columns, {((), ()): diagonal})
        return Formula(rows, columns, {((), ((numbers_text(values), False),)): Fraction(1)})

    def add(self, a: Formula, b: Formula) -> Formula:
        return Formula(a.rows, a.columns, _sum([*a.terms.items(), *b.terms.items()]))

    def negate(self, a: Formula) -> Formula:
        return Formula(a.rows, a.columns, {key: -c for key, c in a.terms.items()})

    def scale(self, s: Formula, a: Formula) -> Formula:
        return _product(s, a, a.rows, a.columns)

    def times(self, a: Formula, b: Formula) -> Formula:
        if equal(a.rows, 1) and equal(a.columns, 1):
            return _product(a, b, 1, 1)
        self.unsupported("the entrywise product")

    def matmul(self, a: Formula, b: Formula) -> Formula:
        return _product(a, b, a.rows, b.columns)

    def transpose(self, a: Formula) -> Formula:
        return a.flipped

    def take(self, a: Formula, rows: Any, columns: Any) -> Formula:
        if rows == slice(None) and columns == slice(None):
            return a
        if [len(word) for _, word in a.terms] != [1]:
            self.unsupported("selection from a formula")
        (((monomial, ((name, flipped),)), c),) = a.terms.items()
        shape = [a.shape[k] if part == slice(None) else len(part) for k, part in enumerate((rows, columns))]
        chosen = [_range(part) for part in ((columns, rows) if flipped else (rows, columns))]
        label = f"{name}[{chosen[0]}]" if equal(a.columns, 1) else f"{name}[{chosen[0]},{chosen[1]}]"
        symbol = matrix_symbol(label, *(reversed(shape) if flipped else shape))._entries
        return _product(Formula(1, 1, {(monomial, ()): c}), symbol.flipped if flipped else symbol, *shape)

    def join(self, parts: Sequence[Formula], axis: int) -> Formula:
        if axis == 1:
            return self.join([part.flipped for part in parts], 0).flipped
        sizes = tuple(part.rows for part in parts)
        names = [Inclusion(k, sizes) for k in range(len(parts))]
        terms = [((m, ((name, False), *word)), c) for name, part in zip(names, parts, strict=True) for (m, word), c in part.terms.items()]
        return Formula(sum(sizes, start=0), parts[0].columns, dict(terms))

    def reciprocal(self, a: Formula) -> Formula:
        if not a.terms:
            raise Pole("division by zero")
        if len(a.terms) != 1:
            return Formula(1, 1, {(((f"({a})", -1),), ()): Fraction(1)})
        (((monomial, _), c),) = a.terms.items()
        return Formula(1, 1, {(tuple((name, -k) for name, k in monomial), ()): 1 / c})


def _range(part: Any) -> str:
    if part == slice(None):
        return ":"
    return str(part[0]) if len(part) == 1 else f"{part[0]}:{part[-1] + 1}" if part == list(range(part[0], part[-1] + 1)) else str(part)


def _sum(terms: list[tuple[tuple[Monomial, Word], Fraction]]) -> Terms:
    total: Terms = {}
    for key, c in terms:
        total[key] = total.get(key, Fraction(0)) + c
    return {key: c for key, c in total.items() if c}


def _product(a: Formula, b: Formula, rows: Any, columns: Any) -> Formula:
    terms = []
    for (m, word), c in a.terms.items():
        for (k, tail), e in b.terms.items():
            exponents = dict(m)
            for name, power in k:
                exponents[name] = exponents.get(name, 0) + power
            joined = _joined(word, tail)
            if joined is not None:
                terms.append(((tuple(sorted((name, power) for name, power in exponents.items() if power)), joined), c * e))
    return Formula(rows, columns, _sum(terms))


def _joined(word: Word, tail: Word) -> Word | None:
    """The product of two words, with ι_jᵀ ι_k = I or 0 (None)."""
    while word and tail and isinstance(word[-1][0], Inclusion) and isinstance(tail[0][0], Inclusion):
        (last, turned), (first, up) = word[-1], tail[0]
        if not turned or up or [*map(str, last.sizes)] != [*map(str, first.sizes)]:
            break
        if last != first:
            return None
        word, tail = word[:-1], tail[1:]
    return word + tail


FORMULA = FormulaArithmetic()


def matrix_symbol(name: str, rows: Any, columns: Any) -> Matrix:
    """A named matrix (a named scalar if it is 1×1)."""
    if equal(rows, 1) and equal(columns, 1):
        return scalar_symbol(name)
    return Matrix(FORMULA, Formula(rows, columns, {((), ((name, False),)): Fraction(1)}))


def scalar_symbol(name: str) -> Matrix:
    return Matrix(FORMULA, Formula(1, 1, {(((name, 1),), ()): Fraction(1)}))


def named_constant(name: str, rows: Any, columns: Any) -> Matrix:
    """I, 0 or a named constant of symbolic shape."""
    words: dict[str, Terms] = {"I": {((), ()): Fraction(1)}, "0": {}}
    return Matrix(FORMULA, Formula(rows, columns, words.get(name, {((), ((name, False),)): Fraction(1)})))


def size_as_matrix(size: Size) -> Matrix:
    """A polynomial in sizes as a 1×1 formula."""
    terms: Terms = {}
    for names, c in size.terms.items():
        terms[(tuple((name, names.count(name)) for name in sorted(set(names))), ())] = c
    return Matrix(FORMULA, Formula(1, 1, terms))


def formula_of(a: Matrix) -> Formula:
    """The formula of a matrix of formulas (or of an exact one)."""
    return a._entries if a._arithmetic is FORMULA else FORMULA.lift(a)


def formula_text(a: Matrix) -> str:
    """A matrix of formulas (or an exact one) as text."""
    return str(formula_of(a))
