"""A program of operations as a transformer: one layer an operation, in one of three fidelities.

The network has the registers of the program's stream, and then its own: `column`, a one-hot code of the position, which is
what attention looks at, and scratch registers. Column numbers are baked into the weights, so a network that was built for
`length` columns serves every prompt that is not longer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

from constructions.instructions.fidelity import bilinear, gelu_units
from constructions.instructions.machine import machine_for
from constructions.instructions.operations import Aff, Div, Mov, Mul, Operation, Raw, parts
from constructions.instructions.paper import Paper
from constructions.instructions.sharing import forms_of
from constructions.language import BadNetwork, Block, Stream, Transformer, UnknownName
from constructions.language.quantifier import offer

KNOBS = {"s": "the scale of the GeLU products (such as 1/100)", "N": "the size of the pads (such as 100)"}
FIDELITIES = {"exact": bilinear, "limit": gelu_units, "paper": Paper}


def compiled(
    stream: Stream, operations: Sequence[Operation], *, length: int, fidelity: str = "exact", **knobs: Any
) -> Transformer:
    """The network that carries out the operations, one after the other, on a prompt of at most `length` columns.

    fidelity  "exact": bilinear products and division by normalised attention; equal to the operations
              "limit": products of GeLU units at the scale `s`; equal up to s²
              "paper": softmax, and GeLU units behind LayerNorm, with pads of the size `N`; equal up to s² and 1/N² (`Paper`
              lists all knobs)
    """
    chosen = _chosen(fidelity, knobs)
    _check(stream, operations, length)
    machine = machine_for(stream, length, chosen.registers(stream, operations, length))
    layers = [chosen.layer(machine, operation) for operation in operations]
    return Transformer(machine.stream, tuple(part[0] if len(part) == 1 else Block(part) for part in layers))


def _chosen(fidelity: str, knobs: Mapping[str, Any]) -> Any:
    """How operations become layers. Refuses knobs that the fidelity does not know, and needs those without a default."""
    if fidelity not in FIDELITIES:
        raise UnknownName(f"{fidelity!r} is no fidelity; {offer(fidelity, FIDELITIES)}")
    known = signature(FIDELITIES[fidelity]).parameters
    for name in knobs:
        if name not in known:
            takes = offer(name, known) if known else "it has none"
            raise UnknownName(f"the fidelity {fidelity!r} has no knob {name!r}; {takes}")
    for name, knob in known.items():
        if knob.default is knob.empty and name not in knobs:
            raise BadNetwork(f'compiled(…, fidelity="{fidelity}") needs {name}, {KNOBS[name]}: give {name}=…')
    return FIDELITIES[fidelity](**knobs)


def _check(stream: Stream, operations: Sequence[Operation], length: int) -> None:
    """Refuse what is no program on the registers of the stream and the columns of the network."""
    if not isinstance(operations, Sequence):
        raise BadNetwork(f"a program is a tuple of operations, one layer each; it got one {type(operations).__name__}")
    for number, operation in enumerate(operations, start=1):
        for part in parts(operation):
            if not isinstance(part, (Mov, Aff, Mul, Div, Raw)):
                raise BadNetwork(f"operation {number} is {part!r}: make operations with mov, aff, mul, dot, div or raw")
            name = type(part).__name__.lower()
            for form in forms_of(part).values():
                if form.space is not stream:
                    raise BadNetwork(
                        f"operation {number} ({name}) uses {form.reads} of another stream than the program's"
                    )
            written = (part.target,) if isinstance(part, Mov) else part.columns if isinstance(part, Raw) else ()
            if (last := max(written, default=0)) >= length:
                raise BadNetwork(
                    f"operation {number} ({name}) writes column {last}; a network of length {length} has the columns 0 "
                    f"to {length - 1}"
                )
