"""What a program runs on: the registers of its stream, the code of the column, and scratch registers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from constructions.instructions.operations import Columns, Operation, Raw, parts
from constructions.language import BadNetwork, Form, Head, Stream, stack
from constructions.matrix import exact, identity, ones
from constructions.matrix.rational import sparse_matrix

COLUMN = "column"  # the register that holds the one-hot code of the position


@dataclass(frozen=True, eq=False)
class Machine:
    """The stream of the network, and for how many columns it is built."""

    stream: Stream
    length: int

    def of(self, form: Form) -> Form:
        """A form of the program's stream on the network's."""
        return Form(self.stream, form.width, form.blocks)

    @property
    def one(self) -> Form:
        """The constant 1: a one-hot code sums to it."""
        return ones(1, self.length) @ self.stream[COLUMN]

    @property
    def everywhere(self) -> Columns:
        return {i: (i,) for i in range(self.length)}

    def head(self, columns: Columns, value: Form, into: Form, sharpness: object = 1) -> Head:
        """Column i reads the columns K(i): the score is `sharpness` for them and −`sharpness` for all others, so that a
        column without K sees the sink alone."""
        code = self.stream[COLUMN]
        places = np.array(
            sorted({i * self.length + j for i, chosen in columns.items() for j in chosen}), dtype=np.int64
        )
        reads, sharp = sparse_matrix((self.length, self.length), places, np.ones_like(places)), exact(sharpness)
        query = stack(2 * sharp * (reads.T @ code), -sharp * self.one)
        return Head(query=query, key=stack(code, self.one), value=value, into=into)


def machine_for(stream: Stream, length: int, more: Mapping[str, int]) -> Machine:
    """The registers that a network needs besides the program's own; `more` are those of the fidelity."""
    if taken := {COLUMN, *more} & {*stream.registers}:
        raise BadNetwork(f"the register name {min(taken)} is the machine's own: give yours another name")
    return Machine(Stream(**stream.registers, **{COLUMN: length}, **more), length)


def scratch(operations: Sequence[Operation]) -> dict[str, int]:
    """Room for what `raw` gathers at its columns: both operands, and the old value."""
    raws = [part for op in operations for part in parts(op) if isinstance(part, Raw)]
    if not raws:
        return {}
    wide, into = max(part.read.width for part in raws), max(part.into.width for part in raws)
    return {"read": wide, "own": wide, "old": into}


def first_rows(form: Form, width: int) -> Form:
    """The first rows of a register."""
    return form if form.width == width else identity(form.width)[list(range(width))] @ form
