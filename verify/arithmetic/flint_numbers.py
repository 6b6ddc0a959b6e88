"""Rational numbers of Python and of FLINT, each as the other."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint


def fraction(value: Any) -> Fraction:
    """An fmpq of FLINT as a Fraction."""
    return Fraction(int(value.p), int(value.q))


def fmpq(value: Fraction) -> Any:
    """A Fraction as an fmpq of FLINT."""
    return flint.fmpq(value.numerator, value.denominator)
