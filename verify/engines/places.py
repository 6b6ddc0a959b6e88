"""Every weight matrix of a network by name, and the network with some of them replaced.

Places are written "layer 2 head 1 value": layers, heads and skips are counted from 1, a layer in the order of the forward
pass, one that is used several times by its first use; the second sublayer of a block is "layer 2.2". An entry is "layer 2 head
1 value row 0 x 3": the row of the matrix and the coordinate of the register, from 0; of a mask of weights "layer 2 mask row 4
column 1", reader and key (of a mixing key and value). The last layer may also be written "layer last".

Weights are the linear forms, the weights of a mask and of a mixing, the ridge of a mesa layer, biases and output constants. A
position code, the embedding of a prompt, the readout, and gain, bias and epsilon of a LayerNorm are none here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from constructions.language import (
    Attention,
    Block,
    Constant,
    DeltaLayer,
    Form,
    Head,
    Instance,
    LayerNorm,
    MesaLayer,
    Transformer,
    Units,
)
from constructions.language.forward import column
from constructions.language.sublayers import Sublayer
from constructions.language.transformer import Single
from constructions.matrix import Matrix, exact

Change = Callable[[str, Matrix], Matrix]  # (place, matrix) → the matrix to be used there
CONSTANT = re.compile(r"constant \d+ value$")  # the output bias of an MLP
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
    return replace(instance, network=replace(instance.network, layers=layers))


def uses(instance: Instance) -> Iterator[tuple[str, Single]]:
    """The layers in order, a layer that is used again under the name of its first use."""
    first: dict[int, int] = {}
    for number, layer in enumerate(instance.network.unrolled, start=1):
        yield f"layer {first.setdefault(id(layer), number)}", layer


def headless(network: Transformer) -> Transformer:
    """The network token by token: no head, no layer that is one."""
    kept = (sublayer for sublayer in network.sublayers if not isinstance(sublayer, (MesaLayer, DeltaLayer)))
    alone = (replace(sublayer, heads=()) if isinstance(sublayer, Attention) else sublayer for sublayer in kept)
    return replace(network, layers=tuple(alone))


def _layer(layer: Single, name: str, change: Change, formed: Formed) -> Single:
    if isinstance(layer, Block):
        numbered = enumerate(layer.sublayers, start=1)
        return Block(tuple(_sublayer(part, f"{name}.{number}", change, formed) for number, part in numbered))
    return _sublayer(layer, name, change, formed)


def _sublayer(layer: Sublayer, name: str, change: Change, formed: Formed) -> Sublayer:
    """By the fields of its kind: what has forms is rebuilt with changed ones, and so is what is a matrix of weights."""

    def rebuilt(part: Any, owner: str) -> Any:
        given = {role: (form, change(f"{owner} {role}", form.dense)) for role, form in part.forms.items()}
        forms = {role: form if to is form.dense else formed(form, to) for role, (form, to) in given.items()}
        mixing = part.mixing if isinstance(part, Head) else None
        mixed = {} if mixing is None else {"mixing": change(f"{owner} mixing", mixing)}
        return replace(part, **forms, **mixed, **numbers(part, owner))

    def numbers(part: Any, owner: str) -> dict[str, Matrix]:
        given = {field: column(getattr(part, field), height) for field, height in _columns(part).items()}
        return {field: change(f"{owner} {field}", value) for field, value in given.items()}

    if isinstance(layer, LayerNorm):
        return layer
    if isinstance(layer, (MesaLayer, DeltaLayer)):
        return rebuilt(layer, name)
    fields = ("heads", "skip") if isinstance(layer, Attention) else ("units", "constants")
    parts = {id(part): rebuilt(part, f"{name} {word}") for word, part in layer.parts}
    made: dict[str, Any] = {field: tuple(parts[id(part)] for part in getattr(layer, field)) for field in fields}
    if isinstance(layer, Attention) and isinstance(layer.mask, Matrix):
        made["mask"] = change(f"{name} mask", layer.mask)
    return replace(layer, **made)


def _columns(part: Any) -> dict[str, Any]:
    """The fields of a part that hold numbers, each with its height."""
    if isinstance(part, MesaLayer):
        return {"ridge": 1}
    if isinstance(part, Units):
        return {"bias": part.read.width}
    return {"value": part.into.width} if isinstance(part, Constant) else {}


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
        if self.place.endswith(("mask", "mixing")):
            return f"{self.place} row {self.row} column {self.column}"
        if self.place.endswith("bias") or CONSTANT.search(self.place):
            return f"{self.place} row {self.row}"
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
    """The instance with one exact entry put through `value`, in every use of its layer; the other layers are the same."""

    def change(place: str, matrix: Matrix) -> Matrix:
        if place != entry.place:
            return matrix
        rows = matrix._entries.fractions()
        rows[entry.row][entry.column] = value(rows[entry.row][entry.column])
        return exact(rows)

    layers = tuple(
        _layer(layer, name, change, with_entries) if entry.place.startswith((f"{name} ", f"{name}.")) else layer
        for name, layer in uses(instance)
    )
    return replace(instance, network=replace(instance.network, layers=layers))
