"""What is known of a matrix when one index of a size is left out (`docs/cut-off.md`): the record, and what leaves start with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from constructions.matrix import Size, Unsupported
from constructions.matrix.sizes import text
from verify.arithmetic.sized import Written

TABLES = ("some", "right", "below", "corner", "apart")
Axis = tuple[str, ...]  # the letter of every block; "" is one index that is always there


@dataclass(frozen=True, eq=False)
class Padded:
    """For every block of a matrix, whether something may be nonzero there:

    some     anywhere
    right    in a row that stays, in the column that is left out
    below    in the row that is left out, in a column that stays
    corner   in the row and the column that are left out
    apart    at two different indices of one letter (else the block is diagonal); always so where the letters differ
    steady   whether it is the same at all sizes, nothing in it having an axis with a letter
    """

    rows: Axis
    columns: Axis
    some: np.ndarray
    right: np.ndarray
    below: np.ndarray
    corner: np.ndarray
    apart: np.ndarray
    touched: Mapping[str, np.ndarray]
    steady: bool

    @property
    def zero(self) -> bool:
        return not self.some.any()

    def each(self, change: Callable[[np.ndarray], np.ndarray], rows: Axis, columns: Axis) -> Padded:
        """The same change of all tables."""
        some, right, below, corner, apart = (change(getattr(self, name)) for name in TABLES)
        touched = {letter: change(table) for letter, table in self.touched.items()}
        return Padded(rows, columns, some, right, below, corner, apart, touched, self.steady)

    def count(self, letter: str) -> np.ndarray:
        return self.touched.get(letter, np.zeros(self.some.shape, dtype=int))


def axis_of(size: Size | int) -> Axis:
    """The blocks of an axis: the letters in the order in which they were added up."""
    blocks: list[str] = []
    for names, c in Size.of(size).terms.items():
        if len(names) > 1 or c.denominator != 1 or c < 0:
            raise Unsupported(
                f"an axis of length {text(size)} is not a sum of sizes, so no index of it can be left out"
            )
        blocks += [names[0] if names else ""] * int(c)
    return tuple(blocks)


def same_letter(rows: Axis, columns: Axis) -> np.ndarray:
    return np.array([[a == b and bool(a) for b in columns] for a in rows], dtype=bool).reshape(len(rows), len(columns))


def nothing(rows: Axis, columns: Axis, steady: bool) -> Padded:
    """The zero matrix, which is zero however its axes are divided into blocks."""
    empty = np.zeros((len(rows), len(columns)), dtype=bool)
    return Padded(rows, columns, empty, empty, empty, empty, empty, {}, steady)


def leaf(one: Written) -> Padded:
    """A matrix of variables, a constant, or a size used as a number."""
    rows, columns = map(axis_of, one.shape)
    steady = not any((*rows, *columns))
    empty = np.zeros((len(rows), len(columns)), dtype=bool)
    full, same = ~empty, same_letter(rows, columns)
    if one.name in ("letter", "size"):  # all variables with the index left out are zero
        return Padded(rows, columns, full, empty, empty, empty, full, {}, steady)
    if one.detail == "0":
        return nothing(rows, columns, steady)
    if one.detail == "I":
        here = np.eye(len(rows), dtype=bool)
        return Padded(rows, columns, here, empty, empty, here & same, here & ~same, {}, steady)
    lettered_rows = np.array([bool(a) for a in rows], dtype=bool)[:, None] & full
    lettered_columns = np.array([bool(a) for a in columns], dtype=bool)[None, :] & full
    return Padded(rows, columns, full, lettered_columns, lettered_rows, same, full, {}, steady)


def aligned(a: Padded, b: Padded) -> tuple[Padded, Padded]:
    """Two matrices of one shape, block by block; a zero matrix has any blocks."""
    if a.zero:
        return nothing(b.rows, b.columns, a.steady), b
    if b.zero:
        return a, nothing(a.rows, a.columns, b.steady)
    if (a.rows, a.columns) != (b.rows, b.columns):
        ours, theirs = (f"{shown(one.rows)} × {shown(one.columns)}" for one in (a, b))
        raise Unsupported(f"a matrix in blocks {ours} meets one in blocks {theirs}")
    return a, b


def as_wide(a: Padded, columns: Axis) -> Padded:
    if a.zero:
        return nothing(a.rows, columns, a.steady)
    if a.columns != columns:
        raise Unsupported(f"a matrix with columns in blocks {shown(a.columns)} is joined to one with {shown(columns)}")
    return a


def shown(axis: Axis) -> str:
    return "(" + ", ".join(block or "1" for block in axis) + ")"


def cut_off(a: Padded) -> dict[str, int]:
    """The most indices of every letter that one monomial of an entry touches, the entry's own included."""
    most: dict[str, int] = {}
    for letter in {*a.touched, *a.rows, *a.columns} - {""}:
        own_row = np.array([block == letter for block in a.rows], dtype=int)[:, None]
        own_column = np.array([block == letter for block in a.columns], dtype=int)[None, :]
        twice = own_row & own_column & (~a.apart).astype(int)  # on the diagonal both are one index
        needed = (a.count(letter) + own_row + own_column - twice) * a.some
        most[letter] = int(needed.max(initial=0))
    return most
