"""Power iteration through the network, against scikit-learn, and chain of thought against the solution of least squares."""

import numpy as np
from sklearn.decomposition import PCA

from constructions import get
from constructions.language import at
from constructions.matrix.floating import array_of, floats

RNG = np.random.default_rng(8)
X = RNG.standard_normal((30, 3)) @ np.diag([2.0, 1.0, 0.5]) @ np.linalg.qr(RNG.standard_normal((3, 3)))[0]


def test_the_direction_tends_to_the_principal_component():
    centred = X - X.mean(axis=0)
    first = PCA().fit(centred).components_[0]
    values = np.linalg.eigvalsh(centred.T @ centred / 30)
    record = get("power-iteration")
    for claim in record.claims:
        errors = []
        for steps in (5, 10):
            instance = at(record.claiming(claim), {"d": 3, "n": 30, "steps": steps}, {"bound": 5})
            starts = (np.eye(3)[[k]] for k in range(3))
            answers = [instance.run({"X": floats(centred), "v_0": floats(start)}).answer for start in starts]
            found = np.vstack([array_of(answer) for answer in answers])
            assert np.linalg.norm(found, 2) <= 1  # Λ bounds the eigenvalues, so nothing grows
            cosines = found @ first / np.linalg.norm(found, axis=1)
            errors.append(np.sqrt(np.abs(1 - cosines**2)).max())
        rate = (values[-2] / values[-1]) ** 5
        assert errors[1] < 1.5 * rate * errors[0] < 0.2 * errors[0]


def test_chain_of_thought_tends_to_the_solution_of_least_squares():
    y = RNG.standard_normal((30, 1))
    best = np.linalg.lstsq(X, y, rcond=None)[0][:, 0]
    sizes = {"d": 3, "n": 30, "steps": 60}
    S = X.T @ X / 30
    gamma = [[f"{entry:.12f}" for entry in row] for row in np.linalg.inv(S) / 2]
    data = {"X": floats(X), "y": floats(y), "w_0": floats(RNG.standard_normal((1, 3)))}
    run = at(get("cot-gd"), sizes, {"Gamma": gamma}).run(data)
    assert np.abs(array_of(run.answer) - best).max() < 1e-9
    assert [streams[0].shape[0] for streams in run.streams] == [30 + 1 + 59]  # what it wrote stands in the prompt
    written = array_of(run.read("w", "query", layer=0))
    errors = np.linalg.norm(written[:60] - best, axis=1)
    assert np.abs(errors[1:8] / errors[:7] - 0.5).max() < 1e-6  # with Γ = S⁻¹/2 each token halves the error
