"""λ = 0: ordinary least squares where XᵀX is invertible, and a failure that says so where it is not."""

from dataclasses import replace

import numpy as np
import pytest

from constructions import get
from constructions.algorithms import least_squares
from constructions.language import BadConstruction, at
from constructions.least_squares.ridge_closed_form import weights
from constructions.matrix import Pole, exact
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of
from verify.methods.blockwise import blockwise
from verify.methods.symbolic import symbolic
from verify.plan import plan
from verify.verdict import Standing

RIDGE = get("ridge-closed-form")
OLS = replace(
    RIDGE,
    name="least-squares",
    parameters={},
    weights=lambda d, d_y: weights(d, d_y, 0),
    algorithm=lambda X, Y, X_q: X_q @ least_squares.ridge(X, Y, 0).T,
    near_misses={},
    resources={},
)
SIZES = {"d": 2, "d_y": 1, "n": 3, "m": 1}


def answer(rows, labels, query):
    data = {"X": exact(rows), "Y": exact(labels), "X_q": exact(query)}
    return fractions_of(at(OLS, {**SIZES, "n": len(rows)}).run(data).answer)


def test_the_layer_without_a_ridge_is_least_squares():
    """By hand: (1, 0) ↦ 1, (0, 1) ↦ 2, (1, 1) ↦ 6 leave the residuals −1, −1, 1 of w = (2, 3)."""
    assert answer([[1, 0], [0, 1], [1, 1]], [[1], [2], [6]], [[1, -1]]) == [[-1]]
    drawn = np.random.default_rng(0)
    X, Y, X_q = drawn.normal(size=(9, 4)), drawn.normal(size=(9, 2)), drawn.normal(size=(5, 4))
    instance = at(OLS, {"d": 4, "d_y": 2, "n": 9, "m": 5})
    found = array_of(instance.run({"X": floats(X), "Y": floats(Y), "X_q": floats(X_q)}).answer)
    np.testing.assert_allclose(found, X_q @ np.linalg.lstsq(X, Y, rcond=None)[0], rtol=1e-12)


def test_a_singular_system_has_no_answer():
    """More inputs than independent examples: no number comes out, right or wrong."""
    with pytest.raises(Pole, match="singular"):
        _ = answer([[1, 2], [2, 4]], [[1], [2]], [[1, 1]])


def test_it_is_proved_wherever_there_is_an_answer():
    verdict = symbolic(OLS, plan(OLS, {"d": 2, "d_y": 1, "n": 3, "m": 2}))
    assert verdict.standing is Standing.PROVED
    doubled = replace(OLS, weights=lambda d, d_y: weights(d, d_y, 1))
    assert symbolic(doubled, plan(OLS, {"d": 2, "d_y": 1, "n": 3, "m": 2})).standing is Standing.REFUTED
    assert blockwise(doubled, plan(OLS)).standing is not Standing.PROVED


def test_the_theorem_itself_refuses_a_ridge_of_0():
    with pytest.raises(BadConstruction, match="lam must be positive, got 0"):
        _ = at(RIDGE, SIZES, {"lam": 0})
    with pytest.raises(BadConstruction, match="lam must be positive, got 0"):
        _ = at(get("raw-ridge"), {"d": 2, "n": 2, "N": 2, "m": 1}, {"lam": 0})
