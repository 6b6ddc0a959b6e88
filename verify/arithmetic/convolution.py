"""Products of lists of coefficients; those that are zero cost nothing."""

from __future__ import annotations

from collections.abc import Sequence

from constructions.matrix import Unsupported
from verify.arithmetic.polynomial import PolynomialArithmetic, Quotient

MOST = 20_000  # terms of one coefficient
Pairs = list[tuple[Quotient, Quotient]]


def product(field: PolynomialArithmetic, a: Sequence[Quotient], b: Sequence[Quotient], count: int) -> list[Quotient]:
    """The first `count` coefficients of (Σ a_i t^i)(Σ b_j t^j)."""
    present = [(j, y) for j, y in enumerate(b) if not field.is_zero(y)]
    sums: list[Pairs] = [[] for _ in range(count)]
    for i, x in enumerate(a):
        if not field.is_zero(x):
            for j, y in present:
                if i + j < count:
                    sums[i + j].append((x, y))
    return [_total(field, pairs) for pairs in sums]


def convolved(field: PolynomialArithmetic, a: Sequence[Quotient], b: Sequence[Quotient], power: int) -> Quotient:
    """Σ a_i b_{power−i}."""
    pairs = [(a[i], b[power - i]) for i in range(max(0, power - len(b) + 1), min(power + 1, len(a)))]
    return _total(field, [(x, y) for x, y in pairs if not (field.is_zero(x) or field.is_zero(y))])


def _total(field: PolynomialArithmetic, pairs: Pairs) -> Quotient:
    if not pairs:
        return field.zero
    if sum(len(x.top) * len(y.top) for x, y in pairs) > 20 * MOST:
        raise Unsupported(f"coefficients of more than {MOST:,} terms")
    return field.total([x * y for x, y in pairs])
