"""The same program in fewer layers: operations that do not disturb each other share one (Lemma 7 of Akyürek et al.)."""

from __future__ import annotations

from collections.abc import Sequence

from constructions.instructions.operations import Operation, parts
from constructions.instructions.sharing import cannot_share, disturbs, together


def packed(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Every operation in the earliest layer that it may share. It passes only operations that it does not disturb, so
    the program computes what it computed before; all operations of a layer work at once."""
    layers: list[list] = []
    for operation in (part for op in operations for part in parts(op)):
        place = len(layers)
        for number in reversed(range(len(layers))):
            if any(disturbs(operation, other) for other in layers[number]):
                break
            if not cannot_share((*layers[number], operation)):
                place = number
        layers[place : place + 1] = [[*(layers[place] if place < len(layers) else ()), operation]]
    return tuple(together(*layer) if len(layer) > 1 else layer[0] for layer in layers)
