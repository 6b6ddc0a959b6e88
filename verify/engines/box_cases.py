"""What has to be shown on boxes: for every entry of the answer a formula in few variables, those that are equal once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from verify.arithmetic.boxes import Settled, failing_corner, settled
from verify.arithmetic.expressions import Operation
from verify.arithmetic.straight_line import Formula, Interval, cut, needed
from verify.arithmetic.taylor import Taylor, TaylorArithmetic
from verify.engines.traced import Traced

VARIABLES = 6  # that one entry may depend on
ORDERS = {0: 1, 1: 8, 2: 5, 3: 7, 4: 5, 5: 4, 6: 3}  # of the Taylor models, by the number of variables


class TooManyVariables(ValueError):
    """An entry depends on more numbers than Taylor models can carry."""


@dataclass(frozen=True)
class Place:
    """Both sides at some sizes, and a choice of exact parameters (the first is choice 0)."""

    at: Traced
    parameters: Mapping[str, Any]
    choice: int


@dataclass(frozen=True)
class Case:
    """One formula, and what its variables stand for: an entry of the data, or a parameter."""

    formula: Formula
    leaves: tuple[Operation, ...]
    place: Place
    values: Mapping[str, Fraction]  # of the free parameters that are no variables


def glanced(case: Case) -> Settled | None:
    """A corner of a box of many sides at which the bound surely fails."""
    corner = failing_corner(lambda m: _sides(case.formula, m), list(case.formula.intervals))
    return None if corner is None else Settled(1, 1, corner)


@dataclass
class Ledger:
    """What was settled so far, and how much work is left."""

    left: int  # in operations × coefficients of Taylor models
    least: int = 0  # parts of a box that must be affordable for a formula to be tried
    known: dict[Formula, Settled] = field(default_factory=dict)

    def settle(self, formula: Formula) -> Settled:
        """Whether |error| ≤ bound for a formula, within the work that is left."""
        order = ORDERS[len(formula.intervals)]
        cost = len(formula.operations) * math.comb(order + len(formula.intervals), order)
        if formula not in self.known and self.least * cost > self.left:
            return Settled(1, 0, ratio=math.inf, reason="a proof for intervals of parameters takes too long")
        if formula not in self.known:
            found = settled(
                lambda m: _sides(formula, m), list(formula.intervals), order=order, most=1 + self.left // cost
            )
            self.left -= min(self.left, found.boxes * cost)
            self.known[formula] = found
        return self.known[formula]


def _sides(formula: Formula, models: TaylorArithmetic) -> tuple[Taylor, Taylor]:
    """Error and bound; 0 ≤ 1 for an operation with a pole, of which all that matters is that it has a value."""
    outputs = formula.run(models)
    if len(outputs) == 2:
        return outputs[0], outputs[1]
    return models.constant(Fraction(0)), models.constant(Fraction(1))


def cases(
    place: Place, values: Mapping[str, Fraction], ranges: Mapping[str, Interval], most: int = VARIABLES
) -> Iterator[Case]:
    """The formulas at a place: entry by entry, then the operations with a pole that no entry needs."""
    at = place.at
    seen = set(needed(at.pool, [*at.defects, at.bound]))
    fixed = {name: value for name, value in values.items() if name not in ranges}
    hidden = [(guard,) for guard in at.pool.guards if guard not in seen]
    for roots in [*((defect, at.bound) for defect in at.defects), *hidden]:
        formula, leaves = cut(at.pool, roots, fixed, ranges)
        if len(leaves) > most:
            raise TooManyVariables(f"an entry depends on {len(leaves)} numbers; {most} at most are judged")
        yield Case(formula, leaves, place, fixed)
