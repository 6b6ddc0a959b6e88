"""Majorants: every number by its absolute value, minus as plus. They tell how many bits a computation needs to be exact.

A matrix is an array of whole numbers M and an exponent f: the true entry is k/2^f with |k| ≤ M, and so is every partial
sum on the way to it, in any order. A format of p bits therefore computes without rounding if every M on the way is ≤ 2^p.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from constructions.matrix import Arithmetic, Matrix
from verify.arithmetic.formats import Format


@dataclass(frozen=True, eq=False)
class Majorant:
    """Bounds on numerators (object array of int ≥ 0) over 2^exponent."""

    whole: np.ndarray
    exponent: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.whole.shape

    def over(self, exponent: int) -> np.ndarray:
        return self.whole * 2 ** (exponent - self.exponent)


class MajorantArithmetic(Arithmetic):
    """Absolute values in dyadic numbers; `bits` and `finest` grow with every operation, so use a fresh one for each run."""

    name = "dyadic numbers"

    def __init__(self) -> None:
        self.bits, self.finest, self.largest = 0, 0, 0

    def licenses(self, format: Format) -> bool:
        """Whether everything that ran here is exact in a format, whatever the order of summation."""
        smallest = int(np.log2(format.smallest))
        return self.bits <= format.bits and -self.finest >= smallest and self.largest <= -smallest - 2

    def _seen(self, whole: np.ndarray, exponent: int) -> Majorant:
        top = max(whole.flat, default=0)
        needed = max(int(top) - 1, 0).bit_length()  # every |k| ≤ 2^p is a number of p bits
        self.bits, self.finest = max(self.bits, needed), max(self.finest, exponent)
        self.largest = max(self.largest, needed - exponent)
        return Majorant(whole, exponent)

    def lift(self, exact: Matrix) -> Majorant:
        entries = exact._entries
        if entries.denominator & (entries.denominator - 1):
            self.unsupported(f"a multiple of 1/{entries.denominator}")
        common = int(np.gcd.reduce([0, *entries.numerators.flat]))
        zeros = (common & -common).bit_length() - 1 if common else 0
        return self._seen(abs(entries.numerators) // 2**zeros, entries.denominator.bit_length() - 1 - zeros)

    def add(self, a: Majorant, b: Majorant) -> Majorant:
        exponent = max(a.exponent, b.exponent)
        return self._seen(a.over(exponent) + b.over(exponent), exponent)

    def negate(self, a: Majorant) -> Majorant:
        return a

    def times(self, a: Majorant, b: Majorant) -> Majorant:
        return self._seen(a.whole * b.whole, a.exponent + b.exponent)

    def scale(self, s: Majorant, a: Majorant) -> Majorant:
        return self._seen(a.whole * s.whole[0, 0], a.exponent + s.exponent)

    def matmul(self, a: Majorant, b: Majorant) -> Majorant:
        empty = np.zeros((a.shape[0], b.shape[1]), dtype=int).astype(object)
        return self._seen(a.whole @ b.whole if a.shape[1] else empty, a.exponent + b.exponent)

    def transpose(self, a: Majorant) -> Majorant:
        return Majorant(a.whole.T, a.exponent)

    def take(self, a: Majorant, rows: list[int], columns: list[int]) -> Majorant:
        return Majorant(a.whole[np.ix_(rows, columns)], a.exponent)

    def join(self, parts: Sequence[Majorant], axis: int) -> Majorant:
        exponent = max(part.exponent for part in parts)
        return Majorant(np.concatenate([part.over(exponent) for part in parts], axis=axis), exponent)

    def relu(self, a: Majorant) -> Majorant:
        return a
