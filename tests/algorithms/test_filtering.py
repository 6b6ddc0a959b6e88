"""The Kalman filter: its gain against scipy's Riccati equation, itself and the network against the filter of statsmodels."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_are

from constructions import get
from constructions.algorithms import filtering
from constructions.language import at
from constructions.matrix import exact
from constructions.matrix.floating import array_of, floats

RNG = np.random.default_rng(3)
A = np.array([[0.9, 0.4, 0.0], [-0.3, 0.8, 0.2], [0.1, 0.0, 0.5]])
C = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, -1.0]])
W, V = np.diag([0.5, 0.2, 0.3]), np.diag([0.4, 0.7])
P = solve_discrete_are(A.T, C.T, W, V)  # of the dual, a problem of control
K = np.linalg.solve(C @ P @ C.T + V, C @ P @ A.T).T
X_0, Y = RNG.standard_normal((1, 3)), RNG.standard_normal((12, 2))


def predictions():
    x = X_0[0]
    for y in Y:
        x = A @ x + K @ (y - C @ x)
    return x


def network(beta, m, words=None):
    record = get("kalman-filter")
    factor = np.linalg.cholesky(P)
    as_printed = {"A": A, "C": C, "G": factor, "v": np.diag(V)[:, None]}
    parameters = {name: exact([[repr(float(x)) for x in row] for row in rows]) for name, rows in as_printed.items()}
    record = record if words is None else record.variant(record.claims[-1])
    instance = at(record, {"d": 3, "p": 2, "T": 12, "m": m}, parameters | {"beta": beta})
    return array_of(instance.run({"x_0": floats(X_0), "Y": floats(Y)}).answer)[0]


def test_filter_and_network_are_the_filter_of_statsmodels():
    statespace = pytest.importorskip("statsmodels.tsa.statespace.kalman_filter")
    system = {"design": C, "transition": A, "selection": np.eye(3), "state_cov": W, "obs_cov": V}
    library = statespace.KalmanFilter(k_endog=2, k_states=3, **system)
    library.bind(Y)
    library.initialize_known(X_0[0], P)
    theirs = library.filter().predicted_state[:, -1]
    np.testing.assert_allclose(network(10, 4, words="self"), theirs, atol=1e-9)
    library.initialize_known(
        X_0[0], 5 * np.eye(3)
    )  # not stationary: the algorithm follows, the network's gain is hard-wired
    theirs = library.filter().predicted_state[:, -1]
    ours = filtering.kalman(*map(floats, (X_0, 5 * np.eye(3), Y, A, C, W, V)), len(Y))
    np.testing.assert_allclose(array_of(ours)[0], theirs, atol=1e-9)
    assert np.abs(network(10, 4, words="self") - theirs).max() > 1e-4


def test_the_stationary_gain_and_its_noise_are_those_of_scipy():
    p, a, c, v = map(floats, (P, A, C, V))
    np.testing.assert_allclose(array_of(filtering.gain(p, a, c, v)), K, atol=1e-12)
    np.testing.assert_allclose(array_of(filtering.noise_that_keeps(p, a, c, v)), W, atol=1e-12)
    assert np.abs(array_of(filtering.noise_that_keeps(2 * p, a, c, v)) - W).max() > 0.1


def test_from_any_covariance_the_filter_tends_to_the_stationary_one():
    x, p = floats(X_0), floats(np.eye(3) * 5)
    gains = []
    for _ in range(60):
        x, p = filtering.kalman_step(x, p, floats(Y[:1]), *map(floats, (A, C, W, V)))
        gains.append(np.abs(array_of(p) - P).max())
    assert gains[0] > 0.1 and gains[-1] < 1e-9


def test_one_observation_is_the_conditional_mean():
    """E[x_1 | y_0] of a Gaussian by Schur's complement, x_0 ~ N(m, P)."""
    joint = np.block([[A @ P @ A.T + W, A @ P @ C.T], [C @ P @ A.T, C @ P @ C.T + V]])
    mean = A @ X_0[0] + joint[:3, 3:] @ np.linalg.inv(joint[3:, 3:]) @ (Y[0] - C @ X_0[0])
    x, p = filtering.kalman_step(floats(X_0), floats(P), floats(Y[:1]), *map(floats, (A, C, W, V)))
    np.testing.assert_allclose(array_of(x)[0], mean, atol=1e-12)
    schur = joint[:3, :3] - joint[:3, 3:] @ np.linalg.inv(joint[3:, 3:]) @ joint[3:, :3]
    np.testing.assert_allclose(array_of(p), schur, atol=1e-12)


def test_the_network_is_the_filter_where_it_sees_its_own_token_alone():
    np.testing.assert_allclose(network(10, 4, words="self"), predictions(), atol=1e-9)


@pytest.mark.parametrize(("beta", "within"), [(10, 2e-1), (1000, 1e-2), (10**6, 1e-8)])
def test_the_network_tends_to_the_filter(beta, within):
    gap = np.abs(network(beta, 4) - predictions()).max()
    F = A - K @ C
    powers = sum(np.linalg.norm(np.linalg.matrix_power(F, t), np.inf) for t in range(12))
    bound = np.sqrt(7 * (4).bit_length() / (10 * beta)) * powers
    assert gap < within and gap < bound / 4
