"""Planning in a known decision process with S states and A actions: P (S × AS) holds P(s, a, ·) beside each other, r is S × A."""

from constructions.matrix import Matrix, iterate, relu


def action_value(V: Matrix, P: Matrix, r: Matrix, gamma: Matrix, a: int) -> Matrix:
    """Q(·, a) = r(·, a) + γ Σ_{s'} P(·, a, s') V(s'), as a column."""
    S = P.shape[0]
    return r[:, [a]] + gamma * P[:, [a * S + s for s in range(S)]] @ V


def larger(x: Matrix, y: Matrix) -> Matrix:
    """max(x, y) entry by entry, as x + max(y − x, 0)."""
    return x + relu(y - x)


def bellman(V: Matrix, P: Matrix, r: Matrix, gamma: Matrix) -> Matrix:
    """max_a Q(·, a), the Bellman optimality operator."""
    best = action_value(V, P, r, gamma, 0)
    for a in range(1, r.shape[1]):
        best = larger(best, action_value(V, P, r, gamma, a))
    return best


def value_iteration(V: Matrix, P: Matrix, r: Matrix, gamma: Matrix, sweeps: int) -> Matrix:
    """The values after so many sweeps from V, as a column."""
    return iterate(lambda V, l: bellman(V, P, r, gamma), V, sweeps)
