"""Counting in a sequence of symbols, given as the one-hot rows of E (n × S)."""

from constructions.matrix import Matrix, ones, zeros


def successor_frequencies(E: Matrix) -> Matrix:
    """Of the earlier positions that hold the last symbol, the fraction followed by each symbol (1 × S).

    Σ_{i<n} [x_i = x_n] e_{x_{i+1}} / Σ_{i<n} [x_i = x_n]: the maximum-likelihood row of the transition matrix.
    """
    occurs = E[:-1] @ E[-1].T
    return occurs.T @ E[1:] / (ones(1, occurs.shape[0]) @ occurs)


def context_counts(E: Matrix, k: int) -> Matrix:
    """How often each symbol followed an earlier occurrence of the last k symbols (1 × S); zeros where n ≤ k."""
    n = E.shape[0]
    if n <= k:
        return zeros(1, E.shape[1])
    occurs = ones(n - k, 1)
    for j in range(1, k + 1):
        occurs = occurs * (E[k - j : n - j] @ E[[n - j]].T)
    return occurs.T @ E[k:]


def posterior_predictive(E: Matrix, k: int) -> Matrix:
    """The probability of the next symbol for a chain of order k, each row of the transition table having the Dirichlet prior with
    all parameters 1/S (Perks): (c_s + 1/S) / (Σ c + 1), c being the counts after the last k symbols."""
    S, counts = E.shape[1], context_counts(E, k)
    return (counts + ones(1, S) / S) / (1 + counts @ ones(S, 1))
