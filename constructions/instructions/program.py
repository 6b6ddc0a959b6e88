"""A program of operations as a transformer: one layer an operation, in one of three fidelities.

The network has the registers of the program's stream, and then its own: `column`, a one-hot code of the position, which is
what attention looks at, and scratch registers. Column numbers are baked into the weights, so a network that was built for
`length` columns serves every prompt that is not longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructions.instructions.fidelity import Exact, Limit, sublayers
from constructions.instructions.machine import machine_for
from constructions.instructions.operations import Operation
from constructions.language import Block, Stream, Transformer, UnknownName
from constructions.language.quantifier import offer

FIDELITIES = {"exact": Exact, "limit": Limit}


def compiled(
    stream: Stream, operations: Sequence[Operation], *, length: int, fidelity: str = "exact", **knobs: Any
) -> Transformer:
    """The network that carries out the operations, one after the other, on a prompt of at most `length` columns.

    fidelity  "exact": bilinear products and division by normalised attention; equal to the operations
              "limit": products of GeLU units at the scale `s`; equal up to s²
    """
    if fidelity not in FIDELITIES:
        raise UnknownName(f"{fidelity!r} is no fidelity; {offer(fidelity, FIDELITIES)}")
    chosen = FIDELITIES[fidelity](**knobs)
    machine = machine_for(stream, operations, length, {})
    layers = [sublayers(machine, operation, chosen) for operation in operations]
    return Transformer(machine.stream, tuple(part[0] if len(part) == 1 else Block(part) for part in layers))
