"""1×1 products are scalars wherever they stand, symmetric letters are their own transposes, and different numbers differ."""

import pytest

from constructions.matrix import Size, exact, identity, ones
from constructions.matrix.constants import shift
from constructions.matrix.formula import formula_of, formula_text, matrix_symbol, scalar_symbol

d, n = Size.named("d"), Size.named("n")
A, S = matrix_symbol("A", d, d), matrix_symbol("S", d, d, symmetric=True)
u, v, y = matrix_symbol("u", d, 1), matrix_symbol("v", d, 1), matrix_symbol("y", n, 1)
eta = scalar_symbol("eta")


def cancels(left, right):
    return not formula_of(left - right).terms


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (u.T @ A @ v, v.T @ A.T @ u),
        (u @ (v.T @ A @ u) @ y.T, (u.T @ A.T @ v) * (u @ y.T)),
        (u @ v.T @ u @ v.T, (u.T @ v) * (u @ v.T)),
        ((u.T @ v) * (A @ v), A @ v @ u.T @ v),
        ((u.T @ v) @ (u.T @ A @ v), (u.T @ A @ v) @ (v.T @ u)),
        ((y @ u.T).T @ y, (y.T @ y) * u),
        (u.T @ S @ A @ v, v.T @ A.T @ S @ u),
        (S.T @ A, S @ A),
        ((A @ S).T, S @ A.T),
        (eta * (u.T @ v) / eta, v.T @ u),
        (ones(n - n + 1, n - n + 1), exact(1)),
        (shift(n - n + 1), exact(0)),
    ],
)
def test_scalars_commute_and_symmetric_letters_are_their_transposes(left, right):
    assert cancels(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (u.T @ A @ v, u.T @ A.T @ v),
        (u @ v.T, v @ u.T),
        (A @ S, S @ A),
        (A.T @ S, A @ S),
        ((A @ S).T, A @ S),
        (u @ (v.T @ A @ u) @ v.T, (u.T @ A @ v) * (u @ v.T)),
    ],
)
def test_what_does_not_commute_does_not_cancel(left, right):
    assert not cancels(left, right)


def test_large_matrices_of_numbers_are_told_apart():
    """They are printed by their shape, and were once compared by what is printed."""
    one, two = (exact([[i * j + k for j in range(7)] for i in range(7)]) for k in (0, 1))
    M = matrix_symbol("M", 7, 7)
    assert not cancels(one @ M, two @ M)
    assert cancels(one @ M, one @ M)
    assert formula_text(one @ M) == "[7×7 numbers] M"


@pytest.mark.parametrize(
    ("matrix", "text"),
    [
        (2 * (u.T @ v), "2 uᵀ v"),
        (eta / n * (u.T @ A @ v), "η/n uᵀ A v"),
        ((u.T @ v) @ (u.T @ v), "(uᵀ v)²"),
        ((u.T @ v) * A, "(uᵀ v) A"),
        (A / (1 + u.T @ v), "1/(1 + uᵀ v) A"),
        ((u.T @ v) * identity(d), "(uᵀ v) I"),
    ],
)
def test_scalar_products_as_text(matrix, text):
    found = " ".join(formula_text(matrix).split())
    assert found in (text, text.replace("1 + uᵀ v", "uᵀ v + 1"))
