"""Choosing between K predictors by their losses on n validation examples: rows of F (n × K) are predictions, Y (n × 1) labels."""

from constructions.matrix import Matrix, exact, ones, relu


def losses(F: Matrix, Y: Matrix) -> Matrix:
    """The mean squared error of every predictor, as a row (1 × K)."""
    errors = F - Y @ ones(1, F.shape[1])
    return ones(1, F.shape[0]) @ (errors * errors) / F.shape[0]


def shares(loss: Matrix, gamma: Matrix) -> Matrix:
    """Weights ≥ 0 with sum 1 on predictors whose loss is within γ of the best, as a row.

    c_k = Σ_l max(L_k − L_l, 0) is 0 for the best predictor; u_k = max(1 − c_k/γ, 0) is 1 there and 0 beyond γ; in the given
    order everyone takes u_k of what the ones before have left: with A_k = max(1 − u_1 − … − u_k, 0) the share is A_{k−1} − A_k.
    """
    K = loss.shape[1]
    gaps = loss.T @ ones(1, K) - ones(K, 1) @ loss
    near = relu(ones(K, 1) - relu(gaps) @ ones(K, 1) / gamma)
    before = exact([[int(l < k) for l in range(K)] for k in range(K)])
    until = exact([[int(l <= k) for l in range(K)] for k in range(K)])
    left = [relu(ones(K, 1) - sums @ near) for sums in (before, until)]
    return (left[0] - left[1]).T


def selected(F: Matrix, Y: Matrix, F_q: Matrix, gamma: Matrix) -> Matrix:
    """The mixture of predictors at queries with predictions F_q (m × K), as a column."""
    return F_q @ shares(losses(F, Y), gamma).T
