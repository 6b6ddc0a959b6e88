"""Every data set of a finite domain, in exact rationals: at the sizes where it was done, nothing is left to chance.

All of them run at once where the arithmetic of `verify/arithmetic/cases.py` has a value for every operation, which then is a
statement on all positive parameters; elsewhere one by one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from constructions.language import Construction, Equal, Form, Instance, Reading, Within
from constructions.language.quantifier import names_of
from constructions.matrix import Matrix, Pole, Unsupported, exact
from verify.arithmetic.degree import Degrees, degrees_of, variables
from verify.built import built
from verify.domains import all_data, domain_of
from verify.engines.all_cases import all_cases
from verify.engines.any_depth import carried_on
from verify.engines.counterexample import Point, counterexample, exact_defect, simplified
from verify.engines.induction import REFUSALS
from verify.plan import Plan, parameters_from, shape_at, sizes_in_words, sizes_of_data
from verify.scrutiny.digest import parts
from verify.sides import Sides, claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

MOST = 250  # data sets enumerated one by one at one size assignment
AT_ONCE = 2**12  # … and all together
VALUES = (2, 3, 5, 7)


def exhaustive(construction: Construction, plan: Plan) -> Verdict:
    """An equality over a finite domain, checked at every one of its members."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("exhaustive", claim.text, plan.where, "it decides equalities, and the claim is a bound")
    return check_everywhere(construction, plan, claim_sides, kind="claim", subject=claim.text)


def check_everywhere(construction: Construction, plan: Plan, sides: Sides, *, kind: str, subject: str) -> Verdict:
    """left = right at every data set of a finite domain. The engine behind claims and proof steps."""
    if (verdict := _at_once(construction, plan, sides, kind, subject)) is not None:
        return verdict
    sizes_listed, whole = finite_sizes(construction, plan)
    if not whole:
        because = "the data range over infinitely many matrices"
        return undecided("exhaustive", subject, plan.where, because, kind)
    checked, differs = 0, exact_defect(sides)
    try:
        free = free_of_parameters(construction, sizes_listed, kind)
        for sizes, instance, data in everywhere(construction, sizes_listed, 1 if free else None):
            checked += 1
            if differs(instance, data) is not None:
                found = counterexample(construction, sizes, differs)
                where, because = f"at {sizes_in_words(sizes)}", "the two sides differ"
                return Verdict(kind, subject, "exhaustive", Standing.REFUTED, where, because, counterexample=found)
    except (Unsupported, Pole) as reason:
        return undecided("exhaustive", subject, plan.where, str(reason), kind)
    if not checked:
        return undecided("exhaustive", subject, plan.where, "no data of these sizes lie in the domain", kind)
    where = "; ".join(map(sizes_in_words, sizes_listed))
    scope = f"every data set in the domain at the sizes {where} ({checked} cases)"
    because = "" if free else "parameters were fixed at a few values"
    standing = Standing.PROVED if free else Standing.TESTED
    return Verdict(kind, subject, "exhaustive", standing, scope, because, {"cases": checked})


def _at_once(construction: Construction, plan: Plan, sides: Sides, kind: str, subject: str) -> Verdict | None:
    """The verdict on all cases together; None where they have to be looked at one by one."""
    sizes_listed, whole = finite_sizes(construction, plan, AT_ONCE)
    positive = all(parameter.positive and not parameter.shape for parameter in construction.parameters.values())
    if not (whole and (positive or free_of_parameters(construction, sizes_listed, kind))):
        return None
    depth, checked = _deep(construction, sizes_listed) if kind == "claim" else "", 0
    try:
        for sizes in sizes_listed:
            cases, data = (
                (_count(construction, sizes, AT_ONCE), None) if depth else all_cases(construction, sizes, sides)
            )
            checked += cases
            if data is not None:
                return _differs(construction, sizes, data, sides, kind, subject)
    except (Unsupported, Pole):
        return None
    apart = [{name: size for name, size in sizes.items() if name != depth} for sizes in sizes_listed]
    where = "; ".join(dict.fromkeys(map(sizes_in_words, apart)))
    where += f" and all {depth} (by induction over the layers)" if depth else ""
    if positive and not free_of_parameters(construction, sizes_listed, kind):
        where += f", for all {', '.join(construction.parameters)} > 0"
    scope = f"every data set in the domain at the sizes {where} ({checked} cases)"
    return Verdict(kind, subject, "exhaustive", Standing.PROVED, scope, evidence={"cases": checked})


def _deep(construction: Construction, sizes_listed: Iterable[Mapping[str, int]]) -> str:
    """The size that is the number of layers, where the claim holds for all of them; else nothing."""
    try:
        return {carried_on(construction, sizes) for sizes in sizes_listed}.pop()
    except REFUSALS:
        return ""


def _differs(
    construction: Construction, sizes: Mapping[str, int], data: Any, sides: Sides, kind: str, subject: str
) -> Verdict:
    """Refuted at a case, seen again in plain rational numbers."""
    parameters = next(parameter_choices(construction, sizes), {})
    found = simplified(construction, Point(sizes, parameters, data), exact_defect(sides))
    where, because = f"at {sizes_in_words(sizes)}", "the two sides differ"
    return Verdict(kind, subject, "exhaustive", Standing.REFUTED, where, because, counterexample=found)


def everywhere(
    construction: Construction, sizes_listed: Iterable[Mapping[str, int]], choices: int | None = None
) -> Iterator[tuple[Mapping[str, int], Instance, dict[str, Matrix]]]:
    """Every data set at every size assignment and choice of parameters (or the first `choices` of them), with the network that was
    built before it."""
    for sizes in sizes_listed:
        for parameters in itertools.islice(parameter_choices(construction, sizes), choices):
            instance = built(construction, sizes, parameters)
            for data in whole_domain(construction, instance):
                yield sizes, instance, data


def free_of_parameters(
    construction: Construction, sizes_listed: Iterable[Mapping[str, int]], kind: str = "claim"
) -> bool:
    """Whether neither the network nor the algorithm (nor a bound, nor a formula of the proof) mentions a parameter, by building the
    network on degrees."""
    formulas = [construction.algorithm, *(claim.bound for claim in construction.claims if isinstance(claim, Within))]
    formulas += proof_formulas(construction) if kind == "step" else []
    if any(set(names_of(formula)) & set(construction.parameters) for formula in formulas):
        return False
    for sizes in sizes_listed:
        instance = built(construction, sizes, parameters_from(construction, sizes, lambda _, r, c: variables(r, c)))
        fixed = (instance.network.unrolled, instance.context, instance.query, instance.arriving, instance.readout)
        matrices = [*parts(fixed, Matrix), *(block for form in parts(fixed, Form) for block in form.blocks.values())]
        if not all(_constant(degrees_of(matrix)) for matrix in matrices):
            return False
    return True


def proof_formulas(construction: Construction) -> list[Any]:
    """The functions of the proof steps and of the invariant."""
    sides = [side for step in construction.steps for side in (step.left, step.right)]
    found = [side for side in sides if not isinstance(side, Reading)]
    if invariant := construction.invariant:
        found += [invariant.start, invariant.step, *invariant.holds.values()]
    return found


def _constant(degrees: Degrees) -> bool:
    return degrees.top == 0 and degrees.denominator == 0


def finite_sizes(
    construction: Construction, plan: Plan, most: int = MOST
) -> tuple[tuple[Mapping[str, int], ...], bool]:
    """Sizes at which all data can be listed, and whether that is so; else the sizes of the plan."""
    if any(domain_of(construction, name).members is None for name in construction.data):
        return plan.sizes, False
    names = sizes_of_data(construction)
    if len(plan.sizes) == 1:
        candidates = [dict(plan.sizes[0])]
    else:
        choices = [*itertools.permutations(VALUES, len(names)), tuple(construction.sizes[name] for name in names)]
        candidates = [
            construction.fitted({**plan.sizes[0], **dict(zip(names, choice, strict=True))})
            for choice in dict.fromkeys(choices)
        ]
    counted = [(sizes, _count(construction, sizes, most)) for sizes in candidates]
    fitting = sorted(((sizes, count) for sizes, count in counted if count <= most), key=lambda pair: -pair[1])
    return (tuple(sizes for sizes, _ in fitting[:3]), True) if fitting else (plan.sizes, False)


def _count(construction: Construction, sizes: Mapping[str, int], most: int) -> int:
    """How many data sets there are; more than `most` where these are far too many, or none."""
    return math.prod(map(len, listings)) or most + 1 if (listings := _listings(construction, sizes, most)) else most + 1


def _listings(construction: Construction, sizes: Mapping[str, int], most: int) -> list[list[Any]]:
    """All members of every domain, unless one of these is infinite, or has many more than `most`."""
    shapes = {name: shape_at(shape, sizes) for name, shape in construction.data.items()}
    domains = {name: domain_of(construction, name) for name in shapes}
    if any(domain.members is None or domain.at_most(*shapes[name]) > 10 * most for name, domain in domains.items()):
        return []
    return [list(domain.members(*shapes[name])) for name, domain in domains.items() if domain.members]


def few_members(construction: Construction, sizes: Mapping[str, int], most: int) -> list[dict[str, Matrix]]:
    """All members of a finite domain, where there are at most so many; else none."""
    listings = _listings(construction, sizes, most)
    if not listings or math.prod(map(len, listings)) > most:
        return []
    return [dict(zip(construction.data, map(exact, chosen), strict=True)) for chosen in itertools.product(*listings)]


def whole_domain(construction: Construction, instance: Instance) -> Iterator[dict[str, Matrix]]:
    """Every data set at an instance's sizes."""
    yield from all_data(construction, {name: instance.shape_of(name) for name in construction.data}) or ()
