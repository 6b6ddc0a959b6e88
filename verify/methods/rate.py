"""The order of a limit: the network over power series in the knob, with exact coefficients. The order must be exact.

A coefficient below the claimed order that is not zero refutes it as too optimistic, however small the coefficient; if the
coefficient of the order itself is always zero, it is too pessimistic. With variable data, or at every data set of a finite
domain, this is a proof. What a user may rely on at a knob that is not infinitely small is said beside it: a constant C with
|error| ≤ C t^p for all t ≤ t_0 at one point, and where rounding ends the limit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from constructions.language import Construction
from constructions.language.statement import Limit
from constructions.matrix import Pole, Unsupported
from verify.domains import EmptyDomain
from verify.engines.along_path import Seen, along
from verify.engines.ball_ratios import by_ratios, points_of
from verify.engines.paths import NoPath, Path, paths_of
from verify.engines.remainder import Place, bound_up_to
from verify.plan import Plan, sizes_in_words
from verify.verdict import Standing, Verdict, undecided

STRENGTH = list(Standing)


def rate(construction: Construction, plan: Plan) -> Verdict:
    """The claim that network → algorithm with an error of exactly the given order in the knobs."""
    claim = construction.claims[0]
    if not isinstance(claim, Limit):
        return undecided("rate", claim.text, plan.where, "it decides limits, and the claim is none")
    try:
        paths = paths_of(construction, claim)
    except NoPath as reason:
        return undecided("rate", claim.text, plan.where, str(reason))
    verdicts: list[Verdict] = []
    for path in paths:
        verdict = _along(construction, plan, claim, path, first=not verdicts)
        if verdict.standing is Standing.REFUTED:
            return verdict
        verdicts.append(verdict)
    return _together(paths, verdicts)


def _along(construction: Construction, plan: Plan, claim: Limit, path: Path, first: bool) -> Verdict:
    try:
        verdict, seen = along(construction, plan, claim, path)
    except Unsupported as reason:
        return by_ratios(construction, plan, claim, path, points_of(construction, plan), str(reason))
    except (Pole, EmptyDomain) as reason:
        return undecided("rate", claim.text, plan.where, str(reason))
    if not first or verdict.standing not in (Standing.PROVED, Standing.TESTED):
        return verdict
    return replace(verdict, evidence={**verdict.evidence, **_at_a_point(construction, path, seen)})


def _at_a_point(construction: Construction, path: Path, seen: Seen) -> dict[str, Any]:
    """What holds at finite knobs, at the point where the constant was met."""
    if seen.at is None or path.rate:
        return {}
    (sizes, parameters, data), found = seen.at
    place = Place(construction, sizes, parameters, data, path, found.order)
    bound = bound_up_to(place, path.farthest(construction))
    if bound is None:
        return {}
    reach = path.reach(bound.t_0)
    said = f"|error| ≤ {bound.constant:.6g}·{path.term(path.order)} for all {reach}, at a point with {sizes_in_words(sizes)}"
    return {"up to a knob": said, "remainder": bound}


def _together(paths: list[Path], verdicts: list[Verdict]) -> Verdict:
    """One verdict along all paths: the weakest standing."""
    if len(verdicts) == 1:
        return verdicts[0]
    weakest = max(verdicts, key=lambda verdict: STRENGTH.index(verdict.standing))
    if weakest.standing is Standing.UNDECIDED:
        return weakest
    along_each = {path.where: verdict.evidence.get("constant") for path, verdict in zip(paths, verdicts, strict=True)}
    evidence = {**verdicts[0].evidence, "constants along": along_each}
    scope = "; ".join(dict.fromkeys(verdict.scope for verdict in verdicts))
    return replace(weakest, scope=scope, because=verdicts[0].because, evidence=evidence)
