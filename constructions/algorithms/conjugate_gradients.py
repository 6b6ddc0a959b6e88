"""The method of conjugate gradients for least squares. Hestenes and Stiefel 1952."""

from constructions.algorithms.gradient_descent import gradient
from constructions.matrix import Matrix, below


def conjugate_gradient_steps(W: Matrix, X: Matrix, Y: Matrix, steps: int) -> Matrix:
    """Every row w of W after so many steps towards the solution of S w = Xᵀy/n, S = XᵀX/n.

    From r = p = Xᵀy/n − S w:  α = |r|²/(pᵀ S p),  w ← w + α p,  r' = r − α S p,  p ← r' + (|r'|²/|r|²) p.
    """
    S, residuals = X.T @ X / X.shape[0], -gradient(W, X, Y)
    return below(*(_row(W[i], residuals[i], S, steps) for i in range(W.shape[0])))


def _row(w: Matrix, r: Matrix, S: Matrix, steps: int) -> Matrix:
    p = r
    for _ in range(steps):
        alpha = (r @ r.T) / (p @ S @ p.T)
        w, old, r = w + alpha * p, r, r - alpha * p @ S
        p = r + (r @ r.T) / (old @ old.T) * p
    return w
