"""Exact or float numbers of a trace: the loss of a weight matrix, differences of matrices, and matrices as text."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from constructions.matrix import Matrix
from constructions.matrix.floating import array_of
from constructions.matrix.rational import RATIONAL, fractions_of
from constructions.views.text import shown
from constructions.views.trace.sample import Table

Numbers = list[list[Any]]
ROUNDING = 1e-9  # relative to all that is added up, in float64


def loss(W: Numbers, X: Table, Y: Table) -> Any:
    """R(W) = 1/(2n) Σ_i |W x_i − y_i|²."""
    errors = [
        sum(w * a for w, a in zip(row, x, strict=True)) - b
        for x, y in zip(X, Y, strict=True)
        for row, b in zip(W, y, strict=True)
    ]
    return sum(error * error for error in errors) / Fraction(2 * len(X))


def difference(a: Numbers, b: Numbers) -> Numbers:
    return [[p - q for p, q in zip(left, right, strict=True)] for left, right in zip(a, b, strict=True)]


def vanishes(a: Numbers) -> bool:
    """Whether every entry is the rational number 0 (never true of floats)."""
    return all(isinstance(entry, (int, Fraction)) and entry == 0 for row in a for entry in row)


def numbers_of(value: Matrix) -> Numbers:
    """The entries of an exact or a float matrix."""
    return fractions_of(value) if value._arithmetic is RATIONAL else array_of(value).tolist()


def matrix_text(rows: Numbers, number: Any = shown) -> str:
    """A matrix in one line: 0.5, or [1 2; 3 4]."""
    if len(rows) == 1 and len(rows[0]) == 1:
        return number(rows[0][0])
    return "[" + "; ".join("  ".join(map(number, row)) for row in rows) + "]"


def gap_text(gap: Numbers) -> str:
    return "equal" if vanishes(gap) else matrix_text(gap)


def verdict(gap: Numbers) -> str:
    return "equal" if vanishes(gap) else f"difference {matrix_text(gap)}"
