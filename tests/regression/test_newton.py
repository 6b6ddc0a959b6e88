"""Newton's iteration: against numpy, its quadratic rate, the three errata of Fu et al., and neighbours that nothing proves."""

from fractions import Fraction as F
from itertools import pairwise

import numpy as np
import pytest

from constructions import get
from constructions.algorithms import newton
from constructions.algorithms.step_size import caution_alpha, caution_eps
from constructions.language import at
from constructions.matrix import exact
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of
from verify.methods.blockwise import blockwise
from verify.plan import plan
from verify.verdict import Standing

RNG = np.random.default_rng(3)
A = RNG.normal(size=(5, 3))
X, Y, X_Q = RNG.normal(size=(6, 3)), RNG.normal(size=(6, 2)), RNG.normal(size=(4, 3))


def answer(name, sizes, parameters, data):
    """The network's answer in float64."""
    instance = at(get(name), sizes, parameters)
    return array_of(instance.run({key: floats(part) for key, part in data.items()}).answer)


def inverse_after(steps, matrix=A, eps=F(1, 20)):
    n, d = matrix.shape
    return answer("newton-inverse", {"d": d, "n": n, "steps": steps}, {"eps": eps}, {"A": matrix}).T


def ridge_after(steps, lam=F(1, 2), eps=F(1, 20)):
    sizes = {"d": 3, "d_y": 2, "n": 6, "m": 4, "steps": steps}
    return answer("ridge-newton", sizes, {"lam": lam, "eps": eps}, {"X": X, "Y": Y, "X_q": X_Q})


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4)])
def test_the_pseudo_inverse_of_any_shape(shape):
    matrix = np.random.default_rng(0).normal(size=shape)
    eps = F(1, int(np.linalg.norm(matrix, 2) ** 2) + 1)
    assert inverse_after(24, matrix, eps) == pytest.approx(np.linalg.pinv(matrix), rel=1e-6, abs=1e-6)
    assert np.abs(inverse_after(3, matrix, eps) - np.linalg.pinv(matrix)).max() > 1e-2


def test_the_residual_is_squared_in_every_step():
    """In XA, whose limit is I for n ≥ d: log of the residual doubles."""
    gaps = [np.linalg.norm(np.eye(3) - inverse_after(steps) @ A, 2) for steps in range(1, 8)]
    assert all(b == pytest.approx(a**2, rel=1e-6, abs=1e-14) for a, b in pairwise(gaps))


def test_ridge_by_newton_is_so_many_steps_of_gradient_descent():
    for steps in (1, 2, 4):
        W = np.zeros((3, 2))
        for _ in range(2**steps):
            W = W - (X.T @ (X @ W - Y) + W / 2) / 20
        assert ridge_after(steps) == pytest.approx(X_Q @ W, rel=1e-11)
        assert np.abs(ridge_after(steps) - X_Q @ (W + 1e-6)).max() > 1e-8


def test_ridge_by_newton_converges_quadratically():
    w = np.linalg.solve(X.T @ X + np.eye(3) / 2, X.T @ Y)
    R = X.T @ X + np.eye(3) / 2
    for steps in range(1, 7):
        left = np.linalg.matrix_power(np.eye(3) - R / 20, 2**steps) @ w
        assert X_Q @ w - ridge_after(steps) == pytest.approx(X_Q @ left, rel=1e-6, abs=1e-13)
    assert ridge_after(9) == pytest.approx(X_Q @ w, rel=1e-12)


def test_the_second_relu_head_has_the_opposite_sign():
    """Erratum 1, in one dimension: x = 1, y = 1, M_0 = 1/4, so M_1 = 2/4 − 1/16 = 7/16; as printed it is 2/4 + 1/16."""
    record = get("fu-newton")
    data = {"X": exact([[1]]), "Y": exact([[1]]), "X_q": exact([[1]])}
    printed = record.near_misses["both-heads-alike"]
    for variant, expected in ((record.claims[1], F(7, 16)), (printed, F(7, 16))):
        instance = at(record.variant(variant), {"d": 1, "n": 1, "m": 1, "steps": 1}, {"alpha": "1/4"})
        found = fractions_of(instance.run(data).answer)[0][0]
        assert (found == expected) == (variant is not printed), found


def test_the_expansions():
    """Erratum 2: those in the file are the iteration, at all numbers s and a; the printed ones are not."""
    for s, a in ((F(3), F(1, 7)), (F(-2), F(5, 3))):
        x, alpha = exact([[1]]), exact(a)
        M = {k: fractions_of(_iterated(exact(s), alpha, k))[0][0] for k in (1, 2)}
        assert M[1] == 2 * a * s - a**2 * s**3 != 2 * a * s - 4 * a**2 * s**3
        assert M[2] == 4 * a * s - 6 * a**2 * s**3 + 4 * a**3 * s**5 - a**4 * s**7
        assert M[2] != 4 * a * s - 12 * a**2 * s**3 + 16 * a**3 * s**5 - 16 * a**4 * s**7
        assert fractions_of(newton.second_moment_inverse(x, alpha, 2)) == fractions_of(_iterated(exact(1), alpha, 2))


def _iterated(S, alpha, steps):
    M = alpha * S
    for _ in range(steps):
        M = newton.step(M, S)
    return M


def test_at_the_printed_start_the_leading_direction_is_lost():
    """Erratum 3: S = diag(4, 1) and α = 2/|S|² = 1/8. The first weight stays 0, the second converges; below 1/8 both do."""
    data = {"X": exact([[2, 0], [0, 1]]), "Y": exact([[2], [1]]), "X_q": exact([[1, 0], [0, 1]])}

    def weights(alpha, steps=9):
        instance = at(get("fu-newton"), {"d": 2, "n": 2, "m": 2, "steps": steps}, {"alpha": alpha})
        return [row[0] for row in fractions_of(instance.run(data).answer)]

    first, second = weights("1/8")
    assert first == 0 and abs(second - 1) < F(1, 10**20)
    first, second = weights("1/9")
    assert max(abs(first - 1), abs(second - 1)) < F(1, 10**20)


def test_cautions_at_the_boundary():
    data = np.diag([2.0, 1.0])
    assert "alpha = 0.125 is not between 0 and 2/|XᵀX|² = 0.125" in str(caution_alpha(data, np.array(0.125)))
    assert caution_alpha(data, np.array(0.124)) is None and caution_alpha(data, np.array(0.0)) is not None
    assert caution_eps(data, np.array(0.39), np.array(1.0)) is None
    assert "2/|XᵀX + λI| = 0.4" in str(caution_eps(data, np.array(0.4), np.array(1.0)))


SCOPES = {
    "newton-inverse": "all sizes d, n, steps (by induction over the depth)",
    "ridge-newton": "all sizes d, d_y, n, m, at steps = 2",
    "fu-newton": "all sizes d, n, m, steps (by induction over the depth)",
}


@pytest.mark.parametrize("name", SCOPES)
def test_all_sizes_at_once_and_no_wrong_neighbour(name):
    record = get(name)
    verdict = blockwise(record.claiming(record.claims[0]), plan(record))
    assert verdict.standing is Standing.PROVED and SCOPES[name] in verdict.scope
    for miss in record.near_misses.values():
        standing = blockwise(record.variant(miss), plan(record)).standing
        assert standing in (Standing.REFUTED, Standing.UNDECIDED), miss.because


@pytest.mark.parametrize("name", ["newton-inverse", "fu-newton"])
def test_a_wrong_invariant_proves_nothing(name):
    """A step of the invariant that is not the algorithm's: the induction fails, and the true claim stays undecided."""
    from dataclasses import replace

    record = get(name)
    wrong = replace(record.invariant, step=lambda W: 2 * W)
    changed = replace(record, invariant=wrong, claims=record.claims[:1])
    assert blockwise(changed, plan(changed)).standing is Standing.UNDECIDED
