"""Identity testing: two rational functions that agree at one random point of ℤ^N ∩ [0, 2^b)^N are equal, but for probability D/2^b.

(Schwartz–Zippel; D bounds the degree of the numerator of their difference.) The points are exact rationals, so no prime is
involved and nothing is lost between "mod p" and ℚ. Parameters are variables too: all step sizes are covered at once.

D is computed by running the network and the algorithm in `DEGREE`. b is chosen so that the failure probability is ≤ 2⁻⁸⁰.
Nobody can aim at the point: it is derived from the values that both sides took at a first point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import Any

from constructions.language import Construction, Equal, build
from constructions.matrix import Matrix, Pole, Unsupported
from constructions.matrix.rational import fractions_of
from verify.arithmetic.degree import degrees_of, margin, variables
from verify.plan import Plan, parameters_from, sizes_in_words, stream_of_integers
from verify.points import random_data, random_instance
from verify.sides import Sides, claim_sides, same
from verify.verdict import Standing, Verdict, undecided

SECURITY = 80  # failure probability at most 2^-80
REDRAWS = 20  # how often a pole may be hit before the method gives up


@dataclass(frozen=True)
class Degree:
    """Bounds for one size assignment: of the difference's numerator, and of everything that is divided by."""

    difference: int
    poles: int


def degree(construction: Construction, sizes: Mapping[str, int], sides: Sides) -> Degree:
    """The degree bound of left − right in all data and parameters. Raises `Unsupported` where a side is not rational."""
    parameters = parameters_from(construction, sizes, lambda _, r, c: variables(r, c))
    instance = build(construction, sizes, parameters)
    data = {name: variables(*instance.shape_of(name)) for name in construction.data}
    left, right = sides(instance, data)
    difference = degrees_of(left - right)
    return Degree(margin(difference.top), margin(degrees_of(left).denominator + degrees_of(right).denominator))


def identity(construction: Construction, plan: Plan) -> Verdict:
    """The claim network = algorithm, for all real data and parameters, at the sizes of the plan."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("identity", claim.text, plan.where, "it decides equalities, and the claim is a bound")
    return test_identity(construction, plan, claim_sides, kind="claim", subject=claim.text)


def test_identity(construction: Construction, plan: Plan, sides: Sides, *, kind: str, subject: str) -> Verdict:
    """left = right for all real data and parameters. The engine behind claims, proof steps and invariants.

    Where the domain is smaller than the reals, an identity over the reals still proves the statement, but a difference does
    not refute it.
    """
    restricted = next(
        (f"{name} is restricted to {word}" for name, word in construction.domain.items() if word != "real"), ""
    )
    evidence: list[dict[str, Any]] = []
    for sizes in plan.sizes:
        try:
            bound = degree(construction, sizes, sides)
            record, differ = _at_two_points(construction, sizes, bound, sides, plan.seed)
        except Unsupported as reason:
            return undecided("identity", subject, plan.where, f"{reason}, so the sides are no rational functions", kind)
        except Pole as reason:
            return undecided("identity", subject, plan.where, f"{reason} at every one of {REDRAWS} points", kind)
        evidence.append({"sizes": dict(sizes), **record})
        if differ and restricted:
            return undecided(
                "identity", subject, plan.where, f"the sides differ for some real data, but {restricted}", kind
            )
        if differ:
            scope = f"at a random point with {sizes_in_words(sizes)}"
            return Verdict(
                kind, subject, "identity", Standing.REFUTED, scope, "the two sides differ", {"points": evidence}
            )
    worst = max(record["log2_failure"] for record in evidence)
    scope = f"all real data and parameters, at the sizes {plan.in_words}; failure probability ≤ 2^{worst}"
    return Verdict(kind, subject, "identity", Standing.CERTIFIED, scope, evidence={"points": evidence})


def _at_two_points(
    construction: Construction, sizes: Mapping[str, int], bound: Degree, sides: Sides, seed: int
) -> tuple[dict[str, Any], bool]:
    """Compare at a first point, and at a second one derived from the values at the first, which commit both sides."""
    bits = SECURITY + 1 + margin(max(1.0, log2(bound.difference + bound.poles + 2))) + 1
    commitment: tuple[Any, ...] = (construction.name, sorted(sizes.items()), seed)
    redraws = 0
    for _ in range(2):
        left, right, drawn_again = _values(construction, sizes, bits, sides, commitment)
        redraws += drawn_again
        if not same(left, right):
            return {"degree": bound.difference, "bits": bits, "poles": redraws, "log2_failure": 0}, True
        commitment = (*commitment, fractions_of(left), fractions_of(right))
    # Pr[pass | different] ≤ D / (2^b − poles), and poles < 2^(b−1) here, so D · 2^(1−b) is a bound.
    failure = 1 - bits + log2(max(1, bound.difference))
    return {"degree": bound.difference, "bits": bits, "poles": redraws, "log2_failure": -int(-failure)}, False


def _values(
    construction: Construction, sizes: Mapping[str, int], bits: int, sides: Sides, commitment: tuple[Any, ...]
) -> tuple[Matrix, Matrix, int]:
    reason = Pole("no point was drawn")
    for attempt in range(REDRAWS):
        numbers = stream_of_integers(bits, *commitment, attempt)
        try:
            instance = random_instance(construction, sizes, numbers)
            return (*sides(instance, random_data(instance, numbers)), attempt)
        except Pole as pole:
            reason = pole
    raise reason
