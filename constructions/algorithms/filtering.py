"""The Kalman filter for x_{t+1} = A x_t + w_t, y_t = C x_t + v_t, with Cov w = W and Cov v = V, as a predictor.

Anderson & Moore 1979, chapter 4. Rows are states and observations: x is 1 × d, y is 1 × p, A is d × d, C is p × d.
"""

from constructions.matrix import Matrix, identity, iterate, largest_row_sum, ones, solve, zeros


def gain(P: Matrix, A: Matrix, C: Matrix, V: Matrix) -> Matrix:
    """K = A P Cᵀ (C P Cᵀ + V)⁻¹, d × p, where P is the covariance of the prediction. Raises `Pole` where there is no inverse."""
    return solve(C @ P @ C.T + V, C @ P @ A.T).T


def riccati(P: Matrix, A: Matrix, C: Matrix, V: Matrix) -> Matrix:
    """The covariance of the next prediction without the noise of the state: A P Aᵀ − K C P Aᵀ."""
    return A @ P @ A.T - gain(P, A, C, V) @ C @ P @ A.T


def noise_that_keeps(P: Matrix, A: Matrix, C: Matrix, V: Matrix) -> Matrix:
    """The W for which P is stationary, W = P − (A P Aᵀ − K C P Aᵀ). A covariance only if it is positive semidefinite."""
    return P - riccati(P, A, C, V)


def diagonal(v: Matrix) -> Matrix:
    """The matrix with the column v on its diagonal."""
    return identity(v.shape[0]) * (v @ ones(1, v.shape[0]))


def loop(A: Matrix, C: Matrix, G: Matrix, v: Matrix) -> tuple[Matrix, Matrix]:
    """F = A − K C and K of the filter whose covariance stays G Gᵀ, for observations with noise of variances v."""
    K = gain(G @ G.T, A, C, diagonal(v))
    return A - K @ C, K


def observer_step(x: Matrix, y: Matrix, K: Matrix, A: Matrix, C: Matrix) -> Matrix:
    """x ← A x + K (y − C x), as a row."""
    return x @ A.T + (y - x @ C.T) @ K.T


def kalman_step(x: Matrix, P: Matrix, y: Matrix, A: Matrix, C: Matrix, W: Matrix, V: Matrix) -> tuple[Matrix, Matrix]:
    """Prediction and covariance from the ones before and from an observation: x ← A x + K (y − C x), P ← A P Aᵀ − K C P Aᵀ + W."""
    return observer_step(x, y, gain(P, A, C, V), A, C), riccati(P, A, C, V) + W


def kalman(x: Matrix, P: Matrix, Y: Matrix, A: Matrix, C: Matrix, W: Matrix, V: Matrix, T: int) -> Matrix:
    """The prediction after T observations, the rows of Y."""
    return iterate(lambda now, t: kalman_step(now[0], now[1], Y[[t]], A, C, W, V), (x, P), T)[0]


def observer(x: Matrix, Y: Matrix, K: Matrix, A: Matrix, C: Matrix, T: int) -> Matrix:
    """The prediction after T observations, with a gain that stays as it is."""
    return iterate(lambda x, t: observer_step(x, Y[[t]], K, A, C), x, T)


def carried(F: Matrix, T: int) -> Matrix:
    """Σ_{t<T} ‖Fᵗ‖, where ‖·‖ is the largest row sum of absolute values."""
    start = identity(F.shape[0]), zeros(1, 1)
    return iterate(lambda now, t: (now[0] @ F, now[1] + largest_row_sum(now[0])), start, T)[1]
