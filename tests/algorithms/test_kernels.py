"""Kernel methods through the networks, against scikit-learn."""

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, PairwiseKernel
from sklearn.kernel_ridge import KernelRidge

from constructions import get
from constructions.algorithms import kernels
from constructions.language import at
from constructions.matrix import exact
from constructions.matrix.floating import array_of, floats

RNG = np.random.default_rng(6)
ANGLES = 2 * np.pi * np.arange(5) / 5
X, Y = 1.5 * np.column_stack([np.cos(ANGLES), np.sin(ANGLES)]), RNG.standard_normal((5, 1))  # a tame kernel matrix
X_Q = RNG.standard_normal((3, 2))


def answer(name, steps, parameters, queries=X_Q):
    sizes = {"d_x": 2, "d_y": 1, "n": 5, "steps": steps} | ({"m": len(queries)} if "m" in get(name).sizes else {})
    data = {"X": floats(X), "Y": floats(Y), "X_q": floats(queries)}
    return array_of(at(get(name), sizes, parameters).run(data).answer)


def test_the_composite_kernel_entry_by_entry():
    c = [0.5, -1.0, 2.0, 3.0]
    found = array_of(kernels.composite(floats(X_Q), floats(X), exact(["1/2", -1, 2, 3])))
    for j, query in enumerate(X_Q):
        scores = X @ query
        shares = np.exp(scores) / np.exp(scores).sum()
        by_hand = c[0] * scores + c[1] * np.maximum(scores, 0) + c[2] * np.exp(scores) + c[3] * shares
        assert np.abs(found[j] - by_hand).max() < 1e-12


def test_many_layers_of_exponential_attention_are_the_mean_of_a_gaussian_process():
    """With the kernel e^⟨x, x'⟩ + ⟨x, x'⟩ and no noise; kernel ridge regression without a penalty says the same."""

    def kernel(a, b, gamma=None):
        return np.exp(a @ b) + a @ b

    process = GaussianProcessRegressor(kernel=PairwiseKernel(metric=kernel), optimizer=None, alpha=0).fit(X, Y[:, 0])
    ridge = KernelRidge(kernel=kernel, alpha=0).fit(X, Y[:, 0])
    parameters = {"eta": "1/12", "c": exact([1, 0, 1, 0])}
    few, many = (answer("functional-gd", steps, parameters)[:, 0] for steps in (3, 100))
    assert np.abs(many - process.predict(X_Q)).max() < 1e-9
    assert np.abs(many - ridge.predict(X_Q)).max() < 1e-9
    assert np.abs(few - process.predict(X_Q)).max() > 1e-2


@pytest.mark.parametrize("query", X_Q, ids=range(3))
def test_many_layers_are_mean_and_variance_of_a_gaussian_process(query):
    process = GaussianProcessRegressor(kernel=RBF(1.0), optimizer=None, alpha=0.25).fit(X, Y[:, 0])
    mean, deviation = process.predict(query[None, :], return_std=True)
    found = answer("gp-posterior", 120, {"eta": "1/2", "noise": "1/4"}, query[None, :])
    assert np.abs(found - [[mean[0], deviation[0] ** 2]]).max() < 1e-9
    assert np.abs(answer("gp-posterior", 2, {"eta": "1/2", "noise": "1/4"}, query[None, :]) - found).max() > 1e-3
