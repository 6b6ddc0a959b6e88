"""Identity testing: two rational functions that agree at one random point are equal, but for a tiny probability.

(Schwartz–Zippel; `trials.py` has the numbers, `two_points.py` says why nobody can aim at the point.) Parameters are variables
too: all step sizes are covered at once. The degree comes from running the recorded program of both sides in degrees.

Two points are drawn. Small problems without division are computed in ℚ, twice; the others in a Mersenne field, which anyone
can name and check, and then in a field whose prime is random, which closes the gap between "equal modulo p" and "equal".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructions.language import Construction, Equal, build
from constructions.matrix import Pole, Unsupported
from verify.arithmetic.program import Program
from verify.arithmetic.recorder import Recorder, recorded_parameters
from verify.engines.two_points import compare
from verify.plan import Plan, sizes_in_words, within_domain
from verify.sides import Sides, claim_sides
from verify.verdict import Standing, Verdict, undecided


def recorded(construction: Construction, sizes: Mapping[str, int], sides: Sides) -> Program:
    """Both sides as a program in all data and parameters. Raises `Unsupported` where a side is not rational."""
    recorder = Recorder()
    instance = build(construction, sizes, recorded_parameters(recorder, construction, sizes))
    data = {name: recorder.variable(*instance.shape_of(name), name) for name in construction.data}
    return Program.of(recorder, *sides(instance, within_domain(construction, data)))


def repeats(program: Program, construction: Construction, sizes: Mapping[str, int], sides: Sides) -> bool:
    """Whether the Python functions give the same program once more, after they have seen data."""
    try:
        return recorded(construction, sizes, sides).digest == program.digest
    except Exception:  # the first time there was none
        return False


def identity(construction: Construction, plan: Plan, route: str = "") -> Verdict:
    """The claim network = algorithm, for all real data and parameters, at the sizes of the plan."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("identity", claim.text, plan.where, "it decides equalities, and the claim is a bound")
    return test_identity(construction, plan, claim_sides, kind="claim", subject=claim.text, route=route)


def test_identity(
    construction: Construction, plan: Plan, sides: Sides, *, kind: str, subject: str, route: str = ""
) -> Verdict:
    """left = right for all real data and parameters. The engine behind claims, proof steps and invariants.

    route   "rational" or "prime"; by default what is faster
    Where the domain is smaller than the reals, an identity over the reals still proves the statement, but a difference does
    not refute it.
    """
    evidence: list[dict[str, Any]] = []
    for sizes in plan.sizes:
        try:
            program = recorded(construction, sizes, sides)
        except Unsupported as reason:
            return undecided("identity", subject, plan.where, f"{reason}, so the sides are no rational functions", kind)
        except Pole as reason:
            return undecided("identity", subject, plan.where, f"{reason}, whatever the data", kind)
        try:
            record, differ = compare(program, (construction.name, sorted(sizes.items()), plan.seed), route)
        except (Unsupported, Pole) as reason:
            return undecided("identity", subject, plan.where, str(reason), kind)
        evidence.append({"sizes": dict(sizes), **record})
        if differ:
            return _differs(construction, plan, evidence, kind, subject)
        if not repeats(program, construction, sizes, sides):
            scope = f"at the sizes {sizes_in_words(sizes)}"
            because = "run again, the record is another network or algorithm: it draws numbers, or remembers data"
            return Verdict(kind, subject, "identity", Standing.REFUTED, scope, because)
    worst = max(record["log2_failure"] for record in evidence)
    scope = f"all real data and parameters, at the sizes {plan.in_words}; failure probability ≤ 2^{worst}"
    return Verdict(kind, subject, "identity", Standing.CERTIFIED, scope, evidence={"points": evidence})


def _differs(
    construction: Construction, plan: Plan, evidence: list[dict[str, Any]], kind: str, subject: str
) -> Verdict:
    """The sides differ as functions on the reals; whether that refutes the statement depends on its domain."""
    for name, word in construction.domain.items():
        if word not in ("real", "symmetric"):  # both are free variables here
            because = f"the sides differ for some real data, but {name} is restricted to {word}"
            return undecided("identity", subject, plan.where, because, kind)
    scope = f"at a random point with {sizes_in_words(evidence[-1]['sizes'])}"
    because = "the two sides differ"
    return Verdict(kind, subject, "identity", Standing.REFUTED, scope, because, {"points": evidence})
