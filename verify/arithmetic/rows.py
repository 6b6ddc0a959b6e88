"""Formulas in which a few rows are told apart, one a token, while their widths stay symbols.

What is joined from single rows stays a list of them. Softmax of a row is a letter p_j for every key that it sees, and its scores
are kept: nothing else is said of p here. A row of squares sums up to a product, (a ∘ b) 1 = a bᵀ. Every letter is known by what
it is made of, so that `letters_in` can say of what a formula depends; a letter of which that is not known is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.matrix.arithmetic import Unsupported
from constructions.matrix.formula import FormulaArithmetic, matrix_symbol, whole
from constructions.matrix.inverses import Total, key, noted
from constructions.matrix.normal import Inverse
from constructions.matrix.opaque import Matrix
from constructions.matrix.sizes import Index, Size, equal, text
from constructions.matrix.symbols import Inclusion, Letter, Loop
from constructions.matrix.words import Formula, Terms, product, sum_of
from verify.arithmetic.row_parts import rows_of, units

ONE: Terms = {((), ()): Fraction(1)}


@dataclass(frozen=True, eq=False)
class Softened:
    """A row of softmax: for every key that is seen its weight (a scalar letter) and its score."""

    weights: Mapping[int, str]
    scores: Mapping[int, Formula]


class RowArithmetic(FormulaArithmetic):
    """Formulas over letters of known kinds ("parameter", "data", …), with rows of their own for tokens."""

    name = "formulas with a row for every token"

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}  # letters that are made of nothing
        self.made: dict[str, tuple[Formula, ...]] = {}  # other letters, and what they are made of
        self.softened: list[Softened] = []

    def symbol(self, name: str, rows: Any, columns: Any, kind: str, symmetric: bool = False) -> Matrix:
        """A letter of the given kind."""
        self.kinds[name] = kind
        return Matrix(self, matrix_symbol(name, rows, columns, symmetric)._entries)

    def constant(self, name: str, rows: Any, columns: Any) -> Matrix:
        """I, 0 or 1 of symbolic shape; several rows (or columns) of numeric number one by one."""
        if name == "0":
            return Matrix(self, Formula(rows, columns, {}))
        if name == "I" or (equal(rows, 1) and equal(columns, 1)):
            return Matrix(self, Formula(rows, columns, dict(ONE)))
        if name != "1":
            self.unsupported(f"the constant {name}")
        if isinstance(rows, int) and rows > 1:
            return Matrix(self, self.join([self.constant(name, 1, columns)._entries] * rows, 0))
        if isinstance(columns, int) and columns > 1:
            return Matrix(self, self.join([self.constant(name, rows, 1)._entries] * columns, 1))
        return self.symbol(f"{name}({text(rows)}×{text(columns)})", rows, columns, "constant")

    def size(self, size: Size) -> Matrix:
        """A size as a number."""
        terms: Terms = {}
        for names, c in size.terms.items():
            terms[(tuple((name, names.count(name)) for name in sorted(set(names))), ())] = c
            self.kinds |= dict.fromkeys(names, "size")
        return Matrix(self, Formula(1, 1, terms))

    def lift(self, exact: Matrix) -> Formula:
        rows, columns = exact.shape
        values = exact._entries.fractions()
        if (
            rows == columns
            and rows > 1
            and all(values[i][j] == (i == j) * values[0][0] for i in range(rows) for j in range(rows))
        ):
            return Formula(rows, columns, {((), ()): values[0][0]} if values[0][0] else {})
        down, across = (units(size) for size in (rows, columns))
        cells = [(down[i], across[j], values[i][j]) for i in range(rows) for j in range(columns)]
        return Formula(rows, columns, {((), (*i, *((name, True) for name, _ in j))): c for i, j, c in cells if c})

    def join(self, parts: Sequence[Formula], axis: int) -> Formula:
        if axis == 0 and all(isinstance(part.rows, int) for part in parts):
            parts = [row for part in parts for row in rows_of(part)]
        return super().join(parts, axis) if len(parts) > 1 else parts[0]

    def take(self, a: Formula, rows: Any, columns: Any) -> Formula:
        if isinstance(a.columns, int) and isinstance(columns, list) and columns != list(range(a.columns)):
            return self.take(self.take(a, rows, slice(None)).flipped, columns, slice(None)).flipped
        if isinstance(rows, list) and isinstance(a.rows, int):
            return self.join([rows_of(a)[i] for i in rows], 0)
        if isinstance(rows, Inclusion) or whole(rows):
            return super().take(a, rows, slice(None))
        if not isinstance(rows, Index):
            self.unsupported("selection from rows of symbolic number")
        kinds = {self.kinds.get(name) for _, word in a.terms for name, _ in word}
        found = super().take(a, rows, slice(None))
        self.kinds |= {
            name: f"{kind} of a step" for _, word in found.terms for name, _ in word for kind in kinds if kind
        }
        return found

    def times(self, a: Formula, b: Formula) -> Formula:
        if equal(a.rows, 1) and equal(a.columns, 1):
            return product(a, b, 1, 1)
        if isinstance(a.rows, int) and a.rows > 1:
            return self.join([self.times(u, v) for u, v in zip(rows_of(a), rows_of(b), strict=True)], 0)
        if not a.terms or not b.terms:
            return Formula(a.rows, a.columns, {})
        first, second = sorted((a, b), key=key)
        found = super().times(first, second)
        self.made |= {name: (first, second) for _, word in found.terms for name, _ in word}
        return found

    def matmul(self, a: Formula, b: Formula) -> Formula:
        """The product, with (u ∘ v) 1 = u vᵀ for rows u and v."""
        squares = {k: c for k, c in a.terms.items() if k[1] and self._row_of_products(k[1][-1])}
        sums = {k: c for k, c in b.terms.items() if k[1] and _column_of_ones(k[1][0])}
        if not squares or not sums:
            return product(a, b, a.rows, b.columns)
        other = {k: c for k, c in b.terms.items() if k not in sums}
        plain = Formula(a.rows, a.columns, {k: c for k, c in a.terms.items() if k not in squares})
        found = [product(plain, b, a.rows, b.columns)]
        found.append(product(Formula(a.rows, a.columns, squares), Formula(b.rows, b.columns, other), a.rows, b.columns))
        for (m, word), c in squares.items():
            u, v = self.made[word[-1][0]]
            front = product(Formula(a.rows, 1, {(m, word[:-1]): c}), product(u, v.flipped, 1, 1), a.rows, 1)
            back = Formula(1, b.columns, {(k, tail[1:]): e for (k, tail), e in sums.items()})
            found.append(product(front, back, a.rows, b.columns))
        return Formula(a.rows, b.columns, sum_of(item for part in found for item in part.terms.items()))

    def _row_of_products(self, last: tuple[Any, bool]) -> bool:
        name, turned = last
        return name in self.made and not turned and equal(name.rows, 1) and name.startswith("⟨")

    def softmax(self, a: Formula, visible: Any) -> Formula:
        if not isinstance(visible, np.ndarray):
            self.unsupported("softmax over a symbolic number of keys")
        return self.join([self._softened(row, seen) for row, seen in zip(rows_of(a), visible, strict=True)], 0)

    def _softened(self, row: Formula, seen: np.ndarray) -> Formula:
        keys = np.flatnonzero(seen).tolist()
        columns = rows_of(row.flipped)
        names = {j: f"p′{len(self.softened)}[{j}]" for j in keys}
        if len(keys) > 1:
            self.softened.append(Softened(names, {j: columns[j] for j in keys}))
            self.kinds |= dict.fromkeys(names.values(), "weight")
        places, alone = units(len(columns)), len(keys) == 1
        terms = {(() if alone else ((names[j], 1),), tuple((u, True) for u, _ in places[j])): Fraction(1) for j in keys}
        return Formula(1, row.columns, terms)

    def reciprocal_sqrt(self, a: Formula) -> Formula:
        noted(a)  # there is no 1/√a at 0, and none below
        return self._scalar("1/√", a)

    def largest_row_sum(self, a: Formula) -> Formula:
        """‖a‖ as a letter; of a multiple of I it is known."""
        if all(not monomial and not word for monomial, word in a.terms):
            return Formula(1, 1, {k: abs(c) for k, c in a.terms.items()})
        return self._scalar("‖·‖ ", a)

    def _scalar(self, function: str, a: Formula) -> Formula:
        if function == "1/√" and not (equal(a.rows, 1) and equal(a.columns, 1)):
            self.unsupported("1/√ entry by entry")
        name = f"{function}{key(a)}"
        self.made[name] = (a,)
        return Formula(1, 1, {(((name, 1),), ()): Fraction(1)})

    def exp(self, a: Formula) -> Formula:
        self.unsupported("exp")

    def relu(self, a: Formula) -> Formula:
        self.unsupported("relu")

    def letters_in(self, a: Formula) -> set[str]:
        """The letters that a formula may depend on. Raises `Unsupported` at one of which that is not known."""
        found: set[str] = set()
        for monomial, word in a.terms:
            found |= self._inside([name for name, _ in monomial]) | self._inside([name for name, _ in word])
        return found

    def _inside(self, names: Iterable[Any]) -> set[str]:
        found: set[str] = set()
        for name in names:
            if isinstance(name, Inclusion):
                continue
            if isinstance(name, Loop):
                found |= self._inside([inner for inner, _ in name.word])
            elif isinstance(name, Total):
                found |= self.letters_in(name.formula)
            elif isinstance(name, Inverse):
                found |= self.letters_in(name.base)
            elif name in self.made:
                found |= set().union(*map(self.letters_in, self.made[name]))
            elif name in self.kinds:
                found.add(str(name))
            else:
                raise Unsupported(f"what {name} depends on is not known")
        return found

    def kinds_in(self, a: Formula) -> set[str]:
        """The kinds of the letters that a formula may depend on."""
        return {self.kinds[name] for name in self.letters_in(a)}


def _column_of_ones(first: tuple[Any, bool]) -> bool:
    name, turned = first
    return isinstance(name, Letter) and not turned and name.startswith("1(") and equal(name.columns, 1)
