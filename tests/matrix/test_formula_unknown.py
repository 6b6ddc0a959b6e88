"""exp, relu, softmax and the entrywise product of formulas: letters of their arguments, and the few things known of them."""

import numpy as np
import pytest

from constructions.matrix import Unsupported, below, beside, exp, relu, softmax
from constructions.matrix.formula import formula_of, matrix_symbol
from constructions.matrix.sizes import Size
from constructions.matrix.vanishing import left_over

N, M, D = map(Size.named, "nmd")
X, Z, A, B = (matrix_symbol(*letter) for letter in (("X", N, D), ("Z", M, D), ("A", D, D), ("B", D, D)))


def vanishes(difference):
    return not left_over(formula_of(difference)).terms


EQUAL = {
    "the same argument in another order": exp(X @ (A + B)) - exp(X @ B + X @ A),
    "a transposed argument": exp(A.T) - exp(A).T,
    "scores of both kinds": exp(X @ Z.T) - exp(Z @ X.T).T,
    "a symmetric argument": exp(X @ X.T) - exp(X @ X.T).T,
    "blocks of rows": exp(below(X, Z) @ A) - below(exp(X @ A), exp(Z @ A)),
    "blocks of columns": relu(beside(A, B)) - beside(relu(A), relu(B)),
    "relu of both signs": relu(A) - relu(-A) - A,
    "relu of a multiple": relu(-3 * (A - B)) - 3 * relu(B - A),
    "relu of blocks of two signs": relu(below(A, -B)) - below(relu(A), relu(B) - B),
    "relu of nothing": relu(0 * A),
    "softmax of every block of rows": softmax(below(X, Z) @ X.T) - below(softmax(X @ X.T), softmax(Z @ X.T)),
    "an entrywise product in another order": (A @ B) * B - B * (A @ B),
    "a kernel that is carried on": X.T @ exp(X @ X.T) @ X - (X.T @ exp((X @ X.T).T) @ X).T,
}
DIFFERENT = {
    "another argument": exp(A) - exp(B),
    "relu is no linear map": relu(A + B) - relu(A) - relu(B),
    "the sum of both signs is not A": relu(A) + relu(-A) - A,
    "exp of a multiple": exp(2 * A) - 2 * exp(A),
    "exp and relu": exp(A) - relu(A),
    "softmax of the columns": softmax(A.T).T - softmax(A),
    "softmax of half of the columns": softmax(beside(A, B)) - beside(softmax(A), softmax(B)),
    "relu of a multiple of unknown sign": relu(matrix_symbol("c", 1, 1) * A) - matrix_symbol("c", 1, 1) * relu(A),
    "the matrix product": A * B - A @ B,
    "half of the letters": exp(X @ X.T) @ X - exp(X @ A @ X.T) @ X,
}


@pytest.mark.parametrize("case", EQUAL)
def test_equal(case):
    assert vanishes(EQUAL[case])


@pytest.mark.parametrize("case", DIFFERENT)
def test_not_shown_to_be_equal(case):
    assert not vanishes(DIFFERENT[case])


def test_a_number_is_a_scalar():
    u, v = matrix_symbol("u", D, 1), matrix_symbol("v", 1, 1)
    assert vanishes(exp(u.T @ u) * A - A * exp(u.T @ u))
    assert vanishes(exp(v) * relu(v) - relu(v) * exp(v)) and not vanishes(exp(v) - exp(2 * v))


def test_some_of_the_entries_cannot_be_named():
    with pytest.raises(Unsupported, match="softmax over some of the entries has no value in formulas"):
        _ = softmax(A, np.ones((2, 2), dtype=bool))
