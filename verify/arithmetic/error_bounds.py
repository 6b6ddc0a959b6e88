"""Rounding errors of the operations that need a theorem each: exact sums, exp, softmax, maxima, linear systems.

All on float64 arrays: `values` are computed numbers, `errors` bound their distance from the exact ones.
"""

from __future__ import annotations

import numpy as np

from constructions.matrix import Unsupported
from verify.arithmetic.formats import BINARY64, Format

Array = np.ndarray
COARSEST = 8192  # the grain of zero, beyond all exponents


def gamma(terms: int, unit: float) -> float:
    """γ_k = k·u/(1 − k·u) (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1)."""
    if terms * unit >= 0.5:
        raise Unsupported(f"a sum of {terms} terms has no useful bound at unit roundoff {unit:.1e}")
    return terms * unit / (1 - terms * unit)


def grain(a: Array) -> int:
    """The largest g such that every entry is a multiple of 2^g."""
    mantissas, exponents = np.frexp(a)
    whole = (mantissas * 2.0**53).astype(np.int64)
    lowest = np.log2((whole & -whole).astype(np.float64), where=whole != 0, out=np.zeros(a.shape)).astype(int)
    return int((exponents - 53 + lowest).min(where=whole != 0, initial=COARSEST))


def fits(majorant: Array, unit: int, bits: int, format: Format) -> bool:
    """Whether every multiple of 2^unit up to the majorant has at most that many bits, so that nothing is rounded."""
    largest = majorant.max(initial=0.0)
    if not largest:
        return not majorant.size or unit >= COARSEST // 2
    return bool(largest < 2.0 ** min(bits + unit, 100) and 2.0 ** min(unit, 100) >= format.smallest)


def exp_error(values: Array, errors: Array, format: Format) -> Array:
    """|v − e^x| for v the computed e^a, |a − x| ≤ e: at most v·(e^e/(1 − ε) − 1), and what underflows."""
    grown = np.exp(errors) * (1 + 2.0**-40)
    return values * (grown / (1 - format.exp_error) - 1) + format.smallest * grown


def softmax_error(scores: Array, errors: Array, visible: Array, weights: Array, format: Format) -> Array:
    """|computed − exact| softmax by row, for weights = e^(s − top) / Σ e^(s − top), every step rounded.

    Softmax does not change under shifts, so `top` counts as a number without error. With |ŵ − w| ≤ ρ and σ the error of the
    sum Ŝ, the quotient is off by at most ρ/(Ŝ − σ) + ŵσ/(Ŝ(Ŝ − σ)), and one rounding.
    """
    top = np.max(scores, axis=1, keepdims=True, where=visible, initial=-np.inf)
    shifted = np.where(visible, scores - np.where(np.isfinite(top), top, 0.0), -np.inf)
    spread = np.where(visible, errors + 2 * format.unit * np.where(visible, np.abs(shifted), 0) + format.smallest, 0)
    each = np.exp(shifted + spread) * (1 + 8 * format.exp_error)  # at least the computed and the exact e^(s − top)
    rho = np.where(visible, exp_error(each, spread, format), 0.0)
    terms = scores.shape[1] + 2
    computed = each.sum(axis=1, keepdims=True)
    sigma = rho.sum(axis=1, keepdims=True) + (gamma(terms, format.sum_unit) + format.stores) * computed
    least = np.exp(shifted).sum(axis=1, keepdims=True) - 2 * sigma
    empty = ~visible.any(axis=1, keepdims=True)
    if (least[~empty] <= 0).any():
        raise Unsupported("a softmax has no useful bound: its scores are too uncertain")
    least, rounding = np.where(empty, 1.0, least), 2 * format.unit * weights + format.smallest
    return np.where(visible, rho / least + each * sigma / (least * least) + rounding, 0.0)


def maximum_error(scores: Array, errors: Array, visible: Array, weights: Array, format: Format) -> Array | None:
    """The error of hard attention; None unless those who share a top are known exactly and surely above all others."""
    for s, e, seen in zip(scores, errors, visible, strict=True):
        top = s.max(where=seen, initial=-np.inf)
        tied, below = seen & (s == top), seen & (s != top)
        if tied.sum() > 1 and e[tied].any():
            return None
        if below.any() and (s + e)[below].max() >= (s - e)[tied].min():
            return None
    exact = (weights == 0) | (np.frexp(weights)[0] == 0.5)  # 1 and 1/2^k are stored as they are
    return np.where(exact, 0.0, 2 * format.unit * weights)


def solution_error(a: Array, a_error: Array, b: Array, b_error: Array, x: Array, format: Format) -> Array:
    """|x − A⁻¹B| for the computed x, by a verified inverse: with R ≈ A⁻¹ and α = ‖ |I − RA| + |R| E ‖ < 1, A is regular and

        |A⁻¹B − x| ≤ |R| ρ + α/(1 − α) max |R| ρ   for every ρ ≥ |B − Ax|  (Rump, Verification methods, section 10).

    ρ is the residual as computed, or the largest that elimination with partial pivoting can leave, whichever is less.
    """
    size, own = a.shape[0], gamma(a.shape[0] + 2, 2.0**-53)
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError as error:
        raise Unsupported("a linear system is singular in float64, so its solution has no bound") from error
    size_of_inverse = np.abs(inverse)
    defect = np.abs(np.eye(size) - inverse @ a) + own * (np.eye(size) + size_of_inverse @ np.abs(a))
    alpha = float((defect + size_of_inverse @ a_error).sum(axis=1).max()) if size else 0.0
    if not alpha < 0.5:
        raise Unsupported("a linear system is too close to singular for a bound on its solution")
    spread = np.abs(a) @ np.abs(x)
    seen = np.abs(b - a @ x) + own * (np.abs(b) + spread)
    left = np.minimum(seen, elimination_residual(a, x, spread, format)) + b_error + a_error @ np.abs(x)
    near = size_of_inverse @ (left + size * BINARY64.smallest)
    return near + alpha / (1 - alpha) * near.max(axis=0, keepdims=True)


def elimination_residual(a: Array, x: Array, spread: Array, format: Format) -> Array:
    """|Ax − B| after elimination with partial pivoting: ‖ΔA‖ ≤ k² γ_{3k} ρ ‖A‖, growth ρ ≤ 2^{k−1} (Higham, theorem 9.5)."""
    size = a.shape[0]
    if size > 40 or 3 * size * format.sum_unit >= 0.5:
        return np.full(x.shape, np.inf)
    norm = np.abs(a).sum(axis=1).max() * np.abs(x).max(axis=0, keepdims=True)
    backward = size**2 * gamma(3 * size, format.sum_unit) * 2.0 ** (size - 1) * (1 + 2 * format.stores)
    return backward * norm + 2 * format.stores * spread + size * format.smallest
