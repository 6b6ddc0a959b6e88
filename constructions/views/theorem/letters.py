"""A construction with letters for its sizes and parameters: what `show` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constructions.language import Construction, Instance, at, build
from constructions.language.shapes import size_value
from constructions.matrix import NeedsNumber, Size, Unsupported
from constructions.matrix.formula import letters


@dataclass(frozen=True)
class Shown:
    """An instance made for reading. `numbers` are the sizes that the builders needed as numbers, `note` says why."""

    instance: Instance
    numbers: Mapping[str, int]
    note: str = ""


def symbolic(construction: Construction, sizes: Mapping[str, int]) -> Shown:
    """The builders run on letters; the given sizes, and those that a builder needs as numbers, are numbers."""
    full = construction.with_sizes(sizes)
    numbers = dict(sizes)
    while True:
        given = {name: numbers.get(name) or Size.named(name) for name in full}
        try:
            return Shown(build(construction, given, _letters(construction, given)), numbers)
        except NeedsNumber as needed:
            wanted = [name for name in str(needed).split(", ") if name in full and name not in numbers]
            numbers |= {name: full[name] for name in wanted or full}
            if not wanted and len(numbers) == len(given) and not any(isinstance(size, Size) for size in given.values()):
                raise
        except Unsupported as missing:
            if len(numbers) < len(full):
                numbers = dict(full)
                continue
            return Shown(at(construction, full), full, f"shown as numbers at the default parameters: {missing}")


def _letters(construction: Construction, sizes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: letters(name, tuple(size_value(s, sizes) for s in parameter.shape))
        for name, parameter in construction.parameters.items()
    }
