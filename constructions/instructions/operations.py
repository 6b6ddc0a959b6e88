"""Operations on the columns (tokens) of a stream, each of which one layer carries out. All of them overwrite.

Operands are linear forms, so that `aff(g + lam * v, into=z)` reads like the paper. `into` is a register, or rows of one: a
form E whose rows are unit vectors, and the operation puts E h ← new value, leaving everything else as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructions.language import BadNetwork, Form
from constructions.matrix import Matrix, identity, ones
from constructions.matrix.sizes import equal, text

Columns = Mapping[int, Sequence[int]]  # K: the column that is written → the columns that it reads, numbered from 0


@dataclass(frozen=True, eq=False)
class Mov:
    """h_t[into] ← value(h_s), in the one column t = `target`, from the column s = `source` ≤ t.

    Without its gate it erases `into` in every other column, as an MLP that is the same everywhere does.
    """

    value: Form
    source: int
    target: int
    into: Form
    gated: bool = True


@dataclass(frozen=True, eq=False)
class Aff:
    """h[into] ← value(h) + constant, in every column."""

    value: Form | None
    constant: Any
    into: Form


@dataclass(frozen=True, eq=False)
class Mul:
    """h[into] ← out (left(h) ∘ right(h)), in every column."""

    left: Form
    right: Form
    out: Matrix
    into: Form


@dataclass(frozen=True, eq=False)
class Div:
    """h[into] ← value(h)/divisor(h), in every column. Bounds on errors assume divisor ≥ `at_least` > 0."""

    value: Form
    divisor: Form
    into: Form
    at_least: Any = 1


@dataclass(frozen=True, eq=False)
class Raw:
    """h_i[into] ← out (mean of read(h_k) over k in columns[i] ⋆ own(h_i)), ⋆ being + or ∘, in the columns i that it names."""

    star: str
    read: Form
    own: Form
    out: Matrix
    into: Form
    columns: Columns


@dataclass(frozen=True, eq=False)
class Together:
    """Operations that share one layer: none reads or writes what another writes."""

    operations: tuple[Mov | Aff | Mul | Div | Raw, ...]


Operation = Mov | Aff | Mul | Div | Raw | Together


def mov(value: Form, *, source: int, target: int, into: Form, gated: bool = True) -> Mov:
    """Copy `value` of column `source` to `into` in column `target`, and nowhere else (if it has its gate)."""
    if source > target:
        raise BadNetwork(f"mov copies from column {source} to column {target}: a column sees earlier columns only")
    _fits("mov", value, into)
    return Mov(value, source, target, into, gated)


def aff(value: Form | None = None, *, into: Form, constant: Any = 0) -> Aff:
    """Write an affine function of the column: a linear form, a constant, or both."""
    if value is not None:
        _fits("aff", value, into)
    return Aff(value, constant, into)


def mul(left: Form, right: Form, *, into: Form, sizes: tuple[int, int, int]) -> Mul:
    """Write the product of an a × b and a b × c matrix, `sizes` = (a, b, c), each stored row after row."""
    a, b, c = sizes
    for what, form, wanted in (("left", left, a * b), ("right", right, b * c), ("into", into, a * c)):
        if not equal(form.width, wanted):
            raise BadNetwork(
                f"mul of {a}×{b} and {b}×{c} matrices: {what} (reads {form.reads}) has width {text(form.width)}, "
                f"not {wanted}"
            )
    cells = [(i, k, j) for i in range(a) for j in range(c) for k in range(b)]
    first = identity(a * b)[[i * b + k for i, k, _ in cells]]
    second = identity(b * c)[[k * c + j for _, k, j in cells]]
    return Mul(first @ left, second @ right, identity(a * c)[[i * c + j for i, _, j in cells]].T, into)


def dot(left: Form, right: Form, *, into: Form) -> Mul:
    """Write the inner product of two vectors."""
    _fits("dot", left, right)
    return Mul(left, right, ones(1, left.width), into)


def div(value: Form, divisor: Form, *, into: Form, at_least: Any = 1) -> Div:
    """Write value/divisor; the divisor is one number."""
    _fits("div", value, into)
    if not equal(divisor.width, 1):
        raise BadNetwork(
            f"div divides by one number; the divisor (reads {divisor.reads}) has width {text(divisor.width)}"
        )
    return Div(value, divisor, into, at_least)


def raw(star: str, read: Form, own: Form, *, into: Form, columns: Columns, out: Matrix | None = None) -> Raw:
    """The read-arithmetic-write operator: `star` is "+" or "×"; `out` combines the results (default: as they are)."""
    if star not in ("+", "×"):
        raise BadNetwork(f"raw adds (+) or multiplies (×); it got {star!r}")
    _fits("raw", read, own)
    for target, sources in columns.items():
        if not sources or max(sources) > target:
            raise BadNetwork(
                f"raw at column {target} reads {list(sources)}: name columns that are not later, at least one"
            )
    out = identity(read.width) if out is None else out
    if not (equal(out.shape[1], read.width) and equal(out.shape[0], into.width)):
        raise BadNetwork(
            f"raw: out must be {text(into.width)}×{text(read.width)}, it is {text(out.shape[0])}×{text(out.shape[1])}"
        )
    return Raw(star, read, own, out, into, dict(columns))


def together(*operations: Mov | Aff | Mul | Div | Raw) -> Together:
    """Operations in one layer; refused where one of them reads or writes what another one writes."""
    for number, one in enumerate(operations):
        for other in operations[:number]:
            for first, second in ((one, other), (other, one)):
                if clash := {*first.into.blocks} & (reads(second) | {*second.into.blocks}):
                    raise BadNetwork(
                        f"two operations cannot share a layer: one writes {min(clash)}, which the other uses"
                    )
    if sum(isinstance(one, Raw) for one in operations) > 1:
        raise BadNetwork(
            "two raw operations cannot share a layer: both gather their operands in the same scratch registers"
        )
    return Together(operations)


def reads(operation: Operation) -> set[str]:
    """The registers that an operation reads."""
    if isinstance(operation, Together):
        return {name for part in operation.operations for name in reads(part)}
    forms = (getattr(operation, name, None) for name in ("value", "left", "right", "divisor", "read", "own"))
    return {name for form in forms if form is not None for name in form.blocks}


def _fits(name: str, a: Form, b: Form) -> None:
    if not equal(a.width, b.width):
        raise BadNetwork(
            f"{name}: {a.reads} has width {text(a.width)} and {b.reads} has width {text(b.width)}; they must be equal"
        )
