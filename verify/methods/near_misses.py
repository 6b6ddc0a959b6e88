"""Near misses: the theorem's false neighbours. Each must be refuted, by numbers that a person can check."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from constructions.language import Construction, Equal
from constructions.matrix import Pole, Unsupported
from verify.arithmetic.ball import precision
from verify.engines.counterexample import first_counterexample
from verify.methods.claims import CLAIM_METHODS
from verify.methods.symbolic import ball_defect
from verify.plan import Plan, plan
from verify.sides import claim_sides
from verify.verdict import Counterexample, Standing, Verdict, undecided


def near_miss(construction: Construction, name: str, at: Plan) -> Verdict:
    """The verdict on one near miss; REFUTED is what it should be."""
    miss = construction.near_misses[name]
    variant = construction.variant(miss)
    here = at if variant.sizes == construction.sizes else plan(variant, seed=at.seed)
    for claim in variant.claims:
        found = refutation(variant.claiming(claim), here)
        if found is not None:
            return replace(found, kind="near miss", subject=name, because=miss.because)
    because = "no method refutes it: the dropped hypothesis may not be needed"
    return undecided("all methods", name, at.where, because, "near miss")


def refutation(single: Construction, at: Plan) -> Verdict | None:
    """The first refutation of a record's claim: by a small counterexample, else by any method."""
    claim = single.claims[0]
    if isinstance(claim, Equal) and (found := _small_counterexample(single, at)):
        where = "at the point printed"
        return Verdict("claim", claim.text, "counterexample", Standing.REFUTED, where, counterexample=found)
    first = None
    for method in CLAIM_METHODS.values():
        verdict = method(single, at) if method.applies_to(claim) else None
        if verdict is not None and verdict.standing is Standing.REFUTED:
            if verdict.counterexample:
                return verdict
            first = verdict if first is None else first
    return first


def _small_counterexample(single: Construction, at: Plan) -> Counterexample | None:
    """In exact numbers; where the network or the algorithm has no exact values, in balls that exclude zero."""
    with suppress(Pole):
        try:
            return first_counterexample(single, at)
        except Unsupported:
            with suppress(Unsupported), precision(256):
                return first_counterexample(single, at, ball_defect(claim_sides))
    return None
