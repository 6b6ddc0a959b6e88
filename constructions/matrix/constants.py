"""Constant matrices of a given size, numeric or symbolic."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from constructions.matrix.coordinates import LEAST
from constructions.matrix.formula import named_constant
from constructions.matrix.opaque import Matrix
from constructions.matrix.rational import rational_matrix, sparse_matrix
from constructions.matrix.sizes import Size


def identity(size: Any) -> Matrix:
    """The size × size identity matrix."""
    return named_constant("I", size, size) if isinstance(size, Size) else _diagonal(size, 0)


def shift(size: Any, by: int = 1) -> Matrix:
    """The size × size matrix with ones on the `by`-th superdiagonal, so that shift(T) e_{j+1} = e_j (columns)."""
    return named_constant(f"shift({by})", size, size) if isinstance(size, Size) else _diagonal(size, by)


def zeros(rows: Any, columns: Any) -> Matrix:
    """The rows × columns zero matrix."""
    if isinstance(rows, Size) or isinstance(columns, Size):
        return named_constant("0", rows, columns)
    return _zeros(rows, columns)


def ones(rows: Any, columns: Any) -> Matrix:
    """The rows × columns matrix of ones."""
    if isinstance(rows, Size) or isinstance(columns, Size):
        return named_constant("1", rows, columns)
    return _ones(rows, columns)


def _kept(a: Matrix) -> Matrix:
    """A constant is one object however often it is asked for, so that what is derived from it can be kept too; nobody may
    write into it."""
    a._entries.numerators.flags.writeable = False
    return a


@lru_cache(maxsize=512)
def _zeros(rows: int, columns: int) -> Matrix:
    if rows * columns < LEAST:
        return _kept(rational_matrix(np.zeros((rows, columns), dtype=object)))
    return sparse_matrix((rows, columns), np.arange(0), np.arange(0))


@lru_cache(maxsize=512)
def _ones(rows: int, columns: int) -> Matrix:
    return _kept(rational_matrix(np.ones((rows, columns), dtype=int)))


@lru_cache(maxsize=512)
def _diagonal(size: int, by: int) -> Matrix:
    """Ones where column = row + by."""
    if size * size < LEAST:
        return _kept(rational_matrix(np.eye(size, k=by, dtype=object)))
    rows = np.arange(max(0, -by), min(size, size - by))
    return sparse_matrix((size, size), rows * size + rows + by, np.ones(len(rows), dtype=int))
