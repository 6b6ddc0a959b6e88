"""`ridge-closed-form` and `posterior-mean` against formulas of their own, and wrong neighbours that no proof may let through."""

from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest

from constructions import get
from constructions.language import MesaLayer, Stream, Transformer, at
from constructions.matrix import exact
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of
from verify.methods.blockwise import blockwise
from verify.plan import plan
from verify.verdict import Standing

CLOSED, POSTERIOR = get("ridge-closed-form"), get("posterior-mean")


def judged(record):
    return blockwise(record, plan(record)).standing


def test_by_hand():
    """X = (1, 2), Y = (3, 5): XᵀX + λ = 5 + 1, XᵀY = 13, so that 4 is answered with 4 · 13/6."""
    instance = at(CLOSED, {"d": 1, "d_y": 1, "n": 2, "m": 1}, {"lam": 1})
    data = {"X": exact([[1], [2]]), "Y": exact([[3], [5]]), "X_q": exact([[4]])}
    assert fractions_of(instance.run(data).answer) == [[F(26, 3)]]


def test_posterior_mean_by_integrating_over_a_grid():
    """d = 1: the mean of w under exp(−Σ (y − wx)²/2σ² − w²/2τ²), by the trapezoidal rule."""
    X, Y, sigma, tau = np.array([[1.0], [-0.5], [2.0]]), np.array([[0.7], [0.2], [1.9]]), 0.5, 0.75
    w = np.linspace(-8, 8, 200_001)
    log_density = -((Y - X * w) ** 2).sum(axis=0) / (2 * sigma**2) - w**2 / (2 * tau**2)
    density = np.exp(log_density - log_density.max())
    instance = at(POSTERIOR, {"d": 1, "n": 3, "m": 1}, {"sigma": "1/2", "tau": "3/4"})
    answer = array_of(instance.run({"X": floats(X), "Y": floats(Y), "X_q": floats([[2.0]])}).answer)
    assert answer[0, 0] == pytest.approx(2 * float(density @ w / density.sum()), rel=1e-12)


@pytest.mark.parametrize("name", ["ridge-closed-form", "posterior-mean"])
def test_all_sizes_at_once(name):
    verdict = blockwise(get(name), plan(get(name)))
    assert verdict.standing is Standing.PROVED and "all sizes" in verdict.scope


@pytest.mark.parametrize("name", ["ridge-closed-form", "posterior-mean"])
def test_a_wrong_neighbour_is_not_proved(name):
    """In letters a near miss is refuted, or has no value there; it is never proved."""
    record = get(name)
    for miss in record.near_misses.values():
        assert judged(record.variant(miss)) in (Standing.REFUTED, Standing.UNDECIDED)
    assert judged(record.variant(next(iter(record.near_misses.values())))) is Standing.REFUTED


def test_tokens_that_see_different_keys_are_told_apart_in_numbers_and_not_proved_in_letters():
    def weights(d, d_y, lam):
        x, y, out = stream = Stream(x=d, y=d_y, out=d_y)
        return Transformer(stream, (MesaLayer(x, x, y, out, lam, "strict"),))

    strict = replace(CLOSED, weights=weights, near_misses={})
    verdict = blockwise(strict, plan(strict))
    assert verdict.standing is Standing.UNDECIDED and "'strict' has no meaning over blocks" in verdict.because
    instance = at(strict, {"d": 1, "d_y": 1, "n": 3, "m": 1}, {"lam": 1})
    data = {"X": exact([[1], [2], [3]]), "Y": exact([[1], [1], [1]]), "X_q": exact([[1]])}
    prefixes = [[0], [F(1, 2) * 2], [F(3, 6) * 3], [F(6, 15)]]
    assert fractions_of(instance.run(data).read("out", at="everything")) == prefixes
