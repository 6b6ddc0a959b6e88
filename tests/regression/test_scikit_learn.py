"""The networks against scikit-learn on its diabetes data: `Ridge`, `BayesianRidge` at fixed precisions, `SGDRegressor`.

What is comparable, exactly:

- `Ridge(alpha=λ, fit_intercept=False)` minimises Σ (y − wᵀx)² + λ|w|²: the same λ.
- `BayesianRidge` estimates its precisions; its last step is the posterior mean at the alpha_ (noise) and lambda_ (weights) that
  it reports, so λ = lambda_/alpha_. Even max_iter=1 moves them once from alpha_init and lambda_init. Gamma priors of large shape
  hold them where they are put: with alpha_1 = K alpha, alpha_2 = K (and the same for lambda) the estimate is alpha (1 + O(1/K)).
- `SGDRegressor(learning_rate="constant", eta0=η, penalty="l2", alpha=a)` steps by w ← w − η ((wᵀx − y) x + a w) on ½(y − wᵀx)² +
  a|w|²/2. One pass in order, without intercept, from 0 is `raw-sgd` with 2α = η and λ = a. scikit-learn shrinks w before it adds
  the gradient, which is taken at the old w; so the two agree exactly, not only to first order in η.
"""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest

from constructions import get
from constructions.gradient_descent import raw_sgd
from constructions.instructions import compiled
from constructions.instructions.deviation import deviations
from constructions.language import NearMiss, at
from constructions.language.quantifier import call
from constructions.least_squares import raw_ridge
from constructions.matrix import Matrix, exact
from constructions.matrix.floating import array_of
from constructions.matrix.rational import fractions_of
from constructions.matrix.sparse import sparse_floats
from verify.arithmetic.formats import BINARY32, NumpyFloats
from verify.methods.floating import torch_models

linear_model = pytest.importorskip("sklearn.linear_model")
datasets = pytest.importorskip("sklearn.datasets")

FLOAT32 = [NumpyFloats(BINARY32), *(model for model in torch_models() if model.format is BINARY32)]
EXACT32 = 2.0**-24


def diabetes(rows, columns, queries=4, scale=1.0):
    """Standardized inputs and centred targets of unit deviation: rows to learn from, and later ones as queries."""
    bunch = datasets.load_diabetes(scaled=False)
    X = (bunch.data - bunch.data.mean(axis=0)) / bunch.data.std(axis=0) * scale
    y = (bunch.target - bunch.target.mean()) / bunch.target.std() * scale
    return X[:rows, :columns], y[:rows], X[rows : rows + queries, :columns]


def instance_of(name, X, X_q, parameters, change=None):
    record = get(name) if change is None else get(name).variant(change)
    sizes = {"d": X.shape[1], "n": len(X), "m": len(X_q)} | ({"d_y": 1} if "d_y" in record.sizes else {})
    return at(record, sizes, parameters)


def network(name, X, y, X_q, parameters, change=None):
    """The network's answers in float64."""
    data = {"X": X, "Y": y[:, None], "X_q": X_q}
    run = instance_of(name, X, X_q, parameters, change).run({key: sparse_floats(part) for key, part in data.items()})
    return array_of(run.answer)[:, 0]


def in_float32(model, name, X, y, X_q, parameters):
    data = {"X": X, "Y": y[:, None], "X_q": X_q}
    lifted = {key: Matrix(model, model.lift(exact_of(part))) for key, part in data.items()}
    return model.widened(instance_of(name, X, X_q, parameters).run(lifted).answer._entries)[:, 0]


def exact_of(array):
    """A float64 array as exact rationals."""
    return exact([[Fraction(float(entry)) for entry in row] for row in array])


def ridge(X, y, X_q, lam):
    return linear_model.Ridge(alpha=lam, fit_intercept=False, solver="cholesky").fit(X, y).predict(X_q)


def held(X, y, alpha, lam, strength=1e13):
    """`BayesianRidge` whose precisions stay at alpha and lam."""
    return linear_model.BayesianRidge(
        fit_intercept=False, alpha_1=strength * alpha, alpha_2=strength, lambda_1=strength * lam, lambda_2=strength,
        alpha_init=alpha, lambda_init=lam,
    ).fit(X, y)  # fmt: skip


def sgd(X, y, X_q, alpha, lam):
    model = linear_model.SGDRegressor(
        loss="squared_error", penalty="l2", alpha=lam, learning_rate="constant", eta0=2 * alpha, fit_intercept=False,
        max_iter=1, shuffle=False, tol=None, average=False,
    )  # fmt: skip
    return model.fit(X, y, coef_init=np.zeros(X.shape[1])).predict(X_q)


def relative(found, expected):
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize(("name", "rows", "columns"), [("ridge-closed-form", 400, 10), ("raw-ridge", 6, 3)])
def test_ridge(name, rows, columns):
    X, y, X_q = diabetes(rows, columns)
    found = network(name, X, y, X_q, {"lam": "3/2"})
    assert relative(found, ridge(X, y, X_q, 1.5)) < 1e-12
    assert relative(found, ridge(X, y, X_q, 1.6)) > 1e-5  # another λ is seen


@pytest.mark.parametrize(("name", "rows", "columns"), [("ridge-closed-form", 100, 5), ("raw-ridge", 5, 2)])
@pytest.mark.parametrize("model", FLOAT32, ids=lambda model: model.name)
def test_ridge_in_float32(name, rows, columns, model):
    """float32 costs about its unit times the condition number of XᵀX + λI, which is printed if it fails."""
    X, y, X_q = diabetes(rows, columns)
    found = in_float32(model, name, X, y, X_q, {"lam": "3/2"})
    condition = np.linalg.cond(X.T @ X + 1.5 * np.eye(columns))
    error = relative(found, ridge(X, y, X_q, 1.5))
    assert 0 < error < 20 * condition * EXACT32, condition


@pytest.mark.parametrize(("name", "rows", "columns"), [("ridge-closed-form", 400, 10), ("raw-ridge", 6, 3)])
def test_bayesian_ridge_at_fixed_precisions(name, rows, columns):
    """Noise precision 2, weight precision 3: λ = 3/2."""
    X, y, X_q = diabetes(rows, columns)
    model = held(X, y, 2.0, 3.0)
    assert (model.alpha_, model.lambda_) == pytest.approx((2, 3), rel=1e-9)
    found = network(name, X, y, X_q, {"lam": "3/2"})
    assert relative(found, model.predict(X_q)) < 1e-9
    assert relative(found, held(X, y, 3.0, 2.0).predict(X_q)) > 1e-3  # the precisions the other way round


def test_bayesian_ridge_at_the_precisions_that_it_finds():
    """The evidence chooses λ = lambda_/alpha_; the network with this λ, taken as an exact number, is its posterior mean."""
    X, y, X_q = diabetes(300, 8)
    model = linear_model.BayesianRidge(fit_intercept=False).fit(X, y)
    lam = Fraction(float(model.lambda_ / model.alpha_))
    found = network("ridge-closed-form", X, y, X_q, {"lam": lam})
    assert relative(found, model.predict(X_q)) < 1e-12
    once = linear_model.BayesianRidge(fit_intercept=False, max_iter=1, alpha_init=2.0, lambda_init=3.0).fit(X, y)
    assert abs(once.lambda_ / once.alpha_ - 1.5) > 0.1  # one iteration does not leave them where they are put


def test_posterior_mean_of_precisions():
    """Precisions 4 and 1 are σ = 1/2 and τ = 1."""
    X, y, X_q = diabetes(50, 4)
    found = network("posterior-mean", X, y, X_q, {"sigma": "1/2", "tau": 1})
    assert relative(found, held(X, y, 4.0, 1.0).predict(X_q)) < 1e-9


def test_sgd():
    X, y, X_q = diabetes(8, 3)
    found = network("raw-sgd", X, y, X_q, {"alpha": "1/20", "lam": "1/10"})
    assert relative(found, sgd(X, y, X_q, 0.05, 0.1)) < 1e-12
    assert relative(found, sgd(X[::-1], y[::-1], X_q, 0.05, 0.1)) > 1e-3  # the order of the examples matters
    assert relative(found, sgd(X, y, X_q, 0.05, 0.2)) > 1e-3  # and so does the factor of the decay


@pytest.mark.parametrize("model", FLOAT32, ids=lambda model: model.name)
def test_sgd_in_float32(model):
    X, y, X_q = diabetes(4, 2)
    found = in_float32(model, "raw-sgd", X, y, X_q, {"alpha": "1/20", "lam": "1/10"})
    assert 0 < relative(found, sgd(X, y, X_q, 0.05, 0.1)) < 50 * EXACT32


def sgd_in_the_limit(d, N, w_0, alpha, lam, *, s):
    return compiled(*raw_sgd.program(d, N, w_0, alpha, lam), length=2 * N + 1, fidelity="limit", s=s)


def ridge_in_the_limit(d, N, lam, *, s):
    return compiled(*raw_ridge.program(d, N, lam), length=2 * N + 1, fidelity="limit", s=s)


LIMITS = {
    "raw-sgd": (sgd_in_the_limit, raw_sgd.program, {"alpha": "1/20", "lam": "1/10"}),
    "raw-ridge": (ridge_in_the_limit, raw_ridge.program, {"lam": 2}),
}


@pytest.mark.parametrize("name", LIMITS)
def test_gelu_products_stay_within_the_bound_of_the_chain_and_are_of_order_2(name):
    """At the scales s and s/2 the error is below the bound computed for the chain, and falls by 4."""
    weights, program, parameters = LIMITS[name]
    X, y, X_q = diabetes(2, 2, scale=0.25)
    given = instance_of(name, X, X_q, parameters)
    operations = call(program, {**given.sizes, **given.parameters})
    expected = sgd(X, y, X_q, 0.05, 0.1) if name == "raw-sgd" else ridge(X, y, X_q, 2)
    x_t, y_t = ({key: Fraction(float(np.abs(a).max()))} for key, a in (("x", np.vstack([X, X_q])), ("y", y)))
    start = [x_t, y_t] * len(X) + [x_t]
    errors = []
    for s in ("1/64", "1/128"):
        gelu = NearMiss("", weights=partial(weights, s=exact(s)))
        errors.append(float(np.abs(network(name, X, y, X_q, parameters, gelu) - expected).max()))
        bound = deviations(*operations, start, s=exact(s))[-1]["a"].error
        assert 0 < errors[-1] < fractions_of(bound)[0][0]
    assert errors[0] / errors[1] == pytest.approx(4, abs=0.1)
