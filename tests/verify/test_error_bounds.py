"""The bounds of rounding errors by hand: what each formula gives, where it ends, and what must not be less."""

from fractions import Fraction
from math import e, exp, log2, sqrt

import flint
import numpy as np
import pytest

from constructions.language import Head, at
from constructions.matrix import Matrix, Pole, Unsupported, exact
from tests.language.small import bare, data_of, layer_of
from verify.arithmetic.ball import balls, precision
from verify.arithmetic.error_bounds import (
    COARSEST,
    elimination_residual,
    exp_error,
    fits,
    gamma,
    grain,
    maximum_error,
    softmax_error,
    solution_error,
)
from verify.arithmetic.formats import BFLOAT16, BINARY32, BINARY64, NumpyBfloat16, NumpyFloats
from verify.arithmetic.majorant import Majorant, MajorantArithmetic
from verify.arithmetic.rounding import Bounded, RoundingArithmetic
from verify.arithmetic.rounding_floor import UNITS, rounding_floor
from verify.engines.local_defect import Defect, _fraction, _from_balls, local_defects

U32, U64 = 2.0**-24, 2.0**-53
FLOAT64 = RoundingArithmetic(NumpyFloats(BINARY64))


def row(*values):
    return np.array([values], dtype=float)


def uncertain(values, errors, arithmetic=FLOAT64):
    return Bounded(row(*values), row(*values), row(*errors))


def test_gamma_is_above_k_u_and_ends_at_a_half():
    assert gamma(10, 0.01) == pytest.approx(1 / 9) and gamma(49, 0.01) == pytest.approx(0.49 / 0.51)
    for terms in (50, 51):
        with pytest.raises(Unsupported, match=f"a sum of {terms} terms has no useful bound"):
            _ = gamma(terms, 0.01)


@pytest.mark.parametrize(
    ("values", "largest"),
    [((1,), 0), ((0.75,), -2), ((3 * 2**10,), 10), ((2.0**60, 0), 60), ((6, 0.5), -1), ((0,), COARSEST), ((-12, 8), 2)],
)
def test_a_grain_is_the_largest_power_that_divides(values, largest):
    assert grain(row(*values)) == largest


def test_what_fits_needs_no_rounding():
    assert fits(row(7), 0, 3, BINARY64) and not fits(row(8), 0, 3, BINARY64)
    assert fits(row(1.75), -2, 3, BINARY64) and not fits(row(1, 2), -2, 3, BINARY64)
    assert fits(row(0), COARSEST, 3, BINARY64) and not fits(row(0), -2000, 3, BINARY64)  # a product may underflow
    assert fits(np.zeros((0, 1)), 0, 3, BINARY64)
    tiny = row(2.0**-130)
    assert fits(tiny, -130, 24, BINARY64) and not fits(tiny, -130, 24, BINARY32)  # flushed to 0, perhaps


def test_the_units_of_the_formats():
    assert (BINARY64.unit, BINARY32.unit, BFLOAT16.unit) == (U64, U32, 2.0**-8 + U32)
    assert (BINARY64.stores, BINARY32.stores, BFLOAT16.stores) == (0, 0, 2.0**-8 + U32)
    assert (BINARY32.exp_error, BINARY32.gelu_error) == (8 * U32, 32 * U32)
    assert (BFLOAT16.exp_error, BFLOAT16.gelu_error) == (8 * U32 + BFLOAT16.unit, 32 * U32 + BFLOAT16.unit)


def test_the_error_of_an_exponential():
    assert 8 * U32 <= exp_error(row(1), row(0), BINARY32)[0, 0] <= 9 * U32
    assert e - 1 <= exp_error(row(1), row(1), BINARY64)[0, 0] <= (e - 1) * (1 + 2.0**-30)
    assert exp_error(row(0), row(0), BINARY32)[0, 0] >= BINARY32.smallest  # it may have underflowed


def test_the_error_of_softmax_covers_what_scores_may_be():
    seen = np.array([[True, True]])
    for error in (0.001, 0.01, 0.1):
        worst = 1 / (1 + exp(-2 * error)) - 0.5  # the scores are ±error
        found = softmax_error(row(0, 0), row(error, error), seen, row(0.5, 0.5), BINARY64)
        assert (found >= worst).all() and (found <= 4 * worst).all()
    rounded = softmax_error(row(0, 0), row(0, 0), seen, row(0.5, 0.5), BINARY32)
    assert (rounded >= U32).all() and (rounded <= 100 * U32).all()
    with pytest.raises(Unsupported, match="its scores are too uncertain"):
        _ = softmax_error(row(0, 0), row(2, 2), seen, row(0.5, 0.5), BINARY64)
    with pytest.raises(Unsupported, match="its scores are too uncertain"):  # in one of two rows
        _ = softmax_error(
            *np.array([[[0.0, 0]] * 2, [[0, 0], [2, 2]]]), np.ones((2, 2), bool), np.ones((2, 2)), BINARY64
        )


def test_softmax_reads_nothing_that_is_masked():
    scores, seen = np.array([[0.0, 9.0], [1.0, 2.0]]), np.array([[True, False], [False, False]])
    found = softmax_error(scores, np.array([[0.1, 50.0], [50.0, 50.0]]), seen, np.array([[1.0, 0], [0, 0]]), BINARY64)
    assert found[0, 0] > 0.1 and found[0, 1] == 0 == found[1, 0] == found[1, 1]


def test_scores_far_apart_are_rounded_when_they_are_shifted():
    """s − top = −1 is computed from 2²³: an error of a unit there moves the weights."""
    top = 2.0**23
    found = softmax_error(row(top, top - 1), row(0.25, 0.25), np.ones((1, 2), bool), row(0.731, 0.269), BINARY32)
    assert (found >= 1 / (1 + exp(-1.5)) - 0.7311).all()


def maximum(scores, errors, visible=(True, True), weights=(1, 0)):
    return maximum_error(row(*scores), row(*errors), np.array([visible]), row(*weights), BINARY32)


def test_a_maximum_is_known_where_nothing_else_may_be_larger():
    assert maximum((1, 0.5), (0.2, 0.2)).tolist() == [[0, 0]]
    for errors in ((0.25, 0.25), (0.6, 0), (0, 0.5), (0.3, 0.3)):
        assert maximum((1, 0.5), errors) is None
    assert maximum((1, 0.9), (0.1, 9), (True, False)).tolist() == [[0, 0]]  # what is masked is not read
    assert maximum((1, 1), (9, 9), (False, False), (0, 0)).tolist() == [[0, 0]]


def test_a_tie_is_known_where_both_are():
    assert maximum((1, 1), (0, 0), weights=(0.5, 0.5)).tolist() == [[0, 0]]
    assert maximum((1, 1), (0, 1e-9), weights=(0.5, 0.5)) is None
    third = maximum((1, 1, 1), (0, 0, 0), (True,) * 3, (1 / 3,) * 3)
    assert third.tolist() == [[2 * U32 / 3] * 3]


def test_the_error_of_a_solution():
    one, zero = np.eye(1), np.zeros((1, 1))
    assert 0.1 <= solution_error(one, zero, one, zero + 0.1, one, BINARY64)[0, 0] <= 0.11
    assert 1 / 9 <= solution_error(one, zero + 0.1, one, zero, one, BINARY64)[0, 0] <= 0.13
    with pytest.raises(Unsupported, match="too close to singular"):
        _ = solution_error(one, zero + 0.5, one, zero, one, BINARY64)
    with pytest.raises(Unsupported, match="is singular in float64"):
        _ = solution_error(zero, zero, one, zero, one, BINARY64)
    wide = np.array([[2.0, 0], [0, 0.25]])
    found = solution_error(wide, np.zeros((2, 2)), np.ones((2, 1)), np.array([[0.0], [0.01]]), row(0.5, 4).T, BINARY64)
    assert found[1, 0] >= 0.04 and found[0, 0] < 1e-9


def test_elimination_has_a_bound_for_small_systems():
    one = np.eye(1)
    assert 3 * U64 <= elimination_residual(one, one, one, BINARY64)[0, 0] <= 4 * U64
    for size, finite in ((40, True), (41, False)):
        a = np.eye(size)
        assert np.isfinite(elimination_residual(a, a, a, BINARY64)).all() == finite
    stored = elimination_residual(one, one, one, BFLOAT16)[0, 0]
    assert stored >= 2 * BFLOAT16.unit


def test_quotients_and_roots_have_bounds_while_zero_is_outside():
    found = FLOAT64.reciprocal(uncertain((4, -2), (1, 1)))
    assert (found.errors >= row(1 / 3 - 1 / 4, 1 - 1 / 2)).all() and (found.errors <= row(0.084, 0.5001)).all()
    root = FLOAT64.reciprocal_sqrt(uncertain((4,), (1,)))
    assert 1 / sqrt(3) - 1 / 2 <= root.errors[0, 0] <= 0.0963
    for errors in ((1, 0), (0, 1), (2, 0)):
        with pytest.raises(Pole, match="division by a number that may be zero"):
            _ = FLOAT64.reciprocal(uncertain((1, -1), errors))
        with pytest.raises(Pole, match="that may not be positive"):
            _ = FLOAT64.reciprocal_sqrt(uncertain((1, 1), errors))


def test_a_product_of_uncertain_numbers():
    found = FLOAT64.times(uncertain((3,), (0.5,)), uncertain((5,), (0.25,)))
    assert 3.5 * 5.25 - 15 <= found.errors[0, 0] <= (3.5 * 5.25 - 15) * (1 + 2.0**-29)
    found = FLOAT64.matmul(uncertain((3, 1), (0.5, 0)), FLOAT64.transpose(uncertain((5, 1), (0.25, 2))))
    assert 3.5 * 5.25 - 15 + 2 <= found.errors[0, 0] <= 5.3751
    assert FLOAT64.add(uncertain((3,), (0.5,)), uncertain((5,), (0.25,))).errors[0, 0] == pytest.approx(0.75)
    factor = FLOAT64.factor("√(π/2)")
    assert factor.shape == factor.errors.shape == (1, 1) and U64 <= factor.errors[0, 0] <= 4 * U64


def test_a_third_is_rounded_and_a_half_is_not():
    for model, unit in ((NumpyFloats(BINARY64), U64), (NumpyFloats(BINARY32), U32), (NumpyBfloat16(), BFLOAT16.unit)):
        arithmetic = RoundingArithmetic(model)
        assert arithmetic.lift(exact([["1/2", 3]])).errors.tolist() == [[0, 0]]
        third = arithmetic.lift(exact("1/3"))
        assert (
            abs(Fraction(float(third.wide[0, 0])) - Fraction(1, 3)) <= Fraction(float(third.errors[0, 0])) <= 3 * unit
        )
    large = RoundingArithmetic(NumpyFloats(BINARY32)).lift(exact(2**24 + 1))
    assert large.errors[0, 0] >= 1
    with pytest.raises(Unsupported, match="beyond the range of the format"), np.errstate(over="ignore"):
        _ = RoundingArithmetic(NumpyFloats(BINARY32)).lift(exact(2**200))


def majorant(value):
    """Of one number; the arithmetic that has seen it, and what it says."""
    arithmetic = MajorantArithmetic()
    return arithmetic, arithmetic.lift(exact(value))


@pytest.mark.parametrize(
    ("value", "bits", "finest", "largest"),
    [(1, 0, 0, 0), (2, 0, 0, 1), (3, 2, 0, 2), (6, 2, 0, 3), ("-1/4", 0, 2, 0), ("5/8", 3, 3, 0), (0, 0, 0, 0)],
)
def test_a_majorant_counts_bits_and_places(value, bits, finest, largest):
    arithmetic, _ = majorant(value)
    assert (arithmetic.bits, arithmetic.finest, arithmetic.largest) == (bits, finest, largest)


def test_a_majorant_licenses_what_is_in_range():
    for value, licensed in ((2**124, True), (2**125, False), (Fraction(1, 2**126), True), (Fraction(1, 2**127), False)):
        assert majorant(value)[0].licenses(BINARY32) is licensed
        assert majorant(value)[0].licenses(BINARY64)
    for bits in (8, 24, 53):
        for value, enough in ((2**bits - 1, True), (2**bits, True), (2**bits + 1, False)):
            assert [majorant(value)[0].licenses(one) for one in (BFLOAT16, BINARY32, BINARY64) if one.bits == bits] == [
                enough
            ]


def of(a):
    return a.whole.tolist(), a.exponent


def test_a_majorant_adds_absolute_values():
    arithmetic = MajorantArithmetic()
    a, b = arithmetic.lift(exact([["1/2", -1]])), arithmetic.lift(exact([["-1/4", 2]]))
    assert of(a) == ([[1, 2]], 1) and of(b) == ([[1, 8]], 2)
    assert of(arithmetic.add(a, b)) == ([[3, 12]], 2) and of(arithmetic.times(a, b)) == ([[1, 16]], 3)
    assert of(arithmetic.matmul(a, arithmetic.transpose(b))) == ([[17]], 3) and arithmetic.bits == 5
    assert of(arithmetic.join([a, b], 1)) == ([[2, 4, 1, 8]], 2) and of(arithmetic.take(b, [0], [1])) == ([[8]], 2)
    assert of(arithmetic.scale(arithmetic.lift(exact(-3)), a)) == ([[3, 6]], 1)
    assert of(arithmetic.negate(a)) == of(arithmetic.relu(a)) == of(a)
    empty = Majorant(np.zeros((1, 0), dtype=object), 0)
    assert of(arithmetic.matmul(empty, Majorant(np.zeros((0, 1), dtype=object), 0))) == ([[0]], 0)


def test_a_ball_is_apart_by_at_least_and_at_most():
    assert [_fraction(flint.arb(value)) for value in (0, 6, 0.75, -0.25)] == [0, 6, Fraction(3, 4), Fraction(-1, 4)]
    with precision(256):
        ((least, most),) = _from_balls(balls(exact("1/3")), row(0.25))
        wide = Matrix(balls(exact(0))._arithmetic, flint.arb_mat([[flint.arb(1, 0.5)]]))
        ((low, high),) = _from_balls(wide, row(2))
    assert 0 < Fraction(1, 12) - least < 2**-200 and 0 < most - Fraction(1, 12) < 2**-200
    assert log2(low) == pytest.approx(-1, abs=1e-6) and high == pytest.approx(1.5, abs=1e-6)


class Bad(NumpyFloats):
    """A softmax that is off by a little."""

    def softmax(self, a, visible):
        return super().softmax(a, visible) * (1 + 1e-11)


def test_a_softmax_that_is_off_by_a_little_is_seen():
    record = bare(weights=layer_of(lambda x, y: Head(x, x, y, y), "softmax"))
    instance = at(record, {"d_x": 1, "d_y": 1, "n": 2, "m": 1})
    data = data_of([["1/3"], ["1/5"]], [[1], [3]], [["2/7"]])
    (good,), (bad,) = (list(local_defects(instance, data, one(BINARY64))) for one in (NumpyFloats, Bad))
    assert isinstance(good, Defect) and not good.broken and good.of_bound <= 1 and good.observed < 1e-15
    assert bad.broken and bad.of_bound > 1 and 1e-12 < bad.observed < 1e-10


def test_errors_go_where_their_numbers_go():
    a = uncertain((3, -1), (0.5, 0.25))
    turned = FLOAT64.negate(a)
    assert turned.values.tolist() == turned.wide.tolist() == [[-3, 1]] and turned.errors.tolist() == [[0.5, 0.25]]
    for part in (FLOAT64.transpose(a), FLOAT64.take(a, [0, 0], [1, 0]), FLOAT64.join([a, turned], 0)):
        assert part.values.tolist() == part.wide.tolist()
        assert (np.where(abs(part.wide) == 3, 0.5, 0.25) == part.errors).all()
    assert FLOAT64.take(a, [0, 0], [1, 0]).shape == (2, 2) == FLOAT64.join([a, turned], 0).shape
    assert FLOAT64.relu(a).wide.tolist() == [[3, 0]] and (FLOAT64.relu(a).errors >= a.errors).all()
    smooth = FLOAT64.gelu(a).errors
    assert (smooth >= 1.13 * a.errors).all() and (smooth <= 1.21 * a.errors).all()


def test_a_floor_is_where_rounding_meets_truncation():
    """3 t² = 5 u / t⁴ at t⁶ = 5 u / 3; the error there is 2 · 3 t²."""
    found = rounding_floor(2, 4, U64, constant=3, amplification=5)
    assert found.knob**6 == pytest.approx(5 * U64 / 3) and found.error == pytest.approx(6 * found.knob**2)
    assert UNITS == {"float64": U64, "float32": U32, "bfloat16": 2.0**-8}
    with pytest.raises(ValueError, match="has no floor"):
        _ = rounding_floor(2, -2, U64)
