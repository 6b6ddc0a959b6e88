"""The order of a limit: the network over power series in the knob, with exact coefficients. The order must be exact.

A coefficient below the claimed order that is not zero refutes it as too optimistic, however small the coefficient; if the
coefficient of the order itself is always zero, it is too pessimistic. With variable data this is a proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from constructions.language import Construction
from constructions.language.statement import Limit
from constructions.matrix import Matrix, Pole, Unsupported
from constructions.matrix.rational import fractions_of
from verify.domains import EmptyDomain
from verify.engines.ball_ratios import FAILURES, Point, by_ratios, points_of
from verify.engines.expansion import Expansion, expansion_at, expansion_everywhere
from verify.engines.isolated import Limits, isolated
from verify.plan import Plan, sizes_in_words, sizes_of_data
from verify.verdict import Counterexample, Standing, Verdict, undecided

LIMITS = Limits(seconds=5.0)  # of a proof for all data at one size


def rate(construction: Construction, plan: Plan) -> Verdict:
    """The claim that network → algorithm with an error of exactly the given order in the knob."""
    claim = construction.claims[0]
    if not isinstance(claim, Limit):
        return undecided("rate", claim.text, plan.where, "it decides limits, and the claim is none")
    if reason := _out_of_scope(construction, claim):
        return undecided("rate", claim.text, plan.where, reason)
    try:
        found = _atpoints_of(construction, plan, claim)
    except Unsupported as reason:
        return by_ratios(construction, plan, claim, points_of(construction, plan), str(reason))
    except (Pole, EmptyDomain) as reason:
        return undecided("rate", claim.text, plan.where, str(reason))
    if found.standing is not Standing.TESTED:
        return found
    return _for_all_data(construction, plan, claim, found)


def _out_of_scope(construction: Construction, claim: Limit) -> str:
    if len(claim.knobs) != 1:
        return f"it follows one knob, and the limit has {len(claim.knobs)}"
    ((knob, order),) = claim.knobs.items()
    if construction.parameters[knob].shape:
        return f"the knob {knob} is not a number"
    return "" if isinstance(order, int) and order else f"an order is a whole number other than 0, not {order!r}"


def _atpoints_of(construction: Construction, plan: Plan, claim: Limit) -> Verdict:
    """Where a point has no exact series (too many exponentials, a sign that is not certain) it is left out and not counted."""
    ((knob, order),) = claim.knobs.items()
    where: list[str] = []
    sharp, clean, zero, missing = "", True, True, Unsupported("no points")
    for point in points_of(construction, plan):
        try:
            found = expansion_at(construction, *point)
        except Unsupported as reason:
            missing = reason
            continue
        if (low := found.too_low()) is not None:
            because = f"the error has the term {low[1]}·{_power(knob, order, low[0])}, so its order is {low[0]} at most"
            at, shown = f"at a point with {sizes_in_words(point[0])}", _counterexample(point, found, knob)
            return Verdict("claim", claim.text, "rate", Standing.REFUTED, at, because, counterexample=shown)
        where, clean = [*where, sizes_in_words(point[0])], clean and found.vanishes_below()
        zero = zero and all(found.field.is_zero(c) for c in found.constants())
        sharp = sharp or str(found.constant() or "")
    if not where:
        raise missing
    return _summary(construction, plan, claim, where, sharp, clean, zero)


def _summary(
    construction: Construction, plan: Plan, claim: Limit, points: list[str], sharp: str, clean: bool, zero: bool
) -> Verdict:
    """What the points say together: a constant that is not zero somewhere, and nothing below the order anywhere."""
    ((knob, order),) = claim.knobs.items()
    scope, leading = (
        f"{len(points)} exact points at the sizes {'; '.join(dict.fromkeys(points))}",
        _power(knob, order, abs(order)),
    )
    if zero and clean and all(1 in map(sizes.get, sizes_of_data(construction)) for sizes in plan.sizes):
        return undecided("rate", claim.text, scope, f"the coefficient of {leading} is zero where a size is 1")
    if zero and clean:
        because = f"the coefficient of {leading} is zero at every point: the error is smaller"
        return Verdict("claim", claim.text, "rate", Standing.REFUTED, scope, because)
    if not (sharp and clean):
        because = "exponentials in a coefficient may satisfy relations that are not known here"
        return undecided("rate", claim.text, scope, because)
    evidence = {"order": order, "constant": sharp, "points": len(points)}
    because = f"error = {sharp}·{leading} + … at one of them; data were fixed at a few values"
    return Verdict("claim", claim.text, "rate", Standing.TESTED, scope, because, evidence)


def _for_all_data(construction: Construction, plan: Plan, claim: Limit, tested: Verdict) -> Verdict:
    """The same with variables for data, where they are real and the terms are few; else what was tested."""
    ((knob, order),) = claim.knobs.items()
    proofs, poles = _proofs(construction, plan)
    if not proofs:
        return tested
    constant = next(iter(proofs.values()))
    scope = f"all real data and parameters, at the sizes {'; '.join(proofs)}, for {knob} → {'0' if order > 0 else '∞'}"
    scope += ", wherever no leading denominator is zero" if poles else ""
    because = (
        f"error = c·{_power(knob, order, abs(order))} + …, c = {constant} in one entry (entries numbered row by row)"
    )
    evidence = {**tested.evidence, "constants": proofs}
    return Verdict("claim", claim.text, "rate", Standing.PROVED, scope, because, evidence)


def _proofs(construction: Construction, plan: Plan) -> tuple[dict[str, str], bool]:
    """Sizes at which it holds identically → a constant; and whether anything was divided by that may be zero."""
    proofs: dict[str, str] = {}
    poles, least = False, {**plan.sizes[0], **dict.fromkeys(sizes_of_data(construction), 2)}
    if any(word != "real" for word in construction.domain.values()):
        return proofs, poles
    for sizes in (*plan.sizes, *([least] if len(plan.sizes) > 1 else [])):
        with suppress(*FAILURES):
            constant, divides = isolated(lambda: _proof(construction, sizes), LIMITS)  # noqa: B023
            if constant:
                proofs[sizes_in_words(sizes)], poles = constant, poles or divides
    return proofs, poles


def _proof(construction: Construction, sizes: Mapping[str, int]) -> tuple[str, bool]:
    found = expansion_everywhere(construction, sizes)
    constant = found.constant() if found.vanishes_below() else None
    return "" if constant is None else str(constant), found.field.poles


def _counterexample(point: Point, found: Expansion, knob: str) -> Counterexample:
    sizes, parameters, data = point
    given = {k: fractions_of(v) if isinstance(v, Matrix) else "…" for k, v in parameters.items() if k != knob}
    left, right, error = ([list(map(str, side))] for side in (found.left, found.right, found.error))
    return Counterexample(dict(sizes), given, {k: fractions_of(v) for k, v in data.items()}, left, right, error)


def _power(knob: str, order: int, power: int) -> str:
    return f"{knob}^{power if order > 0 else -power}"
