"""Where a bound says most: the knobs of a network, moved to where its error must be far smaller than at the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flint

from constructions.language import Construction, Within
from constructions.language.quantifier import names_of
from constructions.matrix import Pole
from verify.arithmetic.ball import precision, surely_above
from verify.engines.bounds import bound_at

FAR, ROUNDS = 4096, 4  # each time a bound of order 2 falls by seven digits
TIGHT = flint.arb(2) ** -20
BITS = 256


def knobs(construction: Construction) -> list[str]:
    """The positive numbers that the bound and the weights take and the algorithm does not: a bound is claimed for all of them."""
    claim = construction.claims[0]
    if not isinstance(claim, Within):
        return []
    taken = {*names_of(claim.bound)} & {*names_of(construction.weights)} - {*names_of(construction.algorithm)}
    return [name for name, one in construction.parameters.items() if name in taken and one.positive and not one.shape]


def sharper(
    construction: Construction, sizes: Mapping[str, int], parameters: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The parameters, each knob where the bound is smaller; a network that keeps a loose bound must keep a tight one, too.

    None where the bound has no value at any choice that was tried.
    """
    best = dict(parameters)
    least = _bound(construction, sizes, best)
    for name in knobs(construction) * ROUNDS:
        for moved in ({**best, name: best[name] / FAR}, {**best, name: best[name] * FAR}):
            if least is not None and surely_above(TIGHT, least):
                return best
            bound = _bound(construction, sizes, moved)
            if bound is not None and (least is None or surely_above(least, bound)):
                best, least = moved, bound
    return None if least is None else best


def _bound(construction: Construction, sizes: Mapping[str, int], parameters: dict[str, Any]) -> Any:
    """The bound, or None where it has no value."""
    with precision(BITS):
        try:
            claim = construction.claims[0]
            return bound_at(claim, sizes, parameters) if isinstance(claim, Within) else None
        except Pole:
            return None
