"""Softmax and hard attention in balls, masked; and the ends of a relu with a kink in its box."""

from fractions import Fraction
from math import exp

import flint
import numpy as np
import pytest

from constructions.matrix import Unsupported, exact, hardmax, softmax
from verify.arithmetic.ball import ball_entries, balls, precision
from verify.arithmetic.smooth import ball
from verify.arithmetic.taylor import TaylorArithmetic


def seen(*rows):
    return np.array(rows, dtype=bool)


def test_softmax_sees_what_is_not_masked_and_nothing_else():
    found = ball_entries(softmax(balls(exact([[5, 1, 3], [1, 2, 3]])), seen([0, 1, 1], [0, 0, 0])))
    low, high = exp(1) / (exp(1) + exp(3)), exp(3) / (exp(1) + exp(3))
    assert [float(value.mid()) for value in found] == pytest.approx([0, low, high, 0, 0, 0], abs=1e-12)
    assert all(value == 0 for value in (found[0], *found[3:]))


def test_a_tie_is_shared_and_what_overlaps_is_not_decided():
    found = ball_entries(
        hardmax(balls(exact([[1, 1, 0], [2, 1, 3], [4, 0, 4]])), seen([1, 1, 1], [1, 1, 0], [0, 0, 0]))
    )
    half = ball(Fraction(1, 2))
    assert [bool(value == want) for value, want in zip(found, [half, half, 0, 1, 0, 0, 0, 0, 0], strict=True)] == [
        True
    ] * 9
    with pytest.raises(Unsupported, match="a maximum of overlapping numbers"):
        _ = hardmax(balls(exact([["1/3", "1/3"]])), seen([1, 1]))


@pytest.mark.parametrize("bits", [4, 8, 64])
@pytest.mark.parametrize(("low", "high"), [(-1, 2), (-3, 1), ("-1/3", "5/7"), (-5, 11), ("-1/100", 3)])
def test_a_relu_with_a_kink_holds_both_of_its_ends(low, high, bits):
    """At few bits the slope of the chord is rounded far off, and the two ends of the error differ."""
    with precision(bits):
        model = TaylorArithmetic([(Fraction(low), Fraction(high))], 1).variable(0).enclosed_relu()
        lowest, highest = model.at([-1]), model.at([1])
    assert lowest.contains(flint.arb(0)) and highest.overlaps(ball(Fraction(high)))
