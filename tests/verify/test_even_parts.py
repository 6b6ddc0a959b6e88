"""g(z) − g(−z) = z in power series, where g(z_0) is no number that is known."""

from fractions import Fraction

import pytest

from constructions.matrix import Unsupported
from verify.arithmetic.series import SeriesArithmetic
from verify.arithmetic.series_functions import gelu_series, gelu_tanh_series
from verify.arithmetic.symbols import Symbols


@pytest.fixture
def ring():
    return SeriesArithmetic(Symbols(), 6)


@pytest.mark.parametrize("gelu", [gelu_series, gelu_tanh_series])
def test_the_pair_is_the_identity(ring, gelu):
    z = ring.constant(Fraction(3, 7)) + ring.power(1)
    left = gelu(z) + -gelu(-z) + -z
    assert ring.is_zero(left)


@pytest.mark.parametrize("gelu", [gelu_series, gelu_tanh_series])
def test_what_does_not_cancel_is_refused(ring, gelu):
    z = ring.constant(Fraction(3, 7)) + ring.power(1)
    for left in (gelu(z) + gelu(-z), gelu(z) + -gelu(-z + ring.power(2))):
        with pytest.raises(Unsupported, match="unless it cancels"):
            _ = left.known
    with pytest.raises(Unsupported, match="a product of activations"):
        _ = gelu(z) * gelu(z)


def test_the_two_forms_do_not_cancel_each_other(ring):
    z = ring.constant(Fraction(3, 7))
    with pytest.raises(Unsupported):
        _ = (gelu_series(z) + -gelu_tanh_series(z)).known


def test_equal_beginnings_are_not_equal_series(ring):
    """Two series that agree up to t² share a symbol, so their difference is known up to t² only."""
    one = ring.constant(Fraction(1)) + ring.series(3, [], exact=False)
    left = gelu_series(one) + -gelu_series(one)
    assert not left.exact and not left.known and left.end == 3


def test_a_multiple_that_is_not_known_is_not_zero(ring):
    """E(1)(1 + O(t³)) − E(1) is O(t³), though no series is left beside E."""
    one, about = ring.constant(Fraction(1)), ring.constant(Fraction(1)) + ring.series(3, [], exact=False)
    even = gelu_series(one) + -ring.constant(Fraction(1, 2))
    left = even * about + -even
    assert not left.exact and not left.known and left.end == 3
