"""What grows beyond all bounds with the knob t → 0, and what is smaller than every power of t beside it.

e^{−y} ≤ (n/e)ⁿ y⁻ⁿ for every n, so where y = m t⁻ᵏ, e^{−y} is O(t^p) for every p. So are a softmax weight whose score stays
behind by y, and what GeLU lacks: |g(u) − max(u, 0)| ≤ 0.4 e^{−u²/2} (erf), ≤ 0.62 e^{−|u|} (tanh; u e^{−0.595u} ≤ 0.62).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import numpy as np

from verify.arithmetic.entries import Table
from verify.arithmetic.smooth import ball

LACKS = {"gelu": (2, Fraction(1, 2), Fraction(2, 5)), "gelu tanh": (1, Fraction(1), Fraction(31, 50))}  # c e^{−a|u|^p}


def grows(u: Any) -> bool:
    """Whether a series or germ grows beyond all bounds as t → 0."""
    return bool(u.known) and u.start < 0


def behind_the_largest(ring: Any, a: Table, visible: np.ndarray) -> Table:
    """Scores less the largest of their row, where that grows. `ring.growth` is the sign of what grows."""
    rows = []
    for scores, seen in zip(a.cells, visible.tolist(), strict=True):
        largest = None
        for score, see in zip(scores, seen, strict=True):
            ahead = see and largest is not None and grows(more := score + -largest) and ring.growth(more) > 0
            largest = score if ahead or (see and largest is None) else largest
        rows.append([score + -largest for score in scores] if largest is not None and grows(largest) else scores)
    return Table(rows, a.width)


def vanishing(scale: Any, order: int, power: int, t_0: Fraction) -> Any:
    """A bound of e^{−scale t^{−order}}/t^power for all 0 < t ≤ t_0, scale > 0 being a ball."""
    n, exponent = flint.arb(power) / order, scale.lower() / ball(t_0**order)
    if exponent >= n:  # the supremum is met at t_0
        return ((-exponent).exp() / ball(t_0**power)).upper()
    return ((n.log() - 1 - scale.lower().log()) * n).exp().upper()
