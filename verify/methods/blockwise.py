"""Proof for all sizes, and by induction for all depths: both sides as formulas in matrices of symbolic shape.

Matrix products of letters are words, words do not commute, and what is 1×1 is a scalar. Both sides are expanded into sums of
words. If every term cancels, at once or by safe steps (`constructions/matrix/vanishing.py`), the two sides are equal for all
matrices of all sizes; where something was divided by or inverted, wherever both have a value, and that is somewhere. exp, relu
and softmax are functions of which next to nothing is known (`constructions/matrix/unknown.py`), so they may be any. If some
terms do not cancel, nothing follows from that: a counterexample in exact numbers refutes, else the terms are shown.

What has to be shown, with or without an induction over the depth, is said in `verify/engines/induction.py`.
"""

from __future__ import annotations

from constructions.language import Construction, Equal
from constructions.matrix import Pole, Unsupported
from constructions.matrix.inverses import divisions
from constructions.matrix.words import Formula
from verify.engines.counterexample import first_counterexample
from verify.engines.induction import ANSWERS, REFUSALS, obligations, refusal, scope
from verify.engines.letters import defect, lettered
from verify.engines.values import UNMET, agree_somewhere
from verify.plan import Plan
from verify.sides import claim_sides
from verify.verdict import Standing, Verdict, undecided


def blockwise(construction: Construction, plan: Plan) -> Verdict:
    """The claim network = algorithm, for all real data and parameters and all sizes that are not named in the scope."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("blockwise", claim.text, "in letters", "it decides equalities, and the claim is a bound")
    try:
        with divisions() as divided:
            case = lettered(construction)
            proof = [(it.text, defect(it.left, it.right)) for it in obligations(case)]
    except REFUSALS as reason:
        return undecided("blockwise", claim.text, "in letters", refusal(reason))
    except Pole as reason:
        return undecided("blockwise", claim.text, "in letters", f"{reason}, whatever the data")
    for text, left_over in proof:
        if left_over:
            because = f"{text}: the terms {left_over} did not cancel"
            wrong = f"the network's answer minus the algorithm's is {left_over}, not 0" if text == ANSWERS else because
            return _refuted(construction, plan, because, wrong)
    poles = any(may_vanish(scalar, construction) for scalar in divided)
    if poles and not any(agree_somewhere(construction, sizes, claim_sides) for sizes in plan.sizes):
        return _refuted(construction, plan, UNMET)
    evidence = {"steps": [text for text, _ in proof]}
    where = scope(case) + (", wherever the inverses exist and nothing is divided by zero" if poles else "")
    return Verdict("claim", claim.text, "blockwise", Standing.PROVED, where, evidence=evidence)


def may_vanish(divisor: Formula, construction: Construction) -> bool:
    """Whether a divisor may be 0 or singular: all but sums of products of sizes and positive numbers, of one sign."""
    positive = {
        name for name, parameter in construction.parameters.items() if parameter.positive and not parameter.shape
    }
    if any(word for _, word in divisor.terms) or len({c > 0 for c in divisor.terms.values()}) > 1:
        return True
    return any(name not in {*positive, *construction.sizes} for monomial, _ in divisor.terms for name, _ in monomial)


def _refuted(construction: Construction, plan: Plan, because: str, wrong: str = "") -> Verdict:
    """What is not proved is refuted where small exact numbers show a difference, and then `wrong` may be said, else undecided."""
    text = construction.claims[0].text
    try:
        found = first_counterexample(construction, plan)
    except (Unsupported, Pole):
        found = None
    if found is None:
        return undecided("blockwise", text, "in letters", because)
    where = "at the point printed"
    return Verdict("claim", text, "blockwise", Standing.REFUTED, where, wrong or because, counterexample=found)
