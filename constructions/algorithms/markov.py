"""Counting in a sequence of symbols, given as the one-hot rows of E (n × S)."""

from constructions.matrix import Matrix, ones


def successor_frequencies(E: Matrix) -> Matrix:
    """Of the earlier positions that hold the last symbol, the fraction followed by each symbol (1 × S).

    Σ_{i<n} [x_i = x_n] e_{x_{i+1}} / Σ_{i<n} [x_i = x_n]: the maximum-likelihood row of the transition matrix.
    """
    occurs = E[:-1] @ E[-1].T
    return occurs.T @ E[1:] / (ones(1, occurs.shape[0]) @ occurs)
