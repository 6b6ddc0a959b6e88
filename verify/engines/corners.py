"""Where a bound on a box is most likely to fail: corners, climbed in floats, and what was met is then judged in balls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from constructions.language import Box, Construction, Instance, Within
from constructions.matrix import Matrix, Pole, Unsupported, exact
from constructions.matrix.floating import array_of, floats
from verify.built import built
from verify.domains import bound_of
from verify.engines.counterexample import Point
from verify.engines.one_query import one_query
from verify.methods.enclosure import Answer, decide
from verify.plan import stream_of_integers
from verify.standard import parameter_choices

STARTS = 2  # corners to climb from: all ends up, and drawn ones
SCALES = (Fraction(1, 16), Fraction(16))  # of one positive parameter, at the corners that were found
Signs = dict[str, np.ndarray]


def failing(construction: Construction, sizes: Mapping[str, int]) -> Point | None:
    """A corner of the box, with parameters, at which the bound surely fails."""
    (claim,) = construction.claims
    if not isinstance(claim, Within):
        return None
    choices = list(parameter_choices(construction, sizes)) or [{}]
    sizes = one_query(built(construction, sizes, choices[0]))
    met = list(_climbed(built(construction, sizes, choices[0])))
    for parameters in (*choices, *_scaled(construction, choices[0])):
        if found := _judged(claim, built(construction, sizes, parameters), met):
            return found
    return None


def _judged(claim: Within, instance: Instance, corners: Sequence[Signs]) -> Point | None:
    for corner in corners:
        data = _data(instance, corner)
        try:
            if decide(claim, instance, data) is Answer.FAILS:
                return Point(instance.sizes, instance.parameters, data)
        except (Pole, Unsupported):
            continue
    return None


def _climbed(instance: Instance) -> Iterator[Signs]:
    """From each start one entry after the other goes to its other end, as long as the error grows."""
    shapes = {name: instance.shape_of(name) for name in instance.construction.data}
    numbers = stream_of_integers(1, "corners", instance.construction.name)
    for start in range(STARTS):
        signs = {
            name: np.array([[1 - 2 * next(numbers) * (start > 0) for _ in range(c)] for _ in range(r)])
            for name, (r, c) in shapes.items()
        }
        error = _error(instance, signs)
        for name in shapes:
            for place in np.ndindex(*shapes[name]):
                signs[name][place] *= -1
                if (other := _error(instance, signs)) > error:
                    error = other
                else:
                    signs[name][place] *= -1
        if error > 0:
            yield signs


def _error(instance: Instance, signs: Signs) -> float:
    """The largest error in floats; 0 where there is none to be had."""
    data = {name: floats(array_of(value)) for name, value in _data(instance, signs).items()}
    with np.errstate(all="ignore"):
        try:
            left, right = instance.run(data).answer, instance.algorithm(data)
        except (Pole, Unsupported):
            return 0.0
        error = float(np.abs(array_of(left) - array_of(right)).max(initial=0.0))
    return error if np.isfinite(error) else 0.0


def _data(instance: Instance, signs: Signs) -> dict[str, Matrix]:
    domain = instance.construction.domain
    return {
        name: bound_of(box, instance.parameters) * exact(signs[name])
        for name, box in domain.items()
        if isinstance(box, Box)
    }


def _scaled(construction: Construction, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, value in parameters.items():
        if construction.parameters[name].positive:
            yield from ({**parameters, name: scale * value} for scale in SCALES)
