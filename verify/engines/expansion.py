"""The error of a network as a power series in its knob: what `rate` reads orders and constants from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import flint

from constructions.language import Construction, build
from constructions.language.statement import Limit
from constructions.matrix import Matrix, Unsupported
from verify.arithmetic.ball import precision, surely_nonzero
from verify.arithmetic.polynomial import PolynomialArithmetic, Quotient, matrix_of
from verify.arithmetic.series import NeedsMoreTerms, Series, SeriesArithmetic
from verify.plan import parameters_from, shape_at
from verify.sides import claim_sides

EXPONENTIALS = 12  # independent ones that may occur in coefficients
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
    field: PolynomialArithmetic

    def too_low(self) -> tuple[int, Quotient] | None:
        """The lowest power below the order with a coefficient that is certainly not zero, and the coefficient."""
        found = [
            (power, e.coefficient(power)) for e in self.error for power in range(min(e.start, self.order), self.order)
        ]
        certain = [(power, c) for power, c in found if certainly_nonzero(c, self.field)]
        return min(certain, key=lambda pair: pair[0], default=None)

    def vanishes_below(self) -> bool:
        below = ((e, power) for e in self.error for power in range(min(e.start, self.order), self.order))
        return all(self.field.is_zero(e.coefficient(power)) for e, power in below)

    def constants(self) -> list[Quotient]:
        """The coefficients of the order itself."""
        return [e.coefficient(self.order) for e in self.error]

    def constant(self) -> Quotient | None:
        """One of them that is certainly not zero."""
        return next((c for c in self.constants() if certainly_nonzero(c, self.field)), None)


def certainly_nonzero(c: Quotient, field: PolynomialArithmetic) -> bool:
    """Not the zero function; with exponentials in it, which may satisfy relations, only where balls exclude zero."""
    if field.is_zero(c) or not field.opaque(c):
        return not field.is_zero(c)
    if field.count:
        return False
    with precision(256):
        met = [
            (top.leading_coefficient() if top else 0, bottom.leading_coefficient())
            for top, bottom in field.exponents.met
        ]
        values = [(flint.arb(top) / flint.arb(bottom)).exp() for top, bottom in met]
        terms = ((flint.arb(x), powers) for powers, x in c.top.to_dict().items())
        total = flint.arb(0)
        for x, powers in terms:
            for value, power in zip(values, powers, strict=False):
                for _ in range(power):
                    x = x * value
            total += x
        return surely_nonzero(total)


def expansion_at(
    construction: Construction, sizes: Mapping[str, int], parameters: Mapping[str, Any], data: Mapping[str, Matrix]
) -> Expansion:
    """At exact parameters and data; the knob's own value among the parameters is not looked at. Data are series (an algorithm
    may take exp of them), or else exact numbers (hard attention may compare them)."""

    def lifted(ring: SeriesArithmetic) -> Point:
        return dict(parameters), {name: Matrix(ring, ring.lift(value)) for name, value in data.items()}

    try:
        return _expanded(construction, sizes, PolynomialArithmetic([], EXPONENTIALS), lifted)
    except Unsupported:
        exact = PolynomialArithmetic([], EXPONENTIALS)
        return _expanded(construction, sizes, exact, lambda _: (dict(parameters), dict(data)))


def expansion_everywhere(construction: Construction, sizes: Mapping[str, int]) -> Expansion:
    """With all data and all other parameters as variables."""
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

    return _expanded(construction, sizes, PolynomialArithmetic(names, EXPONENTIALS), free)


def _expanded(
    construction: Construction,
    sizes: Mapping[str, int],
    field: PolynomialArithmetic,
    point: Callable[[SeriesArithmetic], Point],
) -> Expansion:
    """Both sides in power series, with more and more terms until the coefficient of the claimed order is known."""
    claim = construction.claims[0]
    assert isinstance(claim, Limit)
    ((knob, order),) = claim.knobs.items()
    width = abs(order) + 1
    while width <= WIDEST:
        ring = SeriesArithmetic(field, width, construction.parameters[knob].positive)
        parameters, data = point(ring)
        parameters[knob] = matrix_of(ring, 1, 1, [ring.power(1 if order > 0 else -1)])
        try:
            left, right = claim_sides(build(construction, sizes, parameters), data)
            sides = [ring.table(side).entries for side in (left, right, left - right)]
            for entry in sides[2]:
                _ = entry.coefficient(abs(order))
            return Expansion(sides[0], sides[1], sides[2], abs(order), field)
        except NeedsMoreTerms:
            width += max(1, width // 4)
    raise Unsupported(f"more than {WIDEST} terms of a series are needed")
