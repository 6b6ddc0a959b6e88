"""Online learning of a linear map S (d_v × d_k) from keys and values, one at a time: rows of K (n × d_k), V (n × d_v)."""

from constructions.matrix import Matrix, zeros


def online_step(S: Matrix, k: Matrix, v: Matrix, rate: Matrix) -> Matrix:
    """A gradient step on ½|S k − v|²: S − β (S k − v) kᵀ, the delta rule of Widrow and Hoff; k and v are rows."""
    return S - rate * (S @ k.T - v.T) @ k


def online_steps(K: Matrix, V: Matrix, rates: Matrix) -> list[Matrix]:
    """S_1, …, S_n from S_0 = 0, with the step sizes β_1, …, β_n (the rows of `rates`)."""
    S, found = zeros(V.shape[1], K.shape[1]), []
    for t in range(K.shape[0]):
        S = online_step(S, K[t], V[t], rates[t])
        found.append(S)
    return found
