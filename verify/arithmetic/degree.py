"""Degrees instead of numbers: every entry is a bound on the degree of its numerator, over one factored denominator a matrix.

Running the network and the algorithm here bounds the degree of their difference as a rational function of the data and the
parameters. Zero entries are −∞. A division creates one new denominator factor with an identity of its own, so that sums over
one denominator do not multiply it; the denominator of an exact constant is a factor of degree 0.

Beside the degrees runs one number a matrix, the *height*: numerators and factors are polynomials with integer coefficients,
and 2^height bounds the sum of the absolute values of the coefficients of each. So fewer than height/b primes above 2^b divide
all coefficients of a numerator that is not zero.

Everything is float64, added and maximised but never subtracted, so that rounding (beyond 2⁵³) is relative; `margin` rounds up.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import count
from math import log2

import numpy as np

from constructions.matrix import Arithmetic, Matrix, Pole
from constructions.matrix.opaque import entries_in
from verify.arithmetic.factors import ZERO, Degrees, Factor, common, product

_identities = count()


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """The rows without repetitions, and for every row the number of its representative."""
    numbers: dict[bytes, int] = {}
    inverse = [numbers.setdefault(row.tobytes(), len(numbers)) for row in rows]
    first = [inverse.index(number) for number in range(len(numbers))]
    return rows[first], inverse


def max_plus(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """out_ij = max_k a_ik + b_kj; networks have few different rows and columns."""
    if not (len(a) and b.shape[1]):
        return np.zeros((len(a), b.shape[1]))
    (rows, to_row), (columns, to_column) = _distinct(a), _distinct(b.T)
    table = np.stack([(rows + column).max(axis=1, initial=ZERO) for column in columns], axis=1)
    return table[np.ix_(to_row, to_column)]


class DegreeArithmetic(Arithmetic):
    """Upper bounds on degrees in the variables (data and parameters).

    `divided` adds up degree and height of everything that was divided by: where none of it is zero, there is no pole.
    """

    name = "degrees"

    def __init__(self) -> None:
        self.divided = Factor(0.0, 0.0)

    def _dividing(self, degree: float, height: float) -> dict[Hashable, Factor]:
        self.divided = Factor(self.divided.degree + degree, self.divided.height + height)
        return {next(_identities): Factor(degree, height)}

    def lift(self, exact: Matrix) -> Degrees:
        entries = exact._entries
        height = log2(max(map(abs, entries.numerators.flat), default=1) or 1)
        factors: dict[Hashable, Factor] = {}
        if entries.denominator != 1:
            bits = log2(entries.denominator)
            factors = {("constant", entries.denominator): Factor(0.0, bits)}
            self.divided = Factor(self.divided.degree, self.divided.height + bits)
        return Degrees(np.where(entries.numerators.astype(bool), 0.0, ZERO), factors, height)

    def add(self, a: Degrees, b: Degrees) -> Degrees:
        (left, right), factors = common((a, b))
        return Degrees(np.maximum(left.numerators, right.numerators), factors, max(left.height, right.height) + 1)

    def negate(self, a: Degrees) -> Degrees:
        return a

    def times(self, a: Degrees, b: Degrees) -> Degrees:
        return Degrees(a.numerators + b.numerators, product(a, b), a.height + b.height)

    def scale(self, s: Degrees, a: Degrees) -> Degrees:
        return Degrees(s.numerators[0, 0] + a.numerators, product(s, a), s.height + a.height)

    def matmul(self, a: Degrees, b: Degrees) -> Degrees:
        height = a.height + b.height + log2(max(1, a.shape[1]))
        return Degrees(max_plus(a.numerators, b.numerators), product(a, b), height)

    def transpose(self, a: Degrees) -> Degrees:
        return Degrees(a.numerators.T, a.factors, a.height)

    def take(self, a: Degrees, rows: list[int], columns: list[int]) -> Degrees:
        return Degrees(a.numerators[np.ix_(rows, columns)], a.factors, a.height)

    def join(self, parts: Sequence[Degrees], axis: int) -> Degrees:
        aligned, factors = common(parts)
        together = np.concatenate([part.numerators for part in aligned], axis=axis)
        return Degrees(together, factors, max(part.height for part in aligned))

    def reciprocal(self, a: Degrees) -> Degrees:
        """1/a_ij = (Π of the other numerators) · denominator / Π of all numerators."""
        if np.isneginf(a.numerators).any():
            raise Pole("division by a number that is always zero")
        size, flat = a.numerators.size, a.numerators.ravel()
        before = np.concatenate([[0.0], np.cumsum(flat)])[:-1]
        after = np.concatenate([[0.0], np.cumsum(flat[::-1])])[:-1][::-1]
        factors = self._dividing(float(flat.sum()), size * a.height)
        height = max(size - 1, 0) * a.height + a.denominator_height
        return Degrees((before + after + a.denominator).reshape(a.shape), factors, height)

    def solve(self, a: Degrees, b: Degrees) -> Degrees:
        """Cramer: A⁻¹B = adj(N) N_B D_A / (det(N) D_B) for A = N/D_A, B = N_B/D_B; adj has degree (k−1)·deg N, det k·deg N.

        det N is a sum of k! ≤ k^k products of k entries.
        """
        size = a.shape[0]
        height = a.height + log2(max(1, size))
        factors = {**b.factors, **self._dividing(a.top * size, size * height)}
        columns = b.numerators.max(axis=0, initial=ZERO)
        numerators = np.broadcast_to(max(size - 1, 0) * a.top + columns + a.denominator, b.shape)
        return Degrees(numerators, factors, max(size, 1) * height + b.height + a.denominator_height)


DEGREE = DegreeArithmetic()


def degree_variables(rows: int, columns: int) -> Degrees:
    """Independent variables: degree 1 and coefficient 1 everywhere."""
    return Degrees(np.ones((rows, columns)), {})


def variables(rows: int, columns: int) -> Matrix:
    """A matrix of independent variables."""
    return Matrix(DEGREE, degree_variables(rows, columns))


def degrees_of(a: Matrix) -> Degrees:
    """The degrees of a matrix over `DEGREE`, or of an exact matrix."""
    return entries_in(a, DEGREE)
