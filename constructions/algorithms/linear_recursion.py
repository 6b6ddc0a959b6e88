"""What a stack of linear self-attention layers does to every token, written with the second moments of the data alone.

Vladymyrov et al. 2024, Lemma 4.3. A token that starts as (x, y) is (M x + u y, a y − ⟨w, x⟩) after l layers. X is
n × d_x, Y is n × 1, and a layer is a tuple of pairs (P, Q) of (d_x+1) × (d_x+1) matrices.
"""

from constructions.matrix import Matrix, below, beside, identity, ones, zeros

State = tuple[Matrix, Matrix, Matrix, Matrix]


def start(X: Matrix) -> State:
    """M = I, u = 0, a = 1, w = 0."""
    d = X.shape[1]
    return identity(d), zeros(d, 1), ones(1, 1), zeros(d, 1)


def step(state: State, X: Matrix, Y: Matrix, heads: tuple[tuple[Matrix, Matrix], ...]) -> State:
    """One layer. With T = [[M, u], [−wᵀ, a]], the second moments are now G = T G_0 Tᵀ; for [[A, b], [cᵀ, s]] = Σ P G Q,

    M ← (I+A) M − b wᵀ,   u ← (I+A) u + a b,   a ← (1+s) a + ⟨c, u⟩,   w ← (1+s) w − Mᵀ c.
    """
    M, u, a, w = state
    d, data = X.shape[1], beside(X, Y)
    T = below(beside(M, u), beside(-w.T, a))
    G = T @ (data.T @ data) @ T.T
    B = sum((P @ G @ Q for P, Q in heads), start=zeros(d + 1, d + 1))
    A, b, c, s = B[:d, :d], B[:d, d:], B[d:, :d].T, B[d:, d:]
    return M + A @ M - b @ w.T, u + A @ u + b @ a, (1 + s) * a + c.T @ u, (1 + s) * w - M.T @ c


def final(X: Matrix, Y: Matrix, P: tuple[tuple[Matrix, ...], ...], Q: tuple[tuple[Matrix, ...], ...]) -> State:
    """(M, u, a, w) after the layers (P_1, Q_1), (P_2, Q_2), …, each a tuple of heads."""
    state = start(X)
    for P_l, Q_l in zip(P, Q, strict=True):
        state = step(state, X, Y, tuple(zip(P_l, Q_l, strict=True)))
    return state
