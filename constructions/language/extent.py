"""How large a network and its data are at some sizes, from what the record declares, before anything is built."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from constructions.language.construction import Construction
from constructions.language.quantifier import UnknownName
from constructions.language.shapes import size_value
from constructions.language.statement import BadConstruction

EXACT, FLOATS = 10**7, 10**9  # numbers in one matrix that are computed as fractions, and as floats
LAYERS = 10  # times as many in all layers together


def check_extent(construction: Construction, sizes: Mapping[str, int], most: int = EXACT) -> None:
    """Refuse sizes at which one matrix, or the weights or streams of all layers together, would hold too many numbers."""
    one, layers = entries_at(construction, sizes)
    if one > most or layers > LAYERS * most:
        at = ", ".join(f"{name} = {value}" for name, value in sizes.items())
        raise BadConstruction(
            f"{construction.name} at {at} needs about {max(one, layers):,} numbers, and at most "
            f"{most if one > most else LAYERS * most:,} are computed; take smaller sizes"
        )


def entries_at(construction: Construction, sizes: Mapping[str, int]) -> tuple[int, int]:
    """About how many numbers the largest matrix has (a weight, an attention map, a stream, a data set), and all layers together."""
    shapes = [*construction.data.values(), *(p.shape for p in construction.parameters.values())]
    given = [prod(size_value(entry, sizes) for entry in shape) for shape in shapes]
    width = _declared(construction, "width", sizes, max(size_value(w, sizes) for _, w in construction.data.values()))
    tokens = _declared(construction, "tokens", sizes, max(size_value(a, sizes) for a, _ in construction.data.values()))
    layers = _declared(construction, "layers", sizes, 1) * _declared(construction, "passes", sizes, 1)
    return max(width * width, tokens * tokens, tokens * width, *given), layers * width * max(width, tokens)


def _declared(construction: Construction, name: str, sizes: Mapping[str, Any], least: int) -> int:
    """A resource at some sizes; `least` where the record has no formula that is a size."""
    try:
        return max(least, size_value(construction.resources[name], sizes))
    except (KeyError, BadConstruction, UnknownName):
        return least
