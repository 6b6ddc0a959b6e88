"""The error of a network as a power series along a path of its knobs: what `rate` reads orders and constants from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructions.language import Construction
from constructions.language.statement import Limit, Parameter
from constructions.matrix import Matrix, Unsupported
from verify.arithmetic.polynomial import Quotient, matrix_of
from verify.arithmetic.series import NeedsFinerScale, NeedsMoreTerms, Series, SeriesArithmetic
from verify.arithmetic.symbols import Symbols
from verify.built import built
from verify.engines.paths import Path, paths_of
from verify.plan import parameters_from, shape_at
from verify.sides import claim_sides

WIDEST = 40  # terms of a series
MOST_VARIABLES = 40  # data and parameters that are variables at once
Point = tuple[dict[str, Any], dict[str, Matrix]]  # parameters, data


@dataclass(frozen=True)
class Expansion:
    """network, algorithm and their difference, entry by entry, at one point or at variable data."""

    left: list[Series]
    right: list[Series]
    error: list[Series]
    order: int
    field: Symbols
    scale: int  # the series are in e^{−β/scale}, where the knob is β
    width: int  # how many terms of every series were kept

    def too_low(self) -> tuple[int, Quotient] | None:
        """The lowest power below the order with a coefficient that is certainly not zero, and the coefficient."""
        found = [
            (power, e.coefficient(power)) for e in self.error for power in range(min(e.start, self.order), self.order)
        ]
        certain = [(power, c) for power, c in found if self.field.certainly_nonzero(c)]
        return min(certain, key=lambda pair: pair[0], default=None)

    def vanishes_below(self) -> bool:
        below = ((e, power) for e in self.error for power in range(min(e.start, self.order), self.order))
        return all(self.field.is_zero(e.coefficient(power)) for e, power in below)

    def slower(self) -> Quotient | None:
        """A coefficient of the order itself that holds the knob: the error is β^k times what is claimed."""
        return next((c for c in self.constants() if self.field.holds_knob(c)), None)

    def constants(self) -> list[Quotient]:
        """The coefficients of the order itself."""
        return [e.coefficient(self.order) for e in self.error]

    def constant(self) -> Quotient | None:
        """One of them that is certainly not zero."""
        return next((c for c in self.constants() if self.field.certainly_nonzero(c)), None)


def expansion_at(
    construction: Construction,
    sizes: Mapping[str, int],
    parameters: Mapping[str, Any],
    data: Mapping[str, Matrix],
    path: Path | None = None,
    width: int = 1,
) -> Expansion:
    """At exact parameters and data; the knobs' own values among the parameters are not looked at. Data are series (an algorithm
    may take exp of them), or else exact numbers (hard attention may compare them). The first try is with `width` terms or more."""

    def lifted(ring: SeriesArithmetic) -> Point:
        return dict(parameters), {name: Matrix(ring, ring.lift(value)) for name, value in data.items()}

    path = path or _first_path(construction)
    try:
        return _expanded(construction, sizes, path, [], lifted, width)
    except Unsupported as reason:
        try:
            return _expanded(construction, sizes, path, [], lambda _: (dict(parameters), dict(data)), width)
        except Unsupported:
            raise reason from None


def expansion_everywhere(
    construction: Construction, sizes: Mapping[str, int], path: Path | None = None, width: int = 1
) -> Expansion:
    """With all data and all other parameters as variables."""
    path = path or _first_path(construction)
    shapes = {name: shape_at(shape, sizes) for name, shape in construction.data.items()}
    declared = {name: shape_at(parameter.shape, sizes) for name, parameter in construction.parameters.items()}
    names = [f"{name}_{k}" for name, shape in (declared | shapes).items() for k in range(math.prod(shape))]
    if len(names) > MOST_VARIABLES:
        raise Unsupported(f"{len(names)} variables are too many to prove it for all data")

    def free(ring: SeriesArithmetic) -> Point:
        numbers = iter(range(len(names)))

        def make(rows: int, columns: int) -> Matrix:
            entries = [ring.of(ring.field.variable(next(numbers))) for _ in range(rows * columns)]
            return matrix_of(ring, rows, columns, entries)

        parameters = parameters_from(construction, sizes, lambda _, rows, columns: make(rows, columns))
        return parameters, {name: make(*shape) for name, shape in shapes.items()}

    return _expanded(construction, sizes, path, names, free, width)


def _first_path(construction: Construction) -> Path:
    claim = construction.claims[0]
    assert isinstance(claim, Limit)
    return paths_of(construction, claim)[0]


def _expanded(
    construction: Construction,
    sizes: Mapping[str, int],
    path: Path,
    names: Sequence[str],
    point: Callable[[SeriesArithmetic], Point],
    width: int,
) -> Expansion:
    """Both sides in power series, with more and more terms until the coefficient of the claimed order is known."""
    above = [name for name in names if construction.parameters.get(name.rpartition("_")[0], Parameter()).positive]
    field, scale = Symbols(names, path.knob if path.rate else "", above), path.order.denominator if path.rate else 0
    width = max(width, int(path.order * max(scale, 1)) + 1)
    while width <= WIDEST:
        positive = path.rate or all(construction.parameters[knob].positive for knob in path.powers)
        ring = SeriesArithmetic(field, width, positive, scale)
        order = int(path.order * max(scale, 1))
        parameters, data = point(ring)
        for knob, power in path.powers.items():
            value = ring.of(field.knob) if path.rate else ring.power(power)
            parameters[knob] = matrix_of(ring, 1, 1, [value])
        try:
            left, right = claim_sides(built(construction, sizes, parameters), data)
            sides = [ring.table(side).entries for side in (left, right, left - right)]
            lacking = max((order + 1 - entry.end for entry in sides[2] if not entry.exact), default=0)
            if lacking <= 0:
                return Expansion(sides[0], sides[1], sides[2], order, field, max(scale, 1), width)
            width += lacking
        except NeedsMoreTerms:
            width += max(1, width // 2)
        except NeedsFinerScale as finer:
            scale *= finer.multiple
            width = max(width, int(path.order * scale) + 1)
    raise Unsupported(f"more than {WIDEST} terms of a series are needed")
