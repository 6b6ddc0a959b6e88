"""Matrices that are mostly zeros: the nonzero entries and where they stand.

`Coordinates` has the operators of a numpy array, for Python integers and for floats alike, and mixes with arrays, so that an
arithmetic need not know which of the two it holds. Memory and time grow with the nonzeros; a result that is small, or no
longer mostly zeros, is an array again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

LEAST = 1024  # entries; below, numpy is faster on the zeros than we are on the coordinates
SPARSE = 8  # entries to a nonzero; with fewer an array is faster, with two it is smaller


@dataclass(frozen=True, eq=False)
class Coordinates:
    """An m × n matrix: `places` are i·n + j of its nonzero entries (int64, strictly increasing), `values` those entries."""

    shape: tuple[int, int]
    places: np.ndarray
    values: np.ndarray

    __array_ufunc__ = None  # array + self, array @ self … are ours

    @staticmethod
    def summed(shape: tuple[int, int], places: np.ndarray, values: np.ndarray) -> Coordinates:
        """From places in any order, of which some may be equal: their values are added."""
        order = np.argsort(places, kind="stable")
        places, values = places[order], values[order]
        starts = _starts(places)
        if len(starts) < len(places):
            places, values = places[starts], np.add.reduceat(values, starts)
        return Coordinates(shape, places, values)._without_zeros()

    def _without_zeros(self) -> Coordinates:
        some = self.values.astype(bool)
        return self if some.all() else Coordinates(self.shape, self.places[some], self.values[some])

    @property
    def flat(self) -> np.ndarray:
        """The nonzero entries: what a common divisor depends on."""
        return self.values

    @property
    def size(self) -> int:
        return self.shape[0] * self.shape[1]

    @cached_property
    def rows(self) -> np.ndarray:
        return self.places // max(self.shape[1], 1)

    @cached_property
    def columns(self) -> np.ndarray:
        return self.places - self.rows * self.shape[1]

    @cached_property
    def T(self) -> Coordinates:
        places = self.columns * self.shape[0] + self.rows
        order = np.argsort(places, kind="stable")
        return Coordinates((self.shape[1], self.shape[0]), places[order], self.values[order])

    def dense(self) -> np.ndarray:
        array = np.zeros(self.size, dtype=self.values.dtype)
        array[self.places] = self.values
        return array.reshape(self.shape)

    def __neg__(self) -> Coordinates:
        return Coordinates(self.shape, self.places, -self.values)

    def __floordiv__(self, divisor: int) -> Coordinates:
        """By a common divisor of all entries."""
        return Coordinates(self.shape, self.places, self.values // divisor)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Coordinates):
            places = np.concatenate([self.places, other.places])
            values = np.concatenate([self.values, other.values])
            return settled(Coordinates.summed(self.shape, places, values))
        if not len(self.places):
            return other
        total = np.array(other, order="C")  # a copy, whose entries stand as `places` count
        total.reshape(-1)[self.places] += self.values
        return total

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        """Entry by entry, or by a number."""
        if isinstance(other, Coordinates):
            places, mine, its = np.intersect1d(self.places, other.places, assume_unique=True, return_indices=True)
            return Coordinates(self.shape, places, self.values[mine] * other.values[its])._without_zeros()
        factors = other[self.rows, self.columns] if isinstance(other, np.ndarray) else other
        return Coordinates(self.shape, self.places, self.values * factors)._without_zeros()

    __rmul__ = __mul__

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return (other.T @ self.T).T
        mine, its = other.of_rows(self.columns)
        places = self.rows[mine] * other.shape[1] + other.columns[its]
        values = self.values[mine] * other.values[its]
        return settled(Coordinates.summed((self.shape[0], other.shape[1]), places, values))

    def __rmatmul__(self, array: np.ndarray) -> Any:
        """array @ self: the columns of the array that meet a nonzero, times it, added up for each column of self."""
        picked, factors, starts, filled = self._by_column
        shape = (array.shape[0], self.shape[1])
        if not len(picked):
            return nothing(shape, array.dtype)
        terms = array[:, picked] if factors is None else array[:, picked] * factors
        sums = terms if starts is None else np.add.reduceat(terms, starts, axis=1)
        if filled is None:
            return sums
        if array.dtype == object and len(filled) * SPARSE <= self.shape[1] and shape[0] * shape[1] >= LEAST:
            places = (np.arange(shape[0])[:, None] * shape[1] + filled).ravel()
            return Coordinates(shape, places, sums.ravel())._without_zeros()
        total = np.zeros(shape, dtype=array.dtype)
        total[:, filled] = sums
        return total

    @cached_property
    def _by_column(self) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, np.ndarray | None]:
        """The nonzeros column after column: their rows; their values, unless all are 1; where a column begins, unless
        each has one at most (never an empty column: `reduceat` would give it the entry that follows); the columns that
        have one, unless all do."""
        turned = self.T
        starts = _starts(turned.rows)
        filled = turned.rows[starts]
        return (
            turned.columns,
            None if (turned.values == 1).all() else turned.values,
            None if len(starts) == len(turned.places) else starts,
            None if len(filled) == self.shape[1] else filled,
        )

    def of_rows(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All nonzeros in the rows with the given numbers, one row after the other: which of `numbers`, which nonzero."""
        begins = np.searchsorted(self.places, numbers * self.shape[1])
        counts = np.searchsorted(self.places, (numbers + 1) * self.shape[1]) - begins
        which = np.repeat(np.arange(len(numbers)), counts)
        within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        return which, begins[which] + within

    def take_rows(self, numbers: Sequence[int]) -> Coordinates:
        wanted = np.asarray(numbers, dtype=np.int64)
        if len(wanted) == self.shape[0] and (wanted == np.arange(len(wanted))).all():
            return self
        which, nonzero = self.of_rows(wanted)
        places = which * self.shape[1] + self.columns[nonzero]
        return Coordinates((len(wanted), self.shape[1]), places, self.values[nonzero])


def _starts(increasing: np.ndarray) -> np.ndarray:
    """Where a new number begins."""
    return np.flatnonzero(np.concatenate([[True], increasing[1:] != increasing[:-1]])[: len(increasing)])


def nothing(shape: tuple[int, int], dtype: Any) -> Coordinates:
    """The zero matrix, which costs nothing at any size."""
    return Coordinates(shape, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=dtype))


def settled(a: Coordinates) -> Any:
    """As coordinates where that pays, else as an array."""
    return a if a.size >= LEAST and len(a.places) * SPARSE <= a.size else a.dense()


def condensed(array: np.ndarray, least: int = LEAST) -> Any:
    """An array of at least so many entries as coordinates where that pays."""
    if array.size < least or np.count_nonzero(array) * SPARSE > array.size:
        return array
    return _coordinates(array)


def factor(right: Any, rows: int) -> Any:
    """The right factor of an exact product, however small, by its nonzeros where the product is large and they are few."""
    return condensed(right, least=0) if type(right) is np.ndarray and rows * right.shape[1] >= 64 * LEAST else right


def _coordinates(array: Any) -> Coordinates:
    if isinstance(array, Coordinates):
        return array
    flat = np.ravel(array)
    places = np.flatnonzero(flat)
    return Coordinates(array.shape, places, flat[places])


def dense(a: Any) -> np.ndarray:
    return a.dense() if isinstance(a, Coordinates) else a


def taken(a: Any, rows: Sequence[int], columns: Sequence[int]) -> Any:
    """The submatrix with the given row and column numbers."""
    if isinstance(a, Coordinates):
        return settled(a.take_rows(rows).T.take_rows(columns).T)
    if len(columns) == a.shape[1] >= 64 and list(columns) == list(range(len(columns))):
        return a[list(rows)]  # whole rows, much faster
    return a[np.ix_(rows, columns)]


def joined(parts: Sequence[Any], axis: int) -> Any:
    """The parts on top of each other (axis 0) or next to each other (axis 1)."""
    if Coordinates not in map(type, parts):
        return np.concatenate(parts, axis=axis)
    lengths = [part.shape[axis] for part in parts]
    shape = (sum(lengths), parts[0].shape[1]) if axis == 0 else (parts[0].shape[0], sum(lengths))
    places, values, before = [], [], 0
    for part, length in zip(map(_coordinates, parts), lengths, strict=True):
        down, right = (before, 0) if axis == 0 else (0, before)
        places.append((part.rows + down) * shape[1] + part.columns + right)
        values.append(part.values)
        before += length
    return settled(Coordinates.summed(shape, np.concatenate(places), np.concatenate(values)))
