"""float64 with a running error bound: every entry is a float v and a bound e with |v − exact| ≤ e, rounding included.

For a product of k terms the rounding is at most γ_k |A||B| with γ_k = k·u/(1 − k·u), u = 2⁻⁵³, in any order of summation
(Higham, Accuracy and Stability of Numerical Algorithms, section 3.5). The bounds themselves are computed in float64 and
inflated by a factor that covers their own rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from constructions.matrix import Arithmetic, Matrix, Pole
from constructions.matrix.floating import FLOAT64

UNIT = 2.0**-53
TINY = 2.0**-1074  # one rounding in the subnormal range
INFLATE = 1 + 2.0**-30


@dataclass(frozen=True, eq=False)
class Bounded:
    """values and error bounds, both r × c."""

    values: np.ndarray
    errors: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.values.shape


def _rounded(values: np.ndarray, errors: np.ndarray, roundings: int = 1) -> Bounded:
    """A result of one operation: its propagated error, plus `roundings` units of the result."""
    return Bounded(values, (errors + roundings * (UNIT * np.abs(values) + TINY)) * INFLATE)


class RoundingArithmetic(Arithmetic):
    """(float64 value, error bound) pairs."""

    name = "float64 with error bounds"

    def lift(self, exact: Matrix) -> Bounded:
        values = FLOAT64.lift(exact)
        return _rounded(values, np.zeros_like(values))

    def add(self, a: Bounded, b: Bounded) -> Bounded:
        return _rounded(a.values + b.values, a.errors + b.errors)

    def negate(self, a: Bounded) -> Bounded:
        return Bounded(-a.values, a.errors)

    def times(self, a: Bounded, b: Bounded) -> Bounded:
        errors = np.abs(a.values) * b.errors + a.errors * np.abs(b.values) + a.errors * b.errors
        return _rounded(a.values * b.values, errors)

    def scale(self, s: Bounded, a: Bounded) -> Bounded:
        full = Bounded(np.full(a.shape, s.values[0, 0]), np.full(a.shape, s.errors[0, 0]))
        return self.times(full, a)

    def matmul(self, a: Bounded, b: Bounded) -> Bounded:
        terms = a.shape[1] + 2
        gamma = terms * UNIT / (1 - terms * UNIT)
        left, right = np.abs(a.values), np.abs(b.values)
        errors = gamma * (left @ right) + left @ b.errors + a.errors @ right + a.errors @ b.errors + terms * TINY
        return Bounded(a.values @ b.values, errors * INFLATE)

    def transpose(self, a: Bounded) -> Bounded:
        return Bounded(a.values.T, a.errors.T)

    def take(self, a: Bounded, rows: list[int], columns: list[int]) -> Bounded:
        picked = np.ix_(rows, columns)
        return Bounded(a.values[picked], a.errors[picked])

    def join(self, parts: Sequence[Bounded], axis: int) -> Bounded:
        return Bounded(*(np.concatenate([getattr(p, part) for p in parts], axis=axis) for part in ("values", "errors")))

    def reciprocal(self, a: Bounded) -> Bounded:
        """|1/v − 1/x| ≤ e / (|v| (|v| − e)) for |v − x| ≤ e < |v|."""
        room = np.abs(a.values) - a.errors
        if (room <= 0).any():
            raise Pole("division by a number that may be zero")
        return _rounded(1.0 / a.values, a.errors / (np.abs(a.values) * room))

    def relu(self, a: Bounded) -> Bounded:
        return Bounded(np.maximum(a.values, 0.0), a.errors)


ROUNDING = RoundingArithmetic()


def bounded(exact: Matrix) -> Matrix:
    """An exact matrix as float64 values with their rounding errors."""
    return Matrix(ROUNDING, ROUNDING.lift(exact))


def values_and_errors(a: Matrix) -> tuple[np.ndarray, np.ndarray]:
    entries = a._entries if a._arithmetic is ROUNDING else ROUNDING.lift(a)
    return entries.values, entries.errors
