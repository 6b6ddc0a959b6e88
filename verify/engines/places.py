"""Every weight matrix of a network by name, and the network with some of them replaced.

Places are written "layer 2 head 1 value": layers, heads and skips are counted from 1, a layer in the order of the forward
pass, one that is used several times by its first use. An entry is "layer 2 head 1 value row 0 x 3": the row of the matrix
and the coordinate of the register, from 0. The last layer may also be written "layer last".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from constructions.language import Attention, Form, Head, Instance, MesaLayer, Transformer, Write
from constructions.matrix import Matrix, exact

Change = Callable[[str, Matrix], Matrix]  # (place, matrix) → the matrix to be used there
Formed = Callable[[Form, Matrix], Form]  # a form with another matrix


def with_leaves(form: Form, matrix: Matrix) -> Form:
    """The same form with other numbers, for one forward pass: it reads what it read."""
    made = Form(form.space, form.width, form.blocks)
    vars(made)["dense"] = matrix
    return made


def with_entries(form: Form, matrix: Matrix) -> Form:
    """The form that the matrix is: blocks of zeros are left out, so that it reads and writes what it says."""
    blocks, start = {}, 0
    for name, width in form.space.registers.items():
        block = matrix[:, start : start + width]
        start += width
        if name in form.blocks or block._entries.numerators.any():
            blocks[name] = block
    return Form(form.space, form.width, blocks)


def changed(instance: Instance, change: Change, formed: Formed) -> Instance:
    """The instance with every weight matrix of every use of a layer put through `change`."""
    layers = tuple(_layer(layer, name, change, formed) for name, layer in uses(instance))
    return replace(instance, network=Transformer(instance.network.stream, layers))


def uses(instance: Instance) -> Iterator[tuple[str, Attention | MesaLayer]]:
    """The layers in order, a layer that is used again under the name of its first use."""
    first: dict[int, int] = {}
    for number, layer in enumerate(instance.network.unrolled, start=1):
        yield f"layer {first.setdefault(id(layer), number)}", layer


def _layer(layer: Attention | MesaLayer, name: str, change: Change, formed: Formed) -> Attention | MesaLayer:
    def changed_forms(owner: Any, forms: dict[str, Form]) -> dict[str, Form]:
        made = {role: change(f"{owner} {role}", form.dense) for role, form in forms.items()}
        return {role: form if made[role] is form.dense else formed(form, made[role]) for role, form in forms.items()}

    if isinstance(layer, MesaLayer):
        return replace(layer, **changed_forms(name, layer.forms), ridge=change(f"{name} ridge", exact(layer.ridge)))
    heads = [Head(**changed_forms(f"{name} head {k}", head.forms)) for k, head in enumerate(layer.heads, start=1)]
    skips = [{"value": write.value, "into": write.into} for write in layer.skip]
    writes = [Write(**changed_forms(f"{name} skip {k}", skip)) for k, skip in enumerate(skips, start=1)]
    return replace(layer, heads=tuple(heads), skip=tuple(writes))


@dataclass(frozen=True, order=True)
class Entry:
    """One entry of one weight matrix."""

    place: str
    row: int
    column: int

    def name(self, instance: Instance) -> str:
        """In words, e.g. "layer 2 head 1 value row 0 x 3"."""
        if self.place.endswith("ridge"):
            return self.place
        column = self.column
        for register, width in instance.network.stream.registers.items():
            if column < width:
                return f"{self.place} row {self.row} {register} {column}"
            column -= width
        raise IndexError(f"column {self.column} of a stream of width {instance.network.stream.width}")


def entries_where(mask: dict[str, np.ndarray]) -> list[Entry]:
    """The entries at which a boolean array for each place is True."""
    return [
        Entry(place, int(i), int(j)) for place, flags in mask.items() for i, j in zip(*flags.nonzero(), strict=True)
    ]


def matching(name: str, patterns: Any, last: str) -> str | None:
    """The first pattern (* and ? as in file names) that an entry's name matches; `last` is the name of the last layer."""
    other = name.replace(f"{last} ", "layer last ", 1) if name.startswith(f"{last} ") else name
    return next((p for p in patterns if fnmatchcase(name, p) or fnmatchcase(other, p)), None)


def mutated(instance: Instance, entry: Entry, value: Callable[[Any], Any]) -> Instance:
    """The instance with one exact entry put through `value`, in every use of its layer."""

    def change(place: str, matrix: Matrix) -> Matrix:
        if place != entry.place:
            return matrix
        rows = matrix._entries.fractions()
        rows[entry.row][entry.column] = value(rows[entry.row][entry.column])
        return exact(rows)

    return changed(instance, change, with_entries)
