"""Both sides of a statement at every data set of a finite domain, in one run."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from constructions.language import Construction, build
from constructions.matrix import Matrix, Unsupported, exact
from constructions.matrix.opaque import entries_in
from verify.arithmetic.all_cases import CaseArithmetic
from verify.domains import domain_of
from verify.plan import parameters_from, shape_at
from verify.sides import Sides
from verify.standard import parameter_choices


def all_cases(
    construction: Construction, sizes: Mapping[str, int], sides: Sides
) -> tuple[int, dict[str, Matrix] | None]:
    """How many data sets there are, and the first at which the sides differ, if there is one.

    Parameters are positive numbers of which nothing else is known, or their defaults if they are not numbers or may be negative:
    then it is for the caller to know that they do not matter. Raises `Unsupported` where the arithmetic has no value.
    """
    numbers = CaseArithmetic()
    listed = listed_cases(construction, sizes)
    count = len(next(iter(listed.values())))
    instance = build(construction, sizes, parameters_for(construction, sizes, numbers))
    left, right = sides(instance, {name: numbers.cases(cases) for name, cases in listed.items()})
    defect = entries_in(left - right, numbers).numerators
    wrong = np.flatnonzero(np.broadcast_to(defect[0].any(axis=(1, 2)), (count,)))
    if not len(wrong) and len(defect) > 1:
        raise Unsupported("the sides differ by numbers of which only a range is known")
    return count, {name: exact(cases[wrong[0]].tolist()) for name, cases in listed.items()} if len(wrong) else None


def parameters_for(construction: Construction, sizes: Mapping[str, int], numbers: CaseArithmetic) -> dict[str, Any]:
    """A symbol for every parameter where all are positive numbers, else the defaults."""
    if all(parameter.positive and not parameter.shape for parameter in construction.parameters.values()):
        return parameters_from(construction, sizes, lambda *_: numbers.parameter())
    return next(parameter_choices(construction, sizes))


def listed_cases(construction: Construction, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Every member of the domain: name → cases × rows × columns."""
    shapes = {name: shape_at(shape, sizes) for name, shape in construction.data.items()}
    members = []
    for name, shape in shapes.items():
        every = domain_of(construction, name).members
        if every is None:
            raise Unsupported(f"{name} ranges over infinitely many matrices")
        members.append(np.array(list(every(*shape)), dtype=np.int64).reshape(-1, *shape))
    if not all(map(len, members)):
        raise Unsupported("no data of these sizes lie in the domain")
    chosen = np.array(list(itertools.product(*(range(len(part)) for part in members))))
    return {name: part[chosen[:, k]] for k, (name, part) in enumerate(zip(shapes, members, strict=True))}
