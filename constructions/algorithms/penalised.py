"""Penalised least squares by (proximal) gradient steps, rows of X (n × d) and y (n × 1) being examples, w a column (d × 1).

Loss  1/(2n) |X w − y|²  plus  ½ λ |w|²  (ridge)  or  λ |w|_1  (lasso).
"""

from constructions.matrix import Matrix, iterate, ones, relu, zeros


def gradient(w: Matrix, X: Matrix, y: Matrix) -> Matrix:
    """Xᵀ(X w − y)/n, the gradient of 1/(2n) |X w − y|²."""
    return X.T @ (X @ w - y) / X.shape[0]


def ridge_step(w: Matrix, X: Matrix, y: Matrix, eta: Matrix, lam: Matrix) -> Matrix:
    """One gradient step on the ridge loss: w − η (∇ + λ w)."""
    return w - eta * (gradient(w, X, y) + lam * w)


def ridge_steps(X: Matrix, y: Matrix, eta: Matrix, lam: Matrix, steps: int) -> Matrix:
    """Gradient descent on the ridge loss from w = 0."""
    return iterate(lambda w, l: ridge_step(w, X, y, eta, lam), zeros(X.shape[1], 1), steps)


def soft_threshold(w: Matrix, threshold: Matrix) -> Matrix:
    """sign(w) max(|w| − θ, 0), entry by entry, as max(w − θ, 0) − max(−w − θ, 0); θ ≥ 0."""
    theta = threshold * ones(*w.shape)
    return relu(w - theta) - relu(-w - theta)


def lasso_step(w: Matrix, X: Matrix, y: Matrix, eta: Matrix, lam: Matrix) -> Matrix:
    """One proximal gradient (ISTA) step on the lasso loss: the soft threshold η λ of w − η ∇."""
    return soft_threshold(w - eta * gradient(w, X, y), eta * lam)


def lasso_steps(X: Matrix, y: Matrix, eta: Matrix, lam: Matrix, steps: int) -> Matrix:
    """Proximal gradient descent on the lasso loss from w = 0."""
    return iterate(lambda w, l: lasso_step(w, X, y, eta, lam), zeros(X.shape[1], 1), steps)
