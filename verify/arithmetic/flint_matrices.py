"""What all matrices of FLINT have in common: sums, products and selections are the library's own, whatever their entries are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from constructions.matrix import Arithmetic


class FlintMatrices(Arithmetic):
    """An arithmetic on a matrix type of FLINT, which `of` makes."""

    def of(self, rows: int, columns: int, entries: Sequence[Any]) -> Any:
        """The matrix of the given entries, row by row."""
        raise NotImplementedError

    def shape(self, a: Any) -> tuple[int, int]:
        return a.nrows(), a.ncols()

    def add(self, a: Any, b: Any) -> Any:
        return a + b

    def negate(self, a: Any) -> Any:
        return -a

    def times(self, a: Any, b: Any) -> Any:
        return self.of(a.nrows(), a.ncols(), [x * y for x, y in zip(a.entries(), b.entries(), strict=True)])

    def scale(self, s: Any, a: Any) -> Any:
        return a * s[0, 0]

    def matmul(self, a: Any, b: Any) -> Any:
        return a * b

    def transpose(self, a: Any) -> Any:
        return a.transpose()

    def take(self, a: Any, rows: list[int], columns: list[int]) -> Any:
        if rows == list(range(a.nrows())) and columns == list(range(a.ncols())):
            return a
        table = a.tolist()
        return self.of(len(rows), len(columns), [table[i][j] for i in rows for j in columns])

    def join(self, parts: Sequence[Any], axis: int) -> Any:
        if axis == 0:
            entries = list(itertools.chain(*(part.entries() for part in parts)))
            return self.of(sum(part.nrows() for part in parts), parts[0].ncols(), entries)
        rows = zip(*(part.tolist() for part in parts), strict=True)
        entries = list(itertools.chain(*itertools.chain(*rows)))
        return self.of(parts[0].nrows(), sum(part.ncols() for part in parts), entries)
