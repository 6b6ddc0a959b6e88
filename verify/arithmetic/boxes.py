"""The greatest modulus of a function on a box, from above and from below, by Taylor models and subdivision."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from verify.arithmetic.taylor import Taylor, TaylorArithmetic

Box = list[tuple[Fraction, Fraction]]
PRECISION = 128  # bits
CORNERS = 4  # up to so many variables the corners of a box and the middles of its sides are tried


@dataclass(frozen=True)
class Bounds:
    """lower ≤ max |function| ≤ upper, and how many boxes were looked at."""

    lower: float
    upper: float
    boxes: int

    def __iter__(self) -> Iterator[Any]:
        return iter((self.lower, self.upper, self.boxes))


def bound_on_box(
    function: Callable[..., Taylor], box: Sequence[Any], tolerance: float, *, order: int = 6, most: int = 4096
) -> Bounds:
    """Bounds of max |function(*variables)| on a box of (low, high), exact numbers; the worst part is halved until
    upper ≤ (1 + tolerance) lower, or `most` boxes were looked at. The bounds hold in either case."""
    boxes, lower = 1, 0.0
    with flint.ctx.workprec(PRECISION):
        whole = [(Fraction(low), Fraction(high)) for low, high in box]
        upper, lower = _bounds(function, whole, order)
        parts = [(-upper, 0, whole)]
        while (upper := -parts[0][0]) > lower * (1 + tolerance) and boxes < most:
            _, _, worst = heapq.heappop(parts)
            for half in _halves(worst):
                above, below = _bounds(function, half, order)
                boxes, lower = boxes + 1, max(lower, below)
                heapq.heappush(parts, (-above, boxes, half))
    return Bounds(lower, upper, boxes)


def _halves(box: Box) -> tuple[Box, Box]:
    """A box cut in the middle of its longest side."""
    axis = max(range(len(box)), key=lambda k: box[k][1] - box[k][0])
    low, high = box[axis]
    middle = (low + high) / 2
    return [*box[:axis], (low, middle), *box[axis + 1 :]], [*box[:axis], (middle, high), *box[axis + 1 :]]


def _bounds(function: Callable[..., Taylor], box: Box, order: int) -> tuple[float, float]:
    """A number that |function| nowhere exceeds on the box, and one that it reaches; inf and 0 where nothing is known."""
    models = TaylorArithmetic(box, order)
    value = function(*map(models.variable, range(len(box))))
    around = value.range()
    if not around.is_finite():
        return math.inf, 0.0
    points = itertools.product((-1, 0, 1), repeat=len(box)) if len(box) <= CORNERS else [(0,) * len(box)]
    reached = max(math.nextafter(float(value.at(point).abs_lower()), -math.inf) for point in points)
    return math.nextafter(float(around.abs_upper()), math.inf), max(reached, 0.0)
