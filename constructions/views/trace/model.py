"""Where is the linear model? After every layer, which quantities of the algorithm stand where, and how far from the final ones.

Nothing is taken from the theorem: the quantities are formulas of the data, and the stream is searched for them, at the prompt
that is shown and at two others (large random integers, fractions in the data's box, or between −2 and 2 where the network is near
the algorithm only), so that a find is no coincidence of small numbers. Two, since a quantity may be 0 at the prompt that is
shown, and what stands at one prompt alone has no factor that could be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from constructions.views.trace.numbers import Numbers
from constructions.views.trace.places import Find, layouts, search
from constructions.views.trace.quantities import Quantity
from constructions.views.trace.tolerance import ROUNDED, Tolerance

ASKED = "the answers to e_1, e_2, …"  # a register of its own: what the readout answers to unit vectors


@dataclass(frozen=True)
class Evidence:
    """One prompt: for every layer the registers (name → rows by column), and the quantities of its data."""

    layers: Sequence[dict[str, Numbers]]
    quantities: Sequence[Quantity]


@dataclass(frozen=True)
class Standing:
    """A quantity at a place, and the layers after which it stands there, as closed intervals."""

    find: Find
    layers: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Slot:
    """Rows of a register in which members of a family stand at times; by layer, how far from the final one, and where.

    The distance is the largest entry of (what stands there)/factor − final, the least over the columns in which a member
    of the family or 0 stands (in float64: stands up to 1 %, so that approximations have distances); None where neither does.
    """

    family: str
    register: str
    start: int
    distances: tuple[Any, ...]
    nearest: tuple[tuple[int, ...], ...]
    size: Any
    first: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Model:
    """The report: everything found, the slots, what was looked for in vain, the number of prompts, and how far finds are off."""

    standings: tuple[Standing, ...]
    slots: tuple[Slot, ...]
    missing: tuple[str, ...]
    prompts: int
    gap: float
    tolerance: Tolerance = ROUNDED


def model(evidence: Sequence[Evidence], tolerance: Tolerance = ROUNDED) -> Model:
    """The report on some prompts, of which the first is shown."""
    depth, shown = len(evidence[0].layers), evidence[0]
    found: list[list[Find]] = []
    for layer in range(depth):
        finds: list[Find] = []
        for register in shown.layers[layer]:
            blocks = [one.layers[layer][register] for one in evidence]
            before = layer > 0 and register in shown.layers[layer - 1]
            if before and blocks == [one.layers[layer - 1][register] for one in evidence]:
                finds += [find for find in found[-1] if find.place.register == register]
            else:
                finds += search(register, blocks, [one.quantities for one in evidence], tolerance)
        found.append(finds)
    standings = _standings(found)
    looked = dict.fromkeys(q.family for q in shown.quantities)
    missing = [family for family in looked if family not in {s.find.quantity.family for s in standings}]
    gap = max((standing.find.gap for standing in standings), default=0.0)
    return Model(tuple(standings), tuple(_slots(shown, standings)), tuple(missing), len(evidence), gap, tolerance)


def _standings(found: list[list[Find]]) -> list[Standing]:
    """One entry a quantity and place, in the order of first appearance."""
    layers: dict[Any, list[int]] = {}
    kept: dict[Any, Find] = {}
    for layer, finds in enumerate(found):
        for find in finds:
            key = (find.quantity.name, find.place, find.transposed, _rounded(find.factor))
            layers.setdefault(key, []).append(layer)
            kept[key] = max(kept.get(key, find), find, key=lambda each: each.gap)
    return [Standing(kept[key], _intervals(numbers)) for key, numbers in layers.items()]


def _rounded(factor: Any) -> Any:
    return f"{factor:.9g}" if isinstance(factor, float) else factor


def _intervals(numbers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """[1, 2, 3, 5] as (1, 3), (5, 5)."""
    made: list[tuple[int, int]] = []
    for number in numbers:
        made[-1:] = [(made[-1][0], number)] if made and made[-1][1] == number - 1 else [*made[-1:], (number, number)]
    return tuple(made)


def _slots(shown: Evidence, standings: Sequence[Standing]) -> list[Slot]:
    """One slot a family, register and way of standing there; a family's slots in the order of first appearance."""
    groups: dict[Any, list[Standing]] = {}
    for standing in standings:
        find, place = standing.find, standing.find.place
        key = (find.quantity.family, place.register, place.start, len(place.tokens), find.transposed)
        groups.setdefault((key, _rounded(find.factor)), []).append(standing)
    order = list(dict.fromkeys(q.family for q in shown.quantities))
    made = [_slot(shown, key, group) for (key, _), group in groups.items()]
    return sorted(made, key=lambda slot: order.index(slot.family))


def _slot(shown: Evidence, key: Any, group: Sequence[Standing]) -> Slot:
    family, register, start, columns, transposed = key
    final = next(q for q in shown.quantities if q.family == family and q.final)
    (target,) = _entries(final, columns, transposed)
    places, factor = sorted({standing.find.place for standing in group}), group[0].find.factor
    members = [entries for q in shown.quantities if q.family == family for entries in _entries(q, columns, transposed)]
    distances, nearest = [], []
    for layer, registers in enumerate(shown.layers):
        stands = {s.find.place for s in group if any(first <= layer <= last for first, last in s.layers)}
        known = {
            place: _distance(entries, factor, target)
            for place in places
            if register in registers
            and (
                not any(entries := place.read(registers[register]))
                or place in stands
                or _nearly(entries, factor, members)
            )
        }
        distances.append(min(known.values(), default=None))
        nearest.append(next((place.tokens for place, value in known.items() if value == distances[-1]), ()))
    first: dict[str, int] = {}
    for standing in group:
        name, layer = standing.find.quantity.name, standing.layers[0][0]
        first[name] = min(layer, first.get(name, layer))
    size = max(map(abs, target))
    return Slot(family, register, start, tuple(distances), tuple(nearest), size, tuple(first.items()))


def _entries(quantity: Quantity, columns: int, transposed: bool) -> list[Sequence[Any]]:
    return [entries for *order, entries in layouts(quantity.value) if order == [columns, transposed]]


def _nearly(entries: Sequence[Any], factor: Any, members: Sequence[Sequence[Any]]) -> bool:
    """Of floats: within a hundredth of some member of the family."""
    if not isinstance(factor, float):
        return False
    return any(100 * _distance(entries, factor, member) <= max(map(abs, member)) for member in members)


def _distance(entries: Sequence[Any], factor: Any, target: Sequence[Any]) -> Any:
    return max(abs(a / factor - b) for a, b in zip(entries, target, strict=True))
