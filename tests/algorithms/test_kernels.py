"""Kernel methods through the networks, against scikit-learn."""

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import PairwiseKernel

from constructions import get
from constructions.algorithms import kernels
from constructions.language import at
from constructions.matrix import exact
from constructions.matrix.floating import array_of, floats

RNG = np.random.default_rng(6)
X, Y, X_Q = RNG.standard_normal((5, 2)), RNG.standard_normal((5, 1)), RNG.standard_normal((3, 2))
DATA = {"X": floats(X), "Y": floats(Y), "X_q": floats(X_Q)}


def test_the_composite_kernel_entry_by_entry():
    c = [0.5, -1.0, 2.0, 3.0]
    found = array_of(kernels.composite(floats(X_Q), floats(X), exact(["1/2", -1, 2, 3])))
    for j, query in enumerate(X_Q):
        scores = X @ query
        shares = np.exp(scores) / np.exp(scores).sum()
        by_hand = c[0] * scores + c[1] * np.maximum(scores, 0) + c[2] * np.exp(scores) + c[3] * shares
        assert np.abs(found[j] - by_hand).max() < 1e-12


def test_many_layers_of_exponential_attention_are_the_mean_of_a_gaussian_process():
    """With the kernel e^⟨x, x'⟩ + ⟨x, x'⟩ and no noise, in 3000 layers."""

    def kernel(a, b, gamma=None):
        return np.exp(a @ b) + a @ b

    model = GaussianProcessRegressor(kernel=PairwiseKernel(metric=kernel), optimizer=None, alpha=0).fit(X, Y[:, 0])
    K = np.array([[kernel(a, b) for b in X] for a in X])
    eta = f"{1.9 / np.linalg.eigvalsh(K)[-1]:.6f}"
    parameters = {"eta": eta, "c": exact([1, 0, 1, 0])}
    few, many = (
        array_of(
            at(get("functional-gd"), {"d_x": 2, "d_y": 1, "n": 5, "m": 3, "steps": steps}, parameters).run(DATA).answer
        )
        for steps in (10, 3000)
    )
    assert np.abs(many[:, 0] - model.predict(X_Q)).max() < 1e-6 < 1e-3 < np.abs(few[:, 0] - model.predict(X_Q)).max()
