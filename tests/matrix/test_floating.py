"""float64: correctly rounded lifting, and attention weights that survive large scores and empty rows."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.matrix import Pole, exact, exp, hardmax, reciprocal, relu, softmax, solve
from constructions.matrix.floating import array_of, floats


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@given(st.lists(st.fractions(max_denominator=10**40), min_size=1, max_size=4))
def test_lifting_is_correctly_rounded(values):
    """The nearest double, not a quotient of two rounded numbers."""
    for value, got in zip(values, array_of(exact(values))[:, 0], strict=True):
        below, above = (Fraction(float(np.nextafter(got, side))) for side in (-math.inf, math.inf))
        assert abs(Fraction(float(got)) - value) <= min(abs(below - value), abs(above - value))


def test_lifting_by_hand():
    assert array_of(exact([["1/3", "0.1"], [2**53 + 1, "-1/7"]])).tolist() == [[1 / 3, 0.1], [2.0**53, -1 / 7]]
    assert array_of(exact(Fraction(10**400 + 1, 3 * 10**400))).tolist() == [[1 / 3]]
    assert array_of(exact([["1/3", 10**300]])).tolist() == [
        [1 / 3, 1e300]
    ]  # one denominator must not spoil the other entry


def test_the_operators_by_hand():
    A = floats([[1.0, 2.0], [3.0, 5.0]])
    assert array_of(A @ A).tolist() == [[7.0, 12.0], [18.0, 31.0]]
    assert array_of(A * A).tolist() == [[1.0, 4.0], [9.0, 25.0]]
    assert array_of(2 * A - A.T).tolist() == [[1.0, 1.0], [4.0, 5.0]]
    assert array_of(relu(-A + exact([[2, 2], [2, 2]]))).tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert array_of(reciprocal(floats([[2.0, -4.0]]))).tolist() == [[0.5, -0.25]]
    assert array_of(solve(A, floats([[1.0], [2.0]]))) == pytest.approx(
        np.array([[1.0], [0.0]]) * [[-1.0], [1.0]] + [[0.0], [1.0]]
    )
    assert array_of(exp(floats([[0.0, 1.0]]))).tolist() == [[1.0, math.e]]
    with pytest.raises(Pole, match="division by zero"):
        reciprocal(floats([[1.0, 0.0]]))
    with pytest.raises(Pole, match="singular linear system"):
        solve(floats([[1.0, 2.0], [2.0, 4.0]]), floats([[1.0], [1.0]]))
    with pytest.raises(ValueError, match=r"expected a matrix \(2-D array\), got shape \(2,\)"):
        floats([1.0, 2.0])


def test_softmax_by_hand():
    third = math.log(2)
    scores, everything = floats([[0.0, 0.0, third]]), np.ones((1, 3), dtype=bool)
    assert array_of(softmax(scores, everything)) == pytest.approx(np.array([[0.25, 0.25, 0.5]]))
    assert array_of(softmax(scores, np.array([[True, False, False]]))).tolist() == [[1.0, 0.0, 0.0]]
    assert array_of(softmax(scores, np.array([[False, True, True]]))) == pytest.approx(np.array([[0.0, 1 / 3, 2 / 3]]))


def test_softmax_of_large_scores_does_not_overflow():
    scores = floats([[1e300, 1e300, -1e300], [-1e308, -1e308, -1e308], [710.0, 0.0, -800.0]])
    weights = array_of(softmax(scores, np.ones((3, 3), dtype=bool)))
    assert weights[0].tolist() == [0.5, 0.5, 0.0]
    assert weights[1] == pytest.approx([1 / 3] * 3)
    assert weights[2] == pytest.approx([1.0, math.exp(-710.0), 0.0])


def test_an_invisible_score_has_no_influence_however_large():
    scores = floats([[1e308, 0.0, 1.0]])
    mask = np.array([[False, True, True]])
    assert array_of(softmax(scores, mask)) == pytest.approx(np.array([[0.0, 1 / (1 + math.e), math.e / (1 + math.e)]]))
    assert array_of(hardmax(scores, mask)).tolist() == [[0.0, 0.0, 1.0]]


@pytest.mark.parametrize("kernel", [softmax, hardmax])
def test_a_row_that_sees_nothing_is_zero(kernel):
    mask = np.array([[False, False], [True, False]])
    assert array_of(kernel(floats([[1.0, 2.0], [3.0, 4.0]]), mask)).tolist() == [[0.0, 0.0], [1.0, 0.0]]
    assert array_of(kernel(floats(np.zeros((2, 0))), np.zeros((2, 0), dtype=bool))).shape == (2, 0)


def test_hardmax_ties():
    weights = hardmax(floats([[2.0, 2.0, 1.0], [-1.0, -1.0, -1.0]]), np.ones((2, 3), dtype=bool))
    assert array_of(weights).tolist() == [[0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]]


@given(st.lists(st.lists(st.floats(-700, 700), min_size=3, max_size=3), min_size=1, max_size=4))
def test_softmax_rows_sum_to_one_and_do_not_see_a_shift(rows):
    mask = np.ones((len(rows), 3), dtype=bool)
    weights = array_of(softmax(floats(rows), mask))
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert (weights >= 0).all()
    assert array_of(softmax(floats(np.array(rows) + 64.0), mask)) == pytest.approx(weights, abs=1e-12)
