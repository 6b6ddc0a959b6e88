"""Rigorous bounds at points: both sides in ball arithmetic, the precision doubled until the comparison is certain.

It certifies `Within` where the domain is finite and every data set was listed; elsewhere it tests. `Equal` it can only refute:
that two balls overlap proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from itertools import islice
from typing import Any

from constructions.language import Construction, Equal, Instance, Within
from constructions.matrix import Matrix, Pole, Unsupported
from constructions.matrix.rational import fractions_of
from verify.arithmetic.ball import ball_entries, in_balls, precision, surely_above, surely_at_most
from verify.built import built
from verify.domains import EmptyDomain, small_data
from verify.engines.bounds import bound_of
from verify.engines.counterexample import Differs, counterexample
from verify.methods.exhaustive import everywhere, finite_sizes, free_of_parameters
from verify.plan import COSTLIEST, Plan, cost_of, sizes_in_words, stream_of_integers
from verify.sides import claim_sides
from verify.standard import parameter_choices
from verify.verdict import Counterexample, Standing, Verdict, undecided

PRECISIONS = (64, 128, 256, 512, 1024, 2048)
GLANCE = 25  # points for an equality, which balls can refute and never confirm
POINTS = 20  # random data sets a size and parameter choice, where the domain is infinite; a quarter for costly networks


class Answer(Enum):
    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"
    SILENT = "silent"  # the bound is infinite there


def enclosure(construction: Construction, plan: Plan) -> Verdict:
    """The claim at points, with the rigour of ball arithmetic."""
    claim = construction.claims[0]
    if not isinstance(claim, (Equal, Within)):
        return undecided("enclosure", claim.text, plan.where, "it judges bounds at points, and the claim is a limit")
    sizes_listed, whole = finite_sizes(construction, plan)
    checked, unknown, silent = 0, 0, 0
    try:
        points = _points(construction, sizes_listed, whole)
        for instance, data in islice(points, GLANCE) if isinstance(claim, Equal) else points:
            answer = decide(claim, instance, data)
            if answer is Answer.FAILS:
                return _refuted(construction, instance, data)
            unknown += answer is Answer.UNKNOWN
            silent += answer is Answer.SILENT
            checked += 1
        free = free_of_parameters(construction, sizes_listed)
    except (Unsupported, Pole, EmptyDomain) as reason:
        return undecided("enclosure", claim.text, plan.where, str(reason))
    if unknown:
        reason = "overlapping balls prove nothing" if isinstance(claim, Equal) else "the bound is met to the last bit"
        return undecided("enclosure", claim.text, plan.where, f"{reason} ({unknown} of {checked} points)")
    if silent == checked:
        return undecided("enclosure", claim.text, plan.where, f"the bound has no value at any of {checked} points")
    where = "; ".join(map(sizes_in_words, sizes_listed))
    which = "every data set in the domain" if whole else f"{POINTS // 4} to {POINTS} data sets"
    scope = f"{which} at the sizes {where}, for the default and two other choices of parameters ({checked} points)"
    scope += f"; the bound is infinite at {silent} of them" if silent else ""
    if whole and free:
        return Verdict("claim", claim.text, "enclosure", Standing.PROVED, scope, evidence={"points": checked})
    because = "parameters were fixed at a few values" if whole else "data were fixed at a few values"
    because += ", and a bound may fail between them"
    return Verdict("claim", claim.text, "enclosure", Standing.TESTED, scope, because, {"points": checked})


def _points(
    construction: Construction, sizes_listed: Iterable[Mapping[str, int]], whole: bool
) -> Iterator[tuple[Instance, dict[str, Matrix]]]:
    """Instances with data: the whole domain where it is finite, else small data."""
    if whole:
        yield from ((instance, data) for _, instance, data in everywhere(construction, sizes_listed))
        return
    numbers = stream_of_integers(32, "enclosure", construction.name)
    for sizes in sizes_listed:
        for parameters in parameter_choices(construction, sizes):
            instance = built(construction, sizes, parameters)
            shapes = {name: instance.shape_of(name) for name in construction.data}
            for _ in range(POINTS if cost_of(instance.network) <= COSTLIEST // 2 else POINTS // 4):
                yield instance, small_data(construction, shapes, numbers, parameters)


def decide(claim: Equal | Within, instance: Instance, data: Mapping[str, Matrix]) -> Answer:
    """Whether the claim holds at a point; precision is doubled until that is certain. An equality can only fail.

    Where the bound has a pole, nothing is claimed.
    """
    for bits in PRECISIONS[:1] if isinstance(claim, Equal) else PRECISIONS:
        with precision(bits):
            bound = _bound(claim, instance)
            if bound is None and bits >= PRECISIONS[2]:
                return Answer.SILENT
            if bound is None:
                continue
            left, right = claim_sides(instance, in_balls(data))
            defects = [abs(ball) for ball in ball_entries(left - right)]
            if any(surely_above(defect, bound) for defect in defects):
                return Answer.FAILS
            if isinstance(claim, Within) and all(surely_at_most(defect, bound) for defect in defects):
                return Answer.HOLDS
    return Answer.UNKNOWN


def _bound(claim: Equal | Within, instance: Instance) -> Any:
    """The bound at the precision of the moment; None where it has a pole."""
    try:
        return bound_of(claim, instance)
    except Pole:
        return None


def ball_defect(claim: Equal | Within) -> Differs:
    """Both sides and their difference as texts where the claim surely fails, else None."""

    def differs(instance: Instance, data: Mapping[str, Matrix]) -> Any:
        if decide(claim, instance, data) is not Answer.FAILS:
            return None
        with precision(128):
            left, right = claim_sides(instance, in_balls(data))
            return _table(left), _table(right), _table(left - right)

    return differs


def _refuted(construction: Construction, instance: Instance, data: Mapping[str, Matrix]) -> Verdict:
    """The refutation with a small counterexample, or with the point at which it was met."""
    claim = construction.claims[0]
    assert isinstance(claim, (Equal, Within))
    differs = ball_defect(claim)
    found = counterexample(construction, instance.sizes, differs)
    if found is None:
        parameters = {k: fractions_of(v) if isinstance(v, Matrix) else "…" for k, v in instance.parameters.items()}
        values = {name: fractions_of(value) for name, value in data.items()}
        found = Counterexample(dict(instance.sizes), parameters, values, *differs(instance, data))
    because = "the two sides differ" if isinstance(claim, Equal) else "|network − algorithm| exceeds the bound"
    return Verdict(
        "claim", claim.text, "enclosure", Standing.REFUTED, "at the point printed", because, counterexample=found
    )


def _table(a: Matrix) -> list[list[Any]]:
    columns = a.shape[1]
    texts = ["0" if ball == 0 else ball.str(6, radius=False) for ball in ball_entries(a)]
    return [texts[i : i + columns] for i in range(0, len(texts), columns)]
