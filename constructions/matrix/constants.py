"""Constant matrices of a given size, numeric or symbolic."""

from __future__ import annotations

from typing import Any

import numpy as np

from constructions.matrix.formula import named_constant
from constructions.matrix.opaque import Matrix
from constructions.matrix.rational import rational_matrix
from constructions.matrix.sizes import Size


def identity(size: Any) -> Matrix:
    """The size × size identity matrix."""
    return named_constant("I", size, size) if isinstance(size, Size) else rational_matrix(np.eye(size, dtype=int))


def shift(size: Any, by: int = 1) -> Matrix:
    """The size × size matrix with ones on the `by`-th superdiagonal, so that shift(T) e_{j+1} = e_j (columns)."""
    name = f"shift({by})"
    return (
        named_constant(name, size, size) if isinstance(size, Size) else rational_matrix(np.eye(size, k=by, dtype=int))
    )


def zeros(rows: Any, columns: Any) -> Matrix:
    """The rows × columns zero matrix."""
    if isinstance(rows, Size) or isinstance(columns, Size):
        return named_constant("0", rows, columns)
    return rational_matrix(np.zeros((rows, columns), dtype=int))


def ones(rows: Any, columns: Any) -> Matrix:
    """The rows × columns matrix of ones."""
    if isinstance(rows, Size) or isinstance(columns, Size):
        return named_constant("1", rows, columns)
    return rational_matrix(np.ones((rows, columns), dtype=int))
