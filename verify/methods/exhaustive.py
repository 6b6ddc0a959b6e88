"""Every data set of a finite domain, in exact rationals: at the sizes where it was done, nothing is left to chance."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from constructions.language import Construction, Equal, Instance, build
from constructions.language.quantifier import names_of
from constructions.language.transformer import forms_of
from constructions.matrix import Matrix, Pole, Unsupported
from verify.arithmetic.degree import Degrees, degrees_of, variables
from verify.domains import all_data, domain_of
from verify.methods.counterexample import counterexample, exact_defect
from verify.plan import Plan, parameters_from, shape_at, sizes_in_words, sizes_of_data
from verify.sides import claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

MOST = 400  # data sets enumerated at one size assignment
VALUES = (2, 3, 5, 7)


def exhaustive(construction: Construction, plan: Plan) -> Verdict:
    """An equality over a finite domain, checked at every one of its members."""
    claim = construction.claims[0]
    if not isinstance(claim, Equal):
        return undecided("exhaustive", claim.text, plan.where, "it decides equalities, and the claim is a bound")
    sizes_listed, whole = finite_sizes(construction, plan)
    if not whole:
        return undecided("exhaustive", claim.text, plan.where, "the data range over infinitely many matrices")
    checked, differs = 0, exact_defect(claim_sides)
    try:
        for sizes in sizes_listed:
            for parameters in parameter_choices(construction, sizes):
                instance = build(construction, sizes, parameters)
                for data in whole_domain(construction, instance):
                    checked += 1
                    if differs(instance, data) is not None:
                        found = counterexample(construction, sizes, differs)
                        where = f"at {sizes_in_words(sizes)}"
                        because = "the two sides differ"
                        return Verdict(
                            "claim", claim.text, "exhaustive", Standing.REFUTED, where, because, counterexample=found
                        )
        free = all(free_of_parameters(construction, sizes) for sizes in sizes_listed)
    except (Unsupported, Pole) as reason:
        return undecided("exhaustive", claim.text, plan.where, str(reason))
    if not checked:
        return undecided("exhaustive", claim.text, plan.where, "no data of these sizes lie in the domain")
    standing = Standing.PROVED if free else Standing.TESTED
    where = "; ".join(map(sizes_in_words, sizes_listed))
    scope = f"every data set in the domain at the sizes {where} ({checked} cases)"
    because = (
        "" if standing is Standing.PROVED else "the weights depend on parameters, which were fixed at a few values"
    )
    return Verdict("claim", claim.text, "exhaustive", standing, scope, because, {"cases": checked})


def free_of_parameters(construction: Construction, sizes: Mapping[str, int]) -> bool:
    """Whether neither the network nor the algorithm mentions a parameter, by running the builders on degrees."""
    if set(names_of(construction.algorithm)) & set(construction.parameters):
        return False
    instance = build(construction, sizes, parameters_from(construction, sizes, lambda _, r, c: variables(r, c)))
    layers = instance.network.unrolled
    forms = [form for layer in layers for form in forms_of(layer)] + [instance.readout.form]
    forms += [
        form for part in (instance.context, instance.query) if part for token in part.tokens for form in token.values()
    ]
    entries = [block for form in forms for block in form.blocks.values()]
    entries += [
        value for layer in layers for value in vars(layer).values() if isinstance(value, Matrix)
    ]  # masks, ridges
    return all(_constant(degrees_of(matrix)) for matrix in entries)


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
            {**plan.sizes[0], **dict(zip(names, choice, strict=True))}
            for choice in itertools.permutations(VALUES, len(names))
        ]
    counted = [(sizes, _count(construction, sizes)) for sizes in candidates]
    fitting = sorted(((sizes, count) for sizes, count in counted if 0 < count <= MOST), key=lambda pair: -pair[1])
    return (tuple(sizes for sizes, _ in fitting[:3]), True) if fitting else (plan.sizes, False)


def _count(construction: Construction, sizes: Mapping[str, int]) -> int:
    shapes = {name: shape_at(shape, sizes) for name, shape in construction.data.items()}
    if any(columns**rows > 10 * MOST for rows, columns in shapes.values()):
        return MOST + 1
    listed = all_data(construction, shapes)  # type: ignore[arg-type]
    return sum(1 for _ in itertools.islice(listed, MOST + 1)) if listed else MOST + 1


def whole_domain(construction: Construction, instance: Instance) -> Iterator[dict[str, Matrix]]:
    """Every data set at an instance's sizes."""
    yield from all_data(construction, {name: instance.shape_of(name) for name in construction.data}) or ()
