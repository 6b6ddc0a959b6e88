"""exp, GeLU (both forms) and 1/√ of a power series in the knob, with exact coefficients.

gelu(u) = u/2 + κ S(u), κ = 1/√(2π), S(u) = Σ_k (−1)^k u^{2k+2} / (2^k k! (2k+1)): rational, so κ is all that is irrational.
"""

from __future__ import annotations

import math
from fractions import Fraction
from re import fullmatch
from typing import Any

from constructions.matrix import Pole, Unsupported
from verify.arithmetic.even_parts import odd_and_even
from verify.arithmetic.far import grows
from verify.arithmetic.flint_numbers import fraction
from verify.arithmetic.smooth import CUBIC
from verify.arithmetic.symbols import Symbols


class NeedsMoreTerms(ArithmeticError):
    """Too few terms were kept to go on: everything that is known is zero."""


def exp_series(u: Any) -> Any:
    """e^{u_0} e^{u − u_0}, by y' = u' y. A knob in u_0 becomes a power of the variable, where there is one."""
    if grows(u):
        if u.ring.growth(u) < 0:
            return u.ring.flat()
        raise Unsupported("exp of what grows beyond all bounds with the knob is no power series in it")
    if not u.exact and u.end <= 0:
        raise NeedsMoreTerms("exp of a series whose constant term is not known")
    ring, ends = u.ring, u.exact and u.end <= 1
    count = 1 if ends else ring.width if u.exact else min(u.end, ring.width)
    power, exponent = ring.decayed(u.coefficient(0))
    slopes = [ring.field.constant(Fraction(k)) * u.coefficient(k) for k in range(count)]
    out = [ring.field.exponential(exponent)]
    for k in range(1, count):
        out.append(ring.field.constant(Fraction(1, k)) * ring.convolved(slopes, out, k))
    return ring.series(power, out, exact=ends)


def gelu_series(u: Any) -> Any:
    """u Φ(u). Where u does not vanish with the knob, Φ(u_0) is no number that is known here: only u/2 is, its odd part."""
    if u.ring.is_zero(u):
        return u
    if grows(u):
        return far(u)
    if not vanishes(u, "gelu"):
        return odd_and_even("gelu", u)
    ring, square = u.ring, u * u
    end = u.start + ring.width if u.exact else min(u.start + ring.width, u.end)
    terms = max(1, math.ceil(end / (2 * u.start)))
    total = ring.constant(Fraction(0))
    for k in reversed(range(terms)):
        total = total * square + ring.constant(Fraction((-1) ** k, 2**k * math.factorial(k) * (2 * k + 1)))
    half = u * ring.constant(Fraction(1, 2))
    return half + ring.of(ring.kappa) * total * square + ring.series(end, [], exact=False)


def gelu_tanh_series(u: Any) -> Any:
    """u (1 + tanh v)/2 = u/(1 + e^{−2v}), v = 2κ(u + 0.044715 u³)."""
    if u.ring.is_zero(u):
        return u
    if grows(u):
        return far(u)
    if not vanishes(u, "gelu tanh"):
        return odd_and_even("gelu tanh", u)
    ring = u.ring
    inner = u + ring.constant(CUBIC) * u * u * u
    weight = exp_series(ring.constant(Fraction(-4)) * ring.of(ring.kappa) * inner)
    return u * ring.inverse(ring.constant(Fraction(1)) + weight)


def reciprocal_sqrt_series(u: Any) -> Any:
    """1/√u where the first coefficient is the square of a rational number and its power is even."""
    ring = u.ring
    if ring.is_zero(u):
        raise Pole("1/√0 at every value of the knob")
    if not u.known:
        raise NeedsMoreTerms("1/√ of a series whose first term is not known")
    root = _root(u.known[0], ring.field)
    if u.start % 2 or (u.start and not ring.positive):
        raise Unsupported(f"1/√ of a series that starts at the power {u.start} of the knob is no power series in it")
    rest = ring.power(-u.start) * u * ring.of(ring.field.inverse(u.known[0])) + ring.constant(Fraction(-1))
    count = ring.width if u.exact else len(u.known)
    out, binomial = ring.constant(Fraction(0)), [Fraction(1)]
    for k in range(count):
        binomial.append(binomial[-1] * (Fraction(-1, 2) - k) / (k + 1))
    for c in reversed(binomial[:count]):
        out = out * rest + ring.constant(c)
    if not ring.is_zero(rest):
        out = out + ring.series(count, [], exact=False)
    return ring.power(-u.start // 2) * ring.of(ring.field.inverse(root)) * out


def far(u: Any) -> Any:
    """GeLU, in both forms, of what grows: u where it is positive, else 0, up to less than every power of the knob."""
    return u + u.ring.flat() if u.ring.growth(u) > 0 else u.ring.flat()


def vanishes(u: Any, name: str) -> bool:
    """Whether u → 0 with the knob."""
    if not u.exact and u.end <= 0:
        raise NeedsMoreTerms(f"{name} of a series whose constant term is not known")
    return not (u.known and u.start == 0)


def _root(first: Any, field: Any) -> Any:
    """The positive root of a coefficient: of a positive rational square, or of the square of what is surely positive."""
    if not (first.top.is_constant() and first.bottom.is_one()):
        root = field.root(first) if isinstance(field, Symbols) else None
        if root is None:
            raise Unsupported("1/√ of a series whose first coefficient is not a number, nor a positive number's square")
        return root
    leading = first.top.leading_coefficient()
    value = fraction(leading)
    if value < 0:
        raise Pole("1/√ of a number that is negative for small values of the knob")
    root = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
    if root * root != value:
        raise Unsupported(f"1/√{value} is no rational number")
    return field.constant(root)


SMOOTH = {"gelu": gelu_series, "gelu tanh": gelu_tanh_series}  # by the names of `smooth.SERIES`


def term_text(coefficient: str, power: int) -> str:
    """2, -83/8·t^2 or (a + b)·t."""
    shown = coefficient if fullmatch(r"-?[\d/]+|\w+", coefficient) else f"({coefficient})"
    return shown if power == 0 else f"{shown}·t" if power == 1 else f"{shown}·t^{power}"
