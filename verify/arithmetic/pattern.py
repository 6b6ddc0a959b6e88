"""Zero patterns instead of numbers: an entry is True where it may be nonzero for some data. False is a proof that it is zero.

The forward pass on patterns, and back again on a tape, predicts from the zeros of the weights alone which of them cannot
matter: a query column meets an empty key column, a value row meets an empty row of `into`, nobody reads the register.
Nothing cancels here, so a number can be zero where the pattern says that it may not be.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from constructions.matrix import Arithmetic, Matrix
from constructions.matrix.opaque import entries_in

Pattern = np.ndarray  # of bool


class PatternArithmetic(Arithmetic):
    """Upper bounds on the nonzero pattern."""

    name = "zero patterns"

    def lift(self, exact: Matrix) -> Pattern:
        return exact._entries.numerators.astype(bool)

    def add(self, a: Pattern, b: Pattern) -> Pattern:
        return a | b

    def negate(self, a: Pattern) -> Pattern:
        return a

    def times(self, a: Pattern, b: Pattern) -> Pattern:
        return a & b

    def scale(self, s: Pattern, a: Pattern) -> Pattern:
        return a & bool(s[0, 0])

    def matmul(self, a: Pattern, b: Pattern) -> Pattern:
        return a @ b  # of truth values: or of and, no number anywhere

    def transpose(self, a: Pattern) -> Pattern:
        return a.T

    def take(self, a: Pattern, rows: list[int], columns: list[int]) -> Pattern:
        return a[np.ix_(rows, columns)]

    def join(self, parts: Sequence[Pattern], axis: int) -> Pattern:
        return np.concatenate(parts, axis=axis)

    def reciprocal(self, a: Pattern) -> Pattern:
        return np.ones_like(a)

    def solve(self, a: Pattern, b: Pattern) -> Pattern:
        """A⁻¹ is a polynomial in A (Cayley and Hamilton), so its pattern is within that of (I + A)^k."""
        powers = a | np.eye(len(a), dtype=bool)
        for _ in range(max(1, len(a)).bit_length()):
            powers = self.matmul(powers, powers)
        return self.matmul(powers, b)

    def relu(self, a: Pattern) -> Pattern:
        return a

    def smooth(self, function: str, a: Pattern, order: int = 0) -> Pattern:
        return a if order == 0 else np.ones_like(a)

    def reciprocal_sqrt(self, a: Pattern) -> Pattern:
        return np.ones_like(a)

    def factor(self, word: str) -> Pattern:
        return np.ones((1, 1), dtype=bool)

    def exp(self, a: Pattern) -> Pattern:
        return np.ones_like(a)

    def softmax(self, a: Pattern, visible: np.ndarray) -> Pattern:
        return visible.copy()

    def hardmax(self, a: Pattern, visible: np.ndarray) -> Pattern:
        return visible.copy()


PATTERN = PatternArithmetic()


def pattern_of(a: Matrix) -> Pattern:
    """The pattern of a matrix over `PATTERN`, or of an exact one."""
    return entries_in(a, PATTERN)


def anything(rows: int, columns: int) -> Matrix:
    """A matrix of unknown numbers."""
    return Matrix(PATTERN, np.ones((rows, columns), dtype=bool))
