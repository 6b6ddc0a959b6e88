"""A point at which a claim fails, with both sides worked out: as fractions where they are in ℚ, else six digits."""

from __future__ import annotations

from typing import Any

from constructions.language import Construction
from constructions.matrix import Matrix, Unsupported, exact
from constructions.matrix.rational import fractions_of
from verify.arithmetic.ball import ball_entries, in_balls, precision
from verify.built import built
from verify.engines.counterexample import Point
from verify.sides import claim_sides
from verify.verdict import Counterexample


def shown(construction: Construction, point: Point) -> Counterexample:
    """The counterexample at a point."""
    instance = built(construction, point.sizes, point.parameters)
    try:
        left, right = claim_sides(instance, point.data)
        sides: tuple[Any, ...] = tuple(map(fractions_of, (left, right, left - right)))
    except Unsupported:
        with precision(128):
            left, right = claim_sides(instance, in_balls(point.data))
            sides = tuple(map(_digits, (left, right, left - right)))
    return Counterexample(
        dict(point.sizes),
        {name: _plain(value) for name, value in point.parameters.items()},
        {name: fractions_of(value) for name, value in point.data.items()},
        *sides,
    )


def _digits(a: Matrix) -> list[list[str]]:
    texts, columns = [ball.str(6, radius=False) for ball in ball_entries(a)], a.shape[1]
    return [texts[i : i + columns] for i in range(0, len(texts), columns)]


def _plain(value: Any) -> Any:
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else fractions_of(exact(value))


def matrix_line(a: Matrix) -> str:
    """[1 0; 2 1/3]."""
    return "[" + "; ".join(" ".join(map(str, row)) for row in fractions_of(a)) + "]"
