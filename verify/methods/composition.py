"""A bound for all data in a box and all parameters, composed along the network: *proved*, where the claimed bound is not less.

1. The ideal network, in which GeLU is its parabola (softmax is hard, and LayerNorm divides by what its pads hold), is the
   algorithm: an identity of rational functions (`ideal.py`, `rational_values.py`).
2. |network − ideal| ≤ E, derived from the weights by one lemma, sublayer by sublayer, parameters being symbols (`composition.py`).
3. E ≤ bound, term by term, for all positive values of what is positive.

Where 3 cannot be seen, E and the bound are compared at a few parameters, which is *tested* only. A corner of the box at which the
bound surely fails refutes it; a bound below E that no corner refutes is undecided: E is seldom attained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from constructions.language import Box, Construction, Within
from constructions.matrix import Pole, Unsupported
from verify.built import built
from verify.engines.compared import Compared, compared
from verify.engines.composition import Symbolic, composed, normed_anywhere, symbolic
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
    costs = {k: cost_of(built(construction, plan.sizes[k], values).network) for k, values in choices.items()}
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
    found = compared(construction, sizes, known, lambda factored: composed(known, exact_part.least, None, factored))
    return replace(found, poles=exact_part.poles)


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
    return replace(compared(construction, sizes, known, compose), poles=poles)


def _single(construction: Construction, sizes: Mapping[str, int]) -> tuple[Symbolic, Mapping[str, int]]:
    known = symbolic(construction, sizes)
    alone = one_query(known.instance)
    return (known, sizes) if alone == dict(sizes) else (symbolic(construction, alone), sizes)
