"""The model that the record names, as it was found in the stream: after every layer its newest member that stands there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from constructions.language import Instance
from constructions.views.trace.model import Evidence, Model, Standing
from constructions.views.trace.numbers import Numbers
from constructions.views.trace.places import near
from constructions.views.trace.quantities import Quantity
from constructions.views.trace.sample import planted


@dataclass(frozen=True)
class Held:
    """A member of the family by its name, and the weights that stand for it, d_y × d_x: the network's numbers, not the formula's.

    `written` is false of a first member that is 0, as long as none was found: it is what an empty register holds.
    """

    name: str
    W: Numbers
    written: bool = True


def family_of(instance: Instance, known: Sequence[Quantity]) -> str | None:
    """The first family that the record names whose members can be weights of x ↦ y (d_x × d_y); None where it has iterates."""
    if not planted(instance) or instance.construction.invariant:
        return None
    shape = instance.shape_of("X")[1], instance.shape_of("Y")[1]
    fitting = [q.family for q in known if (len(q.value), len(q.value[0])) == shape]
    return next((family for family in fitting if family in instance.construction.quantities), None)


def newest(family: str, shown: Evidence, model: Model | None) -> list[Held | None]:
    """For every layer the member of the largest index that stands there as it is."""
    found = [
        s for s in (model.standings if model else ()) if s.find.quantity.family == family and near(s.find.factor, 1)
    ]
    first = next(q for q in shown.quantities if q.family == family)
    if not found:
        return []
    begun = min(start for standing in found for start, _ in standing.layers)
    empty = None if any(map(any, first.value)) else Held(first.name, _turned(first.value), written=False)
    held: list[Held | None] = [empty if layer < begun else None for layer in range(len(shown.layers))]
    for standing in sorted(found, key=lambda each: each.find.quantity.index):
        for start, end in standing.layers:
            for layer in range(start, end + 1):
                held[layer] = Held(standing.find.quantity.name, _weights(standing, shown, layer))
    return held


def _weights(standing: Standing, shown: Evidence, layer: int) -> Numbers:
    find = standing.find
    entries = find.place.read(shown.layers[layer][find.place.register])
    rows, columns = len(find.quantity.value), len(find.quantity.value[0])
    if find.transposed:
        return [list(entries[k * rows : (k + 1) * rows]) for k in range(columns)]
    return _turned([list(entries[k * columns : (k + 1) * columns]) for k in range(rows)])


def _turned(value: Numbers) -> Numbers:
    return [list(row) for row in zip(*value, strict=True)]
