"""What happens to a matrix when one index of a size is left out: the hypotheses of the cut-off lemma, checked by computing.

`docs/cut-off.md` has the lemma. An axis is a row of blocks, one for each size letter in it (the stream: d_x, then d_y), and
blocks of one index that is always there. *Leaving out i*, an index of the letter a, means: every variable that has i as one of
its indices is zero. The lemma asks that the matrix, restricted to the other indices, then be the same expression at the
sizes with a − 1. For a product that holds if what is left out contributes nothing to the sum; for that, one keeps track of where
a matrix may still be nonzero once i is left out. Everything else keeps the property entry by entry, or is not defined here.

`touched` bounds how many indices of a letter the variables of one monomial of an entry have, beside the entry's own two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from constructions.matrix import Arithmetic, Matrix, Unsupported
from constructions.matrix.words import Inclusion
from verify.arithmetic.left_out import (
    TABLES,
    Axis,
    Padded,
    aligned,
    as_wide,
    axis_of,
    nothing,
    same_letter,
    shown,
)
from verify.arithmetic.sized import Pick

MOST = 1_000_000  # triples of blocks in one product


class PaddingArithmetic(Arithmetic):
    """Where matrices may be nonzero once an index is left out. Raises `Unsupported` where leaving it out changes the rest."""

    name = "the cut-off lemma"

    def lift(self, exact: Matrix) -> Padded:
        some = exact._entries.numerators.astype(bool)
        rows, columns = (("",) * length for length in exact.shape)
        empty = np.zeros_like(some)
        return Padded(rows, columns, some, empty, empty, empty, some, {}, True)

    def add(self, a: Padded, b: Padded) -> Padded:
        a, b = aligned(a, b)
        touched = {x: np.maximum(a.count(x), b.count(x)) for x in {*a.touched, *b.touched}}
        return _entrywise(a, b, np.logical_or, touched)

    def negate(self, a: Padded) -> Padded:
        return a

    def times(self, a: Padded, b: Padded) -> Padded:
        a, b = aligned(a, b)
        touched = {x: a.count(x) + b.count(x) for x in {*a.touched, *b.touched}}
        return _entrywise(a, b, np.logical_and, touched)

    def scale(self, s: Padded, a: Padded) -> Padded:
        if s.zero:
            return nothing(a.rows, a.columns, s.steady and a.steady)
        touched = {x: a.count(x) + s.count(x)[0, 0] for x in {*a.touched, *s.touched}}
        steady = s.steady and a.steady
        return Padded(a.rows, a.columns, a.some, a.right, a.below, a.corner, a.apart, touched, steady)

    def matmul(self, a: Padded, b: Padded) -> Padded:
        steady = a.steady and b.steady
        if a.zero or b.zero:
            return nothing(a.rows, b.columns, steady)
        if a.columns != b.rows:
            raise Unsupported(
                f"the blocks {shown(a.columns)} of one factor are not the blocks {shown(b.rows)} of the other"
            )
        if len(a.rows) * len(a.columns) * len(b.columns) > MOST:
            raise Unsupported(f"a product of more than {MOST:,} blocks is not looked into")
        for k, letter in enumerate(a.columns):
            if a.right[:, k].any() and b.below[k].any():
                raise Unsupported(f"a sum over {letter} counts what is zero as well: leaving it out changes the sum")
        same = same_letter(a.rows, b.columns)
        some, both = _meet(a.some, b.some), a.some[:, :, None] & b.some[None]
        right = _meet(a.some, b.right) | _meet(a.right, b.corner)
        below = _meet(a.below, b.some) | _meet(a.corner, b.below)
        corner = (_meet(a.below, b.right) | _meet(a.corner, b.corner)) & same
        apart = _some(both & (a.apart[:, :, None] | b.apart[None]))
        touched = _touched(a, b, both)
        return Padded(a.rows, b.columns, some, right, below, corner, apart, touched, steady)

    def transpose(self, a: Padded) -> Padded:
        return replace(a.each(np.transpose, a.columns, a.rows), right=a.below.T, below=a.right.T)

    def take(self, a: Padded, rows: Pick, columns: Pick) -> Padded:
        i, j = (_blocks(part, axis) for part, axis in ((rows, a.rows), (columns, a.columns)))
        at = np.ix_(i, j)
        return a.each(lambda table: table[at], tuple(a.rows[k] for k in i), tuple(a.columns[k] for k in j))

    def join(self, parts: Sequence[Padded], axis: int) -> Padded:
        if axis == 1:
            return self.transpose(self.join([self.transpose(part) for part in parts], 0))
        wide = next((part for part in parts if not part.zero), parts[0])
        parts = [as_wide(part, wide.columns) for part in parts]
        rows = tuple(block for part in parts for block in part.rows)
        some, right, below, corner, apart = (np.concatenate([getattr(part, n) for part in parts]) for n in TABLES)
        letters = {letter for part in parts for letter in part.touched}
        touched = {letter: np.concatenate([part.count(letter) for part in parts]) for letter in letters}
        steady = all(part.steady for part in parts)
        return Padded(rows, wide.columns, some, right, below, corner, apart, touched, steady)

    def reciprocal(self, a: Padded) -> Padded:
        if not a.steady:
            raise Unsupported(
                "division by what sums over a size is no polynomial, and the cut-off lemma counts degrees"
            )
        empty = np.zeros_like(a.some)
        return Padded(a.rows, a.columns, ~empty, empty, empty, empty, ~empty, {}, True)


def _entrywise(a: Padded, b: Padded, both: Callable[..., np.ndarray], touched: Mapping[str, np.ndarray]) -> Padded:
    some, right, below, corner, apart = (both(getattr(a, name), getattr(b, name)) for name in TABLES)
    return Padded(a.rows, a.columns, some, right, below, corner, apart, touched, a.steady and b.steady)


def _meet(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whether some term of the product of blocks may be nonzero."""
    return _some(a[:, :, None] & b[None])


def _some(terms: np.ndarray) -> np.ndarray:
    return np.asarray(terms.any(axis=1))


def _touched(a: Padded, b: Padded, both: np.ndarray) -> dict[str, np.ndarray]:
    """The index summed over is one more, unless a diagonal block makes it one of the entry's own."""
    free = a.apart[:, :, None] & b.apart[None]
    counts = {}
    for letter in {*a.touched, *b.touched, *a.columns} - {""}:
        over = np.array([block == letter for block in a.columns], dtype=int)[None, :, None]
        terms = a.count(letter)[:, :, None] + b.count(letter)[None] + free * over
        counts[letter] = (terms * both).max(axis=1, initial=0)
    return counts


def _blocks(part: Pick, axis: Axis) -> list[int]:
    """The numbers of the blocks that an index picks."""
    if part is None:
        return list(range(len(axis)))
    if not isinstance(part, Inclusion):
        return list(part)  # such an axis has no letters: every block is one index
    summands = [axis_of(size) for size in part.sizes]
    if tuple(block for summand in summands for block in summand) != axis:
        raise Unsupported(f"rows in blocks {shown(axis)} are taken for others")
    start = sum(len(summand) for summand in summands[: part.number])
    return list(range(start, start + len(summands[part.number])))
