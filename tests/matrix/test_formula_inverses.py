"""Inverses in formulas: identities that hold wherever the inverses exist are shown, and their false neighbours are not."""

import pytest

from constructions.matrix import Pole, Size, Unsupported, below, beside, identity, reciprocal, solve
from constructions.matrix.formula import formula_of, formula_text, matrix_symbol, scalar_symbol
from constructions.matrix.inverses import divisions
from constructions.matrix.vanishing import left_over

d, n, k = map(Size.named, "dnk")
A, Z = matrix_symbol("A", d, d), matrix_symbol("Z", d, d)
R = matrix_symbol("R", d, d, symmetric=True)
X, X_q, Y = matrix_symbol("X", n, d), matrix_symbol("X_q", k, d), matrix_symbol("Y", n, k)
u, v, w = (matrix_symbol(name, d, 1) for name in "uvw")
x, y = matrix_symbol("x", d, 1), matrix_symbol("y", n, 1)
U, V, C = matrix_symbol("U", d, n), matrix_symbol("V", n, d), matrix_symbol("C", n, n)
lam, I, J = scalar_symbol("lam"), identity(d), identity(n)


def inverse(B):
    return solve(B, identity(B.shape[0]))


def update(P, u, v, one=1):
    return P - P @ u @ v.T @ P / (one + v.T @ P @ u)


def vanishes(left, right):
    return not left_over(formula_of(left - right)).terms


P, Q = inverse(lam * I + X.T @ X), inverse(lam * J + X @ X.T)
MIDDLE, WRONG_MIDDLE = inverse(inverse(C) + V @ inverse(A) @ U), inverse(inverse(C) - V @ inverse(A) @ U)
TWICE = update(update(R, u, u), v, v)

TRUE = {
    "A A⁻¹": (A @ inverse(A), I),
    "A⁻¹ A": (inverse(A) @ A, I),
    "transpose": (inverse(A.T), inverse(A).T),
    "symmetric": (inverse(R).T, inverse(R)),
    "of an inverse": (inverse(inverse(A)), A),
    "of a product": (inverse(A @ inverse(Z)), Z @ inverse(A)),
    "of a multiple": (solve(X.T @ X / n + lam * I, X.T @ Y), n * solve(X.T @ X + n * lam * I, X.T @ Y)),
    "resolvents": (inverse(A) - inverse(Z), inverse(A) @ (Z - A) @ inverse(Z)),
    "fractions": (reciprocal((1 + lam) @ (2 + lam)), 1 / (1 + lam) - 1 / (2 + lam)),
    "1 of a fraction": (1 / (1 + u.T @ v) + (u.T @ v) / (1 + v.T @ u), 1 + 0 * lam),
    "Sherman-Morrison": (inverse(A + u @ v.T), update(inverse(A), u, v)),
    "Sherman-Morrison at I": (inverse(I + u @ v.T), update(I, u, v)),
    "Sherman-Morrison at λ": (inverse(lam * I + u @ v.T), update(I / lam, u, v)),
    "Sherman-Morrison twice": (inverse(inverse(R) + u @ u.T + v @ v.T), TWICE),
    "Sherman-Morrison thrice": (inverse(inverse(R) + u @ u.T + v @ v.T + w @ w.T), update(TWICE, w, w)),
    "in the other order": (TWICE, update(update(R, v, v), u, u)),
    "stays symmetric": (TWICE.T, TWICE),
    "Newton-Schulz": (I - A @ (2 * Z - Z @ A @ Z), (I - A @ Z) @ (I - A @ Z)),
    "Newton-Schulz on the left": (I - (2 * Z - Z @ A @ Z) @ A, (I - Z @ A) @ (I - Z @ A)),
    "push-through": (P @ X.T, X.T @ Q),
    "push-through inside": (X_q @ P @ X.T @ Y, X_q @ X.T @ Q @ Y),
    "push-through in a scalar": (x.T @ P @ X.T @ y, y.T @ Q @ X @ x),
    "Woodbury": (inverse(A + U @ C @ V), inverse(A) - inverse(A) @ U @ MIDDLE @ V @ inverse(A)),
    "Woodbury at λ": (P, I / lam - X.T @ Q @ X / lam),
    "one identity": (below(beside(I, 0 * I), beside(0 * I, I)), identity(d + d)),
}
FALSE = {
    "dropped 1": (inverse(A + u @ v.T), update(inverse(A), u, v, 0)),
    "wrong sign": (inverse(A + u @ v.T), update(inverse(A), -u, v)),
    "transposed": (inverse(A + u @ v.T), update(inverse(A), v, u)),
    "not symmetric": (update(A, u, u).T, update(A, u, u)),
    "twice, one wrong": (inverse(inverse(R) + u @ u.T - v @ v.T), TWICE),
    "Newton-Schulz, swapped": (I - A @ (2 * Z - A @ Z @ Z), (I - A @ Z) @ (I - A @ Z)),
    "Newton-Schulz, transposed": (I - A @ (2 * Z - Z @ A.T @ Z), (I - A @ Z) @ (I - A @ Z)),
    "pushed, wrong sign": (P @ X.T, X.T @ inverse(lam * J - X @ X.T)),
    "pushed, other λ": (P @ X.T, X.T @ inverse(J + X @ X.T)),
    "Woodbury, wrong sign": (inverse(A + U @ C @ V), inverse(A) - inverse(A) @ U @ WRONG_MIDDLE @ V @ inverse(A)),
    "not invertible factors": (X @ inverse(X.T @ X) @ X.T, J),  # a projection
    "inverse is no transpose": (inverse(A), A.T),
    "commuting": (A @ inverse(Z), inverse(Z) @ A),
}


@pytest.mark.parametrize("name", TRUE)
def test_identities_are_shown(name):
    assert vanishes(*TRUE[name])


@pytest.mark.parametrize("name", FALSE)
def test_false_neighbours_are_not(name):
    assert not vanishes(*FALSE[name])


def test_poles_and_what_has_no_value():
    with pytest.raises(Pole, match="singular linear system"):
        inverse(A - A)
    with pytest.raises(Pole, match="division by zero"):
        reciprocal(u.T @ A @ v - v.T @ A.T @ u)
    with pytest.raises(Unsupported, match="the entrywise reciprocal has no value in formulas"):
        reciprocal(A)


def test_divisions_are_remembered_even_where_they_cancel():
    with divisions() as found:
        assert vanishes(lam / lam * inverse(A) @ A, I)
    assert [str(divisor) for divisor in found] == ["λ", "A"]


@pytest.mark.parametrize(
    ("matrix", "text"),
    [
        (inverse(A) @ u, "A⁻¹ u"),
        (inverse(A.T), "A⁻¹ᵀ"),
        (P @ X.T, "(λ I + Xᵀ X)⁻¹ Xᵀ"),
        (inverse(A + u @ v.T), "(A + u vᵀ)⁻¹"),
        (inverse(A.T + v @ u.T), "(Aᵀ + v uᵀ)⁻¹"),
        (update(inverse(A), u, v), "A⁻¹ − 1/(vᵀ A⁻¹ u + 1) A⁻¹ u vᵀ A⁻¹"),
    ],
)
def test_inverses_as_text(matrix, text):
    assert formula_text(matrix) == text
