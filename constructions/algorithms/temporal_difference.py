"""Policy evaluation with linear values ⟨w, φ⟩ from n transitions: rows of Phi, Phi_next (n × d) and r (n × 1)."""

from constructions.matrix import Matrix, iterate, zeros


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
