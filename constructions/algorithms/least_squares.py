"""Ridge regression ½ Σ_t |v_t − Φ k_t|² + |Φ|²/(2λ), all at once and example by example.

Rows of K (n × d_k) and V (n × d_v) are examples.
"""

from constructions.matrix import Matrix, identity, solve, zeros


def ridge(K: Matrix, V: Matrix, penalty: Matrix) -> Matrix:
    """Φ = Vᵀ K (Kᵀ K + penalty · I)⁻¹, of shape d_v × d_k; here the penalty is 1/λ."""
    return solve(K.T @ K + penalty * identity(K.shape[1]), K.T @ V).T


def inverse(K: Matrix, penalty: Matrix) -> Matrix:
    """(Kᵀ K + penalty · I)⁻¹, of shape d_k × d_k."""
    return solve(K.T @ K + penalty * identity(K.shape[1]), identity(K.shape[1]))


def posterior_mean(X: Matrix, Y: Matrix, X_q: Matrix, sigma: Matrix, tau: Matrix) -> Matrix:
    """E[wᵀx_q | Y] for w ~ N(0, τ²I) and Y = Xw + N(0, σ²I), by conditioning: cov(y_q, Y) cov(Y, Y)⁻¹ Y, of shape m × 1."""
    covariance = tau * tau * (X @ X.T) + sigma * sigma * identity(X.shape[0])
    return tau * tau * (X_q @ X.T) @ solve(covariance, Y)


def recursive_least_squares(K: Matrix, V: Matrix, lam: Matrix) -> list[Matrix]:
    """Φ_1, …, Φ_n, the ridge solutions on the first t examples, by rank-one updates of R_t = (K_tᵀ K_t + I/λ)⁻¹.

    From R_0 = λ I and Φ_0 = 0:  g = R k / (1 + kᵀ R k),  Φ ← Φ + (v − Φ k) gᵀ,  R ← R − g kᵀ R  (Sherman and Morrison).
    """
    R, Phi, solutions = lam * identity(K.shape[1]), zeros(V.shape[1], K.shape[1]), []
    for t in range(K.shape[0]):
        k, v = K[t].T, V[t].T
        gain = R @ k / (1 + k.T @ R @ k)
        Phi = Phi + (v - Phi @ k) @ gain.T
        R = R - gain @ (k.T @ R)
        solutions.append(Phi)
    return solutions
