"""Operations on matrices of symbolic shape, written down once and run again in other arithmetics.

A builder that runs here sees shapes in letters (d_x, n + m) and nothing else. What it did can then be examined (`padding.py`)
and computed at any sizes: the same operations in both cases, whatever the Python functions would do if called again.

A size used as a number, such as the n in η/n, is a free variable of its own and not the length of an axis. So what is proved
is more than what is claimed, and the lengths of the axes may be changed while the step size stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from constructions.matrix import Arithmetic, Matrix, Size, Unsupported
from constructions.matrix.formula import letters
from constructions.matrix.sizes import Index, Part, text
from constructions.matrix.words import Inclusion

CONSTANTS = ("I", "0", "1")  # what the others mean at another size is not known here
LEAVES = ("letter", "constant", "size")
Pick = tuple[int, ...] | Inclusion | None  # rows by number, a block of rows, or all


@dataclass(frozen=True, eq=False)
class Written:
    """One operation: a method of `Arithmetic` with the operations that it takes, or a leaf. Its number is its place."""

    number: int
    name: str
    operands: tuple[Written, ...]
    detail: Any
    shape: tuple[Any, Any]


class SizedArithmetic(Arithmetic):
    """Writes operations down. `make` is what `lettered` makes its letters with."""

    name = "matrices of symbolic size"

    def __init__(self) -> None:
        self.count = 0

    def written(
        self, name: str, shape: tuple[Any, Any], operands: Sequence[Written] = (), detail: Any = None
    ) -> Written:
        self.count += 1
        return Written(self.count, name, tuple(operands), detail, shape)

    def letter(self, name: str, rows: Any, columns: Any, symmetric: bool = False) -> Matrix:
        """A matrix of free variables, or of as many as a symmetric one has."""
        return Matrix(self, self.written("letter", (rows, columns), detail=(name, symmetric)))

    @property
    def make(self) -> Callable[[str, tuple[Any, ...], bool], Any]:
        return partial(letters, symbol=self.letter)

    def constant(self, name: str, rows: Any, columns: Any) -> Matrix:
        if name not in CONSTANTS:
            raise Unsupported(f"the constant {name} names positions, so it is another matrix where one is left out")
        return Matrix(self, self.written("constant", (rows, columns), detail=name))

    def size(self, size: Size) -> Matrix:
        """A size used as a number."""
        return Matrix(self, self.written("size", (1, 1), detail=size))

    def lift(self, exact: Matrix) -> Written:
        return self.written("lift", exact.shape, detail=exact)

    def add(self, a: Written, b: Written) -> Written:
        return self.written("add", a.shape, (a, b))

    def negate(self, a: Written) -> Written:
        return self.written("negate", a.shape, (a,))

    def times(self, a: Written, b: Written) -> Written:
        return self.written("times", a.shape, (a, b))

    def scale(self, s: Written, a: Written) -> Written:
        return self.written("scale", a.shape, (s, a))

    def matmul(self, a: Written, b: Written) -> Written:
        return self.written("matmul", (a.shape[0], b.shape[1]), (a, b))

    def transpose(self, a: Written) -> Written:
        return self.written("transpose", (a.shape[1], a.shape[0]), (a,))

    def reciprocal(self, a: Written) -> Written:
        return self.written("reciprocal", a.shape, (a,))

    def join(self, parts: Sequence[Written], axis: int) -> Written:
        together = sum((part.shape[axis] for part in parts), start=0)
        other = parts[0].shape[1 - axis]
        return self.written("join", (together, other) if axis == 0 else (other, together), parts, axis)

    def take(self, a: Written, rows: Any, columns: Any) -> Written:
        if isinstance(rows, Index):
            if a.name != "letter" or a.detail[1]:
                self.unsupported("selection from what is not a parameter, by a number that nobody knows")
            return self.take(self.letter(f"{a.detail[0]}[{rows.name}]", 1, a.shape[1])._entries, [0], columns)
        picked = tuple(_pick(part) for part in (rows, columns))
        shape = tuple(_count(part, size) for part, size in zip(picked, a.shape, strict=True))
        return self.written("take", (shape[0], shape[1]), (a,), picked)


def _pick(part: Any) -> Pick:
    if isinstance(part, slice):
        return None
    if isinstance(part, Part) and not isinstance(part, Inclusion):
        raise Unsupported(
            "selection of columns by a number that nobody knows has no value in matrices of symbolic size"
        )
    return part if isinstance(part, Inclusion) else tuple(part)


def _count(part: Pick, size: Any) -> Any:
    if part is None:
        return size
    return part.sizes[part.number] if isinstance(part, Inclusion) else len(part)


def in_order(outputs: Iterable[Written]) -> list[Written]:
    """All that the outputs need, operands first."""
    needed: dict[int, Written] = {}
    waiting = list(outputs)
    while waiting:
        one = waiting.pop()
        if one.number not in needed:
            needed[one.number] = one
            waiting.extend(one.operands)
    return [needed[number] for number in sorted(needed)]


def run(outputs: Sequence[Written], arithmetic: Arithmetic, leaf: Callable[[Written], Any], pick: Any) -> list[Any]:
    """The values of the outputs in another arithmetic. `leaf` gives the values of leaves, and `pick(part, size)` says what
    an index is there."""
    values: dict[int, Any] = {}
    for one in in_order(outputs):
        values[one.number] = _value(one, [values[part.number] for part in one.operands], arithmetic, leaf, pick)
    return [values[one.number] for one in outputs]


def _value(one: Written, operands: list[Any], arithmetic: Arithmetic, leaf: Callable[[Written], Any], pick: Any) -> Any:
    if one.name in LEAVES:
        return leaf(one)
    match one.name:
        case "lift":
            return arithmetic.lift(one.detail)
        case "join":
            return arithmetic.join(operands, one.detail)
        case "take":
            sizes = one.operands[0].shape
            rows, columns = (pick(part, size) for part, size in zip(one.detail, sizes, strict=True))
            return arithmetic.take(operands[0], rows, columns)
        case name:
            return getattr(arithmetic, name)(*operands)


def value_at(size: Any, lengths: Mapping[str, int]) -> int:
    """A size as a number."""
    total = Fraction(0)
    for names, c in Size.of(size).terms.items():
        for name in names:
            c = c * lengths[name]
        total += c
    if total.denominator != 1 or total < 0:
        raise Unsupported(f"{text(size)} is {total}, which is no length")
    return int(total)


def numbers_at(part: Pick, size: Any, lengths: Mapping[str, int]) -> list[int]:
    """The row numbers that an index picks, where the sizes are numbers."""
    if part is None:
        return list(range(value_at(size, lengths)))
    if isinstance(part, Inclusion):
        start = sum(value_at(before, lengths) for before in part.sizes[: part.number])
        return list(range(start, start + value_at(part.sizes[part.number], lengths)))
    return list(part)
