"""What divisors are at least: what is said holds at points, and what is false at one is not said."""

import itertools
from fractions import Fraction

import pytest

from constructions.matrix import Unsupported
from verify.arithmetic.quadratic import QuadraticArithmetic
from verify.engines.signs import Lower, Signs

RING = QuadraticArithmetic(["gamma", "x", "y", "z"])
SIGNS = Signs(RING, ["gamma", "x", "y", "z"], [True, False, False, False])
g, x, y, z = (RING.variable(k) for k in range(4))
GRID = [
    dict(zip(("gamma", "x", "y", "z"), map(Fraction, point), strict=True))
    for point in itertools.product((Fraction(1, 4), 1, 3), *[(-3, -1, Fraction(-1, 2), 0, 1, 2)] * 3)
]


def number(k):
    return RING.constant(Fraction(k))


def value(polynomial, point):
    total = Fraction(0)
    for powers, c in polynomial.terms():
        term = Fraction(int(c.p), int(c.q))
        for base, power in zip(point.values(), powers, strict=False):
            term *= base ** int(power)
        total += term
    return total


@pytest.mark.parametrize(
    ("entry", "known"),
    [
        (x * x + y * y + number(2) * x * y, True),
        (x * x + y * y + number(-2) * x * y, True),
        (x * x + y * y + number(3) * x * y, False),
        (x * x + y * y + z * z + number(2) * x * y + number(2) * y * z, False),  # y² pays once
        (x * x + number(2) * y * y + z * z + number(2) * x * y + number(2) * y * z, True),
        (g * x * x, True),
        (g + -x, False),
        (x, False),
        (-(x * x), False),
    ],
    ids=str,
)
def test_squares_pay_for_what_may_be_negative(entry, known):
    assert SIGNS.not_negative(entry.top) is known
    assert min(value(entry.top, point) for point in GRID) >= 0 or not known


@pytest.mark.parametrize(
    ("entry", "known"),
    [
        (g + x * x, True),
        (-g + -(x * x), True),
        (number(1) + x * x + y * y + x * y, True),
        (number(-2), True),
        ((g + -x) * (g + -x), False),
        (x * x, False),
        (x * x + y, False),
        (g + x, False),
        (x, False),
    ],
    ids=str,
)
def test_what_is_never_zero_has_a_term_that_nothing_outweighs(entry, known):
    assert SIGNS.never_zero(entry) is known
    assert (
        len({value(entry.top, point) > 0 for point in GRID} | {value(entry.top, point) >= 0 for point in GRID}) == 1
        or not known
    )


@pytest.mark.parametrize(
    ("entry", "least"),
    [
        (number(2) + x * x, Lower(Fraction(2))),
        ((number(3) + x * x + y * y) * RING.inverse(number(1) + x * x), Lower(Fraction(1))),
        (g * g + x * x, Lower(Fraction(1), (("gamma", 2),))),
        ((g + g * x * x + y * y) * RING.inverse(number(2) + x * x), Lower(Fraction(1, 2), (("gamma", 1),))),
    ],
    ids=str,
)
def test_a_divisor_is_at_least_what_is_said(entry, least):
    assert SIGNS.least(entry) == least
    for point in GRID:
        below = least.number * (point["gamma"] ** dict(least.powers).get("gamma", 0))
        assert value(entry.top, point) / value(entry.bottom, point) >= below


@pytest.mark.parametrize(
    "entry",
    [
        (g + x + x * x) * RING.inverse(g + x),  # at least 1 only where γ + x is positive
        (g + -x) * (g + -x),
        x * x,
        -g,
        g + x,
        (number(1) + x * x) * RING.inverse(number(1) + y * y),
    ],
    ids=str,
)
def test_what_may_come_near_zero_is_refused(entry):
    with pytest.raises(Unsupported, match="not known to stay away from 0"):
        _ = SIGNS.least(entry)
