"""Products of data with exact weights, on arrays columns × rows × batch: whole columns are picked, scaled and added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from constructions.matrix.floating import rounded
from constructions.matrix.rational import Rational

Array = np.ndarray
WORTH = 16  # entries to a nonzero; with fewer, the product of the dense block is faster (measured for 3 to 3000 prompts × tokens)
FEW = 4  # nonzeros in a column that are added one after the other; they often stand together


@dataclass(frozen=True, eq=False)
class Picked:
    """Columns `target` get the columns `source` times `factors`, and those of `more` besides."""

    target: Any
    source: Any
    factors: Any
    more: tuple[Picked, ...] = ()

    def of(self, a: Array) -> Array:
        """The sum; where it is one stretch of columns as they are, in the memory of `a`."""
        terms = pick(a, self.source) if self.factors is None else pick(a, self.source) * self.factors
        for other in self.more:
            terms = terms + other.of(a)
        return terms


@dataclass(frozen=True, eq=False)
class Summed:
    """Columns `target` get the sum of `each` columns `source` one after the other, times `factors`."""

    target: Any
    source: Any
    factors: Any
    each: int

    def of(self, a: Array) -> Array:
        terms = pick(a, self.source) if self.factors is None else pick(a, self.source) * self.factors
        return terms.reshape(-1, self.each, *a.shape[1:]).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Block:
    """Columns `target` get matrix (target × source) times the columns `source`."""

    target: Any
    source: Any
    matrix: Array

    def of(self, a: Array) -> Array:
        read = pick(a, self.source)
        return (self.matrix @ read.reshape(len(read), -1)).reshape(-1, *a.shape[1:])


Part = Picked | Summed | Block


@dataclass(frozen=True, eq=False)
class Weights:
    """a ↦ a @ W for an exact W, as parts that write to different columns."""

    parts: tuple[Part, ...]
    width: int
    filled: bool  # whether every column gets something

    @staticmethod
    def of(entries: Rational, dtype: Any = np.float64, dense: bool = False) -> Weights:
        """By the nonzeros, or as the one dense product that a library would do."""
        inner, outer = entries.shape
        if dense:
            matrix = np.ascontiguousarray(rounded(entries.T.numerators, entries.denominator), dtype)
            return Weights((Block(slice(0, outer), slice(0, inner), matrix),), outer, True)
        rows, columns, numerators = entries.nonzeros
        order = np.argsort(columns, kind="stable")
        values = rounded(np.asarray(numerators), entries.denominator)[order].astype(dtype)
        parts = tuple(_parts(rows[order], columns[order], values))
        return Weights(parts, outer, len(np.unique(columns)) == outer)

    def whole(self, a: Array) -> Array:
        """All columns of the product, zeros among them."""
        if len(self.parts) == 1 and self.filled:
            return self.parts[0].of(a)
        total = np.zeros((self.width, *a.shape[1:]), dtype=a.dtype)
        for part in self.parts:
            total[part.target] = part.of(a)
        return total


def _parts(rows: Array, columns: Array, values: Array) -> Iterator[Part]:
    """The nonzeros, column after column, by how many a column has."""
    filled, starts, counts = np.unique(columns, return_index=True, return_counts=True)
    read = np.unique(rows)
    if len(read) * len(filled) < WORTH * len(rows) and counts.max(initial=0) > 1:
        matrix = np.zeros((len(filled), len(read)), dtype=values.dtype)
        matrix[np.searchsorted(filled, columns), np.searchsorted(read, rows)] = values
        yield Block(index_of(filled), index_of(read), matrix)
        return
    for each in np.unique(counts).tolist():
        some = counts == each
        chosen, target = starts[some][:, None] + np.arange(each), index_of(filled[some])
        if each > FEW:
            chosen = chosen.ravel()
            yield Summed(target, index_of(rows[chosen]), _factors(values[chosen]), each)
        else:
            first, *more = (Picked(target, index_of(rows[one]), _factors(values[one])) for one in chosen.T)
            yield replace(first, more=tuple(more))


def _factors(values: Array) -> Any:
    """None for ones, a number where all are equal, else one for each column."""
    if (values == values[0]).all():
        return None if values[0] == 1 else float(values[0])
    return values[:, None, None]


def index_of(numbers: Any) -> Any:
    """Whole numbers as a slice where they follow one another, so that picking them moves nothing."""
    numbers = np.asarray(numbers, dtype=np.int64)
    first = int(numbers[0]) if len(numbers) else 0
    return slice(first, first + len(numbers)) if (np.diff(numbers) == 1).all() else numbers


def pick(a: Array, columns: Any) -> Array:
    return a[columns] if isinstance(columns, slice) else a.take(columns, axis=0)  # much faster than a[columns]
