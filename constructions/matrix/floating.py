"""float64: what a user runs. Exact weights become floats here, at the last moment, each correctly rounded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.matrix.arithmetic import Arithmetic, Pole, Unsupported
from constructions.matrix.coordinates import Coordinates, dense
from constructions.matrix.opaque import Matrix, entries_in, exact


class FloatArithmetic(Arithmetic):
    """IEEE binary64 on numpy arrays."""

    name = "float64"

    def lift(self, exact: Matrix) -> np.ndarray:
        integers, denominator = exact._entries.integers, exact._entries.denominator
        if isinstance(integers, Coordinates):
            return Coordinates(integers.shape, integers.places, rounded(integers.values, denominator)).dense()
        return rounded(integers, denominator)

    def add(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a + b

    def negate(self, a: np.ndarray) -> np.ndarray:
        return -a

    def times(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a * b

    def scale(self, s: np.ndarray, a: np.ndarray) -> np.ndarray:
        return s[0, 0] * a

    def matmul(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a @ b

    def transpose(self, a: np.ndarray) -> np.ndarray:
        return a.T

    def take(self, a: np.ndarray, rows: list[int], columns: list[int]) -> np.ndarray:
        return a[np.ix_(rows, columns)]

    def join(self, parts: Sequence[np.ndarray], axis: int) -> np.ndarray:
        return np.concatenate(parts, axis=axis)

    def reciprocal(self, a: np.ndarray) -> np.ndarray:
        if not a.all():
            raise Pole("division by zero")
        return 1.0 / a

    def solve(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        try:
            return np.linalg.solve(a, b)
        except np.linalg.LinAlgError as error:
            raise Pole(f"singular linear system: {error}") from error

    def relu(self, a: np.ndarray) -> np.ndarray:
        return np.maximum(a, 0.0)

    def smooth(self, function: str, a: np.ndarray, order: int = 0) -> np.ndarray:
        return SMOOTH[function, order](a.astype(np.float64)).astype(a.dtype)

    def reciprocal_sqrt(self, a: np.ndarray) -> np.ndarray:
        if not (a > 0).all():
            raise Pole("1/√ of a number that is not positive")
        return 1 / np.sqrt(a)

    def factor(self, word: str) -> np.ndarray:
        return self.lift(exact(FACTOR_VALUES[word]))

    def exp(self, a: np.ndarray) -> np.ndarray:
        return np.exp(a)

    def softmax(self, a: np.ndarray, visible: np.ndarray) -> np.ndarray:
        top = np.max(a, axis=1, keepdims=True, where=visible, initial=-np.inf)
        weights = np.exp(np.where(visible, a - top, -np.inf), where=visible, out=np.zeros_like(a))
        total = weights.sum(axis=1, keepdims=True)
        return np.divide(weights, total, where=total > 0, out=np.zeros_like(a))

    def hardmax(self, a: np.ndarray, visible: np.ndarray) -> np.ndarray:
        top = np.max(a, axis=1, keepdims=True, where=visible, initial=-np.inf)
        best = (visible & (a == top)).astype(np.float64)
        total = best.sum(axis=1, keepdims=True)
        return np.divide(best, total, where=total > 0, out=np.zeros_like(a))


def rounded(integers: np.ndarray, denominator: int) -> np.ndarray:
    """Integers of any size over a denominator, each quotient correctly rounded. Raises `Unsupported` beyond 10³⁰⁸."""
    try:
        if denominator == 1:
            return integers.astype(np.float64)
        quotients = [numerator / denominator for numerator in integers.ravel().tolist()]
    except OverflowError:
        raise Unsupported("a number beyond 1.8·10³⁰⁸ has no value in float64") from None
    return np.array(quotients, dtype=np.float64).reshape(integers.shape)


def _normal(a: np.ndarray) -> np.ndarray:
    """Φ(a), accurate in the lower tail too."""
    return np.vectorize(math.erfc, otypes=[np.float64])(-a / math.sqrt(2)) / 2


def _logistic(a: np.ndarray) -> np.ndarray:
    """(1 + tanh v)/2 = 1/(1 + e^{−2v}) for the v of GeLU's tanh form."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-2 * math.sqrt(2 / math.pi) * (a + 0.044715 * a**3)))


def _logistic_slope(a: np.ndarray) -> np.ndarray:
    share = _logistic(a)
    return share + a * share * (1 - share) * 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * a**2)


# Smooth functions and their derivatives, (name, order) → function of a float64 array.
SMOOTH = {
    ("gelu", 0): lambda a: a * _normal(a),
    ("gelu", 1): lambda a: _normal(a) + a * np.exp(-(a**2) / 2) / math.sqrt(2 * math.pi),
    ("gelu tanh", 0): lambda a: a * _logistic(a),
    ("gelu tanh", 1): _logistic_slope,
}
FACTOR_VALUES = {"√(π/2)": Fraction(math.sqrt(math.pi / 2))}
FLOAT64 = FloatArithmetic()


def floats(array: Any) -> Matrix:
    """A float64 `Matrix` from a 2-D numpy array (r × c)."""
    values = np.array(array, dtype=np.float64)  # a copy: what the caller does to the array is not our data
    if values.ndim != 2:
        raise ValueError(f"expected a matrix (2-D array), got shape {values.shape}")
    return Matrix(FLOAT64, values)


def array_of(a: Matrix) -> np.ndarray:
    """The entries as a float64 array (r × c)."""
    from constructions.matrix.sparse import SPARSE64  # which is made of this module

    return dense(a._entries) if a._arithmetic is SPARSE64 else entries_in(a, FLOAT64)
