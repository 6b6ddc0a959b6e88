"""The order of an error from its values: p(t) = log2(E(t)/E(t/2)) in balls of 512 bits. It tests an order, and proves none:
nobody knows whether t is small enough.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from constructions.language import Construction, build
from constructions.language.statement import Limit
from constructions.matrix import Matrix, Pole, Unsupported, exact
from verify.arithmetic.ball import ball_entries, balls, in_balls, precision
from verify.domains import EmptyDomain, small_data
from verify.engines.isolated import BeyondLimits
from verify.plan import Plan, drawn, shape_at, sizes_in_words, stream_of_integers
from verify.sides import claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

BITS = 512
SCALES = (16, 24, 32)  # t = 2^−k
CLOSE = 0.01
POINTS = 3  # small data sets a size and parameter choice; as many generic ones where the data are real
FAILURES = (Unsupported, Pole, EmptyDomain, BeyondLimits)
Point = tuple[Mapping[str, int], dict[str, Any], dict[str, Matrix]]  # sizes, parameters, data


def points_of(construction: Construction, plan: Plan) -> Iterator[Point]:
    """Small data that a person can check, and generic data at which no coefficient vanishes by accident."""
    numbers = stream_of_integers(8, "rate", construction.name, plan.seed)
    generic = all(word == "real" for word in construction.domain.values())
    for sizes in plan.sizes:
        shapes = {name: shape_at(shape, sizes) for name, shape in construction.data.items()}
        choices = parameter_choices(construction, sizes)
        for parameters in itertools.islice(choices, 1 if len(construction.parameters) == 1 else None):
            for _ in range(POINTS):
                yield sizes, parameters, small_data(construction, shapes, numbers)  # type: ignore[arg-type]
            for _ in range(POINTS if generic else 0):
                yield sizes, parameters, {name: drawn(numbers, *shape) / 64 for name, shape in shapes.items()}


def observed_orders(
    construction: Construction,
    sizes: Mapping[str, int],
    parameters: Mapping[str, Any],
    data: Mapping[str, Matrix],
    knob: str,
    order: int,
) -> list[float] | None:
    """p(t) at the scales, t being the knob or (for a negative order) its inverse; None where an error may be zero."""

    def error(k: int) -> Any:
        value = exact(Fraction(1, 2**k) if order > 0 else 2**k)
        instance = build(construction, sizes, {**parameters, knob: value})
        left, right = claim_sides(instance, in_balls(data))
        return sum((abs(entry) for entry in ball_entries(left - right)), balls(exact(0))._entries[0, 0])

    with precision(BITS):
        pairs = [(error(k), error(k + 1)) for k in SCALES]
        if not all(e.is_finite() and e > 0 for pair in pairs for e in pair):
            return None
        ratios = [(first / second).log() / type(first)(2).log() for first, second in pairs]
        return [float(ratio.mid()) if ratio.rad() < CLOSE else float("nan") for ratio in ratios]


def agrees(orders: list[float] | None, order: int) -> bool:
    return orders is not None and all(abs(p - abs(order)) < CLOSE for p in orders)


def by_ratios(construction: Construction, plan: Plan, claim: Limit, points: Iterable[Point], reason: str) -> Verdict:
    """What is left where there is no exact series, for the reason given. It refutes nothing either."""
    ((knob, order),) = claim.knobs.items()
    checked, orders = 0, None
    try:
        for sizes, parameters, data in points:
            orders = observed_orders(construction, sizes, parameters, data, knob, order)
            if not agrees(orders, order):
                seen = "not certainly different from 0" if orders is None else f"of the orders {orders} at three scales"
                because = f"{reason}; in balls the error is {seen}"
                return undecided("rate", claim.text, f"at a point with {sizes_in_words(sizes)}", because)
            checked += 1
    except FAILURES as failure:
        return undecided("rate", claim.text, plan.where, f"{reason}; {failure}")
    because = f"no exact series: {reason}. The ratios of errors at three scales of {knob} show the order"
    evidence = {"order": order, "ratios": orders}
    return Verdict("claim", claim.text, "rate", Standing.TESTED, f"{checked} points {plan.where}", because, evidence)
