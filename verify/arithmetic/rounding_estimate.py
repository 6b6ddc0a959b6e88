"""How large rounding errors will typically be, before anybody runs a float network: root mean squares, and no bounds.

Every entry is a value and the standard deviation of its error, each rounding being an independent error of 0.4 units (that of
a rounding at a random place), and nothing where the result has few bits and needs no rounding. `rounding.py` has bounds; they
are 10 to 1000 times larger, and so tell where a limit ends much too early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from constructions.matrix import Arithmetic, Matrix
from constructions.matrix.floating import FLOAT64
from verify.arithmetic.formats import Format, nearest

TYPICAL = 0.4
CERTAIN = 45  # bits: a float64 value with no more of them is taken for exact


@dataclass(frozen=True, eq=False)
class Estimate:
    """Values, and the variances of their errors, both r × c in float64."""

    values: np.ndarray
    variance: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.values.shape


class EstimateArithmetic(Arithmetic):
    """(value, variance) pairs for one format."""

    def __init__(self, format: Format) -> None:
        self.format, self.name = format, f"typical rounding in {format.name}"

    def _stored(self, values: np.ndarray, variance: Any, units: float = 1.0) -> Estimate:
        """A result of one operation, rounded once."""
        mantissa = np.ldexp(np.frexp(values)[0], min(self.format.bits, CERTAIN))
        rounding = np.where(mantissa == np.rint(mantissa), 0.0, TYPICAL * units * self.format.unit * np.abs(values))
        return Estimate(values, variance + rounding**2)

    def lift(self, exact: Matrix) -> Estimate:
        values = nearest(exact)
        return self._stored(values, np.zeros(values.shape))

    def add(self, a: Estimate, b: Estimate) -> Estimate:
        return self._stored(a.values + b.values, a.variance + b.variance)

    def negate(self, a: Estimate) -> Estimate:
        return Estimate(-a.values, a.variance)

    def times(self, a: Estimate, b: Estimate) -> Estimate:
        return self._stored(a.values * b.values, a.values**2 * b.variance + a.variance * b.values**2)

    def scale(self, s: Estimate, a: Estimate) -> Estimate:
        return self.times(Estimate(s.values[0, 0], s.variance[0, 0]), a)

    def matmul(self, a: Estimate, b: Estimate) -> Estimate:
        left, right = a.values**2, b.values**2
        variance = left @ b.variance + a.variance @ right
        if self._stored(np.abs(a.values) @ np.abs(b.values), 0.0).variance.any():
            variance = variance + (TYPICAL * self.format.sum_unit) ** 2 * (left @ right)
        return self._stored(a.values @ b.values, variance)

    def transpose(self, a: Estimate) -> Estimate:
        return Estimate(a.values.T, a.variance.T)

    def take(self, a: Estimate, rows: list[int], columns: list[int]) -> Estimate:
        return Estimate(a.values[np.ix_(rows, columns)], a.variance[np.ix_(rows, columns)])

    def join(self, parts: Sequence[Estimate], axis: int) -> Estimate:
        values, variance = ([getattr(part, name) for part in parts] for name in ("values", "variance"))
        return Estimate(np.concatenate(values, axis=axis), np.concatenate(variance, axis=axis))

    def reciprocal(self, a: Estimate) -> Estimate:
        return self._stored(FLOAT64.reciprocal(a.values), a.variance / a.values**4)

    def reciprocal_sqrt(self, a: Estimate) -> Estimate:
        return self._stored(FLOAT64.reciprocal_sqrt(a.values), a.variance / (4 * np.abs(a.values) ** 3))

    def relu(self, a: Estimate) -> Estimate:
        return Estimate(FLOAT64.relu(a.values), a.variance * (a.values > 0))

    def exp(self, a: Estimate) -> Estimate:
        values = FLOAT64.exp(a.values)
        return self._stored(values, values**2 * a.variance)

    def smooth(self, function: str, a: Estimate, order: int = 0) -> Estimate:
        slopes = FLOAT64.smooth(function, a.values, order + 1)
        return self._stored(FLOAT64.smooth(function, a.values, order), slopes**2 * a.variance)

    def factor(self, word: str) -> Estimate:
        return self._stored(FLOAT64.factor(word), np.zeros((1, 1)))

    def softmax(self, a: Estimate, visible: np.ndarray) -> Estimate:
        """δp_i = p_i (δs_i − Σ_j p_j δs_j)."""
        p = FLOAT64.softmax(a.values, visible)
        spread = (p**2 * a.variance).sum(axis=1, keepdims=True)
        return self._stored(p, p**2 * ((1 - 2 * p) * a.variance + spread), 2.0)

    def hardmax(self, a: Estimate, visible: np.ndarray) -> Estimate:
        return self._stored(FLOAT64.hardmax(a.values, visible), np.zeros(a.shape))
