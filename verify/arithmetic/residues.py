"""GF(p) in plain numpy, on arrays of Python integers in [0, p): slower than FLINT, and an independent check of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any

import numpy as np

from constructions.matrix import Arithmetic, Matrix, Pole
from constructions.matrix.rational import Rational


class NotInField(Pole):
    """A rational number whose denominator p divides has no value in GF(p); another prime has one."""


def name_of_field(p: int) -> str:
    """GF(2^127 − 1), or GF(p) by its length."""
    return f"GF(2^{p.bit_length()} − 1)" if p & (p + 1) == 0 else f"GF(p), p of {p.bit_length()} bits"


def inverse(x: int, p: int) -> int:
    """x⁻¹ modulo p."""
    return pow(int(x), -1, p)


def inverse_of_denominator(a: Rational, field: Any) -> int:
    """One over the common denominator of a rational matrix, modulo p."""
    if gcd(a.denominator, field.p) != 1:
        raise NotInField(f"1/{a.denominator} has no value in {field.name}: p divides the denominator")
    return inverse(a.denominator, field.p)


class Residues(Arithmetic):
    """Object arrays of integers modulo a prime."""

    def __init__(self, p: int) -> None:
        self.p = p
        self.name = name_of_field(p)

    def of(self, rows: int, columns: int, integers: Sequence[Any]) -> np.ndarray:
        """The matrix of the given integers, row by row."""
        out = np.empty(rows * columns, dtype=object)
        out[:] = [int(x) % self.p for x in integers]
        return out.reshape(rows, columns)

    def residues(self, a: np.ndarray) -> list[int]:
        """The entries as integers in [0, p), row by row."""
        return list(a.flat)

    def lift(self, exact: Matrix) -> np.ndarray:
        entries = exact._entries
        return entries.numerators * inverse_of_denominator(entries, self) % self.p

    def add(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a + b) % self.p

    def negate(self, a: np.ndarray) -> np.ndarray:
        return -a % self.p

    def times(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a * b % self.p

    def scale(self, s: np.ndarray, a: np.ndarray) -> np.ndarray:
        return s[0, 0] * a % self.p

    def matmul(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        if not a.shape[1]:
            return self.of(a.shape[0], b.shape[1], [0] * (a.shape[0] * b.shape[1]))
        return a @ b % self.p

    def transpose(self, a: np.ndarray) -> np.ndarray:
        return a.T

    def take(self, a: np.ndarray, rows: list[int], columns: list[int]) -> np.ndarray:
        return a[np.ix_(rows, columns)]

    def join(self, parts: Sequence[np.ndarray], axis: int) -> np.ndarray:
        return np.concatenate(parts, axis=axis)

    def reciprocal(self, a: np.ndarray) -> np.ndarray:
        if not all(a.flat):
            raise Pole("division by zero")
        return self.of(a.shape[0], a.shape[1], [inverse(x, self.p) for x in a.flat])

    def solve(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Gauss–Jordan elimination of [A | B]."""
        size = a.shape[0]
        rows = np.concatenate([a, b], axis=1)
        for k in range(size):
            pivot = next((i for i in range(k, size) if rows[i, k]), None)
            if pivot is None:
                raise Pole("singular linear system")
            rows[[k, pivot]] = rows[[pivot, k]]
            rows[k] = rows[k] * inverse(rows[k, k], self.p) % self.p
            others = [i for i in range(size) if i != k]
            rows[others] = (rows[others] - np.outer(rows[others, k], rows[k])) % self.p
        return rows[:, size:]


def self_test(field: Any) -> bool:
    """Whether the largest entries multiply and invert right: (p−1)·(p−1) = 1, k of them sum to k, and (p−1)⁻¹ = p−1."""
    k, top = 64, field.p - 1
    worst = field.of(k, k, [top] * (k * k))
    sums = set(field.residues(field.matmul(worst, worst)))
    one = field.of(1, 1, [top])
    inverse, solved = field.reciprocal(one), field.solve(one, one)
    return sums == {k % field.p} and field.residues(inverse) == [top] and field.residues(solved) == [1]
