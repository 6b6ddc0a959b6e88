"""Exact rational matrices against `fractions.Fraction`, one entry at a time."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from constructions.matrix import (
    Matrix,
    MatrixError,
    Pole,
    arithmetic,
    below,
    beside,
    exact,
    hardmax,
    identity,
    reciprocal,
    relu,
    solve,
    zeros,
)
from constructions.matrix.arithmetic import TooLong
from constructions.matrix.rational import RATIONAL, RationalArithmetic, fractions_of

SIZES = st.integers(1, 4)
ENTRY = (
    st.integers(-4, 4).map(Fraction)
    | st.fractions(-3, 3, max_denominator=12)
    | st.sampled_from([Fraction(2**70, 3), Fraction(1, 2**70)])
)


@st.composite
def rows(draw, count, width):
    return [[draw(ENTRY) for _ in range(width)] for _ in range(count)]


def lowest_terms(a):
    """The representation is canonical: a positive denominator without a common factor."""
    from math import gcd

    entries = a._entries
    assert all(type(entry) is int for entry in entries.numerators.flat) and type(entries.denominator) is int
    assert entries.denominator > 0 and gcd(entries.denominator, *entries.numerators.flat) in (1, entries.denominator)
    return True


@given(st.data(), SIZES, SIZES, SIZES)
def test_arithmetic_agrees_with_fractions(data, count, inner, width):
    a, b, c = data.draw(rows(count, inner)), data.draw(rows(count, inner)), data.draw(rows(inner, width))
    A, B, C, s = exact(a), exact(b), exact(c), data.draw(ENTRY)
    assert fractions_of(A) == a and A.shape == (count, inner)
    assert fractions_of(A + B) == [[p + q for p, q in zip(*pair, strict=True)] for pair in zip(a, b, strict=True)]
    assert fractions_of(A - B) == [[p - q for p, q in zip(*pair, strict=True)] for pair in zip(a, b, strict=True)]
    assert fractions_of(A * B) == [[p * q for p, q in zip(*pair, strict=True)] for pair in zip(a, b, strict=True)]
    assert fractions_of(s * A) == fractions_of(A * s) == [[s * p for p in row] for row in a]
    assert fractions_of(A @ C) == [
        [sum(p * q for p, q in zip(row, col, strict=True)) for col in zip(*c, strict=True)] for row in a
    ]
    assert fractions_of(A.T) == [list(column) for column in zip(*a, strict=True)]
    assert fractions_of(below(A, B)) == a + b
    assert fractions_of(beside(A, B)) == [p + q for p, q in zip(a, b, strict=True)]
    assert fractions_of(relu(A)) == [[max(p, Fraction(0)) for p in row] for row in a]
    assert all(lowest_terms(m) for m in (A, A + B, A * B, s * A, A @ C, below(A, B), beside(A, B), A[0]))


def determinant(a):
    """Leibniz by rows: slow, and written without elimination."""
    if not a:
        return Fraction(1)
    minors = [[row[:j] + row[j + 1 :] for row in a[1:]] for j in range(len(a))]
    return sum((-1) ** j * a[0][j] * determinant(minors[j]) for j in range(len(a)))


@given(st.data(), SIZES, SIZES)
def test_solve_inverts_and_refuses_exactly_the_singular(data, size, width):
    a, b = data.draw(rows(size, size)), data.draw(rows(size, width))
    if data.draw(st.booleans(), label="singular") and size > 1:
        a[-1] = [2 * p for p in a[0]]
    if determinant(a) == 0:
        with pytest.raises(Pole, match="singular linear system"):
            solve(exact(a), exact(b))
    else:
        Z = solve(exact(a), exact(b))
        assert fractions_of(exact(a) @ Z) == b and lowest_terms(Z)


@pytest.mark.parametrize(
    ("a", "b", "z"),
    [
        ([[0, 1], [1, 0]], [[5], [7]], [[7], [5]]),  # a zero pivot, determinant −1
        ([[-2]], [[4]], [[-2]]),
        ([[0, 2, 0], [0, 0, 3], [4, 0, 0]], [[2], [3], [4]], [[1], [1], [1]]),  # two exchanges
        ([[1, 2], [2, 3]], [[1, 0], [0, 1]], [[-3, 2], [2, -1]]),  # determinant −1, several right sides
        ([["1/2", 0], [0, "1/3"]], [[1], [1]], [[2], [3]]),  # denominators on the left
        ([[2, 0], [0, 2]], [["1/3"], [1]], [["1/6"], ["1/2"]]),  # and on the right
    ],
)
def test_solve_by_hand(a, b, z):
    assert fractions_of(solve(exact(a), exact(b))) == fractions_of(exact(z))


@given(st.data(), SIZES, SIZES)
def test_reciprocal(data, count, width):
    a = data.draw(rows(count, width))
    assume(all(all(row) for row in a))
    assert fractions_of(reciprocal(exact(a))) == [[1 / p for p in row] for row in a]


@pytest.mark.parametrize(
    "use",
    [
        lambda: reciprocal(exact([[1, 0]])),
        lambda: exact(1) / 0,
        lambda: 1 / exact(0),
        lambda: exact([[3, 4]]) / (exact(1) - 1),
    ],
)
def test_division_by_zero_is_a_pole(use):
    with pytest.raises(Pole, match="division by zero"):
        use()


def test_hardmax_by_hand():
    scores = exact([[1, 3, 3, 2], [5, "1/2", "1/3", 0], [9, 9, 9, 9]])
    everything = np.ones((3, 4), dtype=bool)
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    assert fractions_of(hardmax(scores, everything)) == [[0, half, half, 0], [1, 0, 0, 0], [quarter] * 4]
    some = np.array([[True, False, False, True], [False, True, True, True], [False, False, False, False]])
    assert fractions_of(hardmax(scores, some)) == [[0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert fractions_of(hardmax(exact([[-2, -1]]), np.array([[True, False]]))) == [[1, 0]]  # below an invisible score
    assert hardmax(zeros(2, 2)[:, []], np.zeros((2, 0), dtype=bool)).shape == (2, 0)


@given(st.data(), SIZES, SIZES)
@example(None, 1, 1)
def test_hardmax_is_the_mean_over_visible_maximisers(data, count, width):
    a = [[Fraction(0)]] if data is None else data.draw(rows(count, width))
    seen = [[True]] if data is None else [[data.draw(st.booleans()) for _ in range(width)] for _ in range(count)]
    weights = fractions_of(hardmax(exact(a), np.array(seen)))
    for row, see, got in zip(a, seen, weights, strict=True):
        top = [score for score, visible in zip(row, see, strict=True) if visible]
        winners = [visible and score == max(top) for score, visible in zip(row, see, strict=True)]
        assert got == [Fraction(1, sum(winners)) if wins else 0 for wins in winners]


def test_empty_matrices():
    assert (zeros(2, 3)[:, []] @ zeros(0, 4)).shape == (2, 4)
    assert fractions_of(zeros(2, 0) @ zeros(0, 1)) == [[0], [0]]
    assert (zeros(0, 3) @ zeros(3, 2)).shape == (0, 2)
    assert relu(zeros(0, 3)).shape == (0, 3)
    assert solve(identity(0), zeros(0, 2)).shape == (0, 2)
    assert reciprocal(zeros(0, 3)).shape == (0, 3)
    assert hardmax(zeros(0, 3), np.zeros((0, 3), dtype=bool)).shape == (0, 3)


def test_only_exact_matrices_show_fractions():
    from constructions.matrix.floating import floats

    with pytest.raises(TypeError, match="expected an exact matrix, got one over float64"):
        fractions_of(floats([[1.0]]))
    assert RATIONAL.name == "exact rationals"


@pytest.mark.parametrize("start", ["19/20", 3, "-7/3"])
def test_numbers_that_double_in_length_are_refused_while_that_is_quick(monkeypatch, start):
    monkeypatch.setattr(arithmetic, "BITS", 4000)
    c, steps = exact(start), 0
    with pytest.raises(MatrixError, match=r"has about 1,\d\d\d digits, all of which .* keeps: take fewer steps"):
        while steps < 20:
            c, steps = c * c, steps + 1
    assert 8 < steps < 12


def test_only_exact_rationals_move_to_another_arithmetic():
    """What is derived from them has numbers of its own: these meet exact ones, and no others."""

    class Mine(RationalArithmetic):
        name = "mine"

    mine, other = (Matrix(kind, kind.lift(exact([[2]]))) for kind in (Mine(), Mine()))
    assert (mine + exact([[1]]))._arithmetic is mine._arithmetic
    with pytest.raises(MatrixError, match="cannot mix numbers of mine with numbers of mine"):
        _ = mine + other


def test_long_numbers_of_small_matrices_are_refused_too():
    a = exact([[3, 1], [1, 2]])
    with pytest.raises(TooLong, match=r"about .* digits"):
        for _ in range(22):
            a = a @ a
