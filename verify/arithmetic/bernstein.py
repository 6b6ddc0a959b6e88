"""The range of a polynomial on the box [−1, 1]^k: it lies between the least and the greatest of its Bernstein coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import comb
from typing import Any

import flint

Exponents = tuple[int, ...]


def range_of(terms: Mapping[Exponents, Any], arity: int) -> Any:
    """A ball around every value of Σ c_e s^e, s in [−1, 1]^arity."""
    values = dict(terms)
    for axis in range(arity):
        values = _along(axis, values)
    listed = list(values.values()) or [flint.arb(0)]
    low = high = listed[0]
    for value in listed[1:]:
        low, high = low.min(value), high.max(value)
    return low.union(high)


def _along(axis: int, values: Mapping[Exponents, Any]) -> dict[Exponents, Any]:
    """Powers of one coordinate exchanged for Bernstein polynomials of the degree that occurs."""
    rows = _conversion(max((e[axis] for e in values), default=0), flint.ctx.prec)
    out: dict[Exponents, Any] = {}
    for e, c in values.items():
        for j, share in enumerate(rows[e[axis]]):
            key = (*e[:axis], j, *e[axis + 1 :])
            out[key] = out[key] + c * share if key in out else c * share
    return out


@lru_cache(maxsize=64)
def _conversion(degree: int, bits: int) -> list[list[Any]]:
    """rows[i][j]: the coefficient of s^i at the j-th Bernstein polynomial; with u = (1+s)/2 and z = u/(1−u) it is that of
    z^j in (z−1)^i (z+1)^(degree−i), over a binomial. `bits` is the precision of the balls."""
    minus, plus = flint.fmpz_poly([-1, 1]), flint.fmpz_poly([1, 1])
    powers = [minus**i * plus ** (degree - i) for i in range(degree + 1)]
    return [[flint.arb(flint.fmpq(int(p[j]), comb(degree, j))) for j in range(degree + 1)] for p in powers]
