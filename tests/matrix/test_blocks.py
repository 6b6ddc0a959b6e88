"""A row of blocks is what `beside` makes of it; numbers that are kept are told apart; a power of two has its own divisor."""

from fractions import Fraction
from math import gcd

import numpy as np
import pytest

from constructions.matrix import ShapeMismatch, beside, exact, identity, zeros
from constructions.matrix.blocks import row_of_blocks
from constructions.matrix.floating import floats
from constructions.matrix.rational import Rational, fractions_of, number


def random_block(draw, rows, columns):
    """Mostly zeros, and of every block another denominator."""
    values = draw.integers(-3, 4, (rows, columns)) * (draw.random((rows, columns)) < 0.2)
    return exact(values.astype(int)) / int(draw.integers(1, 9)) if values.size else zeros(rows, columns)


@pytest.mark.parametrize(("height", "widths"), [(2, (3, 0, 2)), (1, (4,)), (5, (1, 7, 300, 2)), (40, (30, 1, 20, 5))])
def test_it_is_what_beside_makes(height, widths):
    draw = np.random.default_rng(height)
    for _ in range(8):
        blocks = [(width, random_block(draw, height, width) if draw.random() < 0.6 else None) for width in widths]
        made = row_of_blocks(height, blocks)
        parts = [zeros(height, width) if block is None else block for width, block in blocks]
        assert made.shape == (height, sum(widths))
        assert fractions_of(made) == fractions_of(beside(*parts))


def test_blocks_that_do_not_fit_are_refused():
    with pytest.raises(ShapeMismatch, match="their rows differ"):
        _ = row_of_blocks(2, [(2, identity(2)), (3, identity(3))])


def test_blocks_of_other_arithmetics_are_joined_too():
    made = row_of_blocks(1, [(2, None), (1, floats(np.ones((1, 1))))])
    assert made.shape == (1, 3) and made._arithmetic.name == "float64"


def test_a_number_that_is_kept_is_its_own():
    """Entries of the table are found by numerator and denominator, and nobody can write into one."""
    assert exact(3) is not exact(-3) and fractions_of(exact(3)) == [[3]]
    assert fractions_of(exact(Fraction(3, 2)) + exact(3)) == [[Fraction(9, 2)]]
    assert fractions_of(exact(Fraction(2, 3))) == [[Fraction(2, 3)]] and fractions_of(exact(2)) == [[2]]
    assert fractions_of(exact(True)) == fractions_of(exact(1)) == [[1]]
    with pytest.raises(ValueError, match="read-only"):
        exact(3)._entries.integers[0, 0] = 4
    assert number(1, 1) is number(1, 1) and number(2**80, 1) is not number(2**80, 1)


@pytest.mark.parametrize("denominator", [2, 8, 2**70, 6, 7, 24])
def test_fractions_are_in_lowest_terms(denominator):
    draw = np.random.default_rng(denominator % 97)
    for _ in range(20):
        integers = np.array([[int(n) << int(k) for n, k in draw.integers(0, 9, (5, 2))]], dtype=object)
        integers = integers * int(draw.choice([-1, 1]))
        made = Rational.over(integers, denominator)
        common = gcd(denominator, *integers.flat)
        assert made.denominator == denominator // common
        assert made.integers.tolist() == [[entry // common for entry in integers.flat]]
