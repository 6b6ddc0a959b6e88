"""Near misses: the theorem's false neighbours. Each must be refuted, by numbers that a person can check."""

from __future__ import annotations

from constructions.language import Construction, Equal
from constructions.matrix import Pole, Unsupported
from verify.methods.claims import CLAIM_METHODS
from verify.methods.counterexample import counterexample, exact_defect
from verify.plan import Plan, plan
from verify.sides import claim_sides
from verify.verdict import Standing, Verdict


def near_miss(construction: Construction, name: str, at: Plan) -> Verdict:
    """The verdict on one near miss; REFUTED is what it should be."""
    miss = construction.near_misses[name]
    variant = construction.variant(miss)
    here = Plan(at.sizes, at.seed) if variant.sizes == construction.sizes else plan(variant, seed=at.seed)
    for claim in variant.claims:
        single = variant.claiming(claim)
        if isinstance(claim, Equal):
            try:
                found = next(
                    filter(None, (counterexample(single, sizes, exact_defect(claim_sides)) for sizes in here.sizes)),
                    None,
                )
            except (Unsupported, Pole):
                found = None
            if found:
                return Verdict(
                    "near miss",
                    name,
                    "counterexample",
                    Standing.REFUTED,
                    "at the point printed",
                    miss.because,
                    counterexample=found,
                )
        for method in CLAIM_METHODS.values():
            verdict = method(single, here)
            if verdict.standing is Standing.REFUTED:
                return Verdict(
                    "near miss",
                    name,
                    verdict.method,
                    Standing.REFUTED,
                    verdict.scope,
                    miss.because,
                    verdict.evidence,
                    verdict.counterexample,
                )
    return Verdict(
        "near miss",
        name,
        "all methods",
        Standing.UNDECIDED,
        at.in_words,
        "no method refutes it: the dropped hypothesis may not be needed",
    )
