"""The delta rule against scikit-learn's online gradient descent, and the layer in chunks against a closed form in numpy."""

import numpy as np
from sklearn.linear_model import SGDRegressor

from constructions import get
from constructions.algorithms.delta_rule import online_steps
from constructions.language import at
from constructions.matrix.floating import array_of, floats

RNG = np.random.default_rng(4)
K, V, Q = RNG.standard_normal((7, 3)), RNG.standard_normal((7, 2)), RNG.standard_normal((7, 3))
RATES = RNG.uniform(0.1, 0.9, (7, 1))


def test_online_steps_are_those_of_scikit_learn():
    ours = online_steps(floats(K), floats(V), floats(np.full((7, 1), 0.25)))
    for output in range(2):
        model = SGDRegressor(learning_rate="constant", eta0=0.25, penalty=None, fit_intercept=False, shuffle=False)
        for t in range(7):
            model.partial_fit(K[[t]], V[[t], output])
            assert np.abs(array_of(ours[t])[output] - model.coef_).max() < 1e-12


def test_the_layer_is_the_triangular_form_of_the_whole_sequence():
    data = {name: floats(value) for name, value in (("K", K), ("V", V), ("Q", Q), ("beta", RATES))}
    U = np.linalg.solve(np.eye(7) + np.tril(RATES * (K @ K.T), -1), RATES * V)
    record = get("delta-rule")
    for claim, chunk in ((claim, chunk) for claim in record.claims for chunk in (1, 3, 7, 20)):
        instance = at(record.claiming(claim), {"d_k": 3, "d_v": 2, "n": 7, "chunk": chunk})
        assert np.abs(array_of(instance.run(data).answer) - np.tril(Q @ K.T) @ U).max() < 1e-13


def test_with_rates_of_kaczmarz_what_was_written_last_is_read_back():
    rates = 1 / (K * K).sum(axis=1, keepdims=True)
    S = online_steps(floats(K), floats(V), floats(rates))
    read = np.vstack([K[[t]] @ array_of(S[t]).T for t in range(7)])
    assert np.abs(read - V).max() < 1e-13
    assert np.abs(K @ array_of(S[-1]).T - V).max() > 0.1  # what was written earlier is not
