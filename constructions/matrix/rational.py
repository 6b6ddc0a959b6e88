"""Exact rational matrices in plain numpy: integers over one common denominator.

One gcd a matrix instead of one an entry makes this about a hundred times faster than an array of `Fraction`. A matrix that is
large and mostly zeros is held by its nonzeros (`coordinates.py`), so that memory and time grow with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache, reduce
from math import gcd, lcm
from operator import or_

import numpy as np

from constructions.matrix.arithmetic import Arithmetic, Pole, check_length
from constructions.matrix.coordinates import (
    LEAST,
    Coordinates,
    condensed,
    dense,
    factor,
    joined,
    nothing,
    settled,
    taken,
)
from constructions.matrix.elimination import solution
from constructions.matrix.opaque import Matrix

SHORT = 64  # bits of numbers that are kept
MEASURED = 64  # entries; of a larger matrix the denominator alone is measured, for the price
LEAST_ZEROS = 64  # entries; a zero matrix of that size is held as such: biases are often 0


@dataclass(frozen=True, eq=False)
class Rational:
    """integers (an object array of int, or their coordinates) / denominator (int > 0), in lowest terms."""

    integers: np.ndarray | Coordinates
    denominator: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.integers.shape

    @property
    def numerators(self) -> np.ndarray:
        """The integers as an array, which is made anew where they are held by coordinates."""
        return self.integers if type(self.integers) is np.ndarray else dense(self.integers)

    @property
    def nonzeros(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows, columns and numerators of the nonzero entries, row after row, at their own price."""
        a = self.integers
        if isinstance(a, Coordinates):
            return a.rows, a.columns, a.values
        rows, columns = np.nonzero(a)
        return rows, columns, a[rows, columns]

    @cached_property
    def T(self) -> Rational:
        """One object however often it is asked for, so that what is derived from it can be kept."""
        return Rational(self.integers.T, self.denominator)

    @staticmethod
    def over(integers: np.ndarray | Coordinates, denominator: int) -> Rational:
        small = type(integers) is np.ndarray and 0 < integers.size <= MEASURED
        check_length(max(denominator, *map(abs, integers.flat)) if small else denominator)
        common = _common(integers.flat, denominator) if denominator != 1 else 1
        return Rational(integers // common, denominator // common) if common > 1 else Rational(integers, denominator)

    @staticmethod
    def of(rows: Sequence[Sequence[Fraction]], width: int = 0) -> Rational:
        """From fractions, row by row; `width` is the number of columns where there is no row to tell it."""
        denominator = lcm(1, *(entry.denominator for row in rows for entry in row))
        width = len(rows[0]) if rows else width
        flat = [entry.numerator * (denominator // entry.denominator) for row in rows for entry in row]
        integers = _array(flat, (len(rows), width))
        return Rational(integers if len(flat) < LEAST else condensed(integers), denominator)

    def fractions(self) -> list[list[Fraction]]:
        if not isinstance(a := self.integers, Coordinates):
            return [[Fraction(entry, self.denominator) for entry in row] for row in a.tolist()]
        rows = [[Fraction(0)] * a.shape[1] for _ in range(a.shape[0])]
        for i, j, entry in zip(a.rows.tolist(), a.columns.tolist(), a.values.tolist(), strict=True):
            rows[i][j] = Fraction(entry, self.denominator)
        return rows


def _common(numbers: Iterable[int], denominator: int) -> int:
    """The greatest common divisor; of a power of two and others it is the lowest bit that is set in any of them."""
    if denominator & (denominator - 1):
        return gcd(denominator, *numbers)
    bits = reduce(or_, numbers, denominator)
    return bits & -bits


def _array(flat: Sequence[int], shape: tuple[int, int]) -> np.ndarray:
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(shape)


class RationalArithmetic(Arithmetic):
    """ℚ, exactly."""

    name = "exact rationals"

    def __reduce__(self) -> str:
        """There is one: a copy of a matrix is over the same numbers."""
        return "RATIONAL"

    def lift(self, exact: Matrix) -> Rational:
        return exact._entries

    def add(self, a: Rational, b: Rational) -> Rational:
        if a.denominator == b.denominator:
            return Rational.over(a.integers + b.integers, a.denominator)
        denominator = lcm(a.denominator, b.denominator)
        sums = a.integers * (denominator // a.denominator) + b.integers * (denominator // b.denominator)
        return Rational.over(sums, denominator)

    def negate(self, a: Rational) -> Rational:
        return Rational(-a.integers, a.denominator)

    def times(self, a: Rational, b: Rational) -> Rational:
        return Rational.over(a.integers * b.integers, a.denominator * b.denominator)

    def scale(self, s: Rational, a: Rational) -> Rational:
        factor = dense(s.integers)[0, 0]
        if not factor and a.integers.size >= LEAST_ZEROS:
            return Rational(nothing(a.shape, object), 1)
        return Rational.over(a.integers * factor, a.denominator * s.denominator)

    def matmul(self, a: Rational, b: Rational) -> Rational:
        if not a.shape[1]:
            return Rational(np.full((a.shape[0], b.shape[1]), 0, dtype=object), 1)
        return Rational.over(a.integers @ factor(b.integers, a.shape[0]), a.denominator * b.denominator)

    def transpose(self, a: Rational) -> Rational:
        return a.T

    def take(self, a: Rational, rows: list[int], columns: list[int]) -> Rational:
        return Rational.over(taken(a.integers, rows, columns), a.denominator)

    def join(self, parts: Sequence[Rational], axis: int) -> Rational:
        denominator = lcm(*(part.denominator for part in parts))
        factors = [denominator // part.denominator for part in parts]
        scaled = [a.integers if factor == 1 else a.integers * factor for a, factor in zip(parts, factors, strict=True)]
        return Rational(joined(scaled, axis), denominator)

    def reciprocal(self, a: Rational) -> Rational:
        if not all(a.numerators.flat):
            raise Pole("division by zero")
        return Rational.of([[1 / entry for entry in row] for row in a.fractions()], a.shape[1])

    def solve(self, a: Rational, b: Rational) -> Rational:
        return Rational.over(*solution(a.numerators * b.denominator, b.numerators * a.denominator))

    def relu(self, a: Rational) -> Rational:
        return Rational.over(np.where(a.numerators > 0, a.numerators, 0), a.denominator)

    def hardmax(self, a: Rational, visible: np.ndarray) -> Rational:
        scores = a.numerators
        below = scores.min(initial=0) - 1  # what nobody sees cannot win
        seen = np.where(visible, scores, below)
        best = visible & (seen == seen.max(axis=1, initial=below, keepdims=True)).astype(bool)
        winners = [max(count, 1) for count in best.sum(axis=1).tolist()]
        common = lcm(*winners)
        shares = _array([common // count for count in winners], (len(winners), 1))
        return Rational.over(np.where(best, shares, 0), common)


RATIONAL = RationalArithmetic()
RATIONAL.moves = True  # this one's only: an arithmetic that is derived from it has numbers of its own


def number(numerator: int, denominator: int) -> Matrix:
    """A fraction in lowest terms as a 1×1 matrix; a short one is one object however often it is asked for."""
    short = numerator.bit_length() <= SHORT and denominator.bit_length() <= SHORT
    return (_number if short else _number.__wrapped__)(numerator, denominator)


@lru_cache(maxsize=4096)
def _number(numerator: int, denominator: int) -> Matrix:
    one = _array([numerator], (1, 1))
    one.flags.writeable = False
    return Matrix(RATIONAL, Rational(one, denominator))


def rational_matrix(integers: np.ndarray) -> Matrix:
    """An exact matrix from a 2-D array of integers."""
    found = np.asarray(integers)
    if found.size < LEAST or isinstance(found := condensed(found), np.ndarray):
        return Matrix(RATIONAL, Rational(found.astype(object), 1))
    return sparse_matrix(found.shape, found.places, found.values)


def sparse_matrix(shape: tuple[int, int], places: np.ndarray, values: np.ndarray) -> Matrix:
    """An exact matrix from its nonzero integers and where they stand: i·columns + j, increasing."""
    return Matrix(RATIONAL, Rational(settled(Coordinates(shape, places.astype(np.int64), values.astype(object))), 1))


def fractions_of(a: Matrix) -> list[list[Fraction]]:
    """The entries of an exact matrix, row by row."""
    if a._arithmetic is not RATIONAL:
        raise TypeError(f"expected an exact matrix, got one over {a._arithmetic.name}")
    return a._entries.fractions()


def nonzeros_of(a: Matrix) -> list[tuple[int, int, Fraction]] | None:
    """Row, column and value of the nonzero entries of an exact matrix, at their own price; None for any other matrix."""
    if a._arithmetic is not RATIONAL:
        return None
    places = zip(*(part.tolist() for part in a._entries.nonzeros), strict=True)
    return [(i, j, Fraction(entry, a._entries.denominator)) for i, j, entry in places]
