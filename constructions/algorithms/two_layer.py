"""A two-layer network f(x) = Σ_k u_k r(⟨v_k, x⟩), r(s) = max(s, 0)², fitted by gradient descent to 1/(2n) Σ_i (f(x_i) − y_i)².

Rows of X (n × d) and Y (n × 1) are examples, u is K × 1 and the rows of V (K × d) are the v_k.
"""

from constructions.matrix import Matrix, iterate, ones, relu

Weights = tuple[Matrix, Matrix]


def hidden(V: Matrix, X: Matrix) -> Matrix:
    """max(⟨v_k, x_i⟩, 0), n × K."""
    return relu(X @ V.T)


def predicted(weights: Weights, X: Matrix) -> Matrix:
    """f at the rows of X, as a column."""
    u, V = weights
    active = hidden(V, X)
    return (active * active) @ u


def step(weights: Weights, X: Matrix, Y: Matrix, eta: Matrix) -> Weights:
    """Both layers at once: u_k − η/n Σ_i e_i r(⟨v_k, x_i⟩), v_k − η/n Σ_i e_i u_k r'(⟨v_k, x_i⟩) x_i, e_i = f(x_i) − y_i."""
    u, V = weights
    n, K = X.shape[0], V.shape[0]
    active, e = hidden(V, X), predicted(weights, X) - Y
    slopes = 2 * active * (e @ ones(1, K)) * (ones(n, 1) @ u.T)
    return u - eta / n * (active * active).T @ e, V - eta / n * slopes.T @ X


def trained(weights: Weights, X: Matrix, Y: Matrix, eta: Matrix, steps: int) -> Weights:
    """The weights of both layers after so many steps."""
    return iterate(lambda w, l: step(w, X, Y, eta), weights, steps)
