"""Entropic optimal transport between two clouds of n points each, rows of X and Y (n × d), with uniform marginals.

Cost C_ij = |x_i − y_j|², plan P_ij = e^{(u_i + v_j − C_ij)/λ} for dual potentials u, v (n × 1). The dual is concave, with
gradient 1/n − Σ_j P_ij in u_i: at its maximum the plan has both marginals.
"""

from constructions.matrix import Matrix, exp, iterate, ones, reciprocal, zeros


def cost(X: Matrix, Y: Matrix) -> Matrix:
    """All squared distances, n × n."""
    n, d = X.shape
    squares = (X * X @ ones(d, 1)) @ ones(1, n), (Y * Y @ ones(d, 1)) @ ones(1, n)
    return squares[0] + squares[1].T - 2 * (X @ Y.T)


def plan(u: Matrix, v: Matrix, X: Matrix, Y: Matrix, lam: Matrix) -> Matrix:
    """P_ij = e^{(u_i + v_j − C_ij)/λ}."""
    n = X.shape[0]
    return exp((u @ ones(1, n) + ones(n, 1) @ v.T - cost(X, Y)) / lam)


def dual_step(uv: tuple[Matrix, Matrix], X: Matrix, Y: Matrix, lam: Matrix, rate: Matrix) -> tuple[Matrix, Matrix]:
    """Ascent on the dual, each potential with a step size of its own: u_i ← u_i + g (1/n − S_i)/(1 + S_i), S_i = Σ_j P_ij, and
    in the same way for v with the column sums, at the same time."""
    n, each = X.shape[0], ones(X.shape[0], 1)
    P = plan(*uv, X, Y, lam)
    u, v = (w + rate * (each / n - S) * reciprocal(each + S) for w, S in zip(uv, (P @ each, P.T @ each), strict=True))
    return u, v


def dual_ascent(X: Matrix, Y: Matrix, lam: Matrix, rate: Matrix, steps: int) -> tuple[Matrix, Matrix]:
    """The potentials after so many steps from u = v = 0."""
    start = zeros(X.shape[0], 1), zeros(X.shape[0], 1)
    return iterate(lambda uv, l: dual_step(uv, X, Y, lam, rate), start, steps)
