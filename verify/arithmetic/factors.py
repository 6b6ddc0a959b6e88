"""Degrees over a factored denominator: the entries of the degree arithmetic.

A factor has an identity, so that two fractions with one denominator have it once in their sum.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from constructions.matrix import Unsupported

ZERO = -np.inf
LARGEST = 2.0**1000  # sums of those below it do not overflow, so −∞ + ∞ cannot occur


@dataclass(frozen=True)
class Factor:
    """One factor of a denominator, and how often it occurs."""

    degree: float
    height: float
    times: int = 1


Factors = Mapping[Hashable, Factor]


@dataclass(frozen=True, eq=False)
class Degrees:
    """Numerator degrees (r × c) over Π factor^times, and the height of the numerators."""

    numerators: np.ndarray
    factors: Factors
    height: float = 0.0

    def __post_init__(self) -> None:
        largest = float(self.numerators.max(initial=ZERO))
        if not all(v < LARGEST for v in (largest, self.height, self.denominator, self.denominator_height)):
            raise Unsupported("the degree bound is too large to be stated")

    @property
    def shape(self) -> tuple[int, int]:
        return self.numerators.shape

    @property
    def denominator(self) -> float:
        return sum(factor.degree * factor.times for factor in self.factors.values())

    @property
    def denominator_height(self) -> float:
        return sum(factor.height * factor.times for factor in self.factors.values())

    @property
    def top(self) -> float:
        """The largest numerator degree; 0 for constants and for the zero matrix."""
        return max(0.0, float(self.numerators.max(initial=ZERO)))


def common(parts: Sequence[Degrees]) -> tuple[list[Degrees], dict[Hashable, Factor]]:
    """The parts over the least common multiple of their denominators."""
    factors: dict[Hashable, Factor] = {}
    for part in parts:
        for key, factor in part.factors.items():
            if key not in factors or factor.times > factors[key].times:
                factors[key] = factor
    return [_over(part, factors) for part in parts], factors


def _over(part: Degrees, factors: Mapping[Hashable, Factor]) -> Degrees:
    """The part, its numerators multiplied by the factors that its own denominator lacks."""
    missing = [
        (factor, factor.times - (part.factors[key].times if key in part.factors else 0))
        for key, factor in factors.items()
    ]
    degree = sum(factor.degree * times for factor, times in missing)
    height = sum(factor.height * times for factor, times in missing)
    return Degrees(part.numerators + degree, factors, part.height + height)


def product(a: Degrees, b: Degrees) -> dict[Hashable, Factor]:
    """The factors of the product of two denominators."""
    factors = dict(a.factors)
    for key, factor in b.factors.items():
        more = factors[key].times if key in factors else 0
        factors[key] = Factor(factor.degree, factor.height, factor.times + more)
    return factors


def margin(degree: float) -> int:
    """A whole number that is at least the degree, float rounding included."""
    if not isfinite(degree):
        raise Unsupported("the degree bound is too large to be stated")
    return int(degree) if degree < 2**53 and degree == int(degree) else int(degree * (1 + 2**-20)) + 1
