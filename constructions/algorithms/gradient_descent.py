"""Gradient descent on the least-squares loss, rows of X (n × d_x) and Y (n × d_y) being examples.

Loss  R(W) = 1/(2n) Σ_i |W x_i − y_i|²,  gradient  ∇R(W) = 1/n Σ_i (W x_i − y_i) x_iᵀ,  both for W of shape d_y × d_x.
"""

from constructions.matrix import Matrix, below, identity, iterate, zeros


def gradient(W: Matrix, X: Matrix, Y: Matrix) -> Matrix:
    """∇R(W) = (W Xᵀ − Yᵀ) X / n, of shape d_y × d_x."""
    return (W @ X.T - Y.T) @ X / X.shape[0]


def step(W: Matrix, X: Matrix, Y: Matrix, eta: Matrix) -> Matrix:
    """One step of gradient descent: W − η ∇R(W)."""
    return W - eta * gradient(W, X, Y)


def steps(W: Matrix, X: Matrix, Y: Matrix, etas: Matrix) -> Matrix:
    """Gradient descent with step sizes η_1, η_2, … (the rows of `etas`)."""
    return iterate(lambda W, l: step(W, X, Y, etas[l]), W, etas.shape[0])


def ridge_steps(X: Matrix, Y: Matrix, lam: Matrix, eps: Matrix, steps: int) -> Matrix:
    """So many steps on ½ Σ |W x − y|² + ½ λ|W|² with step size ε, from 0; Wᵀ, of shape d_x × d_y."""
    return iterate(lambda w, l: w - eps * (X.T @ (X @ w - Y) + lam * w), zeros(X.shape[1], Y.shape[1]), steps)


def preconditioned_step(W: Matrix, X: Matrix, Y: Matrix, A: Matrix) -> Matrix:
    """w − Aᵀ ∇R(w) for every row w of W, that is W − ∇R(W) A. Ahn et al. 2023, Lemma 1, transpose put right."""
    return W - gradient(W, X, Y) @ A


def preconditioned_steps(W: Matrix, X: Matrix, Y: Matrix, A: tuple[Matrix, ...], steps: int) -> Matrix:
    """Preconditioned gradient descent with the preconditioners A_1, …, A_steps."""
    return iterate(lambda W, l: preconditioned_step(W, X, Y, A[l]), W, steps)


def plus_plus_start(X: Matrix, Y: Matrix) -> tuple[Matrix, Matrix]:
    """GD++ starts from the weights W = 0 and the change of inputs C = I."""
    return zeros(Y.shape[1], X.shape[1]), identity(X.shape[1])


def plus_plus_step(W: Matrix, C: Matrix, X: Matrix, Y: Matrix, eta: Matrix, gamma: Matrix) -> tuple[Matrix, Matrix]:
    """One step of GD++, which moves the weights and the inputs at once. The inputs are now the rows of X C:

    W ← W − η ∇R(W) C Cᵀ   (a gradient step on the moved inputs, for weights that act on the given ones),
    C ← C − γ C (X C)ᵀ (X C)   (so that x ← x − γ Σ_i x_i ⟨x_i, x⟩).

    von Oswald et al. 2023, Appendix A.10, with W_0 = 0.
    """
    moved = X @ C
    return W - eta * gradient(W, X, Y) @ C @ C.T, C - gamma * C @ (moved.T @ moved)


def plus_plus_steps(X: Matrix, Y: Matrix, etas: Matrix, gammas: Matrix) -> tuple[Matrix, Matrix]:
    """Weights and change of inputs after GD++ with step sizes η_1, η_2, … and γ_1, γ_2, …"""
    return iterate(
        lambda W, l: plus_plus_step(W[0], W[1], X, Y, etas[l], gammas[l]), plus_plus_start(X, Y), etas.shape[0]
    )


def heavy_ball_step(W: Matrix, V: Matrix, X: Matrix, Y: Matrix, eta: Matrix, beta: Matrix) -> tuple[Matrix, Matrix]:
    """One step of the heavy-ball method: V ← β V − η ∇R(W), then W ← W + V. Polyak 1964."""
    V = beta * V - eta * gradient(W, X, Y)
    return W + V, V


def heavy_ball_steps(W: Matrix, X: Matrix, Y: Matrix, etas: Matrix, betas: Matrix) -> tuple[Matrix, Matrix]:
    """Weights and velocity after heavy-ball steps from rest, with step sizes η_1, η_2, … and momenta β_1, β_2, …"""
    return iterate(lambda W, l: heavy_ball_step(W[0], W[1], X, Y, etas[l], betas[l]), (W, 0 * W), etas.shape[0])


def causal_start(X: Matrix, Y: Matrix) -> list[Matrix]:
    """w_j = 0 for every position j."""
    return [zeros(Y.shape[1], X.shape[1])] * X.shape[0]


def causal_step(W: list[Matrix], X: Matrix, Y: Matrix, eta: Matrix) -> list[Matrix]:
    """A step of gradient descent in which position j sees the residuals of examples i ≤ j only, all positions at once:

    w_j ← w_j + (η/n) Σ_{i ≤ j} (y_i − w_i x_i) x_iᵀ. Ding et al. 2023, Proposition 2.
    """
    n, total, moved = X.shape[0], zeros(*W[0].shape), []
    for i in range(n):
        total = total + (Y[i].T - W[i] @ X[i].T) @ X[i]
        moved.append(W[i] + eta / n * total)
    return moved


def causal_steps(X: Matrix, Y: Matrix, eta: Matrix, steps: int) -> list[Matrix]:
    """The weights w_1, …, w_n of the positions after so many causal steps from 0."""
    return iterate(lambda W, l: causal_step(W, X, Y, eta), causal_start(X, Y), steps)


def causal_residuals(W: list[Matrix], X: Matrix, Y: Matrix) -> Matrix:
    """y_j − w_j x_j for every j, as rows (n × d_y)."""
    return below(*(Y[j] - X[j] @ W[j].T for j in range(X.shape[0])))
