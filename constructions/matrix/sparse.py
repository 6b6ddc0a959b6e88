"""float64 at the price of the nonzeros: weights that are mostly zeros stay coordinates, everything else is a numpy array.

Entries are those of `floating.py`; sums run over nonzeros alone, so results agree with it up to rounding. (Where a stream
overflows, 0 · ∞ is left out of a sum here, and makes it NaN there.) What an exact matrix is in floats is computed once and
kept as long as the exact matrix lives, since a network is run more often than it is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from constructions.matrix.coordinates import Coordinates, dense, joined, taken
from constructions.matrix.floating import FloatArithmetic, floats, rounded
from constructions.matrix.opaque import Matrix
from constructions.matrix.rational import Rational

WORTH = 64  # entries to a nonzero; with fewer, the dense product is faster (measured for 3 to 1024 tokens)


class SparseFloatArithmetic(FloatArithmetic):
    """IEEE binary64 on numpy arrays and `Coordinates`."""

    name = "float64, sparse"

    def __init__(self) -> None:
        self.known: WeakKeyDictionary[Rational, Any] = WeakKeyDictionary()

    def lift(self, exact: Matrix) -> Any:
        entries = exact._entries
        found = self.known.get(entries)
        if found is None:
            found = self.known[entries] = self._lifted(exact, entries.integers, entries.denominator)
        return found

    def _lifted(self, exact: Matrix, integers: Any, denominator: int) -> Any:
        if isinstance(integers, Coordinates) and len(integers.places) * WORTH <= integers.size:
            return Coordinates(integers.shape, integers.places, rounded(integers.values, denominator))
        array = super().lift(exact)
        array.flags.writeable = False  # it is handed out again
        return array

    def scale(self, s: Any, a: Any) -> Any:
        return super().scale(dense(s), a)

    def take(self, a: Any, rows: list[int], columns: list[int]) -> Any:
        return taken(a, rows, columns)

    def join(self, parts: Sequence[Any], axis: int) -> Any:
        return joined(parts, axis)

    def reciprocal(self, a: Any) -> np.ndarray:
        return super().reciprocal(dense(a))

    def solve(self, a: Any, b: Any) -> np.ndarray:
        return super().solve(dense(a), dense(b))

    def relu(self, a: Any) -> np.ndarray:
        return super().relu(dense(a))

    def smooth(self, function: str, a: Any, order: int = 0) -> np.ndarray:
        return super().smooth(function, dense(a), order)

    def reciprocal_sqrt(self, a: Any) -> np.ndarray:
        return super().reciprocal_sqrt(dense(a))

    def exp(self, a: Any) -> np.ndarray:
        return super().exp(dense(a))

    def softmax(self, a: Any, visible: np.ndarray) -> np.ndarray:
        return super().softmax(dense(a), visible)

    def hardmax(self, a: Any, visible: np.ndarray) -> np.ndarray:
        return super().hardmax(dense(a), visible)


SPARSE64 = SparseFloatArithmetic()


def sparse_floats(array: Any) -> Matrix:
    """`floats(array)` for networks whose weights may be mostly zeros; the data themselves are an array."""
    return Matrix(SPARSE64, floats(array)._entries)
