"""Momentum and Chebyshev's iteration against torch's optimiser and numpy's polynomials, through the networks as well."""

import numpy as np
import torch
from numpy.polynomial import chebyshev as polynomials
from scipy.sparse.linalg import cg

from constructions import get
from constructions.algorithms import chebyshev
from constructions.algorithms import gradient_descent as gd
from constructions.algorithms.conjugate_gradients import conjugate_gradient_steps
from constructions.language import at
from constructions.matrix import exact
from constructions.matrix.floating import array_of, floats

RNG = np.random.default_rng(3)
X, Y, W_0 = RNG.standard_normal((7, 3)), RNG.standard_normal((7, 2)), RNG.standard_normal((2, 3))
S = X.T @ X / 7
BEST = np.linalg.lstsq(X, Y, rcond=None)[0].T


def column(number, rows):
    return exact([[number]] * rows)


def test_heavy_ball_is_sgd_with_momentum_of_torch():
    W = torch.tensor(W_0.copy(), requires_grad=True)
    optimiser = torch.optim.SGD([W], lr=0.125, momentum=0.5)
    for _ in range(6):
        optimiser.zero_grad()
        loss = ((torch.from_numpy(X) @ W.T - torch.from_numpy(Y)) ** 2).sum() / 14
        loss.backward()
        _ = optimiser.step()
    etas, betas = column("1/8", 6), column("1/2", 6)
    ours, _ = gd.heavy_ball_steps(floats(W_0), floats(X), floats(Y), etas, betas)
    assert np.abs(array_of(ours) - W.detach().numpy()).max() < 1e-13
    assert np.abs(array_of(gd.steps(floats(W_0), floats(X), floats(Y), etas)) - W.detach().numpy()).max() > 1e-3


def test_conjugate_gradients_are_those_of_scipy():
    for steps in (1, 2, 3):
        ours = array_of(conjugate_gradient_steps(floats(W_0), floats(X), floats(Y), steps))
        for row in range(2):
            theirs, _ = cg(S, X.T @ Y[:, row] / 7, x0=W_0[row], rtol=0, maxiter=steps)
            assert np.abs(ours[row] - theirs).max() < 1e-10
    assert np.abs(ours - BEST).max() < 1e-10  # three steps in three dimensions


def test_chebyshev_damps_the_error_by_chebyshevs_polynomial():
    mu, L, K = exact("1/8"), exact(4), 5
    ours = array_of(chebyshev.chebyshev_steps(floats(W_0), floats(X), floats(Y), mu, L, K))
    c, h = (4 + 1 / 8) / 2, (4 - 1 / 8) / 2
    values, vectors = np.linalg.eigh(S)
    T_K = [0] * K + [1]
    factors = polynomials.chebval((c - values) / h, T_K) / polynomials.chebval(c / h, T_K)
    damped = vectors @ np.diag(factors) @ vectors.T
    assert np.abs(ours - BEST - (W_0 - BEST) @ damped).max() < 1e-12
    assert np.abs(array_of(chebyshev.damping(floats(X), mu, L, K)) - damped).max() < 1e-12


def test_25_layers_of_chebyshev_beat_25_layers_of_gradient_descent():
    values = np.linalg.eigvalsh(S)
    mu, L = (f"{value:.6f}" for value in (0.99 * values[0], 1.01 * values[-1]))
    data = {"X": floats(X), "Y": floats(Y), "X_q": floats(np.eye(3))}
    sizes = {"d_x": 3, "d_y": 2, "n": 7, "m": 3, "steps": 25}
    best_step = 2 / (exact(mu) + exact(L))
    fast = at(get("chebyshev"), sizes, {"mu": mu, "L": L}).run(data).answer
    slow = at(get("gd-steps"), sizes, {"eta": best_step}).run(data).answer
    rho = (float(L) - float(mu)) / (float(L) + float(mu))
    promised = 1 / np.cosh(25 * np.arccosh(1 / rho))
    errors = [np.linalg.norm(array_of(answer) - BEST.T, 2) / np.linalg.norm(BEST, 2) for answer in (fast, slow)]
    assert errors[0] <= promised * (1 + 1e-6) < errors[1] / 100
