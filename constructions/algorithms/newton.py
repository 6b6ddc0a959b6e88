"""Newton's iteration for an inverse, X ← X (2I − A X), also named after Schulz, and least squares by it.

The residual is squared in every step, I − A X ← (I − A X)²; so after T steps it is (I − A X_0)^(2^T).
"""

from constructions.matrix import Matrix, identity, iterate


def step(X: Matrix, A: Matrix) -> Matrix:
    """X (2I − A X) = 2X − X A X, of shape d × n for A of shape n × d."""
    return 2 * X - X @ A @ X


def pseudo_inverse(A: Matrix, eps: Matrix, steps: int) -> Matrix:
    """The iterate after so many steps from X_0 = ε Aᵀ; it tends to A⁺ for 0 < ε < 2/|A|²."""
    return iterate(lambda X, l: step(X, A), eps * A.T, steps)


def ridge_inverse(X: Matrix, lam: Matrix, eps: Matrix, steps: int) -> Matrix:
    """The iterate for (XᵀX + λI)⁻¹ after so many steps from ε I; it tends to it for 0 < ε < 2/|XᵀX + λI|."""
    R = X.T @ X + lam * identity(X.shape[1])
    return iterate(lambda T, l: step(T, R), eps * identity(X.shape[1]), steps)


def second_moment_inverse(X: Matrix, alpha: Matrix, steps: int) -> Matrix:
    """The iterate for S⁺, S = XᵀX, after so many steps from M_0 = α S. Fu et al. 2023, with M_0 as in their theorem."""
    S = X.T @ X
    return iterate(lambda M, l: step(M, S), alpha * S, steps)


def residual(A: Matrix, X: Matrix) -> Matrix:
    """I − A X."""
    return identity(A.shape[0]) - A @ X


def squared(E: Matrix, times: int) -> Matrix:
    """E^(2^times), by squaring: what is left of the residual after so many steps."""
    return iterate(lambda E, l: E @ E, E, times)
