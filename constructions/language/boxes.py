"""Boxes that a claim keeps its data in: outside of them the network need not be the algorithm, and says so."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from constructions.language.instance import Instance
from constructions.language.statement import Box
from constructions.matrix.floating import array_of
from constructions.matrix.rational import RATIONAL, fractions_of


class OutOfDomain(ValueError):
    """Data outside the domain of the theorem, where the network need not be the algorithm."""


def side_of(instance: Instance, name: str) -> Fraction | None:
    """The largest entry that the data may have, where the record, or the claim it was reduced to, puts them in a box."""
    word = instance.construction.domain.get(name)
    if not isinstance(word, Box):
        return None
    if not isinstance(word.bound, str) or word.bound not in instance.parameters:
        return Fraction(word.bound)
    given = instance.parameters[word.bound]
    return fractions_of(given)[0][0] if given._arithmetic is RATIONAL else Fraction(float(array_of(given)[0, 0]))


def check_boxes(instance: Instance, data: Mapping[str, np.ndarray]) -> None:
    """Nothing where every entry lies in the box that the record, or the claim it was reduced to, declares. Raises `OutOfDomain`."""
    name = instance.construction.name
    for key in data:
        side = side_of(instance, key)
        if side is None or (largest := float(np.abs(data[key]).max(initial=0))) <= (bound := float(side)):
            continue
        parameter = getattr(instance.construction.domain[key], "bound", None)
        larger = f"take a larger bound ({parameter})" if isinstance(parameter, str) else "take another construction"
        raise OutOfDomain(
            f"{name} is proved for entries of {key} in [−{bound:g}, {bound:g}]; these data have {largest:g}: scale them "
            f"down or {larger}"
        )
