"""Proof for all sizes by a cut-off: an identity computed at a few small sizes, which by a lemma implies it at all others.

The strongest standing is *proved*: `verify/engines/induction.py` says what has to be shown (with an induction over the depth,
where there is a stack), the hypotheses of the lemma are computed, and left − right is one polynomial identity at the cut-off
sizes. It shares no algebra with `blockwise`, which cancels words in letters. Where the polynomials differ the claim is refuted
only by a counterexample in exact numbers.
"""

from __future__ import annotations

from contextlib import suppress

from constructions.language import Construction, Equal
from constructions.matrix import Pole, Unsupported
from verify.arithmetic.terms import TooManyTerms
from verify.engines.counterexample import first_counterexample, wider
from verify.engines.cut_off import Found, Task, computed, lengths_for, written_down
from verify.engines.induction import REFUSALS, refusal, scope
from verify.methods.symbolic import restricted
from verify.plan import Plan, sizes_in_words
from verify.verdict import Standing, Verdict, undecided

HYPOTHESES = (
    "leaving out an index of a size leaves the same expression at one less, for every operation that occurs",
    "no monomial of an entry touches more indices of a size than the cut-off",
    "a size used as a number is a variable of its own",
)


def invariant(construction: Construction, plan: Plan) -> Verdict:
    """The claim network = algorithm, for all real data and parameters and all sizes that are not named in the scope."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("invariant", claim.text, "at the cut-off", "it decides equalities, and the claim is a bound")
    try:
        task = written_down(construction)
        found = computed(task, lengths_for(task))
    except REFUSALS as reason:
        return undecided("invariant", claim.text, "at the cut-off", refusal(reason))
    except Pole as reason:
        return undecided("invariant", claim.text, "at the cut-off", f"{reason}, whatever the data")
    except TooManyTerms as reason:
        return undecided("invariant", claim.text, "at the cut-off", str(reason))
    if found.left_over:
        return _differs(construction, plan, found)
    return _proved(construction, task, found)


def _proved(construction: Construction, task: Task, found: Found) -> Verdict:
    claim, where = construction.claims[0], scope(task.case)
    if found.poles:
        where += ", wherever nothing is divided by zero"
        if restriction := restricted(construction):
            because = (
                f"the sides are equal {where.removeprefix('all real ')}, but {restriction}, where that may be nowhere"
            )
            return undecided("invariant", claim.text, "at the cut-off", because)
    evidence = {
        "steps": [text for text, _ in task.differences],
        "cut-off": dict(found.lengths),
        "hypotheses": list(HYPOTHESES),
        "variables": found.variables,
        "terms": found.terms,
    }
    return Verdict("claim", claim.text, "invariant", Standing.PROVED, where, evidence=evidence)


def _differs(construction: Construction, plan: Plan, found: Found) -> Verdict:
    """A difference refutes if it shows in exact numbers: an obligation may fail, and the sizes are variables there."""
    claim, (words, rest) = construction.claims[0], found.left_over or ("", "")
    sizes = construction.fitted({name: max(2, found.lengths[name]) for name in construction.sizes})
    because = f"{words}: left − right = {rest}, at {sizes_in_words(found.lengths)}"
    with suppress(Unsupported, Pole):
        if point := first_counterexample(construction, wider(construction, Plan((sizes, *plan.sizes), plan.seed))):
            where = "at the point printed"
            return Verdict("claim", claim.text, "invariant", Standing.REFUTED, where, because, counterexample=point)
    return undecided("invariant", claim.text, "at the cut-off", because)
