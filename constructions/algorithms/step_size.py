"""When gradient descent and Newton's iteration converge: float64 helpers for the warnings of predictors. No claim rests on them."""

import numpy as np


def largest_stable_step(X: np.ndarray) -> float:
    """2/λ_max of XᵀX/n, rows of X (n × d_x) being examples: above it gradient descent on ½·mean squares diverges."""
    scale = float(np.abs(X).max(initial=0)) or 1.0  # so that nothing overflows in XᵀX
    curvature = float(np.linalg.eigvalsh((X / scale).T @ (X / scale) / X.shape[0])[-1])
    return 2 / curvature / scale / scale if curvature > 0 else np.inf


def caution_step_size(X: np.ndarray, eta: np.ndarray) -> str | None:
    """A sentence if some step size is negative, or larger than these inputs allow."""
    least, largest, allowed = float(np.min(eta)), float(np.max(eta)), largest_stable_step(X)
    if least < 0:
        return (
            f"the step size eta = {least:.3g} is negative: that is gradient ascent, the loss grows without bound when it "
            "is repeated, and so it does in the network, which equals it; take eta > 0"
        )
    if largest <= allowed:
        return None
    return (
        f"the step size eta = {largest:.3g} is above 2/λ_max = {allowed:.3g} for these inputs: gradient descent that "
        "repeats it diverges, and so does the network, which equals it; take a smaller eta or scale the inputs down"
    )


def caution_preconditioner(X: np.ndarray, A: tuple[np.ndarray, ...]) -> str | None:
    """A sentence if some step would diverge when repeated: spectral radius of I − AᵀS above 1, S = XᵀX/n."""
    S = X.T @ X / X.shape[0]
    radius = max(float(np.abs(np.linalg.eigvals(np.eye(len(S)) - np.asarray(A_l).T @ S)).max()) for A_l in A)
    if radius <= 1 + 1e-9:
        return None
    return (
        f"a step with these preconditioners multiplies some error by {radius:.3g} on these inputs: repeated, "
        "preconditioned gradient descent diverges, and so does the network, which equals it; take a smaller A"
    )


def caution_kernel(X: np.ndarray, eta: np.ndarray, c: np.ndarray) -> str | None:
    """A sentence if a step in function space is larger than these inputs allow: 2/λ of K(X, X), by some powers of it."""
    linear, relu, exponential, soft = np.ravel(c)
    scores = X @ X.T
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    K = linear * scores + relu * np.maximum(scores, 0) + exponential * np.exp(scores)
    K += soft * weights / weights.sum(axis=1, keepdims=True)
    if not np.isfinite(K).all():
        return "the kernel overflows on these inputs, and so does the network; scale the inputs down (StandardScaler)"
    direction, largest = np.ones(len(K)) / np.sqrt(len(K)), 0.0
    for _ in range(32):
        product = K @ direction
        if (largest := float(np.linalg.norm(product))) == 0:
            return None
        direction = product / largest
    allowed, given = 2 / largest, float(np.max(eta))
    if given <= allowed:
        return None
    return (
        f"the step size eta = {given:.3g} is above 2/λ_max = {allowed:.3g} of the kernel on these {len(X)} inputs: steps that are "
        "repeated diverge, and so does the network, which equals them; take a smaller eta, about 1/λ_max"
    )


def caution_alpha(X: np.ndarray, alpha: np.ndarray) -> str | None:
    """A sentence where M_0 = αS is not small enough: the residual I − αS² must be below 1 in absolute value."""
    largest = float(np.linalg.norm(X, 2)) ** 4
    return _outside("alpha", float(np.asarray(alpha).squeeze()), 2 / largest if largest > 0 else np.inf, "2/|XᵀX|²")


def caution_eps(X: np.ndarray, eps: np.ndarray, lam: np.ndarray) -> str | None:
    """A sentence where T_0 = εI is not small enough: the residual I − ε(XᵀX + λI) must be below 1 in absolute value."""
    largest = float(np.linalg.norm(X, 2)) ** 2 + float(np.asarray(lam).squeeze())
    return _outside("eps", float(np.asarray(eps).squeeze()), 2 / largest if largest > 0 else np.inf, "2/|XᵀX + λI|")


def _outside(name: str, given: float, allowed: float, formula: str) -> str | None:
    if 0 < given < allowed:
        return None
    return (
        f"{name} = {given:.3g} is not between 0 and {formula} = {allowed:.3g} for these inputs: Newton's iteration does not "
        "converge to the solution, and neither does the network, which equals it; take another start or scale the inputs down"
    )
