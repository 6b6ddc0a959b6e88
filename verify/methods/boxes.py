"""A bound for all data in a box, by Taylor models: *proved*, where the parameters are variables too.

Both sides are written down as expressions, entry by entry; error and bound are enclosed on the whole box of what an entry
depends on, and the box is cut until |error| ≤ bound holds on every part. Nothing is sampled. A positive parameter is a variable
over an interval, or is set to 1 where units allow it (`scalings.py`). Where that is out of reach it is fixed at a few values,
and the bound is *certified* there. Overlapping enclosures prove nothing: what is left is undecided.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from constructions.language import Box, Construction, Within, build
from constructions.matrix import Pole, Unsupported, exact
from verify.arithmetic.boxes import Settled
from verify.engines.box_cases import Case, Ledger, Place, TooManyVariables, cases, units_of, width
from verify.engines.box_words import left_over, scope
from verify.engines.counterexample import Point
from verify.engines.scalings import Units
from verify.engines.shown import shown
from verify.engines.traced import data_at, free_parameters, numbers, traced
from verify.methods.enclosure import Answer, decide
from verify.plan import Plan, sizes_of_data
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

REACH = (Fraction(2), Fraction(9, 8))  # a parameter v as a variable on [v/r, rv], the widest first
SMALL = 3  # sizes up to this are tried where an entry depends on too many numbers
WIDEST = 5  # entries of the data


@dataclass(frozen=True)
class Failure:
    """A case that was not shown, and what is known of it."""

    case: Case
    found: Settled


def boxes(construction: Construction, plan: Plan) -> Verdict:
    """The claim |network − algorithm| ≤ bound, for every data set in a box."""
    claim = construction.claims[0]
    if not isinstance(claim, Within):
        return undecided("boxes", claim.text, plan.where, "it decides bounds, and the claim is none")
    for name in construction.data:
        if not isinstance(construction.domain.get(name), Box):
            return undecided("boxes", claim.text, plan.where, f"{name} is not restricted to a box; all data must be")
    try:
        return _judged(construction, claim, plan)
    except (Unsupported, Pole, TooManyVariables) as reason:
        return undecided("boxes", claim.text, plan.where, str(reason))


def _judged(construction: Construction, claim: Within, plan: Plan) -> Verdict:
    places = _places(construction, plan)
    units, ledger = _units(construction, places), Ledger()
    if failure := _failure(construction, ledger, units, places, None):
        return _not_shown(construction, claim, units, failure)
    others = [name for name in construction.parameters if name not in free_parameters(construction)]
    reach = None
    if units.powers and not others:
        first = [place for place in places if place.choice == 0]
        for reach in REACH:
            failure = _failure(construction, wider := Ledger(), units, first, reach)
            if failure and failure.found.failing:
                return _not_shown(construction, claim, units, failure)
            if not failure:
                ledger = wider
                break
        else:
            reach = None
    everything = not others and (reach is not None or not units.powers)
    because = "" if everything else "parameters were fixed at a few values, and a bound may fail between them"
    standing = Standing.PROVED if everything else Standing.CERTIFIED
    evidence = {"boxes": sum(found.boxes for found in ledger.known.values()), "formulas": len(ledger.known)}
    where = scope(construction, units, places, reach)
    return Verdict("claim", claim.text, "boxes", standing, where, because, evidence)


def _places(construction: Construction, plan: Plan) -> list[Place]:
    """The sizes of the plan, or small ones where an entry depends on more numbers than Taylor models can carry."""
    places = [place for sizes in plan.sizes for place in _at(construction, sizes)]
    widths = [width(place.at) for place in places]
    if max(widths) <= WIDEST or len(plan.sizes) == 1:
        return places
    names = sizes_of_data(construction)
    choices = sorted(itertools.product(range(1, SMALL + 1), repeat=len(names)), key=sum)[:60]
    found = [_at(construction, {**plan.sizes[0], **dict(zip(names, choice, strict=True))}) for choice in choices]
    fitting = [group for group in found if all(width(place.at) <= WIDEST for place in group)]
    if not fitting:
        raise TooManyVariables(f"an entry depends on {max(widths)} numbers of the data, and on too many at small sizes")
    return [place for group in fitting[-3:] for place in group]


def _at(construction: Construction, sizes: Mapping[str, int]) -> list[Place]:
    """Both sides at every choice of parameters; written down once where all of them are variables."""
    choices = list(parameter_choices(construction, sizes)) or [{}]
    if set(free_parameters(construction)) == set(construction.parameters):
        at = traced(construction, sizes, {})
        return [Place(at, parameters, k) for k, parameters in enumerate(choices)]
    return [Place(traced(construction, sizes, parameters), parameters, k) for k, parameters in enumerate(choices)]


def _units(construction: Construction, places: Sequence[Place]) -> Units:
    """What may be set to 1 at all places; nothing where they differ."""
    found = [units_of(construction, at) for at in {id(place.at): place.at for place in places}.values()]
    same = all(units == found[0] for units in found)
    return found[0] if same else Units((), {name: {} for name in free_parameters(construction)})


def _failure(
    construction: Construction, ledger: Ledger, units: Units, places: Sequence[Place], reach: Fraction | None
) -> Failure | None:
    """The first case that does not hold surely, at the parameters of the places or on intervals around them; a case that
    surely fails comes before others."""
    doubtful = None
    for place in places:
        values = units.values(numbers(place.parameters, free_parameters(construction)))
        ranges = {name: (values[name] / reach, values[name] * reach) for name in units.powers} if reach else {}
        for case in cases(place, values, ranges):
            found = ledger.settle(case.formula)
            if found.failing is not None:
                return Failure(case, found)
            doubtful = doubtful or (Failure(case, found) if found.left else None)
    return doubtful


def _not_shown(construction: Construction, claim: Within, units: Units, failure: Failure) -> Verdict:
    """Refuted at the point that was met, if both sides in balls agree; else undecided, with what is known."""
    case, found = failure.case, failure.found
    where = f"at {scope(construction, units, [case.place], None)}"
    if found.failing is None:
        return undecided("boxes", claim.text, where, left_over(found))
    met = dict(zip(case.leaves, found.failing, strict=True))
    values = {name: met.get(("parameter", name), case.values.get(name)) for name in free_parameters(construction)}
    parameters = {**case.place.parameters, **{name: exact(value) for name, value in values.items()}}
    data = data_at(construction, case.place.at.sizes, parameters, met)
    instance = build(construction, case.place.at.sizes, parameters)
    if decide(claim, instance, data) is not Answer.FAILS:
        return undecided("boxes", claim.text, where, "Taylor models and balls disagree on a point")
    point = shown(construction, Point(case.place.at.sizes, parameters, data))
    because = "|network − algorithm| exceeds the bound"
    verdict = Verdict("claim", claim.text, "boxes", Standing.REFUTED, "at the point printed", because)
    return replace(verdict, counterexample=point)
