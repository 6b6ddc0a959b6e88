"""A counterexample at sizes that the source of a record names: `if d > 8` is right up to 8, and the sizes of a plan may all be.

The numbers in a builder or a formula say at which sizes it may turn: a comparison, a slice, a `range`, a table, a window. Each
such number, and the next two, are tried as a size that no plan has. What is found is a counterexample at a size like any other,
and that nothing is found shows nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice
from math import prod
from typing import Any

from constructions.language import Construction, Equal, Within, build
from constructions.language.extent import entries_at
from constructions.matrix import Pole
from verify.domains import EmptyDomain, small_data
from verify.engines.bit_exact import fixed_sizes
from verify.engines.counterexample import Differs, Point, exact_defect, simplified
from verify.engines.shown import shown
from verify.methods.enclosure import ball_defect
from verify.plan import Plan, cost_of, shape_at, sizes_in_words, stream_of_integers
from verify.scrutiny.digging import functions_of
from verify.scrutiny.reading import all_codes, held, named, reachable
from verify.sides import claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict

LEAST, LARGEST = 3, 400  # numbers that are taken for sizes
TOGETHER = 12  # up to here all sizes are this number at once, beyond it one of them, the others being 2
MOST = 24  # assignments that are tried
ENTRIES, IN_BALLS = 20_000, 1_000  # numbers in a matrix or of all layers, of an equality and of a bound
DRAWS = 3
COSTLIEST = 150  # width times depth, of a network that is run
SHOWN = 60  # numbers of a point that is made small
FOREIGN = (Exception, SystemExit)  # a record that raises at some size is refuted by none
WORD = re.compile(r"[a-z]\D*(\d+)")


def beyond_the_plan(construction: Construction, plan: Plan) -> Verdict | None:
    """The refutation of an equality or a bound at such sizes; None where it holds at those that were tried."""
    claim = construction.claims[0]
    if not isinstance(claim, (Equal, Within)):
        return None
    numbers = stream_of_integers(32, "sizes of the source", construction.name, plan.seed)
    ways = (exact_defect(claim_sides), ball_defect(claim)) if isinstance(claim, Equal) else (ball_defect(claim),)
    for number, sizes in enumerate(islice(chain(plan.sizes[:1], assignments(construction, plan)), MOST)):
        for differs in ways:  # in balls, where no exact number says it
            with suppress(*FOREIGN):
                if point := _point(construction, sizes, differs, numbers):
                    if not number:  # wrong at the sizes of the plan, too, as the methods will say
                        return None
                    return _refuted(construction, plan, point, differs, numbers)
                break
    return None


def assignments(construction: Construction, plan: Plan) -> Iterator[dict[str, int]]:
    """Sizes with a number of the source that no assignment of the plan has, small enough to be built."""
    first, fixed = plan.sizes[0], fixed_sizes(plan)
    free = [name for name in first if name not in fixed]
    tried = {name: {sizes[name] for sizes in plan.sizes} for name in free}
    small = {**first, **dict.fromkeys(free, 2)}
    most = ENTRIES if isinstance(construction.claims[0], Equal) else IN_BALLS
    for value in sorted({number + more for number in numbers_of(construction) for more in range(3)}):
        new = [name for name in free if value not in tried[name]]
        together = value <= TOGETHER and new and not construction.domain  # few symbols meet more often than many
        choices = [dict.fromkeys(free, value)] if together else [{name: value} for name in new]
        for choice in choices:
            sizes = construction.fitted({**small, **choice})
            if max(entries_at(construction, sizes)) <= most:
                yield sizes


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
    construction: Construction, sizes: Mapping[str, int], differs: Differs, numbers: Iterator[int]
) -> Point | None:
    """A small point with these sizes at which the sides differ; None where they agree, or nothing can be built or has a value."""
    try:
        instance = build(construction, sizes, next(parameter_choices(construction, sizes), {}))
        if cost_of(instance.network) > COSTLIEST:
            return None
        shapes = {name: instance.shape_of(name) for name in construction.data}
        for _ in range(DRAWS if construction.domain else 1):  # few symbols may hide what they differ in
            data = small_data(construction, shapes, numbers, instance.parameters)
            if differs(instance, data) is not None:
                return Point(sizes, instance.parameters, data)
    except (Pole, EmptyDomain):
        pass
    return None


def _refuted(construction: Construction, plan: Plan, point: Point, differs: Differs, numbers: Iterator[int]) -> Verdict:
    """With every size as small as it can be while the sides still differ, one after the other."""
    for name in [name for name in point.sizes if name not in fixed_sizes(plan)]:
        for least in range(1, min(point.sizes[name], 3)):
            if smaller := _point(construction, construction.fitted({**point.sizes, name: least}), differs, numbers):
                point = smaller
                break
    entries = sum(prod(shape_at(shape, point.sizes)) for shape in construction.data.values())
    found = simplified(construction, point, differs) if entries <= SHOWN else shown(construction, point)
    because = "the sides differ at sizes that the source of the record names, and its plan does not"
    where, text = f"at a point with {sizes_in_words(point.sizes)}", construction.claims[0].text
    return Verdict("claim", text, "property", Standing.REFUTED, where, because, counterexample=found)
