"""The order of an error from its values: p(t) = log2(E(t)/E(t/2)) in balls of 512 bits, or −log E per unit of β for an
exponential order. It tests an order, and proves none: nobody knows whether t is small enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from constructions.language import Construction, LayerNorm, Transformer
from constructions.language.statement import Limit
from constructions.matrix import Matrix, Pole, Unsupported, exact
from verify.arithmetic.ball import ball_entries, balls, in_balls, precision
from verify.built import built
from verify.domains import EmptyDomain, small_data
from verify.engines.isolated import BeyondLimits
from verify.engines.paths import Path
from verify.plan import Plan, cost_of, drawn, shape_at, sizes_in_words, stream_of_integers
from verify.sides import claim_sides
from verify.standard import parameter_choices
from verify.verdict import Standing, Verdict, undecided

BITS = 512
SCALES = (16, 24, 32)  # t = 2^−k
BETAS = (32, 48, 64)  # of a knob with an exponential order, and their doubles
CLOSE = 0.01
COSTLY = 100  # width times depth; beyond it, and with LayerNorm, one parameter choice and one data set of each kind have to do
POINTS = 3  # small data sets a size and parameter choice; as many generic ones where the data are real
FAILURES = (Unsupported, Pole, EmptyDomain, BeyondLimits)
Point = tuple[Mapping[str, int], dict[str, Any], dict[str, Matrix]]  # sizes, parameters, data


def points_of(construction: Construction, plan: Plan) -> Iterator[Point]:
    """Small data that a person can check, and generic data at which no coefficient vanishes by accident."""
    numbers = stream_of_integers(8, "rate", construction.name, plan.seed)
    generic = all(word == "real" for word in construction.domain.values())
    for sizes in plan.sizes:
        shapes = {name: shape_at(shape, sizes) for name, shape in construction.data.items()}
        choices = list(parameter_choices(construction, sizes))
        network = built(construction, sizes, choices[0] if choices else {}).network
        costly = cost_of(network) > COSTLY or normed(network)
        points = 1 if costly else POINTS
        for parameters in choices[:1] if costly or len(construction.parameters) == 1 else choices:
            for _ in range(points):
                yield sizes, parameters, small_data(construction, shapes, numbers, parameters)  # type: ignore[arg-type]
            for _ in range(points if generic else 0):
                yield sizes, parameters, {name: drawn(numbers, *shape) / 64 for name, shape in shapes.items()}


def normed(network: Transformer) -> bool:
    """Whether every entry meets every other one, in a LayerNorm."""
    return any(isinstance(s, LayerNorm) or getattr(s, "norm", None) is not None for s in network.sublayers)


def observed_orders(
    construction: Construction,
    sizes: Mapping[str, int],
    parameters: Mapping[str, Any],
    data: Mapping[str, Matrix],
    path: Path,
) -> list[float] | None:
    """p(t) = log2(E(t)/E(t/2)) at three scales of t, or −log E per unit of β; None where an error may be zero."""

    def error(t: Fraction) -> Any:
        instance = built(construction, sizes, {**parameters, **path.at(t)})
        left, right = claim_sides(instance, in_balls(data))
        return sum((abs(entry) for entry in ball_entries(left - right)), balls(exact(0))._entries[0, 0])

    with precision(BITS):
        scales = [(Fraction(1, k), Fraction(1, 2 * k)) for k in BETAS]
        if not path.rate:
            scales = [(Fraction(1, 2**k), Fraction(1, 2 ** (k + 1))) for k in SCALES]
        pairs = [(error(first), error(second)) for first, second in scales]
        if not all(e.is_finite() and e > 0 for pair in pairs for e in pair):
            return None
        steps = [type(pairs[0][0])(k) if path.rate else type(pairs[0][0])(2).log() for k in BETAS]
        ratios = [(first / second).log() / step for (first, second), step in zip(pairs, steps, strict=True)]
        return [float(ratio.mid()) if ratio.rad() < CLOSE else float("nan") for ratio in ratios]


def agrees(orders: list[float] | None, path: Path) -> bool:
    return orders is not None and all(abs(p - path.order) < CLOSE for p in orders)


def by_ratios(
    construction: Construction, plan: Plan, claim: Limit, path: Path, points: Iterable[Point], reason: str
) -> Verdict:
    """What is left where there is no exact series, for the reason given. It refutes nothing either."""
    checked, orders = 0, None
    try:
        for sizes, parameters, data in points:
            orders = observed_orders(construction, sizes, parameters, data, path)
            if not agrees(orders, path):
                seen = "not certainly different from 0" if orders is None else f"of the orders {orders} at three scales"
                because = f"{reason}; in balls the error is {seen}"
                return undecided("rate", claim.text, f"at a point with {sizes_in_words(sizes)}", because)
            checked += 1
    except FAILURES as failure:
        return undecided("rate", claim.text, plan.where, f"{reason}; {failure}")
    knobs = ", ".join(path.powers)
    because = f"no exact series: {reason}. The ratios of errors at three scales of {knobs} show the order"
    evidence = {"order": str(path.order), "ratios": orders}
    return Verdict("claim", claim.text, "rate", Standing.TESTED, f"{checked} points {plan.where}", because, evidence)
