"""Policy evaluation with linear values ⟨w, φ⟩ from n transitions: rows of Phi, Phi_next (n × d) and r (n × 1)."""

from constructions.matrix import Matrix, below, exact, iterate, zeros


def errors(w: Matrix, Phi: Matrix, Phi_next: Matrix, r: Matrix, gamma: Matrix) -> Matrix:
    """The temporal differences δ_i = r_i + γ ⟨w, φ'_i⟩ − ⟨w, φ_i⟩, as an n × 1 column; w is 1 × d."""
    return r + (gamma * Phi_next - Phi) @ w.T


def td_step(w: Matrix, Phi: Matrix, Phi_next: Matrix, r: Matrix, gamma: Matrix, alpha: Matrix, C: Matrix) -> Matrix:
    """One batch step of TD(0) with preconditioner C: w ← w + (α/n) C Σ_i δ_i φ_i."""
    return w + alpha / Phi.shape[0] * errors(w, Phi, Phi_next, r, gamma).T @ Phi @ C.T


def td_steps(Phi: Matrix, Phi_next: Matrix, r: Matrix, gamma: Matrix, alphas: Matrix, C: Matrix) -> Matrix:
    """TD(0) from w = 0 with step sizes α_1, α_2, … (the rows of `alphas`)."""
    start = zeros(1, Phi.shape[1])
    return iterate(lambda w, l: td_step(w, Phi, Phi_next, r, gamma, alphas[l], C), start, alphas.shape[0])


def td_lambda_step(
    w: Matrix, Phi: Matrix, Phi_next: Matrix, r: Matrix, gamma: Matrix, alpha: Matrix, C: Matrix, decay: Matrix
) -> Matrix:
    """One batch step with eligibility traces: w ← w + (α/n) C Σ_i δ_i e_i, e_i = decay · e_{i−1} + φ_i from e_0 = 0.

    Sutton's TD(λ) has decay = γλ.
    """
    delta, trace, total = errors(w, Phi, Phi_next, r, gamma), zeros(1, Phi.shape[1]), zeros(1, Phi.shape[1])
    for i in range(Phi.shape[0]):
        trace = decay * trace + Phi[i]
        total = total + delta[i] * trace
    return w + alpha / Phi.shape[0] * total @ C.T


def td_lambda_steps(
    Phi: Matrix, Phi_next: Matrix, r: Matrix, gamma: Matrix, alphas: Matrix, C: Matrix, decay: Matrix
) -> Matrix:
    """Steps with eligibility traces from w = 0, with step sizes α_1, α_2, … (the rows of `alphas`)."""
    start = zeros(1, Phi.shape[1])
    return iterate(lambda w, l: td_lambda_step(w, Phi, Phi_next, r, gamma, alphas[l], C, decay), start, alphas.shape[0])


def running_means(r: Matrix) -> Matrix:
    """r̄_i = (r_1 + … + r_i)/i, as an n × 1 column."""
    total, means = zeros(1, 1), []
    for i in range(r.shape[0]):
        total = total + r[i]
        means.append(total / (i + 1))
    return below(*means)


def average_reward_step(
    w: Matrix, Phi: Matrix, Phi_next: Matrix, r: Matrix, mean: Matrix, alpha: Matrix, C: Matrix
) -> Matrix:
    """One batch step for differential values: w ← w + (α/n) C Σ_i (r_i − r̄_i + ⟨w, φ'_i⟩ − ⟨w, φ_i⟩) φ_i.

    `mean` is the n × 1 column of the estimates r̄_i of the average reward.
    """
    return td_step(w, Phi, Phi_next, r - mean, exact(1), alpha, C)


def average_reward_steps(Phi: Matrix, Phi_next: Matrix, r: Matrix, mean: Matrix, alphas: Matrix, C: Matrix) -> Matrix:
    """Average-reward TD from w = 0 with step sizes α_1, α_2, … (the rows of `alphas`)."""
    start = zeros(1, Phi.shape[1])
    return iterate(lambda w, l: average_reward_step(w, Phi, Phi_next, r, mean, alphas[l], C), start, alphas.shape[0])
