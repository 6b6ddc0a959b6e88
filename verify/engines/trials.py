"""Where identity testing draws its points, and what one of them proves: in ℚ, in a field that is easy to state, in a random field.

Let N be the numerator of left − right over ℤ, of degree ≤ D, the sum of the absolute values of its coefficients ≤ 2^H, and let
the same bounds of everything that is divided by be P and H_P. Points are drawn from S = {0, …, 2^b − 1}, again at a pole.

* ℚ: if N ≠ 0, at most D/2^b of the points are zeros (Schwartz–Zippel). At most P/2^b ≤ ½ are poles, so the chance to meet a
  zero among the others is ≤ 2·D/2^b.
* GF(p), p a Mersenne prime above 2^b: the same, if N does not vanish modulo p. That remains open: p is known to everyone.
* GF(p), p a random prime in (2^b, 2^(b+1)): there are more than 0.6·2^b/(b·ln 2) of them (Rosser and Schoenfeld: π(2x) − π(x) >
  3x/(5 ln x) from 20.5 on), and fewer than H/b divide all coefficients of N ≠ 0, a fraction below 2·H/2^b. Poles in the same way.
  So the chance of an error is ≤ 2·(D + 2H)/2^b where P + 2·H_P ≤ 2^(b−1), and it is about ℚ: nothing is left open modulo p.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log2
from typing import Any

import numpy as np

from constructions.matrix import Unsupported
from constructions.matrix.rational import Rational, RationalArithmetic
from verify.arithmetic.degree import DegreeArithmetic, degree_variables
from verify.arithmetic.factors import margin
from verify.arithmetic.prime_field import prime_field
from verify.arithmetic.primes import MERSENNE, random_prime
from verify.arithmetic.program import Program

SECURITY = 80  # failure probability at most 2^-80
MOST_SECURITY = 100  # what is claimed at most: that a random prime is prime is itself uncertain, by less than 2^-110


class TooLarge(Unsupported):
    """A degree bound for which no field at hand is large enough."""


class Rationals(RationalArithmetic):
    """ℚ, with points."""

    def of(self, rows: int, columns: int, integers: Sequence[int]) -> Rational:
        return Rational(np.array([*integers, None], dtype=object)[:-1].reshape(rows, columns), 1)

    def residues(self, a: Rational) -> list[Fraction]:
        return [entry for row in a.fractions() for entry in row]


@dataclass(frozen=True)
class Bound:
    """D, H, P and H_P of a program."""

    degree: int
    height: int
    poles: int
    pole_height: int


def bound_of(program: Program) -> Bound:
    """Run the program in degrees."""
    return bounds_of(program, [program.outputs])[0]


def bounds_of(program: Program, pairs: Sequence[tuple[int, int]]) -> list[Bound]:
    """The bounds of left − right for many pairs of results of a program, in one run in degrees."""
    degrees = DegreeArithmetic()
    numbers = [number for pair in pairs for number in pair]
    results = program.results(degrees, lambda rows, columns, positive: degree_variables(rows, columns), numbers)
    differences = [degrees.add(a, degrees.negate(b)) for a, b in zip(results[::2], results[1::2], strict=True)]
    divided = degrees.divided
    return [Bound(*map(margin, (d.top, d.height, divided.degree, divided.height))) for d in differences]


@dataclass(frozen=True)
class Trial:
    """Points with entries in [0, 2^bits), the field that they are taken in, and log₂ of the chance that unequal sides agree."""

    field: str
    bits: int
    log2_failure: int
    over_the_rationals: bool
    arithmetic: Callable[[Iterator[int]], Any]


def _trial(field: str, bits: int, weight: int, exact: bool, arithmetic: Callable[[Iterator[int]], Any]) -> Trial:
    failure = 1 + log2(max(1, weight)) - bits
    return Trial(field, bits, -min(MOST_SECURITY, int(-failure)), exact, arithmetic)


def rational(bound: Bound) -> Trial:
    """As many bits as the degree asks for, in ℚ."""
    bits = SECURITY + 1 + ceil(log2(bound.degree + bound.poles + 2))
    return _trial("ℚ", bits, bound.degree, True, lambda numbers: Rationals())


def mersenne(bound: Bound) -> Trial:
    """GF(2^127 − 1), or the first larger Mersenne field that the degree asks for."""
    for exponent in MERSENNE:
        trial = _trial(
            f"GF(2^{exponent} − 1)",
            exponent - 1,
            bound.degree + bound.poles,
            False,
            lambda numbers, p=2**exponent - 1: prime_field(p),
        )
        if trial.log2_failure <= -SECURITY:
            return trial
    raise TooLarge(f"the degree bound is about 2^{log2(bound.degree + bound.poles):.0f}, and no field here is as large")


def random_field(bound: Bound) -> Trial:
    """GF(p) for a random prime just below a power of 2^64 that is large enough."""
    weight = bound.degree + 2 * bound.height + bound.poles + 2 * bound.pole_height + 2
    needed = SECURITY + 1 + ceil(log2(weight))
    if needed > MERSENNE[-1]:
        raise TooLarge(f"degree and height bounds are about 2^{log2(weight):.0f}, and no field here is as large")
    bits = 64 * ceil((needed + 1) / 64) - 1
    return _trial(
        f"GF(p), p a random prime of {bits + 1} bits",
        bits,
        weight,
        True,
        lambda numbers: prime_field(random_prime(bits, numbers)),
    )
