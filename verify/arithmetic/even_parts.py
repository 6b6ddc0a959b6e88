"""Series plus multiples of the even parts of activations at points where these are no numbers that are known.

g(u) = u/2 + E(u) for GeLU in either form, and E is even: E(−u) = E(u). So E at ±u is one symbol, and in g(u) − g(−u) = u it
cancels before anyone has to know it. Only its multiples by series are computed; what does not cancel is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.matrix import Unsupported


@dataclass(frozen=True, eq=False)
class WithEven:
    """series + Σ multiples[key] · E(key), E bounded near t = 0."""

    series: Any
    multiples: Mapping[str, Any]

    def __add__(self, other: Any) -> Any:
        series, theirs = (other.series, other.multiples) if isinstance(other, WithEven) else (other, {})
        multiples = dict(self.multiples)
        for key, c in theirs.items():
            multiples[key] = multiples[key] + c if key in multiples else c
        return settled(self.series + series, multiples)

    __radd__ = __add__

    def __neg__(self) -> WithEven:
        return WithEven(-self.series, {key: -c for key, c in self.multiples.items()})

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, WithEven):
            raise Unsupported("a product of activations at points other than 0 has no exact series")
        return settled(self.series * other, {key: c * other for key, c in self.multiples.items()})

    __rmul__ = __mul__

    def __getattr__(self, name: str) -> Any:
        raise Unsupported("gelu at a point other than 0 has no exact series, unless it cancels")


def settled(series: Any, multiples: Mapping[str, Any]) -> Any:
    """Without the multiples that are zero; one that is O(t^k) makes the whole uncertain from t^k on."""
    kept = {}
    for key, c in multiples.items():
        if c.known:
            kept[key] = c
        elif not c.exact:
            series = series + series.ring.series(c.end, [], exact=False)
    return WithEven(series, kept) if kept else series


def odd_and_even(function: str, u: Any) -> WithEven:
    """u/2 + E(u). Two arguments that agree as far as they are known share a symbol, so from there on nothing is certain."""
    half = u * u.ring.constant(Fraction(1, 2))
    beyond = half if u.exact else half + u.ring.series(u.end, [], exact=False)
    return WithEven(beyond, {f"{function} {min(str(u), str(-u))}": u.ring.constant(Fraction(1))})
