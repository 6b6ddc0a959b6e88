"""How far from a quantity what stands in the stream may be and still be called it.

A network that is claimed to be the algorithm holds its quantities exactly, or to rounding. One that is claimed to be near it
holds them nearly: an entry of the weights that were off by e would put the answer to a query of ±B off by e B, so a bound b of the
answers leaves e = b/B, and a hundredth of the largest entry at most; where nothing is bounded, the hundredth alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from constructions.language import Equal, Instance, Within
from constructions.language.boxes import side_of
from constructions.language.quantifier import call
from constructions.matrix import Matrix, Pole
from constructions.matrix.floating import array_of, floats
from constructions.views.text import shown
from constructions.views.trace.asked import query_name

HUNDREDTH = 0.01  # of the largest entry


@dataclass(frozen=True)
class Tolerance:
    """`share` of the largest entry, and `most` in any case; without a share nothing but rounding is allowed."""

    share: float = 0.0
    most: float = inf

    def room(self, size: float) -> float:
        return min(self.share * size, self.most)

    @property
    def text(self) -> str:
        hundredth = f"{shown(100 * self.share)} % of the largest entry"
        if isfinite(self.most):
            return f"looked for within {shown(self.most)}, what the claim's bound leaves for a weight, and {hundredth}"
        return f"looked for within {hundredth}, since the claim bounds nothing here"


ROUNDED = Tolerance()


def tolerance(instance: Instance) -> Tolerance:
    """That of the record's first claim, which is the one that it was reduced to, if it was."""
    claim = instance.construction.claims[0]
    if isinstance(claim, Equal):
        return ROUNDED
    if not isinstance(claim, Within):
        return Tolerance(HUNDREDTH)
    name = query_name(instance)
    side = side_of(instance, name) if name else None
    return Tolerance(HUNDREDTH, bound_of(instance, claim) / float(side or 1))


def bound_of(instance: Instance, claim: Within) -> float:
    """The bound at the instance's sizes and parameters, in float64; infinite where it has no value."""
    given = {key: floats(array_of(v)) if isinstance(v, Matrix) else v for key, v in instance.parameters.items()}
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite bounds nothing
            found = call(claim.bound, {**instance.sizes, **given})
    except Pole:
        return inf
    value = float(array_of(found)[0, 0]) if isinstance(found, Matrix) else float(found)
    return value if isfinite(value) and value >= 0 else inf
