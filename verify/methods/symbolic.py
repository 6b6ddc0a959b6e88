"""Identity for all real numbers at given sizes: data and parameters are variables, and left − right is computed as one
rational function (FLINT). The strongest standing is *proved*: nothing is sampled. exp is an opaque positive function with
exp(u + v) = exp(u) exp(v), and relu an opaque one with the lemmas of `kinks.py`, whatever the signs: the network is cut at
its pre-activations, and every cell is covered at once. GeLU, 1/√ and hard attention are letters (`opaque.py`). A difference with
any of these in it refutes only at a point where exact numbers, or balls that exclude zero, show one.

Before anything is computed the number of terms is bounded; what is large or divides runs in a process of its own, with limits
of memory and time.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import asdict
from typing import Any

from constructions.language import Construction, Equal, Instance
from constructions.matrix import Matrix, Pole, Unsupported
from verify.arithmetic.ball import ball_entries, in_balls, precision, surely_nonzero
from verify.arithmetic.terms import TooManyTerms
from verify.engines.counterexample import Differs, counterexample, exact_defect
from verify.engines.free import Difference, Forecast, difference, forecast
from verify.engines.isolated import LIMITS, BeyondLimits, isolated
from verify.engines.values import UNMET, agree_somewhere
from verify.limits import Limits
from verify.plan import Plan, sizes_in_words, sizes_of_data
from verify.sides import Sides, claim_sides
from verify.verdict import Counterexample, Standing, Verdict, undecided

QUICK = 40_000  # terms: below this it takes a moment, and the sizes of a plan are cut down to it
MOST = 1_000_000  # terms: beyond this it is not tried
NEEDS = (Unsupported, Pole, TooManyTerms, BeyondLimits)  # what leaves the method without an answer


def symbolic(construction: Construction, plan: Plan) -> Verdict:
    """The claim network = algorithm, for all real data and parameters, at sizes that are small enough."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("symbolic", claim.text, plan.where, "it decides equalities, and the claim is a bound")
    return prove_identity(construction, plan, claim_sides, kind="claim", subject=claim.text)


def prove_identity(
    construction: Construction, plan: Plan, sides: Sides, *, kind: str, subject: str, limits: Limits = LIMITS
) -> Verdict:
    """left = right for all real data and parameters. The engine behind claims, proof steps and invariants."""
    evidence: list[dict[str, Any]] = []
    try:
        for sizes, planned in fitting(construction, plan, sides):
            found = _difference(construction, sizes, sides, planned, limits)
            letters = planned.exponentials + planned.kinks + planned.letters
            counts = {"variables": len(planned.variables), "letters": letters}
            evidence.append({"sizes": dict(sizes), **counts, **asdict(found)})
            if found.terms:
                return _differs(construction, sizes, sides, found, kind, subject)
    except NEEDS as reason:
        return undecided("symbolic", subject, plan.where, str(reason), kind)
    where = "; ".join(sizes_in_words(record["sizes"]) for record in evidence)
    scope = f"all real data and parameters, at the sizes {where}"
    if any(record["poles"] for record in evidence):
        scope += ", wherever nothing is divided by zero"
        scope += ", and roots are of positive numbers" if any(record["roots"] for record in evidence) else ""
        if restriction := restricted(construction):
            because = (
                f"the sides are equal {scope.removeprefix('all real ')}, but {restriction}, where that may be nowhere"
            )
            return undecided("symbolic", subject, plan.where, because, kind)
        doubtful = [record["sizes"] for record in evidence if record["poles"] and record["letters"]]
        if not all(agree_somewhere(construction, sizes, sides) for sizes in doubtful):
            because = f"{UNMET}: exponentials may satisfy relations that are not known here"
            return undecided("symbolic", subject, plan.where, because, kind)
    return Verdict(kind, subject, "symbolic", Standing.PROVED, scope, evidence={"identities": evidence})


def fitting(construction: Construction, plan: Plan, sides: Sides) -> list[tuple[Mapping[str, int], Forecast]]:
    """Sizes to prove the identity at: the only ones of the plan if it has one; else those that are quick to do, and, where
    none of these has depth 2, smaller ones that do. Raises `TooManyTerms` where none fits."""
    if len(plan.sizes) == 1:
        return [(plan.sizes[0], forecast(construction, plan.sizes[0], sides, MOST))]
    found = []
    for sizes in plan.sizes:
        with suppress(TooManyTerms):
            found.append((sizes, forecast(construction, sizes, sides, QUICK)))
    first, data_sizes = plan.sizes[0], sizes_of_data(construction)
    fixed = [name for name in first if len({sizes[name] for sizes in plan.sizes}) == 1]
    deep = {name: min(2, first[name]) for name in first if name not in (*data_sizes, *fixed)}
    if not any(all(sizes[name] >= depth for name, depth in deep.items()) for sizes, _ in found):
        order = ([name for name in data_sizes if name not in fixed], list(deep))
        with nullcontext() if not found else suppress(TooManyTerms):
            found.append(_cut_down(construction, construction.fitted({**first, **deep}), order, sides))
    return found


def _cut_down(
    construction: Construction, sizes: Mapping[str, int], order: tuple[list[str], ...], sides: Sides
) -> tuple[Mapping[str, int], Forecast]:
    """The largest size made smaller, again and again, until it is quick: the sizes of the data first, down to 2, for too much is
    true at 1; the depth last."""
    while True:
        try:
            return sizes, forecast(construction, sizes, sides, QUICK)
        except TooManyTerms:
            cut = ([name for name in order[0] if sizes[name] > 2], [name for name in order[1] if sizes[name] > 1])
            free = next(filter(None, cut), None)
            if not free:
                raise
            largest = max(free, key=lambda name: sizes[name])
            sizes = {**sizes, largest: min(sizes[largest] - 1, sizes[largest] * 3 // 4)}


def _difference(
    construction: Construction, sizes: Mapping[str, int], sides: Sides, planned: Forecast, limits: Limits
) -> Difference:
    """Here and now where that is harmless, else in a process with limits."""
    if planned.terms <= QUICK and not planned.divides and not planned.kinks:
        return difference(construction, sizes, sides, planned)
    return isolated(lambda: difference(construction, sizes, sides, planned), limits)


def _differs(
    construction: Construction, sizes: Mapping[str, int], sides: Sides, found: Difference, kind: str, subject: str
) -> Verdict:
    """A nonzero difference refutes over the reals; one with exponentials or relus only at a point that shows it."""
    where, because = f"at {sizes_in_words(sizes)}", f"left − right = {found.shown}"
    if restriction := restricted(construction):
        return undecided("symbolic", subject, where, f"{because} for some real data, but {restriction}", kind)
    at_point = _at_a_point(construction, sizes, sides) if found.opaque else None
    if found.opaque and at_point is None:
        unsure = "exponentials, relus and other functions may satisfy relations that are not known here"
        return undecided("symbolic", subject, where, f"{because}, and {unsure}", kind)
    evidence = {"difference": asdict(found), "left − right": f"{found.shown}, {where}"}
    return Verdict(kind, subject, "symbolic", Standing.REFUTED, where, "the two sides differ", evidence, at_point)


def _at_a_point(construction: Construction, sizes: Mapping[str, int], sides: Sides) -> Counterexample | None:
    """A small point at which exact numbers, or balls where there are exponentials, show that the sides differ."""
    for differs in (exact_defect(sides), ball_defect(sides)):
        with suppress(Unsupported, Pole), precision(256):
            return counterexample(construction, sizes, differs)
    return None


def ball_defect(sides: Sides) -> Differs:
    """left, right and left − right as text where some entry of the difference surely is not zero, else None."""

    def differs(instance: Instance, data: Mapping[str, Matrix]) -> Any:
        left, right = sides(instance, in_balls(data))
        if not any(surely_nonzero(entry) for entry in ball_entries(left - right)):
            return None
        return tuple([[entry.str(6, radius=False) for entry in ball_entries(a)]] for a in (left, right, left - right))

    return differs


def restricted(construction: Construction) -> str:
    """Which data are restricted to less than all real (or all symmetric) matrices, in words; empty if none is."""
    free = ("real", "symmetric")  # variables, with A_ij = A_ji for the latter
    words = (f"{name} is restricted to {word}" for name, word in construction.domain.items() if word not in free)
    return next(words, "")
