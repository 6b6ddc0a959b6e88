"""Floats against exact rationals, bit for bit, where a majorant run shows that nothing can be rounded.

Nothing is tolerated, so neither the order of summation nor the device can be an excuse; only the sign of a zero is free.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from constructions.language import Construction, Equal, Instance
from constructions.matrix import Matrix, Pole, Unsupported, exact
from constructions.matrix.opaque import entries_in
from verify.arithmetic.formats import Floats, nearest
from verify.arithmetic.majorant import MajorantArithmetic
from verify.built import built
from verify.domains import EmptyDomain, member
from verify.plan import Plan, parameters_from, stream_of_integers
from verify.sides import claim_sides, same

DRAWS = 2  # data sets at each size assignment


@dataclass
class Tally:
    """How many points were bit-exact in each arithmetic, and the most bits they needed; what broke; why points were left out."""

    points: dict[str, int] = field(default_factory=dict)
    bits: dict[str, int] = field(default_factory=dict)
    broken: str = ""
    reason: str = "no arithmetic was given"


def bit_exact(construction: Construction, plan: Plan, models: Sequence[Floats]) -> Tally:
    """Every model against ℚ at small dyadic points, on both sides of the claim, wherever its significand is licensed."""
    tally, numbers = Tally(), stream_of_integers(32, "bit-exact", construction.name, plan.seed)
    for sizes in map(construction.fitted, dyadic_sizes(plan)):
        for _ in range(DRAWS):
            try:
                instance = built(construction, sizes, _dyadic_parameters(construction, sizes, numbers))
                data = trits(construction, instance, numbers)
                needed = _majorant(instance, data)
            except EmptyDomain:
                continue
            except (Unsupported, Pole) as reason:
                tally.reason = str(reason)
                continue
            licensed = [model for model in models if needed.licenses(model.format)]
            tally.broken = tally.broken or _compare(construction, instance, data, licensed)
            for model in licensed:
                tally.points[model.name] = tally.points.get(model.name, 0) + 1
                tally.bits[model.name] = max(tally.bits.get(model.name, 0), needed.bits)
            tally.reason = f"{needed.bits} bits are needed"
    return tally


def dyadic_sizes(plan: Plan) -> Iterator[Mapping[str, int]]:
    """The sizes of the plan cut to powers of two, so that 1/n is dyadic, and 2 and 1 throughout; sizes that were given stay."""
    if len(plan.sizes) == 1:
        yield plan.sizes[0]
        return
    fixed = fixed_sizes(plan)
    free: list[Callable[[int], int]] = [lambda value: 1 << (value.bit_length() - 1)] * len(plan.sizes)
    for number, cut in enumerate([*free, lambda value: 2, lambda value: 1]):
        sizes = plan.sizes[min(number, len(plan.sizes) - 1)]
        yield {name: value if name in fixed else cut(value) for name, value in sizes.items()}


def fixed_sizes(plan: Plan) -> Mapping[str, int]:
    """The sizes that are the same in every assignment of a plan."""
    first, *others = plan.sizes
    return {name: value for name, value in first.items() if all(sizes[name] == value for sizes in others)}


def _dyadic_parameters(construction: Construction, sizes: Mapping[str, int], numbers: Iterator[int]) -> dict:
    choices = {True: (Fraction(1), Fraction(1, 2)), False: (Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(0))}

    def make(declared, rows: int, columns: int) -> Matrix:
        among = choices[declared.positive]
        return exact([[among[next(numbers) % len(among)] for _ in range(columns)] for _ in range(rows)])

    return parameters_from(construction, sizes, make)


def trits(construction: Construction, instance: Instance, numbers: Iterator[int]) -> dict[str, Matrix]:
    """Data of −1, 0 and 1 inside the domain."""
    data = {}
    for name in construction.data:
        rows, columns = instance.shape_of(name)
        if construction.domain.get(name, "real") == "real":
            data[name] = exact([[next(numbers) % 3 - 1 for _ in range(columns)] for _ in range(rows)])
        else:
            data[name] = member(construction, name, (rows, columns), numbers, instance.parameters)
    return data


def _majorant(instance: Instance, data: Mapping[str, Matrix]) -> MajorantArithmetic:
    """The majorant run of both sides: how many bits everything on the way may need."""
    arithmetic = MajorantArithmetic()
    given = {name: Matrix(arithmetic, arithmetic.lift(value)) for name, value in data.items()}
    for side in claim_sides(instance, given):
        _ = entries_in(side, arithmetic)  # a side that does not depend on the data has bits, too
    return arithmetic


def _compare(
    construction: Construction, instance: Instance, data: Mapping[str, Matrix], models: Sequence[Floats]
) -> str:
    """What differs, or ''."""
    true_sides = claim_sides(instance, data)
    if isinstance(construction.claims[0], Equal) and not same(*true_sides):
        return "network and algorithm differ in exact rationals"
    for model in models:
        lifted = {name: Matrix(model, model.lift(value)) for name, value in data.items()}  # type: ignore[arg-type]
        for side, computed, true in zip(
            ("network", "algorithm"), claim_sides(instance, lifted), true_sides, strict=True
        ):
            entries = computed._entries if computed._arithmetic is model else model.lift(computed)  # type: ignore[attr-defined]
            if not np.array_equal(model.widened(entries), nearest(true)):
                return f"the {side} in {model.name} is not exact, though its {model.format.bits} bits suffice"
    return ""
