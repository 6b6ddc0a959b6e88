"""Systems of linear equations in whole numbers."""

from __future__ import annotations

import numpy as np

from constructions.matrix.arithmetic import Pole


def solution(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, int]:
    """A⁻¹B of integers as integers and a divisor > 0: fraction-free (Bareiss) elimination of [A | B], then by the determinant."""
    size, rows, previous = len(a), np.concatenate([a, b], axis=1), 1
    for k in range(size):
        pivot = next((i for i in range(k, size) if rows[i, k]), None)
        if pivot is None:
            raise Pole("singular linear system")
        rows[[k, pivot]] = rows[[pivot, k]]
        for i in range(size):
            if i != k:
                rows[i] = (rows[i] * rows[k, k] - rows[k] * rows[i, k]) // previous
        previous = rows[k, k]
    sign = -1 if previous < 0 else 1
    return sign * rows[:, size:], sign * previous
