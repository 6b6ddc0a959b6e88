"""A matrix does not tell its numbers: it can be computed with, and refuses everything else with a sentence."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest

from constructions.matrix import (
    Matrix,
    MatrixError,
    ShapeMismatch,
    Size,
    Unsupported,
    below,
    beside,
    exact,
    exp,
    gelu,
    hardmax,
    identity,
    largest_row_sum,
    ones,
    reciprocal_sqrt,
    shift,
    softmax,
    solve,
    zeros,
)
from constructions.matrix.floating import array_of, floats
from constructions.matrix.formula import matrix_symbol
from constructions.matrix.rational import fractions_of

A = exact([[1, 2], [3, 4]])
EVERY = [A, floats([[1.0, 2.0], [3.0, 4.0]]), matrix_symbol("A", 2, 2)]


@pytest.mark.parametrize("matrix", EVERY, ids=["exact", "float", "formula"])
@pytest.mark.parametrize(
    ("use", "sentence"),
    [
        (bool, "a matrix has no truth value: a construction must not branch on numbers"),
        (lambda a: 1 if a else 0, "no truth value"),
        (lambda a: a and 1, "no truth value"),
        (lambda a: not a, "no truth value"),
        (lambda a: a == a, "matrices cannot be compared here"),
        (lambda a: a != a, "matrices cannot be compared here"),
        (lambda a: a == 0, "matrices cannot be compared here"),
        (lambda a: a < a, "matrices have no order: use relu, or hard attention"),
        (lambda a: a <= 0, "no order"),
        (lambda a: a > 0, "no order"),
        (lambda a: a <= 0, "no order"),
        (lambda a: max(a, 0), "no order"),
        (lambda a: sorted([a, a]), "no order"),
        (lambda a: list(a), "a matrix is not a sequence: use A[i] with range(A.shape[0])"),
        (lambda a: [row for row in a], "not a sequence"),
        (lambda a: (lambda *rows: rows)(*a), "not a sequence"),
        (len, "use A.shape[0]: len() would force a symbolic size to be a number"),
        (lambda a: list(reversed(a)), "use A.shape[0]"),
        (float, "a matrix cannot become a float: weights and algorithms stay exact"),
        (int, "cannot become a float"),
        (complex, "cannot become a float"),
        (math.sqrt, "cannot become a float"),
        (lambda a: range(a), "cannot become a float"),
        (lambda a: [1, 2][a], "cannot become a float"),
    ],
)
def test_what_a_matrix_does_not_tell(matrix, use, sentence):
    with pytest.raises(MatrixError, match=re.escape(sentence)):
        use(matrix)


@pytest.mark.parametrize("matrix", EVERY, ids=["exact", "float", "formula"])
@pytest.mark.parametrize("use", [hash, abs, round, np.sqrt, np.abs, lambda a: a**2, lambda a: 3 in a, lambda a: {a: 1}])
def test_what_python_refuses_by_itself(matrix, use):
    with pytest.raises(TypeError):
        use(matrix)


@pytest.mark.parametrize("matrix", EVERY, ids=["exact", "float", "formula"])
def test_a_matrix_shows_its_shape_and_nothing_else(matrix):
    assert repr(matrix) == str(matrix) == f"{matrix}" == "<2×2 matrix>"
    own = {*dir(matrix)} - {*dir(object())}  # a library may give every object attributes of its own
    assert sorted(name for name in own if not name.startswith("_")) == ["T", "shape"]
    assert np.asarray(matrix).dtype == object  # numpy may hold it, not read it


@pytest.mark.parametrize("matrix", EVERY, ids=["exact", "float", "formula"])
@pytest.mark.parametrize(
    "use",
    [
        lambda a: a + 0.5,
        lambda a: 0.5 + a,
        lambda a: a - 0.5,
        lambda a: 0.5 - a,
        lambda a: a * 0.5,
        lambda a: 0.5 * a,
        lambda a: a / 0.5,
        lambda a: 0.5 / a,
        lambda a: a @ 0.5,
        lambda a: np.float64(0.5) * a,
        lambda a: np.float32(0.5) * a,
        lambda a: np.full((2, 2), 0.5) @ a,
        lambda a: a + np.full((2, 2), 0.5),
    ],
)
def test_a_float_is_no_exact_number(matrix, use):
    with pytest.raises(
        MatrixError,
        match=re.escape(
            '0.5 is a float, that is the binary number 1/2. Weights and formulas are exact: write Fraction("0.5")'
        ),
    ):
        use(matrix)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (0.1, "0.1 is a float, that is the binary number 3602879701896397/36028797018963968"),
        ([1.0], 'write Fraction("1.0") or a string such as "1.0". A quotient of integers'),
        (np.array([[0.25]]), "0.25 is a float"),
        (float("nan"), "nan is not a real number"),
        ([np.float64("inf")], "inf is not a real number"),
        (None, "expected an exact number (int, Fraction or a string such as '1/3'), got NoneType"),
        (1j, "got complex"),
        (np.zeros((2, 2, 2), dtype=int), "got list"),
    ],
)
def test_exact_refuses_what_is_not_exact(value, sentence):
    with pytest.raises(MatrixError, match=re.escape(sentence)):
        exact(value)


def test_exact_takes_every_exact_number():
    assert fractions_of(exact(3)) == [[3]]
    assert fractions_of(exact(Fraction(1, 3))) == [[Fraction(1, 3)]]
    assert fractions_of(exact("1/3")) == [[Fraction(1, 3)]]
    assert fractions_of(exact("0.05")) == [[Fraction(1, 20)]]
    assert fractions_of(exact(np.int64(-7))) == [[-7]]
    assert fractions_of(exact([1, "1/2"])) == [[1], [Fraction(1, 2)]]  # a flat list is a column
    assert fractions_of(exact([[1, 2]])) == [[1, 2]]
    assert fractions_of(exact(np.array([[1, 2], [3, 4]]))) == [[1, 2], [3, 4]]
    assert fractions_of(exact(2**200)) == [[2**200]]
    assert exact(A) is A
    with pytest.raises(ShapeMismatch, match="the rows of a matrix must have equal length"):
        exact([[1], [2, 3]])


B23, C32 = exact([[1, 2, 3], [4, 5, 6]]), exact([[1, 2], [3, 4], [5, 6]])


@pytest.mark.parametrize(
    ("use", "sentence"),
    [
        (lambda: A + B23, "cannot add 2×2 and 2×3: the shapes must be equal"),
        (lambda: A + 1, "cannot add 2×2 and 1×1"),
        (lambda: A - B23, "cannot add 2×2 and 2×3"),
        (lambda: B23 * C32, "cannot multiply 2×3 and 3×2 entry by entry; use @ for the matrix product"),
        (lambda: B23 @ B23, "cannot form 2×3 @ 2×3: the inner sizes differ"),
        (lambda: A / A, "cannot divide by 2×2: the divisor must be 1×1; use solve(A, B) for A⁻¹B"),
        (lambda: 1 / A, "cannot divide by 2×2"),
        (lambda: solve(B23, A), "cannot solve 2×3 · Z = 2×2: A must be square with as many rows as B"),
        (lambda: solve(A, C32), "cannot solve 2×2 · Z = 3×2"),
        (lambda: below(A, B23), "cannot join 2×2, 2×3: their columns differ"),
        (lambda: beside(A, C32), "cannot join 2×2, 3×2: their rows differ"),
    ],
)
def test_shapes_that_do_not_fit(use, sentence):
    with pytest.raises(ShapeMismatch, match=re.escape(sentence)):
        use()


def test_the_operators_by_hand():
    assert fractions_of(A + A) == [[2, 4], [6, 8]]
    assert fractions_of(1 - exact("1/3")) == [[Fraction(2, 3)]]
    assert fractions_of(A * A) == [[1, 4], [9, 16]]
    assert fractions_of(A * 3) == fractions_of(3 * A) == fractions_of(exact(3) * A) == [[3, 6], [9, 12]]
    assert fractions_of(A @ A) == [[7, 10], [15, 22]]
    assert fractions_of(np.array([[0, 1]]) @ A) == [[3, 4]]
    assert fractions_of(A / 2) == [[Fraction(1, 2), 1], [Fraction(3, 2), 2]]
    assert fractions_of(1 / exact(4)) == [[Fraction(1, 4)]]
    assert fractions_of(-A) == [[-1, -2], [-3, -4]]
    assert fractions_of(B23.T) == [[1, 4], [2, 5], [3, 6]]
    assert fractions_of(below(A, [[5, 6]])) == [[1, 2], [3, 4], [5, 6]]
    assert fractions_of(beside(A, [[5], [6]])) == [[1, 2, 5], [3, 4, 6]]
    assert fractions_of(identity(2)) == [[1, 0], [0, 1]]
    assert fractions_of(shift(3)) == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert fractions_of(shift(2, by=-1)) == [[0, 0], [1, 0]]
    assert fractions_of(zeros(1, 2)) == [[0, 0]] and fractions_of(ones(1, 2)) == [[1, 1]]


def test_selection_by_hand():
    assert fractions_of(B23[0]) == [[1, 2, 3]]
    assert fractions_of(B23[-1]) == [[4, 5, 6]]
    assert fractions_of(B23[0, 1]) == [[2]]
    assert fractions_of(B23[:, 1:]) == [[2, 3], [5, 6]]
    assert fractions_of(B23[[1, 0], [2, 2]]) == [[6, 6], [3, 3]]
    assert fractions_of(B23[1:, range(2)]) == [[4, 5]]
    assert B23[[]].shape == (0, 3)
    with pytest.raises(IndexError, match=re.escape("row or column 2 of a matrix that has 2 (counting starts at 0)")):
        B23[2]


def test_exact_matrices_are_lifted_and_other_arithmetics_never_mix():
    mixed = exact("1/2") * floats([[1.0, 3.0]])
    assert array_of(mixed).tolist() == [[0.5, 1.5]]
    assert array_of(floats([[1.0]]) @ exact([["1/4"]])).tolist() == [[0.25]]
    assert array_of(below(exact([[1]]), floats([[0.5]]))).tolist() == [[1.0], [0.5]]
    with pytest.raises(
        MatrixError,
        match=r"cannot mix numbers of (float64|formulas) with numbers of (formulas|float64)",
    ):
        floats([[1.0]]) + Size.named("n")
    with pytest.raises(MatrixError, match="cannot mix"):
        beside(floats([[1.0]]), matrix_symbol("eta", 1, 1))


@pytest.mark.parametrize(
    ("use", "sentence"),
    [
        (lambda: exp(A), "exp has no value in exact rationals"),
        (lambda: softmax(A, np.ones((2, 2), dtype=bool)), "softmax has no value in exact rationals"),
        (lambda: gelu(EVERY[2]), "gelu has no value in formulas"),
        (
            lambda: hardmax(EVERY[2], np.ones((2, 2), dtype=bool)),
            "hard attention with scores that depend on data has no value in formulas",
        ),
        (lambda: reciprocal_sqrt(EVERY[2]), "1/√ (LayerNorm) has no value in formulas"),
    ],
)
def test_what_an_arithmetic_lacks(use, sentence):
    with pytest.raises(Unsupported, match=re.escape(sentence)):
        use()


def test_operands_of_foreign_types_are_type_errors():
    for use in (lambda: A + "1", lambda: A * None, lambda: "1" * A, lambda: A @ object(), lambda: A / "2"):
        with pytest.raises(TypeError):
            use()


def test_results_are_new_matrices():
    before = fractions_of(A)
    _ = [A + A, A * A, A @ A, solve(A, A), A.T, -A, A[0]]
    assert fractions_of(A) == before
    assert isinstance(A.T, Matrix)


@pytest.mark.parametrize("made", [zeros(2, 3), ones(2, 3), identity(3), shift(3)])
def test_a_constant_is_one_object_that_nobody_can_change(made):
    with pytest.raises(ValueError, match="read-only"):
        made._entries.integers[0, 0] = 5
    assert zeros(2, 3) is zeros(2, 3) and ones(2, 3) is not ones(3, 2)


def test_the_largest_row_sum_of_absolute_values():
    rows = [[1, -2, 0], [-3, 1, 1], [2, 2, 0]]
    assert fractions_of(largest_row_sum(exact(rows))) == [[5]]
    assert fractions_of(largest_row_sum(exact(rows).T)) == [[6]]
    assert array_of(largest_row_sum(floats(np.array(rows, dtype=float)))).item() == np.linalg.norm(rows, np.inf)
    assert fractions_of(largest_row_sum(exact([[-1]]))) == [[1]]
    with pytest.raises(Unsupported, match="of a matrix of symbolic shape has no value"):
        _ = largest_row_sum(matrix_symbol("A", Size.named("d"), Size.named("d")))


def test_a_quotient_of_integers_is_told_to_be_a_float():
    with pytest.raises(MatrixError, match=re.escape("2 / n, is a float too: write 2 * A / n")):
        _ = 2 / 5 * exact([[1]])
