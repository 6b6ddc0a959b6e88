"""Chebyshev's semi-iterative method for least squares, for XᵀX/n with eigenvalues in [μ, L]. Golub and Varga 1961.

Rows of X (n × d_x) and Y (n × d_y) are examples, W is d_y × d_x, R(W) = 1/(2n) Σ_i |W x_i − y_i|².
"""

from constructions.algorithms.gradient_descent import gradient
from constructions.matrix import Matrix, identity


def chebyshev_steps(W: Matrix, X: Matrix, Y: Matrix, mu: Matrix, L: Matrix, steps: int) -> Matrix:
    """W_{l+1} = ω_{l+1} (W_l − W_{l−1} − ∇R(W_l)/c) + W_{l−1} with c = (L+μ)/2, h = (L−μ)/2, ω_1 = 1 and
    ω_{l+1} = 2 (c/h) T_l(c/h) / T_{l+1}(c/h), T_l being Chebyshev's polynomial of degree l.

    T_l(c/h) is computed as t_l = h^l T_l(c/h), from t_0 = 1, t_1 = c and t_{l+1} = 2c t_l − h² t_{l−1}.
    """
    c, h = (L + mu) / 2, (L - mu) / 2
    before, last, now = W, 1 + 0 * c, c
    W = W - gradient(W, X, Y) / c
    for _ in range(1, steps):
        last, now = now, 2 * c * now - h * h * last
        omega = 2 * c * last / now
        before, W = W, omega * (W - before - gradient(W, X, Y) / c) + before
    return W


def damping(X: Matrix, mu: Matrix, L: Matrix, steps: int) -> Matrix:
    """T_K((c I − S)/h) / T_K(c/h) for S = XᵀX/n: of all polynomials of degree K that are 1 at 0, the smallest on [μ, L]."""
    one, c, h = identity(X.shape[1]), (L + mu) / 2, (L - mu) / 2
    S = X.T @ X / X.shape[0]
    before, polynomial, last, now = one, c * one - S, 1 + 0 * c, c
    for _ in range(1, steps):
        before, polynomial = polynomial, 2 * (c * one - S) @ polynomial - h * h * before
        last, now = now, 2 * c * now - h * h * last
    return polynomial / now
