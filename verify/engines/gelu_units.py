"""GeLU units that belong together, found by their rows and columns: pairs that make a number, triples that make a product.

Two units r, −r with the outputs o, −o add o·r. Three units u + v, u, v with the outputs o, −o, −o and the factor √(π/2) add o·uv,
but for what `bounded.py` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from constructions.language import Form
from constructions.matrix import Matrix, Unsupported
from verify.arithmetic.magnitudes import MagnitudeArithmetic

ROOT = "√(π/2)"


@dataclass(frozen=True, eq=False)
class Unit:
    """One hidden unit: its row, its column, and both in a form that can be compared."""

    read: Matrix
    out: Matrix
    read_key: Any
    out_key: Any


def rows_of(read: Form, into: Form) -> Iterator[tuple[Matrix, Matrix]]:
    for k in range(into.width):
        yield read.dense[k], into.dense[k].T


def pairs(units: list[Unit]) -> Iterator[tuple[Unit, Unit]]:
    """Units r, −r with outputs o, −o."""
    left = list(units)
    while left:
        unit = left.pop(0)
        wanted = (negated(unit.read_key), negated(unit.out_key))
        other = next((u for u in left if (u.read_key, u.out_key) == wanted), None)
        if other is None:
            raise Unsupported("a GeLU unit that is neither one of a pair nor of a product has no composed bound")
        left.remove(other)
        yield unit, other


def triples(units: list[Unit], arithmetic: MagnitudeArithmetic) -> Iterator[tuple[Unit, Unit, Unit]]:
    """Units u + v with the output o, and u, v with −o."""
    left, by_out = dict(enumerate(units)), {}
    for number, unit in left.items():
        by_out.setdefault(unit.out_key, []).append(number)
    for number, unit in enumerate(units):
        rivals = [k for k in by_out.get(negated(unit.out_key), ()) if k in left] if number in left else []
        by_read: dict[Any, list[int]] = {}
        for k in rivals:
            by_read.setdefault(left[k].read_key, []).append(k)
        for first in (k for k in rivals if k != number):
            rest = key_of(unit.read - left[first].read, arithmetic)
            second = next((k for k in by_read.get(rest, ()) if k not in (number, first)), None)
            if second is not None:
                found = left.pop(number), left.pop(first), left.pop(second)
                yield found
                break
    if left:
        raise Unsupported("a GeLU unit that is not one of the three of a product has no composed bound")


def key_of(a: Matrix, arithmetic: MagnitudeArithmetic) -> tuple[Any, ...]:
    return tuple(frozenset(entry.terms.items()) for entry in arithmetic.table(a).entries)


def negated(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(frozenset((term, -c) for term, c in entry) for entry in key)
