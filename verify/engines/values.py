"""Whether two sides have a value anywhere: what is equal wherever nothing is divided by zero may be equal nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from constructions.language import Construction, Instance
from constructions.matrix import Matrix, Pole, Unsupported
from constructions.matrix.rational import fractions_of
from verify.arithmetic.ball import ball_entries, in_balls, precision, surely_nonzero
from verify.engines.counterexample import TRIES, small_point
from verify.plan import stream_of_integers
from verify.sides import Sides

UNMET = "the terms cancel wherever both sides have a value, but no point was met where they have one and the same"
BITS = 256


def agree_somewhere(construction: Construction, sizes: Mapping[str, int], sides: Sides) -> bool:
    """Whether both sides have a value at some small point, and not surely different ones; in balls where none is exact."""
    numbers = stream_of_integers(32, "has values", construction.name)
    for _ in range(TRIES):
        with suppress(Pole, LookupError), precision(BITS):
            return not _differ(*small_point(construction, sizes, numbers), sides)
    return False


def _differ(instance: Instance, data: Mapping[str, Matrix], sides: Sides) -> bool:
    try:
        left, right = sides(instance, data)
        return any(entry for row in fractions_of(left - right) for entry in row)
    except Unsupported:
        left, right = sides(instance, in_balls(data))
        return any(map(surely_nonzero, ball_entries(left - right)))
