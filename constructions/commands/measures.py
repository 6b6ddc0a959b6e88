"""The loss of a weight matrix, and differences of matrices, on exact or float numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from constructions.commands.sample import Table

Numbers = list[list[Any]]


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
