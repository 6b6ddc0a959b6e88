"""Learning with kernels: K(A, B) has a row for each row of A and a column for each row of B, the examples."""

from constructions.matrix import Matrix, exp, iterate, ones, relu, softmax, zeros


def composite(A: Matrix, B: Matrix, c: Matrix) -> Matrix:
    """c_1 ⟨a, b⟩ + c_2 max(⟨a, b⟩, 0) + c_3 e^⟨a, b⟩ + c_4 e^⟨a, b⟩ / Σ_k e^⟨a, b_k⟩, the sum over all rows b_k of B."""
    scores = A @ B.T
    return c[0] * scores + c[1] * relu(scores) + c[2] * exp(scores) + c[3] * softmax(scores)


def gaussian(A: Matrix, B: Matrix) -> Matrix:
    """e^(−|a − b|²/2)."""
    return exp(A @ B.T + half_square(A) @ ones(B.shape[0], 1).T + ones(A.shape[0], 1) @ half_square(B).T)


def half_square(A: Matrix) -> Matrix:
    """−|a|²/2, a column."""
    return -(A * A) @ ones(1, A.shape[1]).T / 2


def functional_step(a: Matrix, G: Matrix, Y: Matrix, eta: Matrix) -> Matrix:
    """f ← f + η Σ_i (y_i − f(x_i)) K(·, x_i) for f = Σ_i a_i K(·, x_i): a ← a + η (Y − G a), G = K(X, X), a is n × d_y.

    For a symmetric positive definite K this is a step of gradient descent on ½ Σ_i |f(x_i) − y_i|² in its Hilbert space.
    """
    return a + eta * (Y - G @ a)


def functional_steps(G: Matrix, Y: Matrix, etas: Matrix) -> Matrix:
    """The coefficients after steps from f = 0 with step sizes η_1, η_2, … (the rows of `etas`)."""
    return iterate(lambda a, l: functional_step(a, G, Y, etas[l]), zeros(*Y.shape), etas.shape[0])


def richardson_step(a: Matrix, G: Matrix, Y: Matrix, eta: Matrix, noise: Matrix) -> Matrix:
    """A step of Richardson's iteration for (G + σ² I) a = Y: a ← a + η (Y − (G + σ² I) a), where noise = σ²."""
    return a + eta * (Y - G @ a - noise * a)


def posterior_steps(G: Matrix, Y: Matrix, k: Matrix, etas: Matrix, noise: Matrix) -> tuple[Matrix, Matrix]:
    """Richardson's iterates for (G + σ² I) a = Y and (G + σ² I) b = k, from 0, with step sizes η_1, η_2, …

    At the solutions kᵀ a is the mean of a Gaussian process at the point whose kernel with the examples is k, and
    κ − kᵀ b its variance, κ being the kernel of the point with itself.
    """

    def step(W, l):
        return richardson_step(W[0], G, Y, etas[l], noise), richardson_step(W[1], G, k, etas[l], noise)

    return iterate(step, (zeros(*Y.shape), zeros(*k.shape)), etas.shape[0])
