"""Both sides of a bound as expressions in the data of boxes and in positive numbers: what one entry depends on is seen.

Data of a box of bound B are B·u with u in [−1, 1], so that the bound, where it is a parameter, stays a variable too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.language import Box, Construction, Within, build
from constructions.language.quantifier import call
from constructions.matrix import Matrix, exact
from constructions.matrix.ambient import inside
from constructions.matrix.rational import fractions_of
from verify.arithmetic.entries import Table
from verify.arithmetic.expressions import ExpressionArithmetic, Node, Pool
from verify.sides import claim_sides


@dataclass(frozen=True)
class Traced:
    """network − algorithm, entry by entry, and the bound, as expressions of a pool, at one size assignment."""

    pool: Pool
    defects: tuple[int, ...]
    bound: int
    sizes: Mapping[str, int]


def free_parameters(construction: Construction) -> tuple[str, ...]:
    """The parameters that can be variables: positive numbers."""
    return tuple(name for name, p in construction.parameters.items() if p.positive and not p.shape)


def traced(construction: Construction, sizes: Mapping[str, int], parameters: Mapping[str, Any]) -> Traced:
    """Both sides at some sizes, with the values of those parameters that cannot be variables."""
    arithmetic = ExpressionArithmetic()

    def matrix(cells: list[list[Node]], width: int) -> Matrix:
        return Matrix(arithmetic, Table(cells, width))

    free = {name: matrix([[arithmetic.variable("parameter", name)]], 1) for name in free_parameters(construction)}
    given = {**parameters, **free}
    instance, data = build(construction, sizes, given), {}
    for name in construction.data:
        rows, columns = instance.shape_of(name)
        cells = [[arithmetic.variable("data", name, i, j) for j in range(columns)] for i in range(rows)]
        data[name] = _side(construction, name, given) * matrix(cells, columns)
    left, right = claim_sides(instance, data)
    (claim,) = construction.claims
    assert isinstance(claim, Within)
    with inside(arithmetic):
        bound = arithmetic.entry(exact(call(claim.bound, {**sizes, **given})))
    entries = arithmetic.table(left - right).entries
    return Traced(arithmetic.pool, tuple(entry.number for entry in entries), bound.number, dict(sizes))


def _side(construction: Construction, name: str, parameters: Mapping[str, Any]) -> Matrix:
    box = construction.domain[name]
    assert isinstance(box, Box)
    return parameters[box.bound] if isinstance(box.bound, str) else exact(box.bound)


def data_at(
    construction: Construction, sizes: Mapping[str, int], parameters: Mapping[str, Any], units: Mapping[Any, Fraction]
) -> dict[str, Matrix]:
    """Exact data: B·u, where u is given for some entries ("data", name, i, j) and is 0 for the others."""
    instance, data = build(construction, sizes, parameters), {}
    for name in construction.data:
        rows, columns = instance.shape_of(name)
        cells = [[units.get(("data", name, i, j), Fraction(0)) for j in range(columns)] for i in range(rows)]
        data[name] = _side(construction, name, parameters) * exact(cells)
    return data


def numbers(parameters: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Fraction]:
    """The values of 1×1 parameters."""
    return {name: fractions_of(parameters[name])[0][0] for name in names}
