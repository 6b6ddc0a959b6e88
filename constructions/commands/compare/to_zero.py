"""The approach of ridge regression to the shortest least-squares solution as λ → 0, and where float64 ends it.

With the singular values s_i of X,  ŵ(λ) = Σ s_i/(s_i² + λ) v_i u_iᵀy,  so that

    ŵ(λ) = ŵ(0) − λ c + O(λ²),   ŵ(0) = X⁺y,   c = (XᵀX)⁺X⁺y   (for n < d and rows in general position c = X⁺(XXᵀ)⁻¹y),

and |ŵ(λ) − ŵ(0)| ≤ λ|c| for every λ > 0, since s/(s² + λ) − 1/s = −λ/(s(s² + λ)). In floats the normal equations lose about

    u |X|² |ŵ(0)| / (μ + λ),   u = 2⁻⁵³,  μ = the smallest eigenvalue of XᵀX, which is 0 for n < d:

XᵀX is rounded by about u|X|² and its inverse has the norm 1/(μ + λ). Where the two meet, a smaller λ brings nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.commands.compare.tasks import Task
from constructions.commands.misuse import Misuse
from constructions.matrix import Pole
from constructions.views.text import grid, indent

STEPS = 17  # λ = 1, 10⁻¹, …, 10⁻¹⁶
ROUND_OFF = 2.0**-53


@dataclass(frozen=True)
class Point:
    """At one λ: the distance from X⁺y that was observed (None where there is no finite answer), its first-order term λ|c|, and
    what rounding is predicted to add."""

    lam: float
    observed: float | None
    truncated: float
    rounded: float


@dataclass(frozen=True)
class Approach:
    """All points of one learner on one task, the exact first-order coefficient c, and the predicted end (λ, error)."""

    label: str
    n: int
    coefficient: np.ndarray
    points: tuple[Point, ...]
    end: tuple[float, float]

    @property
    def best(self) -> Point:
        """Where the observed distance is smallest."""
        return min(
            (point for point in self.points if point.observed is not None), key=lambda point: point.observed or 0
        )

    @property
    def order(self) -> float | None:
        """The observed order in λ between the two smallest λ that are at least 10 times the best one; None without them."""
        above = [point for point in self.points if point.observed and point.lam >= 10 * self.best.lam][-2:]
        if len(above) < 2:
            return None
        ratio = (above[0].observed or 0) / (above[1].observed or 1)
        return math.log(ratio) / math.log(above[0].lam / above[1].lam)


def approach(label: str, weights: Callable[[Fraction], np.ndarray], task: Task) -> Approach:
    """`weights(λ)` is the linear model of the learner on this task."""
    values = np.linalg.svd(task.X, compute_uv=False)
    inverse = np.linalg.pinv(task.X)
    shortest = (inverse @ task.Y)[:, 0]
    c = inverse @ inverse.T @ shortest
    slope, size = float(np.linalg.norm(c)), ROUND_OFF * float(values[0]) ** 2 * float(np.linalg.norm(shortest))
    least = float(values[-1]) ** 2 if len(values) == task.X.shape[1] else 0.0
    points = []
    for lam in (Fraction(1, 10**k) for k in range(STEPS)):
        gap = _distance(weights, lam, shortest)
        points.append(Point(float(lam), gap, float(lam) * slope, size / (least + float(lam))))
    if all(point.observed is None for point in points):
        raise Misuse(f"{label} overflows float64 at every λ: its iteration diverges; take a smaller step size")
    meet = (math.sqrt(least**2 + 4 * size / slope) - least) / 2  # λ slope = size/(least + λ)
    return Approach(label, len(task.X), c, tuple(points), (meet, 2 * meet * slope))


def _distance(weights: Callable[[Fraction], np.ndarray], lam: Fraction, shortest: np.ndarray) -> float | None:
    try:
        gap = float(np.linalg.norm(weights(lam) - shortest))
    except (Pole, np.linalg.LinAlgError):
        return None
    return gap if math.isfinite(gap) else None


def page(made: Approach, seed: int) -> str:
    """The table by λ, and the predicted against the observed end."""
    names = ["λ", "|ŵ(λ) − ŵ(0)|", "λ|c|", "their ratio", "rounding"]
    rows = [[f"{p.lam:.0e}", *_seen(p), f"{p.rounded:.3g}"] for p in made.points]
    end, floor = made.end
    lines = [
        f"{made.label}, against the shortest least-squares solution ŵ(0) = X⁺y: d = {len(made.coefficient)}, n = {made.n}, "
        f"seed {seed}",
        "in exact arithmetic ŵ(λ) = ŵ(0) − λc + O(λ²) with c = (XᵀX)⁺X⁺y, and the ratio is at most 1",
        "rounding = 2⁻⁵³ |X|² |ŵ(0)|/(μ + λ), an estimate for the normal equations; μ = least eigenvalue of XᵀX",
        "",
        indent(grid([names, *rows], left=0)),
        "",
        f"c = ({', '.join(f'{value:.4g}' for value in made.coefficient)})",
        f"order in λ: {'unknown' if made.order is None else f'{made.order:.3f}'} observed, 1 predicted",
        f"end of float64: λ ≈ {end:.1e} with error ≈ {floor:.1e} predicted; "
        f"smallest error {made.best.observed:.1e} at λ = {made.best.lam:.0e} observed",
    ]
    return "\n".join(lines)


def _seen(point: Point) -> list[str]:
    if point.observed is None:
        return ["no answer", f"{point.truncated:.3g}", "−"]
    return [f"{value:.3g}" for value in (point.observed, point.truncated, point.observed / point.truncated)]


def record(made: Approach, seed: int) -> dict[str, Any]:
    """The same as one JSON object."""
    return {
        "learner": made.label,
        "d": len(made.coefficient),
        "n": made.n,
        "seed": seed,
        "coefficient": made.coefficient.tolist(),
        "points": [vars(point) for point in made.points],
        "order": made.order,
        "predicted end": {"lam": made.end[0], "error": made.end[1]},
        "observed end": {"lam": made.best.lam, "error": made.best.observed},
    }
