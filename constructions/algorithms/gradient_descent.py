"""Gradient descent on the least-squares loss, rows of X (n × d_x) and Y (n × d_y) being examples.

Loss  R(W) = 1/(2n) Σ_i |W x_i − y_i|²,  gradient  ∇R(W) = 1/n Σ_i (W x_i − y_i) x_iᵀ,  both for W of shape d_y × d_x.
"""

from constructions.matrix import Matrix, below


def gradient(W: Matrix, X: Matrix, Y: Matrix) -> Matrix:
    """∇R(W) = (W Xᵀ − Yᵀ) X / n, of shape d_y × d_x."""
    return (W @ X.T - Y.T) @ X / X.shape[0]


def step(W: Matrix, X: Matrix, Y: Matrix, eta: Matrix) -> Matrix:
    """One step of gradient descent: W − η ∇R(W)."""
    return W - eta * gradient(W, X, Y)


def steps(W: Matrix, X: Matrix, Y: Matrix, etas: Matrix) -> Matrix:
    """Gradient descent with step sizes η_1, η_2, … (the rows of `etas`)."""
    for l in range(etas.shape[0]):
        W = step(W, X, Y, etas[l])
    return W


def preconditioned_step(W: Matrix, X: Matrix, Y: Matrix, A: Matrix) -> Matrix:
    """w − Aᵀ ∇R(w) for every row w of W, that is W − ∇R(W) A. Ahn et al. 2023, Lemma 1, with the transpose put right."""
    return W - gradient(W, X, Y) @ A


def causal_iterates(X: Matrix, Y: Matrix, eta: Matrix, layers: int) -> list[Matrix]:
    """Per-position iterates w_1, …, w_n of gradient descent in which example j sees the residuals of examples i ≤ j only:

    w_j ← w_j + (η/n) Σ_{i ≤ j} (y_i − w_i x_i) x_iᵀ, all j at once, from w_j = 0. Ding et al. 2023, Proposition 2.
    """
    n = X.shape[0]
    zero = 0 * (Y[0].T @ X[0])
    W = [zero for _ in range(n)]
    for _ in range(layers):
        pushes = [(Y[i].T - W[i] @ X[i].T) @ X[i] for i in range(n)]
        total, moved = zero, []
        for j in range(n):
            total = total + pushes[j]
            moved.append(W[j] + eta / n * total)
        W = moved
    return W


def causal_residuals(W: list[Matrix], X: Matrix, Y: Matrix) -> Matrix:
    """y_j − w_j x_j for every j, as rows (n × d_y)."""
    return below(*(Y[j] - X[j] @ W[j].T for j in range(X.shape[0])))
