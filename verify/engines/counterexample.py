"""Search for a small counterexample: integers that a person can check by hand, at the smallest sizes where it shows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from constructions.language import Construction, Instance
from constructions.matrix import Matrix, Pole, exact
from constructions.matrix.rational import fractions_of
from verify.built import built
from verify.domains import DOMAINS, domain_of, small_data
from verify.plan import Plan, parameters_from, sizes_of_data, stream_of_integers
from verify.sides import Sides, claim_sides
from verify.verdict import Counterexample

TRIES = 12  # small data sets tried at each size assignment
LARGE = 29


@dataclass(frozen=True)
class Point:
    """Sizes, exact parameters and exact data: one place at which both sides can be evaluated."""

    sizes: Mapping[str, int]
    parameters: Mapping[str, Any]
    data: Mapping[str, Matrix]


Differs = Callable[[Instance, Mapping[str, Matrix]], Any]


def exact_defect(sides: Sides) -> Differs:
    """left − right as fractions where they differ, else None."""

    def differs(instance: Instance, data: Mapping[str, Matrix]) -> Any:
        left, right = sides(instance, data)
        defect = fractions_of(left - right)
        return (fractions_of(left), fractions_of(right), defect) if any(any(row) for row in defect) else None

    return differs


def first_counterexample(construction: Construction, at: Plan, differs: Differs | None = None) -> Counterexample | None:
    """A small counterexample to network = algorithm, from the first size assignment that shows one; in exact numbers, unless
    `differs` says how else it is seen."""
    found = (counterexample(construction, sizes, differs or exact_defect(claim_sides)) for sizes in at.sizes)
    return next(filter(None, found), None)


def wider(construction: Construction, at: Plan) -> Plan:
    """Larger sizes too, for a difference that is known to be there at some size: one size of the data is `LARGE`, the others 2."""
    free = sizes_of_data(construction)
    return replace(at, sizes=(*at.sizes, *({**at.sizes[0], **dict.fromkeys(free, 2), name: LARGE} for name in free)))


def counterexample(construction: Construction, sizes: Mapping[str, int], differs: Differs) -> Counterexample | None:
    """A counterexample made small: first by sizes, then entry by entry. None if small data do not show one."""
    numbers = stream_of_integers(32, "counterexample", construction.name)
    point = _first(construction, sizes, differs, numbers)
    if point is None:
        return None
    trials = (trial for trial in _smaller_sizes(sizes, construction.at_most) if trial == construction.fitted(trial))
    smaller = (_first(construction, trial, differs, numbers) for trial in trials)
    return simplified(construction, next(filter(None, smaller), point), differs)


def simplified(construction: Construction, point: Point, differs: Differs) -> Counterexample:
    """A counterexample from a point at which the sides differ, made small entry by entry."""
    point = _simplify(construction, point, differs)
    left, right, defect = _judge(construction, point, differs)
    parameters = {name: _plain(value) for name, value in point.parameters.items()}
    data = {name: fractions_of(value) for name, value in point.data.items()}
    return Counterexample(dict(point.sizes), parameters, data, left, right, defect)


def _smaller_sizes(sizes: Mapping[str, int], at_most: Mapping[str, str]) -> Iterator[dict[str, int]]:
    """Assignments of 1, 2 or 3 to the first sizes, smallest sum first; what a bound includes is not counted again."""
    free = list(sizes)[:5]
    choices = itertools.product(*(range(1, min(sizes[name], 3) + 1) for name in free))
    trials = [dict(zip(free, choice, strict=True)) for choice in choices]
    for trial in sorted(trials, key=lambda trial: sum(v for name, v in trial.items() if name not in at_most))[:120]:
        yield {**sizes, **trial}


def _first(
    construction: Construction, sizes: Mapping[str, int], differs: Differs, numbers: Iterator[int]
) -> Point | None:
    for _ in range(TRIES):
        try:
            instance, data = small_point(construction, sizes, numbers)
            if differs(instance, data) is not None:
                return Point(sizes, instance.parameters, data)
        except (Pole, LookupError):
            continue
    return None


def small_point(
    construction: Construction, sizes: Mapping[str, int], numbers: Iterator[int]
) -> tuple[Instance, dict[str, Matrix]]:
    """An instance at small parameters, and small data in the domain. May raise `Pole`."""
    parameters = parameters_from(construction, sizes, lambda p, r, c: _small(numbers, r, c, p.positive))
    instance = built(construction, sizes, parameters)
    shapes = {name: instance.shape_of(name) for name in construction.data}
    return instance, small_data(construction, shapes, numbers, parameters)


def _small(numbers: Iterator[int], rows: int, columns: int, positive: bool) -> Matrix:
    return exact(
        [[next(numbers) % 3 + 1 if positive else next(numbers) % 5 - 2 for _ in range(columns)] for _ in range(rows)]
    )


def _judge(construction: Construction, point: Point, differs: Differs) -> Any:
    return differs(built(construction, point.sizes, point.parameters), point.data)


def _simplify(construction: Construction, point: Point, differs: Differs) -> Point:
    """Replace entries by 0, 1 or a smaller number, one at a time, as long as the sides still differ."""
    for group in ("data", "parameters"):
        for name in getattr(point, group):
            value = getattr(point, group)[name]
            free = (DOMAINS["real"], DOMAINS["symmetric"])
            if not isinstance(value, Matrix) or (group == "data" and domain_of(construction, name) not in free):
                continue
            for i in range(value.shape[0]):
                for j in range(value.shape[1]):
                    point = _simplify_entry(construction, point, differs, (group, name, i, j))
    return point


def _simplify_entry(
    construction: Construction, point: Point, differs: Differs, place: tuple[str, str, int, int]
) -> Point:
    group, name, i, j = place
    rows = fractions_of(getattr(point, group)[name])
    positive = group == "parameters" and construction.parameters[name].positive
    for candidate in (1,) if positive else (0, 1):
        if rows[i][j] == candidate:
            return point
        changed = [list(row) for row in rows]
        changed[i][j] = Fraction(candidate)
        if _symmetric(construction, group, name):
            changed[j][i] = Fraction(candidate)
        values = {**getattr(point, group), name: exact(changed)}
        trial = Point(point.sizes, *((point.parameters, values) if group == "data" else (values, point.data)))
        try:
            if _judge(construction, trial, differs) is not None:
                return trial
        except Pole:
            continue
    return point


def _symmetric(construction: Construction, group: str, name: str) -> bool:
    return construction.domain.get(name) == "symmetric" if group == "data" else construction.parameters[name].symmetric


def _plain(value: Any) -> Any:
    return [_plain(part) for part in value] if isinstance(value, tuple) else fractions_of(value)
