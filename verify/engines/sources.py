"""What the rows of a stream are made of: linear combinations of sources, of which sizes and errors are known.

Sources are entries of the data, the constant 1, and the products and quotients so far. So what a layer takes away is gone, and a
copy cancels against its original. Of every source |ideal| ≤ size and |network − ideal| ≤ error are known; where there is a ring
(`rational_values.py`), also what it is in the ideal network.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from constructions.instructions.bounded import Bounded
from constructions.matrix import Matrix, named
from verify.arithmetic.factored_sums import Sum
from verify.arithmetic.magnitudes import MagnitudeArithmetic
from verify.engines.rational_values import Ring

Row = dict[int, Sum]  # source → coefficient


@dataclass(frozen=True, eq=False)
class Sources:
    """One column of sizes, of errors, and (in a ring) of values. `pads` has by (token, row) the pads of the last LayerNorm, whose
    rows are long, and what they do not exceed as long as they stay what they were. `factored` is whether the moduli of coefficients
    are those of their factors, |1 − β|, or of their terms, 1 + |β|: a formula may have either."""

    arithmetic: MagnitudeArithmetic
    ring: Ring | None = None
    factored: bool = False
    sizes: list[Sum] = field(default_factory=list)
    errors: list[Sum] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    pads: dict[tuple[int, int], tuple[Row, Sum]] = field(default_factory=dict)

    def add(self, found: Bounded, values: Sequence[Any] | None = None) -> range:
        """New sources, one for every row; their numbers. In the ideal network they are `values`, else 0."""
        first = len(self.sizes)
        self.sizes.extend(self.arithmetic.table(found.size).entries)
        self.errors.extend(self.arithmetic.table(found.error).entries)
        new = range(first, len(self.sizes))
        if self.ring is not None:
            self.values.extend([self.ring.zero] * len(new) if values is None else values)
        return new

    def fresh(self, found: Bounded, values: Sequence[Any] | None = None) -> list[Row]:
        """New sources as rows."""
        one = self.arithmetic.constant(Fraction(1))
        return [{source: one} for source in self.add(found, values)]

    def bounds(self, rows: Sequence[Row]) -> Bounded:
        """The bounds of some rows, term by term: |Σ c a| ≤ Σ |c| |a|."""
        columns = []
        for known in (self.sizes, self.errors):
            sums = [
                self._sum(self._modulus(c).multiplied_out(known[source]) for source, c in row.items()) for row in rows
            ]
            columns.append(self.arithmetic.matrix([[entry] for entry in sums], 1))
        return Bounded(*columns)

    def reaches(self, token: int, rows: Sequence[Row], pads: Sequence[int] = ()) -> Matrix:
        """What no row of a token exceeds in the network; 0 in place of `pads` of which nothing is known yet."""
        zero, cells = self.arithmetic.constant(Fraction(0)), []
        for r, row in enumerate(rows):
            was, known = self.pads.get((token, r), ({}, zero))
            known = known if same(row, was) or r in pads else None
            cells.append(
                [self.arithmetic.table(named(self.bounds([row]).reach)).cells[0][0] if known is None else known]
            )
        return self.arithmetic.matrix(cells, 1)

    def value(self, row: Row) -> Any:
        """What a row is in the ideal network."""
        assert self.ring is not None
        return self.ring.total(self.ring.of(c) * self.values[source] for source, c in row.items())

    def _modulus(self, c: Sum) -> Sum:
        return c.modulus if self.factored else c.majorant

    def _sum(self, parts: Iterable[Sum]) -> Sum:
        return self.arithmetic.total(list(parts))


def sparse(a: Matrix, arithmetic: MagnitudeArithmetic) -> list[Row]:
    """The nonzeros of every row of a matrix."""
    return [{k: entry for k, entry in enumerate(row) if entry.terms} for row in arithmetic.table(a).cells]


def mapped(matrix: list[Row], rows: Sequence[Row]) -> list[Row]:
    """A matrix times rows."""
    made: list[Row] = [{} for _ in matrix]
    for total, weights in zip(made, matrix, strict=True):
        for k, weight in weights.items():
            add_rows([total], [{source: weight.multiplied_out(c) for source, c in rows[k].items()}])
    return made


def same(row: Row, other: Row) -> bool:
    """Whether two rows are the same combination of the same sources."""
    return row.keys() == other.keys() and all(c.terms == other[source].terms for source, c in row.items())


def add_rows(rows: Sequence[Row], more: Sequence[Row]) -> None:
    """Add rows to rows, in place; what cancels is left out."""
    for total, row in zip(rows, more, strict=True):
        for source, c in row.items():
            total[source] = total[source] + c if source in total else c
            if not total[source].terms:
                del total[source]
