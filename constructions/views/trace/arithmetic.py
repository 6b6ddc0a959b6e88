"""How data become matrices and matrices become numbers: exactly where the network has values there, else in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from constructions.matrix import Matrix, Unsupported, exact
from constructions.matrix.floating import array_of
from constructions.matrix.rational import fractions_of
from constructions.matrix.sparse import sparse_floats
from constructions.views.trace.numbers import Numbers


@dataclass(frozen=True)
class Arithmetic:
    """How data become matrices and matrices become numbers; `note` says why it is not exact."""

    make: Callable[[Any], Matrix]
    read: Callable[[Matrix], Numbers]
    note: str = ""


EXACT = Arithmetic(exact, fractions_of)


def in_floats(reason: Unsupported) -> Arithmetic:
    return Arithmetic(
        sparse_floats,
        lambda a: array_of(a).tolist(),
        f"run in float64, because {reason}; so nothing here is called equal",
    )
