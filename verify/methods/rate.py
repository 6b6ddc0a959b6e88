"""The order of a limit: the network over power series in the knob, with exact coefficients. The order must be exact.

A coefficient below the claimed order that is not zero refutes it as too optimistic, however small the coefficient; if the
coefficient of the order itself is always zero, it is too pessimistic. With variable data, or at every data set of a finite
domain, this is a proof. What a user may rely on at a knob that is not infinitely small is said beside it: a constant C with
|error| ≤ C t^p for all t ≤ t_0 at one point, and where rounding ends the limit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import prod
from typing import Any

from constructions.language import Construction
from constructions.language.statement import Limit
from constructions.matrix import Matrix, Pole, Unsupported
from constructions.matrix.rational import fractions_of
from verify.built import built
from verify.domains import EmptyDomain
from verify.engines.along_path import Seen, along
from verify.engines.ball_ratios import by_ratios, normed, points_of
from verify.engines.floors import floors
from verify.engines.knob_bounds import bounds_for_all_knobs
from verify.engines.paths import NoPath, Path, paths_of
from verify.engines.remainder import Place, surely_below
from verify.plan import COSTLIEST, Plan, cost_of, shape_at, sizes_in_words, sizes_of_data
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

STRENGTH = list(Standing)

ENTRIES = 60  # of the data, at most
DEEPEST = 4  # layers of a network that is also run at finite knobs: over intervals of them, and in floats
DEEPEST_WITH_NORM = 1  # the same where every entry meets every other


def rate(construction: Construction, plan: Plan) -> Verdict:
    """The claim that network → algorithm with an error of exactly the given order in the knobs."""
    plan = affordable(construction, plan)
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


def affordable(construction: Construction, plan: Plan) -> Plan:
    """A deep network is expanded at one small size assignment only, and many data where there is nothing smaller."""
    few = tuple(sizes for sizes in plan.sizes if _entries(construction, sizes) <= ENTRIES)
    least = min(plan.sizes, key=lambda sizes: _entries(construction, sizes))
    twos = {**least, **{name: min(2, least[name]) for name in sizes_of_data(construction)}}
    plan = replace(plan, sizes=few or ((least, twos) if len(plan.sizes) > 1 else (least,)))
    first = plan.sizes[0]
    network = built(construction, first, next(iter(parameter_choices(construction, first)), {})).network
    if cost_of(network) <= COSTLIEST:
        return plan
    most = 1 if normed(network) and cost_of(network) > 2 * COSTLIEST else 2
    return Plan(({**first, **{name: min(most, first[name]) for name in sizes_of_data(construction)}},), plan.seed)


def _entries(construction: Construction, sizes: Mapping[str, int]) -> int:
    return sum(prod(shape_at(shape, sizes)) for shape in construction.data.values())


def _along(construction: Construction, plan: Plan, claim: Limit, path: Path, first: bool) -> Verdict:
    try:
        verdict, seen = along(construction, plan, claim, path)
    except Unsupported as reason:
        refuted = _refuted_in_balls(construction, plan, claim, path)
        if refuted is not None:
            return refuted
        return by_ratios(construction, plan, claim, path, points_of(construction, plan), str(reason))
    except (Pole, EmptyDomain) as reason:
        return undecided("rate", claim.text, plan.where, str(reason))
    if not first or verdict.standing not in (Standing.PROVED, Standing.TESTED):
        return verdict
    proved = verdict.evidence.get("constants", {})  # the sizes at which data were variables
    return replace(verdict, evidence={**verdict.evidence, **_at_finite_knobs(construction, path, seen, proved)})


def _refuted_in_balls(construction: Construction, plan: Plan, claim: Limit, path: Path) -> Verdict | None:
    """The refutation of an order that is too optimistic, where coefficients are known in balls only."""
    for sizes, parameters, data in () if path.rate else points_of(construction, plan):
        low = surely_below(Place(construction, sizes, parameters, data, path, int(path.order)))
        if low is not None:
            because = f"the error has the term ({low[1]})·{path.term(low[0])}, so its order is {low[0]} at most"
            where = f"at a point with {sizes_in_words(sizes)}"
            return Verdict("claim", claim.text, "rate", Standing.REFUTED, where, because, {"data": _shown(data)})
    return None


def _shown(data: Mapping[str, Matrix]) -> dict[str, Any]:
    return {name: [list(map(str, row)) for row in fractions_of(value)] for name, value in data.items()}


def _at_finite_knobs(construction: Construction, path: Path, seen: Seen, proved: Collection[str]) -> dict[str, Any]:
    """A bound for all t ≤ t_0 at the point where the constant was met, and where floats end the limit at generic data."""
    if seen.at is None or seen.last is None:
        return {}
    (point, found), (generic, floating) = seen.at, seen.last
    place = Place(construction, *point, path, found.order)
    network = built(construction, point[0], point[1]).network
    deepest = DEEPEST_WITH_NORM if normed(network) else DEEPEST
    if len(network.unrolled) > deepest:
        return {"for all knobs": f"not tried: the network has more than {deepest} layers"}
    said = {} if path.rate else bounds_for_all_knobs(place, sizes_in_words(point[0]) in proved)
    try:
        return {**said, "floor": floors(Place(construction, *generic, path, floating.order), floating)}
    except (Unsupported, Pole) as reason:
        return {**said, "floor": f"not predicted: {reason}"}


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
