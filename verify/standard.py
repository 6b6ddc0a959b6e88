"""Parameters to judge at where they cannot be variables: the defaults, and two fixed draws of small numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from constructions.language import Construction
from constructions.language.parameters import parameter_value
from constructions.matrix import Matrix, exact
from verify.plan import parameters_from, stream_of_integers


def parameter_choices(construction: Construction, sizes: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """The defaults (where every parameter has one), then two draws of small halves, positive where they must be."""
    declared = construction.parameters
    if all(parameter.default is not None for parameter in declared.values()):
        yield {name: parameter_value(name, parameter, parameter.default, sizes) for name, parameter in declared.items()}
    for draw in range(2 if declared else 0):
        numbers = stream_of_integers(32, "parameters", construction.name, draw)
        yield parameters_from(construction, sizes, lambda p, r, c: _halves(numbers, r, c, p.positive))  # noqa: B023


def _halves(numbers: Iterator[int], rows: int, columns: int, positive: bool) -> Matrix:
    """Halves of small whole numbers, none of them 0: a theorem may be empty at 0."""

    def one() -> int:
        size = next(numbers) % 5 + 1
        return size if positive or next(numbers) % 2 else -size

    return exact([[one() for _ in range(columns)] for _ in range(rows)]) / 2
