"""At which sizes a bound on boxes is judged, with both sides written down, and what may be set to 1 there."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from constructions.language import Box, Construction
from verify.arithmetic.straight_line import needed
from verify.engines.box_cases import Place, TooManyVariables
from verify.engines.scalings import Units, units
from verify.engines.traced import Traced, free_parameters, traced
from verify.plan import Plan, sizes_of_data
from verify.standard import parameter_choices

SMALL = 3  # sizes up to this are tried where an entry depends on too many numbers
WIDEST = 5  # entries of the data


def places_of(construction: Construction, plan: Plan) -> tuple[list[Place], list[Place]]:
    """The sizes of the plan, or small ones where an entry depends on more numbers than Taylor models can carry; then the
    sizes of the plan come second."""
    first = [_first(construction, sizes) for sizes in plan.sizes]
    widest = max(_width(place.at) for place in first)
    if widest <= WIDEST or len(plan.sizes) == 1:
        return [place for sizes in plan.sizes for place in _at(construction, sizes)], []
    fitting = _small(construction, plan)
    if not fitting:
        raise TooManyVariables(f"an entry depends on {widest} numbers of the data, and on too many at small sizes")
    return [place for sizes in fitting[-3:] for place in _at(construction, sizes)], first


def _small(construction: Construction, plan: Plan) -> list[dict[str, int]]:
    """Small sizes at which no entry depends on too many numbers; what is larger than one that does not fit is not tried."""
    names, fitting, wide = sizes_of_data(construction), [], []
    for choice in sorted(itertools.product(range(1, SMALL + 1), repeat=len(names)), key=sum)[:60]:
        if any(all(c >= w for c, w in zip(choice, known, strict=True)) for known in wide):
            continue
        sizes = construction.fitted({**plan.sizes[0], **dict(zip(names, choice, strict=True))})
        if _width(_first(construction, sizes).at) <= WIDEST:
            fitting.append(sizes)
        else:
            wide.append(choice)
    return fitting


def _first(construction: Construction, sizes: Mapping[str, int]) -> Place:
    """Both sides at the first choice of parameters."""
    parameters = next(parameter_choices(construction, sizes), {})
    return Place(traced(construction, sizes, parameters), parameters, 0)


def _at(construction: Construction, sizes: Mapping[str, int]) -> list[Place]:
    """Both sides at every choice of parameters, written down once where all of them are variables; of the others every
    choice is also combined with the first choice of the variables."""
    choices = list(parameter_choices(construction, sizes)) or [{}]
    free = free_parameters(construction)
    if set(free) == set(construction.parameters):
        at = traced(construction, sizes, {})
        return [Place(at, parameters, k) for k, parameters in enumerate(choices)]
    if free:
        choices += [{**choice, **{name: choices[0][name] for name in free}} for choice in choices[1:]]
    return [Place(traced(construction, sizes, parameters), parameters, k) for k, parameters in enumerate(choices)]


def common_units(construction: Construction, places: Sequence[Place]) -> Units:
    """What may be set to 1 at all places; nothing where they differ."""
    found = [_units(construction, at) for at in {id(place.at): place.at for place in places}.values()]
    same = all(units == found[0] for units in found)
    return found[0] if same else Units((), {name: {} for name in free_parameters(construction)})


def _units(construction: Construction, at: Traced) -> Units:
    """What may be set to 1; the bounds of boxes first."""
    bounds = [box.bound for box in construction.domain.values() if isinstance(box, Box)]
    names = sorted(free_parameters(construction), key=lambda name: name not in bounds)
    return units(at.pool, [(defect, at.bound) for defect in at.defects], at.pool.guards, names)


def _width(at: Traced) -> int:
    """How many entries of the data an entry of the answer depends on, at most."""
    pool = at.pool
    found = (sum(pool.operations[k][0] == "data" for k in needed(pool, [root])) for root in (*at.defects, *pool.guards))
    return max(found, default=0)
