"""ReLU and softmax theorems against libraries and closed forms, through the network itself, in float64."""

import numpy as np
import pytest
from scipy.special import logsumexp

from constructions import get
from constructions.gadgets.sigmoid_pieces import SIGMOID
from constructions.language import at
from constructions.matrix.floating import array_of, floats


def answer(name, sizes, parameters=None, **data):
    """The network's answer on float data."""
    instance = at(get(name), sizes, parameters or {})
    return array_of(instance.run({key: floats(value) for key, value in data.items()}).answer)


def regression(n=20, d=3, m=4):
    rng = np.random.default_rng(7)
    X = rng.standard_normal((n, d))
    return X, X @ np.array([[2.0], [0.0], [-1.0]]) + 0.1 * rng.standard_normal((n, 1)), rng.standard_normal((m, d))


def test_ridge_is_that_of_scikit_learn():
    linear = pytest.importorskip("sklearn.linear_model")
    X, Y, X_q = regression()
    sizes = {"d": 3, "n": 20, "m": 4, "steps": 150}
    found = answer("bai-ridge", sizes, {"eta": "1/2", "lam": "1/5"}, X=X, Y=Y, X_q=X_q)
    ridge = linear.Ridge(alpha=20 / 5, fit_intercept=False).fit(X, Y.ravel())
    assert np.abs(found.ravel() - ridge.predict(X_q)).max() < 1e-9


def test_lasso_is_that_of_scikit_learn_with_its_zeros():
    linear = pytest.importorskip("sklearn.linear_model")
    X, Y, _ = regression()
    found = answer("lasso", {"d": 3, "n": 20, "m": 3, "steps": 300}, {"eta": "1/2"}, X=X, Y=Y, X_q=np.eye(3))
    lasso = linear.Lasso(alpha=0.2, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(X, Y.ravel())
    assert lasso.coef_[1] == 0
    assert found[1, 0] == pytest.approx(0, abs=1e-15)
    assert np.abs(found.ravel() - lasso.coef_).max() < 1e-9


def test_heads_of_opposite_sign_converge_to_the_covariance_with_order_two():
    X, Y, X_q = regression()
    covariance = np.array([np.cov((X @ q), Y.ravel(), ddof=0)[0, 1] for q in X_q])
    sizes = {"d": 3, "n": 20, "m": 4}
    errors = [
        np.abs(answer("plus-minus-heads", sizes, {"b": b}, X=X, Y=Y + 5, X_q=X_q).ravel() - covariance).max()
        for b in ("1/100", "1/200")
    ]
    assert errors[0] / errors[1] == pytest.approx(4, rel=1e-2)
    scores = X @ X_q.T
    assert errors[0] <= 2 / 3 * 1e-4 * np.ptp(Y) * np.ptp(scores, axis=0).max() ** 3
    plain = (X @ X_q.T).T @ (Y + 5) / 20
    assert np.abs(plain.ravel() - covariance).max() > 0.1


def test_denoising_is_the_posterior_mean_by_quadrature_over_the_tokens():
    X, _, X_q = regression(n=6)
    log = -((X_q[:, None] - X[None]) ** 2).sum(axis=2) / (2 * 0.5)
    weights = np.exp(log - logsumexp(log, axis=1, keepdims=True))
    found = answer("denoising", {"d": 3, "n": 6, "m": 4}, {"var": "1/2"}, X=X, X_q=X_q)
    assert np.abs(found - weights @ X).max() < 1e-14
    sphere = X / np.linalg.norm(X, axis=1, keepdims=True)
    with_bias, without = (
        answer("denoising", {"d": 3, "n": 6, "m": 4}, {"rho": rho}, X=sphere, X_q=X_q) for rho in (1, 0)
    )
    assert np.abs(with_bias - without).max() < 1e-15


def test_value_iteration_reaches_the_values_of_the_best_policy():
    rng, S, A, gamma = np.random.default_rng(7), 4, 3, 0.75
    P, r = rng.dirichlet(np.ones(S), (S, A)), rng.uniform(size=(S, A))
    sizes = {"S": S, "A": A, "sweeps": 120}
    found = answer("value-iteration", sizes, {"gamma": "3/4"}, P=P.reshape(S, A * S), r=r, V_0=np.zeros((S, 1)))
    policies = np.stack(np.meshgrid(*[range(A)] * S), -1).reshape(-1, S)
    states = np.arange(S)
    values = [np.linalg.solve(np.eye(S) - gamma * P[states, a], r[states, a]) for a in policies]
    assert np.abs(found.ravel() - np.max(values, axis=0)).max() < 1e-12


def test_the_transport_plan_meets_that_of_sinkhorn():
    rng, n, lam = np.random.default_rng(7), 4, 1
    X, Y = 0.5 * rng.standard_normal((n, 2)), 0.5 * rng.standard_normal((n, 2))
    C = ((X[:, None] - Y[None]) ** 2).sum(axis=2)
    f, g = np.zeros(n), np.zeros(n)
    for _ in range(300):
        f = -lam * (logsumexp((g - C) / lam, axis=1) + np.log(n))
        g = -lam * (logsumexp((f[:, None] - C) / lam, axis=0) + np.log(n))
    sinkhorn = np.exp((f[:, None] + g - C) / lam)
    sizes = {"d": 2, "n": n, "steps": 200}
    u, v = answer("optimal-transport", sizes, {"lam": 1, "rate": 1}, X=X, Y=Y).T
    plan = np.exp((u[:, None] + v - C) / lam)
    assert np.abs(plan - sinkhorn).max() < 1e-9
    assert np.abs(plan.sum(axis=0) - 1 / n).max() < 1e-9


def test_a_chain_of_order_k_by_counting_with_a_dictionary():
    rng, n, S, k = np.random.default_rng(7), 40, 3, 2
    word = rng.integers(0, S, n + 1)
    counts = np.zeros(S)
    for i in range(k, n + 1):
        counts[word[i]] += tuple(word[i - k : i]) == tuple(word[-k:])
    assert counts.sum() > 1
    found = answer("markov-k", {"n": n, "S": S, "k": k}, {"beta": 40}, E=np.eye(S)[word])
    assert np.abs(found.ravel() - (counts + 1 / S) / (counts.sum() + 1)).max() < 1e-14


def test_logistic_regression_with_sixteen_chords_is_near_that_of_scikit_learn():
    linear = pytest.importorskip("sklearn.linear_model")
    X, logits, _ = regression()
    Y = (logits > 0) != (np.arange(20)[:, None] % 5 == 0)  # not separable
    pieces = dict(zip(("knots", "bends", "start"), SIGMOID, strict=True))
    sizes = {"d": 3, "n": 20, "m": 3, "steps": 200, "M": 17}
    found = answer("logistic", sizes, {"eta": 1, **pieces}, X=X, Y=Y.astype(float), X_q=np.eye(3))
    library = linear.LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(X, Y.ravel())
    assert np.abs(found.ravel() - library.coef_.ravel()).max() < 0.05
    w, eta = np.zeros((3, 1)), 1 / 4
    for _ in range(6):
        w -= eta / 20 * X.T @ (1 / (1 + np.exp(-X @ w)) - Y)
    short = answer("logistic", {**sizes, "steps": 6}, {"eta": "1/4", **pieces}, X=X, Y=Y.astype(float), X_q=np.eye(3))
    assert 0 < np.linalg.norm(short - w) < 6 * eta / 80 * np.linalg.norm(X, axis=1).max()


def test_selection_is_a_mixture_and_not_an_argmin_near_ties():
    Y = np.zeros((4, 1))
    F = np.array([[1.0], [-1.0], [1.0], [-1.0]]) @ np.array([[1.0, np.sqrt(1.02), 2.0]])  # losses 1, 1.02, 4
    sizes = {"K": 3, "n": 4, "m": 3}
    shares = answer("algorithm-selection", sizes, {"gamma": "1/10"}, F=F, Y=Y, F_q=np.eye(3)).ravel()
    assert shares == pytest.approx([1, 0, 0])
    swapped = answer("algorithm-selection", sizes, {"gamma": "1/10"}, F=F[:, [1, 0, 2]], Y=Y, F_q=np.eye(3)).ravel()
    assert swapped == pytest.approx([0.8, 0.2, 0])  # the second best comes first in the list


def test_a_two_layer_network_is_trained_as_by_automatic_differentiation():
    torch = pytest.importorskip("torch")
    X, Y, X_q = regression(n=8)
    sizes, eta = {"d": 3, "n": 8, "m": 4, "K": 2, "steps": 6}, 1 / 128
    u_0, v_0 = [1, -1], [1, 0, "1/2", 0, 1, "-1/4"]
    u = torch.tensor([1.0, -1.0], dtype=torch.float64, requires_grad=True)
    V = torch.tensor([[1, 0, 0.5], [0, 1, -0.25]], dtype=torch.float64, requires_grad=True)
    inputs, labels = torch.tensor(X), torch.tensor(Y.ravel())
    for _ in range(6):
        loss = ((torch.relu(inputs @ V.T) ** 2 @ u - labels) ** 2).mean() / 2
        slopes = torch.autograd.grad(loss, (u, V))
        u, V = (one.detach().sub(eta * slope).requires_grad_() for one, slope in zip((u, V), slopes, strict=True))
    expected = (torch.relu(torch.tensor(X_q) @ V.T) ** 2 @ u).detach().numpy()
    found = answer("two-layer-network", sizes, {"eta": "1/128", "u_0": u_0, "v_0": v_0}, X=X, Y=Y, X_q=X_q)
    assert np.abs(found.ravel() - expected).max() < 1e-10
