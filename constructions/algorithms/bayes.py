"""Posterior means under a prior that sits on finitely many points."""

from constructions.matrix import Matrix, below, exp, ones


def denoised(X: Matrix, q: Matrix, variance: Matrix, tilt: Matrix) -> Matrix:
    """E[x | x + noise = q] for x among the rows of X (n × d) and noise N(0, σ² I), as a row (1 × d).

    The prior of the point x is proportional to e^{tilt |x|²/2σ²}; with tilt = 0 it is uniform.
    Σ_t p_t x_t e^{−|q − x_t|²/2σ²} / Σ_t p_t e^{−|q − x_t|²/2σ²}.
    """
    n, d = X.shape
    apart = X - ones(n, 1) @ q
    likelihood = exp(((tilt * X * X - apart * apart) @ ones(d, 1)) / (2 * variance))
    return likelihood.T @ X / (ones(1, n) @ likelihood)


def all_denoised(X: Matrix, X_q: Matrix, variance: Matrix, tilt: Matrix) -> Matrix:
    """The posterior means of all rows of X_q."""
    return below(*(denoised(X, X_q[i], variance, tilt) for i in range(X_q.shape[0])))
