"""Every data set of a finite domain, in exact rationals: at the sizes where it was done, nothing is left to chance."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from constructions.language import Construction, Equal, Form, Instance, Within, build
from constructions.language.quantifier import names_of
from constructions.matrix import Matrix, Pole, Unsupported
from verify.arithmetic.degree import Degrees, degrees_of, variables
from verify.domains import all_data, domain_of
from verify.engines.counterexample import counterexample, exact_defect
from verify.plan import Plan, parameters_from, shape_at, sizes_in_words, sizes_of_data
from verify.scrutiny.digest import parts
from verify.sides import Sides, claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

MOST = 250  # data sets enumerated at one size assignment
VALUES = (2, 3, 5, 7)


def exhaustive(construction: Construction, plan: Plan) -> Verdict:
    """An equality over a finite domain, checked at every one of its members."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("exhaustive", claim.text, plan.where, "it decides equalities, and the claim is a bound")
    return check_everywhere(construction, plan, claim_sides, kind="claim", subject=claim.text)


def check_everywhere(construction: Construction, plan: Plan, sides: Sides, *, kind: str, subject: str) -> Verdict:
    """left = right at every data set of a finite domain. The engine behind claims and proof steps."""
    sizes_listed, whole = finite_sizes(construction, plan)
    if not whole:
        because = "the data range over infinitely many matrices"
        return undecided("exhaustive", subject, plan.where, because, kind)
    checked, differs = 0, exact_defect(sides)
    try:
        free = free_of_parameters(construction, sizes_listed)
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


def everywhere(
    construction: Construction, sizes_listed: Iterable[Mapping[str, int]], choices: int | None = None
) -> Iterator[tuple[Mapping[str, int], Instance, dict[str, Matrix]]]:
    """Every data set at every size assignment and choice of parameters (or the first `choices` of them), with the network that was
    built before it."""
    for sizes in sizes_listed:
        for parameters in itertools.islice(parameter_choices(construction, sizes), choices):
            instance = build(construction, sizes, parameters)
            for data in whole_domain(construction, instance):
                yield sizes, instance, data


def free_of_parameters(construction: Construction, sizes_listed: Iterable[Mapping[str, int]]) -> bool:
    """Whether neither the network nor the algorithm (nor a bound) mentions a parameter, by building the network on degrees."""
    formulas = [construction.algorithm, *(claim.bound for claim in construction.claims if isinstance(claim, Within))]
    if any(set(names_of(formula)) & set(construction.parameters) for formula in formulas):
        return False
    for sizes in sizes_listed:
        instance = build(construction, sizes, parameters_from(construction, sizes, lambda _, r, c: variables(r, c)))
        fixed = (instance.network.unrolled, instance.context, instance.query, instance.readout)
        matrices = [*parts(fixed, Matrix), *(block for form in parts(fixed, Form) for block in form.blocks.values())]
        if not all(_constant(degrees_of(matrix)) for matrix in matrices):
            return False
    return True


def _constant(degrees: Degrees) -> bool:
    return degrees.top == 0 and degrees.denominator == 0


def finite_sizes(construction: Construction, plan: Plan) -> tuple[tuple[Mapping[str, int], ...], bool]:
    """Sizes at which all data can be listed, and whether that is so; else the sizes of the plan."""
    if any(domain_of(construction, name).members is None for name in construction.data):
        return plan.sizes, False
    names = sizes_of_data(construction)
    if len(plan.sizes) == 1:
        candidates = [dict(plan.sizes[0])]
    else:
        candidates = [
            construction.fitted({**plan.sizes[0], **dict(zip(names, choice, strict=True))})
            for choice in itertools.permutations(VALUES, len(names))
        ]
    counted = [(sizes, _count(construction, sizes)) for sizes in candidates]
    fitting = sorted(((sizes, count) for sizes, count in counted if count <= MOST), key=lambda pair: -pair[1])
    return (tuple(sizes for sizes, _ in fitting[:3]), True) if fitting else (plan.sizes, False)


def _count(construction: Construction, sizes: Mapping[str, int]) -> int:
    return sum(1 for _ in few_members(construction, sizes, MOST)) or MOST + 1


def few_members(construction: Construction, sizes: Mapping[str, int], most: int) -> list[dict[str, Matrix]]:
    """All members of a finite domain, where there are at most so many; else none."""
    shapes = {name: shape_at(shape, sizes) for name, shape in construction.data.items()}
    finite = all(domain_of(construction, name).members is not None for name in shapes)
    if not finite or any(columns**rows > 10 * most for rows, columns in shapes.values()):
        return []
    listed = list(itertools.islice(all_data(construction, shapes) or (), most + 1))  # type: ignore[arg-type]
    return listed if len(listed) <= most else []


def whole_domain(construction: Construction, instance: Instance) -> Iterator[dict[str, Matrix]]:
    """Every data set at an instance's sizes."""
    yield from all_data(construction, {name: instance.shape_of(name) for name in construction.data}) or ()
