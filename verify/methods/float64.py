"""What a user runs: network and algorithm in float64, against exact rationals, with an error bound that is derived, not chosen.

Each side carries a running bound on its rounding error. The float results must differ by no more than the two bounds
together; if they differ by more, the claim is false, whatever the tolerance.
"""

from __future__ import annotations

import numpy as np

from constructions.language import Construction, Equal, build
from constructions.matrix import Pole, Unsupported
from verify.arithmetic.rounding import bounded, values_and_errors
from verify.domains import EmptyDomain, small_data
from verify.plan import Plan, stream_of_integers
from verify.sides import claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

POINTS = 5


def float64(construction: Construction, plan: Plan) -> Verdict:
    """The claim in float64 at small-integer data: |network − algorithm| ≤ the sum of their rounding bounds."""
    claim = construction.claims[0]
    where = plan.where
    if not isinstance(claim, Equal):
        return Verdict(
            "claim",
            claim.text,
            "float64",
            Standing.UNDECIDED,
            where,
            "it compares equalities, and the claim is a bound",
        )
    numbers = stream_of_integers(32, "float64", construction.name, plan.seed)
    worst, tightness, points = 0.0, 0.0, 0
    try:
        for sizes in plan.sizes:
            for parameters in parameter_choices(construction, sizes):
                instance = build(construction, sizes, parameters)
                shapes = {name: instance.shape_of(name) for name in construction.data}
                for _ in range(POINTS):
                    exact_data = small_data(construction, shapes, numbers)
                    sides = claim_sides(instance, {name: bounded(value) for name, value in exact_data.items()})
                    (left, left_error), (right, right_error) = map(values_and_errors, sides)
                    allowed = left_error + right_error
                    difference = np.abs(left - right)
                    if not (difference <= allowed).all():
                        because = (
                            f"they differ by {difference.max():.3g}, rounding explains at most {allowed.max():.3g}"
                        )
                        return Verdict("claim", claim.text, "float64", Standing.REFUTED, where, because)
                    worst = max(worst, float(difference.max()))
                    tightness = max(tightness, float((difference / allowed).max()))
                    points += 1
    except (Unsupported, Pole, EmptyDomain) as reason:
        return undecided("float64", claim.text, where, str(reason))
    scope = f"{points} points at the sizes {plan.in_words}; largest difference {worst:.1e}, {tightness:.2g} of the derived bound"
    return Verdict(
        "claim", claim.text, "float64", Standing.TESTED, scope, evidence={"difference": worst, "of_bound": tightness}
    )
