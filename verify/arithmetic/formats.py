"""Floating-point formats, and numpy's arithmetic in them.

What is assumed of a format: the standard model of rounding (each result is the exact one times 1 + δ, |δ| ≤ unit, plus at
most `smallest`, so that flushing subnormal numbers to zero is allowed), sums of products accumulated with `accumulate` bits
in any order, with or without fused multiply-add, exp within 4 units in the last place of the accumulating format, and
GeLU (either form) within 16 such units of its argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from constructions.matrix import Matrix, Unsupported
from constructions.matrix.floating import FloatArithmetic

EXP_ULPS = 4
GELU_ULPS = 16


@dataclass(frozen=True)
class Format:
    """bits of significand (with the leading one); bits in which sums accumulate; the smallest normal number."""

    name: str
    bits: int
    accumulate: int
    smallest: float

    @property
    def unit(self) -> float:
        """The unit roundoff of a stored result: one rounding from the accumulating format, if that is wider."""
        return 2.0**-self.bits + (2.0**-self.accumulate if self.accumulate > self.bits else 0.0)

    @property
    def sum_unit(self) -> float:
        return 2.0**-self.accumulate

    @property
    def stores(self) -> float:
        """The additional rounding when an accumulated sum is stored; 0 where sums are stored as they are."""
        return self.unit if self.accumulate > self.bits else 0.0

    @property
    def gelu_error(self) -> float:
        """Error of a computed GeLU, relative to its argument."""
        return 2 * GELU_ULPS * self.sum_unit + self.stores

    @property
    def exp_error(self) -> float:
        """Relative error of a computed exponential."""
        return 2 * EXP_ULPS * self.sum_unit + self.stores


BINARY64 = Format("float64", 53, 53, 2.0**-1022)
BINARY32 = Format("float32", 24, 24, 2.0**-126)
BFLOAT16 = Format("bfloat16", 8, 24, 2.0**-126)  # sums accumulate in float32 and are rounded once


class Floats(Protocol):
    """An arithmetic of floats: its format, and its entries as float64 arrays (exactly, every format fits)."""

    name: str
    format: Format

    def widened(self, a: Any) -> np.ndarray: ...


class NumpyFloats(FloatArithmetic):
    """numpy arrays of float64 or float32."""

    def __init__(self, format: Format) -> None:
        self.format, self.name = format, f"{format.name} in numpy"

    def lift(self, exact: Matrix) -> np.ndarray:
        return nearest(exact).astype(self.format.name)

    def widened(self, a: np.ndarray) -> np.ndarray:
        return a.astype(np.float64)


class NumpyBfloat16(NumpyFloats):
    """bfloat16 in numpy: float32 arrays whose entries are rounded to 8 bits after every operation, ties to even."""

    def __init__(self) -> None:
        super().__init__(BFLOAT16)

    @staticmethod
    def stored(a: np.ndarray) -> np.ndarray:
        patterns = np.ascontiguousarray(a, dtype=np.float32).view(np.uint32)
        rounded = (patterns + (0x7FFF + ((patterns >> 16) & 1))) & np.uint32(0xFFFF0000)
        return np.where(np.isfinite(a), rounded.view(np.float32), a).astype(np.float32)

    def lift(self, exact: Matrix) -> np.ndarray:
        return self.stored(nearest(exact).astype(np.float32))

    def add(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return self.stored(a + b)

    def times(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return self.stored(a * b)

    def scale(self, s: np.ndarray, a: np.ndarray) -> np.ndarray:
        return self.stored(s[0, 0] * a)

    def matmul(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return self.stored(a @ b)

    def reciprocal(self, a: np.ndarray) -> np.ndarray:
        return self.stored(super().reciprocal(a))

    def solve(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return self.stored(super().solve(a, b))

    def exp(self, a: np.ndarray) -> np.ndarray:
        return self.stored(super().exp(a))

    def smooth(self, function: str, a: np.ndarray, order: int = 0) -> np.ndarray:
        return self.stored(super().smooth(function, a, order))

    def reciprocal_sqrt(self, a: np.ndarray) -> np.ndarray:
        return self.stored(super().reciprocal_sqrt(a))

    def softmax(self, a: np.ndarray, visible: np.ndarray) -> np.ndarray:
        return self.stored(super().softmax(a, visible))

    def hardmax(self, a: np.ndarray, visible: np.ndarray) -> np.ndarray:
        return self.stored(super().hardmax(a, visible))


def nearest(exact: Matrix) -> np.ndarray:
    """The nearest float64 numbers."""
    entries = exact._entries
    flat = [numerator / entries.denominator for numerator in _within_range(entries.numerators.ravel().tolist())]
    return np.array(flat, dtype=np.float64).reshape(entries.shape)


def _within_range(numerators: list[int]) -> list[int]:
    if any(numerator.bit_length() > 1000 for numerator in numerators):
        raise Unsupported("a number of more than 1000 bits has no value in float64")
    return numerators
