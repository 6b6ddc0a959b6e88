"""Matrices held by their nonzeros, against Fractions and against dense floats, one operation at a time."""

from fractions import Fraction
from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions import get
from constructions.language import at
from constructions.language.transformer import forms_of
from constructions.matrix import (
    Matrix,
    Pole,
    below,
    beside,
    coordinates,
    exact,
    hardmax,
    identity,
    reciprocal,
    relu,
    shift,
    solve,
    zeros,
)
from constructions.matrix.coordinates import Coordinates
from constructions.matrix.rational import RATIONAL, Rational, fractions_of, rational_matrix
from tests.matrix.held import drawn, hold_everything, made

SIZES = st.integers(0, 4)
ENTRY = st.sampled_from([0, 0, 0, 0, 1, 1, -1, 3, Fraction(1, 2), Fraction(-2, 3), 2**70]).map(Fraction)


@st.composite
def tables(draw, count, width):
    return [[draw(ENTRY) for _ in range(width)] for _ in range(count)]


def sound(a):
    """`a` if it is canonical: places increase and are places of the matrix, no value is 0, lowest terms."""
    entries = a._entries
    if isinstance(entries.integers, Coordinates):
        places, values = entries.integers.places, entries.integers.values
        assert (np.diff(places) > 0).all(), "a place occurs twice, or out of order"
        assert len(places) == len(values) and all(0 <= place < entries.integers.size for place in places)
        assert all(type(value) is int and value for value in values), "a zero, or no integer, is stored"
    assert gcd(entries.denominator, *entries.numerators.flat) in (1, entries.denominator)
    assert type(entries.denominator) is int and entries.numerators.shape == entries.shape
    return a


def value(a):
    return fractions_of(sound(a))


def check_operations(a, b, c, s, shape, held):
    """A (m × k), B (m × k), C (k × n) and a number through every operation, A and C held by nonzeros, B as `held` says."""
    m, k, n = shape
    A, B, C = made(a, k, True), made(b, k, held), made(c, n, not held)
    zipped = [list(zip(p, q, strict=True)) for p, q in zip(a, b, strict=True)]
    assert value(A) == a and A.shape == (m, k) and value(B) == b and value(C) == c
    assert value(A + B) == value(B + A) == [[p + q for p, q in row] for row in zipped]
    assert value(A - B) == [[p - q for p, q in row] for row in zipped] and value(A - A) == [[0] * k] * m
    if (m, k) != (1, 1):
        assert value(A * B) == value(B * A) == [[p * q for p, q in row] for row in zipped]
    assert value(s * A) == value(A * s) == [[s * p for p in row] for row in a]
    product = [[sum(p * c[i][j] for i, p in enumerate(row)) for j in range(n)] for row in a]
    assert value(A @ C) == product and value(made(a, k, False) @ made(c, n, True)) == product
    assert value(made(a, k, True) @ made(c, n, True)) == value(made(a, k, False) @ made(c, n, False)) == product
    assert value(A.T) == [[row[j] for row in a] for j in range(k)] and value(A.T.T) == a
    rows, columns = list(range(m))[::-1] + [0] * bool(m), list(range(k))[1:] + [0] * bool(k)
    assert value(A[rows, columns]) == [[a[i][j] for j in columns] for i in rows] and value(
        A[:, columns][rows]
    ) == value(A[rows, columns])
    assert value(below(A, B, A)) == a + b + a and value(beside(B, A)) == [q + p for p, q in zip(a, b, strict=True)]
    assert value(relu(A)) == [[max(p, Fraction(0)) for p in row] for row in a]


@given(st.data(), SIZES, SIZES, SIZES, st.booleans())
def test_operations_agree_with_fractions(data, m, k, n, held):
    a, b, c = data.draw(tables(m, k)), data.draw(tables(m, k)), data.draw(tables(k, n))
    check_operations(a, b, c, data.draw(ENTRY), (m, k, n), held)


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_operations_agree_where_results_stay_sparse(monkeypatch, seed, held):
    hold_everything(monkeypatch)
    random = np.random.default_rng(seed)
    m, k, n = shape = random.integers(0, 6, 3).tolist()
    check_operations(drawn(random, m, k), drawn(random, m, k), drawn(random, k, n), Fraction(seed % 3, 4), shape, held)
    A = made(drawn(random, 3, 4), 4, True)
    assert all(
        isinstance(x._entries.integers, Coordinates) for x in (A + A, A.T, A @ A.T, 2 * A, A[[1, 2]], below(A, A))
    )


def test_functions_of_sparse_matrices():
    A = made([[Fraction(0), Fraction(2)], [Fraction(-3), Fraction(0)]], 2, True)
    assert value(solve(A, identity(2))) == [[0, Fraction(-1, 3)], [Fraction(1, 2), 0]]
    assert value(hardmax(A, np.ones((2, 2), dtype=bool))) == [[0, 1], [0, 1]]
    with pytest.raises(Pole, match="division by zero"):
        _ = reciprocal(A)


# Planted errors: each breaks one step, and the test above notices.


def with_empty_columns(self):
    """Segments for all columns: `reduceat` gives an empty one the entry that follows, and fails after the last."""
    turned = self.T
    starts = np.searchsorted(turned.rows, np.arange(self.shape[1]))
    return turned.columns, turned.values, np.minimum(starts, max(len(turned.rows) - 1, 0)), None


def without_sums(shape, places, values):
    order = np.argsort(places, kind="stable")
    return Coordinates(shape, places[order], values[order])


def unsorted_transpose(self):
    return Coordinates(self.shape[::-1], self.columns * self.shape[0] + self.rows, self.values)


def one_row_short(self, numbers):
    return ROWS_OF(self, numbers[:-1])


ROWS_OF = Coordinates.of_rows
PLANTED = {
    "_by_column": property(with_empty_columns),
    "summed": staticmethod(without_sums),
    "T": property(unsorted_transpose),
    "of_rows": one_row_short,
    "_without_zeros": lambda self: self,
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_errors_are_seen(monkeypatch, name):
    hold_everything(monkeypatch)
    a = [[Fraction(x) for x in row] for row in ([0, 2, 0, 1], [0, 0, 0, 0], [3, 0, 0, -1])]
    b = [[Fraction(x) for x in row] for row in ([0, -2, 0, 1], [0, 5, 0, 0], [0, 0, 0, 1])]
    c = [[Fraction(x) for x in row] for row in ([0, 1], [0, 0], [0, 4], [0, 3])]  # its first column is empty
    check_operations(a, b, c, Fraction(2), (3, 4, 2), True)
    monkeypatch.setattr(Coordinates, name, PLANTED[name])
    with pytest.raises((AssertionError, IndexError, ValueError)):
        check_operations(a, b, c, Fraction(2), (3, 4, 2), True)


@pytest.mark.parametrize(
    ("places", "values", "reason"),
    [([3, 3], [1, 1], "twice, or out of order"), ([4, 3], [1, 1], "out of order"), ([3], [0], "a zero")],
)
def test_broken_coordinates_are_not_sound(places, values, reason):
    broken = Coordinates((4, 4), np.array(places), np.array(values, dtype=object))
    with pytest.raises(AssertionError, match=reason):
        _ = sound(Matrix(RATIONAL, Rational(broken, 1)))


# Memory: numbers that are stored, not seconds.


def stored(a):
    integers = a._entries.integers
    return len(integers.places) + len(integers.values) if isinstance(integers, Coordinates) else integers.size


def test_constants_are_born_sparse():
    assert [stored(a) for a in (identity(1000), shift(1000, -2), zeros(10**6, 10**6))] == [2000, 1996, 0]
    assert identity(10**6).shape == (10**6, 10**6) and value(shift(40, 3)) == np.eye(40, k=3, dtype=int).tolist()
    assert stored(rational_matrix(np.eye(50, dtype=int))) == stored(exact(np.eye(50, dtype=int))) == 100
    assert stored(exact([[int(i == j) for j in range(40)] for i in range(40)])) == 80
    assert value(exact(np.eye(50, dtype=int))) == value(identity(50)) == np.eye(50, dtype=int).tolist()
    assert stored(rational_matrix(np.ones((40, 40), dtype=int))) == 1600  # nothing is gained here
    assert isinstance(zeros(4, 4)._entries.integers, np.ndarray)  # or here


def test_a_built_network_grows_with_its_nonzeros():
    numbers, nonzeros, full = [], [], []
    for d in (16, 32):
        network = at(get("raw-ridge-step"), {"d": d, "m": 1}).network
        forms = [form.dense for layer in network.layers for form in forms_of(layer)]
        numbers.append(sum(map(stored, forms)))
        nonzeros.append(sum(len(coordinates._coordinates(form._entries.integers).places) for form in forms))
        full.append(sum(form.shape[0] * form.shape[1] for form in forms))
    assert full[1] > 12 * full[0] and full[1] > 1000 * nonzeros[1]
    assert numbers[1] < 4 * numbers[0] and numbers[1] < 4 * nonzeros[1]


def test_a_column_times_a_row_of_few_nonzeros_is_held_by_its_nonzeros():
    """Such are the biases of a layer, one row for every token; the row alone is too short to be looked at."""
    column, row = exact([[k % 5 - 2] for k in range(600)]), exact([[3 * (k == 7) for k in range(200)]])
    product = column @ row
    assert isinstance(product._entries.integers, Coordinates) and len(product._entries.integers.places) == 480
    assert product._entries.numerators.tolist() == (column._entries.numerators @ row._entries.numerators).tolist()
    assert isinstance((column @ exact([[1] * 200]))._entries.integers, np.ndarray)
