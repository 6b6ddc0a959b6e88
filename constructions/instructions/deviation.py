"""How far a program in the fidelity "limit" is from the operations that it stands for: bounds, composed op by op.

The lemma is that of `bounded.py`; here it is only applied, column by column, to what each operation reads. The result is a
formula in the knobs, in whatever arithmetic it is asked for. It is a claim like any other: the verifier does not look at the
program, and derives bounds of its own from the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from constructions.instructions.bounded import Bounded, exactly, gelu_product, quotient
from constructions.instructions.operations import Aff, Div, Mov, Mul, Operation, Raw, parts
from constructions.language import Form, Stream
from constructions.matrix import Matrix, exact, identity, modulus, ones, zeros

Column = Mapping[str, Bounded]  # register → bounds of its rows
Product = Callable[[Bounded, Bounded], Bounded]


def deviations(
    stream: Stream, operations: Sequence[Operation], start: Sequence[Mapping[str, Any]], *, s: Any, tanh: bool = False
) -> tuple[dict[str, Bounded], ...]:
    """The bounds after the last operation, for every column of a prompt.

    start  for every column of the prompt, which may be shorter than the network's longest, bounds on what it puts into
           registers, a number or a column each; the others hold 0
    s      the scale of the products;  tanh  whether GeLU is the tanh form
    """
    s = exact(s)

    def product(x: Bounded, y: Bounded) -> Bounded:
        found = gelu_product(_scaled(s, x), _scaled(s, y), tanh=tanh)
        return Bounded(x.size * y.size, found.error / (s * s))

    state = tuple(
        {name: exactly(column_of(given.get(name, 0), width)) for name, width in stream.registers.items()}
        for given in start
    )
    for operation in operations:
        before, state = state, tuple(dict(column) for column in state)
        for part in parts(operation):  # all of them read what was there before
            for number, value in RULES[type(part)](part, before, product):
                overwrite(state[number], part.into, value)
    return state


def through(form: Form, column: Column) -> Bounded:
    """The bounds of a linear form of the column."""
    total = exactly(zeros(form.width, 1))
    for name, block in form.blocks.items():
        total = total + block @ column[name]
    return total


def error_bound(
    answer: Callable[[Stream], Form],
    program: tuple[Stream, Sequence[Operation]],
    start: Sequence[Mapping[str, Any]],
    *,
    s: Any,
    at: int | None = -1,
    tanh: bool = False,
) -> Matrix:
    """A bound for every row of what is read in the column `at` (None: in all columns) after a program of products of GeLU units:
    their sum."""
    stream, operations = program
    form, state = answer(stream), deviations(stream, operations, start, s=s, tanh=tanh)
    read = state if at is None else [state[at]]
    return sum((ones(1, form.width) @ through(form, column).error for column in read), start=zeros(1, 1))


Written = list[tuple[int, Bounded]]  # the columns that an operation writes, with what it writes there


def _mov(op: Mov, state: Sequence[Column], product: Product) -> Written:
    others = [] if op.gated else [n for n in range(len(state)) if n != op.target]
    erased = [(n, exactly(zeros(op.into.width, 1))) for n in others]
    return erased if op.target >= len(state) else [(op.target, through(op.value, state[op.source])), *erased]


def _aff(op: Aff, state: Sequence[Column], product: Product) -> Written:
    added = exactly(modulus(column_of(op.constant, op.into.width)))
    return [(n, added if op.value is None else through(op.value, column) + added) for n, column in enumerate(state)]


def _mul(op: Mul, state: Sequence[Column], product: Product) -> Written:
    return [(n, op.out @ product(through(op.left, h), through(op.right, h))) for n, h in enumerate(state)]


def _div(op: Div, state: Sequence[Column], product: Product) -> Written:
    return [(n, quotient(through(op.value, h), through(op.divisor, h), op.at_least)) for n, h in enumerate(state)]


def _raw(op: Raw, state: Sequence[Column], product: Product) -> Written:
    written = []
    for target, sources in op.columns.items():
        if target >= len(state):
            continue
        read = exactly(zeros(op.read.width, 1))
        for source in sources:
            read = read + Fraction(1, len(sources)) * identity(op.read.width) @ through(op.read, state[source])
        own = through(op.own, state[target])
        written.append((target, op.out @ (product(read, own) if op.star == "×" else read + own)))
    return written


RULES = {Mov: _mov, Aff: _aff, Mul: _mul, Div: _div, Raw: _raw}


def overwrite(column: dict[str, Bounded], into: Form, value: Bounded) -> None:
    """Put a value's bounds into the rows that `into` names."""
    for name, block in into.blocks.items():
        kept = ones(block.shape[1], 1) - block.T @ ones(into.width, 1)
        old = column[name]
        column[name] = Bounded(kept * old.size, kept * old.error) + block.T @ value


def _scaled(s: Matrix, x: Bounded) -> Bounded:
    """s > 0 times a column."""
    return Bounded(s * x.size, s * x.error)


def column_of(value: Any, height: Any) -> Matrix:
    value = exact(value)
    return value if value.shape[0] == height else ones(height, 1) * value
