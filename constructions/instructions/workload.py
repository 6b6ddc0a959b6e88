"""What one layer of the paper's form has to do: what attention gathers in scratch rows, and what the MLP makes of it.

Every operation is RAW or nearly so (Lemma 2): read by attention, arithmetic in the MLP, write by overwriting.
"""

from __future__ import annotations

from dataclasses import dataclass

from constructions.instructions.machine import Machine
from constructions.instructions.operations import Aff, Columns, Div, Mov, Mul, Operation, Raw, parts
from constructions.instructions.rows import common, rows_of
from constructions.language import BadNetwork, Constant, Form
from constructions.matrix import Matrix, identity

SCRATCH = "scratch"


@dataclass(frozen=True, eq=False)
class Gathered:
    """What a head adds to `into` in column i: the mean over K(i) of out · read, less the `old` value that is overwritten."""

    columns: Columns
    read: Form | None
    into: Form
    old: Form | None = None
    out: Matrix | None = None

    @property
    def value(self) -> Form:
        read = self.read if self.read is None or self.out is None else self.out @ self.read
        if self.old is None:
            return 0 * self.into if read is None else read
        return -self.old if read is None else read - self.old


class Work:
    """What one layer has to do, collected operation by operation; scratch rows are given out one after the other."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.taken = machine, 0
        self.gathered: list[Gathered] = []
        self.linear: list[tuple[Form, Form]] = []
        self.products: list[tuple[Form, Form, Form]] = []
        self.constants: list[Constant] = []
        self.divisor: Form | None = None

    def room(self, width: int) -> Form:
        """The next free rows of the scratch register."""
        rows, self.taken = list(range(self.taken, self.taken + width)), self.taken + width
        register = self.machine.stream[SCRATCH]
        return identity(register.width)[rows] @ register


def _mov(work: Work, op: Mov) -> None:
    """RAW with + and W = 0 (Lemma 2). Without its gate the old value is taken off in every column."""
    value, into, room = work.machine.of(op.value), work.machine.of(op.into), work.room(op.into.width)
    erased = {op.target: (op.target,)} if op.gated else work.machine.everywhere
    work.gathered += [Gathered({op.target: (op.source,)}, value, room), Gathered(erased, None, room, into)]
    work.linear.append((room, into))


def _raw(work: Work, op: Raw) -> None:
    """Attention gathers at the columns that are written; elsewhere scratch is 0, and the MLP adds 0."""
    read, mine, into = work.machine.of(op.read), work.machine.of(op.own), work.machine.of(op.into)
    own = {target: (target,) for target in op.columns}
    if op.star == "+":
        room = work.room(op.into.width)
        work.gathered += [Gathered(op.columns, read, room, out=op.out), Gathered(own, mine, room, into, op.out)]
        work.linear.append((room, into))
        return
    first, second, old = (work.room(form.width) for form in (op.read, op.own, op.into))
    work.gathered += [Gathered(op.columns, read, first), Gathered(own, mine, second), Gathered(own, None, old, into)]
    work.products.append((first, second, op.out.T @ into))
    work.linear.append((old, into))


def _aff(work: Work, op: Aff) -> None:
    into = work.machine.of(op.into)
    work.linear.append((-into if op.value is None else work.machine.of(op.value) - into, into))
    work.constants.append(Constant(op.constant, into))


def _mul(work: Work, op: Mul) -> None:
    into = work.machine.of(op.into)
    work.products.append((work.machine.of(op.left), work.machine.of(op.right), op.out.T @ into))
    work.linear.append((-into, into))


def _div(work: Work, op: Div) -> None:
    """LayerNorm divides every row, the old value too: that one is cleared by attention, before."""
    value, into = work.machine.of(op.value), work.machine.of(op.into)
    work.divisor = work.machine.of(op.divisor)
    work.gathered.append(Gathered(work.machine.everywhere, None, into, into))
    if room_of(op):
        room = work.room(op.value.width)
        work.gathered.append(Gathered(work.machine.everywhere, value, room))
        value = room
    work.linear.append((value, into))


WORKERS = {Mov: _mov, Raw: _raw, Aff: _aff, Mul: _mul, Div: _div}


def work_of(machine: Machine, operation: Operation) -> Work:
    """The work of one layer."""
    work, shared = Work(machine), parts(operation)
    for part in shared:
        WORKERS[type(part)](work, part)
    if work.divisor is not None and len(shared) > 1:
        raise BadNetwork("div needs the LayerNorm of its layer for itself: no other operation can share it")
    return work


def room_of(op: Operation) -> tuple[int, ...]:
    """The widths of the scratch rows that an operation needs."""
    if isinstance(op, Mov) or (isinstance(op, Raw) and op.star == "+"):
        return (op.into.width,)
    if isinstance(op, Raw):
        return op.read.width, op.own.width, op.into.width
    return (op.value.width,) if isinstance(op, Div) and common(rows_of(op.value), rows_of(op.into)) else ()
