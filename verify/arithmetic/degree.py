"""Degrees instead of numbers: every entry is a bound on the degree of its numerator, over one factored denominator a matrix.

Running the network and the algorithm here bounds the degree of their difference as a rational function of the data and the
parameters. Zero entries are −∞. A division creates one new denominator factor with an identity of its own, so that sums over
one denominator do not multiply it. Degrees are float64, exact below 2⁵³ and rounded up by `margin` beyond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from constructions.matrix import Arithmetic, Matrix, Pole, Unsupported
from constructions.matrix.rational import fractions_of

ZERO = -np.inf
_identities = count()


@dataclass(frozen=True, eq=False)
class Degrees:
    """Numerator degrees (r × c) over Π factor^multiplicity; `factors` maps an identity to (degree, multiplicity)."""

    numerators: np.ndarray
    factors: Mapping[int, tuple[float, int]]

    @property
    def shape(self) -> tuple[int, int]:
        return self.numerators.shape

    @property
    def denominator(self) -> float:
        return sum(degree * multiplicity for degree, multiplicity in self.factors.values())

    @property
    def top(self) -> float:
        """The largest numerator degree; 0 for constants and for the zero matrix."""
        return max(0.0, float(self.numerators.max(initial=ZERO)))


def _common(parts: Sequence[Degrees]) -> tuple[list[np.ndarray], dict[int, tuple[float, int]]]:
    """The parts over the least common multiple of their denominators."""
    factors: dict[int, tuple[float, int]] = {}
    for part in parts:
        for key, (degree, multiplicity) in part.factors.items():
            factors[key] = (degree, max(multiplicity, factors.get(key, (degree, 0))[1]))
    total = sum(degree * multiplicity for degree, multiplicity in factors.values())
    return [part.numerators + (total - part.denominator) for part in parts], factors


def _product_factors(a: Degrees, b: Degrees) -> dict[int, tuple[float, int]]:
    factors = dict(a.factors)
    for key, (degree, multiplicity) in b.factors.items():
        factors[key] = (degree, multiplicity + factors.get(key, (degree, 0))[1])
    return factors


class DegreeArithmetic(Arithmetic):
    """Upper bounds on degrees in the variables (data and parameters)."""

    name = "degrees"

    def lift(self, exact: Matrix) -> Degrees:
        values = np.array([[0.0 if entry else ZERO for entry in row] for row in fractions_of(exact)])
        return Degrees(values.reshape(exact.shape), {})

    def add(self, a: Degrees, b: Degrees) -> Degrees:
        (left, right), factors = _common((a, b))
        return Degrees(np.maximum(left, right), factors)

    def negate(self, a: Degrees) -> Degrees:
        return a

    def times(self, a: Degrees, b: Degrees) -> Degrees:
        return Degrees(a.numerators + b.numerators, _product_factors(a, b))

    def scale(self, s: Degrees, a: Degrees) -> Degrees:
        return Degrees(s.numerators[0, 0] + a.numerators, _product_factors(s, a))

    def matmul(self, a: Degrees, b: Degrees) -> Degrees:
        columns = [(a.numerators + column[None, :]).max(axis=1, initial=ZERO) for column in b.numerators.T]
        shape = (a.shape[0], b.shape[1])
        return Degrees(np.stack(columns, axis=1) if columns else np.zeros(shape), _product_factors(a, b))

    def transpose(self, a: Degrees) -> Degrees:
        return Degrees(a.numerators.T, a.factors)

    def take(self, a: Degrees, rows: list[int], columns: list[int]) -> Degrees:
        return Degrees(a.numerators[np.ix_(rows, columns)], a.factors)

    def join(self, parts: Sequence[Degrees], axis: int) -> Degrees:
        aligned, factors = _common(parts)
        return Degrees(np.concatenate(aligned, axis=axis), factors)

    def reciprocal(self, a: Degrees) -> Degrees:
        """1/a_ij = (Π of the other numerators) · denominator / Π of all numerators."""
        if np.isneginf(a.numerators).any():
            raise Pole("division by a number that is always zero")
        total = float(a.numerators.sum())
        factors = {next(_identities): (total, 1)} if total else {}
        return Degrees(total - a.numerators + a.denominator, factors)

    def solve(self, a: Degrees, b: Degrees) -> Degrees:
        """Cramer: A⁻¹B = adj(N) N_B D_A / (det(N) D_B) for A = N/D_A, B = N_B/D_B; adj has degree (k−1)·deg N, det k·deg N."""
        size = a.shape[0]
        factors = dict(b.factors)
        if a.top * size:
            factors[next(_identities)] = (a.top * size, 1)
        columns = b.numerators.max(axis=0, initial=ZERO)
        numerators = np.broadcast_to((size - 1) * a.top + columns + a.denominator, b.shape)
        return Degrees(numerators, factors)


DEGREE = DegreeArithmetic()


def variables(rows: int, columns: int) -> Matrix:
    """A matrix of independent variables: degree 1 everywhere."""
    return Matrix(DEGREE, Degrees(np.ones((rows, columns)), {}))


def degrees_of(a: Matrix) -> Degrees:
    """The degrees of a matrix over `DEGREE`, or of an exact matrix."""
    return a._entries if a._arithmetic is DEGREE else DEGREE.lift(a)


def margin(degree: float) -> int:
    """A whole number that is at least the degree, float rounding included."""
    if not np.isfinite(degree):
        raise Unsupported("the degree bound is too large to be stated")
    return int(degree) if degree < 2**53 else int(degree * (1 + 2**-20)) + 1
