"""What the formulas of a record are, as one digest that two processes can compare: their text, constants and values at a point.

A formula may hold what was fixed when its file was executed (a time, a process id, the order of a set). It is then one formula
here and another one elsewhere, and a theorem about it is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructions.digest import sha256
from constructions.language import Construction, build
from constructions.matrix import Pole, Unsupported
from verify.arithmetic.ball import ball_entries, in_balls, precision
from verify.domains import EmptyDomain, small_data
from verify.engines.bounds import bound_of
from verify.plan import stream_of_integers
from verify.scrutiny.digest import attempt, source_of
from verify.standard import parameter_choices

BITS = 128


def formulas(construction: Construction, sizes: Mapping[str, int]) -> str:
    """A digest of the algorithm and of the bound, where one is claimed."""
    bound = getattr(construction.claims[0], "bound", None)
    texts = [attempt(lambda f=one: sha256(source_of(f))) for one in (construction.algorithm, bound) if one]
    return sha256([*texts, *_values(construction, sizes)])


def _values(construction: Construction, sizes: Mapping[str, int]) -> list[str]:
    """The bound and the answer at a small point and the first choice of parameters, or why there is none."""
    numbers = stream_of_integers(32, "formulas", construction.name)
    instance = build(construction, sizes, next(iter(parameter_choices(construction, sizes)), {}))
    shapes = {name: instance.shape_of(name) for name in construction.data}
    try:
        data = in_balls(small_data(construction, shapes, numbers, instance.parameters))
        with precision(BITS):
            values: list[Any] = [bound_of(construction.claims[0], instance), *ball_entries(instance.algorithm(data))]
            return [value.str(more=True) for value in values]
    except (Unsupported, Pole, EmptyDomain) as reason:
        return [str(reason)]
