"""Linear tasks that no learner has seen: w ~ N(0, τ²I), x ~ N(0, I), y = wᵀx + ε with ε ~ N(0, σ²)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Setting:
    """How tasks are drawn: d inputs, up to n examples, noise σ, prior deviation τ; `queries` unlabelled x′ a task."""

    d: int
    n: int
    sigma: float
    tau: float
    tasks: int
    queries: int
    seed: int

    def draw(self) -> Iterator[Task]:
        """Every task with all its examples. Task number k is the same however many tasks, examples or queries are asked for."""
        for number in range(self.tasks):
            weights, examples, noise, queries = (np.random.default_rng([self.seed, number, part]) for part in range(4))
            w = self.tau * weights.normal(size=self.d)
            X = examples.normal(size=(self.n, self.d))
            Y = X @ w + self.sigma * noise.normal(size=self.n)
            yield Task(X, Y[:, None], queries.normal(size=(self.queries, self.d)), w, self.sigma, self.tau)


@dataclass(frozen=True)
class Task:
    """Examples X (n × d) and Y (n × 1), unlabelled queries Q (m × d), and what made them: w, σ and τ."""

    X: np.ndarray
    Y: np.ndarray
    Q: np.ndarray
    w: np.ndarray
    sigma: float
    tau: float

    def first(self, n: int) -> Task:
        """The same task with its first n examples."""
        return replace(self, X=self.X[:n], Y=self.Y[:n])
