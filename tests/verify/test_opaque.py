"""GeLU, 1/√ and hard attention as letters: each lemma at points, what a letter needs, and what is not believed."""

from random import Random

import numpy as np
import pytest

from constructions.matrix import (
    Matrix,
    Pole,
    Unsupported,
    beside,
    exact,
    gelu,
    gelu_tanh,
    hardmax,
    reciprocal,
    reciprocal_sqrt,
)
from constructions.matrix.rational import fractions_of
from tests.controls.opaque_functions import CONTROLS, RECORDS
from verify import Standing, verify
from verify.arithmetic.ball import ball_entries, balls, precision
from verify.arithmetic.opaque import OpaqueFunctions
from verify.arithmetic.polynomial import matrix_of
from verify.arithmetic.terms import LETTERS, TermArithmetic, TooManyTerms

RANDOM = Random(3)
POINTS = exact([[RANDOM.randint(-40, 40) for _ in range(6)]]) / 7


@pytest.mark.parametrize("function", [gelu, gelu_tanh])
def test_the_odd_part_is_half_of_the_number(function):
    with precision(200):
        left = function(balls(-POINTS)) - function(balls(POINTS)) + balls(POINTS)
        assert all(entry.contains(0) and entry.rad() < 2**-150 for entry in ball_entries(left))


def test_hard_attention_looks_at_differences_up_to_a_positive_factor():
    shifted = 3 * POINTS - 5 * exact([[1] * 6])
    assert fractions_of(hardmax(POINTS)) == fractions_of(hardmax(shifted)) != fractions_of(hardmax(-POINTS))


def variables(arithmetic, many):
    return [matrix_of(arithmetic, 1, 1, [arithmetic.variable(k)]) for k in range(many)]


def entry(a):
    return a._entries.cells[0][0]


def test_equal_arguments_have_one_letter_and_others_have_others():
    functions = OpaqueFunctions(["x", "y"], letters=4)
    x, y = variables(functions, 2)
    assert functions.is_zero(entry(gelu(x - y) - gelu(y - x) - (x - y)))
    assert not functions.is_zero(entry(gelu(x - y) - gelu_tanh(x - y)))
    assert functions.opaque(entry(gelu(x))) and not functions.roots and not functions.poles
    assert functions.is_zero(entry(gelu(0 * x))) and not functions.opaque(entry(gelu(x) - gelu(x) + x))
    assert functions.opaque(entry(reciprocal_sqrt(x))) and functions.roots and functions.poles
    with pytest.raises(Pole, match="always zero"):
        _ = reciprocal_sqrt(x - x)
    for negative in (exact(-1), exact("-1/2") + 0 * x, -x * x - 1, -1 / (x * x + 1)):
        with pytest.raises(Pole, match="always negative"):
            _ = reciprocal_sqrt(negative + 0 * x)
    with pytest.raises(Unsupported, match="more than 4 values of functions have no value"):
        _ = gelu(x * x)
    with pytest.raises(Unsupported, match="gelu has no value"):
        _ = gelu(*variables(OpaqueFunctions(["x"]), 1))


def test_equal_scores_share_and_a_hidden_one_counts_for_nothing():
    functions = OpaqueFunctions(["x", "y"], letters=9)
    x, y = (entry(a) for a in variables(functions, 2))
    table = matrix_of(functions, 3, 3, [x, x, x, x, y, y, x, y, x])
    seen = np.array([[True, True, False], [True, True, False], [True, False, True]])
    made = Matrix(functions, functions.hardmax(table._entries, seen))._entries.cells
    assert str(made[0][0]) == str(made[0][1]) == str(made[2][0]) == "1/2" and str(made[0][2]) == str(made[2][1]) == "0"
    assert functions.opaque(made[1][0]) and functions.opaque(made[1][1]) and str(made[1][0]) != str(made[1][1])


def test_division_by_a_weight_of_hard_attention_is_refused():
    """It is 0 for whole regions of data, so h/h = 1 there is said of nothing; g(u) of GeLU is 0 at u = 0 alone."""
    functions = OpaqueFunctions(["x", "y"], letters=9)
    x, y = variables(functions, 2)
    h = hardmax(beside(x, y))[:, [0]]
    for below in (h, h * x, h - 1, h * gelu(x)):
        with pytest.raises(Unsupported, match="division by weights of hard attention that may vanish"):
            _ = reciprocal(below)
    assert functions.is_zero(entry(reciprocal(h * h + 1) * (h * h + 1) - 1))
    assert functions.is_zero(entry(gelu(x) * reciprocal(gelu(x)) - 1)) and functions.poles


def test_letters_are_counted_before_they_are_made():
    counts = TermArithmetic(1000)
    many = matrix_of(counts, 1, LETTERS, [counts.variable() for _ in range(LETTERS)])
    _ = gelu(many)
    assert counts.letters == LETTERS and not counts.divides
    with pytest.raises(TooManyTerms, match="more than 64 values of functions"):
        _ = reciprocal_sqrt(many)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_identities_are_proved(record):
    (verdict,) = verify(record, methods=("symbolic",)).of("claim")
    assert verdict.standing is Standing.PROVED, verdict
    assert ("roots are of positive numbers" in verdict.scope) == ("layer-norm" in record.name)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.record.name)
def test_what_differs_is_not_proved(control):
    (verdict,) = verify(control.record, methods=("symbolic",)).of("claim")
    assert verdict.standing is (Standing.REFUTED if control.refuted else Standing.UNDECIDED), verdict
