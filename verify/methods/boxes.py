"""A bound for all data in a box, by Taylor models: *proved*, where there are no parameters, or they are variables too.

Both sides are written down as expressions, entry by entry; error and bound are enclosed on the whole box of what an entry
depends on, and the box is cut until |error| ≤ bound holds on every part. Nothing is sampled. A positive parameter is a variable
over an interval, or is set to 1 where units allow it (`scalings.py`). Where that is out of reach it is fixed at a few values,
and the bound, which may fail between them, is *tested* only. Overlapping enclosures prove nothing: what is left is undecided.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType

from constructions.language import Box, Construction, Within
from constructions.matrix import Pole, Unsupported, exact
from verify.arithmetic.boxes import Settled
from verify.built import built
from verify.engines.box_cases import Case, Ledger, Place, TooManyVariables, cases, glanced
from verify.engines.box_places import common_units, places_of
from verify.engines.box_words import left_at, left_over, scope
from verify.engines.counterexample import Point
from verify.engines.scalings import Units
from verify.engines.shown import shown
from verify.engines.traced import data_at, free_parameters, numbers
from verify.methods.enclosure import Answer, decide
from verify.plan import Plan
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

WORK = 120_000  # operations × coefficients of Taylor models in one attempt: about half a second
AFFORDED = 10  # parts of a box, or intervals of parameters are not tried
REACH = (Fraction(2), Fraction(9, 8))  # a parameter v as a variable on [v/r, rv], the widest first
SCAN = (Fraction(1, 2), Fraction(2), Fraction(1, 16))  # where else a counterexample is looked for, in defaults
DEEPEST = 4  # layers
GLANCE, GLANCES = (
    500,
    6,
)  # numbers that an entry depends on, and entries, where a counterexample is looked for at corners


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
    if (layers := _depth(construction, plan)) > DEEPEST:
        because = (
            f"the network has {layers} layers, and Taylor models lose too much in more than {DEEPEST}; see composition"
        )
        return undecided("boxes", claim.text, plan.where, because)
    try:
        return _judged(construction, claim, plan)
    except (Unsupported, Pole, TooManyVariables) as reason:
        return undecided("boxes", claim.text, plan.where, str(reason))


def _depth(construction: Construction, plan: Plan) -> int:
    parameters = next(parameter_choices(construction, plan.sizes[0]), {})
    return len(built(construction, plan.sizes[0], parameters).network.unrolled)


def _judged(construction: Construction, claim: Within, plan: Plan) -> Verdict:
    places, wider = places_of(construction, plan)
    units, doubts = common_units(construction, places), {}
    if failure := _glance(construction, [place for place in wider if not place.choice]):
        return _not_shown(construction, claim, units, failure)
    for choice in dict.fromkeys(place.choice for place in places):
        group = [place for place in places if place.choice == choice]
        ledger = Ledger(WORK // 2 if choice else WORK)
        if failure := _failure(construction, ledger, units, group, None):
            doubts[choice] = failure
            if failure.found.failing is not None:
                return _not_shown(construction, claim, units, failure)
    if 0 in doubts:
        return _not_shown(construction, claim, units, doubts[0])
    first = [place for place in places if not place.choice]
    if failure := _scan(construction, units, first):
        return _not_shown(construction, claim, units, failure)
    reach, failure, ledger = _reached(construction, units, first)
    if failure:
        return _not_shown(construction, claim, units, failure)
    return _shown(construction, claim, units, places, doubts, reach, ledger)


def _reached(
    construction: Construction, units: Units, places: Sequence[Place]
) -> tuple[Fraction | None, Failure | None, Ledger]:
    """How far around the default the parameters that are left may be variables: 1 where there are none, None where they
    were not; a case that surely fails; and what was settled."""
    if set(construction.parameters) - set(free_parameters(construction)):
        return None, None, Ledger(0)
    for reach in REACH if units.powers else [Fraction(1)]:
        ledger = Ledger(WORK, AFFORDED)
        try:
            failure = _failure(construction, ledger, units, places, reach)
        except (Pole, TooManyVariables):
            continue
        if failure is None:
            return reach, None, ledger
        if failure.found.failing is not None:
            return None, failure, ledger
    return None, None, Ledger(0)


def _glance(construction: Construction, places: Sequence[Place]) -> Failure | None:
    """A case that fails at a corner of its box, at sizes that are too large for a proof."""
    seen = set()
    for place in places:
        for case in cases(place, numbers(place.parameters, free_parameters(construction)), {}, GLANCE):
            if case.formula not in seen and len(seen) < GLANCES and (found := glanced(case)):
                return Failure(case, found)
            seen.add(case.formula)
    return None


def _scan(construction: Construction, units: Units, places: Sequence[Place]) -> Failure | None:
    """A case that surely fails at smaller or larger parameters, at a glance."""
    for name, factor in itertools.product(units.powers, SCAN):
        failure = _failure(construction, Ledger(0), units, places, None, {name: factor})
        if failure and failure.found.failing is not None:
            return failure
    return None


def _shown(
    construction: Construction,
    claim: Within,
    units: Units,
    places: Sequence[Place],
    doubts: Mapping[int, Failure],
    reach: Fraction | None,
    ledger: Ledger,
) -> Verdict:
    """Proved where the parameters were variables, else tested. Choices of parameters that ran out of work are named."""
    standing = Standing.TESTED if reach is None else Standing.PROVED
    because = ["parameters were fixed at a few values, and a bound may fail between them"] if reach is None else []
    for failure in doubts.values():
        because.append(f"undecided at {left_at(construction, units, failure.case.place)}: {left_over(failure.found)}")
    where = scope(construction, units, [place for place in places if place.choice not in doubts], reach)
    evidence = {"boxes": sum(found.boxes for found in ledger.known.values()), "formulas": len(ledger.known)}
    return Verdict("claim", claim.text, "boxes", standing, where, "; ".join(because), evidence if ledger.known else {})


def _failure(
    construction: Construction,
    ledger: Ledger,
    units: Units,
    places: Sequence[Place],
    reach: Fraction | None,
    factors: Mapping[str, Fraction] = MappingProxyType({}),
) -> Failure | None:
    """The first case that does not hold surely, at the parameters of the places (times `factors`) or on intervals around
    them; a case that surely fails comes before others."""
    doubtful = None
    for place in places:
        values = units.values(numbers(place.parameters, free_parameters(construction)))
        values = {name: value * factors.get(name, 1) for name, value in values.items()}
        ends = (1 / reach, reach) if reach and reach != 1 else ()
        ranges = {name: (values[name] * ends[0], values[name] * ends[1]) for name in units.powers if ends}
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
    instance = built(construction, case.place.at.sizes, parameters)
    if decide(claim, instance, data) is not Answer.FAILS:
        return undecided("boxes", claim.text, where, "Taylor models and balls disagree on a point")
    point = shown(construction, Point(case.place.at.sizes, parameters, data))
    because = "|network − algorithm| exceeds the bound"
    verdict = Verdict("claim", claim.text, "boxes", Standing.REFUTED, "at the point printed", because)
    return replace(verdict, counterexample=point)
