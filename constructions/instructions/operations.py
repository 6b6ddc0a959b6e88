"""Operations on the columns (tokens) of a stream, each of which one layer carries out. All of them overwrite.

Operands are linear forms, so that `aff(g + lam * v, into=z)` reads like the paper. `into` is a register, or rows of one: a
form E whose rows are unit vectors, and the operation puts E h ← new value, leaving everything else as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructions.instructions.rows import check_form, check_target
from constructions.language import BadNetwork, Form
from constructions.matrix import Matrix, exact, identity, ones
from constructions.matrix.opaque import is_scalar
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
    _numbered("mov", source, target)
    if source > target:
        raise BadNetwork(f"mov copies from column {source} to column {target}: a column sees earlier columns only")
    _fits("mov", value, into)
    check_target("mov", into)
    return Mov(value, source, target, into, gated)


def aff(value: Form | None = None, *, into: Form, constant: Any = 0) -> Aff:
    """Write an affine function of the column: a linear form, a constant, or both."""
    check_target("aff", into)
    if value is not None:
        _fits("aff", value, into)
    column = exact(constant)
    if not (is_scalar(column) or (equal(column.shape[0], into.width) and equal(column.shape[1], 1))):
        raise BadNetwork(
            f"aff: the constant is {text(column.shape[0])}×{text(column.shape[1])} and into (reads {into.reads}) has width "
            f"{text(into.width)}; give a number or a column of that height"
        )
    return Aff(value, constant, into)


def mul(left: Form, right: Form, *, into: Form, sizes: tuple[int, int, int]) -> Mul:
    """Write the product of an a × b and a b × c matrix, `sizes` = (a, b, c), each stored row after row."""
    if len(sizes) != 3:
        raise BadNetwork(f"mul of an a × b and a b × c matrix needs sizes=(a, b, c); it got {tuple(sizes)}")
    a, b, c = sizes
    check_target("mul", into)
    for what, form, wanted in (("left", left, a * b), ("right", right, b * c), ("into", into, a * c)):
        check_form("mul", what, form)
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
    check_target("dot", into)
    if not equal(into.width, 1):
        raise BadNetwork(f"dot writes one number; into (reads {into.reads}) has width {text(into.width)}")
    return Mul(left, right, ones(1, left.width), into)


def times(left: Form, right: Form, *, into: Form) -> Mul:
    """Write the entrywise product x ∘ y; a factor of width 1 multiplies every entry of the other one."""
    check_target("times", into)
    for what, form in (("left", left), ("right", right)):
        check_form("times", what, form)
    wide = [ones(into.width, 1) @ form if equal(form.width, 1) else form for form in (left, right)]
    for form in wide:
        _fits("times", form, into)
    return Mul(wide[0], wide[1], identity(into.width), into)


def div(value: Form, divisor: Form, *, into: Form, at_least: Any = 1) -> Div:
    """Write value/divisor; the divisor is one number."""
    _fits("div", value, into)
    check_target("div", into)
    check_form("div", "the divisor", divisor)
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
    check_target("raw", into)
    for target, sources in columns.items():
        _numbered("raw", target, *sources)
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


def parts(operation: Operation) -> tuple[Mov | Aff | Mul | Div | Raw, ...]:
    """The operations that share a layer; one alone otherwise."""
    return operation.operations if isinstance(operation, Together) else (operation,)


def _numbered(name: str, *columns: int) -> None:
    if wrong := next((column for column in columns if column < 0), 0):
        raise BadNetwork(f"{name} names column {wrong}: columns are numbered from 0, as they stand in the prompt")


def _fits(name: str, a: Form, b: Form) -> None:
    for form in (a, b):
        check_form(name, "an operand", form)
    if not equal(a.width, b.width):
        raise BadNetwork(
            f"{name}: {a.reads} has width {text(a.width)} and {b.reads} has width {text(b.width)}; they must be equal"
        )
