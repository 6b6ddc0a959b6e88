"""A counterexample at sizes that the source of a record names: `if d > 8` is right up to 8, and the sizes of a plan may all be.

The numbers in a builder or a formula say at which sizes it may turn: a comparison, a slice, a `range`, a table, a window. Each
such number, and the next two, are tried as a size that no plan has. What is found is a counterexample at a size like any other,
and that nothing is found shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

from constructions.language import Construction, Equal, Instance, Within
from constructions.language.extent import entries_at
from constructions.matrix import Matrix, Pole
from verify.built import built
from verify.domains import EmptyDomain, small_data
from verify.engines.bit_exact import fixed_sizes
from verify.engines.counterexample import Differs, Point, exact_defect, simplified
from verify.engines.shown import shown
from verify.methods.enclosure import ball_defect
from verify.plan import Plan, cost_of, sizes_in_words, stream_of_integers
from verify.scrutiny.digging import functions_of
from verify.scrutiny.place import FOREIGN
from verify.scrutiny.reading import all_codes, held, named, reachable
from verify.sides import claim_sides
from verify.standard import parameter_choices
from verify.verdict import Counterexample, Standing, Verdict

LEAST, LARGEST = 3, 400  # numbers that are taken for sizes
TOGETHER = 12  # up to here all sizes are this number at once, beyond it one of them, the others being 2
MOST = 24  # assignments that are tried
ENTRIES, IN_BALLS = 20_000, 1_000  # numbers in a matrix or of all layers, of an equality and of a bound
DRAWS, MANY = 3, 12  # points that are tried at one assignment: in search of one, and to make one smaller
COSTLIEST = 150  # width times depth, of a network that is run
SHOWN = 60  # numbers of a point that is made small
NAMED = "at sizes that the source of the record names; at those of its plan no point showed it"
WORD = re.compile(r"[a-z]\D*(\d+)")


def beyond_the_plan(construction: Construction, plan: Plan) -> Iterator[Verdict]:
    """The refutation of an equality or a bound at such sizes; nothing where it holds at those that were tried, or is wrong at the
    first of the plan, as the methods will say."""
    claim = construction.claims[0]
    if not isinstance(claim, (Equal, Within)):
        return
    numbers = stream_of_integers(32, "sizes of the source", construction.name, plan.seed)
    ways = (exact_defect(claim_sides), ball_defect(claim)) if isinstance(claim, Equal) else (ball_defect(claim),)
    if _met(construction, plan.sizes[0], ways, numbers):
        return
    for sizes in islice(assignments(construction, plan), MOST):
        if met := _met(construction, sizes, ways, numbers):
            yield _refuted(construction, plan, *met, numbers)
            return


def _met(
    construction: Construction, sizes: Mapping[str, int], ways: Iterable[Differs], numbers: Iterator[int]
) -> tuple[Point, Differs] | None:
    """A point with these sizes at which the sides differ, and how that is seen: in balls, where no exact number says it."""
    for differs in ways:
        with suppress(*FOREIGN):
            point = _point(construction, sizes, differs, numbers)
            return (point, differs) if point else None
    return None


def assignments(construction: Construction, plan: Plan) -> Iterator[dict[str, int]]:
    """Sizes with a number of the source that no assignment of the plan has, small enough to be built."""
    first, fixed = plan.sizes[0], fixed_sizes(plan)
    free = [name for name in first if name not in fixed]
    tried = {name: {sizes[name] for sizes in plan.sizes} for name in free}
    small = {**first, **dict.fromkeys(free, 2)}
    most = ENTRIES if isinstance(construction.claims[0], Equal) else IN_BALLS
    for value in _values(numbers_of(construction)):
        new = [name for name in free if value not in tried[name]]
        together = value <= TOGETHER and new and not construction.domain  # few symbols meet more often than many
        choices = [dict.fromkeys(free, value)] if together else [{name: value} for name in new]
        for choice in choices:
            sizes = construction.fitted({**small, **choice})
            if max(entries_at(construction, sizes)) <= most:
                yield sizes


def _values(numbers: Collection[int]) -> Iterator[int]:
    """What comes after a number first, as in `if d > 8`; the least and the largest in turn, for not all are tried."""
    rising = sorted(numbers)
    ordered = [number for pair in zip(rising, reversed(rising), strict=True) for number in pair]
    yield from dict.fromkeys(number + more for more in (1, 0, 2) for number in ordered)


def numbers_of(construction: Construction) -> set[int]:
    """The whole numbers in the source of a record's functions, in what their names stand for, and the lengths of tuples."""
    found: set[int] = set()
    for _, function in functions_of(construction):
        for part in reachable(function):
            found |= {
                number for code in all_codes(part.__code__) for constant in code.co_consts for number in _in(constant)
            }
            found |= {number for _, value in named(part) for inner in held(value) for number in _in(inner)}
    return {number for number in found if LEAST <= number <= LARGEST}


def _in(constant: Any) -> Iterator[int]:
    if type(constant) is int:
        yield abs(constant)
    elif type(constant) is tuple:
        yield len(constant)
        yield from (number for part in constant for number in _in(part))
    elif type(constant) is str and len(constant) <= SHOWN:
        yield from map(int, WORD.findall(constant))


def _point(
    construction: Construction, sizes: Mapping[str, int], differs: Differs, numbers: Iterator[int], draws: int = 0
) -> Point | None:
    """A small point with these sizes at which the sides differ; None where they agree, or nothing can be built or has a value."""
    with suppress(Pole, EmptyDomain):
        instance = built(construction, sizes, next(parameter_choices(construction, sizes), {}))
        if cost_of(instance.network) > COSTLIEST:
            return None
        shapes = {name: instance.shape_of(name) for name in construction.data}
        for _ in range(draws or (DRAWS if construction.domain else 1)):  # few symbols may hide what they differ in
            data = small_data(construction, shapes, numbers, instance.parameters)
            if differs(instance, data) is not None:
                return Point(sizes, instance.parameters, data)
    return None


def _refuted(construction: Construction, plan: Plan, point: Point, differs: Differs, numbers: Iterator[int]) -> Verdict:
    """A point was met, so this is one, whatever a builder does at others."""
    least = _least(construction, plan, point, differs, numbers)
    claim, found = construction.claims[0], _printed(construction, least, differs)
    differ = "the two sides differ" if isinstance(claim, Equal) else "|network − algorithm| exceeds the bound"
    # what differs at small sizes, too, may have been missed at those of the plan
    of_sizes = max(least.sizes.values()) > LEAST and _agree(construction, plan, differs, numbers)
    because = f"{differ} {NAMED if of_sizes else 'at the point printed'}"
    where = f"at a point with {sizes_in_words(least.sizes)}"
    return Verdict("claim", claim.text, "property", Standing.REFUTED, where, because, counterexample=found)


def _least(construction: Construction, plan: Plan, point: Point, differs: Differs, numbers: Iterator[int]) -> Point:
    """With every size as small as it can be while the sides still differ: all of them at once, else one after the other, twice."""
    free = [name for name in point.sizes if name not in fixed_sizes(plan)]
    alone = [{name: value} for name in free * 2 for value in range(1, 4)]
    for smaller in (dict.fromkeys(free, 1), dict.fromkeys(free, 2), *alone):
        if all(value < point.sizes[name] for name, value in smaller.items()):
            with suppress(*FOREIGN):
                sizes = construction.fitted({**point.sizes, **smaller})
                point = _point(construction, sizes, differs, numbers, MANY) or point
    return point


def _agree(construction: Construction, plan: Plan, differs: Differs, numbers: Iterator[int]) -> bool:
    """Whether the sides were compared at every size assignment of the plan, and never differed."""
    return all(_agree_at(construction, sizes, differs, numbers) for sizes in plan.sizes)


def _agree_at(construction: Construction, sizes: Mapping[str, int], differs: Differs, numbers: Iterator[int]) -> bool:
    compared: list[bool] = []

    def watched(instance: Instance, data: Mapping[str, Matrix]) -> Any:
        found = differs(instance, data)
        compared.append(found is None)
        return found

    with suppress(*FOREIGN):
        return _point(construction, sizes, watched, numbers, MANY) is None and bool(compared)
    return False


def _printed(construction: Construction, point: Point, differs: Differs) -> Counterexample | None:
    """Made small entry by entry, where there are few; as it is, where a record raises at others; None where at this one, too."""
    matrices = [
        value for group in (point.data, point.parameters) for value in group.values() if isinstance(value, Matrix)
    ]
    if sum(a.shape[0] * a.shape[1] for a in matrices) <= SHOWN:
        with suppress(*FOREIGN):
            return simplified(construction, point, differs)
    with suppress(*FOREIGN):
        return shown(construction, point)
    return None
