"""Exact rational matrices in plain numpy: integers over one common denominator.

One gcd a matrix instead of one an entry makes this about a hundred times faster than an array of `Fraction`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np

from constructions.matrix.arithmetic import Arithmetic, Pole
from constructions.matrix.opaque import Matrix


@dataclass(frozen=True, eq=False)
class Rational:
    """numerators (object array of int) / denominator (int > 0), in lowest terms."""

    numerators: np.ndarray
    denominator: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.numerators.shape

    @staticmethod
    def over(numerators: np.ndarray, denominator: int) -> Rational:
        common = gcd(denominator, *numerators.flat) if denominator != 1 else 1
        return (
            Rational(numerators // common, denominator // common) if common > 1 else Rational(numerators, denominator)
        )

    @staticmethod
    def of(rows: Sequence[Sequence[Fraction]], width: int = 0) -> Rational:
        """From fractions, row by row; `width` is the number of columns where there is no row to tell it."""
        denominator = lcm(1, *(entry.denominator for row in rows for entry in row))
        width = len(rows[0]) if rows else width
        flat = [entry.numerator * (denominator // entry.denominator) for row in rows for entry in row]
        return Rational(_array(flat, (len(rows), width)), denominator)

    def fractions(self) -> list[list[Fraction]]:
        return [[Fraction(entry, self.denominator) for entry in row] for row in self.numerators.tolist()]


def _array(flat: Sequence[int], shape: tuple[int, int]) -> np.ndarray:
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(shape)


class RationalArithmetic(Arithmetic):
    """ℚ, exactly."""

    name = "exact rationals"

    def lift(self, exact: Matrix) -> Rational:
        return exact._entries

    def add(self, a: Rational, b: Rational) -> Rational:
        if a.denominator == b.denominator:
            return Rational.over(a.numerators + b.numerators, a.denominator)
        denominator = lcm(a.denominator, b.denominator)
        sums = a.numerators * (denominator // a.denominator) + b.numerators * (denominator // b.denominator)
        return Rational.over(sums, denominator)

    def negate(self, a: Rational) -> Rational:
        return Rational(-a.numerators, a.denominator)

    def times(self, a: Rational, b: Rational) -> Rational:
        return Rational.over(a.numerators * b.numerators, a.denominator * b.denominator)

    def scale(self, s: Rational, a: Rational) -> Rational:
        return Rational.over(a.numerators * s.numerators[0, 0], a.denominator * s.denominator)

    def matmul(self, a: Rational, b: Rational) -> Rational:
        if not a.shape[1]:
            return Rational(_array([0] * (a.shape[0] * b.shape[1]), (a.shape[0], b.shape[1])), 1)
        return Rational.over(a.numerators @ b.numerators, a.denominator * b.denominator)

    def transpose(self, a: Rational) -> Rational:
        return Rational(a.numerators.T, a.denominator)

    def take(self, a: Rational, rows: list[int], columns: list[int]) -> Rational:
        return Rational.over(a.numerators[np.ix_(rows, columns)], a.denominator)

    def join(self, parts: Sequence[Rational], axis: int) -> Rational:
        denominator = lcm(*(part.denominator for part in parts))
        scaled = [part.numerators * (denominator // part.denominator) for part in parts]
        return Rational(np.concatenate(scaled, axis=axis), denominator)

    def reciprocal(self, a: Rational) -> Rational:
        if not all(a.numerators.flat):
            raise Pole("division by zero")
        return Rational.of([[1 / entry for entry in row] for row in a.fractions()], a.shape[1])

    def solve(self, a: Rational, b: Rational) -> Rational:
        """Fraction-free (Bareiss) elimination of the integers [A | B], then one division by the determinant."""
        size = a.shape[0]
        rows = np.concatenate([a.numerators * b.denominator, b.numerators * a.denominator], axis=1)
        previous = 1
        for k in range(size):
            pivot = next((i for i in range(k, size) if rows[i, k]), None)
            if pivot is None:
                raise Pole("singular linear system")
            rows[[k, pivot]] = rows[[pivot, k]]
            for i in range(size):
                if i != k:
                    rows[i] = (rows[i] * rows[k, k] - rows[k] * rows[i, k]) // previous
            previous = rows[k, k]
        sign = -1 if previous < 0 else 1
        return Rational.over(sign * rows[:, size:], sign * previous)

    def relu(self, a: Rational) -> Rational:
        return Rational.over(np.where(a.numerators > 0, a.numerators, 0), a.denominator)

    def hardmax(self, a: Rational, visible: np.ndarray) -> Rational:
        rows = []
        for scores, seen in zip(a.numerators.tolist(), visible.tolist(), strict=True):
            top = max((score for score, see in zip(scores, seen, strict=True) if see), default=None)
            best = [see and score == top for score, see in zip(scores, seen, strict=True)]
            rows.append([Fraction(int(wins), max(sum(best), 1)) for wins in best])
        return Rational.of(rows, a.shape[1])


RATIONAL = RationalArithmetic()


def rational_matrix(integers: np.ndarray) -> Matrix:
    """An exact matrix from a 2-D array of integers."""
    return Matrix(RATIONAL, Rational(np.asarray(integers).astype(object), 1))


def fractions_of(a: Matrix) -> list[list[Fraction]]:
    """The entries of an exact matrix, row by row."""
    if a._arithmetic is not RATIONAL:
        raise TypeError(f"expected an exact matrix, got one over {a._arithmetic.name}")
    return a._entries.fractions()
