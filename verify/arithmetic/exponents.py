"""Which exponentials are products of others: exp(Σ k_i u_i) = Π exp(u_i)^{k_i} for whole k_i."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gcd
from typing import Any

MOST = 64  # the highest power of a known exponential; beyond it is a letter of its own, which proves less and costs nothing
Echelon = list[tuple[Any, Any, dict[int, Any]]]  # remainder, pivot, as a sum of u_k


@dataclass
class Exponents:
    """The exponents u_0, u_1, … met so far, less a common whole factor: −2β is met as β. The numerators of those over one
    denominator are kept in echelon form over ℚ."""

    met: list[tuple[Any, Any]] = field(default_factory=list)  # u_k as (numerator, denominator)
    echelons: list[tuple[Any, Echelon]] = field(default_factory=list)  # one for every denominator

    def powers(self, top: Any, bottom: Any) -> dict[int, int]:
        """{k: power} with exp(top/bottom) = Π exp(u_k)^power; a new u_k where the ones met do not suffice."""
        times = _whole(top)
        times = times if abs(times) <= MOST else 1
        plain = top / times
        for k, (a, b) in enumerate(self.met):
            if b == bottom and a in (plain, top):
                return {k: times if a == plain else 1}
        echelon = self._over(bottom)
        rest, sum_of = _reduced(top, echelon)
        if rest.is_zero() and all(c.q == 1 and abs(int(c.p)) <= MOST for c in sum_of.values()):
            return {k: int(c.p) for k, c in sum_of.items()}
        rest, sum_of = rest / times, {k: c / times for k, c in sum_of.items()}
        if not rest.is_zero():
            pivot = rest.monoms()[0]
            echelon.append((rest, pivot, {len(self.met): rest[pivot] / rest[pivot], **_negated(sum_of)}))
        self.met.append((plain, bottom))
        return {len(self.met) - 1: times}

    def _over(self, bottom: Any) -> Echelon:
        found = next((echelon for denominator, echelon in self.echelons if denominator == bottom), None)
        if found is None:
            found = []
            self.echelons.append((bottom, found))
        return found


def _reduced(top: Any, echelon: Echelon) -> tuple[Any, dict[int, Any]]:
    """What is left of a polynomial after the known exponents are taken out, and the sum that was taken out."""
    sum_of: dict[int, Any] = {}
    for remainder, pivot, parts in echelon:
        c = top[pivot] / remainder[pivot]
        if c != 0:
            top = top - remainder * c
            for k, part in parts.items():
                sum_of[k] = sum_of.get(k, 0) + c * part
    return top, {k: c for k, c in sum_of.items() if c != 0}


def _whole(top: Any) -> int:
    """The largest whole factor of all coefficients, with the sign of the first."""
    factor = gcd(*(int(c.p) for c in top.coeffs()))
    return factor if top.leading_coefficient() > 0 else -factor


def _negated(sum_of: dict[int, Any]) -> dict[int, Any]:
    return {k: -c for k, c in sum_of.items()}
