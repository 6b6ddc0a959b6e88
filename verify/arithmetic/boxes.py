"""The greatest modulus of a function on a box, from above and from below, by Taylor models and subdivision; and whether it
stays below a bound, which is another function."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from constructions.matrix import Pole
from verify.arithmetic.bernstein import least_of
from verify.arithmetic.taylor import Taylor, TaylorArithmetic

Box = list[tuple[Fraction, Fraction]]
PRECISION = 128  # bits
RATIO = 8
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


@dataclass(frozen=True)
class Settled:
    """What is known of |function| ≤ bound on a box: that it holds (`left` is empty), or an exact point at which it surely
    fails, or the boxes that are left and an upper bound of |function|/bound on them (at least 1, inf where there is none)."""

    left: int
    boxes: int
    failing: tuple[Fraction, ...] | None = None
    ratio: float = 1.0
    reason: str = ""


def settled(sides: Callable[[TaylorArithmetic], Sequence[Taylor]], box: Box, *, order: int, most: int) -> Settled:
    """Whether |function| ≤ bound on a box, sides(models) being function and bound, as models on a part of it. The worst part
    is halved until no part is left, a failing point is met, or `most` parts were looked at."""
    with flint.ctx.workprec(PRECISION):
        ends = [(low, high) if len(box) >= CORNERS else (low, (low + high) / 2, high) for low, high in box]
        for corner in itertools.product(*ends):
            if _fails(sides, corner):
                return Settled(1, 1, corner)
        first = _part(sides, box, order)
        parts, boxes = [(-first.ratio, 0, first)] if first.ratio > 1 else [], 1
        while box and parts and parts[0][2].failing is None and boxes < most:
            worst = heapq.heappop(parts)[2]
            for half in _halves(worst.box, box):
                part = _part(sides, half, order)
                boxes += 1
                if part.ratio > 1:
                    heapq.heappush(parts, (-math.inf if part.failing is not None else -part.ratio, boxes, part))
    if not parts:
        return Settled(0, boxes)
    worst = parts[0][2]
    return Settled(len(parts), boxes, worst.failing, worst.ratio, worst.reason)


@dataclass(frozen=True)
class Part:
    """A part of a box; `ratio` is 1 where the bound surely holds on it."""

    box: Box
    ratio: float
    failing: tuple[Fraction, ...] | None = None
    reason: str = ""


def _part(sides: Callable[[TaylorArithmetic], Sequence[Taylor]], part: Box, order: int) -> Part:
    try:
        value, bound = sides(TaylorArithmetic(part, order))
    except Pole as pole:
        return Part(part, math.inf, reason=str(pole))
    if not (value.is_finite() and bound.is_finite()):
        return Part(part, math.inf, reason="the enclosures are infinite")
    ratio = 1.0
    for slack in (bound - value, bound + value):
        lowest, point = least_of(slack.terms, slack.arity)
        if (lowest + slack.remainder).lower() >= 0:
            continue
        inside = tuple((a + b) / 2 + s * (b - a) / 2 for s, (a, b) in zip(point, part, strict=True))
        if slack.at(point).lower() < 0 and _fails(sides, inside):
            return Part(part, math.inf, inside)
        above, least = float(value.range().abs_upper()), float(bound.range().lower())
        ratio = max(ratio, math.nextafter(1.0, 2.0), above / least if least > 0 else math.inf)
    return Part(part, ratio)


class AtPoint(TaylorArithmetic):
    """Models on a single exact point are balls."""

    def __init__(self, point: Sequence[Fraction]) -> None:
        super().__init__([], 1)
        self.point = point

    def variable(self, number: int) -> Taylor:
        return self.constant(self.point[number])


def _fails(sides: Callable[[TaylorArithmetic], Sequence[Taylor]], point: Sequence[Fraction]) -> bool:
    """Whether the bound is surely exceeded at an exact point."""
    try:
        value, bound = sides(AtPoint(point))
    except Pole:
        return False
    return any(slack.range().upper() < 0 for slack in (bound - value, bound + value))


def failing_corner(sides: Callable[[TaylorArithmetic], Sequence[Taylor]], box: Box) -> tuple[Fraction, ...] | None:
    """A corner at which the bound is surely exceeded, looked for by going to the other end of one side after another."""
    with flint.ctx.workprec(PRECISION):
        for end in (1, 0):
            point = [side[end] for side in box]
            least = _room(sides, point)
            for k, (low, high) in [*enumerate(box), *enumerate(box)]:
                other = [*point[:k], low if point[k] == high else high, *point[k + 1 :]]
                if (room := _room(sides, other)) < least:
                    point, least = other, room
            if least < 0 and _fails(sides, point):
                return tuple(point)
    return None


def _room(sides: Callable[[TaylorArithmetic], Sequence[Taylor]], point: Sequence[Fraction]) -> float:
    """About how much is left below the bound at a point; inf where there is no value."""
    try:
        value, bound = sides(AtPoint(point))
    except Pole:
        return math.inf
    return float((bound.range() - abs(value.range())).mid())


def _halves(box: Box, whole: Box | None = None) -> tuple[Box, Box]:
    """A box cut in the middle of its longest side; `whole` says in which unit each side is measured."""
    lengths = [b - a if whole is None else _length(a, b, *whole[k]) for k, (a, b) in enumerate(box)]
    axis = lengths.index(max(lengths))
    low, high = box[axis]
    middle = (low + high) / 2
    if whole is not None and whole[axis][0] > 0:
        middle = Fraction(math.sqrt(low * high)).limit_denominator(1 + math.ceil(16 / (high - low)))
    return [*box[:axis], (low, middle), *box[axis + 1 :]], [*box[:axis], (middle, high), *box[axis + 1 :]]


def _length(low: Fraction, high: Fraction, first: Fraction, last: Fraction) -> Fraction:
    """How long a side is beside the whole one; sides of positive numbers by their ratio, so that they are cut first until
    the ends differ by an eighth: negative powers of them have short Taylor series only then."""
    return RATIO * (high / low - 1) if first > 0 else (high - low) / (last - first)


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
