"""For which data, sizes and parameters something was shown on boxes, in words."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from constructions.language import Construction
from verify.arithmetic.boxes import Settled
from verify.engines.box_cases import Place
from verify.engines.scalings import Units
from verify.engines.traced import free_parameters, numbers
from verify.plan import sizes_in_words


def scope(construction: Construction, units: Units, places: Sequence[Place], reach: Fraction | None) -> str:
    """every data set in the box at the sizes …, for all s, B > 0 with s·B in [1/20, 1/5]."""
    sizes = dict.fromkeys(sizes_in_words(place.at.sizes) for place in places)
    plural = "es" if len(construction.data) > 1 else ""
    parts = [f"every data set in the box{plural} at the sizes {'; '.join(sizes)}", *_parameters(construction, units)]
    values = [products(construction, units, place, None if place.choice else reach) for place in places]
    if any(values):
        parts[-1] += f" {'with' if units.ones else 'at'} " + "; ".join(dict.fromkeys(values))
    fixed = [name for name in construction.parameters if name not in free_parameters(construction)]
    if fixed:
        many = len({place.choice for place in places})
        parts.append(f"{', '.join(fixed)} fixed at {f'{many} choices' if many > 1 else 'one choice'}")
    return ", ".join(parts)


def _parameters(construction: Construction, units: Units) -> list[str]:
    names = free_parameters(construction)
    return [f"for all {', '.join(names)} > 0"] if names and units.ones else []


def products(construction: Construction, units: Units, place: Place, reach: Fraction | None = None) -> str:
    """s·B in [1/20, 1/5], or s·B = 1/10: the parameters of a place."""
    values = units.values(numbers(place.parameters, free_parameters(construction)))
    texts = []
    for name in units.powers:
        low, high = (values[name] / reach, values[name] * reach) if reach else (values[name], values[name])
        texts.append(f"{units.in_words(name)} in [{low}, {high}]" if low < high else f"{units.in_words(name)} = {low}")
    return ", ".join(texts)


def left_at(construction: Construction, units: Units, place: Place) -> str:
    """products, and which choice of the parameters that cannot be variables: no two places have the same words."""
    fixed = [name for name in construction.parameters if name not in free_parameters(construction)]
    choice = f"choice {place.choice + 1} of {', '.join(fixed or construction.parameters)}"
    given = products(construction, units, place)
    return ", ".join(filter(None, (given, choice if fixed or not given else "")))


def left_over(found: Settled) -> str:
    """Why it is undecided: how much of the box is left, and what is known there."""
    cut = f"{found.left} of the {found.boxes} parts that were looked at are left"
    if found.reason:
        return f"{cut}: {found.reason}"
    if found.ratio < 1 + 1e-6:
        return f"{cut}, where the bound is met to the last bit: overlapping balls prove nothing"
    if found.ratio == float("inf"):
        return f"{cut}, where no multiple of the bound is known to hold"
    return f"{cut}, where |network − algorithm| is known to be at most {found.ratio:.6g} times the bound only"
