"""Boxes that a claim keeps its data in: outside of them the network need not be the algorithm, and says so."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from constructions.language.instance import Instance
from constructions.language.statement import Box
from constructions.matrix.floating import array_of


class OutOfDomain(ValueError):
    """Data outside the domain of the theorem, where the network need not be the algorithm."""


def check_boxes(instance: Instance, data: Mapping[str, np.ndarray]) -> None:
    """Nothing where every entry lies in the box that the record, or the claim it was reduced to, declares. Raises `OutOfDomain`."""
    name = instance.construction.name
    for key, word in instance.construction.domain.items():
        if isinstance(word, Box) and key in data:
            given = instance.parameters[word.bound] if isinstance(word.bound, str) else None
            bound = float(Fraction(word.bound)) if given is None else float(array_of(given)[0, 0])
            if (largest := float(np.abs(data[key]).max(initial=0))) > bound:
                larger = f"take a larger bound ({word.bound})" if given is not None else "take another construction"
                raise OutOfDomain(
                    f"{name} is proved for entries of {key} in [−{bound:g}, {bound:g}]; these data have {largest:g}: scale them "
                    f"down (e.g. with MaxAbsScaler) or {larger}"
                )
