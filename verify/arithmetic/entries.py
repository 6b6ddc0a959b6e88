"""Matrices as lists of lists of entries of any kind that knows `+`, `*`, unary `-` and `inverse()`.

Plain lists, never numpy: numpy takes a polynomial for a sequence and broadcasts over its terms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.matrix import Arithmetic, Matrix, Pole
from constructions.matrix.opaque import entries_in
from constructions.matrix.rational import nonzeros_of


@dataclass(frozen=True, eq=False)
class Table:
    """cells[i][j] of a rows × columns matrix; the width is kept where there are no rows to tell it."""

    cells: list[list[Any]]
    width: int

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.cells), self.width

    def each(self, function: Callable[[Any], Any]) -> Table:
        return Table([[function(entry) for entry in row] for row in self.cells], self.width)

    @property
    def entries(self) -> list[Any]:
        return [entry for row in self.cells for entry in row]


class EntryArithmetic(Arithmetic):
    """A subclass says what a rational constant is, and which entries are zero."""

    def constant(self, value: Fraction) -> Any:
        raise NotImplementedError

    def is_zero(self, entry: Any) -> bool:
        raise NotImplementedError

    def lift(self, exact: Matrix) -> Table:
        (rows, columns), zero = exact.shape, self.constant(Fraction(0))  # one for all: most weights are 0
        cells = [[zero] * columns for _ in range(rows)]
        for i, j, value in nonzeros_of(exact) or ():
            cells[i][j] = self.constant(value)
        return Table(cells, columns)

    def table(self, a: Matrix) -> Table:
        """The entries of a matrix over this arithmetic, or of an exact one."""
        return entries_in(a, self)

    def add(self, a: Table, b: Table) -> Table:
        rows = zip(a.cells, b.cells, strict=True)
        return Table([[x + y for x, y in zip(p, q, strict=True)] for p, q in rows], a.width)

    def negate(self, a: Table) -> Table:
        return a.each(lambda x: -x)

    def times(self, a: Table, b: Table) -> Table:
        rows = zip(a.cells, b.cells, strict=True)
        return Table([[x * y for x, y in zip(p, q, strict=True)] for p, q in rows], a.width)

    def scale(self, s: Table, a: Table) -> Table:
        return a.each(lambda x: s.cells[0][0] * x)

    def matmul(self, a: Table, b: Table) -> Table:
        rows, columns, zero = self._nonzeros(a), self._nonzeros(self.transpose(b)), self.constant(Fraction(0))

        def dot(row: Mapping[int, Any], column: Mapping[int, Any]) -> Any:
            products = [x * column[k] for k, x in row.items() if k in column]
            return self.total(products) if products else zero

        return Table([[dot(row, column) for column in columns] for row in rows], b.width)

    def _nonzeros(self, a: Table) -> list[dict[int, Any]]:
        return [{k: entry for k, entry in enumerate(row) if not self.is_zero(entry)} for row in a.cells]

    def total(self, parts: Sequence[Any]) -> Any:
        return sum(parts[1:], parts[0]) if parts else self.constant(Fraction(0))

    def transpose(self, a: Table) -> Table:
        return Table([[row[j] for row in a.cells] for j in range(a.width)], len(a.cells))

    def take(self, a: Table, rows: list[int], columns: list[int]) -> Table:
        return Table([[a.cells[i][j] for j in columns] for i in rows], len(columns))

    def join(self, parts: Sequence[Table], axis: int) -> Table:
        if axis == 1:
            return self.transpose(self.join([self.transpose(part) for part in parts], 0))
        return Table([row for part in parts for row in part.cells], parts[0].width)

    def inverse(self, entry: Any) -> Any:
        if self.is_zero(entry):
            raise Pole("division by a number that is always zero")
        return entry.inverse()

    def reciprocal(self, a: Table) -> Table:
        return a.each(self.inverse)

    def solve(self, a: Table, b: Table) -> Table:
        """Gauss and Jordan in the field, with the first pivot that is not zero."""
        size = len(a.cells)
        rows = [[*left, *right] for left, right in zip(a.cells, b.cells, strict=True)]
        for k in range(size):
            pivot = next((i for i in range(k, size) if not self.is_zero(rows[i][k])), None)
            if pivot is None:
                raise Pole("a linear system that is always singular")
            rows[k], rows[pivot] = rows[pivot], rows[k]
            factor = self.inverse(rows[k][k])
            rows[k] = [factor * entry for entry in rows[k]]
            for i in range(size):
                if i != k and not self.is_zero(rows[i][k]):
                    rows[i] = [x + -(rows[i][k] * y) for x, y in zip(rows[i], rows[k], strict=True)]
        return Table([row[size:] for row in rows], b.width)

    def softmax(self, a: Table, visible: np.ndarray) -> Table:
        """exp over the sum of the visible exps."""
        rows = []
        for scores, seen in zip(a.cells, visible.tolist(), strict=True):
            weights = [
                self.exponential(x) if see else self.constant(Fraction(0)) for x, see in zip(scores, seen, strict=True)
            ]
            divisor = self.inverse(self.total(weights)) if any(seen) else self.constant(Fraction(0))
            rows.append([weight * divisor for weight in weights])
        return Table(rows, a.width)

    def exp(self, a: Table) -> Table:
        return a.each(self.exponential)

    def exponential(self, entry: Any) -> Any:
        """exp of one entry, for kinds of entries that have it."""
        self.unsupported("exp")
