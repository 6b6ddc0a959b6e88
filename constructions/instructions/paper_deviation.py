"""How far a program in the fidelity "paper" is from the operations that it stands for: one bound in s and N, composed op by op.

What attention gathers leaks by `leaks`, LayerNorm is off by `norm`, linear units by `tail`, products by `gelu_product`. As in
`deviation.py` the result is a formula in whatever arithmetic it is asked for, and nobody has typed it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constructions.instructions.bounded import Bounded, exactly, gelu_product
from constructions.instructions.deviation import Column, column_of, overwrite, through
from constructions.instructions.machine import Columns, machine_for
from constructions.instructions.normed import Norm, leaks, norm, pad_reach
from constructions.instructions.operations import Div, Operation, parts
from constructions.instructions.paper import MINUS, PLUS, REST, Paper, live, pad
from constructions.instructions.workload import SCRATCH, Gathered, Work, work_of
from constructions.language import BadNetwork, Form, Stream
from constructions.matrix import Matrix, below, exact, exp, identity, modulus, named, ones, zeros


def paper_deviations(
    stream: Stream,
    operations: Sequence[Operation],
    start: Sequence[Mapping[str, Any]],
    *,
    length: int,
    N: Any,
    s: Any = 1,
    pads: Any = "half-sum",
) -> tuple[Column, ...]:
    """The bounds after the last operation, for every column of a prompt, as `deviations` gives them.

    length  the columns that the network was built for;  N  the size of the pads;  s  the scale;  pads  as `Paper` has them
    """
    if isinstance(N, (int, Fraction, str)):
        raise BadNetwork(
            "a bound for the paper's layers holds e^−N, which has no exact value: make N a parameter of the record"
        )
    paper = Paper(N=exact(N), s=exact(s), pads=pads)
    machine = machine_for(stream, length, paper.registers(stream, operations, length))
    state = [_first(machine.stream, number, given) for number, given in enumerate(start)]
    for operation in operations:
        state = _after(work_of(machine, operation), paper, operation, state)
    return tuple(state)


def paper_bound(
    answer: Callable[[Stream], Form],
    program: tuple[Stream, Sequence[Operation]],
    start: Sequence[Mapping[str, Any]],
    *,
    at: int | None = -1,
    **how: Any,
) -> Matrix:
    """A bound for every row of what is read in the column `at` (None: in all columns) after a program in the paper's layers: their
    sum. `how` are the knobs of `paper_deviations`."""
    stream, operations = program
    form, state = answer(stream), paper_deviations(stream, operations, start, **how)
    read = state if at is None else [state[at]]
    return sum((ones(1, form.width) @ through(form, column).error for column in read), start=zeros(1, 1))


def _first(stream: Stream, number: int, given: Mapping[str, Any]) -> dict[str, Bounded]:
    column = {
        name: exactly(column_of(given.get(name, 0), width)) for name, width in stream.registers.items() if name != REST
    }
    return {**column, "column": exactly(identity(stream.registers["column"])[number].T)}


@dataclass(frozen=True, eq=False)
class Attended:
    """A column after attention. `ideal` has the sizes and errors of what the MLP is to make; in `held` the old values that it
    takes off are still there: their sizes matter to LayerNorm. `slack` is what the pads are off, together."""

    ideal: dict[str, Bounded]
    held: dict[str, Bounded]
    slack: Matrix


def _after(work: Work, paper: Paper, operation: Operation, state: Sequence[Column]) -> list[Column]:
    after = []
    for number, column in enumerate(state):
        found = _gather(work, paper, state, number)
        rows = below(*(named(found.held[name].reach) for name, _ in live(work.machine.stream)))
        divisor = exactly(ones(1, 1)) if work.divisor is None else through(work.divisor, column)
        least = exact(next((op.at_least for op in parts(operation) if isinstance(op, Div)), 1))
        width = work.machine.stream.width
        N, drift = exact(paper.N), _drift(paper, rows, found.slack)
        off = norm(rows, found.slack, drift, N, width, least - divisor.error)
        made = _think(work, paper, found, off, None if work.divisor is None else (divisor, least))
        pads = exactly(pad_reach(rows, found.slack, drift, N, divisor.reach))
        after.append(
            {**made, **{name: found.held[name] for name in (SCRATCH,) if name in made}, PLUS: pads, MINUS: pads}
        )
    return after


def _drift(paper: Paper, rows: Matrix, slack: Matrix) -> Matrix:
    """How far C/N is from c: shares of Σ that are not the same move it."""
    first, second = paper.shares
    uneven = modulus(second - first) @ (ones(1, rows.shape[0]) @ rows)
    return (uneven + slack) / (2 * exact(paper.N))


def _gather(work: Work, paper: Paper, state: Sequence[Column], number: int) -> Attended:
    """What attention adds in a column, and what leaks."""
    machine, tiny = work.machine, exp(-exact(paper.N))

    def lost(columns: Columns, value: Form) -> Matrix:
        read = columns.get(number, ())
        at_read, elsewhere = leaks(len(read), number + 1, tiny)
        total = zeros(value.width, 1)
        for j, column in enumerate(state[: number + 1]):
            total = total + reach_of(value, column) * (at_read if j in read else elsewhere)
        return named(total)

    ideal, held = dict(state[number]), dict(state[number])
    if SCRATCH in held:
        scratch = machine.stream[SCRATCH]
        cleared = exactly(zeros(scratch.width, 1)).off_by(lost(machine.everywhere, -scratch))
        ideal[SCRATCH] = held[SCRATCH] = cleared
    for one in work.gathered:
        read, leak = one.columns.get(number, ()), lost(one.columns, one.value)
        if one.old is not None and read:
            overwrite(ideal, one.old, exactly(zeros(one.old.width, 1)))
        if one.into is one.old:
            for version in (ideal, held):
                overwrite(version, one.into, exactly(zeros(one.into.width, 1)).off_by(leak))
            continue
        got = _mean(one, [state[j] for j in read])
        ideal[SCRATCH] = ideal[SCRATCH] + one.into.blocks[SCRATCH].T @ got.off_by(leak)
        if one.old is not None:
            for j in read:
                got = got + through(one.old, state[j])
        held[SCRATCH] = held[SCRATCH] + one.into.blocks[SCRATCH].T @ got.off_by(leak)
    slack = sum((lost(machine.everywhere, pad(work, paper, name)) for name in (PLUS, MINUS)), start=zeros(1, 1))
    return Attended(ideal, held, slack)


def _mean(one: Gathered, columns: Sequence[Column]) -> Bounded:
    """What is gathered besides the old value."""
    width = one.into.width
    total = exactly(zeros(width, 1))
    if one.read is None:
        return total
    for column in columns:
        found = through(one.read, column)
        total = total + exact(1) / len(columns) * identity(width) @ (found if one.out is None else one.out @ found)
    return total


def _think(
    work: Work, paper: Paper, found: Attended, off: Norm, division: tuple[Bounded, Matrix] | None
) -> dict[str, Bounded]:
    """What the MLP adds: linear units that overwrite, products, and constants."""
    s, made = exact(paper.s), dict(found.ideal)
    for value, into in work.linear:
        weights = _weights(value)
        if division is None:
            own = off.kept(reach_of(value, found.held), weights)
            own = named(own + off.tail(reach_of(value, found.held) + own, exact(paper.N)))
            overwrite(made, into, through(into + value, found.ideal).off_by(own))
            continue
        divided = off.divided(through(value, found.held), division[0], division[1], weights)
        divided = Bounded(divided.size, named(divided.error + off.tail(divided.reach, exact(paper.N))))
        _add(made, into, divided)
    for left, right, into in work.products:
        u, v = (
            through(form, found.ideal).off_by(off.kept(reach_of(form, found.held), _weights(form)))
            for form in (s * left, s * right)
        )
        new = gelu_product(u, v)
        _add(made, into, Bounded(new.size / (s * s), named(new.error) / (s * s)))
    for constant in work.constants:
        _add(made, constant.into, exactly(modulus(column_of(constant.value, constant.into.width))))
    return made


def _add(column: dict[str, Bounded], into: Form, value: Bounded) -> None:
    for name, block in into.blocks.items():
        column[name] = column[name] + block.T @ value


def reach_of(form: Form, column: Column) -> Matrix:
    """What no entry of a form of the column exceeds, whatever cancels."""
    total = zeros(form.width, 1)
    for name, block in form.blocks.items():
        if name in column:
            total = total + modulus(block) @ named(column[name].reach)
    return total


def _weights(form: Form) -> Matrix:
    return sum((modulus(b) @ ones(b.shape[1], 1) for b in form.blocks.values()), start=zeros(form.width, 1))
