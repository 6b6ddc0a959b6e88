"""A bound for all data in a box and all parameters, composed along the network: *proved*, where the claimed bound is not less.

1. The ideal network, in which GeLU is its parabola (softmax is hard, and LayerNorm divides by what its pads hold), is the
   algorithm: an identity of rational functions (`ideal.py`, `rational_values.py`).
2. |network − ideal| ≤ E, derived from the weights by one lemma, sublayer by sublayer, parameters being symbols (`composition.py`).
3. E ≤ bound, term by term, for all positive values of what is positive.

Where 3 cannot be seen, E and the bound are compared at a few parameters, which is *tested* only. A corner of the box at which the
bound surely fails refutes it; a bound below E that no corner refutes is undecided: E is seldom attained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nextafter
from typing import Any

from constructions.language import Box, Construction, Within, build
from constructions.language.quantifier import call
from constructions.matrix import Pole, Unsupported, exact
from constructions.matrix.rational import fractions_of
from verify.arithmetic.ball import precision, surely_at_most
from verify.arithmetic.factored_sums import Sum
from verify.arithmetic.smooth import ball
from verify.engines.bounds import bound_of
from verify.engines.composition import Composed, Symbolic, composed, normed_anywhere, symbolic
from verify.engines.corners import failing
from verify.engines.ideal import ideal
from verify.engines.isolated import BeyondLimits, isolated
from verify.engines.one_query import one_query
from verify.engines.rational_values import ring_of
from verify.engines.shown import shown
from verify.engines.single_query import one_at_a_time
from verify.limits import Limits
from verify.plan import Plan, cost_of, sizes_in_words
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

LIMITS = Limits(seconds=45.0, mebibytes=1024)
BITS = 128


@dataclass(frozen=True)
class Compared:
    """What was found at some sizes: whether E ≤ bound for all parameters, the largest E/bound that was met, and E at the
    first choice of parameters (the defaults, where there are some); what is left of ideal − algorithm (empty: nothing); whether the
    algorithm may have a pole."""

    everywhere: bool = False
    ratio: float = 0.0
    error: float = 0.0
    difference: str = ""
    poles: bool = False


def composition(construction: Construction, plan: Plan) -> Verdict:
    """The claim |network − algorithm| ≤ bound, for every data set in a box and all parameters."""
    claim = construction.claims[0]
    if not isinstance(claim, Within):
        return undecided("composition", claim.text, plan.where, "it decides bounds, and the claim is none")
    for name in construction.data:
        if not isinstance(construction.domain.get(name), Box):
            because = f"{name} is not restricted to a box; all data must be"
            return undecided("composition", claim.text, plan.where, because)
    found: dict[str, Compared] = {}
    known: dict[tuple[tuple[str, int], ...], Compared] = {}
    try:
        for sizes in _cheapest(construction, plan):
            one = _found(construction, sizes, known)
            if one.difference:
                because = f"with parabolas for GeLU the network is not the algorithm: {one.difference} is left"
                return _at_a_corner(construction, plan, because)
            found[sizes_in_words(sizes)] = one
    except (Unsupported, Pole, BeyondLimits) as reason:
        return _at_a_corner(construction, plan, str(reason))
    if (worst := max(one.ratio for one in found.values())) <= 1:
        return _shown(construction, claim, found)
    times = f"{worst:.6g}" if worst > 1.00001 else f"1 + {worst - 1:.1g}"
    because = (
        f"the composed bound is {times} times this one at some parameters, and no corner that was tried refutes it"
    )
    return _at_a_corner(construction, plan, because)


def _cheapest(construction: Construction, plan: Plan) -> list[Mapping[str, int]]:
    """Two of the plan's sizes: a third is larger, and shows nothing new."""
    choices = {k: next(parameter_choices(construction, sizes), {}) for k, sizes in enumerate(plan.sizes)}
    costs = {k: cost_of(build(construction, plan.sizes[k], values).network) for k, values in choices.items()}
    return [plan.sizes[k] for k in sorted(sorted(costs, key=costs.__getitem__)[:2])]


def _at_a_corner(construction: Construction, plan: Plan, because: str) -> Verdict:
    """Refuted where the bound surely fails at a corner, else undecided for the reason given."""
    text = construction.claims[0].text
    for sizes in plan.sizes:
        if point := failing(construction, sizes):
            where, exceeds = "at the point printed", "|network − algorithm| exceeds the bound"
            verdict = Verdict("claim", text, "composition", Standing.REFUTED, where, exceeds)
            return replace(verdict, counterexample=shown(construction, point))
    return undecided("composition", text, plan.where, because)


def _shown(construction: Construction, claim: Within, found: Mapping[str, Compared]) -> Verdict:
    """Proved, or tested where the bound was compared at a few parameters only."""
    scope = f"every data set in the box{'es' if len(construction.data) > 1 else ''} at the sizes {'; '.join(found)}"
    scope += ", wherever the algorithm has a value" if any(one.poles for one in found.values()) else ""
    evidence = {
        "composed bound / bound": max(one.ratio for one in found.values()),
        "composed bound at the defaults": {where: one.error for where, one in found.items()},
    }
    if all(one.everywhere for one in found.values()):
        where = scope + _for_all(construction)
        return Verdict("claim", claim.text, "composition", Standing.PROVED, where, evidence=evidence)
    because = "the two bounds were compared at a few parameters, and may be the other way round between them"
    return Verdict("claim", claim.text, "composition", Standing.TESTED, scope, because, evidence)


def _for_all(construction: Construction) -> str:
    positive = [name for name, declared in construction.parameters.items() if declared.positive]
    others = [name for name in construction.parameters if name not in positive]
    words = [f"all {', '.join(positive)} > 0"] * bool(positive) + [f"all real {', '.join(others)}"] * bool(others)
    return f", for {' and '.join(words)}, wherever the bound has a value" if words else ""


def _found(
    construction: Construction, sizes: Mapping[str, int], seen: dict[tuple[tuple[str, int], ...], Compared]
) -> Compared:
    """Ideal against algorithm, and E against the bound. LayerNorm is followed with its ideal values."""
    if normed_anywhere(symbolic(construction, sizes).instance):
        alone = one_at_a_time(construction, sizes)
        if (key := tuple(alone.items())) not in seen:
            seen[key] = isolated(lambda: _behind_norm(construction, alone), LIMITS)
        return seen[key]
    exact_part = isolated(lambda: ideal(construction, sizes), LIMITS)
    if exact_part.difference:
        return Compared(difference=exact_part.difference)
    known, sizes = _single(construction, sizes)
    found = _best(construction, sizes, known, lambda factored: composed(known, exact_part.least, None, factored))
    return replace(found, poles=exact_part.poles)


def _best(
    construction: Construction, sizes: Mapping[str, int], known: Symbolic, compose: Callable[[bool], Composed]
) -> Compared:
    """The comparison of the bound with what is composed: with coefficients term by term, else with their factors."""
    if (plain := _compared(construction, sizes, known, compose(False).errors)).everywhere:
        return plain
    other = _compared(construction, sizes, known, compose(True).errors)
    return other if other.everywhere or other.ratio < plain.ratio else plain


def _behind_norm(construction: Construction, sizes: Mapping[str, int]) -> Compared:
    known, (ring, answer) = symbolic(construction, sizes), ring_of(construction, sizes)
    poles = not all(map(ring.signs.never_zero, ring.functions.divided))
    found = composed(known, {}, ring)
    if [len(row) for row in found.ideal] != [len(row) for row in answer]:
        return Compared(difference="another number of rows or columns")
    pairs = ((a, b) for row, other in zip(found.ideal, answer, strict=True) for a, b in zip(row, other, strict=True))
    for one, other in pairs:
        if not ring.functions.is_zero(left := one + -other):
            return Compared(difference=ring.functions.shown(left))
    compose = lambda factored: composed(known, {}, ring, True) if factored else found  # noqa: E731
    return replace(_best(construction, sizes, known, compose), poles=poles)


def _compared(construction: Construction, sizes: Mapping[str, int], known: Symbolic, errors: list[Sum]) -> Compared:
    claim = construction.claims[0]
    assert isinstance(claim, Within)
    errors = list({frozenset(error.terms.items()): error for error in errors}.values())
    bound = _bound(claim, known, sizes)
    everywhere = bound is not None and all(error.at_most(bound) for error in errors)
    ratio, errors_there = None, []
    with precision(BITS):
        for parameters in parameter_choices(construction, sizes):
            instance, given = build(construction, sizes, parameters), _entries(parameters)
            try:
                limit = bound_of(claim, instance)
            except Pole:
                continue  # nothing is claimed there
            values = known.arithmetic.values(errors, given)
            errors_there = errors_there or [float(value.abs_upper()) for value in values]
            holds = everywhere or all(surely_at_most(value, limit) for value in values)
            ratio = max(ratio or 0.0, _ratio(values, limit, holds))
    if ratio is None:
        raise Unsupported("the bound has no value at any of the parameters that were tried")
    return Compared(everywhere, ratio, max(errors_there, default=0.0))


def _single(construction: Construction, sizes: Mapping[str, int]) -> tuple[Symbolic, Mapping[str, int]]:
    known = symbolic(construction, sizes)
    alone = one_query(known.instance)
    return (known, sizes) if alone == dict(sizes) else (symbolic(construction, alone), sizes)


def _bound(claim: Within, known: Symbolic, sizes: Mapping[str, int]) -> Sum | None:
    """The claimed bound as a formula in the parameters; None where it has no value there."""
    try:
        bound = exact(call(claim.bound, {**sizes, **known.parameters}))
        return known.arithmetic.table(bound).cells[0][0]
    except (Unsupported, Pole):
        return None


def _ratio(values: Sequence[Any], limit: Any, holds: bool) -> float:
    """The largest value/limit, at most 1 where that is known to hold, and above 1 elsewhere."""
    if not all(value.is_finite() for value in values):
        return float("inf")
    worst = max((float((value / limit).abs_upper()) for value in values if not value.is_zero()), default=0.0)
    return min(worst, 1.0) if holds else max(worst, nextafter(1.0, 2.0))


def _entries(parameters: Mapping[str, Any]) -> dict[Any, Any]:
    """(name, row, column) → a ball."""
    return {
        (name, i, j): ball(entry)
        for name, value in parameters.items()
        for i, row in enumerate(fractions_of(value))
        for j, entry in enumerate(row)
    }
