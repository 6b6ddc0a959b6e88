"""Networks of reinforcement learning on a small Markov reward process: against the recursion, and where it tends to."""

import numpy as np
import pytest

from constructions import get
from constructions.language import at
from constructions.matrix.floating import array_of, floats

P = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [0.6, 0.0, 0.4]])
REWARD, GAMMA, LAM = np.array([1.0, -2.0, 3.0]), 0.9, 0.5
FEATURES = np.array([[1.0, 0.0], [0.5, 1.0], [-1.0, 2.0]])


def walk(n, seed=0):
    rng, states = np.random.default_rng(seed), [0]
    for _ in range(n):
        states.append(rng.choice(3, p=P[states[-1]]))
    return np.array(states)


def data_of(states, features=FEATURES):
    phi = features[states]
    named = {"Phi": phi[:-1], "Phi_next": phi[1:], "r": REWARD[states[:-1], None], "Phi_q": features}
    return {name: floats(value) for name, value in named.items()}


def network(name, data, **parameters):
    sizes = {"d": data["Phi"].shape[1], "n": data["Phi"].shape[0], "m": 3, "steps": parameters.pop("steps")}
    return array_of(at(get(name), sizes, parameters).run(data).answer)[:, 0]


def textbook(states, steps, alpha, decay, gamma=GAMMA, mean=None, features=FEATURES):
    """w ← w + (α/n) Σ δ_t e_t, one transition after the other, with a trace that decays."""
    w, n = np.zeros(features.shape[1]), len(states) - 1
    for _ in range(steps):
        trace, change, total = np.zeros_like(w), np.zeros_like(w), 0.0
        for t in range(n):
            total += REWARD[states[t]]
            average = total / (t + 1) if mean == "running" else 0.0
            trace = decay * trace + features[states[t]]
            change += (
                REWARD[states[t]] - average + (gamma * features[states[t + 1]] - features[states[t]]) @ w
            ) * trace
        w = w + alpha / n * change
    return features @ w


@pytest.mark.parametrize(
    ("name", "parameters", "decay", "gamma", "mean"),
    [
        ("td-zero", {"gamma": "9/10"}, 0.0, GAMMA, None),
        ("td-lambda", {"gamma": "9/10", "lam": "1/2"}, LAM, GAMMA, None),
        ("td-lambda", {"gamma": "9/10", "lam": "9/20"}, GAMMA * LAM, GAMMA, None),  # Sutton's TD(1/2)
        ("td-average", {}, 0.0, 1.0, "running"),
    ],
)
def test_networks_follow_the_recursion(name, parameters, decay, gamma, mean):
    states = walk(9)
    found = network(name, data_of(states), steps=4, alpha="1/5", **parameters)
    assert np.abs(found - textbook(states, 4, 0.2, decay, gamma, mean)).max() < 1e-12
    assert np.abs(found - textbook(states, 4, 0.2, decay + 0.25, gamma, mean)).max() > 1e-3


def test_many_layers_of_td_lambda_solve_the_equations_of_least_squares_td():
    states = walk(30)
    phi, after, trace = FEATURES[states[:-1]], FEATURES[states[1:]], np.zeros(2)
    A, b = np.zeros((2, 2)), np.zeros(2)
    for t in range(30):
        trace = LAM * trace + phi[t]
        A, b = A + np.outer(trace, phi[t] - GAMMA * after[t]), b + trace * REWARD[states[t]]
    found = network("td-lambda", data_of(states), steps=400, alpha="1/2", gamma="9/10", lam="1/2")
    assert np.abs(found - FEATURES @ np.linalg.solve(A, b)).max() < 1e-6


def test_with_one_feature_a_state_td_tends_to_the_value_of_the_empirical_process():
    states, one_hot = walk(40), np.eye(3)
    counts = np.zeros((3, 3))
    np.add.at(counts, (states[:-1], states[1:]), 1)
    values = np.linalg.solve(np.eye(3) - GAMMA * counts / counts.sum(axis=1, keepdims=True), REWARD)
    found = network("td-zero", data_of(states, one_hot), steps=700, alpha=2, gamma="9/10")
    assert np.abs(found - values).max() < 1e-6
