"""Learners that are no transformers, in float64: each answers the queries of a task with m numbers.

They are written without the package's own algorithms, so that a network is compared with something else than its own formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.commands.compare.tasks import Task
from constructions.commands.misuse import Misuse
from constructions.matrix import Pole


@dataclass(frozen=True)
class Baseline:
    """A learner with its settings and their defaults: a Fraction for a number > 0, an int ≥ 1, a tuple of words (the first
    is the default), or None for a number > 0 that is left out unless it is given. `zero` names numbers that may be 0."""

    answer: Callable[..., np.ndarray]
    meaning: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    zero: frozenset[str] = frozenset()
    instead: Mapping[str, str] = field(default_factory=dict)  # a setting that takes the place of another


def shortest(task: Task) -> np.ndarray:
    """X⁺y: the shortest w among those of least squared error, by singular values."""
    return np.linalg.lstsq(task.X, task.Y, rcond=None)[0]


def ridge_weights(X: np.ndarray, Y: np.ndarray, lam: float) -> np.ndarray:
    """(XᵀX + λI)⁻¹Xᵀy by its normal equations. Raises `Pole` where rounding makes them singular."""
    try:
        return np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ Y)
    except np.linalg.LinAlgError as error:
        raise Pole(f"XᵀX + λI is singular in float64 at λ = {lam:.0e}; take a larger lam") from error


def ols(task: Task) -> np.ndarray:
    return task.Q @ shortest(task)


def ridge(task: Task, lam: float) -> np.ndarray:
    return task.Q @ ridge_weights(task.X, task.Y, lam)


def posterior(task: Task) -> np.ndarray:
    """cov(wᵀx′, Y) cov(Y, Y)⁻¹ Y; without noise the covariance may be singular, and its limit is `ols`."""
    if task.sigma == 0:
        return ols(task)
    covariance = task.tau**2 * task.X @ task.X.T + task.sigma**2 * np.eye(len(task.X))
    return task.tau**2 * task.Q @ task.X.T @ np.linalg.solve(covariance, task.Y)


def sgd(task: Task, alpha: float, lam: float) -> np.ndarray:
    """One pass, one example a step: w ← w − 2α (x (xᵀw − y) + λw), from 0."""
    w = np.zeros(task.X.shape[1])
    for x, (y,) in zip(task.X, task.Y, strict=True):
        w = w - 2 * alpha * (x * (x @ w - y) + lam * w)
    return task.Q @ w


def gd(task: Task, lam: float, steps: int, alpha: float | None, eta: float | None) -> np.ndarray:
    """w ← w − 2α (Xᵀ(Xw − y) + λw) from 0; η is the step for the loss ½·mean, so that 2α = η/n."""
    step = 2 * alpha if alpha is not None else (eta or 0) / len(task.X)
    w = np.zeros((task.X.shape[1], 1))
    for _ in range(steps):
        w = w - step * (task.X.T @ (task.X @ w - task.Y) + lam * w)
    return task.Q @ w


def knn(task: Task, k: int, weights: str) -> np.ndarray:
    """The mean of the k nearest examples, or that weighted by |x − x′|⁻²; of all examples where there are fewer."""
    try:
        from sklearn.neighbors import KNeighborsRegressor
    except ImportError as error:
        raise Misuse("knn needs scikit-learn; install it with: python -m pip install scikit-learn") from error
    nearest = min(k, len(task.X))
    chosen: Any = inverse_square if weights == "distance" else "uniform"  # the stubs know words only
    return KNeighborsRegressor(n_neighbors=nearest, weights=chosen).fit(task.X, task.Y).predict(task.Q)


def inverse_square(distances: np.ndarray) -> np.ndarray:
    """|x − x′|⁻², and where x′ is an example itself, that example alone."""
    same = distances == 0
    away = 1 / np.where(same, 1, distances) ** 2
    return np.where(same.any(axis=1, keepdims=True), same.astype(float), away)


def truth(task: Task) -> np.ndarray:
    return task.Q @ task.w


TENTH, HUNDREDTH, NOTHING = Fraction(1, 10), Fraction(1, 100), Fraction(0)
BASELINES = {
    "ols": Baseline(ols, "least squares; the shortest w where several fit"),
    "ridge": Baseline(ridge, "(XᵀX + λI)⁻¹Xᵀy", {"lam": TENTH}),
    "posterior": Baseline(posterior, "E[wᵀx′ | examples] for the tasks that are drawn"),
    "sgd": Baseline(
        sgd, "one pass, w ← w − 2α(x(xᵀw − y) + λw)", {"alpha": HUNDREDTH, "lam": NOTHING}, frozenset({"lam"})
    ),
    "gd": Baseline(
        gd,
        "batch steps w ← w − 2α(Xᵀ(Xw − y) + λw); eta in place of alpha is the step for ½·mean: 2α = η/n",
        {"alpha": HUNDREDTH, "lam": NOTHING, "steps": 1, "eta": None},
        frozenset({"lam"}),
        {"eta": "alpha"},
    ),
    "knn": Baseline(
        knn, "k nearest examples; weights=distance: |x − x′|⁻²", {"k": 3, "weights": ("uniform", "distance")}
    ),
    "truth": Baseline(truth, "wᵀx′ itself, which no learner knows"),
}
