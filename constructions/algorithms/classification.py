"""Logistic regression on rows of X (n × d) with labels Y (n × 1) in [0, 1], w a column (d × 1).

The loss log(1 + e^s) − y s of a logit s has the derivative σ(s) − y, σ(s) = 1/(1 + e^{−s}).
"""

from collections.abc import Callable

from constructions.matrix import Matrix, exp, iterate, ones, reciprocal, relu, zeros

Link = Callable[[Matrix], Matrix]


def sigmoid(s: Matrix) -> Matrix:
    """1/(1 + e^{−s}), entry by entry."""
    return reciprocal(ones(*s.shape) + exp(-s))


def pieces(s: Matrix, knots: Matrix, bends: Matrix, start: Matrix) -> Matrix:
    """The piecewise linear function that is `start` on the far left and changes its slope by bends_m at knots_m: Σ_m
    bends_m max(s − knots_m, 0) + start."""
    total = start * ones(*s.shape)
    for m in range(knots.shape[0]):
        total = total + bends[m] * relu(s - knots[m] * ones(*s.shape))
    return total


def step(w: Matrix, X: Matrix, Y: Matrix, eta: Matrix, link: Link) -> Matrix:
    """A step of gradient descent, w − η Xᵀ(link(X w) − y)/n."""
    return w - eta / X.shape[0] * (X.T @ (link(X @ w) - Y))


def descent(X: Matrix, Y: Matrix, eta: Matrix, steps: int, link: Link) -> Matrix:
    """Gradient descent from w = 0, where the derivative of the loss is link(s) − y."""
    return iterate(lambda w, l: step(w, X, Y, eta, link), zeros(X.shape[1], 1), steps)
