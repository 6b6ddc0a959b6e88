"""Power iteration on the second moments of data: rows of X (n × d) are examples, rows of V (m × d) are vectors."""

from constructions.matrix import Matrix, iterate


def power_step(V: Matrix, X: Matrix, bound: Matrix) -> Matrix:
    """v ← S v / bound for every row v of V, with S = XᵀX/n. Nothing is normalised."""
    return V @ (X.T @ X) / X.shape[0] / bound


def power_steps(V: Matrix, X: Matrix, bound: Matrix, steps: int) -> Matrix:
    """Power iteration from the rows of V."""
    return iterate(lambda W, l: power_step(W, X, bound), V, steps)
