"""Places of a residual stream where a matrix can stand, and the search for known matrices there, up to a constant factor.

A matrix may stand in one column, row after row or column after column, or be spread: one row of it (or of its transpose) in
each of several columns at equal distances. A find must hold at every prompt that is given, with one factor for all of them:
exactly in rationals, and relative to the largest entry in float64. 0 is a multiple of everything, so at two prompts at least
the quantity must not be 0. A network that is claimed to be near the algorithm only is searched with a tolerance too, for quantities
as they are or with the other sign, and no other quantity may stand nearly as close.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.views.trace.numbers import ROUNDING, Numbers
from constructions.views.trace.quantities import Quantity
from constructions.views.trace.tolerance import ROUNDED, Tolerance

Entries = tuple[Any, ...]
CLEARLY = 4  # times as far as the nearest quantity is the next one, or what stands there is called neither


@dataclass(frozen=True, order=True)
class Place:
    """Rows `start` to `start + width` of a register in some columns (tokens), one after the other."""

    register: str
    tokens: tuple[int, ...]
    start: int
    width: int

    def read(self, block: Numbers) -> Entries:
        return tuple(entry for t in self.tokens for entry in block[t][self.start : self.start + self.width])


@dataclass(frozen=True)
class Find:
    """A quantity at a place: what stands there is factor × it (or its transpose); `gap` is 0 where that is exact."""

    quantity: Quantity
    place: Place
    transposed: bool
    factor: Any
    gap: float = 0.0


def layouts(value: Numbers) -> Iterator[tuple[int, bool, Entries]]:
    """In how many columns a matrix may stand, whether transposed, and its entries in that order; no order twice."""
    turned = [list(row) for row in zip(*value, strict=True)]
    rows, columns = len(value), len(turned)
    yield 1, False, _flat(value)
    if rows > 1 and columns > 1:
        yield 1, True, _flat(turned)
    if rows > 1:
        yield rows, False, _flat(value)
    if columns > 1:
        yield columns, True, _flat(turned)


def _flat(rows: Numbers) -> Entries:
    return tuple(entry for row in rows for entry in row)


def places(register: str, width: int, tokens: int, columns: int, entries: int) -> Iterator[Place]:
    """Every place in a register for so many entries in so many columns."""
    wide = entries // columns
    for stride in range(1, (tokens - 1) // (columns - 1) + 1) if columns > 1 else (1,):
        for first in range(tokens - stride * (columns - 1)):
            chosen = tuple(first + stride * k for k in range(columns))
            yield from (Place(register, chosen, start, wide) for start in range(width - wide + 1))


def search(
    register: str,
    blocks: Sequence[Numbers],
    known: Sequence[Sequence[Quantity]],
    tolerance: Tolerance = ROUNDED,
) -> list[Find]:
    """All finds in one register: `blocks` are its rows at each prompt, `known` the quantities there, in the same order.

    What stands in one column is not looked for over several; where a quantity stands as it is, or with the other sign,
    no multiples of others are listed.
    """
    tokens, width, finds = len(blocks[0]), len(blocks[0][0]), {}
    for (columns, entries), wanted in _by_shape(known).items():
        for place in places(register, width, tokens, columns, entries):
            told = [place.read(block) for block in blocks]
            for number, transposed, values in wanted.get(ratios(told[-1]), ()) if any(told[-1]) else ():
                match = proportional(told, values)
                if match and (number, place) not in finds:  # a symmetric matrix is its own transpose
                    finds[number, place] = Find(known[0][number], place, transposed, *match)
            if (
                tolerance.share
                and any(told[-1])
                and not any((number, place) in finds for number in range(len(known[0])))
            ):
                alike = [one for group in wanted.values() for one in group]
                finds |= {(number, place): find for number, find in _nearest(place, told, alike, known, tolerance)}
    whole = {number for number, place in finds if len(place.tokens) == 1}
    plain = {place for (_, place), find in finds.items() if near(find.factor, 1) or near(find.factor, -1)}
    return [
        find
        for (number, place), find in finds.items()
        if (len(place.tokens) == 1 or number not in whole)
        and (place not in plain or near(find.factor, 1) or near(find.factor, -1))
    ]


def _by_shape(known: Sequence[Sequence[Quantity]]) -> dict[tuple[int, int], dict[Any, list[Any]]]:
    """(columns, entries) → ratios at the last prompt → number of the quantity, transposed, entries at every prompt."""
    shapes: dict[tuple[int, int], dict[Any, list[Any]]] = {}
    for number, same in enumerate(zip(*known, strict=True)):
        if not any(any(row) for row in same[-1].value):
            continue  # 0 stands everywhere
        for orders in zip(*(layouts(one.value) for one in same), strict=True):
            columns, transposed, entries = orders[0]
            values = [order[2] for order in orders]
            alike = shapes.setdefault((columns, len(entries)), {})
            alike.setdefault(ratios(values[-1]), []).append((number, transposed, values))
    return shapes


def ratios(entries: Entries) -> Entries:
    """The same for all multiples of a vector of rationals, and for no others; of floats nothing is told apart."""
    lead = next((entry for entry in entries if entry), None)
    exact = all(isinstance(entry, (int, Fraction)) for entry in entries)
    return tuple(Fraction(entry) / lead for entry in entries) if exact and lead is not None else ()


def proportional(told: Sequence[Entries], values: Sequence[Entries]) -> tuple[Any, float] | None:
    """The factor f with told = f · values at every prompt, and how far from it; ±1 alone where `values` never change.

    None where `values` are 0 at all prompts but one: there any number is the factor.
    """
    if sum(any(value) for value in values) < 2:
        return None
    k = max(range(len(values[-1])), key=lambda k: abs(values[-1][k]))
    if not values[-1][k] or not told[-1][k]:
        return None
    factor = told[-1][k] / values[-1][k]
    if all(value == values[0] for value in values) and not near(factor, 1) and not near(factor, -1):
        return None  # a constant is a multiple of every other one
    gap = 0.0
    for stands, value in zip(told, values, strict=True):
        apart = [abs(a - factor * b) for a, b in zip(stands, value, strict=True)]
        if any(apart):
            scale = max(map(abs, stands))
            if isinstance(factor, (int, Fraction)) or not max(apart) <= ROUNDING * scale:
                return None
            gap = max(gap, max(apart) / scale)
    return factor, gap


def _nearest(
    place: Place,
    told: Sequence[Entries],
    wanted: Sequence[tuple[int, bool, Sequence[Entries]]],
    known: Sequence[Sequence[Quantity]],
    tolerance: Tolerance,
) -> list[tuple[int, Find]]:
    """The quantity that nearly stands there, if there is one and any other one (of another value) is clearly farther."""
    found: dict[int, Find] = {}
    for number, transposed, values in wanted:
        for sign in (1, -1):
            gap = nearly(told, values, sign, tolerance)
            if gap is not None and (number not in found or gap < found[number].gap):
                found[number] = Find(known[0][number], place, transposed, float(sign), gap)
    least = min((find.gap for find in found.values()), default=0.0)
    same = [(number, find) for number, find in found.items() if find.gap <= least + ROUNDING]
    return same if all(find.gap >= CLEARLY * least for find in found.values() if find.gap > least + ROUNDING) else []


def nearly(told: Sequence[Entries], values: Sequence[Entries], sign: int, tolerance: Tolerance) -> float | None:
    """How far `told` is from sign · `values`, over the largest entry; None where it is farther than allowed at some prompt.

    A prompt at which the quantity is 0 is measured by the largest entry at the others, and two at least must not be such.
    """
    sizes = [max(map(abs, value)) for value in values]
    if sum(map(bool, sizes)) < 2:
        return None
    gap = 0.0
    for stands, value, size in zip(told, values, sizes, strict=True):
        scale, apart = size or max(sizes), [abs(a - sign * b) for a, b in zip(stands, value, strict=True)]
        if not all(each <= tolerance.room(float(scale)) for each in apart):  # a NaN is not near
            return None
        gap = max(gap, float(max(apart) / scale))
    return gap


def near(a: Any, b: int) -> bool:
    """Equal, for rationals; equal to rounding, for floats."""
    return a == b if isinstance(a, (int, Fraction)) else abs(a - b) <= ROUNDING
