"""Floats with a running error bound: every entry is a float v and a bound e with |v − exact| ≤ e, rounding included.

The values are those of any float arithmetic (numpy, torch; `formats.py` says what is assumed of it). For a product of k
terms the rounding is at most γ_k |A||B| with γ_k = k·u/(1 − k·u), in any order of summation (Higham, Accuracy and Stability
of Numerical Algorithms, section 3.5), and 0 where all numbers are known to fit. The bounds themselves are computed in
float64 and inflated by a factor that covers their own rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from constructions.matrix import Arithmetic, Matrix, Pole
from constructions.matrix.opaque import entries_in
from verify.arithmetic.error_bounds import exp_error, fits, gamma, grain, maximum_error, softmax_error, solution_error
from verify.arithmetic.formats import BINARY64, NumpyFloats

INFLATE = 1 + 2.0**-30


@dataclass(frozen=True, eq=False)
class Bounded:
    """values as the arithmetic stores them, the same as float64, and error bounds, all r × c."""

    values: Any
    wide: np.ndarray
    errors: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.wide.shape


class RoundingArithmetic(Arithmetic):
    """(value, error bound) pairs over a float arithmetic `floats`."""

    def __init__(self, floats: Any) -> None:
        self.floats, self.format = floats, floats.format
        self.name = f"{floats.name} with error bounds"

    def known(self, values: Any) -> Bounded:
        """Values that are meant exactly as they are stored."""
        wide = self.floats.widened(values)
        return Bounded(values, wide, np.zeros(wide.shape))

    def _bounded(self, values: Any, errors: np.ndarray) -> Bounded:
        wide = self.floats.widened(values)
        if not (np.isfinite(wide).all() and np.isfinite(errors).all()):
            self.unsupported("a number beyond the range of the format")
        return Bounded(values, wide, errors * INFLATE)

    def _rounded(self, values: Any, errors: np.ndarray, roundings: int = 1) -> Bounded:
        """A result of one operation: its propagated error, plus `roundings` units of the result."""
        rounding = self.format.unit * np.abs(self.floats.widened(values)) + self.format.smallest
        return self._bounded(values, errors + roundings * rounding)

    def lift(self, exact: Matrix) -> Bounded:
        entries, values = exact._entries, self.floats.lift(exact)
        whole = not entries.denominator & (entries.denominator - 1) and entries.denominator.bit_length() < 100
        if whole and max(map(abs, entries.numerators.flat), default=0) <= 2**self.format.bits:
            return self.known(values)
        return self._rounded(values, np.zeros(entries.shape), 2)  # to float64 first, then to the format

    def add(self, a: Bounded, b: Bounded) -> Bounded:
        values, errors = self.floats.add(a.values, b.values), a.errors + b.errors
        unit = min(grain(a.wide), grain(b.wide))
        exact = fits(np.abs(a.wide) + np.abs(b.wide), unit, self.format.bits, self.format)
        return self._bounded(values, errors) if exact else self._rounded(values, errors)

    def negate(self, a: Bounded) -> Bounded:
        return Bounded(self.floats.negate(a.values), -a.wide, a.errors)

    def times(self, a: Bounded, b: Bounded) -> Bounded:
        return self._product(a, b, self.floats.times(a.values, b.values))

    def scale(self, s: Bounded, a: Bounded) -> Bounded:
        return self._product(s, a, self.floats.scale(s.values, a.values))

    def _product(self, a: Bounded, b: Bounded, values: Any) -> Bounded:
        left, right = np.abs(a.wide), np.abs(b.wide)
        errors = left * b.errors + a.errors * right + a.errors * b.errors
        exact = fits(left * right, grain(a.wide) + grain(b.wide), self.format.bits, self.format)
        return self._bounded(values, errors) if exact else self._rounded(values, errors)

    def matmul(self, a: Bounded, b: Bounded) -> Bounded:
        values, terms = self.floats.matmul(a.values, b.values), a.shape[1] + 2
        left, right, unit = np.abs(a.wide), np.abs(b.wide), grain(a.wide) + grain(b.wide)
        majorant = left @ right
        errors = left @ b.errors + a.errors @ right + a.errors @ b.errors
        if not fits(majorant, unit, self.format.accumulate, self.format):
            errors += gamma(terms, self.format.sum_unit) * majorant + terms * self.format.smallest
        if self.format.stores and not fits(majorant, unit, self.format.bits, self.format):
            return self._rounded(values, errors)
        return self._bounded(values, errors)

    def transpose(self, a: Bounded) -> Bounded:
        return Bounded(self.floats.transpose(a.values), a.wide.T, a.errors.T)

    def take(self, a: Bounded, rows: list[int], columns: list[int]) -> Bounded:
        picked = np.ix_(rows, columns)
        return Bounded(self.floats.take(a.values, rows, columns), a.wide[picked], a.errors[picked])

    def join(self, parts: Sequence[Bounded], axis: int) -> Bounded:
        wide, errors = (np.concatenate([getattr(p, part) for p in parts], axis=axis) for part in ("wide", "errors"))
        return Bounded(self.floats.join([p.values for p in parts], axis), wide, errors)

    def reciprocal(self, a: Bounded) -> Bounded:
        """|1/v − 1/x| ≤ e / (|v| (|v| − e)) for |v − x| ≤ e < |v|."""
        room = np.abs(a.wide) - a.errors
        if (room <= 0).any():
            raise Pole("division by a number that may be zero")
        return self._rounded(self.floats.reciprocal(a.values), a.errors / (np.abs(a.wide) * room))

    def solve(self, a: Bounded, b: Bounded) -> Bounded:
        values = self.floats.solve(a.values, b.values)
        wide = self.floats.widened(values)
        return self._bounded(values, solution_error(a.wide, a.errors, b.wide, b.errors, wide, self.format))

    def relu(self, a: Bounded) -> Bounded:
        return self._bounded(self.floats.relu(a.values), a.errors)

    def gelu(self, a: Bounded) -> Bounded:
        return self._gelu(a, self.floats.gelu(a.values))

    def gelu_tanh(self, a: Bounded) -> Bounded:
        return self._gelu(a, self.floats.gelu_tanh(a.values))

    def _gelu(self, a: Bounded, values: Any) -> Bounded:
        """Both forms have slopes between −0.2 and 1.2, and |GeLU(a)| ≤ |a|."""
        return self._bounded(values, 1.2 * a.errors + self.format.gelu_error * np.abs(a.wide) + self.format.smallest)

    def reciprocal_sqrt(self, a: Bounded) -> Bounded:
        """|1/√v − 1/√x| ≤ e / (2 (v − e)^{3/2}) for |v − x| ≤ e < v."""
        room = a.wide - a.errors
        if (room <= 0).any():
            raise Pole("1/√ of a number that may not be positive")
        return self._rounded(self.floats.reciprocal_sqrt(a.values), a.errors / (2 * room**1.5), 3)

    def factor(self, word: str) -> Bounded:
        return self._rounded(self.floats.factor(word), np.zeros((1, 1)), 2)

    def exp(self, a: Bounded) -> Bounded:
        values = self.floats.exp(a.values)
        return self._bounded(values, exp_error(self.floats.widened(values), a.errors, self.format))

    def softmax(self, a: Bounded, visible: np.ndarray) -> Bounded:
        values = self.floats.softmax(a.values, visible)
        wide = self.floats.widened(values)
        return self._bounded(values, softmax_error(a.wide, a.errors, visible, wide, self.format))

    def hardmax(self, a: Bounded, visible: np.ndarray) -> Bounded:
        values = self.floats.hardmax(a.values, visible)
        errors = maximum_error(a.wide, a.errors, visible, self.floats.widened(values), self.format)
        if errors is None:
            self.unsupported("a maximum of uncertain numbers")
        return self._bounded(values, errors)


ROUNDING = RoundingArithmetic(NumpyFloats(BINARY64))


def bounded(exact: Matrix, arithmetic: RoundingArithmetic = ROUNDING) -> Matrix:
    """An exact matrix as floats with their rounding errors."""
    return Matrix(arithmetic, arithmetic.lift(exact))


def values_and_errors(a: Matrix, arithmetic: RoundingArithmetic = ROUNDING) -> tuple[np.ndarray, np.ndarray]:
    entries = entries_in(a, arithmetic)
    return entries.wide, entries.errors
