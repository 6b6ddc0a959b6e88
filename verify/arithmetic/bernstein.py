"""The range of a polynomial on the box [−1, 1]^k: it lies between the least and the greatest of its Bernstein coefficients."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import comb
from typing import Any

import flint

Exponents = tuple[int, ...]


def range_of(terms: Mapping[Exponents, Any], arity: int) -> Any:
    """A ball around every value of Σ c_e s^e, s in [−1, 1]^arity."""
    _, listed = _coefficients(terms, arity)
    low = high = listed[0]
    for value in listed[1:]:
        low, high = low.min(value), high.max(value)
    return low.union(high)


def least_of(terms: Mapping[Exponents, Any], arity: int) -> tuple[Any, tuple[Fraction, ...]]:
    """A number that no value is below, and the point of the box where a value near it is to be looked for."""
    degrees, listed = _coefficients(terms, arity)
    lows = [value.lower() for value in listed]
    lowest, place, point = lows[0], lows.index(min(lows, key=float)), []
    for low in lows[1:]:
        lowest = lowest.min(low)
    for degree in reversed(degrees):
        place, j = divmod(place, degree + 1)
        point.append(Fraction(2 * j, degree) - 1 if degree else Fraction(0))
    return lowest, tuple(reversed(point))


def _coefficients(terms: Mapping[Exponents, Any], arity: int) -> tuple[list[int], list[Any]]:
    """The degrees in each variable, and the coefficients in the products of Bernstein polynomials, the last one fastest."""
    degrees = [max((e[axis] for e in terms), default=0) for axis in range(arity)]
    strides = [math.prod(d + 1 for d in degrees[axis + 1 :]) for axis in range(arity)]
    values = [flint.arb(0)] * math.prod(d + 1 for d in degrees)
    for e, c in terms.items():
        values[sum(map(operator.mul, e, strides))] = c
    for degree in degrees:  # the first axis is exchanged, and becomes the last one
        table = flint.arb_mat(degree + 1, len(values) // (degree + 1), values)
        values = (table.transpose() * _conversion(degree, flint.ctx.prec)).entries()
    return degrees, values


@lru_cache(maxsize=64)
def _conversion(degree: int, bits: int) -> Any:
    """Entry (i, j): the coefficient of s^i at the j-th Bernstein polynomial; with u = (1+s)/2 and z = u/(1−u) it is that of
    z^j in (z−1)^i (z+1)^(degree−i), over a binomial. `bits` is the precision of the balls."""
    minus, plus = flint.fmpz_poly([-1, 1]), flint.fmpz_poly([1, 1])
    powers = [minus**i * plus ** (degree - i) for i in range(degree + 1)]
    return flint.arb_mat(
        [[flint.arb(flint.fmpq(int(p[j]), comb(degree, j))) for j in range(degree + 1)] for p in powers]
    )
