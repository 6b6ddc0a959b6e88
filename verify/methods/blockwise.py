"""Proof for all sizes, and by induction for all depths: both sides as formulas in matrices of symbolic shape.

Matrix products of letters are words, words do not commute, and 1×1 letters are scalars. Both sides are expanded into sums of
words; if every term cancels, the two sides are equal for all matrices of all sizes. If some do not, nothing follows: the
normal form knows the defining relations of blocks, but not, say, that a 1×1 product commutes.

What has to be shown, with or without an induction over the depth, is said in `verify/engines/induction.py`.
"""

from __future__ import annotations

from constructions.language import Construction, Equal
from verify.engines.induction import REFUSALS, obligations, refusal, scope
from verify.engines.letters import defect, lettered
from verify.plan import Plan
from verify.verdict import Standing, Verdict, undecided


def blockwise(construction: Construction, plan: Plan) -> Verdict:
    """The claim network = algorithm, for all real data and parameters and all sizes that are not named in the scope."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("blockwise", claim.text, "in letters", "it decides equalities, and the claim is a bound")
    try:
        case = lettered(construction)
        proof = [(it.text, defect(it.left, it.right)) for it in obligations(case)]
    except REFUSALS as reason:
        return undecided("blockwise", claim.text, "in letters", refusal(reason))
    for text, left_over in proof:
        if left_over:
            return undecided("blockwise", claim.text, "in letters", f"{text}: the terms {left_over} did not cancel")
    evidence = {"steps": [text for text, _ in proof]}
    return Verdict("claim", claim.text, "blockwise", Standing.PROVED, scope(case), evidence=evidence)
